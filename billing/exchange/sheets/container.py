"""Whether a workbook is safe to open (SECURITY.md (b) 20, 21), and what the fast reader does not tell about it.

Workbooks are looked through as raw bytes before anything that a spreadsheet library made of them is used: sizes as they
really unpack (a header may lie), document types and entities, macros, cells without end. The same pass collects error
cells, formulas without a stored result and hidden rows.
"""

from __future__ import annotations

import codecs
import re
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Final

from billing.exchange.sheets import limits
from billing.exchange.sheets.book_facts import SERIALS_1904, BookFacts, SheetFacts
from billing.exchange.sheets.refusals import bomb, damaged, encrypted, macros, refuse, refused_if_damaged, too_large

_CHUNK: Final = limits.MIB
_BOOK: Final = "xl/workbook.xml"
_RELATIONS: Final = "xl/_rels/workbook.xml.rels"
_OFFICE: Final = (("word/", "a Word document"), ("ppt/", "a PowerPoint presentation"))


def inspect_workbook(path: Path, plausible: Callable[[int], object] | None = None) -> BookFacts:
    """Check an .xlsx container and collect facts; RefusedError with the cause where it is not safe, or no workbook.

    `plausible` gets the bytes that it unpacks to once what it says of itself is in order, before it is looked through.
    """
    if path.stat().st_size > limits.MAX_PACKED:
        raise too_large(path)
    with refused_if_damaged(path), zipfile.ZipFile(path) as archive:
        return _inspect(path, archive, plausible)


def _inspect(path: Path, archive: zipfile.ZipFile, plausible: Callable[[int], object] | None) -> BookFacts:
    entries = archive.infolist()
    if len(entries) > limits.MAX_PARTS:
        raise bomb(path)
    if any(entry.flag_bits & 1 for entry in entries):
        raise encrypted(path)
    declared = sum(entry.file_size for entry in entries)
    packed = sum(entry.compress_size for entry in entries)
    if declared > limits.MAX_UNPACKED or _too_dense(declared, packed):
        raise bomb(path)
    names = {_plain(entry.filename) for entry in entries}
    if any(name.endswith("vbaproject.bin") or "/macrosheets/" in name or name.startswith("basic/") for name in names):
        raise macros(path)
    is_ods = {"content.xml", "mimetype"} <= names
    if not is_ods:
        _check_kind(path, names)
    if plausible is not None:
        plausible(declared)
    facts = BookFacts()
    lists = [entry for entry in entries if entry.filename in (_BOOK, _RELATIONS)]
    for entry in lists:  # first: they say which parts are sheets
        _scan_part(path, archive, entry, facts, None)
    parts = {part: facts.sheets.setdefault(sheet, SheetFacts()) for sheet, part in _sheet_parts(archive).items()}
    for entry in entries:
        if entry not in lists:
            _scan_part(path, archive, entry, facts, parts.get(_plain(entry.filename)))
    if is_ods and b"encryption-data" in _read(archive, "META-INF/manifest.xml"):
        raise encrypted(path)
    if re.search(rb"""\bdate1904=["'](?:1|true)""", _read(archive, _BOOK)):  # old Macs count days from 1904
        facts.first_serial = SERIALS_1904
    return facts


def _plain(name: str) -> str:
    """A part's name as it is compared: some writers use backslashes, or begin with a slash."""
    return name.replace("\\", "/").lstrip("/").lower()


def _check_kind(path: Path, names: set[str]) -> None:
    """Refuse what is a zip archive but no workbook, by its name among people."""
    for folder, what in _OFFICE:
        if any(name.startswith(folder) for name in names):
            raise refuse("NOT_A_SHEET", f"{path.name} is {what}, not a sheet.", hint="Send the sheet as .xlsx or .csv.")
    if any(name.endswith(".iwa") for name in names):
        raise refuse(
            "NOT_A_SHEET", f"{path.name} is an Apple Numbers document.", hint="In Numbers, export it to Excel (.xlsx)."
        )
    if "[content_types].xml" not in names or not any(name.startswith("xl/") for name in names):
        raise refuse("NOT_A_SHEET", f"{path.name} is a zip archive, not a workbook.", hint="Send the sheet itself.")
    if "xl/workbook.xml" not in names and "xl/workbook.bin" in names:
        raise refuse("NOT_A_SHEET", f"{path.name} is a binary workbook (.xlsb).", hint="Save it as .xlsx.")


def _too_dense(unpacked: int, packed: int) -> bool:
    return unpacked > limits.RATIO_FLOOR and unpacked > limits.MAX_RATIO * max(packed, 1)


def _scan_part(
    path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, facts: BookFacts, sheet: SheetFacts | None
) -> None:
    """Unpack one part as it really is and look at it piece by piece."""
    is_xml = sheet is not None or entry.filename.lower().endswith((".xml", ".rels", ".vml"))
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
    if size != entry.file_size:
        raise damaged(path)


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
    rb"<(?:\w+:)?row\b(?P<row>[^>]*?\bhidden=[\"'](?:1|true)[\"'][^>]*)>"
    rb"|<(?:\w+:)?c\b(?P<error>[^>]*?\bt=[\"']e[\"'][^>]*)>(?P<body>.{0,2000}?)</(?:\w+:)?c>"
    rb"|<(?:\w+:)?c\b(?P<formula>[^>]*)>\s*<(?:\w+:)?f\b(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*"
    rb"(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>",
    re.DOTALL,
)
_REF = re.compile(rb"\br=[\"']([A-Z]{1,3})(\d{1,7})[\"']")
_ROW = re.compile(rb"\br=[\"'](\d{1,7})[\"']")
_MAY_HAVE_FACTS = (b't="e"', b"t='e'", b"<f", b":f", b'hidden="', b"hidden='")
# Document types and entities stand before the first element, however long the comments above it are.
_DECLARES = re.compile(rb"<!(?:[Dd][Oo][Cc]|[Ee][Nn][Tt])")
_VALUE = re.compile(rb"<(?:\w+:)?v>([^<]{1,40})<")


class _Scanner:
    """Looks through one XML part piece by piece, with enough overlap to see what lies across a border."""

    def __init__(self, path: Path, sheet: SheetFacts | None) -> None:
        self._path = path
        self._sheet = sheet
        self._rest = b""
        self._first = True
        self._open = 0
        self._wide: codecs.IncrementalDecoder | None = None

    def feed(self, piece: bytes) -> None:
        """Look at one more piece."""
        if self._first and piece:
            self._first = False
            if piece[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) or b"\0" in piece[:2]:
                self._wide = codecs.getincrementaldecoder("utf-16")("replace")
        if self._wide is not None:
            piece = self._wide.decode(piece).encode()
        data = self._rest + piece
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
        self._look(self._rest)

    def _look(self, data: bytes) -> None:
        # A run of text twice the limit leaves at least one of these windows without a tag.
        windows = range(0, len(data) - limits.MAX_CELL_BYTES, limits.MAX_CELL_BYTES)
        if any(data.find(b"<", at, at + limits.MAX_CELL_BYTES) < 0 for at in windows):
            raise refuse("CELL_TOO_LARGE", f"{self._path.name} has a cell longer than a sheet allows.")
        if b"<!" in data and _DECLARES.search(data):
            raise refuse("XML_ENTITY", f"{self._path.name} declares XML entities, which workbooks never need.")
        sheet = self._sheet
        if sheet is None or not any(sign in data for sign in _MAY_HAVE_FACTS):
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


_SHEET_TAG = re.compile(r"<(?:\w+:)?sheet\b[^>]*>")
_RELATION_TAG = re.compile(r"<(?:\w+:)?Relationship\b[^>]*>")
_ATTRIBUTE = re.compile(r"""([\w:]+)=(["'])(.*?)\2""")


def _sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name -> name of its part, from the workbook's own list."""
    from html import unescape

    targets: dict[str, str] = {}
    for tag in _RELATION_TAG.findall(_read(archive, _RELATIONS).decode("utf-8", "replace")):
        about = {name: value for name, _, value in _ATTRIBUTE.findall(tag)}
        target = about.get("Target", "")
        targets[about.get("Id", "")] = _plain(target) if target.startswith("/") else _plain(f"xl/{target}")
    found: dict[str, str] = {}
    for tag in _SHEET_TAG.findall(_read(archive, _BOOK).decode("utf-8", "replace")):
        about = {name: value for name, _, value in _ATTRIBUTE.findall(tag)}
        relation = next((value for key, value in about.items() if key.endswith(":id")), "")
        if part := targets.get(relation):
            found[unescape(about.get("name", ""))] = part
    return found


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        return archive.read(name)
    except KeyError:
        return b""
