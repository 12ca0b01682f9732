"""How a charge came about, in words: the sentence of every kind of line; a row a case."""
# ruff: noqa: E501 - one row a case

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from billing.rating import rate_bundle
from billing.strategies.words import clock_text, counted, minutes_text, money, number
from tests.unit.rating.bundles import bundle, trip, version

LOCAL = {
    "local_packages": [{"hours": "8", "km": "80", "amount": "1400"}],
    "extra_km_rate": "14",
    "extra_hour_rate": "120",
}
BANDS = [{"upto": "10", "rate": "10", "amount": "5"}, {"upto": "20", "rate": "8"}, {"upto": None, "amount": "7"}]
NIGHT = {"base_fare": "1", "night_shift_surcharge": "90"}
EVENING = {"start_time": "2025-11-03T19:25:00+05:30", "end_time": "2025-11-03T20:35:30+05:30"}

TRIPS: list[tuple[str, dict[str, Any], dict[str, Any], str, str]] = [
    ("PER_TRIP", {"base_fare": "77.65"}, {}, "BASE_FARE", "each trip: 77.65"),
    ("PER_TRIP", {"base_fare": "77.655"}, {}, "BASE_FARE", "each trip: 77.655 = 77.66"),
    ("PER_TRIP", {"per_km_rate": "14.50"}, {"distance_km": "2.4"}, "DISTANCE", "2.4 km × 14.50 = 34.80"),
    ("PER_TRIP", {"cost_per_minute": "1.5"}, {}, "TIME", "60 min × 1.50 = 90.00"),
    ("PER_TRIP", {"base_fare": "1234.50", "min_fare": "2000"}, {}, "MIN_FARE_TOPUP", "minimum fare 2,000.00 − fare 1,234.50 = 765.50"),
    ("PER_TRIP", {"base_fare": "50", "max_fare": "40"}, {}, "MAX_FARE_CAP", "maximum fare 40.00 − fare 50.00 = -10.00"),
    ("PER_TRIP", {"slabs": {"mode": "flat", "bands": BANDS}}, {}, "SLAB", "10 km in band 1 of 3 = 5.00"),
    ("PER_TRIP", {"slabs": {"mode": "volume", "bands": BANDS}}, {"distance_km": "15"}, "SLAB", "15 km × 8.00 = 120.00"),
    ("PER_TRIP", {"slabs": {"mode": "volume", "bands": BANDS}}, {}, "SLAB", "10 km × 10.00 + 5.00 = 105.00"),
    ("PER_TRIP", {"slabs": {"mode": "graduated", "bands": BANDS}}, {"distance_km": "25"}, "SLAB", "10 km × 10.00 + 5.00 + 10 km × 8.00 + 7.00 = 192.00"),
    ("PER_TRIP", {"slabs": {"mode": "graduated", "bands": BANDS}}, {"distance_km": "4"}, "SLAB", "4 km × 10.00 + 5.00 = 45.00"),
    ("PER_TRIP", {"slabs": {"mode": "volume", "bands": [{"upto": None}]}}, {}, "SLAB", "10 km × 0.00 = 0.00"),
    ("PER_TRIP", {"zone_rates": {"Z1": "350"}}, {"zone": "Z1"}, "ZONE", "zone Z1 = 350.00"),
    ("PER_TRIP", {"per_seat_rate": "90"}, {"seats_boarded": "1"}, "SEATS", "1 seat × 90.00 = 90.00"),
    ("PER_TRIP", {"per_seat_rate": "90"}, {"seats_boarded": "3"}, "SEATS", "3 seats × 90.00 = 270.00"),
    ("PER_TRIP", LOCAL, {}, "PACKAGE", "package 8 h / 80 km = 1,400.00"),
    ("PER_TRIP", LOCAL, {"distance_km": "85"}, "EXTRA_KM", "5 km × 14.00 = 70.00"),
    ("PER_TRIP", {"outstation": {"per_km": "12", "min_km_per_day": "250"}}, {"end_time": "2025-11-04T09:00:00+05:30"}, "DISTANCE", "500 km (the minimum of 2 days) × 12.00 = 6,000.00"),
    ("PER_TRIP", {"outstation": {"per_km": "12"}}, {}, "DISTANCE", "10 km × 12.00 = 120.00"),
    ("HYBRID", {"free_km_included": "10", "per_km_rate_after_limit": "14.50"}, {"distance_km": "12.4"}, "DISTANCE", "12.4 km − 10 km free = 2.4 km × 14.50 = 34.80"),
    ("HYBRID", {"per_km_rate_after_limit": "14.50"}, {}, "DISTANCE", "10 km × 14.50 = 145.00"),
    ("HYBRID", {"free_km_included": "10", "slabs": {"mode": "volume", "bands": [{"upto": None, "rate": "8"}]}}, {}, "SLAB", "inside the free km 0.00"),
    ("HYBRID", {"free_km_included": "8", "slabs": {"mode": "volume", "bands": [{"upto": None, "rate": "8"}]}}, {}, "SLAB", "2 km × 8.00 = 16.00"),
    ("PER_TRIP", {"base_fare": "390", "carpool_discount": "0.05"}, {"is_carpool": True}, "CARPOOL_DISCOUNT", "5 % of the fare 390.00 = -19.50"),
    ("PER_TRIP", NIGHT | {"night_window": {"start": "22:00"}}, {"start_time": "2025-11-02T23:40:00+05:30"}, "NIGHT", "start 23:40 is inside 22:00 to 06:00: 90.00"),
    ("PER_TRIP", NIGHT | {"night_window": {"basis": "end"}}, EVENING, "NIGHT", "end 20:35:30 is inside 20:00 to 06:00: 90.00"),
    ("PER_TRIP", NIGHT | {"night_window": {"basis": "overlap"}}, EVENING, "NIGHT", "35.5 min inside 20:00 to 06:00: 90.00"),
    ("PER_TRIP", NIGHT | {"night_window": {"basis": "prorata_minutes"}}, EVENING, "NIGHT", "35.5 min of 70.5 min inside 20:00 to 06:00 × 90.00 = 45.32"),
    ("PER_TRIP", {"base_fare": "200", "night_surcharge_percent": "15"}, {"start_time": "2025-11-03T05:59:00+05:30"}, "NIGHT", "start 05:59 is inside 20:00 to 06:00: 15 % of the fare 200.00 = 30.00"),
    ("PER_TRIP", {"base_fare": "1", "escort_charge_per_trip": "150"}, {"escort": True}, "ESCORT", "escorted: 150.00"),
    ("PER_TRIP", {"base_fare": "1", "waiting": {"free_minutes": "10", "block_minutes": "15", "rate_per_block": "60"}}, {"waiting_minutes": "18"}, "WAITING", "18 min, 10 free: 1 block of 15 min × 60.00 = 60.00"),
    ("PER_TRIP", {"base_fare": "1", "waiting": {"block_minutes": "15", "rate_per_block": "60"}}, {"waiting_minutes": "18"}, "WAITING", "18 min: 2 blocks of 15 min × 60.00 = 120.00"),
    ("PER_TRIP", {"base_fare": "1"}, {"toll": "40"}, "TOLL", "at cost, taxable: 40.00"),
    ("PER_TRIP", {"base_fare": "1", "parking_taxable": False}, {"parking": "40"}, "PARKING", "at cost, untaxed: 40.00"),
    ("PER_TRIP", {"base_fare": "1", "no_show": {"flat": "75"}}, {"status": "NO_SHOW"}, "NO_SHOW", "no-show: 75.00"),
    ("PER_TRIP", {"base_fare": "80", "no_show": {"percent_of_fare": "50"}}, {"status": "NO_SHOW"}, "NO_SHOW", "no-show: 50 % of the fare 80.00 = 40.00"),
    ("PER_TRIP", {"base_fare": "1", "cancellation": {"flat": "75"}}, {"status": "CANCELLED"}, "CANCELLATION", "cancelled: 75.00"),
    ("PER_TRIP", {"base_fare": "1", "cancellation": {"flat": "75", "free_before_minutes": "60"}}, {"status": "CANCELLED", "cancelled_minutes_before": "45"}, "CANCELLATION", "cancelled 45 min before, free until 60 min: 75.00"),
]  # fmt: skip


@pytest.mark.parametrize(("model", "rules", "change", "code", "text"), TRIPS)
def test_sentence_of_a_trip_line(
    model: str, rules: dict[str, Any], change: dict[str, Any], code: str, text: str
) -> None:
    [rated] = rate_bundle(bundle(model, rules, [trip("a", "03T09:00") | change]), explain=True)["trips"]
    assert [entry["text"] for entry in rated["explain"][code]] == [text]


FEE = {"base_monthly_fee": "30000"}
PERIODS: list[tuple[dict[str, Any], dict[str, Any], str, str]] = [
    (FEE, {}, "MONTHLY_FEE", "monthly fee 30,000.00"),
    (FEE, {"vehicles": [{"slot": "A", "active_days": "13"}]}, "MONTHLY_FEE", "monthly fee of A 30,000.00 × 13/30 = 13,000.00"),
    (FEE | {"included_km": "100", "overage_per_km": "10"}, {"vehicles": [{"slot": "A", "km": "130.5"}]}, "EXTRA_KM", "130.5 km − 100 km included = 30.5 km × 10.00 = 305.00"),
    (FEE | {"included_hours": "10", "extra_hour_rate": "90"}, {"vehicles": [{"slot": "A", "hours": "11"}]}, "EXTRA_HOUR", "1 h over × 90.00 = 90.00"),
    (FEE | {"included_hours": "10", "extra_hour_rate": "90", "hour_rounding_minutes": "30"}, {"vehicles": [{"slot": "A", "minutes": "610"}]}, "EXTRA_HOUR", "1/6 h over rounded up to 30 min × 90.00 = 45.00"),
    (FEE, {"vehicles": [{"slot": "A", "absent_days": "1"}]}, "ABSENCE", "1 day absent × 30,000.00 / 30 = -1,000.00"),
    (FEE | {"absence_multiplier": "1.5"}, {"vehicles": [{"slot": "A", "absent_days": "2"}]}, "ABSENCE", "2 days absent × 30,000.00 / 30 × 1.5 = -3,000.00"),
    (FEE | {"max_vehicles": "1", "extra_vehicle_fee": "500"}, {"vehicles_count": "3"}, "EXTRA_VEHICLES", "2 extra vehicles × 500.00 = 1,000.00"),
    ({"per_employee_fee": "100"}, {"employees": [{"id": "E"}, {"id": "F", "active_days": "6"}]}, "EMPLOYEE_FEES", "2 employees, 1.2 months × 100.00 = 120.00"),
    (FEE | {"min_guarantee": {"amount": "35000"}}, {}, "MIN_GUARANTEE", "guaranteed 35,000.00 − billed 30,000.00 = 5,000.00"),
    (FEE | {"min_guarantee": {"km_per_vehicle": "100"}, "per_km_rate": "3"}, {}, "MIN_GUARANTEE", "guaranteed 100 km − run 0 km = 100 km × 3.00 = 300.00"),
    (FEE | {"monthly_cap": "25000"}, {}, "MONTHLY_CAP", "cap 25,000.00 − billed 30,000.00 = -5,000.00"),
    (FEE | {"sla_penalty_amount": "50"}, {"sla_breaches": "1"}, "SLA_PENALTY", "1 breach 50.00 = -50.00"),
    (FEE | {"sla_penalty_amount": "50"}, {"sla_breaches": "2"}, "SLA_PENALTY", "2 breaches 100.00 = -100.00"),
]  # fmt: skip


@pytest.mark.parametrize(("rules", "more", "code", "text"), PERIODS)
def test_sentence_of_a_period_line(rules: dict[str, Any], more: dict[str, Any], code: str, text: str) -> None:
    result = rate_bundle(bundle("FIXED_PACKAGE", rules, [], **more), explain=True)
    assert [entry["text"] for entry in result["explain"][code]] == [text]


def test_sentences_of_penalties_and_of_a_part_of_the_month() -> None:
    rules = {
        "base_fare": "100",
        "sla": {"bands": [{"over_minutes": "5", "flat": "30"}], "cap_percent_of_subtotal": "10"},
        "sla_penalty_amount": "5",
    }
    given = bundle("PER_TRIP", rules, [trip("a", "03T09:00", late_minutes="6")], sla_breaches="1")
    [entry] = rate_bundle(given, explain=True)["explain"]["SLA_PENALTY"]
    assert entry["text"] == "late trips 30.00, at most 10 % of 100.00; 1 breach 5.00 = -15.00"
    vehicles = {"per_employee_fee": "0", "max_vehicles": "1", "extra_vehicle_fee": "500"}
    part = bundle("FIXED_PACKAGE", vehicles, [], vehicles_count="2")
    part["versions"] = [version("FIXED_PACKAGE", vehicles, since="2025-11-21")]
    [entry] = rate_bundle(part, explain=True)["explain"]["EXTRA_VEHICLES"]
    assert entry["text"] == "1 extra vehicle × 500.00 × 1/3 = 166.67"


@pytest.mark.parametrize(
    ("value", "text"),
    [("0", "0"), ("12", "12"), ("12.50", "12.5"), ("1/3", "1/3"), ("-5/2", "-2.5"), ("1000/401", "2.4937…"), ("0.000001", "0.000001")],
)  # fmt: skip
def test_numbers_as_people_write_them(value: str, text: str) -> None:
    assert number(Fraction(value)) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("12", "12.00"),
        ("1234567.5", "12,34,567.50"),
        ("1234.5678", "1,234.5678"),
        ("1/3", "1/3"),
        ("-0.5678", "-0.5678"),
    ],
)
def test_prices_as_people_write_them(value: str, text: str) -> None:
    assert money(Fraction(value)) == text


def test_times_and_counts_as_people_write_them() -> None:
    assert [clock_text(micros) for micros in (0, 85_200_000_000, 86_400_000_000)] == ["00:00", "23:40", "24:00"]
    assert minutes_text(4_230_000_000) == "70.5 min"
    assert [counted(Fraction(count), "days") for count in (0, 1, 2)] == ["0 days", "1 day", "2 days"]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(1, 399), "1/399"),
        (Fraction(400, 399), "400/399"),
        (Fraction(1, 401), "0.0024…"),
        (Fraction(401, 399), "1.005…"),
        (Fraction(1, 400), "0.0025"),
        (Fraction(123_456_789, 1000), "1,23,456.789"),
    ],
)
def test_an_endless_figure_is_a_fraction_where_that_is_short(value: Fraction, text: str) -> None:
    """Up to the days of a year, above the line and below it."""
    assert number(value) == text
