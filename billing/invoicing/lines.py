"""What each charge code is called on a document, and where it stands (codes: TARIFF.md section 4)."""

from __future__ import annotations

from billing.schemas.invoices import ChargeLevel

TRIP_LINES: dict[str, str] = {
    "BASE_FARE": "Base fare",
    "DISTANCE": "Distance",
    "TIME": "Trip time",
    "SLAB": "Distance by slab",
    "ZONE": "Zone fare",
    "SEATS": "Seats",
    "PACKAGE": "Local package",
    "EXTRA_KM": "Extra kilometres",
    "EXTRA_HOUR": "Extra hours",
    "DRIVER_ALLOWANCE": "Driver allowance",
    "MIN_FARE_TOPUP": "Top-up to the minimum fare",
    "MAX_FARE_CAP": "Cap at the maximum fare",
    "CARPOOL_DISCOUNT": "Carpool discount",
    "NIGHT": "Night surcharge",
    "ESCORT": "Escort",
    "WAITING": "Waiting",
    "TOLL": "Toll",
    "PARKING": "Parking",
    "NO_SHOW": "No-shows",
    "CANCELLATION": "Late cancellations",
}
"""Trip codes in the order in which a trip is priced; the ledger has one column for each."""

PERIOD_LINES: dict[str, str] = {
    "MONTHLY_FEE": "Monthly fee",
    "EXTRA_KM": "Kilometres beyond the package",
    "EXTRA_HOUR": "Hours beyond the package",
    "ABSENCE": "Deduction for absence",
    "EXTRA_VEHICLES": "Vehicles beyond the contract",
    "EMPLOYEE_FEES": "Fee per employee",
    "SLA_PENALTY": "Service-level penalty",
    "MIN_GUARANTEE": "True-up to the minimum guarantee",
    "MONTHLY_CAP": "Cap of the month",
}
"""Period codes in the order in which a period is priced."""

TRIP_CODES = tuple(TRIP_LINES)
PERIOD_CODES = tuple(PERIOD_LINES)

MAY_BE_NEGATIVE = frozenset({"CARPOOL_DISCOUNT", "MAX_FARE_CAP", "ABSENCE", "SLA_PENALTY", "MONTHLY_CAP"})
"""SECURITY.md R9: every other code is a price and never below zero."""

_CLOSING = frozenset({"MIN_GUARANTEE", "MONTHLY_CAP", "SLA_PENALTY"})


def describe(code: str, level: ChargeLevel, *, is_taxable: bool = True) -> str:
    """The printed words of a line; untaxed toll and parking are named as what they are."""
    names = TRIP_LINES if level is ChargeLevel.TRIP else PERIOD_LINES
    name = names.get(code, code.replace("_", " ").capitalize())
    return name if is_taxable else f"{name}, at cost (pure agent)"


def line_order(code: str, level: ChargeLevel, percent_milli: int) -> tuple[int, int, int]:
    """Sort key of a printed line: the fees, then the trips, then what is settled on the whole bill."""
    codes = TRIP_CODES if level is ChargeLevel.TRIP else PERIOD_CODES
    block = 1 if level is ChargeLevel.TRIP else (2 if code in _CLOSING else 0)
    place = codes.index(code) if code in codes else len(codes)
    return block, place, percent_milli
