"""The escort charge."""

from __future__ import annotations

from billing.schemas.trip_columns import IntArray
from billing.strategies.block import TripBlock
from billing.strategies.line import TripLine, flat
from billing.strategies.terms import Terms


def escort_lines(block: TripBlock, terms: Terms, fare: IntArray) -> list[TripLine]:
    """ESCORT on completed trips that were escorted."""
    charge = terms.rate("escort_charge_per_trip")
    rows = block.completed_where(block.escort)
    if charge is None or not len(rows):
        return []
    return [
        flat("ESCORT", "escort_charge_per_trip", len(rows), charge, terms.scale, rows=rows, why=lambda _: "escorted")
    ]
