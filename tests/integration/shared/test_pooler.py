"""PgBouncer in transaction mode, set up as docs/server.md says: fifty people at once, nobody sees another's row."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg2
import pytest

from billing.errors import KnownError, RefusedError
from billing.schemas.ids import new_id
from billing.schemas.parties import Client
from billing.schemas.users import User
from billing.services.database import psql_environment
from billing.services.founding import create_shared_workspace
from billing.services.invitations import accept_invitation, invitation_text
from billing.services.workspace import open_session
from billing.store.keys import role_name, scram_verifier
from billing.store.profiles import Profile
from billing.store.secrets import forget_memory
from billing.store.session import Session, sign_in
from moveinsync_desktop.cli import main
from tests.support.folders import short_folder
from tests.support.people import ADMIN, PASSWORD
from tests.support.shared import let_pooler_in, pgbouncer, plain_server

USERS = 50
# Each user's share of 10,000 transactions at night, of 1,500 otherwise.
TURNS = 200 if os.environ.get("MIS_HYPOTHESIS") == "nightly" else 30

pytestmark = pytest.mark.skipif(shutil.which("pgbouncer") is None, reason="PgBouncer is not installed")


@dataclass(frozen=True, slots=True)
class Pooled:
    """A workspace behind the pooler, fifty clients with one user each."""

    profile: Profile
    people: list[tuple[str, str, UUID]]

    def connect(self, email: str, secret: str) -> psycopg2.extensions.connection:
        """Somebody's own program, through the pooler."""
        profile = self.profile
        link = psycopg2.connect(
            host=profile.host, port=profile.port, dbname=profile.database, password=secret,
            user=role_name(profile.workspace_id, email),
        )  # fmt: skip
        link.autocommit = True
        return link


@pytest.fixture(scope="module")
def pooled() -> Iterator[Pooled]:
    with (
        short_folder() as folder,
        plain_server(folder / "server", extra={"max_connections": "150"}) as (_, admin),
        pgbouncer(folder / "pooler", admin, None, size=1) as port,
    ):
        home = folder / "home"
        profile = create_shared_workspace(
            home, admin, "pooled", ADMIN, PASSWORD, name="Pooled", pooler=("127.0.0.1", port)
        )
        let_pooler_in(folder / "pooler", admin, "pooled", port)
        yield Pooled(profile, _fill(profile))


def _fill(profile: Profile) -> list[tuple[str, str, UUID]]:
    """Fifty clients and users, with random secrets: bcrypt would take ten seconds here."""
    people = []
    session = open_session(profile.home, profile=profile, email=ADMIN, password=PASSWORD)
    with session, session.unit_of_work() as uow:
        for number in range(USERS):
            client = Client(id=new_id(), code=f"C{number:02}", name=f"Client {number}")
            uow.clients.add([client])
            email, secret = f"user{number}@example.com", secrets.token_urlsafe(32)
            user = User(new_id(), email, "", "CLIENT_ADMIN", client.id, None)
            uow.users.add(user, scram_verifier(secret))
            people.append((email, secret, client.id))
        uow.commit()
    return people


def test_fifty_users_at_once_see_their_own_rows_only(pooled: Pooled) -> None:
    seen: Counter[str] = Counter()
    wrong: list[object] = []

    def work(email: str, secret: str, client: UUID) -> None:
        try:
            with sign_in(pooled.profile, email, secret) as session:
                for _ in range(TURNS):
                    with session.unit_of_work() as uow:
                        found = {one.id for one in uow.clients.find()} | {s.client_id for s in uow.client_sites.find()}
                    if found != {client}:
                        wrong.append((email, found))
                    seen["transactions"] += 1
        except BaseException as error:  # noqa: BLE001 - told in the main thread
            wrong.append((email, error))

    threads = [threading.Thread(target=work, args=person) for person in pooled.people]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert wrong == []
    assert seen["transactions"] == USERS * TURNS


def test_nothing_of_a_transaction_is_left_on_the_connection(pooled: Pooled) -> None:
    email, secret, client = pooled.people[0]
    with sign_in(pooled.profile, email, secret) as session:
        with session.unit_of_work() as uow:
            assert [one.id for one in uow.clients.find()] == [client]
        other = pooled.connect(email, secret)
        with other.cursor() as cursor:
            cursor.execute("SELECT coalesce(current_setting('mis.jwt', true), ''), count(*) FROM app.clients")
            assert cursor.fetchone() == ("", 0), "the same pooled connection, without the token"
            # even a program that sets the token for the whole session leaves nothing to the next
            cursor.execute("SELECT set_config('mis.jwt', %s, false)", (session.token,))
            cursor.execute("SELECT coalesce(current_setting('mis.jwt', true), '')")
            assert cursor.fetchone() == ("",)
        other.close()


def test_the_settings_hold_in_every_transaction(pooled: Pooled) -> None:
    email, secret, _ = pooled.people[1]
    with sign_in(pooled.profile, email, secret) as session, session.unit_of_work(timeout_s=7) as uow:
        names = ("statement_timeout", "lock_timeout", "TimeZone", "IntervalStyle", "search_path", "jit")
        found = [uow.connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in names]
    assert found == ["7s", "5s", "UTC", "iso_8601", "api, pg_catalog", "off"]


def test_an_invitation_tells_of_the_pooler(pooled: Pooled, tmp_path: Path) -> None:
    profile, _ = accept_invitation(tmp_path / "other", invitation_text(pooled.profile, "a@b.in"))
    assert (profile.pooled, profile.port) == (True, pooled.profile.port)
    session = open_session(pooled.profile.home, profile=pooled.profile, email=ADMIN, password=PASSWORD)
    with session, pytest.raises(RefusedError) as refused:
        psql_environment(session)
    assert refused.value.code == "POOLED"


def test_ended_sessions_and_wrong_passwords_through_the_pooler(pooled: Pooled) -> None:
    from billing.services.users import set_active

    email, secret, _ = pooled.people[2]
    with pytest.raises(KnownError) as refused:
        sign_in(pooled.profile, email, "x" * 43)
    assert refused.value.message == "E-mail or password is not right."
    session = sign_in(pooled.profile, email, secret)
    with open_session(pooled.profile.home, profile=pooled.profile, email=ADMIN, password=PASSWORD) as boss:
        set_active(boss, email=email, active=False)
    with pytest.raises(KnownError):
        _read(session)
    session.close()
    with pytest.raises(KnownError) as refused:
        sign_in(pooled.profile, email, secret)
    assert refused.value.message == "E-mail or password is not right."


def _read(session: Session) -> None:
    with session.unit_of_work() as uow:
        uow.clients.find()


def test_the_doctor_tells_of_the_pooler(
    pooled: Pooled, home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from tests.support.shared import administrator_of

    admin = administrator_of(pooled.profile.port)
    for name, value in (("HOST", admin.host), ("PORT", admin.port), ("USER", admin.user), ("PASSWORD", admin.password)):
        monkeypatch.setenv(f"DB_{name}", str(value))
    monkeypatch.setenv("DB_NAME", "pooled")
    forget_memory()
    main(["db", "doctor", "--pooler", f"127.0.0.1:{pooled.profile.port}", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["server"].startswith("18.")
    assert found["pooler"].count(".") == 2
    codes = {one["code"] for one in found["findings"]}
    assert codes <= {"UNSAFE_DISK", "OLD_POOLER"}
    assert ("OLD_POOLER" in codes) == (tuple(map(int, found["pooler"].split("."))) < (1, 26, 1))
    assert all(one["remedy"] for one in found["findings"])
