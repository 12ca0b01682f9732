"""A first look at a file: its sheets, the header row, some values of each column; what a mapping is chosen from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from billing.exchange.sheets import limits
from billing.exchange.sheets.cells import RawSheet
from billing.exchange.sheets.check import open_sheets
from billing.exchange.sheets.header import find_header
from billing.exchange.sheets.texts import is_missing, shown

SAMPLES = 3


@dataclass(frozen=True, slots=True)
class SheetLook:
    """One sheet: the row taken for its header, the header texts, up to three values under each, what is recognised."""

    name: str | None
    header_row: int
    headers: tuple[str, ...]
    samples: tuple[tuple[str, ...], ...]
    mapping: dict[str, str]


def look(path: Path, mapping: Mapping[str, str] | None = None) -> list[SheetLook]:
    """The visible sheets that hold anything, the one that looks most like trips first."""
    found = [_look(sheet, mapping) for sheet in open_sheets(path)[0] if not sheet.hidden]
    return sorted((item for item in found if item is not None), key=lambda item: -len(item.mapping))


def _look(sheet: RawSheet, mapping: Mapping[str, str] | None) -> SheetLook | None:
    numbers, rows = sheet.head(limits.HEADER_ROWS)
    header = find_header(sheet, mapping) or find_header(sheet)
    if header is not None:
        row, texts, known = header.row + header.lines - 1, header.texts, header.mapping()
    else:
        words = [sum(isinstance(cell, str) and not is_missing(cell) for cell in cells) for cells in rows]
        if not words or max(words) == 0:
            return None
        place = words.index(max(words))
        row, texts, known = numbers[place], [" ".join((shown(cell) or "").split()) for cell in rows[place]], {}
    below = [cells for number, cells in zip(numbers, rows, strict=True) if number > row]
    samples = []
    for column in range(len(texts)):
        values = (shown(cells[column]) for cells in below if column < len(cells) and not is_missing(cells[column]))
        samples.append(tuple(value[:60] for value, _ in zip(filter(None, values), range(SAMPLES), strict=False)))
    return SheetLook(sheet.name, row, tuple(texts), tuple(samples), known)
