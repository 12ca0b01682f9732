"""Waiting: started blocks beyond the free minutes."""

from __future__ import annotations

import numpy as np

from billing.schemas.trip_columns import MINUTE_PARTS, IntArray
from billing.strategies.block import TripBlock
from billing.strategies.exact import divided_up
from billing.strategies.line import TripLine, priced
from billing.strategies.terms import Terms


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
    blocks = divided_up(np.asarray(waited[rows] - free), int(rules["block_minutes"] * MINUTE_PARTS))
    rate = terms.scaled(rules["rate_per_block"])
    return [priced("WAITING", "waiting", blocks, 1, rate, terms.scale, unit="blocks", rows=rows)]
