"""Zone fares: one amount for each zone."""

from __future__ import annotations

from billing.strategies.block import TripBlock
from billing.strategies.fares.by_code import figures_by_code, listed_line
from billing.strategies.line import TripLine
from billing.strategies.terms import Terms


def zone_lines(block: TripBlock, terms: Terms) -> list[TripLine]:
    """The ZONE line; a trip of no zone, or of one without a fare, is refused."""
    rates = terms.get("zone_rates")
    zones = block.text(lambda columns: columns.zone)
    priced = {name: terms.scaled(rate) for name, rate in rates.items()}
    figures, unknown = figures_by_code(zones, priced)
    if len(unknown):
        block.refuse(unknown, "NO_RATE_FOR_ZONE", "zone", "its zone has no fare in the contract")
    return [listed_line("ZONE", "zone_rates", zones, figures, terms.scale)]
