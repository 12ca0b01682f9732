"""A small workspace to break, a few trips a contract; the separate checker runs after each test."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from billing.schemas.ids import new_id
from billing.schemas.trips import TripRecord
from tests.support.checker import violations
from tests.support.contracts import HYBRID, Agreed, agree
from tests.support.folders import short_folder
from tests.support.hostile import superuser
from tests.support.people import ADMIN, PASSWORD, Pair, People
from tests.support.pg import FAST

if TYPE_CHECKING:
    from billing.store.profiles import Profile
    from billing.store.session import Session

SEPTEMBER = date(2026, 9, 1)
NIGHTLY = os.environ.get("MIS_FAULTS") == "nightly"
NIGHTLY_ONLY = pytest.mark.skipif(not NIGHTLY, reason="only with MIS_FAULTS=nightly")
STRIDE = 1 if NIGHTLY else 24
"""In the ordinary run every 24th call fails, in the nightly one (MIS_FAULTS=nightly) every call."""


@dataclass
class World:
    """A workspace and its SUPER_ADMIN's session, with contracts on demand."""

    profile: Profile
    people: People
    pair: Pair
    made: list[Agreed] = field(default_factory=list)

    @property
    def session(self) -> Session:
        """The SUPER_ADMIN."""
        return self.people.super_admin

    @property
    def home(self) -> Path:
        """The data folder."""
        return self.profile.home

    @property
    def secret(self) -> str:
        """The SUPER_ADMIN's derived secret."""
        return self.session.secret

    def sign_in(self) -> Session:
        """Another session of the SUPER_ADMIN."""
        from billing.services.workspace import reach
        from billing.store.session import sign_in

        return sign_in(reach(self.profile), ADMIN, self.secret, revive=lambda: reach(self.profile))

    def contract(self, km: tuple[int, ...] = (60, 50, 20)) -> Agreed:
        """A contract of its own vendor with some trips of September 2026; no other test's trips fit it."""
        pair = self.people.new_pair()
        self.made.append(agree(self.session, pair, rules=HYBRID, km=km))
        return self.made[-1]

    def october(self, agreed: Agreed, count: int, kilometres: int = 10) -> None:
        """Give a contract trips of October, too."""
        contract, start = agreed.view.contract, agreed.trips[0].start_time.replace(month=10)
        trips = [
            TripRecord(
                new_id(), contract.client_id, contract.vendor_id, f"OCT-{n}", start + timedelta(hours=n),
                start + timedelta(hours=n, minutes=45), kilometres * 1000,
            )
            for n in range(count)
        ]  # fmt: skip
        with self.session.unit_of_work() as uow:
            uow.trip_inserts.add(trips)
            uow.commit()

    def check(self) -> None:
        """The separate checker finds nothing."""
        with superuser(self.profile) as connection:
            assert violations(connection) == []

    def count(self, query: str, *values: object) -> int:
        """The number that a query of the superuser gives."""
        with superuser(self.profile) as connection, connection.cursor() as cursor:
            cursor.execute(query, values)
            return int(cursor.fetchone()[0])


@pytest.fixture(scope="session")
def broken_world() -> Iterator[World]:
    """One workspace for all fault tests."""
    from billing.services.workspace import create_workspace, release_server

    with short_folder() as folder:
        profile = create_workspace(folder, ADMIN, PASSWORD, name="Faults", server_settings=FAST)
        people = People(profile)
        yield World(profile, people, people.new_pair())
        people.close()
        release_server(folder)


@pytest.fixture
def world(broken_world: World) -> Iterator[World]:
    """The workspace; whatever the test did to it, it must add up afterwards."""
    yield broken_world
    broken_world.check()
    broken_world.people.after_test()
