"""Price a seat, with a minimum of seats."""

from __future__ import annotations

import numpy as np

from billing.strategies.block import TripBlock
from billing.strategies.line import TripLine, priced
from billing.strategies.terms import Terms


def seat_lines(block: TripBlock, terms: Terms) -> list[TripLine]:
    """The SEATS line: max(seats boarded, minimum) x rate."""
    boarded = block.figures(lambda columns: columns.seats)
    seats = np.zeros(len(block), np.int64) if boarded is None else boarded
    counted = np.maximum(seats, terms.get("min_seats", 0))
    rate = terms.rate("per_seat_rate")
    assert rate is not None, "the seats fare is chosen by this key"
    return [priced("SEATS", "per_seat_rate", counted, 1, rate, terms.scale, unit="seats", always=True)]
