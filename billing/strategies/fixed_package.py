"""FIXED_PACKAGE: a fee for every vehicle slot; km and hours of trips are usage, not fare."""

from __future__ import annotations

from billing.schemas.rating import BillingModelType, PeriodLine
from billing.strategies.base import BillingStrategy
from billing.strategies.block import TripBlock
from billing.strategies.line import TripLine
from billing.strategies.period.absence import absence_line
from billing.strategies.period.employees import employee_fee_lines
from billing.strategies.period.fee import fee_line
from billing.strategies.period.overage import overage_lines
from billing.strategies.period.vehicles import extra_vehicle_lines
from billing.strategies.period.view import PeriodView
from billing.strategies.terms import Terms


class FixedPackageStrategy(BillingStrategy):
    """Fees, overage km and hours, absences, extra vehicles and employees of a period."""

    model = BillingModelType.FIXED_PACKAGE
    has_fare = False

    def fare_lines(self, block: TripBlock, terms: Terms) -> list[TripLine]:
        """None: a trip of a package has no fare."""
        return []

    def period_lines(self, view: PeriodView) -> list[PeriodLine]:
        """All charges of the package, slot by slot in the order listed."""
        fees = [line for slot in view.slots for line in fee_line(view, slot=slot.slot, active_days=slot.active_days)]
        absences = [line for slot in view.slots for line in absence_line(view, slot)]
        return [*fees, *overage_lines(view), *absences, *extra_vehicle_lines(view), *employee_fee_lines(view)]
