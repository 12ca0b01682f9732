"""HYBRID: how free km are shared out, and what is charged beyond them."""

from __future__ import annotations

from typing import Any

import pytest

from billing.rating import rate_bundle
from tests.unit.rating.bundles import bundle, trip, version

RULES = {"free_km_included": "100", "per_km_rate_after_limit": "25"}


def distances(rules: dict[str, Any], trips: list[dict[str, Any]], code: str = "DISTANCE", **more: Any) -> list[str]:
    return [rated["lines"].get(code, "-") for rated in rate_bundle(bundle("HYBRID", rules, trips, **more))["trips"]]


def test_trips_of_one_start_are_taken_by_their_id() -> None:
    trips = [trip("b", "03T09:00", km="60"), trip("a", "03T09:00", km="60"), trip("B", "03T09:00", km="60")]
    assert distances(RULES, trips) == ["0.00", "500.00", "1500.00"]


def test_only_completed_trips_use_up_free_km() -> None:
    trips = [
        trip("a", "03T09:00", km="90"),
        trip("b", "04T09:00", km="90", status="CANCELLED"),
        trip("c", "05T09:00", km="90", status="SCHEDULED"),
        trip("d", "06T09:00", km="10"),
        trip("e", "07T09:00", km="1"),
    ]
    assert distances(RULES, trips) == ["0.00", "-", "-", "0.00", "25.00"]


def test_a_no_show_is_charged_on_the_distance_at_its_place_in_the_order() -> None:
    rules = RULES | {"no_show": {"percent_of_fare": "50"}}
    trips = [
        trip("a", "03T09:00", km="90"),
        trip("b", "04T09:00", km="30", status="NO_SHOW"),
        trip("c", "05T09:00", km="30"),
    ]
    result = rate_bundle(bundle("HYBRID", rules, trips))["trips"]
    assert [rated["lines"] for rated in result] == [{"DISTANCE": "0.00"}, {"NO_SHOW": "250.00"}, {"DISTANCE": "500.00"}]


@pytest.mark.parametrize(
    ("scope", "expected"),
    [("contract", ["0.00", "500.00", "1500.00", "1500.00"]), ("vehicle", ["0.00", "0.00", "500.00", "500.00"])],
)
def test_free_km_are_of_the_contract_or_of_every_vehicle(scope: str, expected: list[str]) -> None:
    trips = [trip(f"t{day}", f"0{day}T09:00", km="60", vehicle_slot="AB"[day % 2]) for day in range(1, 5)]
    assert distances(RULES | {"free_km_scope": scope}, trips) == expected


def test_free_km_of_every_site() -> None:
    trips = [trip(f"t{day}", f"0{day}T09:00", km="60", site="PN"[day // 3]) for day in range(1, 5)]
    assert distances(RULES | {"free_km_scope": "site"}, trips) == ["0.00", "500.00", "0.00", "500.00"]


def test_without_free_km_every_km_is_charged() -> None:
    assert distances({"per_km_rate_after_limit": "25"}, [trip("a", "03T09:00", km="4")]) == ["100.00"]


def test_slabs_over_the_chargeable_km_and_nothing_where_none_are() -> None:
    slabs = {
        "mode": "graduated",
        "bands": [{"upto": "10", "amount": "50", "rate": "10"}, {"upto": None, "rate": "8"}],
    }
    trips = [trip("a", "03T09:00", km="100"), trip("b", "04T09:00", km="15")]
    assert distances({"free_km_included": "100", "slabs": slabs}, trips, "SLAB") == ["0.00", "190.00"]


def test_free_km_beyond_int64_metres_are_still_shared_out_exactly() -> None:
    far = "9000000000000000"
    rules = {"free_km_included": far, "per_km_rate_after_limit": "0.000001"}
    trips = [trip("a", "03T09:00", km=far), trip("b", "04T09:00", km="1.5"), trip("c", "05T09:00", km=far)]
    assert distances(rules, trips) == ["0.00", "0.00", "9000000000.00"]
    assert distances(rules | {"per_km_rate_after_limit": "2"}, trips[:2]) == ["0.00", "3.00"]


def test_vehicle_types_share_the_free_km_but_not_the_rate() -> None:
    rules = RULES | {"vehicle_rates": {"CAR": {}, "SUV": {"overage_per_km": "30"}}}
    trips = [trip("a", "03T09:00", km="110", vehicle_type="CAR"), trip("b", "04T09:00", km="10", vehicle_type="SUV")]
    assert distances(rules, trips) == ["250.00", "300.00"]


def test_free_km_of_a_part_of_the_month_are_rounded_to_two_decimals() -> None:
    given = bundle("HYBRID", RULES, [trip("a", "15T09:00", km="33.34")])
    given["versions"] = [version("HYBRID", RULES, since="2025-11-11", until="2025-11-21")]
    assert [rated["lines"]["DISTANCE"] for rated in rate_bundle(given)["trips"]] == ["0.25"]


def test_a_version_that_owns_no_day_has_no_free_km_and_no_fee() -> None:
    given = bundle("HYBRID", RULES, [trip("a", "30T09:00", km="4")])
    given["versions"] = [
        version("HYBRID", RULES, 1, "2025-11-30") | {"valid_from": "2025-11-30T00:00:01+05:30"},
    ]
    result = rate_bundle(given)
    assert (result["trips"][0]["lines"], result["period_lines"]) == ({"DISTANCE": "100.00"}, {})
