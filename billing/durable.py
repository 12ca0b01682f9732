"""What a power cut must not undo: a file that was put in its place stays there."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import IO

_NOT_HERE = {errno.EINVAL, errno.ENOTSUP, errno.EBADF}
"""What file systems answer that have no fsync for folders."""


def sync_folder(folder: Path) -> None:
    """Make renames in a folder durable; Windows does so by itself and lets no folder be opened.

    Raises OSError when the disk fails; a file system that cannot sync folders (some network shares) is left alone.
    """
    if os.name == "nt":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in _NOT_HERE:
            raise
    finally:
        os.close(handle)


def put(handle: int, scratch: str, target: Path, write: Callable[[IO[bytes]], object]) -> None:
    """Write a temporary file (as mkstemp gave it, beside `target`) and rename it to `target`, durably.

    Whatever goes wrong, the temporary file is removed and an older `target` stays as it was.
    """
    try:
        with os.fdopen(handle, "wb") as file:
            write(file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(scratch, target)
    except BaseException:
        os.unlink(scratch)
        raise
    sync_folder(target.parent)
