"""Write a file as a whole or not at all: temporary file beside the target, synced, renamed (SECURITY.md (e) 1, 9)."""

from __future__ import annotations

import errno
import glob
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from billing.durable import sync_folder
from billing.errors import KnownError, UnavailableError

_LEFT_AFTER_S = 3600.0


@contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A temporary path to write to; on a clean exit it becomes `target`, on any error the old file stays.

    Raises UnavailableError FILE_IN_USE, DISK_FULL or FILE_NOT_WRITTEN with the target's name.
    """
    target = Path(target)
    temporary: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        _clear_away(target)
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".part", dir=target.parent)
        os.close(handle)
        temporary = Path(name)
        yield temporary
        _sync(temporary)
        _give_usual_mode(temporary)
        os.replace(temporary, target)
        temporary = None
        sync_folder(target.parent)
    except OSError as error:
        raise _known(error, target) from error
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)


def _clear_away(target: Path) -> None:
    """Remove what a killed program left of this very file; one that is being written elsewhere is younger."""
    for left in target.parent.glob(f".{glob.escape(target.name)}.*.part"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _LEFT_AFTER_S:
                left.unlink()


def free_name(target: Path) -> Path:
    """`target`, or the first of `name (2).xlsx`, `name (3).xlsx`... that does not exist yet."""
    candidate, number = target, 2
    while candidate.exists():
        candidate = target.with_name(f"{target.stem} ({number}){target.suffix}")
        number += 1
    return candidate


def _known(error: OSError, target: Path) -> KnownError:
    if isinstance(error, PermissionError):
        return UnavailableError(
            "FILE_IN_USE",
            f"{target.name} cannot be written: it is open in another program, or the folder may not be written.",
            where=str(target),
            hint="Close it there, or choose another name or folder.",
        )
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return UnavailableError(
            "DISK_FULL", f"There is no space left to write {target.name}; nothing was changed.", where=str(target)
        )
    return UnavailableError(
        "FILE_NOT_WRITTEN", f"{target.name} cannot be written: {error.strerror}.", where=str(target)
    )


def _sync(path: Path) -> None:
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def _give_usual_mode(path: Path) -> None:
    """mkstemp makes files for their owner only; a report is as readable as any file the user saves."""
    if os.name == "nt":
        return
    mask = os.umask(0)
    os.umask(mask)
    path.chmod(0o666 & ~mask)
