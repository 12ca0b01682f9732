"""Figures of the selected rows for the status bar: count, sum, average, min, max of one column. No Qt here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from billing.money import half_up
from moveinsync_desktop import formats
from moveinsync_desktop.models.columns import Column


@dataclass(frozen=True, slots=True)
class Stats:
    """Sum and spread of the filled cells, in the column's own unit (paise, metres)."""

    count: int
    total: int
    least: int
    most: int

    @property
    def average(self) -> int:
        """Half up."""
        return half_up(self.total, self.count)


def stats_of(column: Column, records: Sequence[Any]) -> Stats | None:
    """The figures of a column, None when no cell holds a number."""
    values = [value for record in records if isinstance(value := column.value(record), int)]
    if not values:
        return None
    return Stats(len(values), sum(values), min(values), max(values))


def summed_column(columns: Sequence[Column], focused: int) -> Column | None:
    """The column to sum: the one the cursor is in if it holds figures, else the last money column, else any total."""
    if 0 <= focused < len(columns) and columns[focused].total:
        return columns[focused]
    money = [column for column in columns if column.kind == "money" and column.total and not column.hidden]
    other = [column for column in columns if column.total and not column.hidden]
    found = money or other
    return found[-1] if found else None


def writer(column: Column) -> Callable[[int | None], str]:
    """How the column's figures are written."""
    if column.show is not None:
        return column.show
    kinds: dict[str, Callable[[int | None], str]] = {"money": formats.money, "was": formats.money, "km": formats.km}
    return kinds.get(column.kind, formats.count)


def figures(column: Column, stats: Stats) -> tuple[tuple[str, str], ...]:
    """Label and figure pairs, written as the column writes its cells."""
    write = writer(column)
    return (
        ("sum", write(stats.total)),
        ("average", write(stats.average)),
        ("min", write(stats.least)),
        ("max", write(stats.most)),
    )
