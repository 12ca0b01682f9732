"""The fuel clause: how it moves the rates per km (TARIFF.md section 6, Fuel)."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

from billing.money import half_up
from billing.rules.check import merged_rates

FUELLED = ("per_km_rate", "per_km_rate_after_limit")
_DECIMALS = 4


def rates_after_fuel(values: Mapping[str, Any]) -> dict[str, Decimal]:
    """The rates per km that the clause changes, rounded half up to four decimals; none inside the threshold.

    A rate may come out below zero: the page knows no floor. Such rules are told by lint, and not billed.
    """
    fuel = values.get("fuel")
    if fuel is None:
        return {}
    base, current = Fraction(fuel["base_price"]), Fraction(fuel["current_price"])
    if abs(current - base) * 100 <= Fraction(fuel.get("threshold_percent", 0)) * base:
        return {}
    change = (current - base) / Fraction(fuel["km_per_litre"]) * Fraction(fuel.get("share", 1))
    return {key: _rounded(Fraction(values[key]) + change) for key in FUELLED if key in values}


def rates_below_zero(values: Mapping[str, Any]) -> dict[str, Decimal]:
    """The rates that the clause brings below zero, the contract's and its vehicle types', by field path."""
    sets = {"": values} | {
        f"vehicle_rates.{name}.": merged_rates(values, name) for name in values.get("vehicle_rates", {})
    }
    return {
        f"{place}{key}": rate
        for place, rates in sets.items()
        for key, rate in rates_after_fuel(rates).items()
        if rate < 0
    }


def _rounded(rate: Fraction) -> Decimal:
    units = half_up(rate.numerator * 10**_DECIMALS, rate.denominator)
    return Decimal(units).scaleb(-_DECIMALS)
