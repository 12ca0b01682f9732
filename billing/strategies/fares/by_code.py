"""Prices looked up by the text of a column (zones)."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from billing.money import PAISE_IN_RUPEE, format_inr
from billing.schemas.trip_columns import IntArray, TextColumn
from billing.strategies.exact import Ints, as_paise, divided_half_up
from billing.strategies.line import Exact, TripLine


def figures_by_code(column: TextColumn, figures: Mapping[str, int]) -> tuple[Ints, IntArray]:
    """The figure of every row by its text (0 where there is none), and the rows that have none."""
    # The last place of the table stands for "missing": code -1 picks it.
    table = [figures.get(name, -1) for name in column.names] + [-1]
    wide = max(table) > np.iinfo(np.int64).max
    found = np.array(table, object if wide else np.int64)[column.codes]
    unknown = np.flatnonzero(found < 0)
    found[unknown] = 0
    return found, unknown


def listed_line(code: str, key: str, column: TextColumn, figures: Ints, scale: int) -> TripLine:
    """A fare line of listed amounts."""
    amount = as_paise(divided_half_up(figures, scale // PAISE_IN_RUPEE))

    def sentence(row: int, line: TripLine) -> str:
        name = column.names[column.codes[row]]
        return f"{code.lower()} {name} = {format_inr(int(line.amount[row]))}"

    return TripLine(
        code,
        key,
        amount,
        Exact(1),
        Exact(figures, scale),
        Exact(figures, scale),
        unit="trip",
        always=True,
        sentence=sentence,
    )
