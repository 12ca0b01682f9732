"""Database roles: what a login may become, and what is left of it (SECURITY.md R1, R3, R11, R14)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg2
import pytest

from billing.errors import NotAllowedError
from billing.services.workspace import owner_of, reach
from billing.store.engine import make_engine, refuse_strong_login
from billing.store.profiles import Profile
from billing.store.session import Session
from tests.support.hostile import Psql
from tests.support.people import Pair, People

STRONGER = (
    "mis_owner", "mis_definer", "mis_rolemgr", "mis_backup", "mis_boot", "mis_super_admin", "mis_client_admin",
    "mis_vendor_admin", "mis_viewer", "mis_user",
)  # fmt: skip


@pytest.mark.parametrize("role", STRONGER)
def test_set_role_leads_nowhere(attacker: Psql, role: str) -> None:
    assert attacker.state_of(f"SET ROLE {role}") == "42501"
    assert attacker.state_of(f"SET SESSION AUTHORIZATION {role}") == "42501"


def test_a_login_belongs_to_mis_user_and_one_group(root: Any, attacker: Psql, super_admin: Session) -> None:
    root.execute(
        "SELECT u.pg_role, array_agg(g.rolname ORDER BY g.rolname), bool_or(m.set_option OR m.admin_option), u.role"
        " FROM auth.users u JOIN pg_roles r ON r.rolname = u.pg_role JOIN pg_auth_members m ON m.member = r.oid"
        " JOIN pg_roles g ON g.oid = m.roleid GROUP BY 1, 4"
    )
    found = root.fetchall()
    assert found
    for _, groups, strong, role in found:
        assert groups == sorted(["mis_user", f"mis_{role.lower()}"])
        assert not strong


def test_our_roles_are_neither_strong_nor_able_to_sign_in(root: Any) -> None:
    root.execute(
        "SELECT rolname, rolcreaterole FROM pg_roles WHERE rolname LIKE 'mis\\_%' AND rolname !~ '^mis_(u_|boot$)'"
        " AND (rolcanlogin OR rolsuper OR rolbypassrls OR rolcreatedb OR rolcreaterole)"
    )
    assert root.fetchall() == [("mis_rolemgr", True)]
    root.execute(
        "SELECT count(*) FROM pg_roles WHERE rolname LIKE 'mis\\_u\\_%' AND (rolconnlimit <> 8 OR NOT rolinherit)"
    )
    assert root.fetchone() == (0,)


def test_other_sessions_are_neither_read_nor_ended(
    attacker: Psql, super_admin: Session, psql: Callable[..., Psql], root: Any
) -> None:
    with super_admin.unit_of_work() as uow:
        pid = uow.connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
        text = attacker.run("SELECT query FROM pg_stat_activity WHERE pid = %s", pid)
        assert text == [("<insufficient privilege>",)]
        assert attacker.state_of("SELECT pg_terminate_backend(%s)", pid) == "42501"
        assert attacker.state_of("SELECT pg_cancel_backend(%s)", pid) == "42501"


def test_databases_and_schemas_are_closed(attacker: Psql, people: People) -> None:
    profile = reach(people.profile)
    for database in ("postgres", "template1"):
        with pytest.raises(psycopg2.OperationalError):
            psycopg2.connect(
                host=profile.host,
                port=profile.port,
                dbname=database,
                user=attacker.run("SELECT session_user")[0][0],
                password=people.secret_of(attacker.session.email),
            )
    for schema in ("app", "api", "auth", "audit", "private", "public"):
        assert attacker.state_of(f"CREATE TABLE {schema}.x (a int)") == "42501", schema
        assert attacker.state_of(f"CREATE FUNCTION {schema}.f() RETURNS int LANGUAGE sql AS 'SELECT 1'") == "42501"
    assert attacker.state_of("CREATE SCHEMA mine") == "42501"
    assert attacker.state_of("CREATE EXTENSION btree_gin") in ("42501", "0A000", "58P01")
    assert attacker.state_of("DO $$ BEGIN LOCK TABLE app.trips IN ACCESS EXCLUSIVE MODE; END $$") == "42501"


def test_a_login_cannot_strengthen_itself(attacker: Psql) -> None:
    login = attacker.run("SELECT session_user")[0][0]
    for sql in (
        f"ALTER ROLE {login} SUPERUSER",
        f"ALTER ROLE {login} BYPASSRLS",
        f"ALTER ROLE {login} CREATEROLE",
        f"ALTER ROLE {login} VALID UNTIL 'infinity'",
        f"ALTER ROLE {login} CONNECTION LIMIT 100",
        f"GRANT mis_super_admin TO {login}",
        "SET session_replication_role = replica",
        "ALTER TABLE app.trips DISABLE ROW LEVEL SECURITY",
        "ALTER TABLE app.trips DISABLE TRIGGER ALL",
        "SELECT pg_read_file('/etc/hostname')",
    ):
        assert attacker.state_of(sql) == "42501", sql


def test_a_session_refuses_an_administrators_login(workspace: Profile) -> None:
    owner = owner_of(workspace)
    engine = make_engine(reach(workspace), owner.user, owner.password)
    with engine.connect() as connection, pytest.raises(NotAllowedError, match="administrator"):
        refuse_strong_login(connection)
    engine.dispose()


@pytest.mark.parametrize("role", ["CLIENT_ADMIN", "VENDOR_ADMIN", "VIEWER"])
def test_only_a_super_admin_manages_users(role: str, people: People, pair: Pair, psql: Callable[..., Psql]) -> None:
    shell = psql(people.sign_in(role, pair))
    user = shell.run("SELECT id FROM auth.users")[0][0]
    for call in (
        "auth.create_user(uuidv7(), 'x@y.z', '', 'VIEWER', NULL, NULL, '', false)",
        f"auth.set_active('{user}', true, NULL)",
        f"auth.set_role('{user}', 'SUPER_ADMIN', NULL, NULL, NULL)",
        f"auth.reset_password('{user}', 'x')",
        f"auth.end_sessions('{user}')",
    ):
        assert shell.state_of(f"SELECT {call}") == "42501", call


def test_a_password_arrives_as_a_verifier_only(people: People, psql: Callable[..., Psql]) -> None:
    shell = psql(people.sign_in("SUPER_ADMIN"))
    for bad in ("secret", "", "md5abcdef", "SCRAM-SHA-256$4096:x$y:z", "x' SUPERUSER PASSWORD 'y"):
        assert shell.state_of("SELECT auth.change_password(%s)", bad) == "MIS05", bad


def test_a_changed_password_ends_the_other_sessions(people: People, pair: Pair, workspace: Profile, root: Any) -> None:
    from billing.store.keys import scram_verifier
    from billing.store.session import sign_in

    first = people.sign_in("VIEWER", pair)
    old = people.secret_of(first.email)
    second = sign_in(reach(workspace), first.email, old)
    first.change_password(scram_verifier("n" * 44), "n" * 44)
    try:
        with first.unit_of_work() as uow:
            assert uow.connection.exec_driver_sql("SELECT auth.session_ok()").scalar_one() is True
        root.execute("SELECT revoked_at IS NOT NULL FROM auth.sessions WHERE jti = %s", (_jti(second),))
        assert root.fetchone() == (True,)
        from billing.errors import NotSignedInError

        with pytest.raises(NotSignedInError):
            sign_in(reach(workspace), first.email, old)
    finally:
        first.change_password(scram_verifier(old), old)
        second.close()


def _jti(session: Session) -> str:
    import base64
    import json

    body = session.token.split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))["jti"])
