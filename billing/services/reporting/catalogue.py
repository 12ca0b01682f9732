"""All reports, in the order in which they are offered; the purposes are the headings of the list."""

from __future__ import annotations

from typing import Final

from billing.schemas.reports import ReportKind
from billing.services.reporting.contract_reports import EXPIRY, RATE_CHANGE
from billing.services.reporting.control_report import INVARIANTS
from billing.services.reporting.cost_reports import EMPLOYEE_COST, PACKAGE_USE, REGISTER, UNIT_COST
from billing.services.reporting.money_reports import ACCRUAL, AGEING, DISPUTES, INCENTIVES, PAYOUTS, TRIPS

REPORTS: Final[tuple[ReportKind, ...]] = (
    TRIPS, ACCRUAL, INVARIANTS,
    UNIT_COST, EMPLOYEE_COST, PACKAGE_USE,
    PAYOUTS, DISPUTES, AGEING,
    INCENTIVES, REGISTER,
    EXPIRY, RATE_CHANGE,
)  # fmt: skip
PURPOSES: Final = ("Billing", "Cost", "Vendors", "People", "Contracts")
