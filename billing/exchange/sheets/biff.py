"""The raw pass over old workbooks (.xls): what the fast reader does not tell about them.

Records as in [MS-XLS] 2.3 and 2.4: a type, a length, the content; one after the other in the stream "Workbook".
"""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Final

from billing.exchange.sheets import limits
from billing.exchange.sheets.book_facts import SERIALS_1904, BookFacts, SheetFacts
from billing.exchange.sheets.refusals import encrypted, macros, too_large

_FORMULA, _EOF, _DATEMODE, _FILEPASS = 0x0006, 0x000A, 0x0022, 0x002F
_BOUNDSHEET, _BOOLERR, _ROW, _BOF = 0x0085, 0x0205, 0x0208, 0x0809
_HIDDEN: Final = 0x20
_ERRORS: Final = {
    0x00: "#NULL!", 0x07: "#DIV/0!", 0x0F: "#VALUE!", 0x17: "#REF!", 0x1D: "#NAME?", 0x24: "#NUM!", 0x2A: "#N/A",
}  # fmt: skip


def inspect_xls(path: Path) -> BookFacts:
    """Collect facts of an .xls; RefusedError where it is under a password or carries macros.

    A damaged file gives the facts up to the damage: the reader then says what is wrong with it.
    """
    if path.stat().st_size > limits.MAX_PACKED:
        raise too_large(path)
    facts = BookFacts()
    starts: dict[int, str] = {}
    sheet: SheetFacts | None = None
    stream = _stream(path)
    at, end = 0, len(stream) - 4
    while at <= end:
        kind, length = struct.unpack_from("<HH", stream, at)
        body = stream[at + 4 : at + 4 + length]
        if kind == _BOF:
            name = starts.get(at)
            sheet = facts.sheets.setdefault(name, SheetFacts()) if name is not None else None
        elif kind == _FILEPASS:
            raise encrypted(path)
        elif kind == _DATEMODE and body[:1] == b"\1":
            facts.first_serial = SERIALS_1904
        elif kind == _BOUNDSHEET and len(body) >= 8:
            starts[int.from_bytes(body[:4], "little")] = _name(body)
        elif sheet is not None:
            _note(sheet, kind, body)
        at += 4 + length
    return facts


def _stream(path: Path) -> bytes:
    """The records of the workbook; nothing where there are none to be found."""
    import olefile

    content = path.read_bytes()
    if not content.startswith(olefile.MAGIC):
        return content  # Excel 4 and older: the records are the file
    try:
        with olefile.OleFileIO(io.BytesIO(content)) as ole:
            if ole.exists("_VBA_PROJECT_CUR") or ole.exists("Macros"):
                raise macros(path)
            name = next((name for name in ("Workbook", "Book") if ole.exists(name)), None)
            return bytes(ole.openstream(name).read()) if name else b""
    except (OSError, ValueError, IndexError, struct.error, RecursionError, OverflowError):
        return b""


def _name(body: bytes) -> str:
    """The sheet's name of a BOUNDSHEET record: length, a flag for two bytes a letter, letters."""
    count, is_wide = body[6], body[7] & 1
    return body[8 : 8 + 2 * count].decode("utf-16-le", "replace") if is_wide else body[8 : 8 + count].decode("latin-1")


def _note(sheet: SheetFacts, kind: int, body: bytes) -> None:
    if kind == _ROW and len(body) >= 16:
        if body[12] & _HIDDEN:
            sheet.hidden_rows.add(int.from_bytes(body[:2], "little"))
        return
    error = None
    if kind == _BOOLERR and len(body) >= 8 and body[7] == 1:
        error = body[6]
    elif kind == _FORMULA and len(body) >= 14 and body[12:14] == b"\xff\xff" and body[6] == 2:
        error = body[8]
    if error is not None:
        row, column = struct.unpack_from("<HH", body)
        sheet.errors[row, column] = _ERRORS.get(error, "#ERROR")
