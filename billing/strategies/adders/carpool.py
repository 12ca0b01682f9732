"""The carpool discount: a fraction of the fare, before surcharges."""

from __future__ import annotations

from billing.schemas.trip_columns import IntArray
from billing.strategies.block import TripBlock
from billing.strategies.line import TripLine, percent_of
from billing.strategies.terms import Terms


def carpool_lines(block: TripBlock, terms: Terms, fare: IntArray) -> list[TripLine]:
    """CARPOOL_DISCOUNT, negative, on completed carpool trips."""
    fraction = terms.rate("carpool_discount")
    rows = block.completed_where(block.carpool)
    if fraction is None or not len(rows):
        return []
    return [percent_of("CARPOOL_DISCOUNT", "carpool_discount", fare[rows], fraction, terms.scale, sign=-1, rows=rows)]
