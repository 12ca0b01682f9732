"""What one trip costs: a row a case, worked by hand from TARIFF.md sections 3 and 6."""
# ruff: noqa: E501 - one row a case

from __future__ import annotations

from typing import Any

import pytest

from billing.rating import rate_bundle
from tests.unit.rating.bundles import bundle, trip

FLAT = {
    "mode": "flat",
    "bands": [{"upto": "10", "amount": "100"}, {"upto": "20", "amount": "180"}, {"upto": None, "amount": "250"}],
}
GRADUATED = {
    "mode": "graduated",
    "bands": [
        {"upto": "10", "rate": "10"},
        {"upto": "20", "rate": "8", "amount": "5"},
        {"upto": None, "rate": "6", "amount": "7"},
    ],
}
VOLUME = {
    "mode": "volume",
    "bands": [{"upto": "10", "rate": "10"}, {"upto": "20", "rate": "8", "amount": "5"}, {"upto": None, "rate": "6"}],
}
LOCAL = [{"hours": "4", "km": "40", "amount": "800"}, {"hours": "8", "km": "80", "amount": "1400"}]
EXTRAS = {"extra_km_rate": "14", "extra_hour_rate": "120"}

FARES: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, str]]] = [
    ("base only", {"base_fare": "100"}, {}, {"BASE_FARE": "100.00"}),
    ("a base of 0 shows", {"base_fare": "0"}, {}, {"BASE_FARE": "0.00"}),
    ("km", {"per_km_rate": "18.50"}, {"distance_km": "25.5"}, {"DISTANCE": "471.75"}),
    ("km of 0 show", {"per_km_rate": "18.50"}, {"distance_km": "0"}, {"DISTANCE": "0.00"}),
    ("half a paisa goes up", {"per_km_rate": "0.01"}, {"distance_km": "0.5"}, {"DISTANCE": "0.01"}),
    ("just below half a paisa", {"per_km_rate": "0.01"}, {"distance_km": "0.499"}, {"DISTANCE": "0.00"}),
    ("metres are rounded half up", {"per_km_rate": "1000"}, {"distance_km": "0.0005"}, {"DISTANCE": "1.00"}),
    ("minutes", {"cost_per_minute": "1.5"}, {}, {"TIME": "90.00"}),
    ("parts of a minute", {"cost_per_minute": "1"}, {"end_time": "2025-11-03T09:00:00.300000+05:30"}, {"TIME": "0.01"}),
    ("base, km and minutes", {"base_fare": "50", "per_km_rate": "10", "cost_per_minute": "1"}, {}, {"BASE_FARE": "50.00", "DISTANCE": "100.00", "TIME": "60.00"}),
    ("minimum", {"per_km_rate": "10", "min_fare": "150"}, {}, {"DISTANCE": "100.00", "MIN_FARE_TOPUP": "50.00"}),
    ("minimum reached", {"per_km_rate": "10", "min_fare": "100"}, {}, {"DISTANCE": "100.00"}),
    ("a minimum finer than a paisa", {"base_fare": "1", "min_fare": "1.005"}, {}, {"BASE_FARE": "1.00", "MIN_FARE_TOPUP": "0.01"}),
    ("maximum", {"per_km_rate": "10", "max_fare": "80"}, {}, {"DISTANCE": "100.00", "MAX_FARE_CAP": "-20.00"}),
    ("minimum, then maximum", {"base_fare": "10", "min_fare": "90", "max_fare": "80"}, {}, {"BASE_FARE": "10.00", "MIN_FARE_TOPUP": "80.00", "MAX_FARE_CAP": "-10.00"}),
    ("flat slab, 0 km", {"slabs": FLAT}, {"distance_km": "0"}, {"SLAB": "100.00"}),
    ("flat slab, on the edge", {"slabs": FLAT}, {"distance_km": "10"}, {"SLAB": "100.00"}),
    ("flat slab, a metre on", {"slabs": FLAT}, {"distance_km": "10.001"}, {"SLAB": "180.00"}),
    ("flat slab, last", {"slabs": FLAT}, {"distance_km": "20.5"}, {"SLAB": "250.00"}),
    ("graduated, first band", {"slabs": GRADUATED}, {"distance_km": "10"}, {"SLAB": "100.00"}),
    ("graduated, second", {"slabs": GRADUATED}, {"distance_km": "15"}, {"SLAB": "145.00"}),
    ("graduated, third", {"slabs": GRADUATED}, {"distance_km": "30"}, {"SLAB": "252.00"}),
    ("volume, second", {"slabs": VOLUME}, {"distance_km": "15"}, {"SLAB": "125.00"}),
    ("volume, third", {"slabs": VOLUME}, {"distance_km": "30"}, {"SLAB": "180.00"}),
    ("zone", {"zone_rates": {"Z1": "350", "Z2": "0"}}, {"zone": "Z1"}, {"ZONE": "350.00"}),
    ("a zone at 0 shows", {"zone_rates": {"Z1": "350", "Z2": "0"}}, {"zone": "Z2"}, {"ZONE": "0.00"}),
    ("a zone finer than int64", {"zone_rates": {"Z1": "90000000000000.005001", "Z2": "0"}}, {"zone": "Z1"}, {"ZONE": "90000000000000.01"}),
    ("a flat slab finer than int64", {"slabs": {"mode": "flat", "bands": [{"upto": None, "amount": "90000000000000.005"}]}}, {}, {"SLAB": "90000000000000.01"}),
    ("seats", {"per_seat_rate": "90"}, {"seats_boarded": "3"}, {"SEATS": "270.00"}),
    ("minimum of seats", {"per_seat_rate": "90", "min_seats": "4"}, {"seats_boarded": "3"}, {"SEATS": "360.00"}),
    ("no seats known", {"per_seat_rate": "90"}, {}, {"SEATS": "0.00"}),
    ("package", {"local_packages": LOCAL} | EXTRAS, {}, {"PACKAGE": "800.00", "EXTRA_KM": "0.00", "EXTRA_HOUR": "0.00"}),
    ("exactly the package", {"local_packages": LOCAL, "auto_switch": True} | EXTRAS, {"distance_km": "40", "end_time": "2025-11-03T13:00:00+05:30"}, {"PACKAGE": "800.00", "EXTRA_KM": "0.00", "EXTRA_HOUR": "0.00"}),
    ("a package finer than int64", {"local_packages": [{"hours": "4", "km": "40", "amount": "90000000000000.005"}]}, {}, {"PACKAGE": "90000000000000.01"}),
    ("a step of a fortnight", {"local_packages": LOCAL, "hour_rounding_minutes": "20160"} | EXTRAS, {"end_time": "2025-11-03T14:00:00+05:30"}, {"PACKAGE": "800.00", "EXTRA_KM": "0.00", "EXTRA_HOUR": "40320.00"}),
    ("package exceeded", {"local_packages": LOCAL} | EXTRAS, {"distance_km": "45", "end_time": "2025-11-03T13:20:00+05:30"}, {"PACKAGE": "800.00", "EXTRA_KM": "70.00", "EXTRA_HOUR": "40.00"}),
    ("package, hours in steps", {"local_packages": LOCAL, "hour_rounding_minutes": "30"} | EXTRAS, {"end_time": "2025-11-03T13:20:00+05:30"}, {"PACKAGE": "800.00", "EXTRA_KM": "0.00", "EXTRA_HOUR": "60.00"}),
    ("package without extra rates", {"local_packages": LOCAL}, {}, {"PACKAGE": "800.00"}),
    ("next package", {"local_packages": LOCAL, "auto_switch": True} | EXTRAS, {"distance_km": "45"}, {"PACKAGE": "1400.00", "EXTRA_KM": "0.00", "EXTRA_HOUR": "0.00"}),
    ("beyond the last package", {"local_packages": LOCAL, "auto_switch": True} | EXTRAS, {"distance_km": "85"}, {"PACKAGE": "1400.00", "EXTRA_KM": "70.00", "EXTRA_HOUR": "0.00"}),
    ("outstation, minimum", {"outstation": {"min_km_per_day": "250", "per_km": "12", "driver_allowance_per_day": "400"}}, {"distance_km": "300", "end_time": "2025-11-04T00:00:00+05:30"}, {"DISTANCE": "6000.00", "DRIVER_ALLOWANCE": "800.00"}),
    ("outstation, km", {"outstation": {"min_km_per_day": "250", "per_km": "12"}}, {"distance_km": "300"}, {"DISTANCE": "3600.00"}),
    ("outstation, days given", {"outstation": {"min_km_per_day": "250", "per_km": "12"}}, {"distance_km": "300", "calendar_days": "3"}, {"DISTANCE": "9000.00"}),
    ("outstation, no day given", {"outstation": {"min_km_per_day": "250", "per_km": "12", "driver_allowance_per_day": "400"}}, {"distance_km": "3", "calendar_days": "0"}, {"DISTANCE": "36.00", "DRIVER_ALLOWANCE": "0.00"}),
    ("outstation without a minimum", {"outstation": {"per_km": "12"}}, {"distance_km": "0.5"}, {"DISTANCE": "6.00"}),
    ("vehicle type", {"per_km_rate": "10", "vehicle_rates": {"SUV": {"cost_per_km": "15"}}}, {"vehicle_type": "SUV"}, {"DISTANCE": "150.00"}),
    ("vehicle type keeps the rest", {"base_amount": "20", "per_km_rate": "10", "vehicle_rates": {"SUV": {"per_km_rate": "15"}}}, {"vehicle_type": "SUV"}, {"BASE_FARE": "20.00", "DISTANCE": "150.00"}),
]  # fmt: skip

PER_KM = {"per_km_rate": "10"}
ADDERS: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, str]]] = [
    ("night by start", {"night_shift_surcharge": "300"}, {"start_time": "2025-11-03T20:00:00+05:30", "end_time": "2025-11-03T21:00:00+05:30"}, {"NIGHT": "300.00"}),
    ("the end of the night is day", {"night_shift_surcharge": "300"}, {"start_time": "2025-11-03T06:00:00+05:30"}, {}),
    ("a second before it is night", {"night_shift_surcharge": "300"}, {"start_time": "2025-11-03T05:59:59+05:30"}, {"NIGHT": "300.00"}),
    ("night is local", {"night_shift_surcharge": "300"}, {"start_time": "2025-11-03T15:00:00Z", "end_time": "2025-11-03T15:10:00Z"}, {"NIGHT": "300.00"}),
    ("night percent", {"night_surcharge_percent": "12.5"}, {"start_time": "2025-11-03T04:00:00+05:30"}, {"NIGHT": "12.50"}),
    ("night by end", {"night_shift_surcharge": "300", "night_window": {"basis": "end"}}, {"start_time": "2025-11-03T19:00:00+05:30", "end_time": "2025-11-03T20:00:00+05:30"}, {"NIGHT": "300.00"}),
    ("touching is no overlap", {"night_shift_surcharge": "300", "night_window": {"basis": "overlap"}}, {"start_time": "2025-11-03T19:00:00+05:30", "end_time": "2025-11-03T20:00:00+05:30"}, {}),
    ("overlap of a microsecond", {"night_shift_surcharge": "300", "night_window": {"basis": "overlap"}}, {"start_time": "2025-11-03T19:00:00+05:30", "end_time": "2025-11-03T20:00:00.000001+05:30"}, {"NIGHT": "300.00"}),
    ("overlap of a window inside a day", {"night_shift_surcharge": "300", "night_window": {"start": "12:00", "end": "14:00", "basis": "overlap"}}, {"start_time": "2025-11-03T10:00:00+05:30", "end_time": "2025-11-03T12:00:00.000001+05:30"}, {"NIGHT": "300.00"}),
    ("no overlap of a window inside a day", {"night_shift_surcharge": "300", "night_window": {"start": "12:00", "end": "14:00", "basis": "overlap"}}, {"start_time": "2025-11-03T14:00:00+05:30", "end_time": "2025-11-03T16:00:00+05:30"}, {}),
    ("overlap of a second", {"night_shift_surcharge": "300", "night_window": {"basis": "overlap"}}, {"start_time": "2025-11-03T19:00:00+05:30", "end_time": "2025-11-03T20:00:01+05:30"}, {"NIGHT": "300.00"}),
    ("a quarter of the minutes", {"night_shift_surcharge": "300", "night_window": {"basis": "prorata_minutes"}}, {"start_time": "2025-11-03T19:15:00+05:30", "end_time": "2025-11-03T20:15:00+05:30"}, {"NIGHT": "75.00"}),
    ("two nights", {"night_shift_surcharge": "480", "night_window": {"basis": "prorata_minutes"}}, {"start_time": "2025-11-03T12:00:00+05:30", "end_time": "2025-11-05T12:00:00+05:30"}, {"NIGHT": "200.00"}),
    ("minutes of a percentage, rounded once", {"night_surcharge_percent": "33.33", "night_window": {"basis": "prorata_minutes"}}, {"start_time": "2025-11-03T19:40:00+05:30", "end_time": "2025-11-03T20:40:00+05:30"}, {"NIGHT": "22.22"}),
    ("a window inside a day", {"night_shift_surcharge": "9", "night_window": {"start": "08:00", "end": "10:00"}}, {}, {"NIGHT": "9.00"}),
    ("the first moment of a window inside a day", {"night_shift_surcharge": "9", "night_window": {"start": "09:00", "end": "10:00"}}, {}, {"NIGHT": "9.00"}),
    ("the end of a window inside a day", {"night_shift_surcharge": "9", "night_window": {"start": "08:00", "end": "09:00"}}, {}, {}),
    ("an empty window", {"night_shift_surcharge": "9", "night_window": {"start": "09:00", "end": "09:00"}}, {}, {}),
    ("24:00 is the end of the day", {"night_shift_surcharge": "9", "night_window": {"start": "22:00", "end": "24:00"}}, {"start_time": "2025-11-03T23:59:59+05:30", "end_time": "2025-11-04T00:10:00+05:30"}, {"NIGHT": "9.00"}),
    ("escort", {"escort_charge_per_trip": "120"}, {"escort": True}, {"ESCORT": "120.00"}),
    ("no escort", {"escort_charge_per_trip": "120"}, {"escort": False}, {}),
    ("waiting inside the free minutes", {"waiting": {"free_minutes": "10", "block_minutes": "15", "rate_per_block": "30"}}, {"waiting_minutes": "10"}, {}),
    ("waiting, a started block", {"waiting": {"free_minutes": "10", "block_minutes": "15", "rate_per_block": "30"}}, {"waiting_minutes": "10.000001"}, {"WAITING": "30.00"}),
    ("waiting, exactly two blocks", {"waiting": {"free_minutes": "10", "block_minutes": "15", "rate_per_block": "30"}}, {"waiting_minutes": "40"}, {"WAITING": "60.00"}),
    ("waiting without free minutes", {"waiting": {"block_minutes": "15", "rate_per_block": "30"}}, {"waiting_minutes": "1"}, {"WAITING": "30.00"}),
    ("toll and parking", {}, {"toll": "85", "parking": "40.505"}, {"TOLL": "85.00", "PARKING": "40.51"}),
    ("a toll of one paisa", {}, {"toll": "0.01"}, {"TOLL": "0.01"}),
    ("a toll of 0", {}, {"toll": "0"}, {}),
    ("carpool", {"carpool_discount": "0.125"}, {"is_carpool": True}, {"CARPOOL_DISCOUNT": "-12.50"}),
    ("carpool before surcharges", {"carpool_discount": "0.1", "escort_charge_per_trip": "50", "night_surcharge_percent": "10", "night_window": {"start": "00:00", "end": "24:00"}}, {"is_carpool": True, "escort": True}, {"CARPOOL_DISCOUNT": "-10.00", "NIGHT": "10.00", "ESCORT": "50.00"}),
    ("seats do not make a carpool", {"carpool_discount": "0.5"}, {"seats_boarded": "4"}, {}),
]  # fmt: skip


def one(model: str, rules: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    [rated] = rate_bundle(bundle(model, rules, [trip("a", "03T09:00") | change]))["trips"]
    return dict(rated)


@pytest.mark.parametrize(("rules", "change", "lines"), [case[1:] for case in FARES], ids=[case[0] for case in FARES])
def test_fare(rules: dict[str, Any], change: dict[str, Any], lines: dict[str, str]) -> None:
    assert one("PER_TRIP", rules, change)["lines"] == lines


@pytest.mark.parametrize(("rules", "change", "lines"), [case[1:] for case in ADDERS], ids=[case[0] for case in ADDERS])
def test_adders(rules: dict[str, Any], change: dict[str, Any], lines: dict[str, str]) -> None:
    assert one("PER_TRIP", PER_KM | rules, change)["lines"] == {"DISTANCE": "100.00"} | lines


KM: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("reported", {}, {"claimed_km": "20", "gps_km": "5"}, "100.00"),
    ("claimed within the tolerance", {"gps_tolerance_percent": "10"}, {"claimed_km": "11", "gps_km": "10"}, "110.00"),
    ("claimed beyond it", {"gps_tolerance_percent": "10"}, {"claimed_km": "11.001", "gps_km": "10"}, "100.00"),
    ("without GPS km", {"gps_tolerance_percent": "10"}, {"claimed_km": "20"}, "100.00"),
    ("without claimed km", {"gps_tolerance_percent": "10"}, {"gps_km": "5"}, "100.00"),
    ("garage measured", {"garage": {"mode": "measured"}}, {"garage_km": "3"}, "130.00"),
    ("garage capped", {"garage": {"mode": "measured", "cap_km": "2"}}, {"garage_km": "3"}, "120.00"),
    ("garage not measured", {"garage": {"mode": "measured", "cap_km": "2"}}, {}, "100.00"),
    ("garage fixed", {"garage": {"mode": "fixed", "km": "4"}}, {"garage_km": "3"}, "140.00"),
    ("fuel up", {"fuel": {"base_price": "90", "current_price": "100", "km_per_litre": "12"}}, {}, "108.33"),
    ("fuel down", {"fuel": {"base_price": "100", "current_price": "90", "km_per_litre": "12"}}, {}, "91.67"),
    ("fuel below nothing", {"fuel": {"base_price": "100", "current_price": "80.00005", "km_per_litre": "1"}}, {}, "-100.00"),
    ("fuel, a share", {"fuel": {"base_price": "90", "current_price": "100", "km_per_litre": "10", "share": "0.5"}}, {}, "105.00"),
    ("fuel, exactly the threshold", {"fuel": {"base_price": "90", "current_price": "99", "km_per_litre": "10", "threshold_percent": "10"}}, {}, "100.00"),
    ("fuel, beyond the threshold", {"fuel": {"base_price": "90", "current_price": "99.01", "km_per_litre": "10", "threshold_percent": "10"}}, {}, "109.01"),
]  # fmt: skip


@pytest.mark.parametrize(("rules", "change", "distance"), [case[1:] for case in KM], ids=[case[0] for case in KM])
def test_which_km_at_which_rate(rules: dict[str, Any], change: dict[str, Any], distance: str) -> None:
    assert one("PER_TRIP", PER_KM | rules, change)["lines"]["DISTANCE"] == distance


MISSED: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, str]]] = [
    ("no-show without a rule", {}, {"status": "NO_SHOW"}, {}),
    ("no-show, flat", {"no_show": {"flat": "75"}}, {"status": "NO_SHOW", "toll": "50", "escort": True}, {"NO_SHOW": "75.00"}),
    ("no-show, half the fare", {"no_show": {"percent_of_fare": "50"}}, {"status": "NO_SHOW"}, {"NO_SHOW": "50.00"}),
    ("no-show, of the minimum fare", {"no_show": {"percent_of_fare": "50"}, "min_fare": "160"}, {"status": "NO_SHOW"}, {"NO_SHOW": "80.00"}),
    ("no-show at 0", {"no_show": {"flat": "0"}}, {"status": "NO_SHOW"}, {}),
    ("cancelled without a rule", {}, {"status": "CANCELLED"}, {}),
    ("cancelled in time", {"cancellation": {"free_before_minutes": "60", "flat": "40"}}, {"status": "CANCELLED", "cancelled_minutes_before": "60"}, {}),
    ("cancelled late", {"cancellation": {"free_before_minutes": "60", "flat": "40"}}, {"status": "CANCELLED", "cancelled_minutes_before": "59.999999"}, {"CANCELLATION": "40.00"}),
    ("cancelled at the start", {"cancellation": {"free_before_minutes": "60", "flat": "40"}}, {"status": "CANCELLED", "cancelled_minutes_before": "0"}, {"CANCELLATION": "40.00"}),
    ("cancelled, always charged", {"cancellation": {"percent_of_fare": "25"}}, {"status": "CANCELLED"}, {"CANCELLATION": "25.00"}),
    ("scheduled", {"no_show": {"flat": "75"}}, {"status": "SCHEDULED"}, {}),
    ("any other status", {"no_show": {"flat": "75"}}, {"status": "DISPATCHED"}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("rules", "change", "lines"), [case[1:] for case in MISSED], ids=[case[0] for case in MISSED])
def test_trips_that_did_not_happen(rules: dict[str, Any], change: dict[str, Any], lines: dict[str, str]) -> None:
    rated = one("PER_TRIP", PER_KM | rules | {"incentive_rules": {"carpool_bonus": "9"}}, {"is_carpool": True} | change)
    assert (rated["lines"], rated["non_taxable"], rated["employee_incentive"]) == (lines, "0.00", "0.00")


def test_untaxed_toll_is_shown_but_not_taxed() -> None:
    rated = one("PER_TRIP", PER_KM | {"toll_taxable": False}, {"toll": "85", "parking": "15"})
    assert rated == {
        "trip_id": "a",
        "version": 1,
        "lines": {"DISTANCE": "100.00", "TOLL": "85.00", "PARKING": "15.00"},
        "base_cost": "115.00",
        "tax_amount": "20.70",
        "non_taxable": "85.00",
        "employee_incentive": "0.00",
        "total_cost": "220.70",
    }


@pytest.mark.parametrize("model", ["HYBRID", "FIXED_PACKAGE"])
def test_adders_and_flat_charges_belong_to_every_model(model: str) -> None:
    rules = {
        "base_monthly_fee": "1",
        "per_km_rate_after_limit": "10",
        "escort_charge_per_trip": "50",
        "carpool_discount": "0.5",
        "no_show": {"flat": "75"},
    }
    trips = [trip("a", "03T09:00", escort=True, is_carpool=True, toll="5"), trip("b", "04T09:00", status="NO_SHOW")]
    first, second = rate_bundle(bundle(model, rules, trips))["trips"]
    fare = {"DISTANCE": "100.00", "CARPOOL_DISCOUNT": "-50.00"} if model == "HYBRID" else {}
    assert first["lines"] == fare | {"ESCORT": "50.00", "TOLL": "5.00"}
    assert second["lines"] == {"NO_SHOW": "75.00"}


def test_percentages_of_the_fare_of_a_package_trip_are_nothing() -> None:
    rules = {"base_monthly_fee": "1", "no_show": {"percent_of_fare": "50"}, "night_surcharge_percent": "50"}
    trips = [trip("a", "03T22:00"), trip("b", "04T09:00", status="NO_SHOW")]
    assert [rated["lines"] for rated in rate_bundle(bundle("FIXED_PACKAGE", rules, trips))["trips"]] == [{}, {}]
