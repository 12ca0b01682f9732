"""PER_TRIP: every trip has its own fare; a period costs nothing by itself."""

from __future__ import annotations

from billing.schemas.rating import BillingModelType, PeriodLine
from billing.strategies.base import BillingStrategy
from billing.strategies.block import TripBlock
from billing.strategies.fares import per_trip_fare
from billing.strategies.line import TripLine
from billing.strategies.period.view import PeriodView
from billing.strategies.terms import Terms


class PerTripStrategy(BillingStrategy):
    """A fare a trip, of one of the kinds in `billing.strategies.fares`."""

    model = BillingModelType.PER_TRIP

    def fare_lines(self, block: TripBlock, terms: Terms) -> list[TripLine]:
        """The lines of the contract's kind of fare."""
        return per_trip_fare(block, terms)

    def period_lines(self, view: PeriodView) -> list[PeriodLine]:
        """None."""
        return []
