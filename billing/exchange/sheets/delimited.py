"""Text sheets (.csv, .tsv): encoding, separator, and records that know the line they start on."""

from __future__ import annotations

import codecs
import csv
import io
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from billing.exchange.sheets import limits
from billing.exchange.sheets.cells import Block, Broken, Note, RawSheet
from billing.exchange.sheets.fields import field_of
from billing.exchange.sheets.refusals import refuse, too_large
from billing.money import group_indian

SEPARATORS: Final = (",", ";", "\t", "|")
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHUNK: Final = 4 * limits.MIB


class Layout(NamedTuple):
    """How a text file is written: encoding, separator, and lines to leave out at the top (Excel's "sep=;")."""

    encoding: str
    separator: str
    first_line: int
    newline: str


def open_delimited(path: Path) -> list[RawSheet]:
    """The one sheet of a text file; RefusedError where it is no table or beyond the limits."""
    if path.stat().st_size > limits.MAX_TEXT_FILE:
        raise too_large(path)
    encoding = _encoding(path)
    layout = _layout(path, encoding)
    notes = []
    if encoding == "cp1252":
        message = "The file is not UTF-8; it was read as Windows text (cp1252)."
        notes.append(Note(None, None, "ENCODING", message))
    return [RawSheet(name=None, blocks=partial(_blocks, path, layout), strict_width=True, notes=notes)]


def _encoding(path: Path) -> str:
    """By byte order mark, else UTF-8 if the whole file is valid UTF-8, else Windows text; binary files are refused."""
    with path.open("rb") as file:
        head = file.read(64 * 1024)
        for mark, name in _BOMS:
            if head.startswith(mark):
                return name
        nulls = head.count(0)
        if nulls:
            return _without_mark(path, head, nulls)
        file.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while piece := file.read(_CHUNK):
                if b"\0" in piece:
                    raise _binary(path)
                decoder.decode(piece)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            if _control_share(head) > 0.02:
                raise _binary(path) from None
            return "cp1252"
    if _control_share(head) > 0.02:
        raise _binary(path)
    return "utf-8"


def _without_mark(path: Path, head: bytes, nulls: int) -> str:
    """UTF-16 without a mark has a zero in every other byte of Latin text; anything else with zeros is binary."""
    even, odd = head[::2].count(0), head[1::2].count(0)
    if nulls > len(head) * 0.3 and (not even or not odd or max(even, odd) > 20 * min(even, odd)):
        return "utf-16-le" if odd > even else "utf-16-be"
    raise _binary(path)


def _control_share(head: bytes) -> float:
    controls = sum(head.count(code) for code in range(32) if code not in (9, 10, 13))
    return controls / max(len(head), 1)


def _binary(path: Path) -> Exception:
    return refuse("NOT_A_SHEET", f"{path.name} is not a text table.", hint="Send .xlsx, .xls, .csv or .tsv.")


class _Windows1252(codecs.IncrementalDecoder):
    """cp1252 that also takes its five undefined bytes (as Latin-1), as browsers do."""

    def decode(self, data: bytes, final: bool = False) -> str:  # type: ignore[override]
        try:
            return data.decode("cp1252")
        except UnicodeDecodeError:
            return "".join(
                chr(byte) if byte in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else bytes((byte,)).decode("cp1252")
                for byte in data
            )


def _decoder(encoding: str) -> codecs.IncrementalDecoder:
    return _Windows1252() if encoding == "cp1252" else codecs.getincrementaldecoder(encoding)()


def _layout(path: Path, encoding: str) -> Layout:
    """Separator and line ends from the first part of the file."""
    with path.open("rb") as file:
        try:
            text = _decoder(encoding).decode(file.read(256 * 1024))
        except UnicodeDecodeError as error:
            raise refuse("BAD_ENCODING", f"{path.name} is not valid {encoding} text.") from error
    newline = "\n" if "\n" in text else "\r"
    lines = text.splitlines()
    if lines and lines[0].strip().strip('"').lower().startswith("sep=") and len(lines[0].strip().strip('"')) == 5:
        return Layout(encoding, lines[0].strip().strip('"')[4], 1, newline)
    scores = {separator: _score(text, separator) for separator in SEPARATORS}  # two may cut every line alike
    best = max(SEPARATORS, key=lambda separator: scores[separator])
    if not scores[best][1]:
        raise refuse("NOT_A_SHEET", f"{path.name} has no columns: no separator was found.", hint="Save it as .csv.")
    return Layout(encoding, best, 0, newline)


def _score(text: str, separator: str) -> tuple[int, int]:
    """How much a text looks like a table under one separator: headers known in one record, columns x records."""
    known = 0
    widths: Counter[int] = Counter()
    try:
        for count, record in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator)):
            if count >= 200:
                break
            if len(record) > 1:
                widths[len(record)] += 1
            if count < limits.HEADER_ROWS and len(record) > 1:
                known = max(
                    known, sum(cell.strip()[:1] not in SEPARATORS and field_of(cell) is not None for cell in record)
                )
    except csv.Error:
        pass
    if not widths:
        return 0, 0
    columns, records = max(widths.items(), key=lambda item: (item[1], item[0]))
    return known, records * min(columns, 10)


def _lines(path: Path, layout: Layout) -> Iterator[list[str]]:
    """Lists of lines with their ends; a line without end is refused before it fills the memory."""
    decoder = _decoder(layout.encoding)
    rest = ""
    with path.open("rb") as file:
        while True:
            piece = file.read(_CHUNK)
            try:
                text = rest + decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                raise refuse("BAD_ENCODING", f"{path.name} is not valid {layout.encoding} text.") from error
            if not piece:
                if text:
                    yield list(io.StringIO(text, newline=""))
                return
            cut = text.rfind(layout.newline, 0, len(text) - 1) + 1
            rest = text[cut:]
            if len(rest) > limits.MAX_LINE:
                raise refuse("CELL_TOO_LARGE", f"{path.name} has a line of more than a million characters.")
            if cut:
                yield list(io.StringIO(text[:cut], newline=""))


def _blocks(path: Path, layout: Layout) -> Iterator[Block]:
    """Records in blocks; a record with broken quotes costs its own line only."""
    csv.field_size_limit(limits.MAX_CELL)
    number = 1
    waiting: list[str] = []
    for lines in _lines(path, layout):
        if number == 1 and layout.first_line:
            lines = lines[layout.first_line :]
            number += layout.first_line
        for start in range(0, len(lines), limits.BLOCK_ROWS):
            block, waiting = _parse(
                path, waiting + lines[start : start + limits.BLOCK_ROWS], number, layout, last=False
            )
            number = block.next_line
            yield block
    if waiting:
        block, _ = _parse(path, waiting, number, layout, last=True)
        yield block


def _parse(path: Path, lines: list[str], first: int, layout: Layout, *, last: bool) -> tuple[Block, list[str]]:
    """Parse complete records of these lines; the lines of an unfinished last record are handed back."""
    block = Block([], [])
    at = 0
    while at < len(lines):
        try:
            rows = list(csv.reader(lines[at:] if at else lines, delimiter=layout.separator, strict=True))
        except csv.Error:
            rows = []
        if rows and len(rows) == len(lines) - at:
            block.rows = [*block.rows, *rows]
            block.numbers = [*block.numbers, *range(first + at, first + len(lines))]
            at = len(lines)
            break
        at, complete = _parse_slowly(path, lines, at, first, layout, block)
        if not complete:
            if not last and len(lines) - at <= limits.MAX_RECORD_LINES:
                break
            block.broken.append(_bad_quoting(first + at, lines[at]))
            at += 1
    block.next_line = first + at
    return block, lines[at:]


def _parse_slowly(path: Path, lines: list[str], at: int, first: int, layout: Layout, block: Block) -> tuple[int, bool]:
    """Parse record by record; gives the line reached and False where the record there is broken or unfinished."""
    reader = csv.reader(lines[at:], delimiter=layout.separator, strict=True)
    rows, numbers = list(block.rows), list(block.numbers)
    base, reached, complete = at, at, True
    while True:
        try:
            row = next(reader)
        except StopIteration:
            break
        except csv.Error as error:
            if "field larger" in str(error):
                raise refuse(
                    "CELL_TOO_LARGE",
                    f"{path.name} has a cell of more than {group_indian(limits.MAX_CELL)} characters.",
                    where=f"line {first + reached}",
                ) from error  # fmt: skip
            complete = False
            break
        if reader.line_num > limits.MAX_RECORD_LINES + reached - base:
            complete = False
            break
        rows.append(row)
        numbers.append(first + reached)
        reached = base + reader.line_num
    block.rows, block.numbers = rows, numbers
    return reached, complete


def _bad_quoting(number: int, line: str) -> Broken:
    return Broken(number, "BAD_QUOTING", line.rstrip("\r\n")[:200], "The quotation marks of this line do not match.")
