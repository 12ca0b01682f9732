"""What a long list asks of the store, and what it gets: conditions, order, count, totals and keyset anchors.

A list of any length is shown as virtual rows (PLATFORM.md A3): one `open()` gives how many rows match, the totals
of all of them and, for every page, the key it starts after; then any page is read by key, never by OFFSET.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

ANYWHERE = "*"
"""The column of a condition that looks at whatever a list shows as text; only `contains` makes sense there."""

Operator = Literal["contains", "equals", "differs", "above", "from", "below", "to", "between", "any", "empty", "filled"]


@dataclass(frozen=True, slots=True)
class Condition:
    """One filter on one column.

    above/below exclude the bound, from/to/between include it; `any` lists alternatives; `contains` and text `equals`
    ignore case. Values have the column's own type: paise, metres, date (whole local days), str.
    """

    column: str
    op: Operator
    values: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """Which rows (all conditions hold) in which order; the row's id always comes last in the order."""

    order: str = ""
    descending: bool = False
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Opened:
    """Answer to `open()`: all matching rows counted and summed, and one anchor a page.

    `anchors[0]` is None; `anchors[n]` is what `page` wants for page n. `totals` are by column key.
    """

    count: int
    totals: Mapping[str, int] = field(default_factory=dict)
    anchors: Sequence[Any] = (None,)


class PagedQuery(Protocol):
    """A list that can be opened and read page by page, from any worker thread."""

    page_size: int

    def open(self) -> Opened:
        """Count, totals and anchors of everything that matches."""

    def page(self, anchor: Any) -> Sequence[Any]:
        """The rows after the anchor, `page_size` at most, in order."""
