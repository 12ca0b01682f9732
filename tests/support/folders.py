"""Short temporary folders that the server's system user can reach."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def short_folder() -> Iterator[Path]:
    """A new private folder with a short path, as sockets need; removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="mis-"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
