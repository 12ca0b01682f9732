"""Refusals of a whole file, in words that whoever sent it understands."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from billing.errors import RefusedError


def refuse(code: str, message: str, *, hint: str = "", where: str = "") -> RefusedError:
    """The refusal of a whole file."""
    return RefusedError(code, message, where=where, hint=hint)


def encrypted(path: Path) -> RefusedError:
    """The refusal of a file under a password."""
    return refuse(
        "ENCRYPTED", f"{path.name} is protected by a password.", hint="Save it without a password and try again."
    )


def macros(path: Path) -> RefusedError:
    """The refusal of a file that carries programs."""
    return refuse("MACROS", f"{path.name} contains macros.", hint="Save it as a plain .xlsx (without macros).")


def too_large(path: Path) -> RefusedError:
    """The refusal of a file beyond the limits."""
    return refuse("TOO_LARGE", f"{path.name} is too large to be a trip sheet.", hint="Split it, or save it as .csv.")


def bomb(path: Path) -> RefusedError:
    """The refusal of a file that unpacks to far more than it is."""
    return refuse("ZIP_BOMB", f"{path.name} unpacks to far more than it may: it is not a trip sheet.")


def damaged(path: Path) -> RefusedError:
    """The refusal of an archive that does not unpack to what it says."""
    return refuse("UNREADABLE", f"{path.name} is damaged: it cannot be unpacked.", hint="Ask for the file once more.")


@contextmanager
def refused_if_damaged(path: Path) -> Iterator[None]:
    """What the unpacking libraries raise inside, on a file that is not what it says, is that refusal."""
    try:
        yield
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as error:
        raise damaged(path) from error
