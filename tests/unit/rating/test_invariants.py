"""What must hold whatever the rules are: order, sums, monotony, tax within half a paisa."""
# ruff: noqa: E501 - one row a case

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from billing.errors import BadInputError
from billing.rating import rate_bundle
from tests.oracle.generator import BundleMaker
from tests.unit.rating.bundles import bundle, trip, version

UNTAXED = {"TOLL": "toll_taxable", "PARKING": "parking_taxable"}


def rated_bundles(seeds: range) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    found = []
    for seed in seeds:
        given = BundleMaker(seed, trips=20).make()
        try:
            found.append((given, rate_bundle(given)))
        except BadInputError:
            continue
    return found


def test_the_order_of_import_never_matters() -> None:
    for given, result in rated_bundles(range(5000, 5080)):
        Random(1).shuffle(given["trips"])
        assert rate_bundle(given) == result
        given["trips"].sort(key=lambda trip: (datetime.fromisoformat(trip["start_time"]), trip["trip_id"]))
        assert rate_bundle(given) == result


def test_lines_add_up_to_totals() -> None:
    for given, result in rated_bundles(range(6000, 6120)):
        rules = {version["version_number"]: version["rules_config"] for version in given["versions"]}
        for rated in result["trips"]:
            own = rules[rated["version"]]
            untaxed = {code for code, key in UNTAXED.items() if own.get(key, True) is False}
            amounts = {code: Decimal(amount) for code, amount in rated["lines"].items()}
            base = sum((amount for code, amount in amounts.items() if code not in untaxed), Decimal(0))
            assert base == Decimal(rated["base_cost"])
            assert sum(amounts.values(), Decimal(0)) - base == Decimal(rated["non_taxable"])
        bases = sum((Decimal(rated["base_cost"]) for rated in result["trips"]), Decimal(0))
        periods = sum((Decimal(amount) for amount in result["period_lines"].values()), Decimal(0))
        assert bases + periods == Decimal(result["taxable_subtotal"])
        parts = ("taxable_subtotal", "tax", "non_taxable", "incentive")
        total = sum((Decimal(result[part]) for part in parts), Decimal(result.get("round_off", "0")))
        assert total == Decimal(result["total"])


def test_tax_is_within_half_a_paisa_for_each_rate_and_half() -> None:
    for given, result in rated_bundles(range(7000, 7120)):
        last = given["versions"][-1]["rules_config"]
        dated = any("tax_rates_by_date" in version["rules_config"] for version in given["versions"])
        if dated or len(given["versions"]) > 1 or last.get("tax_level") == "line" or last.get("reverse_charge"):
            continue
        percent = (
            Decimal(last["tax_percentage"]) if "tax_percentage" in last else Decimal(last.get("tax_rate", "0.18")) * 100
        )
        exact = Decimal(result["taxable_subtotal"]) * percent / 100
        assert abs(exact - Decimal(result["tax"])) <= Decimal("0.01" if "cgst" in result else "0.005")


@pytest.mark.parametrize(
    ("model", "rules"),
    [
        ("PER_TRIP", {"base_fare": "50", "per_km_rate": "14.37", "min_fare": "120", "max_fare": "900"}),
        ("PER_TRIP", {"slabs": {"mode": "graduated", "bands": [{"upto": "7", "rate": "9"}, {"upto": None, "rate": "12"}]}}),
        ("HYBRID", {"free_km_included": "11.5", "per_km_rate_after_limit": "18.19"}),
    ],
)  # fmt: skip
def test_more_km_never_cost_less(model: str, rules: dict[str, Any]) -> None:
    costs = []
    for metres in range(0, 90_000, 777):
        given = bundle(model, rules, [trip("a", "03T09:00", km=f"{metres // 1000}.{metres % 1000:03d}")])
        costs.append(Decimal(rate_bundle(given)["taxable_subtotal"]))
    assert costs == sorted(costs)
    assert costs[0] < costs[-1]


@pytest.mark.parametrize("day", range(2, 30, 5))
def test_a_month_split_into_two_equal_versions_costs_the_same_where_nothing_is_shared(day: int) -> None:
    rules = {"base_fare": "50", "per_km_rate": "14.37", "night_shift_surcharge": "30", "carpool_discount": "0.1"}
    trips = [trip(f"t{place}", f"{place:02}T{place % 23:02}:00", km=f"{place}.5") for place in range(1, 31)]
    whole = bundle("PER_TRIP", rules, trips)
    cut = f"2025-11-{day:02}"
    split = whole | {"versions": [version("PER_TRIP", rules, until=cut), version("PER_TRIP", rules, 1, cut)]}
    assert rate_bundle(split) == rate_bundle(whole)
