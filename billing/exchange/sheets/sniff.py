"""What a file really is, whatever its name says (SECURITY.md (b) 20, 21)."""

from __future__ import annotations

import codecs
import os
import stat
from pathlib import Path
from typing import Final, Literal

from billing.exchange.sheets import limits
from billing.exchange.sheets.refusals import encrypted, macros, refuse, too_large

Kind = Literal["xlsx", "xls", "ods", "xml", "text", "html"]

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLD_OFFICE: Final = (
    ("WordDocument", "an old Word document"), ("PowerPoint Document", "an old PowerPoint presentation"),
    ("__substg1.0_", "an Outlook message"),
)  # fmt: skip
_BIFF: Final = (b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00")
_ODS: Final = b"mimetypeapplication/vnd.oasis.opendocument.spreadsheet"
_FOREIGN: Final = {
    b"%PDF": "a PDF", b"\x89PNG": "a picture (PNG)", b"\xff\xd8\xff": "a picture (JPEG)", b"GIF8": "a picture (GIF)",
    b"Rar!": "a RAR archive", b"7z\xbc\xaf": "a 7-Zip archive", b"\x1f\x8b": "a gzip archive", b"MZ": "a program",
    b"\x7fELF": "a program", b"SQLite format 3": "a database",
}  # fmt: skip


_NO_FILES: Final = (
    (stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"), (stat.S_ISBLK, "a device"),
)  # fmt: skip


def regular_file(path: Path) -> os.stat_result:
    """The facts of a file; RefusedError for what is none: a pipe would never end, nor would /dev/zero."""
    try:
        about = path.stat()
    except FileNotFoundError as error:
        raise refuse("FILE_NOT_FOUND", f"There is no file {path.name}.", where=str(path)) from error
    except (OSError, ValueError) as error:
        raise _unreadable(path, error) from error
    for is_kind, what in _NO_FILES:
        if is_kind(about.st_mode):
            raise refuse("FILE_UNREADABLE", f"{path.name} is {what}, not a file.", where=str(path))
    return about


def _unreadable(path: Path, error: OSError | ValueError) -> Exception:
    why = error.strerror if isinstance(error, OSError) else "its name is none"
    return refuse("FILE_UNREADABLE", f"{path.name} cannot be read: {why}.", where=str(path))


def sniff(path: Path) -> Kind:
    """The real kind of a file by its first bytes; RefusedError for what can never be a trip sheet."""
    size = regular_file(path).st_size
    try:
        with path.open("rb") as file:
            head = file.read(4096)
    except OSError as error:
        raise _unreadable(path, error) from error
    if size == 0 or not head.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        raise refuse("EMPTY_FILE", f"{path.name} is empty.")
    if head.startswith(b"PK"):
        return "ods" if _ODS in head[:200] else "xlsx"
    if head.startswith(_OLE):
        return _ole(path, size)
    if head.startswith(_BIFF) and b"\0" in head[:16]:
        return "xls"
    for magic, what in _FOREIGN.items():
        if head.startswith(magic):
            raise refuse("NOT_A_SHEET", f"{path.name} is {what}, not a sheet.", hint="Send .xlsx, .xls, .csv or .tsv.")
    return _marked_up(path, head) or "text"


def _marked_up(path: Path, head: bytes) -> Kind | None:
    """A web page, or an XML document; None for other text."""
    if head[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        head = head.decode("utf-16", "ignore").encode()
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<meta", b"<style", b"<head")):
        return "html"
    if not start.startswith((b"<?xml", b"<!doctype", b"<!entity", b"<workbook", b"<ss:workbook")):
        return None
    if b"<!doctype" in start or b"<!entity" in start:
        raise refuse("XML_ENTITY", f"{path.name} declares XML entities, which sheets never need.")
    if b"urn:schemas-microsoft-com:office:spreadsheet" in start and b"workbook" in start:
        return "xml"
    if b"<table" in start or b"<html" in start:
        return "html"
    what = "a flat OpenDocument sheet (.fods)" if b"opendocument" in start else "an XML document, not a workbook"
    raise refuse("NOT_A_SHEET", f"{path.name} is {what}.", hint="Save it as .xlsx and send that.")


def _ole(path: Path, size: int) -> Kind:
    """An OLE2 container: an old workbook, or a new one under a password, or something else entirely."""
    if size > limits.MAX_PACKED:
        raise too_large(path)
    content = path.read_bytes()
    if _wide("EncryptedPackage") in content or _wide("EncryptionInfo") in content:
        raise encrypted(path)
    if _wide("_VBA_PROJECT") in content or _wide("VBA") in content:
        raise macros(path)
    if _wide("Workbook") in content or _wide("Book") in content:
        return "xls"
    for stream, what in _OLD_OFFICE:
        if _wide(stream) in content:
            raise refuse("NOT_A_SHEET", f"{path.name} is {what}, not a sheet.", hint="Send the sheet itself.")
    raise refuse("NOT_A_SHEET", f"{path.name} is an old Office file without a sheet.", hint="Save it as .xlsx.")


def _wide(name: str) -> bytes:
    return name.encode("utf-16-le")
