"""Workbooks of Excel 2003 in XML ("SpreadsheetML"): what many booking systems write under the name .xls.

The document is read as it streams by: no tree is built, and a document type is refused (SECURITY.md (b) 21).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from billing.exchange.sheets import limits
from billing.exchange.sheets.cells import ERROR_REASONS, NO_VALUE, Block, CellError, RawSheet
from billing.exchange.sheets.refusals import refuse, too_large

_MAX_ROW: Final = 1_048_576
_DEEPEST: Final = 100
_MAX_CELLS: Final = 10_000_000
_CLOCK_DAYS: Final = (date(1899, 12, 30), date(1899, 12, 31))  # what a time of day without a date is written with


@dataclass(slots=True)
class _Sheet:
    name: str
    hidden: bool = False
    numbers: list[int] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=list)
    hidden_rows: set[int] = field(default_factory=set)
    merged: list[tuple[tuple[int, int], tuple[int, int]]] = field(default_factory=list)


class _Book:
    """What the parser tells of the document; attributes: sheets."""

    def __init__(self, path: Path) -> None:
        self.sheets: list[_Sheet] = []
        self._path = path
        self._cells = self._depth = 0
        self._kind: str | None = None  # of the value that is being read
        self._words: list[str] = []
        self._length = 0

    def start(self, tag: str, about: dict[str, str]) -> None:
        """An element begins."""
        self._depth += 1
        if self._depth > _DEEPEST:
            raise refuse("TOO_DEMANDING", f"{self._path.name} is nested deeper than a sheet needs.")
        name = tag.rpartition("}")[2]
        facts = {key.rpartition("}")[2]: value for key, value in about.items()}
        if name == "Worksheet":
            self.sheets.append(_Sheet(facts.get("Name", "")))
        elif not self.sheets:
            return
        elif name == "Row":
            self._row(facts)
        elif name == "Cell" and self.sheets[-1].rows:
            self._cell(facts)
        elif name in ("Data", "Visible"):
            self._kind, self._words, self._length = facts.get("Type", name), [], 0

    def end(self, tag: str) -> None:
        """An element ends."""
        self._depth -= 1
        name = tag.rpartition("}")[2]
        if self._kind is None or name not in ("Data", "Visible"):
            return
        text, kind = "".join(self._words), self._kind
        self._kind = None
        if name == "Visible":
            self.sheets[-1].hidden = text.strip() in ("SheetHidden", "SheetVeryHidden")
        elif self.sheets[-1].rows and self.sheets[-1].rows[-1]:
            self.sheets[-1].rows[-1][-1] = _value(kind, text)

    def data(self, text: str) -> None:
        """Text between tags."""
        if self._kind is not None:
            self._words.append(text)
            self._length += len(text)
            if self._length > limits.MAX_CELL:
                raise refuse("CELL_TOO_LARGE", f"{self._path.name} has a cell longer than a sheet allows.")

    def close(self) -> None:
        """The document ends."""

    def _row(self, facts: dict[str, str]) -> None:
        sheet = self.sheets[-1]
        number = _index(facts, (sheet.numbers[-1] if sheet.numbers else 0) + 1)
        if number > _MAX_ROW:
            raise too_large(self._path)
        sheet.numbers.append(number)
        sheet.rows.append([])
        if facts.get("Hidden") == "1":
            sheet.hidden_rows.add(number)

    def _cell(self, facts: dict[str, str]) -> None:
        sheet = self.sheets[-1]
        row, number = sheet.rows[-1], sheet.numbers[-1]
        place = _index(facts, len(row) + 1) - 1
        across, down = (_whole(facts.get(name)) for name in ("MergeAcross", "MergeDown"))
        if place + across > limits.MAX_COLUMNS:
            raise too_large(self._path)
        before = len(row)
        row.extend([""] * (place - before))
        row.append(NO_VALUE if "Formula" in facts else "")
        if across or down:
            sheet.merged.append(((number - 1, place), (number - 1 + down, place + across)))
        self._cells += len(row) - before
        if self._cells > _MAX_CELLS:
            raise too_large(self._path)


def _index(facts: dict[str, str], otherwise: int) -> int:
    return max(_whole(facts.get("Index")), otherwise)


def _whole(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def _value(kind: str, text: str) -> Any:
    if kind == "Number":
        try:
            return float(text)
        except ValueError:
            return text
    if kind == "Boolean":
        return text.strip() == "1"
    if kind == "Error":
        return CellError(text, ERROR_REASONS.get(text, f"This cell shows {text}."))
    if kind == "DateTime":
        try:
            stamp = datetime.fromisoformat(text.strip())
        except ValueError:
            return text
        return stamp.time() if stamp.date() in _CLOCK_DAYS else stamp.replace(tzinfo=None)
    return text


def open_spreadsheetml(path: Path) -> list[RawSheet]:
    """The sheets of the document; RefusedError where it is damaged, too large, or declares entities."""
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException
    from defusedxml.ElementTree import DefusedXMLParser

    if path.stat().st_size > limits.MAX_UNPACKED:
        raise too_large(path)
    book = _Book(path)
    parser = DefusedXMLParser(target=book, forbid_dtd=True)
    try:
        with path.open("rb") as file:
            while piece := file.read(limits.MIB):
                parser.feed(piece)
        parser.close()
    except DefusedXmlException as error:
        raise refuse("XML_ENTITY", f"{path.name} declares XML entities, which sheets never need.") from error
    except ParseError as error:
        raise refuse(
            "UNREADABLE", f"{path.name} is damaged: it is not valid XML.", hint="Open it in Excel and save it as .xlsx."
        ) from error
    return [
        RawSheet(
            name=sheet.name, blocks=partial(_blocks, sheet), hidden=sheet.hidden, row_count=len(sheet.rows),
            merged=sheet.merged, hidden_rows=frozenset(sheet.hidden_rows),
        )
        for sheet in book.sheets
    ]  # fmt: skip


def _blocks(sheet: _Sheet) -> Iterator[Block]:
    for start in range(0, len(sheet.rows), limits.BLOCK_ROWS):
        stop = start + limits.BLOCK_ROWS
        yield Block(sheet.numbers[start:stop], sheet.rows[start:stop])
