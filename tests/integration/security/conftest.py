"""A victim with a row in every table, and attackers of every role at another client."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from billing.store.profiles import Profile
from billing.store.session import Session
from tests.support.hostile import Psql, Victim, make_victim, superuser
from tests.support.matrix import Target, make_target
from tests.support.people import Pair, People


@pytest.fixture(scope="module")
def victim(everybody: People, workspace: Profile) -> Victim:
    """Client B."""
    return make_victim(workspace, everybody.new_pair())


@pytest.fixture
def psql(people: People) -> Iterator[Callable[..., Psql]]:
    """Opens a user's own psql."""
    opened: list[Psql] = []

    def open_psql(session: Session, token: str | None = None) -> Psql:
        opened.append(Psql(people, session, token))
        return opened[-1]

    yield open_psql
    for one in opened:
        one.close()


@pytest.fixture
def attacker(client_admin: Session, pair: Pair, psql: Callable[..., Psql]) -> Psql:
    """Client A's CLIENT_ADMIN in psql."""
    return psql(client_admin)


@pytest.fixture
def root(workspace: Profile) -> Iterator[Any]:
    """A cursor of the superuser, for looking behind the curtain."""
    with superuser(workspace) as connection, connection.cursor() as cursor:
        yield cursor


@pytest.fixture(scope="module")
def own(everybody: People, workspace: Profile) -> Target:
    return make_target(workspace, everybody)


@pytest.fixture(scope="module")
def foreign(everybody: People, workspace: Profile) -> Target:
    return make_target(workspace, everybody)
