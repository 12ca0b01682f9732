"""Lints over the catalogue: every object that a migration adds is judged without being listed (SECURITY (b) 3-10, 14).

The lints are those of `moveinsync db doctor` (billing.store.doctor); what needs more than one query stands here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from billing.services.workspace import owner_of
from billing.store.doctor import LINTS, Lint, examine
from billing.store.profiles import Profile
from billing.store.session import Session
from tests.support.hostile import Psql, superuser
from tests.support.people import People

Ask = Callable[[str], list[Any]]
_WORDS = {
    "OURS": "('app', 'api', 'auth', 'private', 'audit')",
    "FUNCTIONS": "pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace AND n.nspname IN OURS",
    "TABLES": "pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname IN OURS",
}


@pytest.fixture(scope="module")
def ask(workspace: Profile, everybody: People) -> Iterator[Ask]:
    """Rows of a catalogue query, as the superuser; FUNCTIONS, TABLES and OURS stand for our own."""
    assert everybody.super_admin
    with superuser(workspace) as connection, connection.cursor() as cursor:

        def rows(sql: str) -> list[Any]:
            for word in ("FUNCTIONS", "TABLES", "OURS"):
                sql = sql.replace(word, _WORDS[word])
            cursor.execute(sql)
            return list(cursor.fetchall())

        yield rows


@pytest.mark.parametrize("lint", LINTS, ids=lambda lint: lint.code)
def test_the_doctors_lint(ask: Ask, lint: Lint) -> None:
    """The test servers do not wait for the disk (tests.support.pg.FAST); all else must hold as it is."""
    offenders = [row[0] for row in ask(lint.sql)]
    assert [one for one in offenders if one not in ("fsync is off", "full_page_writes is off")] == [], lint.rule


@pytest.mark.parametrize(
    ("code", "harm", "repair"),
    [
        (
            "DEFINER_PATH",
            "CREATE FUNCTION api.harm() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
            "DROP FUNCTION api.harm()",
        ),
        (
            "RLS_OFF",
            "ALTER TABLE app.trips NO FORCE ROW LEVEL SECURITY",
            "ALTER TABLE app.trips FORCE ROW LEVEL SECURITY",
        ),
        (
            "POLICY_TRUE",
            "CREATE POLICY harm ON app.trips FOR SELECT TO mis_viewer USING (true)",
            "DROP POLICY harm ON app.trips",
        ),
        (
            "POLICY_PER_ROW",
            "CREATE POLICY harm ON app.trips FOR SELECT TO mis_viewer USING (client_id = auth.client_id())",
            "DROP POLICY harm ON app.trips",
        ),
        ("OWNER_VIEW", "CREATE VIEW api.harm AS SELECT * FROM app.trips", "DROP VIEW api.harm"),
        ("TABLE_GRANT", "GRANT DELETE ON app.trips TO mis_viewer", "REVOKE DELETE ON app.trips FROM mis_viewer"),
        (
            "AUDIT_GAP",
            "ALTER TABLE app.contracts DISABLE TRIGGER zz_audit",
            "ALTER TABLE app.contracts ENABLE TRIGGER zz_audit",
        ),
        ("PRIVATE_OPEN", "GRANT USAGE ON SCHEMA private TO mis_user", "REVOKE USAGE ON SCHEMA private FROM mis_user"),
    ],
)
def test_the_doctor_finds_harm(workspace: Profile, root: Any, code: str, harm: str, repair: str) -> None:
    root.execute(harm)
    try:
        found = {one.code for one in examine(owner_of(workspace), workspace.database)}
    finally:
        root.execute(repair)
    assert code in found


def test_definers_that_users_may_call_ask_who_is_there(ask: Ask) -> None:
    """Every one that may write checks the session, itself or through a private helper that does."""
    check = re.compile(r"\b(auth\.(ctx|session_ok|require_client|require_super|user_id)|private\.\w+)\(|session_user")
    found = ask(
        """SELECT n.nspname || '.' || p.proname, p.prosrc, p.provolatile = 'v' AND p.prosecdef
                  AND p.prorettype <> 'trigger'::regtype AND has_function_privilege('mis_super_admin', p.oid, 'EXECUTE')
           FROM FUNCTIONS"""
    )
    sources = {name: source for name, source, _ in found}

    def checks(name: str) -> bool:
        calls = [match[0].rstrip("(") for match in check.finditer(sources.get(name, ""))]
        return any(call in sources and checks(call) if call.startswith("private.") else True for call in calls)

    assert not [name for name, _, callable_by_users in found if callable_by_users and not checks(name)]


def test_temporary_objects_do_not_shadow_what_definers_read(
    ask: Ask, client_admin: Session, psql: Callable[..., Psql]
) -> None:
    """A temporary table of every name, a function of two core ones: no definer that a user may call looks at them."""
    shell = psql(client_admin)
    for (name,) in ask("SELECT DISTINCT c.relname FROM TABLES WHERE c.relkind = 'r'"):
        shell.run(f"CREATE TEMPORARY TABLE {name} AS SELECT 1 AS shadowed")
    for signature in ("sha256(bytea) RETURNS bytea", "lower(text) RETURNS text"):
        shell.run(f"CREATE FUNCTION pg_temp.{signature} LANGUAGE sql AS 'SELECT $1'")
    shell.run("SET search_path = pg_temp, public, app, api, auth, pg_catalog")
    calls = ask(
        """SELECT format('%I.%I(%s)', n.nspname, p.proname,
                         (SELECT string_agg('NULL::' || format_type(x, NULL), ', ' ORDER BY o)
                            FROM unnest(p.proargtypes) WITH ORDINALITY AS a (x, o)))
           FROM FUNCTIONS
           WHERE p.prosecdef AND p.prorettype <> 'trigger'::regtype AND p.proname <> 'sign_out'
             AND has_function_privilege('mis_client_admin', p.oid, 'EXECUTE')"""
    )
    assert len(calls) > 10
    for (call,) in calls:
        state = shell.state_of(f"SELECT * FROM {call}")
        refused = ("28000", "42501", "22004", "23502", "MIS01", "MIS02", "MIS04", "MIS05")
        assert state is None or state in refused, (call, state)
    assert shell.run("SELECT auth.session_ok(), auth.client_id()") == [(True, str(client_admin.client_id))]


def test_what_hangs_on_a_trip_is_found_by_an_index(ask: Ask) -> None:
    """Taking an import back deletes its trips: without an index each of them would be searched in a whole table."""
    slow = ask(
        """SELECT k.conrelid::regclass::text FROM pg_constraint k
            WHERE k.contype = 'f' AND k.confrelid = 'app.trips'::regclass AND k.conenforced
              AND NOT EXISTS (SELECT 1 FROM pg_index i
                               WHERE i.indrelid = k.conrelid AND i.indisvalid
                                 AND coalesce(pg_get_expr(i.indpred, i.indrelid), '(trip_id IS NOT NULL)')
                                     = '(trip_id IS NOT NULL)'
                                 AND (string_to_array(i.indkey::text, ' ')::int[])[1:cardinality(k.conkey)]
                                     @> k.conkey::int[])"""
    )
    assert slow == []
