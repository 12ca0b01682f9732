"""The demo workspace as it is made: its users, what each sees, what is billed, and that it can be made again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
import sqlalchemy as sa

from billing.errors import RefusedError
from billing.services.demo import Demo, create_demo, find_demo
from billing.services.invoices import list_invoices
from billing.services.workspace import create_workspace, open_session, release_server
from billing.store.profiles import demo_home
from tests.support.folders import short_folder
from tests.support.pg import FAST


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with short_folder() as folder:
        yield folder
        release_server(demo_home(folder))


@pytest.fixture(scope="module")
def demo(home: Path) -> Demo:
    told: list[tuple[int, int]] = []
    made = create_demo(home, progress=lambda done, total, _what: told.append((done, total)))
    assert told == sorted(told)
    assert told[-1][0] == told[-1][1]
    return made


def test_each_role_signs_in_without_a_password(demo: Demo, home: Path) -> None:
    assert Counter(user.role for user in demo.users) == Counter(
        {"SUPER_ADMIN": 1, "CLIENT_ADMIN": 1, "VENDOR_ADMIN": 1, "VIEWER": 1}
    )
    for user in demo.users:
        with open_session(home, demo=True, email=user.email) as session:
            assert (session.role, session.client_id, session.vendor_id) == (user.role, user.client_id, user.vendor_id)


def test_printed_password_signs_in(demo: Demo, home: Path) -> None:
    user = demo.users[0]
    with open_session(home, demo=True, email=user.email, password=user.password) as session:
        assert session.email == user.email
    assert len({user.password for user in demo.users}) == 4


def test_nobody_named_is_the_first_clients_admin(demo: Demo, home: Path) -> None:
    with open_session(home, demo=True) as session:
        assert session.role == "CLIENT_ADMIN"
        assert str(session.client_id) == "d0000000-0000-0000-0000-000000000001"


def test_every_trip_is_stored_once_and_those_without_contract_are_told(demo: Demo, home: Path) -> None:
    query = "SELECT exception, count(*), count(hold_reason) FROM app.trips GROUP BY exception"
    with open_session(home, demo=True, email=demo.users[3].email) as session, session.unit_of_work() as uow:
        found = {row[0]: (row[1], row[2]) for row in uow.connection.execute(sa.text(query))}
    assert sum(trips for trips, _ in found.values()) == demo.trips
    assert found.keys() == {None, "NO_CONTRACT"}
    assert found["NO_CONTRACT"][0] >= 10
    assert found[None][1] >= 5


def test_closed_months_are_issued_and_september_is_open(demo: Demo, home: Path) -> None:
    with open_session(home, demo=True, email=demo.users[3].email) as session:
        invoices = list_invoices(session)
    found = Counter((invoice.month, invoice.client_code, invoice.status) for invoice in invoices)
    assert found == Counter(
        {
            (date(2026, 7, 1), "CL001", "ISSUED"): 3,
            (date(2026, 7, 1), "CL002", "ISSUED"): 2,
            (date(2026, 8, 1), "CL001", "ISSUED"): 3,
            (date(2026, 8, 1), "CL002", "ISSUED"): 2,
            (date(2026, 9, 1), "CL002", "DRAFT"): 2,
        }
    )
    assert demo.invoices == 12
    assert all(invoice.total > 0 for invoice in invoices)


def test_client_admin_sees_its_own_client_only(demo: Demo, home: Path) -> None:
    with open_session(home, demo=True) as session, session.unit_of_work() as uow:
        assert [client.code for client in uow.clients.find()] == ["CL001"]
        query = "SELECT count(DISTINCT client_id) FROM app.trips"
        assert uow.connection.execute(sa.text(query)).scalar_one() == 1


def test_made_again_it_replaces_the_old_one(demo: Demo, home: Path) -> None:
    release_server(demo_home(home))
    again = create_demo(home)
    assert again.profile.workspace_id != demo.profile.workspace_id
    assert find_demo(home) == again.profile
    assert again.trips == demo.trips


def test_folder_with_another_workspace_is_refused_and_left_alone() -> None:
    with short_folder() as folder:
        other = demo_home(folder)
        profile = create_workspace(
            other, "owner@example.com", "four words make sense", name="Real", server_settings=FAST
        )
        with pytest.raises(RefusedError) as told:
            create_demo(folder)
        assert told.value.code == "NOT_A_DEMO"
        with open_session(other, profile=profile, email="owner@example.com", password="four words make sense") as one:
            assert one.role == "SUPER_ADMIN"
        release_server(other)
