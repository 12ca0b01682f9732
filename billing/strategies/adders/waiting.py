"""Waiting: started blocks beyond the free minutes."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from billing.money import format_inr
from billing.schemas.trip_columns import MINUTE_PARTS, IntArray
from billing.strategies.block import TripBlock
from billing.strategies.exact import divided_up
from billing.strategies.line import TripLine, priced
from billing.strategies.terms import Terms
from billing.strategies.words import counted, money, number


def waiting_lines(block: TripBlock, terms: Terms, fare: IntArray) -> list[TripLine]:
    """WAITING on completed trips that waited longer than the free minutes."""
    rules = terms.get("waiting")
    waited = block.figures(lambda columns: columns.waiting)
    if rules is None or waited is None:
        return []
    free = int(rules.get("free_minutes", 0) * MINUTE_PARTS)
    rows = block.completed_where(waited > free)
    if not len(rows):
        return []
    size = int(rules["block_minutes"] * MINUTE_PARTS)
    blocks = divided_up(np.asarray(waited[rows] - free), size)
    rate = terms.scaled(rules["rate_per_block"])

    def sentence(row: int, line: TripLine) -> str:
        spent = f"{_minutes(int(waited[rows[row]]))} min" + (f", {_minutes(free)} free" if free else "")
        charged = f"{counted(Fraction(int(blocks[row])), 'blocks')} of {_minutes(size)} min"
        return f"{spent}: {charged} × {money(Fraction(rate, terms.scale))} = {format_inr(int(line.amount[row]))}"

    return [priced("WAITING", "waiting", blocks, 1, rate, terms.scale, unit="blocks", rows=rows, sentence=sentence)]


def _minutes(parts: int) -> str:
    return number(Fraction(parts, MINUTE_PARTS))
