"""FIXED_PACKAGE: fees, overage, absences, vehicles, employees; a row a case."""
# ruff: noqa: E501 - one row a case

from __future__ import annotations

from typing import Any

import pytest

from billing.rating import rate_bundle
from tests.unit.rating.bundles import bundle, trip, version

FEE = {"base_monthly_fee": "30000"}
KM = FEE | {"included_km": "1000", "per_km_rate_after_limit": "10"}
HOURS = FEE | {"included_hours": "100", "extra_hour_rate": "90"}
DAILY = FEE | {"hour_basis": "day", "hours_per_day": "10", "extra_hour_rate": "60"}

CASES: list[tuple[str, dict[str, Any], list[dict[str, Any]], dict[str, str]]] = [
    ("two slots, two fees", FEE, [{"slot": "A"}, {"slot": "B"}], {"MONTHLY_FEE": "60000.00"}),
    ("active days", FEE, [{"slot": "A", "active_days": "10"}], {"MONTHLY_FEE": "10000.00"}),
    ("all days active", FEE | {"proration": {"basis": "working_days", "working_days": "26"}}, [{"slot": "A", "active_days": "30"}], {"MONTHLY_FEE": "30000.00"}),
    ("working days", FEE | {"proration": {"basis": "working_days", "working_days": "25"}}, [{"slot": "A", "active_days": "20"}], {"MONTHLY_FEE": "24000.00"}),
    ("at most the whole fee", FEE | {"proration": {"basis": "working_days", "working_days": "25"}}, [{"slot": "A", "active_days": "28"}], {"MONTHLY_FEE": "30000.00"}),
    ("no active day", FEE, [{"slot": "A", "active_days": "0"}], {"MONTHLY_FEE": "0.00"}),
    ("km over", KM, [{"slot": "A", "km": "1000.01"}], {"MONTHLY_FEE": "30000.00", "EXTRA_KM": "0.10"}),
    ("km at the limit", KM, [{"slot": "A", "km": "1000"}], {"MONTHLY_FEE": "30000.00"}),
    ("km at the limit need no rate", FEE | {"included_km": "1000"}, [{"slot": "A", "km": "1000"}], {"MONTHLY_FEE": "30000.00"}),
    ("hours at the limit need no rate", FEE | {"included_hours": "100"}, [{"slot": "A", "hours": "100"}], {"MONTHLY_FEE": "30000.00"}),
    ("as many vehicles as are covered need no fee", FEE | {"max_vehicles": "1"}, [{"slot": "A"}], {"MONTHLY_FEE": "30000.00"}),
    ("km limit of active days", KM, [{"slot": "A", "active_days": "10", "km": "400"}], {"MONTHLY_FEE": "10000.00", "EXTRA_KM": "666.70"}),
    ("no limit, no overage", FEE, [{"slot": "A", "km": "99999", "hours": "999"}], {"MONTHLY_FEE": "30000.00"}),
    ("slots do not share", KM, [{"slot": "A", "km": "1100"}, {"slot": "B", "km": "0"}], {"MONTHLY_FEE": "60000.00", "EXTRA_KM": "1000.00"}),
    ("pooled they do", KM | {"pooled": True}, [{"slot": "A", "km": "1100"}, {"slot": "B", "km": "0"}], {"MONTHLY_FEE": "60000.00"}),
    ("fuel moves the overage", KM | {"fuel": {"base_price": "90", "current_price": "100", "km_per_litre": "10"}}, [{"slot": "A", "km": "1100"}], {"MONTHLY_FEE": "30000.00", "EXTRA_KM": "1100.00"}),
    ("hours over", HOURS, [{"slot": "A", "hours": "100.5"}], {"MONTHLY_FEE": "30000.00", "EXTRA_HOUR": "45.00"}),
    ("minutes", HOURS, [{"slot": "A", "minutes": "6010"}], {"MONTHLY_FEE": "30000.00", "EXTRA_HOUR": "15.00"}),
    ("hours and minutes", HOURS, [{"slot": "A", "hours": "100", "minutes": "20"}], {"MONTHLY_FEE": "30000.00", "EXTRA_HOUR": "30.00"}),
    ("minutes in steps", HOURS | {"hour_rounding_minutes": "30"}, [{"slot": "A", "minutes": "6010"}], {"MONTHLY_FEE": "30000.00", "EXTRA_HOUR": "45.00"}),
    ("hours by day, by the month", HOURS, [{"slot": "A", "hours_by_day": ["60", "41"]}], {"MONTHLY_FEE": "30000.00", "EXTRA_HOUR": "90.00"}),
    ("hours by day", DAILY, [{"slot": "A", "hours_by_day": ["11", "5", "12.5"]}], {"MONTHLY_FEE": "30000.00", "EXTRA_HOUR": "210.00"}),
    ("the step is taken on the month's sum", DAILY | {"hour_rounding_minutes": "60"}, [{"slot": "A", "hours_by_day": ["10.5", "10.5"]}], {"MONTHLY_FEE": "30000.00", "EXTRA_HOUR": "60.00"}),
    ("hours by date, pooled", DAILY | {"pooled": True}, [{"slot": "A", "hours_by_day": {"2025-11-01": "14"}}, {"slot": "B", "hours_by_day": {"2025-11-01": "5", "2025-11-02": "21"}}], {"MONTHLY_FEE": "60000.00", "EXTRA_HOUR": "60.00"}),
    ("absence of fixed 30", FEE, [{"slot": "A", "absent_days": "2"}], {"MONTHLY_FEE": "30000.00", "ABSENCE": "-2000.00"}),
    ("absence, multiplied", FEE | {"absence_multiplier": "1.5"}, [{"slot": "A", "absent_days": "2"}], {"MONTHLY_FEE": "30000.00", "ABSENCE": "-3000.00"}),
    ("absence is of the whole fee", FEE, [{"slot": "A", "absent_days": "1", "active_days": "15"}], {"MONTHLY_FEE": "15000.00", "ABSENCE": "-1000.00"}),
    ("listed slots beyond the vehicles covered", FEE | {"max_vehicles": "1", "extra_vehicle_fee": "500"}, [{"slot": "A"}, {"slot": "B"}], {"MONTHLY_FEE": "60000.00", "EXTRA_VEHICLES": "500.00"}),
]  # fmt: skip


@pytest.mark.parametrize(("rules", "slots", "lines"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_period_lines_of_slots(rules: dict[str, Any], slots: list[dict[str, Any]], lines: dict[str, str]) -> None:
    assert rate_bundle(bundle("FIXED_PACKAGE", rules, [], vehicles=slots))["period_lines"] == lines


def test_absence_by_calendar_days_counts_the_days_of_the_period() -> None:
    given = bundle(
        "FIXED_PACKAGE", FEE | {"absence_basis": "calendar_days"}, [], vehicles=[{"slot": "A", "absent_days": "1"}]
    )
    given["period"] = ["2025-11-01", "2025-11-20"]
    assert rate_bundle(given)["period_lines"]["ABSENCE"] == "-1500.00"


def test_usage_comes_from_the_completed_trips_of_the_slot() -> None:
    rules = KM | {"included_km": "50", "included_hours": "1", "extra_hour_rate": "90"}
    trips = [
        trip("a", "03T09:00", km="40", vehicle_slot="A"),
        trip("b", "04T09:00", km="40", vehicle_slot="B"),
        trip("c", "05T09:00", km="40", vehicle_slot="A"),
        trip("d", "06T09:00", km="40", vehicle_slot="A", status="CANCELLED"),
    ]
    result = rate_bundle(bundle("FIXED_PACKAGE", rules, trips, vehicles=[{"slot": "A"}, {"slot": "B"}]))
    assert result["period_lines"] == {"MONTHLY_FEE": "60000.00", "EXTRA_KM": "300.00", "EXTRA_HOUR": "90.00"}


def test_without_a_list_one_slot_takes_every_trip() -> None:
    trips = [trip("a", "03T09:00", km="600", vehicle_slot="A"), trip("b", "04T09:00", km="500")]
    result = rate_bundle(bundle("FIXED_PACKAGE", KM, trips, vehicles_count="3"))
    assert result["period_lines"] == {"MONTHLY_FEE": "30000.00", "EXTRA_KM": "1000.00"}


def test_a_trip_over_midnight_counts_to_its_start_date() -> None:
    trips = [trip("a", "03T20:00", "04T08:00"), trip("b", "04T09:00", "04T15:00")]
    assert rate_bundle(bundle("FIXED_PACKAGE", DAILY, trips))["period_lines"]["EXTRA_HOUR"] == "120.00"


@pytest.mark.parametrize(
    ("count", "since", "lines"),
    [("3", "2025-01-01", {"EXTRA_VEHICLES": "1000.00"}), ("2", "2025-01-01", {"EXTRA_VEHICLES": "500.00"}),
     ("1", "2025-01-01", {}), ("2", "2025-11-16", {"EXTRA_VEHICLES": "250.00"})],
)  # fmt: skip
def test_vehicles_beyond_those_covered(count: str, since: str, lines: dict[str, str]) -> None:
    rules = {"per_employee_fee": "0", "max_vehicles": "1", "extra_vehicle_fee": "500"}
    given = bundle("FIXED_PACKAGE", rules, [], vehicles_count=count)
    given["versions"] = [version("FIXED_PACKAGE", rules, since=since)]
    assert rate_bundle(given)["period_lines"] == lines | {"EMPLOYEE_FEES": "0.00"}


def test_employee_shares_are_summed_before_they_are_rounded() -> None:
    people = [{"id": f"E{place}", "active_days": "1"} for place in range(3)] + [{"id": "E9"}]
    result = rate_bundle(bundle("FIXED_PACKAGE", {"per_employee_fee": "100"}, [], employees=people))
    assert result["period_lines"] == {"EMPLOYEE_FEES": "110.00"}


def test_rates_by_vehicle_type_mean_nothing_to_a_package() -> None:
    rules = FEE | {"vehicle_rates": {"SUV": {"per_km_rate": "5"}}}
    result = rate_bundle(bundle("FIXED_PACKAGE", rules, [trip("a", "03T09:00")]))
    assert result["trips"][0]["lines"] == {}
