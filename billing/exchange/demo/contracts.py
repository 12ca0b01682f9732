"""The demo's five contracts: all three models, one renewed in the middle of August.

Fees and rates are invented, of the size usual for staff transport in Bengaluru and Pune in 2026.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from billing.exchange.demo.parties import BLUE_HERON, DECCAN_COMET, GULMOHAR, MOONBRIDGE, PAPER_LANTERN, fixed_id
from billing.schemas.contracts import Contract, ContractVersion
from billing.schemas.usage import FuelPrice

INDIA = ZoneInfo("Asia/Kolkata")
FIRST_DAY = date(2026, 4, 1)
RENEWED_ON = date(2026, 8, 16)
NIGHT = {"start": "22:00", "end": "06:00"}

WHITEFIELD_SHIFTS, HINJAWADI_CABS, CITY_FLEET, KHARADI_SHIFTS, NAGAVARA_CABS = (fixed_id(4, n) for n in range(1, 6))


def _contract(
    contract_id: UUID, client: UUID, vendor: UUID, name: str, site: tuple[int, str], branch: int, sac: str, **more: Any
) -> Contract:
    number, code = site
    return Contract(
        contract_id,
        client,
        vendor,
        name,
        site_id=fixed_id(2, number),
        branch_id=fixed_id(3, branch),
        sac=sac,
        scope_sites=(code,),
        **more,
    )


CONTRACTS = (
    _contract(
        WHITEFIELD_SHIFTS,
        MOONBRIDGE,
        BLUE_HERON,
        "Whitefield shift cabs",
        (1, "BLR-WF"),
        1,
        "996601",
        renewal_cycle="YEARLY",
        renews_on=date(2027, 8, 16),
        notice_days=60,
    ),
    _contract(
        HINJAWADI_CABS,
        MOONBRIDGE,
        BLUE_HERON,
        "Hinjawadi cabs per trip",
        (3, "PUN-HJ"),
        1,
        "996412",
        itc_option="FULL",
        notice_days=30,
    ),
    _contract(
        CITY_FLEET,
        MOONBRIDGE,
        GULMOHAR,
        "Electronic City dedicated fleet",
        (2, "BLR-EC"),
        3,
        "996601",
        itc_option="FULL",
        notice_days=60,
    ),
    _contract(
        KHARADI_SHIFTS, PAPER_LANTERN, DECCAN_COMET, "Kharadi shift cabs", (4, "PUN-KH"), 4, "996601", notice_days=45
    ),
    _contract(
        NAGAVARA_CABS,
        PAPER_LANTERN,
        BLUE_HERON,
        "Nagavara cabs per trip",
        (5, "BLR-MT"),
        1,
        "996412",
        itc_option="FULL",
        notice_days=30,
    ),
)

_WHITEFIELD_RULES = {
    "base_monthly_fee": "385000.00",
    "free_km_included": "18000",
    "per_km_rate_after_limit": "18.50",
    "night_shift_surcharge": "75.00",
    "night_window": NIGHT,
    "carpool_discount": "0.05",
    "incentive_rules": {"carpool_bonus": "20.00"},
    "tax_percentage": "5",
    "round_off": "rupee",
}
_WHITEFIELD_RENEWED = _WHITEFIELD_RULES | {
    "base_monthly_fee": "412000.00",
    "per_km_rate_after_limit": "19.75",
    "night_shift_surcharge": "90.00",
}
_HINJAWADI_RULES = {
    "base_fare": "140.00",
    "per_km_rate": "16.25",
    "cost_per_minute": "1.20",
    "min_fare": "350.00",
    "night_surcharge_percent": "12",
    "night_window": NIGHT,
    "carpool_discount": "0.10",
    "incentive_rules": {"carpool_bonus": "25.00"},
    "tax_percentage": "18",
    "round_off": "rupee",
}
_CITY_FLEET_RULES = {
    "base_monthly_fee": "715000.00",
    "free_km_included": "22000",
    "per_km_rate_after_limit": "14.00",
    "night_shift_surcharge": "60.00",
    "night_window": NIGHT,
    "tax_percentage": "18",
    "round_off": "rupee",
}
_KHARADI_RULES = {
    "base_monthly_fee": "265000.00",
    "free_km_included": "9000",
    "per_km_rate_after_limit": "20.25",
    "fuel": {"base_price": "92.00", "current_price": "92.00", "km_per_litre": "11", "threshold_percent": "2"},
    "night_shift_surcharge": "80.00",
    "night_window": NIGHT,
    "carpool_discount": "0.08",
    "incentive_rules": {"carpool_bonus": "15.00"},
    "tax_percentage": "5",
    "round_off": "rupee",
}
_NAGAVARA_RULES = {
    "base_fare": "120.00",
    "per_km_rate": "17.00",
    "min_fare": "300.00",
    "night_shift_surcharge": "100.00",
    "night_window": NIGHT,
    "carpool_discount": "0.12",
    "incentive_rules": {"carpool_bonus": "20.00"},
    "tax_percentage": "18",
    "round_off": "rupee",
}


def local_midnight(day: date) -> datetime:
    """00:00 of that day in India: where a version begins or ends."""
    return datetime(day.year, day.month, day.day, tzinfo=INDIA)


def _version(
    number: int, contract: UUID, client: UUID, model: str, rules: dict[str, Any], bounds: tuple[date, date | None]
) -> ContractVersion:
    since, until = bounds
    return ContractVersion(
        fixed_id(5, int(contract.hex[-4:]) * 100 + number),
        client,
        contract,
        number,
        model,
        rules,
        local_midnight(since),
        local_midnight(until) if until else None,
        status="ACTIVE",
    )


VERSIONS = (
    _version(1, WHITEFIELD_SHIFTS, MOONBRIDGE, "HYBRID", _WHITEFIELD_RULES, (FIRST_DAY, RENEWED_ON)),
    _version(2, WHITEFIELD_SHIFTS, MOONBRIDGE, "HYBRID", _WHITEFIELD_RENEWED, (RENEWED_ON, None)),
    _version(1, HINJAWADI_CABS, MOONBRIDGE, "PER_TRIP", _HINJAWADI_RULES, (FIRST_DAY, None)),
    _version(1, CITY_FLEET, MOONBRIDGE, "FIXED_PACKAGE", _CITY_FLEET_RULES, (FIRST_DAY, None)),
    _version(1, KHARADI_SHIFTS, PAPER_LANTERN, "HYBRID", _KHARADI_RULES, (FIRST_DAY, None)),
    _version(1, NAGAVARA_CABS, PAPER_LANTERN, "PER_TRIP", _NAGAVARA_RULES, (FIRST_DAY, None)),
)

# What a litre cost on the first of each month; the Kharadi contract follows it.
_SOURCE = "Invented for the demo"
FUEL_PRICES = tuple(
    FuelPrice(fixed_id(8, month), PAPER_LANTERN, date(2026, month, 1), paise, _SOURCE)
    for month, paise in ((7, 92_40), (8, 94_90), (9, 95_60), (10, 95_10))
)
