"""Signing in: one answer for every failure, guessing slowed down, what the keyring keeps (SECURITY.md (a), R15)."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from billing.errors import NotSignedInError
from billing.services.users import add_user, reset_password, set_active
from billing.services.workspace import derive_for, open_session, reach
from billing.store.errors import WRONG_SIGN_IN
from billing.store.keys import role_name
from billing.store.profiles import Profile
from billing.store.session import sign_in
from tests.support.hostile import Psql, superuser
from tests.support.people import ADMIN, PASSWORD, People

EMAIL = "sign.in@example.com"


def told(profile: Profile, email: str, password: str) -> tuple[str, str]:
    """Code and sentence that a failed sign-in gives."""
    with pytest.raises(NotSignedInError) as refused:
        open_session(profile.home, email=email, password=password)
    return refused.value.code, f"{refused.value.message}{refused.value.hint}{refused.value.where}"


def test_every_failure_is_answered_alike(people: People, workspace: Profile) -> None:
    add_user(people.super_admin, email=EMAIL, password=PASSWORD, role="SUPER_ADMIN")
    answers = {
        "unknown e-mail": told(workspace, "nobody.at.all@example.com", PASSWORD),
        "wrong password": told(workspace, EMAIL, "another sentence of words"),
    }
    set_active(people.super_admin, email=EMAIL, active=False)
    answers["disabled"] = told(workspace, EMAIL, PASSWORD)
    set_active(people.super_admin, email=EMAIL, active=True)
    reset_password(people.super_admin, email=EMAIL, password="a one-time sentence of words")
    answers["old password"] = told(workspace, EMAIL, PASSWORD)
    with superuser(workspace) as connection, connection.cursor() as cursor:
        role = role_name(workspace.workspace_id, EMAIL)
        cursor.execute(f"ALTER ROLE {role} VALID UNTIL '2020-01-01'")
    answers["one-time password too late"] = told(workspace, EMAIL, "a one-time sentence of words")
    assert set(answers.values()) == {("SIGN_IN_FAILED", WRONG_SIGN_IN)}, answers


def test_guessing_costs_a_second_each_and_the_right_one_none(workspace: Profile) -> None:
    """auth_delay holds a failed connection; there is no counter that a rollback could undo."""
    profile, wrong = reach(workspace), "A" * 44
    right = derive_for(workspace, ADMIN, PASSWORD)

    def guess(number: int) -> float:
        began = time.monotonic()
        with pytest.raises(NotSignedInError):
            sign_in(profile, ADMIN, f"{wrong}{number}")
        return time.monotonic() - began

    with ThreadPoolExecutor(4) as pool:
        waits = list(pool.map(guess, range(4)))
    assert min(waits) >= 1.0
    began = time.monotonic()
    sign_in(profile, ADMIN, right).close()  # nobody is locked out by somebody else's guesses
    assert time.monotonic() - began < 1.0


def test_settings_that_a_user_altered_are_set_again_with_each_connection(people: People, workspace: Profile) -> None:
    """R11: they are safety, not security; the program does not depend on what is stored with the role."""
    session = people.sign_in("SUPER_ADMIN")
    psql = Psql(people, session)
    for setting in (
        "statement_timeout = '0'",
        "lock_timeout = '0'",
        "search_path = 'public'",
        "timezone = 'Asia/Tokyo'",
    ):
        psql.run(f"ALTER ROLE CURRENT_USER SET {setting}")
    psql.close()
    names = ("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout", "search_path", "TimeZone")
    with sign_in(reach(workspace), session.email, session.secret) as again, again.unit_of_work() as uow:
        found = [uow.connection.exec_driver_sql(f"SHOW {name}").scalar_one() for name in names]
    for setting in ("statement_timeout", "lock_timeout", "search_path", "timezone"):
        with superuser(workspace) as connection, connection.cursor() as cursor:
            cursor.execute(f"ALTER ROLE {role_name(workspace.workspace_id, session.email)} RESET {setting}")
    assert found == ["1min", "5s", "1min", "api,pg_catalog", "UTC"]
