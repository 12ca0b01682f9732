"""Short temporary folders that the server's system user can reach."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def short_folder() -> Iterator[Path]:
    """A new folder with a short path, as sockets need, whose content only we can list; removed afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="mis-"))
    folder.chmod(0o711)
    try:
        yield folder
    finally:
        shutil.rmtree(folder)
