"""Figures of the selected rows for the status bar: count, sum, average, min, max of one column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from billing.money import half_up
from moveinsync_desktop import formats
from moveinsync_desktop.models.columns import Column
from moveinsync_desktop.models.table_model import TableModel


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
    values = [value for record in records if isinstance(value := column.added(record), int)]
    if not values:
        return None
    return Stats(len(values), sum(values), min(values), max(values))


def summed_columns(columns: Sequence[Column], focused: int) -> list[Column]:
    """Columns worth summing, best first: the one the cursor is in, then the last money column, then other totals."""
    summed = [column for column in columns if column.total and not column.hidden]
    here = columns[focused : focused + 1] if focused >= 0 else ()
    money = [column for column in reversed(summed) if column.kind == "money"]
    ordered = [*(column for column in here if column.total), *money, *reversed(summed)]
    return list(dict.fromkeys(ordered))


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


Shown = tuple[str, tuple[tuple[str, str], ...]]


def of_records(count: int, columns: Sequence[Column], records: Sequence[Any]) -> Shown:
    """Words and figures of the selected rows: the first column that holds a figure in any of them."""
    words = f"{formats.count(count)} selected"
    for column in columns:
        stats = stats_of(column, records)
        if stats is not None:
            return f"{words}, {column.title}:", figures(column, stats)
    return words, ()


def of_many(count: int, column: Column, model: TableModel) -> Shown:
    """More rows than are worth reading: the total is known when all are selected, else only the count."""
    words, total = f"{formats.count(count)} selected", model.totals.get(column.key)
    if count == model.rowCount() and total is not None:
        return f"{words}, {column.title}:", (("sum", writer(column)(total)),)
    return words, ()
