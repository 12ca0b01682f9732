"""What a file really is, whatever its name says (SECURITY.md (b) 20, 21)."""

from __future__ import annotations

from pathlib import Path
from typing import Final, Literal

from billing.exchange.sheets import limits
from billing.exchange.sheets.refusals import encrypted, macros, refuse, too_large

Kind = Literal["xlsx", "xls", "text", "html"]

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_BIFF: Final = (b"\x09\x08", b"\x09\x04", b"\x09\x02", b"\x09\x00")
_FOREIGN: Final = {
    b"%PDF": "a PDF", b"\x89PNG": "a picture (PNG)", b"\xff\xd8\xff": "a picture (JPEG)", b"GIF8": "a picture (GIF)",
    b"Rar!": "a RAR archive", b"7z\xbc\xaf": "a 7-Zip archive", b"\x1f\x8b": "a gzip archive", b"MZ": "a program",
    b"\x7fELF": "a program", b"SQLite format 3": "a database",
}  # fmt: skip


def sniff(path: Path) -> Kind:
    """The real kind of a file by its first bytes; RefusedError for what can never be a trip sheet."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = file.read(4096)
    except FileNotFoundError as error:
        raise refuse("FILE_NOT_FOUND", f"There is no file {path.name}.", where=str(path)) from error
    except OSError as error:
        raise refuse("FILE_UNREADABLE", f"{path.name} cannot be read: {error.strerror}.", where=str(path)) from error
    if size == 0 or not head.strip(b"\0 \t\r\n\xef\xbb\xbf"):
        raise refuse("EMPTY_FILE", f"{path.name} is empty.")
    if head.startswith(b"PK"):
        return "xlsx"
    if head.startswith(_OLE):
        return _ole(path, size)
    if head.startswith(_BIFF) and b"\0" in head[:16]:
        return "xls"
    for magic, what in _FOREIGN.items():
        if head.startswith(magic):
            raise refuse("NOT_A_SHEET", f"{path.name} is {what}, not a sheet.", hint="Send .xlsx, .xls, .csv or .tsv.")
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<meta", b"<style", b"<head")):
        return "html"
    if start.startswith((b"<?xml", b"<!doctype", b"<!entity")):
        if b"<!doctype" in head.lower() or b"<!entity" in head.lower():
            raise refuse("XML_ENTITY", f"{path.name} declares XML entities, which sheets never need.")
        return "html" if b"<table" in head.lower() or b"<html" in head.lower() else _other_xml(path)
    return "text"


def _other_xml(path: Path) -> Kind:
    raise refuse(
        "NOT_A_SHEET", f"{path.name} is an XML document, not a workbook.", hint="Save it as .xlsx and send that."
    )


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
    raise refuse("NOT_A_SHEET", f"{path.name} is an old Office file without a sheet.", hint="Save it as .xlsx.")


def _wide(name: str) -> bytes:
    return name.encode("utf-16-le")
