"""Explanations: made by the step that made the number, one for every line shown."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest

from billing.errors import BadInputError
from billing.rating import rate_bundle
from tests.oracle.generator import BundleMaker
from tests.unit.rating.bundles import bundle, trip


def test_a_hybrid_trip_tells_its_free_and_its_charged_km() -> None:
    rules = {"free_km_included": "10", "per_km_rate_after_limit": "14.50", "base_monthly_fee": "3000"}
    result = rate_bundle(bundle("HYBRID", rules, [trip("a", "03T09:00", km="12.4")]), explain=True)
    assert result["trips"][0]["explain"] == {
        "DISTANCE": [
            {
                "key": "per_km_rate_after_limit",
                "version": 1,
                "quantity": "2.4",
                "rate": "14.5",
                "unrounded": "34.8",
                "amount": "34.80",
                "text": "12.4 km − 10 km free = 2.4 km × 14.50 = 34.80",
            }
        ]
    }
    assert result["explain"]["MONTHLY_FEE"][0]["text"] == "monthly fee 3,000.00"


def test_overage_hours_are_told_in_hours() -> None:
    rules = {"base_monthly_fee": "1", "included_hours": "10", "extra_hour_rate": "90", "hour_rounding_minutes": "30"}
    given = bundle("FIXED_PACKAGE", rules, [], vehicles=[{"slot": "A", "minutes": "610"}])
    [entry] = rate_bundle(given, explain=True)["explain"]["EXTRA_HOUR"]
    assert (entry["quantity"], entry["rate"], entry["unrounded"], entry["slot"]) == ("0.5", "90", "45", "A")


def _amount(entry: dict[str, Any]) -> Decimal:
    return Decimal(entry["amount"])


def _check_product(entry: dict[str, Any]) -> None:
    """Quantity x rate is the unrounded amount; of a percentage, its hundredth."""
    if entry["quantity"] is None or entry["rate"] is None:
        return
    product, exact = Decimal(entry["quantity"]) * Decimal(entry["rate"]), abs(Decimal(entry["unrounded"]))
    assert min(abs(abs(product) - exact), abs(abs(product) / 100 - exact)) < Decimal("0.0001")


@pytest.mark.parametrize("seed", range(120))
def test_explanations_add_up_to_the_lines_and_round_to_the_amounts(seed: int) -> None:
    try:
        result = rate_bundle(BundleMaker(seed).make(), explain=True)
    except BadInputError:
        return
    for rated in result["trips"]:
        assert rated["explain"].keys() == rated["lines"].keys()
        for code, entries in rated["explain"].items():
            assert sum(map(_amount, entries)) == Decimal(rated["lines"][code])
            for entry in entries:
                exact = Decimal(entry["unrounded"])
                assert abs(exact - _amount(entry)) <= Decimal("0.005")
                assert entry["text"]
                _check_product(entry)
                assert entry["version"] == rated["version"]
    assert result["explain"].keys() == result["period_lines"].keys()
    for code, entries in result["explain"].items():
        assert sum(map(_amount, entries)) == Decimal(result["period_lines"][code])
        for entry in entries:
            rounded = Decimal(entry["unrounded"]).quantize(Decimal("0.01"), rounding=ROUND_HALF_UP)
            assert abs(rounded - _amount(entry)) <= Decimal("0.01")


def test_explaining_changes_no_figure() -> None:
    for seed in range(40):
        given = BundleMaker(seed).make()
        try:
            told = rate_bundle(given, explain=True)
        except BadInputError:
            continue
        del told["explain"]
        for rated in told["trips"]:
            del rated["explain"]
        assert told == rate_bundle(given)
