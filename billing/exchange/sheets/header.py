"""Find the header row and say which column is which (titles above it, blank rows, merged group headers)."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from billing.errors import BadInputError
from billing.exchange.sheets import limits
from billing.exchange.sheets.cells import CellError, RawSheet, Row
from billing.exchange.sheets.dates import TimeParser
from billing.exchange.sheets.fields import TRIP_FIELDS, FieldSet
from billing.exchange.sheets.numbers import Problem
from billing.exchange.sheets.texts import header_key, is_missing, shown

_PLANNED = re.compile(r"plan|sched|expect|estimat|roster|target", re.IGNORECASE)


@dataclass(slots=True)
class Header:
    """The header of a sheet: its physical row, its texts by column, and the columns found for fields."""

    row: int
    texts: list[str]
    columns: dict[str, int]
    rivals: dict[str, list[str]] = field(default_factory=dict)
    lines: int = 1

    def mapping(self) -> dict[str, str]:
        """Field -> header text, as previews and saved mappings show it."""
        return {name: self.texts[column] for name, column in self.columns.items()}


def find_header(
    sheet: RawSheet, chosen: Mapping[str, str] | None = None, known: FieldSet = TRIP_FIELDS
) -> Header | None:
    """The best header in the first rows of a sheet, or None where the sheet has none.

    `chosen` (field -> header text) comes from a saved mapping or the preview; it overrides the synonyms; an empty
    text means that the file does not have the field. `known` are the fields that a header may name.
    """
    numbers, rows = sheet.head(limits.HEADER_ROWS)
    banned: set[int] = set()
    while True:
        best: Header | None = None
        for position, row in enumerate(rows):
            for candidate in _candidates(sheet, numbers, rows, position, row, chosen, banned, known):
                if best is None or _weight(candidate) > _weight(best):
                    best = candidate
        if best is None:
            return None
        places = _places(best, numbers, rows, chosen or {}, known)
        if not places:
            return best
        banned |= places


def _places(
    header: Header, numbers: Sequence[int], rows: Sequence[Row], chosen: Mapping[str, str], known: FieldSet
) -> set[int]:
    """Columns headed "Pickup", "Drop" or "Start" that hold places: not one of their first cells is a time."""
    below = [row for number, row in zip(numbers, rows, strict=True) if number >= header.row + header.lines]
    parsers, found = (TimeParser("day_first"), TimeParser("month_first")), set()
    for name, column in header.columns.items():
        if known.by_name[name].kind != "time" or name in chosen:
            continue
        cells = [row[column] for row in below if column < len(row) and not is_missing(row[column])]
        read = [parser.one(cell) for cell in cells for parser in parsers]
        if cells and all(isinstance(item, Problem) and item.code == "BAD_DATE" for item in read):
            words = sum(isinstance(cell, str) and any(map(str.isalpha, cell)) for cell in cells)
            if words * 2 > len(cells):
                found.add(column)
    return found


def _candidates(
    sheet: RawSheet,
    numbers: Sequence[int],
    rows: Sequence[Row],
    position: int,
    row: Row,
    chosen: Mapping[str, str] | None,
    banned: set[int],
    known: FieldSet,
) -> list[Header]:
    texts = [_text(cell) for cell in row]
    found = []
    if _may_be_header(row) and (header := _header(numbers[position], texts, chosen, banned, known)) is not None:
        found.append(header)
    if position + 1 < len(rows) and _may_be_header(rows[position + 1], fewest=1):
        groups = _groups(sheet, numbers[position] - 1, texts)
        joined, own = _join(texts, [_text(cell) for cell in rows[position + 1]], groups)
        header = _header(numbers[position], joined, chosen, banned, known, own) if groups else None
        if header is not None:
            header.lines = 2
            found.append(header)
    return found


def _groups(sheet: RawSheet, row: int, texts: list[str]) -> list[tuple[int, int]]:
    """The columns that each group header stands over: its merged cells, else the blank cells right of it."""
    merged = [(first[1], last[1]) for first, last in sheet.merged if first[0] == row and last[0] == row]
    if merged or sheet.merged:
        return merged
    starts = [column for column, text in enumerate(texts) if text]
    spans = zip(starts, [*starts[1:], len(texts)][: len(starts)], strict=True)
    return [(first, after - 1) for first, after in spans if after - first > 1]


def _weight(header: Header) -> tuple[int, int, int]:
    """More fields first, then fewer header lines, then further up."""
    return len(header.columns), -header.lines, -header.row


def _text(cell: Any) -> str:
    return "" if isinstance(cell, CellError) else " ".join((shown(cell) or "").split())


def _may_be_header(row: Row, fewest: int = 2) -> bool:
    """A header is text: a row with more numbers and dates than words is data."""
    words = sum(1 for cell in row if isinstance(cell, str) and not is_missing(cell))
    others = sum(1 for cell in row if not isinstance(cell, str) and cell is not None)
    return words >= fewest and words > others


def _join(upper: list[str], lower: list[str], groups: Sequence[tuple[int, int]]) -> tuple[list[str], list[str]]:
    """Two header lines as one, the text of a group before each header under it; and those headers alone.

    A group of planned times says that its columns are not what happened: there the header alone says nothing.
    """
    filled = list(upper) + [""] * (len(lower) - len(upper))
    for first, last in groups:
        filled[first : last + 1] = [upper[first]] * (min(last + 1, len(filled)) - first)
    below = lower + [""] * (len(filled) - len(lower))
    joined = [f"{group} {own}".strip() for group, own in zip(filled, below, strict=True)]
    alone = ["" if _PLANNED.search(group) else own for group, own in zip(filled, below, strict=True)]
    return joined, alone


def _header(
    row: int,
    texts: list[str],
    chosen: Mapping[str, str] | None,
    banned: set[int],
    known: FieldSet,
    alone: Sequence[str] = (),
) -> Header | None:
    header = Header(row, texts, {})
    strengths: dict[str, int] = {}
    taken = _chosen_columns(texts, chosen or {}, known)
    if taken is None:
        return None
    header.columns.update(taken)
    used = set(taken.values())
    ignored = {name for name, text in (chosen or {}).items() if not text}
    for column, text in enumerate(texts):
        found = None
        if text and column not in used and column not in banned:
            found = known.find(text) or _weaker(known.find(alone[column]) if alone else None, known)
        if found is None or found[0] in taken or found[0] in ignored:
            continue
        name, strength = found
        if name not in header.columns or strength < strengths[name]:
            if name in header.columns:
                header.rivals.setdefault(name, []).append(texts[header.columns[name]])
            header.columns[name] = column
            strengths[name] = strength
        else:
            header.rivals.setdefault(name, []).append(text)
    if len(header.columns) < known.enough or not known.has_core(header.columns):
        return None
    for side, others in (("start", ("start_time", "start_date", "date")), ("end", ("end_time", "end_date"))):
        own = next((name for name in (side, *others) if name in header.columns), side)
        if own != side:
            header.columns[side] = header.columns.pop(own)
    header.columns = {name: header.columns[name] for name in known.by_name if name in header.columns}
    return header


def _weaker(found: tuple[str, int] | None, known: FieldSet) -> tuple[str, int] | None:
    """A header that names its field only without its group yields to any that names it in full."""
    return (found[0], found[1] + len(known.synonyms)) if found else None


def _chosen_columns(texts: list[str], chosen: Mapping[str, str], known: FieldSet) -> dict[str, int] | None:
    """The columns of a given mapping; None where this row lacks one of them."""
    keys = [header_key(text) for text in texts]
    taken = {}
    for name, text in chosen.items():
        if name not in known.by_name:
            raise BadInputError("UNKNOWN_FIELD", f'The mapping names a field "{name}" that does not exist.', where=name)
        if not text:
            continue
        if header_key(text) not in keys:
            return None
        taken[name] = keys.index(header_key(text))
    return taken
