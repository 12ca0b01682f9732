"""Toll and parking: taxable, or passed on untaxed as a pure agent does."""

from __future__ import annotations

from billing.money import PAISE_IN_RUPEE, format_inr
from billing.schemas.trip_columns import IntArray
from billing.strategies.block import TripBlock
from billing.strategies.line import Exact, TripLine
from billing.strategies.terms import Terms


def toll_lines(block: TripBlock, terms: Terms, fare: IntArray) -> list[TripLine]:
    """TOLL of completed trips."""
    return _lines("TOLL", "toll_taxable", block, block.figures(lambda columns: columns.toll), terms)


def parking_lines(block: TripBlock, terms: Terms, fare: IntArray) -> list[TripLine]:
    """PARKING of completed trips."""
    return _lines("PARKING", "parking_taxable", block, block.figures(lambda columns: columns.parking), terms)


def _lines(code: str, key: str, block: TripBlock, paid: IntArray | None, terms: Terms) -> list[TripLine]:
    if paid is None:
        return []
    rows = block.completed_where(paid != 0)
    amount = paid[rows]
    exact = Exact(amount, PAISE_IN_RUPEE)
    taxable = bool(terms.get(key, True))

    def sentence(row: int, line: TripLine) -> str:
        return f"at cost, {'taxable' if taxable else 'untaxed'}: {format_inr(int(line.amount[row]))}"

    return [TripLine(code, key, amount, Exact(1), exact, exact, rows=rows, taxable=taxable, sentence=sentence)]
