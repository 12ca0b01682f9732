"""The readings of TARIFF.md section 6 that no other table holds, sentence by sentence."""
# ruff: noqa: E501 - one row a case

from __future__ import annotations

from typing import Any

import pytest

from billing.errors import BadInputError
from billing.rating import rate_bundle
from tests.unit.rating.bundles import bundle, trip, version

HYBRID = {"per_km_rate_after_limit": "10"}
PACKAGE = {"base_monthly_fee": "3000"}


def test_dates_and_nights_are_those_of_the_bundles_time_zone() -> None:
    rules = {"base_fare": "1", "night_shift_surcharge": "5"}
    trips = [
        trip("a", "01T09:00") | {"start_time": "2025-11-01T04:00:00Z", "end_time": "2025-11-01T05:00:00Z"},
        trip("b", "01T09:00") | {"start_time": "2025-11-01T03:59:00Z", "end_time": "2025-11-01T05:00:00Z"},
        trip("c", "01T09:00") | {"start_time": "2025-11-01T16:00:00Z", "end_time": "2025-11-01T17:00:00Z"},
    ]
    result = rate_bundle(bundle("PER_TRIP", rules, trips, timezone="America/New_York"))
    assert [(rated["trip_id"], "NIGHT" in rated["lines"]) for rated in result["trips"]] == [("a", True), ("c", False)]


@pytest.mark.parametrize(
    ("start", "end", "night"),
    [
        ("2025-03-30T01:30:00+01:00", "2025-03-30T03:30:00+02:00", "100.00"),
        ("2025-03-30T01:30:00+01:00", "2025-03-30T07:30:00+02:00", "70.00"),
        ("2025-10-26T02:30:00+02:00", "2025-10-26T02:30:00+01:00", "100.00"),
        ("2025-10-26T02:30:00+02:00", "2025-10-26T08:30:00+01:00", "64.29"),
    ],
)
def test_minutes_of_a_night_are_real_minutes_when_the_clocks_change(start: str, end: str, night: str) -> None:
    rules = {"base_fare": "1", "night_shift_surcharge": "100", "night_window": {"basis": "prorata_minutes"}}
    given = bundle("PER_TRIP", rules, [trip("a", "03T09:00") | {"start_time": start, "end_time": end}])
    given |= {"timezone": "Europe/Berlin", "period": ["2025-03-01", "2025-10-31"]}
    assert rate_bundle(given)["trips"][0]["lines"]["NIGHT"] == night


def test_hybrid_without_a_fee_has_no_fee_line() -> None:
    assert rate_bundle(bundle("HYBRID", HYBRID, []))["period_lines"] == {}


def test_a_package_may_have_a_fee_and_a_fee_per_employee() -> None:
    rules = PACKAGE | {"per_employee_fee": "10"}
    result = rate_bundle(bundle("FIXED_PACKAGE", rules, [], employees=[{"id": "E"}]))
    assert result["period_lines"] == {"MONTHLY_FEE": "3000.00", "EMPLOYEE_FEES": "10.00"}


def test_a_vehicle_type_may_have_its_own_kind_of_fare_and_minimum() -> None:
    rules = {
        "min_fare": "50",
        "vehicle_rates": {"CAR": {"base_fare": "20"}, "BUS": {"zone_rates": {"Z": "90"}, "min_trip_charge": "95"}},
    }
    trips = [trip("a", "03T09:00", vehicle_type="CAR"), trip("b", "04T09:00", vehicle_type="BUS", zone="Z")]
    assert [rated["lines"] for rated in rate_bundle(bundle("PER_TRIP", rules, trips))["trips"]] == [
        {"BASE_FARE": "20.00", "MIN_FARE_TOPUP": "30.00"},
        {"ZONE": "90.00", "MIN_FARE_TOPUP": "5.00"},
    ]


def test_a_vehicle_type_that_adds_a_second_kind_of_fare_is_refused() -> None:
    rules = {"base_fare": "20", "vehicle_rates": {"BUS": {"zone_rates": {"Z": "90"}}}}
    with pytest.raises(BadInputError, match="zone"):
        rate_bundle(bundle("PER_TRIP", rules, []))


GARAGE = {"garage": {"mode": "fixed", "km": "5"}}


@pytest.mark.parametrize(
    ("model", "rules", "lines"),
    [
        ("HYBRID", HYBRID | {"free_km_included": "20"}, {}),
        ("FIXED_PACKAGE", PACKAGE | HYBRID | {"included_km": "20"}, {"MONTHLY_FEE": "3000.00", "EXTRA_KM": "100.00"}),
        ("PER_TRIP", {"per_km_rate": "10", "min_guarantee": {"km_per_vehicle": "40"}}, {"MIN_GUARANTEE": "100.00"}),
    ],
)
def test_garage_km_price_the_trip_use_up_free_km_and_are_usage_and_run_km(
    model: str, rules: dict[str, Any], lines: dict[str, str]
) -> None:
    result = rate_bundle(bundle(model, rules | GARAGE, [trip("a", "03T09:00"), trip("b", "04T09:00")]))
    assert result["period_lines"] == lines
    if model == "HYBRID":
        assert [rated["lines"]["DISTANCE"] for rated in result["trips"]] == ["0.00", "100.00"]


def test_the_fee_stays_one_whatever_the_scope_of_free_km() -> None:
    rules = HYBRID | {"base_monthly_fee": "100", "free_km_scope": "vehicle"}
    trips = [trip("a", "03T09:00", vehicle_slot="A"), trip("b", "04T09:00", vehicle_slot="B")]
    assert rate_bundle(bundle("HYBRID", rules, trips))["period_lines"] == {"MONTHLY_FEE": "100.00"}


FUEL = {"fuel": {"base_price": "90", "current_price": "100", "km_per_litre": "12"}}


@pytest.mark.parametrize(
    ("model", "rules"),
    [("HYBRID", HYBRID), ("PER_TRIP", {"per_km_rate": "10"}), ("PER_TRIP", {"vehicle_rates": {"CAR": {"per_km_rate": "10"}}})],
)  # fmt: skip
def test_the_fuel_clause_moves_the_rate_rounded_to_four_decimals(model: str, rules: dict[str, Any]) -> None:
    result = rate_bundle(bundle(model, rules | FUEL, [trip("a", "03T09:00", km="1000", vehicle_type="CAR")]))
    assert result["taxable_subtotal"] == "10833.30"


def test_the_fuel_clause_leaves_other_rates_alone() -> None:
    rules = {"outstation": {"per_km": "10"}} | FUEL
    assert rate_bundle(bundle("PER_TRIP", rules, [trip("a", "03T09:00")]))["taxable_subtotal"] == "100.00"


@pytest.mark.parametrize(
    ("threshold", "current", "total"),
    [
        ({}, "100.01", "10001.00"),  # without a threshold the smallest move counts
        ({}, "100", "10000.00"),
        ({"threshold_percent": "1"}, "101", "10000.00"),
        ({"threshold_percent": "1"}, "99", "10000.00"),
        ({"threshold_percent": "1"}, "101.01", "10101.00"),
        ({"threshold_percent": "1"}, "98.99", "9899.00"),
    ],
)
def test_a_fuel_price_must_move_by_more_than_the_threshold(threshold: dict[str, str], current: str, total: str) -> None:
    fuel = {"base_price": "100", "current_price": current, "km_per_litre": "10"} | threshold
    result = rate_bundle(bundle("PER_TRIP", {"per_km_rate": "10", "fuel": fuel}, [trip("a", "03T09:00", km="1000")]))
    assert result["taxable_subtotal"] == total


def test_included_hours_of_a_part_of_the_month_are_rounded_to_two_decimals() -> None:
    rules = PACKAGE | {"included_hours": "100", "extra_hour_rate": "90"}
    slots = [{"slot": "A", "active_days": "10", "hours": "33.34"}]
    result = rate_bundle(bundle("FIXED_PACKAGE", rules, [], vehicles=slots))
    assert result["period_lines"] == {"MONTHLY_FEE": "1000.00", "EXTRA_HOUR": "0.90"}


def test_guaranteed_km_of_a_part_of_the_month_are_rounded_before_they_are_multiplied() -> None:
    rules = {"per_km_rate": "10", "min_guarantee": {"km_per_vehicle": "100"}}
    given = bundle("PER_TRIP", rules, [], vehicles_count="3")
    given["versions"] = [version("PER_TRIP", rules, since="2025-11-21")]
    assert rate_bundle(given)["period_lines"] == {"MIN_GUARANTEE": "999.90"}


@pytest.mark.parametrize(
    ("model", "rules"),
    [("PER_TRIP", {"base_fare": "1"}), ("HYBRID", HYBRID), ("FIXED_PACKAGE", PACKAGE)],
)
def test_guarantee_cap_and_penalty_hold_for_every_model(model: str, rules: dict[str, Any]) -> None:
    whole_bill = {"min_guarantee": {"amount": "5000"}, "monthly_cap": "4000", "sla_penalty_amount": "100"}
    result = rate_bundle(bundle(model, rules | whole_bill, [], sla_breaches="1"))
    assert result["taxable_subtotal"] == "3900.00"
    assert list(result["period_lines"])[-3:] == ["MIN_GUARANTEE", "MONTHLY_CAP", "SLA_PENALTY"]


def test_late_penalties_of_a_bill_below_zero_are_capped_at_nothing() -> None:
    rules = PACKAGE | {"sla": {"bands": [{"over_minutes": "5", "flat": "9"}], "cap_percent_of_subtotal": "50"}}
    slots = [{"slot": "A", "absent_days": "31"}]
    trips = [trip("a", "03T09:00", late_minutes="6", vehicle_slot="A")]
    result = rate_bundle(bundle("FIXED_PACKAGE", rules, trips, vehicles=slots))
    assert result["period_lines"] == {"MONTHLY_FEE": "3000.00", "ABSENCE": "-3100.00"}


def test_active_days_of_employees_cannot_be_split_over_two_versions() -> None:
    rules = {"per_employee_fee": "10"}
    given = bundle("FIXED_PACKAGE", rules, [], employees=[{"id": "E", "active_days": "3"}])
    given["versions"] = [
        version("FIXED_PACKAGE", rules, until="2025-11-16"),
        version("FIXED_PACKAGE", rules, 2, "2025-11-16"),
    ]
    with pytest.raises(BadInputError) as refused:
        rate_bundle(given)
    assert refused.value.where == "employees[0].active_days"


def test_slots_of_other_models_may_have_explicit_figures_under_two_versions() -> None:
    given = bundle("HYBRID", HYBRID, [], vehicles=[{"slot": "A", "km": "5"}])
    given["versions"] = [version("HYBRID", HYBRID, until="2025-11-16"), version("HYBRID", HYBRID, 2, "2025-11-16")]
    assert rate_bundle(given)["period_lines"] == {}


def test_one_version_that_owns_all_days_may_have_explicit_usage_beside_another() -> None:
    given = bundle("FIXED_PACKAGE", PACKAGE, [], vehicles=[{"slot": "A", "active_days": "30"}])
    given["versions"] = [
        version("FIXED_PACKAGE", PACKAGE, until="2025-12-01"),
        version("FIXED_PACKAGE", PACKAGE, 2, "2025-12-01"),
    ]
    assert rate_bundle(given)["period_lines"] == {"MONTHLY_FEE": "3000.00"}


@pytest.mark.parametrize("level", ["invoice", "line"])
def test_a_trips_tax_is_its_own_figure_in_both_levels(level: str) -> None:
    rules = {"base_fare": "12.53", "tax_level": level}
    result = rate_bundle(bundle("PER_TRIP", rules, [trip("a", "03T09:00"), trip("b", "04T09:00")]))
    assert [rated["tax_amount"] for rated in result["trips"]] == ["2.26", "2.26"]


@pytest.mark.parametrize(("level", "tax", "half"), [("invoice", "0.14", "0.07"), ("line", "0.16", "0.08")])
def test_of_two_halves_each_is_rounded_for_a_trip_a_line_and_a_rate(level: str, tax: str, half: str) -> None:
    rules = {"base_fare": "0.40", "tax_percentage": "18", "tax_split": "CGST_SGST", "tax_level": level}
    result = rate_bundle(bundle("PER_TRIP", rules, [trip("a", "03T09:00"), trip("b", "04T09:00")]))
    assert [rated["tax_amount"] for rated in result["trips"]] == ["0.08", "0.08"]
    assert (result["tax"], result["cgst"], result["sgst"]) == (tax, half, half)


def test_under_reverse_charge_no_trip_has_a_tax() -> None:
    rules = {"base_fare": "100", "reverse_charge": True}
    [rated] = rate_bundle(bundle("PER_TRIP", rules, [trip("a", "03T09:00")]))["trips"]
    assert (rated["tax_amount"], rated["total_cost"]) == ("0.00", "100.00")


def test_each_rate_of_a_bill_is_a_group_of_its_own() -> None:
    dated = {"tax_rates_by_date": [{"from": "2025-01-01", "percent": "5"}, {"from": "2025-11-10", "percent": "18"}]}
    trips = [trip("a", "03T09:00"), trip("b", "04T09:00"), trip("c", "20T09:00")]
    assert rate_bundle(bundle("PER_TRIP", {"base_fare": "0.11"} | dated, trips))["tax"] == "0.03"


@pytest.mark.parametrize(
    "key", ["vehicles", "employees", "vehicles_count", "sla_breaches", "join_date", "rounding", "timezone", "trip_only"]
)
def test_null_in_a_bundle_is_no_key(key: str) -> None:
    plain = bundle("FIXED_PACKAGE", PACKAGE, [trip("a", "03T09:00", toll="3")])
    assert rate_bundle(plain | {key: None}) == rate_bundle(plain)
