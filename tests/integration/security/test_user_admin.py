"""Administration of users (SECURITY.md (c) 17, R14): what an administrator does holds at once, and against races."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import psycopg2
import pytest

from billing.errors import RefusedError
from billing.services.invitations import invite
from billing.services.users import list_users, reset_password, set_active, set_role
from billing.services.workspace import derive_for, reach
from billing.store.keys import role_name, scram_verifier
from billing.store.profiles import Profile
from billing.store.session import Session
from tests.support.hostile import Psql
from tests.support.people import ADMIN, PASSWORD, Pair, People

SOON_S = 5.0


class Busy:
    """A user's second connection in the middle of a long statement; `ended` is how long after `mark` it was over."""

    def __init__(self, shell: Psql) -> None:
        self.state: str | None = None
        self._shell = shell
        self._thread = threading.Thread(target=self._work, daemon=True)
        self._thread.start()
        time.sleep(0.3)

    def _work(self) -> None:
        self.state = self._shell.state_of("SELECT pg_sleep(50)")

    def ends_soon(self) -> bool:
        self._thread.join(SOON_S)
        return not self._thread.is_alive() and self.state in ("57P01", "lost")


@pytest.fixture
def restored(super_admin: Session, client_admin: Session, pair: Pair) -> Any:
    """What a test did to the client admin is put right."""
    yield
    set_active(super_admin, email=client_admin.email, active=True)
    set_role(super_admin, email=client_admin.email, role="CLIENT_ADMIN", client_id=pair.client_id)
    reset_password(super_admin, email=client_admin.email, password=PASSWORD)


@pytest.mark.parametrize("deed", ["disable", "role", "reset", "end", "lost device"])
@pytest.mark.usefixtures("restored")
def test_a_live_second_connection_ends_within_seconds(
    deed: str, super_admin: Session, client_admin: Session, pair: Pair, psql: Callable[..., Psql]
) -> None:
    from billing.services.users import end_sessions

    shell, idle = psql(client_admin), psql(client_admin)
    busy, email = Busy(shell), client_admin.email
    deeds: dict[str, Callable[[], object]] = {
        "disable": lambda: set_active(super_admin, email=email, active=False),
        "role": lambda: set_role(super_admin, email=email, role="VIEWER", client_id=pair.client_id),
        "reset": lambda: reset_password(super_admin, email=email, password="a quite new word"),
        "end": lambda: end_sessions(super_admin, email=email),
        "lost device": lambda: invite(super_admin, email=email),
    }
    deeds[deed]()
    assert busy.ends_soon(), deed
    assert idle.state_of("SELECT 1") in ("57P01", "lost"), deed
    assert next(one for one in list_users(super_admin) if one.email == email).open_sessions == 0


@pytest.mark.usefixtures("restored")
def test_a_lost_devices_secret_opens_nothing_any_more(
    workspace: Profile, super_admin: Session, client_admin: Session, people: People
) -> None:
    made = invite(super_admin, email=client_admin.email)
    profile = reach(workspace)
    login = role_name(profile.workspace_id, client_admin.email)
    place = f"host={profile.host} port={profile.port} dbname={profile.database} user={login}"
    with pytest.raises(psycopg2.OperationalError, match="authentication failed"):
        psycopg2.connect(place, password=people.secret_of(client_admin.email))
    psycopg2.connect(place, password=derive_for(workspace, client_admin.email, made.password)).close()


@pytest.mark.usefixtures("restored")
def test_who_signs_in_during_a_reset_is_out_after_it(
    workspace: Profile, people: People, client_admin: Session, psql: Callable[..., Psql]
) -> None:
    """The thief of a laptop connects again and again: a session made while the reset is committed ends with it."""
    profile, admin = reach(workspace), psql(people.sign_in("SUPER_ADMIN"))
    email = client_admin.email
    user = admin.run("SELECT id FROM auth.users WHERE email = %s", email)[0][0]
    admin.run("BEGIN")
    admin.run("SELECT auth.reset_password(%s, %s)", user, scram_verifier("k" * 44))
    thief = psycopg2.connect(
        host=profile.host, port=profile.port, dbname=profile.database, user=role_name(profile.workspace_id, email),
        password=people.secret_of(email),
    )  # fmt: skip
    thief.autocommit = True
    tokens: list[str] = []

    def sign_in() -> None:
        with thief.cursor() as cursor:
            cursor.execute("SELECT auth.sign_in()")
            tokens.extend(row[0] for row in cursor.fetchall())

    thread = threading.Thread(target=sign_in)
    thread.start()
    time.sleep(0.3)
    assert not tokens, "signing in waits for the reset"
    admin.run("COMMIT")
    thread.join(SOON_S)
    assert tokens
    admin.run("SELECT auth.end_sessions(%s)", user)  # what the service does after its commit
    with pytest.raises(psycopg2.Error), thief.cursor() as cursor:
        cursor.execute("SELECT 1")
    assert admin.run("SELECT count(*) FROM auth.sessions WHERE user_id = %s AND revoked_at IS NULL", user) == [(0,)]


def test_two_super_admins_cannot_shut_each_other_out(people: People, psql: Callable[..., Psql], root: Any) -> None:
    """Each takes the other for the one that stays; the second waits for the first and is refused."""
    first, second = people.sign_in("SUPER_ADMIN"), people.sign_in("SUPER_ADMIN")
    shells = psql(first), psql(second)
    root.execute("SELECT email, id FROM auth.users WHERE role = 'SUPER_ADMIN'")
    ids = {email: str(user) for email, user in root.fetchall()}
    others = [user for email, user in ids.items() if email not in (first.email, second.email)]
    logins = [role_name(people.profile.workspace_id, one.email) for one in (first, second)]
    root.execute("UPDATE auth.users SET active = false WHERE id = ANY (%s::uuid[])", (others,))
    try:
        shells[0].run("BEGIN")
        shells[0].run("SELECT auth.set_active(%s, false)", ids[second.email])
        states: list[str | None] = []
        thread = threading.Thread(
            target=lambda: states.append(shells[1].state_of("SELECT auth.set_active(%s, false)", ids[first.email]))
        )
        thread.start()
        time.sleep(0.3)
        shells[0].run("COMMIT")
        thread.join(SOON_S)
        assert states[0] in ("57P01", "lost", "28000", "MIS02")
        root.execute("SELECT count(*) FROM auth.users WHERE role = 'SUPER_ADMIN' AND active")
        assert root.fetchone() == (1,)
    finally:
        root.execute("UPDATE auth.users SET active = true WHERE role = 'SUPER_ADMIN'")
        for login in logins:
            root.execute(f"ALTER ROLE {login} LOGIN")


def test_the_last_super_admin_keeps_role_and_access(super_admin: Session, people: People, root: Any) -> None:
    root.execute("SELECT id FROM auth.users WHERE role = 'SUPER_ADMIN' AND email <> %s", (ADMIN,))
    others = [str(row[0]) for row in root.fetchall()]
    root.execute("UPDATE auth.users SET active = false WHERE id = ANY (%s::uuid[])", (others,))
    try:
        pair = people.new_pair()
        with pytest.raises(RefusedError) as refused:
            set_active(super_admin, email=ADMIN, active=False)
        assert refused.value.code == "LAST_SUPER_ADMIN"
        with pytest.raises(RefusedError) as refused:
            set_role(super_admin, email=ADMIN, role="VIEWER", client_id=pair.client_id)
        assert refused.value.code == "LAST_SUPER_ADMIN"
    finally:
        root.execute("UPDATE auth.users SET active = true WHERE role = 'SUPER_ADMIN'")


def test_what_was_done_to_a_user_is_told_in_the_log(
    super_admin: Session, client_admin: Session, pair: Pair, restored: Any
) -> None:
    from billing.services.audit import read_history

    set_active(super_admin, email=client_admin.email, active=False)
    set_active(super_admin, email=client_admin.email, active=True)
    invite(super_admin, email=client_admin.email)
    told = read_history(super_admin, client_id=pair.client_id, entity="user", entity_id=client_admin.user_id)
    assert [one.action for one in told[:5]] == ["END_SESSIONS", "RESET_PASSWORD", "ENABLE", "END_SESSIONS", "DISABLE"]
    assert {one.actor for one in told[:5]} == {super_admin.email}
