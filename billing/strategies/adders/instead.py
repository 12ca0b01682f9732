"""No-shows and cancellations: one charge instead of all others."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from billing.schemas.trip_columns import MINUTE_PARTS, IntArray
from billing.strategies.block import TripBlock
from billing.strategies.line import TripLine, flat, percent_of
from billing.strategies.terms import Terms
from billing.strategies.words import number

_NOBODY = np.empty(0, np.int64)


def charged_no_shows(block: TripBlock, terms: Terms) -> IntArray:
    """The no-shows that the rules charge."""
    return block.no_shows if "no_show" in terms else _NOBODY


def charged_cancellations(block: TripBlock, terms: Terms) -> IntArray:
    """The cancellations that came too late: fewer minutes before than are free."""
    rules = terms.get("cancellation")
    if rules is None:
        return _NOBODY
    rows = block.cancelled
    free = rules.get("free_before_minutes")
    if free is None or not len(rows):
        return rows
    given = block.figures(lambda columns: columns.cancelled_before)
    before = np.full(len(rows), -1, np.int64) if given is None else given[rows]
    if len(unknown := rows[before < 0]):
        block.refuse(unknown, "BAD_INPUT", "cancelled_minutes_before", "how long before it was cancelled is missing")
    return rows[(before >= 0) & (before < int(free * MINUTE_PARTS))]


def charge_instead(
    code: str, key: str, rows: IntArray, block: TripBlock, fare: IntArray, terms: Terms
) -> list[TripLine]:
    """The NO_SHOW or CANCELLATION line of these trips; `fare` is what they would have cost."""
    if not len(rows):
        return []
    rules = terms.get(key)

    def why(row: int) -> str:
        free = rules.get("free_before_minutes")
        if free is None:
            return "no-show" if code == "NO_SHOW" else "cancelled"
        given = block.figures(lambda columns: columns.cancelled_before)
        before = 0 if given is None else int(given[rows[row]])
        return f"cancelled {number(Fraction(before, MINUTE_PARTS))} min before, free until {number(Fraction(free))} min"

    if "flat" in rules:
        return [flat(code, key, len(rows), terms.scaled(rules["flat"]), terms.scale, rows=rows, why=why)]
    percent = terms.scaled(rules["percent_of_fare"])
    return [percent_of(code, key, fare[rows], percent, terms.hundred, rows=rows, why=why)]
