"""Rows that are no trips: blanks, totals, repeated headers, notes under the table."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, Literal

from billing.exchange.sheets.cells import Row
from billing.exchange.sheets.texts import clean, header_key, is_missing, shown

_TOTAL = re.compile(
    r"(?:grand|sub|net|page|over\s?all)?[\s-]*totals?\b(?!\s*(?:travels|cabs|tours))|carried forward|brought forward"
    r"|(?:average|avg\.?|sum|कुल(?: योग)?|योग|जोड़)(?:\s+(?:kms?|trips?|distance))?\s*[:.]?\Z",
    re.IGNORECASE,
)
# A trip id by itself makes a broken row, not a note: it is rejected, never passed over.
_CODE = re.compile(r"(?=\S*\d)\S{1,40}\Z")
_FEWEST_NUMBERED: Final = 3
Fate = Literal["blank", "total", "header", "note"]
MESSAGES: dict[str, str] = {
    "total": "totals row",
    "header": "the header once more",
    "note": "note, not a trip",
}


def suspects(values: Sequence[Any]) -> list[int]:
    """Positions whose cell in the start column does not begin like a date: only these rows are looked at closely."""
    return [
        position
        for position, value in enumerate(values)
        if (not value[:1].isdigit() if type(value) is str else value is None or isinstance(value, tuple))
    ]


def is_numbering(row: Row) -> bool:
    """True for a line under the header that counts the columns: 1, 2, 3, ... and nothing else."""
    texts = [clean(shown(cell) or "").strip("().") for cell in row]
    while texts and not texts[-1]:
        texts.pop()
    return len(texts) >= _FEWEST_NUMBERED and texts == [str(number) for number in range(1, len(texts) + 1)]


def fate_of(row: Row, header: Sequence[str], needed: Sequence[int], id_column: int | None) -> Fate | None:
    """What a row is if it is no trip; `needed` are the columns of trip id, start, end and distance."""
    cells = [cell for cell in row if not (cell is None or cell == "" or (isinstance(cell, str) and not cell.strip()))]
    if not cells:
        return "blank"
    texts = [clean(shown(cell) or "") for cell in cells]
    keys = {header_key(text) for text in header if text}
    if len(cells) >= 2 and sum(1 for text in texts if header_key(text) in keys) * 2 > len(cells):
        return "header"
    if any(_TOTAL.match(text) for text in texts[:4]):
        return "total"
    if not any(map(str.isdigit, "".join(texts))):  # units under the header, places to sign: a trip has figures
        return "note"
    present = [column for column in needed if column < len(row) and not is_missing(row[column])]
    if not present:
        return "note"
    if len(needed) > 2 and len(cells) <= 2 and len(present) == 1:
        is_id = present[0] == id_column and _CODE.match(clean(shown(row[present[0]]) or ""))
        return None if is_id else "note"
    return None
