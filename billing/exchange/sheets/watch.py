"""Watches the child that reads a sheet: killed when it takes too long or grows too large (SECURITY.md (b) 20).

Linux limits the child's address space as well (worker.py); macOS and Windows have no such limit, so its memory is
measured from here.
"""

from __future__ import annotations

import subprocess
import threading
import time
from types import TracebackType
from typing import Literal, Self

import psutil

_EVERY = 0.05


class Watch(threading.Thread):
    """Attributes: killed_for ("" while the child keeps within its limits)."""

    def __init__(self, child: subprocess.Popen[bytes], *, seconds: float, memory: int) -> None:
        super().__init__(name="sheet-watch", daemon=True)
        self.killed_for: Literal["", "time", "memory"] = ""
        self._child = child
        self._deadline = time.monotonic() + seconds
        self._memory = memory
        self._over = threading.Event()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        """Look until the work is over or the child is gone."""
        try:
            process = psutil.Process(self._child.pid)
            while not self._over.wait(_EVERY):
                if time.monotonic() > self._deadline:
                    self.killed_for = "time"
                elif process.memory_info().rss > self._memory:
                    self.killed_for = "memory"
                if self.killed_for:
                    self._child.kill()
                    break
        except psutil.Error:
            pass  # the child ended by itself
