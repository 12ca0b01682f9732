"""Columns of lists as data: what is shown, how, how wide, and what can be sorted, filtered and summed.

    COLUMNS = (
        Column("ref", "Trip", "id", 108),
        Column("start", "Start", "stamp", 148),
        Column("from_place", "Route", "route", 180, second="to_place", stretch=True),
        Column("distance_m", "Km", "km", 64, total=True),
        Column("rated_paise", "Rated ₹", "money", 104, total=True),
        Column("status", "Status", "state", 110),
    )

A row is any object: a mapping is read by key, everything else by attribute. `get` reads otherwise, `show` writes
otherwise. Kinds: text, id (weight 500), two (second line from `second`; the table then has 44 px rows), stamp, date,
month, route (`second` is the far end), icons (tuple of icon names, "" keeps a slot empty), state (a code of
widgets.states), money (paise), km (metres), count, number, percent and change (text), bar (0.0-1.0), was (`second` is
the old value), link.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from moveinsync_desktop import formats

Kind = Literal[
    "text", "id", "two", "stamp", "date", "month", "route", "icons", "state",
    "money", "km", "count", "number", "percent", "change", "bar", "was", "link",
]  # fmt: skip
FilterKind = Literal["text", "money", "km", "count", "date", "choice", "none"]

RIGHT_KINDS = frozenset({"money", "km", "count", "number", "percent", "change", "was"})
_FILTERS: dict[str, FilterKind] = {
    "money": "money", "was": "money", "km": "km", "count": "count", "number": "count", "stamp": "date", "date": "date",
    "month": "none", "icons": "none", "bar": "none", "percent": "none", "change": "none", "link": "none",
    "state": "choice",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes: width (px, least and first width), total (summed in the totals bar), stretch (takes free room),
    hidden (off until chosen), from_width (shown while the list is at least so wide, until the user chooses),
    sortable, tone (row -> colour token or ""), mark (row -> "danger", "disputed", "changed" or "": soft fill and
    underline of a wrong cell), tip (row -> tooltip), filter (None: by kind), adds (row -> what it adds to a total of
    rows at hand, where that is not its value: a credit note shown positive takes away).
    """

    key: str
    title: str
    kind: Kind = "text"
    width: int = 120
    second: str = ""
    total: bool = False
    stretch: bool = False
    hidden: bool = False
    from_width: int = 0
    sortable: bool = True
    filter: FilterKind | None = None
    get: Callable[[Any], Any] | None = None
    show: Callable[[Any], str] | None = None
    tone: Callable[[Any], str] | None = None
    mark: Callable[[Any], str] | None = None
    tip: Callable[[Any], str] | None = None
    adds: Callable[[Any], int] | None = None

    @property
    def is_right(self) -> bool:
        """Figures stand right."""
        return self.kind in RIGHT_KINDS

    @property
    def filter_kind(self) -> FilterKind:
        """How the filter cell reads what is typed."""
        return self.filter or _FILTERS.get(self.kind, "text")

    def value(self, record: Any) -> Any:
        """The value of this column in a row."""
        return self.get(record) if self.get is not None else read(record, self.key)

    def added(self, record: Any) -> Any:
        """What a row adds to a total."""
        return self.adds(record) if self.adds is not None else self.value(record)

    def text(self, record: Any) -> str:
        """What is shown, copied as text, spoken and elided."""
        value = self.value(record)
        if self.show is not None:
            return self.show(value)
        return _SHOW.get(self.kind, _plain)(value)

    def second_text(self, record: Any) -> str:
        """The second part: lower line, far end of a route, old value."""
        if not self.second:
            return ""
        value = read(record, self.second)
        if value is None or value == "":
            return ""
        return _SHOW["money"](value) if self.kind == "was" else _plain(value)

    def raw(self, record: Any) -> str:
        """For the clipboard: plain numbers without grouping, ISO dates, so that a spreadsheet gets cells."""
        value = self.value(record)
        if value is None:
            return ""
        if self.kind in ("money", "was") and isinstance(value, int):
            return f"{'-' if value < 0 else ''}{abs(value) // 100}.{abs(value) % 100:02d}"
        if self.kind == "km" and isinstance(value, int):
            return f"{Decimal(value) / 1000:f}"
        if isinstance(value, datetime):
            return formats.local(value).strftime("%Y-%m-%d %H:%M")
        if isinstance(value, (date, int, Decimal)) and not isinstance(value, bool) and self.show is None:
            return str(value)
        text = self.text(record)
        if self.kind == "route":
            return f"{text} to {self.second_text(record)}"
        return text.replace("\t", " ").replace("\n", " ").replace("\u2009", " ")

    def sort_value(self, record: Any) -> tuple[bool, Any]:
        """A key that orders rows with missing values last and text without case."""
        value = self.value(record)
        return (value is None, value.lower() if isinstance(value, str) else value if value is not None else 0)


def read(record: Any, key: str) -> Any:
    """A field of a row, whatever kind of object it is."""
    return record.get(key) if isinstance(record, Mapping) else getattr(record, key, None)


def _plain(value: Any) -> str:
    return formats.NONE if value is None or value == "" else str(value)


def _state(value: Any) -> str:
    return formats.NONE if not value else str(value).replace("_", " ").capitalize()


_SHOW: dict[str, Callable[[Any], str]] = {
    "stamp": formats.stamp,
    "date": formats.day,
    "month": formats.month,
    "money": formats.money,
    "was": formats.money,
    "km": formats.km,
    "count": formats.count,
    "state": _state,
    "icons": lambda value: ", ".join(name for name in value or () if name),
    "bar": lambda value: formats.NONE if value is None else f"{value:.0%}",
}
