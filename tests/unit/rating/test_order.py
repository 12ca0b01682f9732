"""Rating order for every kind of id column, versions of no length, periods of one day, bonuses over versions."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from billing.errors import BadInputError
from billing.rating import rate_bundle, rate_period
from billing.rating.bundle import rating_input
from billing.rating.order import rating_order
from billing.schemas.trip_columns import TripColumns
from tests.unit.rating.bundles import bundle, trip, version


def columns(starts: list[int], ids: list[Any], kind: str, *, unique: bool = False) -> TripColumns:
    column = {"text": np.array(ids, object), "bytes": np.array([str(one).encode() for one in ids], "S4")}
    numbers = np.array(starts, np.int64)
    return TripColumns(column[kind], numbers, numbers, numbers, ids_are_unique=unique)


@pytest.mark.parametrize("kind", ["text", "bytes"])
@pytest.mark.parametrize(
    ("starts", "ids", "order"),
    [
        ([1, 2, 3], ["c", "b", "a"], None),
        ([1, 1, 2], ["a", "b", "a2"], None),
        ([1, 1, 1], ["b", "a", "B"], [2, 1, 0]),
        ([3, 1, 2, 1], ["a", "c", "d", "b"], [3, 1, 2, 0]),
        ([2, 1], ["a", "b"], [1, 0]),
        ([5], ["a"], None),
        ([], [], None),
    ],
)
def test_order(kind: str, starts: list[int], ids: list[str], order: list[int] | None) -> None:
    found = rating_order(columns(starts, ids, kind))
    assert (None if found is None else found.tolist()) == order


@pytest.mark.parametrize("kind", ["text", "bytes"])
def test_duplicates_are_refused_unless_the_source_vouches_for_its_ids(kind: str) -> None:
    with pytest.raises(BadInputError) as refused:
        rating_order(columns([1, 2, 3], ["a", "b", "a"], kind))
    assert (refused.value.message, refused.value.where) == ("The trip id 'a' stands twice", "trips[2].trip_id")
    assert rating_order(columns([1, 2, 3], ["a", "b", "a"], kind, unique=True)) is None


def test_numbers_as_ids_are_put_in_order() -> None:
    numbers = np.array([7, 7, 3], np.int64)
    given = TripColumns(np.array([2, 1, 0]), numbers, numbers, numbers, ids_are_unique=True)
    found = rating_order(given)
    assert found is not None
    assert found.tolist() == [2, 1, 0]


FEE = {"monthly_fee": "300", "per_km_rate_after_limit": "1"}


def test_a_period_of_one_day() -> None:
    given = bundle("HYBRID", FEE, [trip("a", "03T09:00"), trip("b", "04T09:00")]) | {"period": ["2025-11-03"] * 2}
    result = rate_bundle(given)
    assert ([rated["trip_id"] for rated in result["trips"]], result["taxable_subtotal"]) == (["a"], "310.00")


def test_a_version_of_no_length_neither_overlaps_nor_owns() -> None:
    given = bundle("HYBRID", FEE, [trip("a", "03T09:00")])
    given["versions"].append(version("HYBRID", FEE | {"currency": "USD"}, 2, "2025-11-03", "2025-11-03"))
    result = rate_bundle(given)
    assert (result["trips"][0]["version"], result["period_lines"]) == (1, {"MONTHLY_FEE": "300.00"})


def test_bonuses_are_told_one_by_one_over_all_versions() -> None:
    rules = {"base_fare": "1", "incentive_rules": {"carpool_bonus": "50", "per": "passenger"}}
    trips = [
        trip("a", "03T09:00"),
        trip("b", "04T09:00", is_carpool=True, employees=["X", "Y"]),
        trip("c", "20T09:00"),
        trip("d", "21T09:00", is_carpool=True, employees=["Y"]),
    ]
    given = bundle("PER_TRIP", rules, trips)
    given["versions"] = [version("PER_TRIP", rules, until="2025-11-16"), version("PER_TRIP", rules, 2, "2025-11-16")]
    rated = rate_period(rating_input(given)).trips
    employees = rated.columns.employees
    assert employees is not None
    paid = [
        (rated.trip_id(row), employees.names[code], amount)
        for row, code, amount in zip(
            rated.bonuses.rows.tolist(),
            rated.bonuses.employees.tolist(),
            rated.bonuses.amounts.tolist(),
            strict=True,
        )
    ]
    assert paid == [("b", "X", 5000), ("b", "Y", 5000), ("d", "Y", 5000)]
