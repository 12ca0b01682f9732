"""Folders and servers of a test run that is killed: a small process outlives the run and clears them.

It holds one end of a pipe and sleeps. Whatever ends the run (kill -9, the hang timer, a crash of Qt) closes the other
end; then every server in a folder that was not given back is stopped and the folder removed. A run that ends in the
ordinary way has given all of them back.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

_PATIENCE_S = 10


class Reaper:
    """The run's end of the pipe; the process is started with the first folder. Does nothing on Windows."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[str] | None = None
        self._lock = threading.Lock()

    def watch(self, folder: Path) -> None:
        """From now on the folder is cleared when this process dies."""
        self._tell(f"+{folder}")

    def forget(self, folder: Path) -> None:
        """The folder was given back."""
        self._tell(f"-{folder}")

    def _tell(self, line: str) -> None:
        if os.name == "nt":
            return
        with self._lock:
            if self._process is None:
                # Its own session: what kills the run's process group must not kill it.
                command = [sys.executable, "-S", __file__]
                self._process = subprocess.Popen(command, stdin=subprocess.PIPE, text=True, start_new_session=True)
            assert self._process.stdin is not None
            self._process.stdin.write(f"{line}\n")
            self._process.stdin.flush()


REAPER = Reaper()
"""The one of this process."""


def main() -> None:
    """Note what is watched until the pipe closes, then clear the rest."""
    watched: set[str] = set()
    for line in sys.stdin:
        (watched.add if line[0] == "+" else watched.discard)(line[1:].rstrip("\n"))
    for folder in watched:
        for pid in _users(folder):
            _stop(pid)
        if os.path.ismount(folder):
            subprocess.run(["umount", "-l", folder], check=False)
        shutil.rmtree(folder, ignore_errors=True)


def _users(folder: str) -> set[int]:
    """The servers that run in a folder, and (where /proc tells) every process that names it in its command line."""
    found = set()
    for pid_file in Path(folder).rglob("postmaster.pid"):
        first = pid_file.read_text().partition("\n")[0]
        found |= {int(first)} if first.isdecimal() else set()
    for words in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if folder.encode() in words.read_bytes():
                found.add(int(words.parent.name))
        except OSError:
            continue  # it has ended
    return found - {os.getpid()}


def _stop(pid: int) -> None:
    """Immediate shutdown: nothing of it is needed any more."""
    try:
        os.kill(pid, signal.SIGQUIT)
        deadline = time.monotonic() + _PATIENCE_S
        while time.monotonic() < deadline:
            os.kill(pid, 0)
            time.sleep(0.05)
        os.kill(pid, signal.SIGKILL)
    except OSError:
        return  # it has ended


if __name__ == "__main__":
    main()
