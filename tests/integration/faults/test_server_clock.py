"""Time as the server has it decides: sign-in on an old connection, minute 60, the end after 10 hours (SECURITY.md (a)).

The server runs under libfaketime, so that the test moves its clock; skipped where that is not installed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest

from billing.errors import NotSignedInError
from billing.server import cluster
from billing.services.account import clock_warning
from billing.services.workspace import create_workspace, open_session, reach, release_server
from billing.store.keys import role_name
from billing.store.profiles import Profile
from billing.store.session import Session
from tests.support.fake_time import needs_fake_time, preloaded
from tests.support.folders import short_folder
from tests.support.people import ADMIN, PASSWORD
from tests.support.pg import FAST

pytestmark = needs_fake_time
SetClock = Callable[[str], None]


@pytest.fixture(scope="module")
def shifted() -> Iterator[tuple[Profile, SetClock]]:
    """A workspace and the means to set its server's clock: "+6m" from now."""
    usual = cluster.clean_environment
    with short_folder() as folder, pytest.MonkeyPatch.context() as patch:
        offset = folder / "clock"

        def set_clock(words: str) -> None:
            offset.write_text(words)
            offset.chmod(0o644)

        def environment(pg: Path) -> dict[str, str]:
            return {**usual(pg), **fake}

        fake = preloaded(FAKETIME_TIMESTAMP_FILE=str(offset), FAKETIME_NO_CACHE="1")
        set_clock("+0")
        patch.setattr(cluster, "clean_environment", environment)
        profile = create_workspace(folder / "home", ADMIN, PASSWORD, name="Clock", server_settings=FAST)
        yield profile, set_clock
        release_server(folder / "home")


@pytest.fixture
def clock(shifted: tuple[Profile, SetClock]) -> Iterator[SetClock]:
    """The server's clock, right again afterwards."""
    yield shifted[1]
    shifted[1]("+0")


@pytest.fixture
def session(shifted: tuple[Profile, SetClock], clock: SetClock) -> Iterator[Session]:
    """Signed in by the right clock."""
    with open_session(shifted[0].home, email=ADMIN, password=PASSWORD) as made:
        yield made


def psql(profile: Profile, secret: str) -> Any:
    """A connection as the user's own psql."""
    at = reach(profile)
    user = role_name(profile.workspace_id, ADMIN)
    connection = psycopg2.connect(host=at.host, port=at.port, dbname=at.database, user=user, password=secret)
    connection.autocommit = True
    return connection


def _sign_in(connection: Any) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT auth.sign_in()")
        return str(cursor.fetchone()[0])


def test_a_connection_older_than_five_minutes_mints_no_token(session: Session, clock: SetClock) -> None:
    connection = psql(session.profile, session.secret)
    clock("+4m")
    assert _sign_in(connection).count(".") == 2
    clock("+6m")
    with pytest.raises(psycopg2.Error) as refused:
        _sign_in(connection)
    assert (refused.value.pgcode, refused.value.diag.constraint_name) == ("28000", "SIGN_IN_AGAIN")
    fresh = psql(session.profile, session.secret)
    assert _sign_in(fresh).count(".") == 2
    connection.close()
    fresh.close()


def test_the_token_ends_at_minute_sixty_whatever_the_client_thinks(session: Session, clock: SetClock) -> None:
    clock("+59m")
    with session.unit_of_work() as uow:
        assert len(uow.users.all()) == 1
    clock("+61m")
    assert session.seconds_left > 3500
    with pytest.raises(NotSignedInError) as over:
        session.unit_of_work().__enter__()
    assert over.value.code == "SESSION_OVER"


def test_renewal_goes_on_for_ten_hours_and_no_longer(session: Session, clock: SetClock) -> None:
    for minutes in range(50, 600, 50):
        clock(f"+{minutes}m")
        session.renew()
    assert 0 < (session.expires_at - session.now()).total_seconds() <= 3600
    clock("+601m")
    with pytest.raises(NotSignedInError):
        session.renew()


def test_a_client_clock_that_is_behind_is_told_and_changes_nothing(
    shifted: tuple[Profile, SetClock], clock: SetClock
) -> None:
    clock("+26h")
    with open_session(shifted[0].home, email=ADMIN, password=PASSWORD) as session:
        assert "26 hours behind" in clock_warning(session)
        assert session.seconds_left > 3500
        with session.unit_of_work() as uow:
            there = uow.connection.exec_driver_sql("SELECT clock_timestamp()").scalar_one()
        assert abs((session.now() - there).total_seconds()) < 2
