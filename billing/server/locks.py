"""File locks between processes: shared or exclusive, released by the operating system when a process dies.

The lock belongs to the open file, so two holders in one process count as two, as two processes would.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType


class FileLock:
    """A lock on one file, which is made when missing and stays when released."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds its lock, shared or exclusive."""
        return self._handle is not None

    def acquire(self, *, shared: bool = False, wait: bool = True) -> bool:
        """Take the lock; False when another holder stands in the way and `wait` is off.

        A shared lock already held is turned into an exclusive one (and back) by another call.
        """
        handle = self._handle
        if handle is None:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        if not _lock(handle, shared=shared, wait=wait):
            if self._handle is None:
                os.close(handle)
            return False
        self._handle = handle
        return True

    def release(self) -> None:
        """Give the lock back; does nothing when it is not held."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def __enter__(self) -> FileLock:
        self.acquire()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.release()


if sys.platform == "win32":
    import ctypes
    import msvcrt
    from ctypes import wintypes

    _FAIL_IMMEDIATELY, _EXCLUSIVE, _LOCK_VIOLATION = 1, 2, 33

    class _Overlapped(ctypes.Structure):
        _fields_ = (
            ("internal", ctypes.c_void_p),
            ("internal_high", ctypes.c_void_p),
            ("offset", wintypes.DWORD),
            ("offset_high", wintypes.DWORD),
            ("event", wintypes.HANDLE),
        )

    def _lock(handle: int, *, shared: bool, wait: bool) -> bool:
        kernel = ctypes.WinDLL("kernel32", use_last_error=True)
        file = wintypes.HANDLE(msvcrt.get_osfhandle(handle))
        # Windows cannot turn one kind of lock into the other: what is held goes first.
        kernel.UnlockFileEx(file, 0, 1, 0, ctypes.byref(_Overlapped()))
        flags = (0 if shared else _EXCLUSIVE) | (0 if wait else _FAIL_IMMEDIATELY)
        if kernel.LockFileEx(file, flags, 0, 1, 0, ctypes.byref(_Overlapped())):
            return True
        code = ctypes.get_last_error()
        if code == _LOCK_VIOLATION:
            return False
        raise ctypes.WinError(code)

else:
    import fcntl

    def _lock(handle: int, *, shared: bool, wait: bool) -> bool:
        kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        try:
            fcntl.flock(handle, kind if wait else kind | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
