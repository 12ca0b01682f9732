"""What a raw pass over a workbook tells beside its values: errors, formulas without a result, hidden rows, epoch."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

# The day of serial 0, counted from 1970-01-01, in the two date systems of workbooks.
SERIALS_1900: Final = -25_569
SERIALS_1904: Final = -24_107


@dataclass(slots=True)
class SheetFacts:
    """What the raw pass saw in one worksheet; rows and columns count from 0."""

    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    no_value: set[tuple[int, int]] = field(default_factory=set)
    hidden_rows: set[int] = field(default_factory=set)


@dataclass(slots=True)
class BookFacts:
    """All worksheets by their name in the workbook, the unpacked size, and the day of serial 0."""

    sheets: dict[str, SheetFacts] = field(default_factory=dict)
    unpacked: int = 0
    first_serial: int = SERIALS_1900
