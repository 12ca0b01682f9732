"""HYBRID: a monthly fee with free km, and a price for the km beyond them."""

from __future__ import annotations

from billing.schemas.rating import BillingModelType, PeriodLine
from billing.strategies.base import BillingStrategy
from billing.strategies.block import TripBlock
from billing.strategies.fares.hybrid import chargeable_metres, hybrid_fare
from billing.strategies.line import TripLine
from billing.strategies.period.fee import fee_line
from billing.strategies.period.view import PeriodView
from billing.strategies.terms import Terms


class HybridStrategy(BillingStrategy):
    """Free km are used up in the order of (start, trip id); what a trip has beyond them is its fare."""

    model = BillingModelType.HYBRID

    def prepare(self, block: TripBlock, terms: Terms) -> None:
        """Share out the free km of the version."""
        block.chargeable_m = chargeable_metres(block, terms)

    def fare_lines(self, block: TripBlock, terms: Terms) -> list[TripLine]:
        """DISTANCE, or SLAB, over the chargeable km."""
        return hybrid_fare(block, terms)

    def period_lines(self, view: PeriodView) -> list[PeriodLine]:
        """The fee."""
        return fee_line(view)
