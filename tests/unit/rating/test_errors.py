"""Every error code of TARIFF.md section 4, and where it points."""
# ruff: noqa: E501 - one row a case

from __future__ import annotations

from typing import Any

import pytest

from billing.errors import BadInputError
from billing.rating import rate_bundle
from billing.rules.numbers import load_json
from tests.unit.rating.bundles import bundle, trip, version

PER_KM = {"per_km_rate": "10"}
RULES = "versions[0].rules_config"

RULE_ERRORS: list[tuple[str, dict[str, Any], str, str]] = [
    ("SOMETHING", {}, "UNKNOWN_BILLING_MODEL", "versions[0].billing_model"),
    ("hybrid", {}, "UNKNOWN_BILLING_MODEL", "versions[0].billing_model"),
    ("PER_TRIP", PER_KM | {"tax_rate": "18"}, "TAX_RATE_NOT_A_FRACTION", f"{RULES}.tax_rate"),
    ("PER_TRIP", PER_KM | {"tax_rate": "1"}, "TAX_RATE_NOT_A_FRACTION", f"{RULES}.tax_rate"),
    ("PER_TRIP", PER_KM | {"carpool_discount": "20"}, "DISCOUNT_NOT_A_FRACTION", f"{RULES}.carpool_discount"),
    ("PER_TRIP", PER_KM | {"cost_per_km": "11"}, "CONFLICTING_ALIASES", f"{RULES}.cost_per_km"),
    ("PER_TRIP", PER_KM | {"tax_rate": "0.18", "tax_percentage": "12"}, "CONFLICTING_ALIASES", f"{RULES}.tax_rate"),
    ("PER_TRIP", {}, "NO_PRICE_COMPONENT", RULES),
    ("PER_TRIP", {"min_fare": "100"}, "NO_PRICE_COMPONENT", RULES),
    ("PER_TRIP", {"base_rate_km": "10", "included_km": "5"}, "NO_PRICE_COMPONENT", RULES),
    ("PER_TRIP", {"vehicle_rates": {"SUV": {"min_fare": "5"}}}, "NO_PRICE_COMPONENT", f"{RULES}.vehicle_rates.SUV"),
    ("HYBRID", {"base_monthly_fee": "100"}, "NO_PRICE_COMPONENT", RULES),
    ("FIXED_PACKAGE", {"included_km": "100"}, "NO_PRICE_COMPONENT", RULES),
    ("PER_TRIP", {"per_km_rate": "-1"}, "NEGATIVE_AMOUNT", f"{RULES}.per_km_rate"),
    ("PER_TRIP", PER_KM | {"waiting": {"block_minutes": "5", "rate_per_block": "-1"}}, "NEGATIVE_AMOUNT", f"{RULES}.waiting.rate_per_block"),
    ("PER_TRIP", {"zone_rates": {"Z": "-0.01"}}, "NEGATIVE_AMOUNT", f"{RULES}.zone_rates.Z"),
    ("PER_TRIP", PER_KM | {"slabs": {"mode": "flat", "bands": [{"upto": None}]}}, "BAD_INPUT", RULES),
    ("HYBRID", {"per_km_rate_after_limit": "1", "slabs": {"mode": "volume", "bands": [{"upto": None}]}}, "BAD_INPUT", RULES),
    ("HYBRID", {"slabs": {"mode": "flat", "bands": [{"upto": None}]}}, "BAD_INPUT", f"{RULES}.slabs.mode"),
    ("PER_TRIP", {"slabs": {"mode": "flat", "bands": [{"upto": "5"}]}}, "BAD_INPUT", f"{RULES}.slabs.bands"),
    ("PER_TRIP", {"slabs": {"mode": "flat", "bands": []}}, "BAD_INPUT", f"{RULES}.slabs.bands"),
    ("PER_TRIP", {"slabs": {"mode": "flat", "bands": [{"upto": "5"}, {"upto": "5"}, {"upto": None}]}}, "BAD_INPUT", f"{RULES}.slabs.bands[1].upto"),
    ("PER_TRIP", {"slabs": {"mode": "stairs", "bands": [{"upto": None}]}}, "BAD_INPUT", f"{RULES}.slabs.mode"),
    ("PER_TRIP", {"slabs": {"bands": [{"upto": None}]}}, "BAD_INPUT", f"{RULES}.slabs.mode"),
    ("PER_TRIP", {"local_packages": []}, "BAD_INPUT", f"{RULES}.local_packages"),
    ("PER_TRIP", {"local_packages": [{"hours": "4", "km": "40"}]}, "BAD_INPUT", f"{RULES}.local_packages[0].amount"),
    ("PER_TRIP", PER_KM | {"no_show": {"flat": "1", "percent_of_fare": "5"}}, "BAD_INPUT", f"{RULES}.no_show"),
    ("PER_TRIP", PER_KM | {"cancellation": {"free_before_minutes": "30"}}, "BAD_INPUT", f"{RULES}.cancellation"),
    ("PER_TRIP", PER_KM | {"sla": {"bands": [{"over_minutes": "5"}]}}, "BAD_INPUT", f"{RULES}.sla.bands[0]"),
    ("PER_TRIP", PER_KM | {"night_shift_surcharge": "5", "night_surcharge_percent": "5"}, "BAD_INPUT", f"{RULES}.night_surcharge_percent"),
    ("PER_TRIP", PER_KM | {"night_window": {"start": "25:00"}}, "BAD_INPUT", f"{RULES}.night_window.start"),
    ("PER_TRIP", PER_KM | {"night_window": {"basis": "midnight"}}, "BAD_INPUT", f"{RULES}.night_window.basis"),
    ("PER_TRIP", PER_KM | {"proration": {"basis": "working_days"}}, "BAD_INPUT", f"{RULES}.proration.working_days"),
    ("PER_TRIP", PER_KM | {"fuel": {"base_price": "0", "current_price": "1", "km_per_litre": "1"}}, "BAD_INPUT", f"{RULES}.fuel.base_price"),
    ("PER_TRIP", PER_KM | {"garage": {"mode": "fixed"}}, "BAD_INPUT", f"{RULES}.garage.km"),
    ("PER_TRIP", PER_KM | {"toll_taxable": "yes"}, "BAD_INPUT", f"{RULES}.toll_taxable"),
    ("PER_TRIP", PER_KM | {"currency": "rupees"}, "BAD_INPUT", f"{RULES}.currency"),
    ("PER_TRIP", PER_KM | {"tax_level": "bill"}, "BAD_INPUT", f"{RULES}.tax_level"),
    ("PER_TRIP", PER_KM | {"tax_rates_by_date": [{"percent": "5"}]}, "BAD_INPUT", f"{RULES}.tax_rates_by_date[0].from"),
    ("PER_TRIP", PER_KM | {"hour_rounding_minutes": "0"}, "BAD_INPUT", f"{RULES}.hour_rounding_minutes"),
]  # fmt: skip

NUMBERS_REFUSED = [
    "1e5",
    "1E5",
    "+1",
    " 1",
    "1 ",
    "1,000",
    "1.",
    ".5",
    "",
    "abc",
    "1.0000001",
    "0x1",
    "१",
    "NaN",
    True,
    [],
    {},
    1.5,
]

TRIP_ERRORS: list[tuple[dict[str, Any], str, str]] = [
    ({"distance_km": None}, "BAD_INPUT", "trips[0].distance_km"),
    ({"distance_km": "-1"}, "NEGATIVE_AMOUNT", "trips[0].distance_km"),
    ({"toll": "-1"}, "NEGATIVE_AMOUNT", "trips[0].toll"),
    ({"trip_id": None}, "BAD_INPUT", "trips[0].trip_id"),
    ({"trip_id": 5}, "BAD_INPUT", "trips[0].trip_id"),
    ({"start_time": None}, "BAD_INPUT", "trips[0].start_time"),
    ({"start_time": "2025-11-03T09:00:00"}, "BAD_INPUT", "trips[0].start_time"),
    ({"start_time": "2025-11-03T09:00:00.1234567+05:30"}, "BAD_INPUT", "trips[0].start_time"),
    ({"start_time": "2025-02-30T09:00:00+05:30"}, "BAD_INPUT", "trips[0].start_time"),
    ({"end_time": "2025-11-03T08:59:59+05:30"}, "BAD_INPUT", "trips[0]"),
    ({"is_carpool": "true"}, "BAD_INPUT", "trips[0].is_carpool"),
    ({"seats_boarded": "1.5"}, "BAD_INPUT", "trips[0].seats_boarded"),
    ({"employees": "E1"}, "BAD_INPUT", "trips[0].employees"),
    ({"toll": "92233720368547758.08"}, "BAD_INPUT", "trips[0].toll"),
]


def refusal(given: dict[str, Any]) -> tuple[str, str]:
    with pytest.raises(BadInputError) as refused:
        rate_bundle(given)
    assert refused.value.exit_code == 2
    return refused.value.code, refused.value.where


@pytest.mark.parametrize(("model", "rules", "code", "where"), RULE_ERRORS)
def test_rules_that_cannot_be_used(model: str, rules: dict[str, Any], code: str, where: str) -> None:
    assert refusal(bundle(model, rules, [])) == (code, where)


@pytest.mark.parametrize("number", NUMBERS_REFUSED)
def test_what_is_not_a_number(number: object) -> None:
    assert refusal(bundle("PER_TRIP", {"per_km_rate": number}, [])) == ("BAD_INPUT", f"{RULES}.per_km_rate")


@pytest.mark.parametrize("number", ["0", "-0", "007", "12", 12, "1.500000"])
def test_what_is_a_number(number: object) -> None:
    rate_bundle(bundle("PER_TRIP", {"per_km_rate": number}, []))


@pytest.mark.parametrize(("change", "code", "where"), TRIP_ERRORS)
def test_trips_that_cannot_be_read(change: dict[str, Any], code: str, where: str) -> None:
    assert refusal(bundle("PER_TRIP", PER_KM, [trip("a", "03T09:00") | change])) == (code, where)


@pytest.mark.parametrize(
    ("rules", "change", "code", "where"),
    [
        ({"zone_rates": {"Z": "5"}}, {"zone": "Y"}, "NO_RATE_FOR_ZONE", "trips[0].zone"),
        ({"zone_rates": {"Z": "5"}}, {}, "NO_RATE_FOR_ZONE", "trips[0].zone"),
        ({"vehicle_rates": {"SUV": PER_KM}}, {"vehicle_type": "CAR"}, "NO_RATE_FOR_VEHICLE_TYPE", "trips[0].vehicle_type"),
        ({"vehicle_rates": {"SUV": PER_KM}}, {}, "NO_RATE_FOR_VEHICLE_TYPE", "trips[0].vehicle_type"),
        (PER_KM | {"cancellation": {"flat": "5", "free_before_minutes": "30"}}, {"status": "CANCELLED"}, "BAD_INPUT", "trips[0].cancelled_minutes_before"),
        (PER_KM | {"incentive_rules": {"carpool_bonus": "5", "per": "passenger"}}, {"is_carpool": True}, "BAD_INPUT", "trips[0].employees"),
        (PER_KM | {"incentive_rules": {"carpool_bonus": "5", "monthly_cap_per_employee": "9"}}, {"is_carpool": True}, "BAD_INPUT", "trips[0].employees"),
        ({"local_packages": [{"hours": "4", "km": "5", "amount": "1"}]}, {}, "NO_PRICE_COMPONENT", "trips[0].distance_km"),
    ],
)  # fmt: skip
def test_trips_that_their_rules_cannot_price(
    rules: dict[str, Any], change: dict[str, Any], code: str, where: str
) -> None:
    assert refusal(bundle("PER_TRIP", rules, [trip("a", "03T09:00") | change])) == (code, where)


def test_all_bad_trips_are_named() -> None:
    trips = [trip("a", "05T09:00"), trip("b", "04T09:00", zone="Z"), trip("c", "03T09:00")]
    with pytest.raises(BadInputError) as refused:
        rate_bundle(bundle("PER_TRIP", {"zone_rates": {"Z": "5"}}, trips))
    assert [name for name, _, _ in refused.value.trips] == ["a", "c"]  # type: ignore[attr-defined]
    assert refused.value.message == "Trip a: its zone has no fare in the contract (2 trips have such problems)"


@pytest.mark.parametrize("status", ["SCHEDULED", "NO_SHOW", "CANCELLED", "completed"])
def test_a_trip_that_costs_nothing_needs_no_price(status: str) -> None:
    [rated] = rate_bundle(bundle("PER_TRIP", {"zone_rates": {"Z": "5"}}, [trip("a", "03T09:00", status=status)]))[
        "trips"
    ]
    assert (rated["lines"], rated["total_cost"]) == ({}, "0.00")


@pytest.mark.parametrize(
    ("rule", "more"),
    [({"no_show": {"flat": "5"}}, {"status": "NO_SHOW"}), ({"cancellation": {"flat": "5"}}, {"status": "CANCELLED"})],
)
def test_a_flat_charge_needs_no_fare(rule: dict[str, Any], more: dict[str, Any]) -> None:
    result = rate_bundle(bundle("PER_TRIP", {"zone_rates": {"Z": "5"}} | rule, [trip("a", "03T09:00", **more)]))
    assert result["taxable_subtotal"] == "5.00"


@pytest.mark.parametrize(
    ("rule", "more"),
    [
        ({"no_show": {"percent_of_fare": "5"}}, {"status": "NO_SHOW"}),
        ({"cancellation": {"percent_of_fare": "5"}}, {"status": "CANCELLED"}),
    ],
)
def test_a_part_of_the_fare_needs_the_fare(rule: dict[str, Any], more: dict[str, Any]) -> None:
    given = bundle("PER_TRIP", {"zone_rates": {"Z": "5"}} | rule, [trip("a", "03T09:00", **more)])
    assert refusal(given) == ("NO_RATE_FOR_ZONE", "trips[0].zone")


def test_a_cancellation_in_time_needs_no_fare() -> None:
    rules = {"zone_rates": {"Z": "5"}, "cancellation": {"percent_of_fare": "5", "free_before_minutes": "30"}}
    late = trip("a", "03T09:00", status="CANCELLED", cancelled_minutes_before="30")
    assert rate_bundle(bundle("PER_TRIP", rules, [late]))["trips"][0]["lines"] == {}


def test_a_trip_outside_all_versions() -> None:
    given = bundle("PER_TRIP", PER_KM, [trip("a", "03T09:00")])
    given["versions"] = [version("PER_TRIP", PER_KM, since="2025-11-04")]
    assert refusal(given) == ("NO_CONTRACT_VERSION", "trips[0].start_time")


@pytest.mark.parametrize("reverse", [False, True])
def test_the_trip_that_no_version_holds_for_is_named(reverse: bool) -> None:
    trips = [trip("early", "03T09:00") | {"start_time": "2025-10-30T09:00:00+05:30"}]
    trips += [trip("a", "03T09:00"), trip("gap", "10T09:00"), trip("b", "20T09:00")]
    given = bundle("PER_TRIP", PER_KM, trips[::-1] if reverse else trips)
    given["versions"] = [version("PER_TRIP", PER_KM, until="2025-11-08"), version("PER_TRIP", PER_KM, 2, "2025-11-15")]
    assert refusal(given) == ("NO_CONTRACT_VERSION", f"trips[{1 if reverse else 2}].start_time")


def test_no_version_at_all() -> None:
    assert refusal(bundle("PER_TRIP", PER_KM, []) | {"versions": []}) == ("NO_CONTRACT_VERSION", "versions")


def test_a_trip_before_the_join_date() -> None:
    given = bundle("PER_TRIP", PER_KM, [trip("a", "03T09:00")], join_date="2025-11-04")
    assert refusal(given) == ("NO_CONTRACT_VERSION", "trips[0].start_time")


def test_versions_that_overlap() -> None:
    given = bundle("PER_TRIP", PER_KM, [])
    given["versions"] = [version("PER_TRIP", PER_KM, until="2025-11-04"), version("PER_TRIP", PER_KM, 2, "2025-11-03")]
    assert refusal(given) == ("OVERLAPPING_VERSIONS", "versions")


@pytest.mark.parametrize(("since", "code"), [("2025-11-16", "MIXED_CURRENCY"), ("2025-12-01", "")])
def test_currencies_are_compared_among_versions_that_own_a_day(since: str, code: str) -> None:
    given = bundle("PER_TRIP", PER_KM, [])
    given["versions"] = [
        version("PER_TRIP", PER_KM, until=since),
        version("PER_TRIP", PER_KM | {"currency": "USD"}, 2, since),
    ]
    assert (refusal(given)[0] == code) if code else rate_bundle(given)


@pytest.mark.parametrize("day", ["03", "30"])
def test_a_trip_id_that_stands_twice(day: str) -> None:
    outside = trip("a", f"{day}T09:00") | {"start_time": "2025-10-01T00:00:00+05:30"}
    given = bundle("PER_TRIP", PER_KM, [trip("a", "03T09:00"), outside])
    assert refusal(given) == ("DUPLICATE_TRIP", "trips[1].trip_id")


PACKAGE = {"base_monthly_fee": "100", "included_km": "5"}


@pytest.mark.parametrize(
    ("rules", "more", "code", "where"),
    [
        (PACKAGE | {"max_vehicles": "1"}, {"vehicles_count": "2"}, "MAX_VEHICLES_EXCEEDED", f"{RULES}.extra_vehicle_fee"),
        (PACKAGE, {"vehicles": [{"slot": "A", "km": "6"}]}, "NO_PRICE_COMPONENT", f"{RULES}.per_km_rate_after_limit"),
        ({"base_monthly_fee": "1", "included_hours": "5"}, {"vehicles": [{"slot": "A", "hours": "6"}]}, "NO_PRICE_COMPONENT", f"{RULES}.extra_hour_rate"),
        (PACKAGE | {"min_guarantee": {"km_per_vehicle": "5"}}, {}, "NO_PRICE_COMPONENT", f"{RULES}.per_km_rate"),
        (PACKAGE, {"vehicles": [{"slot": "A"}, {"slot": "A"}]}, "BAD_INPUT", "vehicles"),
        (PACKAGE, {"vehicles": [{"slot": "A", "hours": "5", "hours_by_day": ["5"]}]}, "BAD_INPUT", "vehicles[0]"),
        (PACKAGE, {"vehicles": [{"slot": "A", "hours_by_day": ["5"] * 31}]}, "BAD_INPUT", "vehicles[0].hours_by_day"),
        (PACKAGE, {"vehicles": [{"slot": "A", "hours_by_day": "5"}]}, "BAD_INPUT", "vehicles[0].hours_by_day"),
        (PACKAGE, {"employees": [{"id": "E"}, {"id": "E"}]}, "BAD_INPUT", "employees"),
        (PACKAGE, {"vehicles_count": "1.5"}, "BAD_INPUT", "vehicles_count"),
        (PACKAGE, {"sla_breaches": "-1"}, "NEGATIVE_AMOUNT", "sla_breaches"),
        (PACKAGE, {"trip_only": "yes"}, "BAD_INPUT", "trip_only"),
        (PACKAGE, {"join_date": "01-11-2025"}, "BAD_INPUT", "join_date"),
        (PACKAGE, {"period": ["9999-12-01", "9999-12-31"]}, "BAD_INPUT", "period"),
        (PACKAGE | {"hour_basis": "day", "hours_per_day": "8", "extra_hour_rate": "1"}, {"vehicles": [{"slot": "A", "hours": "5"}]}, "BAD_INPUT", "vehicles.hours_by_day"),
        (PACKAGE | {"hour_basis": "day"}, {}, "BAD_INPUT", f"{RULES}.hours_per_day"),
        (PACKAGE, {"vehicles": [{"slot": "A", "absent_days": "-1"}]}, "NEGATIVE_AMOUNT", "vehicles[0].absent_days"),
        (PACKAGE, {"timezone": "Mars/Olympus"}, "BAD_INPUT", "timezone"),
        (PACKAGE, {"rounding": "BANKERS"}, "BAD_INPUT", "rounding"),
        (PACKAGE, {"period": ["2025-11-30", "2025-11-01"]}, "BAD_INPUT", "period"),
        (PACKAGE, {"period": ["2025-11-30"]}, "BAD_INPUT", "period"),
    ],
)  # fmt: skip
def test_periods_that_cannot_be_billed(rules: dict[str, Any], more: dict[str, Any], code: str, where: str) -> None:
    assert refusal(bundle("FIXED_PACKAGE", rules, [], **more)) == (code, where)


def test_a_completed_trip_of_no_listed_slot() -> None:
    given = bundle("FIXED_PACKAGE", {"base_monthly_fee": "1"}, [trip("a", "03T09:00")], vehicles=[{"slot": "A"}])
    assert refusal(given) == ("BAD_INPUT", "trips[0].vehicle_slot")


@pytest.mark.parametrize("figure", ["km", "hours", "minutes", "active_days", "absent_days"])
def test_explicit_figures_cannot_be_split_over_two_versions(figure: str) -> None:
    given = bundle("FIXED_PACKAGE", {"base_monthly_fee": "1"}, [], vehicles=[{"slot": "A", figure: "1"}])
    rules = {"base_monthly_fee": "1"}
    given["versions"] = [
        version("FIXED_PACKAGE", rules, until="2025-11-16"),
        version("FIXED_PACKAGE", rules, 2, "2025-11-16"),
    ]
    assert refusal(given) == ("BAD_INPUT", "vehicles[0]")


@pytest.mark.parametrize("scope", ["vehicle", "site"])
def test_free_km_of_a_scope_that_the_trip_does_not_name(scope: str) -> None:
    rules = {"per_km_rate_after_limit": "1", "free_km_scope": scope}
    code, where = refusal(bundle("HYBRID", rules, [trip("a", "03T09:00")]))
    assert (code, where) == ("BAD_INPUT", f"trips[0].{'vehicle_slot' if scope == 'vehicle' else 'site'}")


@pytest.mark.parametrize("text", ["", "{", "[1,]", '{"a": NaN}', '{"a": 1, "a": 2}', "[" * 100_000, "\xff"])
def test_what_is_not_json(text: str) -> None:
    with pytest.raises(BadInputError) as refused:
        load_json(text.encode("latin-1"))
    assert refused.value.code == "BAD_INPUT"


@pytest.mark.parametrize("missing", ["period", "versions", "trips"])
def test_a_bundle_without_a_required_key(missing: str) -> None:
    given = bundle("PER_TRIP", PER_KM, [])
    del given[missing]
    assert refusal(given) == ("BAD_INPUT", missing)


def test_an_amount_beyond_int64_paise_is_refused() -> None:
    huge = {"per_km_rate": "90000000000000000"}
    assert refusal(bundle("PER_TRIP", huge, [trip("a", "03T09:00", km="10000")]))[0] == "BAD_INPUT"


@pytest.mark.parametrize(
    ("incentive", "riders", "expected"),
    [
        ({"per": "passenger"}, ["A", "B"], "BAD_INPUT"),
        ({"per": "passenger", "monthly_cap_per_employee": "80"}, ["A", "B"], "160.00"),
        ({}, ["A"], "90000000000000000.00"),
    ],
)
def test_bonuses_near_the_largest_amount(incentive: dict[str, str], riders: list[str], expected: str) -> None:
    rules = {"base_fare": "0", "incentive_rules": {"carpool_bonus": "90000000000000000"} | incentive}
    given = bundle("PER_TRIP", rules, [trip("a", "03T09:00", is_carpool=True, employees=riders)])
    if expected == "BAD_INPUT":
        assert refusal(given)[0] == expected
    else:
        assert rate_bundle(given)["incentive"] == expected


@pytest.mark.parametrize("fares", [["90000000000000000", "90000000000000000"]])
def test_sums_beyond_int64_paise_are_refused(fares: list[str]) -> None:
    rules = {"zone_rates": {str(place): fare for place, fare in enumerate(fares)}}
    trips = [trip(f"t{place}", "03T09:00", zone=str(place)) for place in range(len(fares))]
    assert refusal(bundle("PER_TRIP", rules, trips))[0] == "BAD_INPUT"


@pytest.mark.parametrize(
    "rules", [{"per_km_rate": "9000000000000000"}, {"escort_charge_per_trip": "90000000000000000"}]
)
def test_lines_of_one_trip_beyond_int64_paise_are_refused(rules: dict[str, Any]) -> None:
    huge = {"base_fare": "90000000000000000"} | rules
    assert refusal(bundle("PER_TRIP", huge, [trip("a", "03T09:00", escort=True)]))[0] == "BAD_INPUT"


def test_lines_that_leave_int64_on_the_way_are_exact_where_their_sum_fits() -> None:
    rules = {"base_fare": "90000000000000000", "max_fare": "80000000000000000", "escort_charge_per_trip": "5"}
    [rated] = rate_bundle(bundle("PER_TRIP", rules | {"tax_percentage": "0"}, [trip("a", "03T09:00", escort=True)]))[
        "trips"
    ]
    assert rated["base_cost"] == "80000000000000005.00"


def test_products_beyond_int64_are_exact_while_the_amount_fits() -> None:
    rules = {"per_km_rate": "9000000000.123457"}
    [rated] = rate_bundle(bundle("PER_TRIP", rules, [trip("a", "03T09:00", km="1000000.001")]))["trips"]
    assert rated["base_cost"] == "9000000009123457.00"
