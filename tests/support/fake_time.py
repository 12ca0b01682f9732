"""libfaketime, where it is installed: a clock that a test sets for one program."""

from __future__ import annotations

from contextlib import suppress
from glob import glob
from pathlib import Path

import psutil
import pytest

LIBRARIES = glob("/usr/lib/*/faketime/libfaketimeMT.so.1") + glob("/usr/local/lib/faketime/libfaketimeMT.so.1")
needs_fake_time = pytest.mark.skipif(
    not LIBRARIES, reason="libfaketime is not installed (Debian: apt-get install libfaketime)"
)


def preloaded(**words: str) -> dict[str, str]:
    """The environment of a program whose clock is set: by FAKETIME ("+3d") or by a FAKETIME_TIMESTAMP_FILE."""
    _clear_left()
    return {"LD_PRELOAD": LIBRARIES[0], "FAKETIME_DONT_FAKE_MONOTONIC": "1", **words}


def _clear_left() -> None:
    """What killed programs left in shared memory: a new one with a recycled process id would end over it."""
    for left in (*Path("/dev/shm").glob("faketime_shm_*"), *Path("/dev/shm").glob("sem.faketime_sem_*")):
        with suppress(OSError, ValueError):
            if not psutil.pid_exists(int(left.name.rpartition("_")[2])):
                left.unlink()
