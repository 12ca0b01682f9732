"""Odd trips: found once, let pass with a reason, closed to others."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from billing.errors import BadInputError, NotAllowedError, RefusedError
from billing.schemas.ids import new_id
from billing.schemas.parties import Employee
from billing.schemas.runs import RunState
from billing.services.billing import preview_bill, run_bill
from billing.services.staff_and_cabs import add_employees
from billing.services.trip_decisions import decide_trips
from billing.services.trip_quality import find_oddities, review_trips
from billing.services.trips import import_file
from billing.store.session import Session
from tests.support.contracts import agree
from tests.support.people import Pair, People
from tests.support.sheets import HEADER, row, write_csv

OCTOBER = date(2026, 10, 1)
MORE = [*HEADER, "Cab No.", "Emp Codes", "Site", "Zone", "Escort"]


def store(session: Session, pair: Pair, folder: Path, rows: list[dict[str, Any]]) -> None:
    cells = []
    for number, changes in enumerate(rows, start=1):
        extra = [changes.pop(name, "") for name in ("cab", "emp", "site", "zone", "escort")]
        cells.append([*row(number, **{"client": pair.client.code, "vendor": pair.link.code, **changes}), *extra])
    assert import_file(session, write_csv(folder / "t.csv", cells, header=MORE)).written


def found(session: Session) -> dict[str, list[str]]:
    groups = find_oddities(session, month=OCTOBER)
    return {group.kind: [trip.external_ref for trip in group.trips] for group in groups if group.count}


def test_overlaps_of_one_cab(client_admin: Session, pair: Pair, tmp_path: Path) -> None:
    rows = [
        {"cab": "KA1", "start": "2026-10-01 09:00", "end": "2026-10-01 11:00"},
        {"cab": "KA1", "start": "2026-10-01 09:30", "end": "2026-10-01 10:00"},
        {"cab": "KA1", "start": "2026-10-01 10:30", "end": "2026-10-01 10:50"},
        {"cab": "KA1", "start": "2026-10-01 11:00", "end": "2026-10-01 12:00"},
        {"cab": "KA2", "start": "2026-10-01 09:30", "end": "2026-10-01 10:00"},
    ]
    store(client_admin, pair, tmp_path, rows)
    odd = found(client_admin)
    assert odd["OVERLAP"] == ["A2", "A3"]
    assert odd["NO_CONTRACT"] == ["A1", "A2", "A5", "A3", "A4"]


def test_the_same_trip_under_another_id(client_admin: Session, pair: Pair, tmp_path: Path) -> None:
    store(
        client_admin, pair, tmp_path, [{"cab": "KA1"}, {"cab": "KA1", "start": "2026-10-01 09:00:30"}, {"cab": "KA2"}]
    )
    assert found(client_admin)["REPEATED"] == ["A2"]


def test_km_far_from_the_usual(client_admin: Session, pair: Pair, tmp_path: Path) -> None:
    rows = [{"site": "BLR1", "zone": "Z1", "km": "20"} for _ in range(11)]
    rows += [{"site": "BLR1", "zone": "Z1", "km": km} for km in ("30", "30.001", "10", "9.999")]
    rows += [{"site": "BLR1", "zone": "Z2", "km": "99"}]
    store(client_admin, pair, tmp_path, rows)
    assert found(client_admin)["FAR_FROM_USUAL"] == ["A13", "A15"]


def test_night_trips_of_women_without_escort(client_admin: Session, pair: Pair, tmp_path: Path) -> None:
    people = [("E1", "F"), ("E2", "M")]
    add_employees(
        client_admin,
        employees=[
            Employee(id=new_id(), client_id=pair.client_id, code=code, name=code, gender=gender)
            for code, gender in people
        ],
    )
    night = {"start": "2026-10-01 23:00", "end": "2026-10-01 23:40"}
    rows = [
        {"emp": "E2;E1", **night},
        {"emp": "E2", **night},
        {"emp": "E1", "escort": "Y", **night},
        {"emp": "E1", "start": "2026-10-01 06:00", "end": "2026-10-01 06:40"},
        {"emp": "E1", "start": "2026-10-01 05:59", "end": "2026-10-01 06:40"},
    ]
    store(client_admin, pair, tmp_path, rows)
    assert found(client_admin)["NO_ESCORT"] == ["A5", "A1"]


def test_what_was_let_pass_is_not_listed_again(
    client_admin: Session, viewer: Session, pair: Pair, tmp_path: Path
) -> None:
    store(client_admin, pair, tmp_path, [{"cab": "KA1"}, {"cab": "KA1", "start": "2026-10-01 09:10"}])
    assert found(client_admin)["OVERLAP"] == ["A2"]
    assert review_trips(client_admin, "OVERLAP", ["A2"], reason="two shifts, one slip").changed == 1
    again = review_trips(client_admin, "OVERLAP", ["A2"], reason="again")
    assert (again.changed, again.unchanged) == (0, 1)
    assert "OVERLAP" not in found(viewer)
    decide_trips(client_admin, "HOLD", ["A1"], reason="x")
    assert (
        next(group for group in find_oddities(client_admin, month=OCTOBER) if group.kind == "NO_CONTRACT")
        .trips[0]
        .is_held
    )


def test_who_may_not(people: People, pair: Pair, tmp_path: Path) -> None:
    admin = people.sign_in("CLIENT_ADMIN", pair)
    store(admin, pair, tmp_path, [{"cab": "KA1"}])
    with pytest.raises(NotAllowedError):
        find_oddities(people.sign_in("VENDOR_ADMIN", pair), month=OCTOBER)
    with pytest.raises(NotAllowedError):
        review_trips(people.sign_in("VIEWER", pair), "OVERLAP", ["A1"], reason="x")
    with pytest.raises(RefusedError):
        review_trips(people.sign_in("CLIENT_ADMIN", people.new_pair()), "OVERLAP", ["A1"], reason="x")
    with pytest.raises(BadInputError):
        review_trips(admin, "NO_CONTRACT", ["A1"], reason="x")
    with pytest.raises(BadInputError):
        review_trips(admin, "OVERLAP", ["A1"], reason=" ")


def ask_for_review(people: People, pair: Pair) -> None:
    statement = "INSERT INTO app.settings (client_id, key, value) VALUES (:client, 'control.review_odd_trips', 'true')"
    with people.super_admin.unit_of_work() as uow:
        uow.connection.execute(sa.text(statement), {"client": pair.client_id})
        uow.commit()


def test_billing_waits_for_the_review_where_the_client_asks_for_it(people: People, pair: Pair, tmp_path: Path) -> None:
    admin = people.sign_in("CLIENT_ADMIN", pair)
    agree(admin, pair, km=())
    rows = [{"cab": "KA1"}, {"cab": "KA1", "start": "2026-10-01 09:10"}, {"cab": "KA2"}]
    store(admin, pair, tmp_path, rows)
    ask_for_review(people, pair)
    code = pair.client.code
    (refused,) = run_bill(admin, month=OCTOBER, client=code).runs
    assert (refused.state, [error.code for error in refused.errors]) == (RunState.REFUSED, ["TRIPS_NOT_REVIEWED"])
    assert refused.errors[0].message == "1 odd trips of this month were not looked at yet."
    assert preview_bill(admin, month=OCTOBER, client=code).runs[0].state is RunState.PREVIEW
    review_trips(admin, "OVERLAP", ["A2"], reason="two shifts, one slip")
    (run,) = run_bill(admin, month=OCTOBER, client=code).runs
    assert run.state is RunState.CREATED


def test_a_held_trip_need_not_be_reviewed(people: People, pair: Pair, tmp_path: Path) -> None:
    admin = people.sign_in("CLIENT_ADMIN", pair)
    agree(admin, pair, km=())
    store(admin, pair, tmp_path, [{"cab": "KA1"}, {"cab": "KA1", "start": "2026-10-01 09:10"}])
    ask_for_review(people, pair)
    decide_trips(admin, "HOLD", ["A2"], reason="asked the vendor")
    assert run_bill(admin, month=OCTOBER, client=pair.client.code).runs[0].state is RunState.CREATED
