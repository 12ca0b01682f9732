"""The list of trips against a plain Python list of the same trips: filters, order, pages, totals, sums."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from billing.errors import BadInputError
from billing.schemas.lists import Condition, Listing
from billing.schemas.trips import TripRecord
from billing.store import queries_trips
from billing.store.queries_trips import TripList, TripRow
from billing.store.session import Session
from tests.integration.store.conftest import IST, Stored
from tests.support.people import People

PAGE = 37
OCTOBER = date(2026, 10, 1)


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries_trips, "PAGE", PAGE)


def _day(trip: TripRecord) -> date:
    return trip.start_time.astimezone(IST).date()


def _low(text: str | None) -> str:
    return (text or "").lower()


CASES: list[tuple[Condition, Callable[[TripRecord], bool]]] = [
    (Condition("start", "equals", (date(2026, 10, 5),)), lambda t: _day(t) == date(2026, 10, 5)),
    (Condition("start", "differs", (date(2026, 10, 5),)), lambda t: _day(t) != date(2026, 10, 5)),
    (Condition("start", "above", (date(2026, 10, 5),)), lambda t: _day(t) > date(2026, 10, 5)),
    (Condition("start", "from", (date(2026, 10, 5),)), lambda t: _day(t) >= date(2026, 10, 5)),
    (Condition("start", "below", (date(2026, 10, 5),)), lambda t: _day(t) < date(2026, 10, 5)),
    (Condition("start", "to", (date(2026, 10, 5),)), lambda t: _day(t) <= date(2026, 10, 5)),
    (
        Condition("start", "between", (date(2026, 10, 5), date(2026, 10, 9))),
        lambda t: date(2026, 10, 5) <= _day(t) <= date(2026, 10, 9),
    ),
    (
        Condition("start", "any", (date(2026, 10, 5), date(2026, 10, 9))),
        lambda t: _day(t) in (date(2026, 10, 5), date(2026, 10, 9)),
    ),
    (Condition("distance_m", "above", (40_000,)), lambda t: t.distance_m > 40_000),
    (Condition("distance_m", "between", (10_000, 20_000)), lambda t: 10_000 <= t.distance_m <= 20_000),
    (Condition("seats_boarded", "differs", (2,)), lambda t: t.seats_boarded != 2),
    (Condition("seats_boarded", "empty"), lambda t: t.seats_boarded is None),
    (Condition("seats_boarded", "filled"), lambda t: t.seats_boarded is not None),
    (Condition("riders", "from", (2,)), lambda t: len(t.employees) >= 2),
    (Condition("vehicle_type", "contains", ("TEMPO",)), lambda t: "tempo" in _low(t.vehicle_type)),
    (Condition("vehicle_type", "equals", ("SUV",)), lambda t: _low(t.vehicle_type) == "suv"),
    (Condition("vehicle_type", "differs", ("SUV",)), lambda t: _low(t.vehicle_type) != "suv"),
    (Condition("vehicle_type", "any", ("sedan", "SUV")), lambda t: _low(t.vehicle_type) in ("sedan", "suv")),
    (Condition("ref", "contains", ("%",)), lambda t: False),
    (Condition("ref", "contains", ("9-1",)), lambda t: "9-1" in t.external_ref),
    (Condition("status", "equals", ("completed",)), lambda t: t.status == "COMPLETED"),
    (Condition("is_carpool", "equals", (True,)), lambda t: t.is_carpool),
    (Condition("rated_paise", "empty"), lambda t: True),
]


def _all_rows(found: TripList) -> list[TripRow]:
    rows: list[TripRow] = []
    for anchor in found.open().anchors:
        rows += found.page(anchor)
    return rows


def test_filters_equal_a_plain_loop(client_admin: Session, stored: Stored) -> None:
    for condition, holds in CASES:
        listing = Listing(conditions=(condition, Condition("distance_m", "from", (1,))))
        expected = sorted((t for t in stored.trips if holds(t)), key=lambda t: (t.start_time, t.id.int))
        found = TripList(client_admin, listing)
        opened = found.open()
        assert opened.count == len(expected), condition
        assert opened.totals["distance_m"] == sum(t.distance_m for t in expected), condition
        assert opened.totals["riders"] == sum(len(t.employees) for t in expected), condition
        assert [row.id for row in _all_rows(found)] == [t.id for t in expected], condition


ORDERS: dict[str, Callable[[TripRecord], Any]] = {
    "start": lambda t: t.start_time,
    "distance_m": lambda t: t.distance_m,
    "vehicle_type": lambda t: _low(t.vehicle_type),
    "seats_boarded": lambda t: -1 if t.seats_boarded is None else t.seats_boarded,
    "is_carpool": lambda t: t.is_carpool,
    "riders": lambda t: len(t.employees),
    "ref": lambda t: t.external_ref.lower(),
}


@pytest.mark.parametrize("descending", [False, True])
@pytest.mark.parametrize("order", sorted(ORDERS))
def test_every_order_pages_without_gap_or_repeat(
    client_admin: Session, stored: Stored, order: str, descending: bool
) -> None:
    month = [t for t in stored.trips if _day(t).replace(day=1) == OCTOBER]
    expected = sorted(month, key=lambda t: (ORDERS[order](t), t.id.int), reverse=descending)
    found = TripList(client_admin, Listing(order, descending), month=OCTOBER)
    rows = _all_rows(found)
    assert [row.id for row in rows] == [t.id for t in expected]
    assert all(len(found.page(anchor)) == PAGE for anchor in found.open().anchors[:-1])
    some = found.sums([(rows[3].key, rows[40].key), (rows[90].key, rows[90].key)])
    chosen = [*expected[3:41], expected[90]]
    assert some["count"] == len(chosen)
    assert some["distance_m"] == sum(t.distance_m for t in chosen)
    assert some["riders"] == sum(len(t.employees) for t in chosen)


def test_views(client_admin: Session, stored: Stored) -> None:
    def count(view: str) -> int:
        return TripList(client_admin, Listing(), view=view).open().count

    held = {trip.id for trip in stored.trips[::17]}
    assert count("held") == len(held)
    assert count("submitted") == sum(t.acceptance == "SUBMITTED" for t in stored.trips)
    assert count("rejected") == sum(t.acceptance == "REJECTED" for t in stored.trips)
    assert count("unbilled") == sum(t.acceptance == "ACCEPTED" and t.id not in held for t in stored.trips)
    assert count("billed") == count("unassigned") == 0


def test_several_clients_in_one_list(super_admin: Session, stored: Stored, people: People) -> None:
    """Without a client the list goes by client, and each one's month is its own zone's."""
    found = TripList(super_admin, Listing(descending=True), month=OCTOBER)
    rows = _all_rows(found)
    assert [row.key for row in rows] == sorted((row.key for row in rows), reverse=True)
    own = [row.id for row in rows if row.client_id == stored.pair.client_id]
    expected = [t for t in stored.trips if _day(t).replace(day=1) == OCTOBER]
    assert own == [t.id for t in sorted(expected, key=lambda t: (t.start_time, t.id.int), reverse=True)]


def test_a_vendor_sees_no_amounts(people: People, stored: Stored) -> None:
    vendor = people.sign_in("VENDOR_ADMIN", stored.pair)
    found = TripList(vendor, Listing(), month=OCTOBER)
    opened = found.open()
    assert opened.totals["rated_paise"] == 0
    assert opened.count == sum(_day(t).replace(day=1) == OCTOBER for t in stored.trips)
    assert {row.rated_paise for row in _all_rows(found)} == {None}


@pytest.mark.parametrize(
    "listing",
    [
        Listing("nothing"),
        Listing("id; DROP TABLE app.trips"),
        Listing(conditions=(Condition("nothing", "equals", (1,)),)),
        Listing(conditions=(Condition("ref", "equals", ()),)),
        Listing(conditions=(Condition("distance_m", "between", (1,)),)),
    ],
)
def test_bad_listings_are_refused_at_once(client_admin: Session, listing: Listing) -> None:
    with pytest.raises(BadInputError):
        TripList(client_admin, listing)
