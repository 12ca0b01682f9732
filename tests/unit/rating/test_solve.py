"""The value of one rule that makes a month come to a target."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from billing.errors import RefusedError
from billing.rating.bundle import rating_input
from billing.rating.solve import solve_rule
from billing.rules import parse_rules
from tests.unit.rating.bundles import bundle, trip

TRIPS = [trip(f"t{day}", f"{day:02}T09:00", km="12.5", is_carpool=True) for day in range(1, 21)]
GRADUATED = {"mode": "graduated", "bands": [{"upto": "10", "rate": "10"}, {"upto": None, "rate": "8"}]}


@pytest.mark.parametrize(
    ("model", "rules", "path", "target", "value"),
    [
        ("PER_TRIP", {"per_km_rate": "10"}, ("per_km_rate",), 4_625_00, "18.5"),
        ("PER_TRIP", {"per_km_rate": "10"}, ("per_km_rate",), 0, "0"),
        ("PER_TRIP", {"per_km_rate": "10"}, ("base_fare",), 3_000_00, "25"),
        ("PER_TRIP", {"slabs": GRADUATED}, ("slabs", "bands", 1, "rate"), 2_500_00, "10"),
        ("PER_TRIP", {"base_fare": "100"}, ("monthly_cap",), 1_500_00, "1500"),
        ("PER_TRIP", {"base_fare": "100"}, ("carpool_discount",), 400_00, "0.8"),
        ("HYBRID", {"per_km_rate_after_limit": "10"}, ("free_km_included",), 1_500_00, "100"),
        ("HYBRID", {"overage_per_km": "10"}, ("base_monthly_fee",), 99_999_99, "97499.99"),
    ],
)
def test_the_value_is_found(
    model: str, rules: dict[str, Any], path: tuple[str | int, ...], target: int, value: str
) -> None:
    found = solve_rule(rating_input(bundle(model, rules, TRIPS)), parse_rules(model, rules), path, target)
    assert (found.value, found.is_exact) == (Decimal(value), True)


def test_where_no_value_is_exact_the_nearest_is_found() -> None:
    rules = {"base_fare": "100"}
    found = solve_rule(
        rating_input(bundle("PER_TRIP", rules, TRIPS)), parse_rules("PER_TRIP", rules), ("base_fare",), 1_000_09
    )
    assert (found.value, found.taxable, found.is_exact) == (Decimal("50"), 1_000_00, False)


@pytest.mark.parametrize(("path", "target"), [(("escort_charge_per_trip",), 1), (("monthly_cap",), 9_999_00)])
def test_a_target_out_of_reach_is_refused(path: tuple[str], target: int) -> None:
    rules = {"base_fare": "100"}
    with pytest.raises(RefusedError) as refused:
        solve_rule(rating_input(bundle("PER_TRIP", rules, TRIPS)), parse_rules("PER_TRIP", rules), path, target)
    assert refused.value.code == "TARGET_NOT_REACHED"
