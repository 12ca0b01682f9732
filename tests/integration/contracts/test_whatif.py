"""A real month under other rules, and one trip as it is typed: both price as a billing run does."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from billing.errors import RefusedError
from billing.rules import parse_rules
from billing.schemas.rating import TripData
from billing.services.billing import preview_bill
from billing.services.calculator import (
    in_force,
    metres_before,
    open_desk,
    percent_on,
    price_stored,
    price_typed,
    spread_of,
    suggest_trips,
)
from billing.services.whatif import open_month, trip_names
from tests.support.contracts import HYBRID, MONTH, Agreed, agree
from tests.support.people import Pair

INDIA = ZoneInfo("Asia/Kolkata")


@pytest.fixture
def agreed(super_admin: Any, pair: Pair) -> Agreed:
    return agree(super_admin, pair)


def opened(session: Any, agreed: Agreed, **more: Any) -> Any:
    contract = agreed.view.contract
    return open_month(
        session, client_id=contract.client_id, contract_id=contract.id, model="HYBRID", rules=HYBRID, **more
    )


def desk_of(session: Any, agreed: Agreed) -> Any:
    contract = agreed.view.contract
    return open_desk(session, client_id=contract.client_id, contract_id=contract.id, month=MONTH)


def test_month_as_it_is_equals_the_preview_of_its_bill(client_admin: Any, agreed: Agreed) -> None:
    month = opened(client_admin, agreed)
    assert month.month == MONTH
    run = preview_bill(client_admin, month=MONTH, contract_id=agreed.id).runs[0]
    assert month.simulated.before.taxable_subtotal == run.figures.taxable


def test_other_rules_move_the_trips_they_touch(client_admin: Any, agreed: Agreed) -> None:
    month = opened(client_admin, agreed)
    effect = month.simulated.under(parse_rules("HYBRID", HYBRID | {"night_shift_surcharge": "100"}))
    assert effect.difference == 6 * 1_000
    ids = month.ids_of([moved.place for moved in effect.most_changed(2)])
    names = trip_names(client_admin, client_id=agreed.view.contract.client_id, trips=ids)
    assert [names[trip] for trip in ids] == ["T-002", "T-004"]


def test_months_go_back_to_the_contracts_first(client_admin: Any, agreed: Agreed) -> None:
    months = opened(client_admin, agreed).months
    assert months == (date(2026, 9, 1), date(2026, 8, 1), date(2026, 7, 1), date(2026, 6, 1), date(2026, 5, 1),
                      date(2026, 4, 1))  # fmt: skip
    assert len(opened(client_admin, agreed, month=date(2026, 8, 1)).inputs.trips) == 0


def test_without_trips_there_is_nothing_to_compare(client_admin: Any, super_admin: Any, pair: Pair) -> None:
    bare = agree(super_admin, pair, name="No trips", km=())
    with pytest.raises(RefusedError) as raised:
        opened(client_admin, bare)
    assert raised.value.code == "NO_TRIPS"


def test_a_typed_trip_at_a_stored_ones_place_costs_the_same(client_admin: Any, agreed: Agreed) -> None:
    desk = desk_of(client_admin, agreed)
    for record in agreed.trips:
        version = desk.version_at(record.start_time)
        before = metres_before(desk, record.start_time, version.rules)
        typed = TripData(
            "x", record.start_time, record.end_time, record.distance_m, is_carpool=record.is_carpool,
            employees=record.employees,
        )  # fmt: skip
        stored = price_stored(client_admin, desk, trip=record, carpool=record.is_carpool)
        price = price_typed(desk, version, typed, before)
        assert replace(price, explanations={}) == replace(stored, explanations={}, before_m=before)


def test_the_month_adds_up_to_its_trips(client_admin: Any, agreed: Agreed) -> None:
    desk = desk_of(client_admin, agreed)
    prices = [price_stored(client_admin, desk, trip=trip, carpool=trip.is_carpool) for trip in agreed.trips]
    run = preview_bill(client_admin, month=MONTH, contract_id=agreed.id).runs[0]
    assert sum(price.base_cost for price in prices) + 30_000_00 == run.figures.taxable


def test_spread_counts_priced_trips(client_admin: Any, agreed: Agreed) -> None:
    desk = desk_of(client_admin, agreed)
    spread = spread_of(desk, desk.versions[0])
    assert spread is not None
    assert sum(spread.counts) == len(spread.sorted_paise) == 11
    assert spread.cheaper_than(spread.sorted_paise[0]) == 0


def test_versions_and_percents_of_a_moment(client_admin: Any, agreed: Agreed) -> None:
    desk = desk_of(client_admin, agreed)
    assert in_force(desk, datetime(2026, 3, 1, tzinfo=INDIA)) is None
    assert in_force(desk, datetime(2026, 9, 1, tzinfo=INDIA)) is desk.versions[0]
    dated = parse_rules("HYBRID", HYBRID | {"tax_rates_by_date": [{"from": "2026-09-15", "percent": "12"}]})
    assert [percent_on(dated, date(2026, 9, day)) for day in (14, 15)] == ["5", "12"]


def test_type_ahead_stays_inside_the_client(client_admin: Any, super_admin: Any, people: Any, agreed: Agreed) -> None:
    other = agree(super_admin, people.new_pair())
    found = suggest_trips(client_admin, text="T-0", limit=50)
    assert {trip.client_id for trip in found} == {agreed.view.contract.client_id}
    assert len(found) == 12
    narrowed = suggest_trips(super_admin, text="T-00", client=other.view.contract.client_id)
    assert [trip.external_ref for trip in narrowed][:1] == ["T-001"]
    assert all(trip.start_time + timedelta(minutes=45) == trip.end_time for trip in narrowed)
