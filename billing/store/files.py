"""Small files of the data folder, written whole or not at all."""

from __future__ import annotations

import tempfile
from pathlib import Path

from billing.durable import put


def write_private(path: Path, text: str) -> None:
    """Write a text file that only its owner may read: to a temporary file, synced, then renamed."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, scratch = tempfile.mkstemp(dir=path.parent, prefix=".")
    put(handle, scratch, path, lambda file: file.write(text.encode()))
