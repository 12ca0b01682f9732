"""The whole bill: guarantee, cap, penalties, tax, rounding, memo items; a row a case."""
# ruff: noqa: E501 - one row a case

from __future__ import annotations

from typing import Any

import pytest

from billing.rating import rate_bundle, rate_period
from billing.rating.bundle import rating_input
from tests.unit.rating.bundles import bundle, trip, version

BASE = {"base_fare": "100"}
TRIPS = [trip("a", "03T09:00", km="10", late_minutes="12"), trip("b", "04T09:00", km="20", late_minutes="30")]
BANDS = {"bands": [{"over_minutes": "20", "percent_of_fare": "50"}, {"over_minutes": "10", "flat": "15"}]}

CASES: list[tuple[str, dict[str, Any], dict[str, Any], dict[str, str]]] = [
    ("guaranteed amount", {"min_guarantee": {"amount": "500"}}, {}, {"MIN_GUARANTEE": "300.00"}),
    ("guarantee reached", {"min_guarantee": {"amount": "200"}}, {}, {}),
    ("guaranteed km", {"min_guarantee": {"km_per_vehicle": "40"}, "per_km_rate": "3", "base_fare": None}, {"vehicles_count": "2"}, {"MIN_GUARANTEE": "150.00"}),
    ("guaranteed km of listed vehicles", {"min_guarantee": {"km_per_vehicle": "40"}, "per_km_rate": "3", "base_fare": None}, {"vehicles": [{"slot": "A"}, {"slot": "B"}]}, {"MIN_GUARANTEE": "150.00"}),
    ("guaranteed km ignore the fuel clause", {"min_guarantee": {"km_per_vehicle": "31"}, "per_km_rate": "3", "base_fare": None, "fuel": {"base_price": "1", "current_price": "2", "km_per_litre": "1"}}, {"vehicles_count": "1"}, {"MIN_GUARANTEE": "3.00"}),
    ("cap", {"monthly_cap": "150"}, {}, {"MONTHLY_CAP": "-50.00"}),
    ("below the cap", {"monthly_cap": "200"}, {}, {}),
    ("guarantee, then cap", {"min_guarantee": {"amount": "500"}, "monthly_cap": "450"}, {}, {"MIN_GUARANTEE": "300.00", "MONTHLY_CAP": "-50.00"}),
    ("the highest band exceeded", {"sla": BANDS}, {}, {"SLA_PENALTY": "-65.00"}),
    ("penalties capped", {"sla": BANDS | {"cap_percent_of_subtotal": "10"}}, {}, {"SLA_PENALTY": "-20.00"}),
    ("the cap of penalties looks at the capped subtotal", {"sla": BANDS | {"cap_percent_of_subtotal": "10"}, "monthly_cap": "100"}, {}, {"MONTHLY_CAP": "-100.00", "SLA_PENALTY": "-10.00"}),
    ("breaches are not capped", {"sla": BANDS | {"cap_percent_of_subtotal": "10"}, "sla_penalty_amount": "500"}, {"sla_breaches": "2"}, {"SLA_PENALTY": "-1020.00"}),
    ("breaches alone", {"sla_penalty_amount": "500"}, {"sla_breaches": "2"}, {"SLA_PENALTY": "-1000.00"}),
    ("bands and breaches are rounded once", {"sla": {"bands": [{"over_minutes": "5", "flat": "0.002"}]}, "sla_penalty_amount": "0.001"}, {"sla_breaches": "1"}, {"SLA_PENALTY": "-0.01"}),
    ("trip only", {"min_guarantee": {"amount": "500"}, "monthly_cap": "1", "sla": BANDS}, {"trip_only": True}, {}),
]  # fmt: skip


@pytest.mark.parametrize(("rules", "more", "lines"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_lines_of_the_whole_bill(rules: dict[str, Any], more: dict[str, Any], lines: dict[str, str]) -> None:
    assert rate_bundle(bundle("PER_TRIP", BASE | rules, TRIPS, **more))["period_lines"] == lines


TAXES: list[tuple[str, dict[str, Any], dict[str, str]]] = [
    ("18 percent by default", {}, {"tax": "18.00", "total": "118.00"}),
    ("percent", {"tax_percentage": "5"}, {"tax": "5.00", "total": "105.00"}),
    ("fraction", {"tax_rate": "0.05"}, {"tax": "5.00", "total": "105.00"}),
    ("both, the same", {"tax_rate": "0.05", "tax_percentage": "5.0"}, {"tax": "5.00", "total": "105.00"}),
    ("a tiny percentage is no fraction", {"tax_percentage": "0.18"}, {"tax": "0.18", "total": "100.18"}),
    ("halves", {"tax_split": "CGST_SGST", "tax_percentage": "5.01"}, {"tax": "5.02", "cgst": "2.51", "sgst": "2.51", "total": "105.02"}),
    ("one tax", {"tax_split": "IGST", "tax_percentage": "5.01"}, {"tax": "5.01", "igst": "5.01", "total": "105.01"}),
    ("reverse charge", {"reverse_charge": True, "tax_percentage": "5", "tax_split": "IGST"}, {"tax": "0.00", "igst": "0.00", "total": "100.00", "rcm_tax_payable_by_client": "5.00"}),
    ("reverse charge, halves", {"reverse_charge": True, "tax_split": "CGST_SGST"}, {"tax": "0.00", "cgst": "0.00", "sgst": "0.00", "total": "100.00", "rcm_tax_payable_by_client": "18.00"}),
    ("before the first date", {"tax_rates_by_date": [{"from": "2025-11-04", "percent": "40"}], "tax_percentage": "5"}, {"tax": "5.00", "total": "105.00"}),
    ("before the first date, no tax key", {"tax_rates_by_date": [{"from": "2025-11-04", "percent": "40"}]}, {"tax": "18.00", "total": "118.00"}),
    ("on the date", {"tax_rates_by_date": [{"from": "2025-11-03", "percent": "40"}, {"from": "2025-01-01", "percent": "5"}]}, {"tax": "40.00", "total": "140.00"}),
    ("rounded to the rupee", {"tax_percentage": "0.5", "round_off": "rupee"}, {"tax": "0.50", "round_off": "0.50", "total": "101.00"}),
    ("rounded down", {"tax_percentage": "0.49", "round_off": "rupee"}, {"tax": "0.49", "round_off": "-0.49", "total": "100.00"}),
    ("nothing to round", {"round_off": "rupee"}, {"tax": "18.00", "round_off": "0.00", "total": "118.00"}),
    ("not rounded", {"round_off": "none"}, {"tax": "18.00", "total": "118.00"}),
    ("tax withheld", {"tds_percent": "2"}, {"tax": "18.00", "tds": "2.00", "net_payable": "116.00", "total": "118.00"}),
]  # fmt: skip
TOTALS = {"taxable_subtotal": "100.00", "non_taxable": "0.00", "incentive": "0.00"}


@pytest.mark.parametrize(("rules", "totals"), [case[1:] for case in TAXES], ids=[case[0] for case in TAXES])
def test_totals(rules: dict[str, Any], totals: dict[str, str]) -> None:
    result = rate_bundle(bundle("PER_TRIP", BASE | rules, [trip("a", "03T09:00")]))
    del result["trips"]
    assert result == TOTALS | totals | {"period_lines": {}}


@pytest.mark.parametrize(("rounding", "tax"), [("HALF_UP", "0.02"), ("HALF_DOWN", "0.01")])
def test_half_down_is_for_tax_only(rounding: str, tax: str) -> None:
    rules = {"base_fare": "0.075", "tax_percentage": "18.75", "tds_percent": "18.75"}
    result = rate_bundle(bundle("PER_TRIP", rules, [trip("a", "03T09:00")], rounding=rounding))
    assert (result["taxable_subtotal"], result["tax"], result["tds"]) == ("0.08", tax, "0.02")


def test_period_lines_are_taxed_at_the_rate_of_the_last_day() -> None:
    rules = {
        "base_monthly_fee": "100",
        "per_km_rate_after_limit": "10",
        "tax_rates_by_date": [{"from": "2025-11-30", "percent": "40"}],
    }
    assert rate_bundle(bundle("HYBRID", rules, [trip("a", "29T09:00")]))["tax"] == "58.00"


def test_by_line_a_code_of_one_version_is_one_line() -> None:
    rules = {"base_monthly_fee": "0.03", "tax_level": "line", "included_km": "0", "per_km_rate_after_limit": "0.03"}
    slots = [{"slot": name, "km": "1"} for name in "ABC"]
    result = rate_bundle(bundle("FIXED_PACKAGE", rules, [], vehicles=slots))
    assert (result["taxable_subtotal"], result["tax"]) == ("0.18", "0.04")


@pytest.mark.parametrize(
    ("split", "groups"),
    [
        (None, [(5, 10000, 500, None, None, None), (18, 10000, 1800, None, None, None)]),
        ("IGST", [(5, 10000, 500, None, None, 500), (18, 10000, 1800, None, None, 1800)]),
        ("CGST_SGST", [(5, 10000, 500, 250, 250, None), (18, 10000, 1800, 900, 900, None)]),
    ],
)
def test_the_tax_of_each_rate(split: str | None, groups: list[tuple[int | None, ...]]) -> None:
    rates = [{"from": "2025-01-01", "percent": "5"}, {"from": "2025-11-10", "percent": "18"}]
    given = bundle(
        "PER_TRIP",
        BASE | {"tax_rates_by_date": rates, "tax_split": split},
        [trip("a", "03T09:00"), trip("b", "20T09:00")],
    )
    found = rate_period(rating_input(given)).tax_groups
    assert [(int(one.percent), one.taxable, one.tax, one.cgst, one.sgst, one.igst) for one in found] == groups


def test_what_each_version_passes_on_untaxed() -> None:
    rules = [{}, {"toll_taxable": False}, {"toll_taxable": False, "parking_taxable": False}, {"parking_taxable": True}]
    for own, untaxed in zip(rules, [set(), {"TOLL"}, {"TOLL", "PARKING"}, set()], strict=True):
        assert rate_period(rating_input(bundle("PER_TRIP", BASE | own, []))).untaxed == (untaxed,)


def test_guaranteed_km_do_not_lift_a_bill_below_zero() -> None:
    rules = {"base_monthly_fee": "3000", "per_km_rate": "1", "min_guarantee": {"km_per_vehicle": "0"}}
    given = bundle("FIXED_PACKAGE", rules, [], vehicles=[{"slot": "A", "absent_days": "31"}])
    assert rate_bundle(given)["period_lines"] == {"MONTHLY_FEE": "3000.00", "ABSENCE": "-3100.00"}


def test_a_bill_may_go_below_zero() -> None:
    rules = BASE | {"sla_penalty_amount": "300"}
    result = rate_bundle(bundle("PER_TRIP", rules, [trip("a", "03T09:00")], sla_breaches="1"))
    assert (result["taxable_subtotal"], result["tax"], result["total"]) == ("-200.00", "-36.00", "-236.00")


def test_keys_of_the_whole_bill_come_from_the_version_of_the_last_owned_day() -> None:
    first = BASE | {"round_off": "rupee", "tax_split": "IGST", "tds_percent": "5", "monthly_cap": "1"}
    second = BASE | {"tax_split": "CGST_SGST", "sla": {"bands": [{"over_minutes": "1", "flat": "1"}]}}
    given = bundle(
        "PER_TRIP", first, [trip("a", "03T09:00", late_minutes="5"), trip("b", "20T09:00", late_minutes="5")]
    )
    given["versions"] = [version("PER_TRIP", first, until="2025-11-16"), version("PER_TRIP", second, 2, "2025-11-16")]
    result = rate_bundle(given)
    assert result["period_lines"] == {"SLA_PENALTY": "-1.00"}
    assert [rated["version"] for rated in result["trips"]] == [1, 2]
    assert "cgst" in result
    assert not {"round_off", "tds", "igst"} & result.keys()


def test_the_guarantee_of_each_version_is_prorated_by_the_days_it_owns() -> None:
    first, second = BASE | {"min_guarantee": {"amount": "3000"}}, BASE | {"min_guarantee": {"amount": "6000"}}
    given = bundle("PER_TRIP", first, TRIPS)
    given["versions"] = [version("PER_TRIP", first, until="2025-11-11"), version("PER_TRIP", second, 2, "2025-11-11")]
    assert rate_bundle(given)["period_lines"] == {"MIN_GUARANTEE": "4800.00"}


def test_the_cap_is_not_prorated() -> None:
    rules = BASE | {"monthly_cap": "150"}
    given = bundle("PER_TRIP", rules, [trip("a", "20T09:00"), trip("b", "21T09:00")])
    given["versions"] = [version("PER_TRIP", rules, since="2025-11-16")]
    assert rate_bundle(given)["period_lines"] == {"MONTHLY_CAP": "-50.00"}


@pytest.mark.parametrize(
    ("basis", "since", "fee"),
    [
        (None, "2025-11-21", "100.00"),
        ({"basis": "fixed_30"}, "2025-11-21", "100.00"),
        ({"basis": "working_days", "working_days": "25"}, "2025-11-21", "120.00"),
        ({"basis": "working_days", "working_days": "25"}, "2025-11-02", "300.00"),
        ({"basis": "working_days", "working_days": "25"}, "2025-01-01", "300.00"),
    ],
)
def test_a_fee_of_a_part_of_the_month(basis: dict[str, str] | None, since: str, fee: str) -> None:
    rules = {"monthly_fee": "300", "per_km_rate_after_limit": "1", "proration": basis}
    given = bundle("HYBRID", rules, [])
    given["versions"] = [version("HYBRID", rules, since=since)]
    assert rate_bundle(given)["period_lines"] == {"MONTHLY_FEE": fee}


def test_a_monthly_figure_is_the_figure_of_one_period_whatever_its_length() -> None:
    given = bundle("HYBRID", {"monthly_fee": "300", "per_km_rate_after_limit": "1"}, [])
    given["period"] = ["2025-11-01", "2025-11-07"]
    assert rate_bundle(given)["period_lines"] == {"MONTHLY_FEE": "300.00"}


def test_the_join_date_takes_the_days_before_it_from_every_version() -> None:
    rules = {"monthly_fee": "300", "per_km_rate_after_limit": "1"}
    given = bundle("HYBRID", rules, [], join_date="2025-11-21")
    assert rate_bundle(given)["period_lines"] == {"MONTHLY_FEE": "100.00"}


def test_a_day_is_owned_at_its_midnight() -> None:
    rules = {"monthly_fee": "300", "per_km_rate_after_limit": "1"}
    given = bundle("HYBRID", rules, [trip("a", "21T12:00", km="2")])
    given["versions"] = [version("HYBRID", rules) | {"valid_from": "2025-11-21T12:00:00+05:30"}]
    result = rate_bundle(given)
    assert (result["period_lines"], result["taxable_subtotal"]) == ({"MONTHLY_FEE": "90.00"}, "92.00")


def test_trips_outside_the_period_are_not_listed() -> None:
    trips = [trip("a", "01T00:00"), trip("b", "30T23:59", "30T23:59")]
    trips.append(trip("c", "03T09:00") | {"start_time": "2025-10-31T23:59:59.999999+05:30"})
    trips.append(trip("d", "03T09:00") | {"start_time": "2025-11-30T18:30:00Z", "end_time": "2025-11-30T19:30:00Z"})
    assert [rated["trip_id"] for rated in rate_bundle(bundle("PER_TRIP", BASE, trips))["trips"]] == ["a", "b"]


INCENTIVES: list[tuple[str, dict[str, Any], list[list[str]], list[str]]] = [
    ("a trip", {}, [["A", "B"], []], ["50.00", "50.00"]),
    ("a passenger", {"per": "passenger"}, [["A", "B"], ["A"]], ["100.00", "50.00"]),
    ("capped for the first employee", {"monthly_cap_per_employee": "80"}, [["A", "B"], ["A"], ["B"]], ["50.00", "30.00", "50.00"]),
    ("capped for every passenger", {"per": "passenger", "monthly_cap_per_employee": "80"}, [["A", "B"], ["B"], ["A", "C"]], ["100.00", "30.00", "80.00"]),
    ("a cap below one bonus", {"monthly_cap_per_employee": "20"}, [["A"], ["A"]], ["20.00", "0.00"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rules", "riders", "paid"), [case[1:] for case in INCENTIVES], ids=[case[0] for case in INCENTIVES]
)
def test_incentives(rules: dict[str, Any], riders: list[list[str]], paid: list[str]) -> None:
    trips = [
        trip(f"t{place}", f"{place + 1:02}T09:00", is_carpool=True, employees=people)
        for place, people in enumerate(riders)
    ]
    result = rate_bundle(bundle("PER_TRIP", BASE | {"incentive_rules": {"carpool_bonus": "50"} | rules}, trips))
    assert [rated["employee_incentive"] for rated in result["trips"]] == paid
    assert all(rated["base_cost"] == "100.00" for rated in result["trips"])


def test_a_bonus_of_nobody_named_counts_to_nobodys_cap() -> None:
    free = BASE | {"incentive_rules": {"carpool_bonus": "50"}}
    capped = BASE | {"incentive_rules": {"carpool_bonus": "50", "monthly_cap_per_employee": "80"}}
    trips = [
        trip("a", "03T09:00", is_carpool=True, employees=[]),
        trip("b", "04T09:00", is_carpool=True, employees=["E"]),
        trip("c", "20T09:00", is_carpool=True, employees=["E"]),
        trip("d", "21T09:00", is_carpool=True, employees=["F"]),
    ]
    given = bundle("PER_TRIP", free, trips)
    given["versions"] = [version("PER_TRIP", free, until="2025-11-16"), version("PER_TRIP", capped, 2, "2025-11-16")]
    paid = [rated["employee_incentive"] for rated in rate_bundle(given)["trips"]]
    assert paid == ["50.00", "50.00", "30.00", "50.00"]


def test_the_cap_of_incentives_runs_over_all_versions() -> None:
    rules = BASE | {"incentive_rules": {"carpool_bonus": "50", "monthly_cap_per_employee": "80"}}
    trips = [
        trip("a", "03T09:00", is_carpool=True, employees=["E"]),
        trip("b", "20T09:00", is_carpool=True, employees=["E"]),
    ]
    given = bundle("PER_TRIP", rules, trips)
    given["versions"] = [version("PER_TRIP", rules, until="2025-11-16"), version("PER_TRIP", rules, 2, "2025-11-16")]
    result = rate_bundle(given)
    assert (result["incentive"], result["trips"][1]["employee_incentive"], result["total"]) == (
        "80.00",
        "30.00",
        "316.00",
    )
