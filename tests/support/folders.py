"""Short temporary folders that the server's system user can reach."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.reaper import REAPER

_ENOUGH = 2 * 1024**3


def _fast_place() -> str | None:
    """Memory, where there is plenty: making and copying clusters writes many small files. Else the usual place."""
    memory = Path("/dev/shm")
    try:
        return str(memory) if shutil.disk_usage(memory).free > _ENOUGH and os.access(memory, os.W_OK) else None
    except OSError:
        return None


@contextmanager
def short_folder() -> Iterator[Path]:
    """A new folder with a short path, as sockets need, that only we can list; removed whatever ends the run."""
    folder = Path(tempfile.mkdtemp(prefix="mis-", dir=_fast_place()))
    folder.chmod(0o711)
    REAPER.watch(folder)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
        REAPER.forget(folder)


def copy_with_owners(source: Path, target: Path) -> None:
    """Copy a data folder nobody uses, as `cp -a` does: making a cluster anew takes ten times as long."""
    target.mkdir(exist_ok=True)
    subprocess.run(["cp", "-a", f"{source}/.", str(target)], check=True)
