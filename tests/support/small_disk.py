"""A disk that is soon full: a small tmpfs, where this process may mount one."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.folders import short_folder


@contextmanager
def small_disk(size: str, options: str = "") -> Iterator[Path]:
    """A mounted tmpfs of that size; the test is skipped, with the reason, where none can be mounted."""
    if os.name == "nt" or os.geteuid() != 0:
        pytest.skip("only root may mount a small disk")
    with short_folder() as folder:
        words = ["mount", "-t", "tmpfs", "-o", f"size={size},mode=711{options}", "tmpfs", str(folder)]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        if done.returncode:
            pytest.skip(f"no small disk can be mounted here: {done.stderr.strip()}")
        try:
            yield folder
        finally:
            subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder: Path, leave: int) -> Path:
    """Fill the disk but for `leave` bytes; gives the file to remove again."""
    ballast = folder / "ballast"
    with ballast.open("wb") as file:
        os.posix_fallocate(file.fileno(), 0, max(1, shutil.disk_usage(folder).free - leave))
    return ballast
