"""A sheet as mail carries it: alone in a zip archive, packed by gzip, or attached to a saved message (.eml).

One sheet is taken out and read as if it had come by itself, and that is said; of several none is chosen. What comes out
is counted while it is unpacked: a size that the archive states is not believed (SECURITY.md (b) 20).
"""

from __future__ import annotations

import atexit
import gzip
import re
import tempfile
import zipfile
from pathlib import Path, PurePosixPath
from typing import IO, Final

from billing.exchange.sheets import limits
from billing.exchange.sheets.refusals import bomb, encrypted, refuse, refused_if_damaged, too_large

_SURE: Final = frozenset({".xlsx", ".xlsm", ".xls", ".ods", ".csv", ".tsv"})
_MAYBE: Final = frozenset({".txt", ".html", ".htm"})  # a letter, mostly; a sheet where nothing else is one
PACKED_ENDINGS: Final = frozenset({".zip", ".gz", ".eml"})
_HEADER = re.compile(rb"(?im)^(?:from|to|subject|received|mime-version|return-path|delivered-to|message-id):[ \t]")
_HEADERS_OF_MAIL: Final = 3
_MOST_NAMED: Final = 5
_CHUNK: Final = limits.MIB


def inner_sheet(path: Path) -> Path | None:
    """The one sheet inside a packed file, unpacked beside the program's temporary files; None where nothing is packed.

    Raises:
        RefusedError: Several sheets are inside, it is under a password or damaged, or it unpacks to too much.
    """
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError:
        return None  # who opens it next says why
    if head.startswith(b"PK"):
        return _of_zip(path)
    if head.startswith(b"\x1f\x8b"):
        with refused_if_damaged(path), gzip.open(path) as stream:
            return _taken(path, path.stem or "sheet", stream, path.stat().st_size)
    if len(_HEADER.findall(head)) >= _HEADERS_OF_MAIL:
        return _of_mail(path)
    return None


def _sheets(names: list[str]) -> list[str]:
    """Those of the names that are a sheet's."""
    inner = {name: PurePosixPath(name.replace("\\", "/")) for name in names}
    seen = [name for name, at in inner.items() if at.name[:1] != "." and "__MACOSX" not in at.parts]
    return next(
        (found for kind in (_SURE, _MAYBE) if (found := [name for name in seen if inner[name].suffix.lower() in kind])),
        [],
    )


def _of_zip(path: Path) -> Path | None:
    """None for what is a document itself (.xlsx, .ods, .docx, ...): the reader of workbooks says what it is."""
    with refused_if_damaged(path), zipfile.ZipFile(path) as archive:
        names = {name.lower() for name in archive.namelist()}
        if "[content_types].xml" in names or "mimetype" in names or any(name.endswith(".iwa") for name in names):
            return None
        found = _sheets([entry.filename for entry in archive.infolist() if not entry.is_dir()])
        if not found or len(names) > limits.MAX_PARTS:
            return None
        _only_one(path, found)
        entry = archive.getinfo(found[0])
        if entry.flag_bits & 1:
            raise encrypted(path)
        with archive.open(entry) as stream:
            return _taken(path, entry.filename, stream, entry.compress_size)


def _of_mail(path: Path) -> Path | None:
    from email import message_from_bytes, policy

    if path.stat().st_size > 2 * limits.MAX_PACKED:  # attachments are a third longer than the file
        raise too_large(path)
    message = message_from_bytes(path.read_bytes(), policy=policy.default)
    parts = {str(part.get_filename()): part for part in message.walk() if part.get_filename()}
    found = _sheets(list(parts))
    if not found:
        raise refuse("NOT_A_SHEET", f"{path.name} is a message without a sheet.", hint="Save the attached sheet.")
    _only_one(path, found)
    content = parts[found[0]].get_payload(decode=True)
    target = _target(found[0])
    target.write_bytes(content if isinstance(content, bytes) else b"")
    return target


def _only_one(path: Path, names: list[str]) -> None:
    if len(names) > 1:
        more = ", ..." if len(names) > _MOST_NAMED else ""
        raise refuse(
            "SEVERAL_SHEETS", f"{path.name} holds {len(names)} sheets: {', '.join(names[:_MOST_NAMED])}{more}.",
            hint="Unpack it and choose the sheets: several can be imported at once.",
        )  # fmt: skip


def _taken(path: Path, name: str, stream: IO[bytes] | gzip.GzipFile, packed: int) -> Path:
    target, size = _target(name), 0
    with target.open("wb") as file:
        while piece := stream.read(_CHUNK):
            size += len(piece)
            is_dense = size > limits.RATIO_FLOOR and size > limits.MAX_RATIO * max(packed, 1)
            if size > limits.MAX_TEXT_FILE or is_dense:
                raise bomb(path)
            file.write(piece)
    return target


def _target(name: str) -> Path:
    """A file of that ending in a folder of its own, which goes when the process does."""
    folder = tempfile.TemporaryDirectory(prefix="mis-sheet-")
    atexit.register(folder.cleanup)
    inner = PurePosixPath(name.replace("\\", "/"))
    return Path(folder.name) / f"sheet{inner.suffix.lower()}"
