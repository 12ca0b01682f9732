"""An unknown rule key is told with the key that was probably meant."""

from __future__ import annotations

import pytest

from billing.rules import parse_rules
from billing.rules.lint import lint_rules
from billing.rules.nearest import nearest_name
from billing.rules.schema import KEY_BY_NAME
from billing.schemas.rating import BillingModelType


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("rate_per_km", "per_km_rate"),
        ("BaseFair", "base_fare"),
        ("base fare", "base_fare"),
        ("tax_percent", "tax_percentage"),
        ("night_surcharges", "night_shift_surcharge"),
        ("colour_of_the_cab", None),
        ("", None),
    ],
)
def test_the_nearest_name(typed: str, meant: str | None) -> None:
    assert nearest_name(typed, KEY_BY_NAME) == meant


def test_lint_names_it() -> None:
    rules = {
        "base_fare": "150", "rate_per_km": "12.50", "paint": "white",
        "vehicle_rates": {"SUV": {"base_fare": "200", "fare_base": "1"}},
    }  # fmt: skip
    config = parse_rules(BillingModelType.PER_TRIP, rules)
    assert [finding.message for finding in lint_rules(config) if finding.code == "UNKNOWN_KEY"] == [
        "rate_per_km is not understood and prices nothing; is per_km_rate meant?",
        "paint is not understood and prices nothing",
        "fare_base is not a rate of a vehicle type and prices nothing; is base_fare meant?",
    ]
