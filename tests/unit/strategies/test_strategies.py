"""One trip through a strategy: a batch of one, by the same steps as a whole month."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from billing.errors import BadInputError
from billing.rules import parse_rules
from billing.schemas.rating import CalculationResult, TripData
from billing.strategies import BillingModelType, FixedPackageStrategy, HybridStrategy, PerTripStrategy, StrategyFactory

START = datetime.fromisoformat("2025-11-03T20:43:00+05:30")
END = datetime.fromisoformat("2025-11-03T21:43:00+05:30")
TRIP = TripData("a", START, END, 10_500, is_carpool=True, toll=5_000, employees=("E1",))


@pytest.mark.parametrize(
    ("name", "strategy"),
    [
        (BillingModelType.PER_TRIP, PerTripStrategy),
        ("PER_TRIP", PerTripStrategy),
        (BillingModelType.HYBRID, HybridStrategy),
        ("FIXED_PACKAGE", FixedPackageStrategy),
        ("FIXED_MONTHLY", FixedPackageStrategy),
        ("FIXED", FixedPackageStrategy),
    ],
)
def test_the_factory_gives_the_strategy_of_a_model(name: str, strategy: type) -> None:
    assert isinstance(StrategyFactory.get_strategy(name), strategy)


def test_the_factory_refuses_an_unknown_model() -> None:
    with pytest.raises(BadInputError) as refused:
        StrategyFactory.get_strategy("FLAT_RATE")
    assert refused.value.code == "UNKNOWN_BILLING_MODEL"


NIGHT = {"night_shift_surcharge": "300", "toll_taxable": False, "incentive_rules": {"carpool_bonus": "50"}}


@pytest.mark.parametrize(
    ("model", "rules", "base", "tax", "total"),
    [
        ("HYBRID", {"per_km_rate_after_limit": "25"}, "562.50", "101.25", "763.75"),
        ("HYBRID", {"per_km_rate_after_limit": "25", "included_km": "10"}, "312.50", "56.25", "468.75"),
        ("PER_TRIP", {"base_fare": "100", "tax_percentage": "5"}, "400.00", "20.00", "520.00"),
        ("PER_TRIP", {"base_fare": "100", "reverse_charge": True}, "400.00", "0.00", "500.00"),
        ("FIXED_PACKAGE", {"base_monthly_fee": "100"}, "300.00", "54.00", "454.00"),
    ],
)
def test_calculate_cost(model: str, rules: dict[str, Any], base: str, tax: str, total: str) -> None:
    result = StrategyFactory.get_strategy(model).calculate_cost(TRIP, parse_rules(model, rules | NIGHT))
    assert isinstance(result, CalculationResult)
    assert (result.base_cost, result.tax_amount, result.total_cost) == (Decimal(base), Decimal(tax), Decimal(total))
    assert (result.employee_incentive, result.non_taxable) == (Decimal("50.00"), Decimal("50.00"))
    assert sum(result.lines.values()) == result.base_cost + result.non_taxable
    assert result.explanations.keys() == result.lines.keys()


def test_plain_rules_will_do() -> None:
    assert PerTripStrategy().calculate_cost(TRIP, {"per_km_rate": "10"}).base_cost == Decimal("155.00")


def test_a_trip_that_cannot_be_priced_is_refused_by_its_id() -> None:
    with pytest.raises(BadInputError, match="Trip a: ") as refused:
        PerTripStrategy().calculate_cost(TRIP, {"zone_rates": {"Z": "1"}})
    assert refused.value.code == "NO_RATE_FOR_ZONE"


def test_the_night_is_that_of_the_time_zone() -> None:
    rules = {"base_fare": "100", "night_shift_surcharge": "300"}
    there = PerTripStrategy().calculate_cost(TRIP, rules, timezone="Europe/Berlin")
    assert there.lines == {"BASE_FARE": Decimal("100.00"), "TOLL": Decimal("50.00")}
