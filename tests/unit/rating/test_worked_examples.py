"""The worked examples of TARIFF.md section 5, through the same door as `moveinsync rate`."""

from __future__ import annotations

from typing import Any

import pytest

from billing.rating import rate_bundle
from tests.unit.rating.bundles import bundle, trip, version


def test_hybrid_free_km_are_used_in_the_order_of_start_whatever_the_import_order() -> None:
    rules = {"base_monthly_fee": "30000", "free_km_included": "100", "per_km_rate_after_limit": "25"}
    trips = [trip("a", "03T09:00", km="60"), trip("b", "04T09:00", km="50"), trip("c", "05T09:00", km="20")]
    for given in (trips, trips[::-1]):
        result = rate_bundle(bundle("HYBRID", rules, given))
        assert [rated["trip_id"] for rated in result["trips"]] == ["a", "b", "c"]
        assert [rated["lines"] for rated in result["trips"]] == [
            {"DISTANCE": "0.00"},
            {"DISTANCE": "250.00"},
            {"DISTANCE": "500.00"},
        ]


def test_night_carpool_trip_outside_the_free_km() -> None:
    rules = {
        "per_km_rate_after_limit": "25.00",
        "night_shift_surcharge": "300",
        "incentive_rules": {"carpool_bonus": "50"},
    }
    result = rate_bundle(bundle("HYBRID", rules, [trip("a", "03T20:43", km="10.5", is_carpool=True)]))
    [rated] = result["trips"]
    assert (rated["base_cost"], rated["tax_amount"], rated["total_cost"]) == ("562.50", "101.25", "713.75")


def test_tax_is_exact_before_it_is_rounded() -> None:
    [rated] = rate_bundle(bundle("PER_TRIP", {"per_km_rate": "18.50"}, [trip("a", "03T09:00", km="25.5")]))["trips"]
    assert (rated["base_cost"], rated["tax_amount"]) == ("471.75", "84.92")


@pytest.mark.parametrize(
    ("pooled", "extra_km", "extra_hour", "taxable"),
    [(False, "4255.00", "1665.00", "89920.00"), (True, "2380.00", "765.00", "87145.00")],
)
def test_package_of_two_cabs(pooled: bool, extra_km: str, extra_hour: str, taxable: str) -> None:
    rules = {
        "base_monthly_fee": "42000",
        "included_km": "2000",
        "included_hours": "300",
        "per_km_rate_after_limit": "12.50",
        "extra_hour_rate": "90",
        "pooled": pooled,
    }
    cabs = [{"slot": "A", "km": "2340.4", "hours": "318.5"}, {"slot": "B", "km": "1850", "hours": "290"}]
    result = rate_bundle(bundle("FIXED_PACKAGE", rules, [], vehicles=cabs))
    assert result["period_lines"] == {"MONTHLY_FEE": "84000.00", "EXTRA_KM": extra_km, "EXTRA_HOUR": extra_hour}
    assert result["taxable_subtotal"] == taxable


def test_renewal_inside_a_month() -> None:
    before = {"base_monthly_fee": "50000", "free_km_included": "1000", "per_km_rate_after_limit": "18.50"}
    after = {"base_monthly_fee": "60000", "free_km_included": "1200", "per_km_rate_after_limit": "25"}
    given = bundle("HYBRID", before, [trip("a", "10T09:00", km="540"), trip("b", "20T09:00", km="580")])
    given["trips"].append(trip("c", "21T09:00", km="32.4"))
    given["versions"] = [version("HYBRID", before, until="2025-11-16"), version("HYBRID", after, 2, "2025-11-16")]
    result = rate_bundle(given)
    assert result["period_lines"] == {"MONTHLY_FEE": "55000.00"}
    assert [rated["lines"]["DISTANCE"] for rated in result["trips"]] == ["740.00", "0.00", "310.00"]
    assert (result["taxable_subtotal"], result["tax"], result["total"]) == ("56050.00", "10089.00", "66139.00")


@pytest.mark.parametrize(("level", "tax"), [("invoice", "22.55"), ("line", "22.60")])
def test_ten_small_trips_are_taxed_once_on_the_bill(level: str, tax: str) -> None:
    trips: list[dict[str, Any]] = [trip(f"t{day}", f"{day:02}T09:00", km="1") for day in range(1, 11)]
    result = rate_bundle(bundle("PER_TRIP", {"base_fare": "12.53", "tax_level": level}, trips))
    assert result["tax"] == tax
