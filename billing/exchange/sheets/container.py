"""Whether a workbook is safe to open (SECURITY.md (b) 20, 21), and what the fast reader does not tell about it.

Workbooks are looked through as raw bytes before any spreadsheet library sees them: sizes as they really unpack (a
header may lie), document types and entities, macros, cells without end. The same pass collects error cells, formulas
without a stored result and hidden rows.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from billing.exchange.sheets import limits
from billing.exchange.sheets.refusals import bomb, encrypted, macros, refuse, too_large

_CHUNK: Final = limits.MIB
# The day of serial 0, counted from 1970-01-01, in the two date systems of workbooks.
SERIALS_1900: Final = -25_569
SERIALS_1904: Final = -24_107


@dataclass(slots=True)
class SheetFacts:
    """What the raw pass saw in one worksheet part; rows and columns count from 0."""

    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    no_value: set[tuple[int, int]] = field(default_factory=set)
    hidden_rows: set[int] = field(default_factory=set)
    size: int = 0


@dataclass(slots=True)
class BookFacts:
    """All worksheet parts by their name inside the workbook, and the unpacked size."""

    parts: dict[str, SheetFacts] = field(default_factory=dict)
    sheet_parts: dict[str, str] = field(default_factory=dict)
    unpacked: int = 0
    first_serial: int = SERIALS_1900


def inspect_workbook(path: Path) -> BookFacts:
    """Check an .xlsx container and collect facts; RefusedError with the cause where it is not safe, or no workbook."""
    if path.stat().st_size > limits.MAX_PACKED:
        raise too_large(path)
    try:
        with zipfile.ZipFile(path) as archive:
            return _inspect(path, archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError) as error:
        raise refuse("UNREADABLE", f"{path.name} is damaged: it cannot be unpacked.") from error


def _inspect(path: Path, archive: zipfile.ZipFile) -> BookFacts:
    entries = archive.infolist()
    if len(entries) > limits.MAX_PARTS:
        raise bomb(path)
    if any(entry.flag_bits & 1 for entry in entries):
        raise encrypted(path)
    declared = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if declared > limits.MAX_UNPACKED or _too_dense(declared, packed):
        raise bomb(path)
    names = {entry.filename.lower().lstrip("/") for entry in entries}
    if any(name.endswith("vbaproject.bin") or "/macrosheets/" in name for name in names):
        raise macros(path)
    if {"content.xml", "mimetype"} <= names:
        raise refuse(
            "NOT_A_SHEET", f"{path.name} is an OpenDocument sheet (.ods).", hint="Save it as .xlsx and send that."
        )
    if "[content_types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise refuse("NOT_A_SHEET", f"{path.name} is a zip archive, not a workbook.", hint="Send the sheet itself.")
    if "xl/workbook.xml" not in names and "xl/workbook.bin" in names:
        raise refuse("NOT_A_SHEET", f"{path.name} is a binary workbook (.xlsb).", hint="Save it as .xlsx.")
    facts = BookFacts()
    for entry in entries:
        _scan_part(path, archive, entry, facts)
    facts.sheet_parts = _sheet_parts(archive, {entry.filename for entry in entries})
    if _is_1904(archive):
        facts.first_serial = SERIALS_1904
    return facts


def _too_dense(unpacked: int, packed: int) -> bool:
    return unpacked > limits.RATIO_FLOOR and unpacked > limits.MAX_RATIO * max(packed, 1)


def _scan_part(path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, facts: BookFacts) -> None:
    """Unpack one part as it really is and look at it piece by piece."""
    name = entry.filename.lower()
    is_xml = name.endswith((".xml", ".rels", ".vml"))
    sheet = facts.parts.setdefault(entry.filename, SheetFacts()) if name.startswith("xl/worksheets/") else None
    scanner = _Scanner(path, sheet) if is_xml else None
    size = 0
    for piece in _pieces(archive, entry):
        size += len(piece)
        facts.unpacked += len(piece)
        if facts.unpacked > limits.MAX_UNPACKED or _too_dense(size, entry.compress_size):
            raise bomb(path)
        if scanner is not None:
            scanner.feed(piece)
    if scanner is not None:
        scanner.close()
    if sheet is not None:
        sheet.size = size
    if size != entry.file_size:
        raise bomb(path)


def _pieces(archive: zipfile.ZipFile, entry: zipfile.ZipInfo):  # type: ignore[no-untyped-def]
    """The part's bytes, inflated here: zipfile stops at the declared size, a spreadsheet library may not."""
    with archive.open(entry) as probe:  # checks the local header
        method = entry.compress_type
        if method not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            while piece := probe.read(_CHUNK):
                yield piece
            return
    raw = archive.fp
    assert raw is not None
    raw.seek(entry.header_offset)
    header = raw.read(30)
    raw.seek(
        entry.header_offset + 30 + int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little")
    )
    left = entry.compress_size
    inflate = zlib.decompressobj(-15) if method == zipfile.ZIP_DEFLATED else None
    while left > 0:
        packed = raw.read(min(left, 256 * 1024))
        if not packed:
            raise EOFError
        left -= len(packed)
        if inflate is None:
            yield packed
            continue
        while packed:
            yield inflate.decompress(packed, _CHUNK)
            packed = inflate.unconsumed_tail


# One alternative for each thing the fast reader keeps to itself; everything else is skipped at search speed.
_FACT = re.compile(
    rb'<(?:\w+:)?row\b(?P<row>[^>]*?\bhidden="(?:1|true)"[^>]*)>'
    rb'|<(?:\w+:)?c\b(?P<error>[^>]*?\bt="e"[^>]*)>(?P<body>.{0,2000}?)</(?:\w+:)?c>'
    rb"|<(?:\w+:)?c\b(?P<formula>[^>]*)>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>",
    re.DOTALL,
)
_REF = re.compile(rb'\br="([A-Z]{1,3})(\d{1,7})"')
_ROW = re.compile(rb'\br="(\d{1,7})"')
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]{1,40})<")


class _Scanner:
    """Looks through one XML part piece by piece, with enough overlap to see what lies across a border."""

    def __init__(self, path: Path, sheet: SheetFacts | None) -> None:
        self._path = path
        self._sheet = sheet
        self._rest = b""
        self._first = True
        self._open = 0

    def feed(self, piece: bytes) -> None:
        """Look at one more piece."""
        data = self._rest + piece
        if self._first and len(data) >= 1024:
            self._check_start(data)
        cut = data.rfind(b"</c>") + 4 if self._sheet is not None else data.rfind(b"<")
        if cut < 4:
            cut = max(data.rfind(b"<"), 0)
        self._check_items(piece)
        if len(data) - cut > 2 * limits.MAX_CELL_BYTES:
            if data.rfind(b"<") < len(data) - limits.MAX_CELL_BYTES:
                raise refuse("CELL_TOO_LARGE", f"{self._path.name} has a cell longer than a sheet allows.")
            cut = max(data.rfind(b"<"), 0)
        self._look(data[:cut])
        self._rest = data[cut:]

    def _check_items(self, piece: bytes) -> None:
        """A cell may be cut into many short runs of text; a megabyte without the end of one is too much, too."""
        ends = b"</c>" if self._sheet is not None else b"</si>"
        last = piece.rfind(ends)
        self._open = len(piece) - last if last >= 0 else self._open + len(piece)
        if self._open > _CHUNK and b"<t" in piece and (b"<r>" in piece or b"<is>" in piece):
            raise refuse("CELL_TOO_LARGE", f"{self._path.name} has a cell longer than a sheet allows.")

    def close(self) -> None:
        """Look at what is left."""
        if self._first:
            self._check_start(self._rest)
        self._look(self._rest)

    def _check_start(self, data: bytes) -> None:
        self._first = False
        head = data[:4096].replace(b"\0", b"").lower()
        if b"<!doctype" in head or b"<!entity" in head:
            raise refuse("XML_ENTITY", f"{self._path.name} declares XML entities, which workbooks never need.")

    def _look(self, data: bytes) -> None:
        # A run of text twice the limit leaves at least one of these windows without a tag.
        windows = range(0, len(data) - limits.MAX_CELL_BYTES, limits.MAX_CELL_BYTES)
        if any(data.find(b"<", at, at + limits.MAX_CELL_BYTES) < 0 for at in windows):
            raise refuse("CELL_TOO_LARGE", f"{self._path.name} has a cell longer than a sheet allows.")
        sheet = self._sheet
        if sheet is None or not (b't="e"' in data or b"<f" in data or b'hidden="' in data or b":f>" in data):
            return
        for match in _FACT.finditer(data):
            self._note(sheet, match)

    @staticmethod
    def _note(sheet: SheetFacts, match: re.Match[bytes]) -> None:
        if match["row"] is not None:
            if row := _ROW.search(match["row"]):
                sheet.hidden_rows.add(int(row[1]) - 1)
            return
        reference = _REF.search(match["error"] if match["error"] is not None else match["formula"])
        if reference is None:
            return
        place = (int(reference[2]) - 1, _column_number(reference[1]))
        if match["error"] is None:
            sheet.no_value.add(place)
        else:
            value = _VALUE.search(match["body"])
            sheet.errors[place] = value[1].decode("ascii", "replace") if value else "#ERROR"


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number - 1


def _is_1904(archive: zipfile.ZipFile) -> bool:
    """Old Macs count days from 1904; the workbook says so."""
    try:
        return bool(re.search(rb'\bdate1904="(?:1|true)"', archive.read("xl/workbook.xml")))
    except KeyError:
        return False


_SHEET_TAG = re.compile(r"<(?:\w+:)?sheet\b[^>]*>")
_RELATION_TAG = re.compile(r"<(?:\w+:)?Relationship\b[^>]*>")
_ATTRIBUTE = re.compile(r'([\w:]+)="([^"]*)"')


def _sheet_parts(archive: zipfile.ZipFile, names: set[str]) -> dict[str, str]:
    """Sheet name -> part name, from the workbook's own list."""
    from html import unescape

    try:
        book = archive.read("xl/workbook.xml").decode("utf-8", "replace")
        relations = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8", "replace")
    except KeyError:
        return {}
    targets: dict[str, str] = {}
    for tag in _RELATION_TAG.findall(relations):
        attributes = dict(_ATTRIBUTE.findall(tag))
        target = attributes.get("Target", "")
        targets[attributes.get("Id", "")] = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    found: dict[str, str] = {}
    for tag in _SHEET_TAG.findall(book):
        attributes = dict(_ATTRIBUTE.findall(tag))
        relation = next((value for key, value in attributes.items() if key.endswith(":id")), "")
        if targets.get(relation) in names:
            found[unescape(attributes.get("name", ""))] = targets[relation]
    return found
