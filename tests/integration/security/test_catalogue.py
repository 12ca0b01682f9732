"""Lints over the catalogue: every object that a migration adds is judged without being listed (SECURITY (b) 3-10, 14).

Each query gives the offenders; a reviewed exception stands in the test that allows it, with its reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from billing.store.profiles import Profile
from billing.store.session import Session
from tests.support.hostile import Psql, superuser
from tests.support.people import People

Ask = Callable[[str], list[Any]]
GROUPS = ("mis_user", "mis_super_admin", "mis_client_admin", "mis_vendor_admin", "mis_viewer")
_WORDS = {
    "OURS": "('app', 'api', 'auth', 'private', 'audit')",
    "FUNCTIONS": "pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace AND n.nspname IN OURS",
    "TABLES": "pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname IN OURS",
    "GROUPS": f"unnest(ARRAY{list(GROUPS)})",
}


@pytest.fixture(scope="module")
def ask(workspace: Profile, everybody: People) -> Iterator[Ask]:
    """Rows of a catalogue query, as the superuser; FUNCTIONS, TABLES, GROUPS and OURS stand for our own."""
    assert everybody.super_admin
    with superuser(workspace) as connection, connection.cursor() as cursor:

        def rows(sql: str) -> list[Any]:
            for word in ("FUNCTIONS", "TABLES", "GROUPS", "OURS"):
                sql = sql.replace(word, _WORDS[word])
            cursor.execute(sql)
            return list(cursor.fetchall())

        yield rows


def test_definers_pin_their_search_path(ask: Ask) -> None:
    assert not ask(
        """SELECT p.oid::regprocedure::text FROM FUNCTIONS
           WHERE p.prosecdef AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (p.proconfig), false)"""
    )


def test_definers_belong_to_the_definer_or_the_role_manager(ask: Ask) -> None:
    owners = ask("SELECT DISTINCT p.proowner::regrole::text FROM FUNCTIONS WHERE p.prosecdef")
    assert {row[0] for row in owners} <= {"mis_definer", "mis_rolemgr"}


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


def test_nothing_is_executable_by_public(ask: Ask) -> None:
    assert not ask(
        "SELECT p.oid::regprocedure::text FROM FUNCTIONS WHERE has_function_privilege('public', p.oid, 'EXECUTE')"
    )


def test_private_and_audit_are_closed_to_users(ask: Ask) -> None:
    assert not ask(
        """SELECT g, s FROM GROUPS g, unnest(ARRAY['private', 'audit']) s
           WHERE has_schema_privilege(g, s, 'USAGE') OR has_schema_privilege(g, s, 'CREATE')"""
    )
    assert not ask(
        """SELECT g, p.oid::regprocedure::text FROM FUNCTIONS CROSS JOIN GROUPS g
           WHERE n.nspname IN ('private', 'audit') AND has_function_privilege(g, p.oid, 'EXECUTE')"""
    )


def test_row_security_is_on_and_forced_everywhere(ask: Ask) -> None:
    assert not ask(
        """SELECT c.oid::regclass::text FROM TABLES
           WHERE c.relkind IN ('r', 'p') AND NOT (c.relrowsecurity AND c.relforcerowsecurity)"""
    )


def test_every_table_has_the_restrictive_gate(ask: Ask) -> None:
    assert not ask(
        """SELECT c.oid::regclass::text FROM TABLES WHERE c.relkind IN ('r', 'p') AND NOT EXISTS (
               SELECT 1 FROM pg_policies p
                WHERE p.schemaname = n.nspname AND p.tablename = c.relname AND p.policyname = 'gate'
                  AND p.permissive = 'RESTRICTIVE' AND p.roles = '{mis_user}' AND p.cmd = 'ALL'
                  AND p.qual ~ 'session_ok' AND p.with_check = p.qual)"""
    )


def test_policies_that_are_simply_true_serve_only_roles_nobody_signs_in_as(ask: Ask) -> None:
    assert not ask(
        """SELECT tablename, policyname, roles FROM pg_policies
           WHERE schemaname IN OURS AND (qual = 'true' OR with_check = 'true')
             AND NOT roles <@ '{mis_definer,mis_backup,mis_rolemgr,mis_owner}'"""
    )


def test_policies_for_writing_have_a_check(ask: Ask) -> None:
    assert not ask(
        """SELECT tablename, policyname FROM pg_policies
           WHERE schemaname IN OURS AND cmd IN ('ALL', 'INSERT', 'UPDATE') AND with_check IS NULL"""
    )


def test_policies_call_session_functions_once_a_statement(ask: Ask) -> None:
    """auth.f() outside `( SELECT auth.f() )` runs once a row: 300 times slower (SECURITY (b) 9)."""
    found = ask(
        """SELECT tablename, policyname, coalesce(qual, '') || ' ' || coalesce(with_check, '')
           FROM pg_policies WHERE schemaname IN OURS"""
    )
    for table, policy, text in found:
        bare = re.sub(r"\(\s*SELECT auth\.\w+\(\) AS \w+\)", "", text)
        assert "auth." not in bare, (table, policy, text)


def test_only_the_verifier_reads_the_token(ask: Ask) -> None:
    readers = ask("SELECT p.oid::regprocedure::text FROM FUNCTIONS WHERE p.prosrc ~ 'current_setting'")
    assert readers == [("auth.ctx()",)]
    assert not ask("SELECT 1 FROM pg_policies WHERE coalesce(qual, '') || coalesce(with_check, '') ~ 'current_setting'")


def test_views_run_as_their_caller(ask: Ask) -> None:
    assert not ask(
        """SELECT c.oid::regclass::text FROM TABLES WHERE c.relkind = 'v'
           AND NOT coalesce(c.reloptions @> '{security_invoker=true,security_barrier=true}', false)"""
    )
    assert not ask("SELECT c.oid::regclass::text FROM TABLES WHERE c.relkind = 'm'")


def test_users_write_column_by_column_and_delete_nothing(ask: Ask) -> None:
    assert not ask(
        """SELECT c.oid::regclass::text, g, r FROM TABLES CROSS JOIN GROUPS g
           CROSS JOIN unnest(ARRAY['DELETE', 'TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN', 'INSERT', 'UPDATE']) r
           WHERE c.relkind IN ('r', 'p', 'v') AND has_table_privilege(g, c.oid, r)"""
    )


def test_keys_and_stamps_are_not_granted_for_update(ask: Ask) -> None:
    assert not ask(
        """SELECT c.oid::regclass::text, a.attname, g
           FROM TABLES JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
           CROSS JOIN GROUPS g
           WHERE c.relkind = 'r' AND has_column_privilege(g, c.oid, a.attnum, 'UPDATE')
             AND a.attname IN ('client_id', 'id', 'rev', 'created_at', 'created_by', 'recorded_at', 'recorded_by',
                               'updated_by', 'superseded_at', 'batch_id')"""
    )


def test_foreign_keys_between_tenant_tables_hold_the_tenant(ask: Ask) -> None:
    """Without client_id a tenant could attach its row to another's: foreign keys ignore row security (R8)."""
    assert not ask(
        """SELECT k.conrelid::regclass::text, k.conname FROM pg_constraint k
           JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attname = 'client_id'
           JOIN pg_attribute b ON b.attrelid = k.confrelid AND b.attname = 'client_id'
           WHERE k.contype = 'f' AND k.connamespace = 'app'::regnamespace AND NOT a.attnum = ANY (k.conkey)"""
    )


def test_unique_keys_of_tenant_tables_hold_the_tenant(ask: Ask) -> None:
    """A unique key over tenants would tell one tenant what another has."""
    assert not ask(
        """SELECT c.oid::regclass::text, i.indexrelid::regclass::text
           FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid AND c.relnamespace = 'app'::regnamespace
           JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'client_id'
           WHERE (i.indisunique OR i.indisexclusion) AND NOT a.attnum = ANY (i.indkey)"""
    )


def test_money_is_whole_paise_and_states_are_text(ask: Ask) -> None:
    """numeric and enum are not leakproof, float is not exact (PLATFORM.md B2); percents alone are numeric."""
    assert not ask(
        """SELECT c.oid::regclass::text, a.attname, t.typname
           FROM TABLES JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
           JOIN pg_type t ON t.oid = a.atttypid
           WHERE c.relkind = 'r' AND a.attname !~ 'percent'
             AND (t.typtype = 'e' OR t.typname IN ('float4', 'float8', 'money', 'numeric'))"""
    )


def test_no_secret_stands_in_code_or_settings(ask: Ask) -> None:
    source = " ".join(row[0] for row in ask("SELECT p.prosrc FROM FUNCTIONS"))
    for row in ask("SELECT encode(inner_pad, 'hex'), encode(inner_pad, 'base64') FROM private.signing_key"):
        assert not any(part in source for part in row)
    assert not ask("SELECT 1 FROM pg_db_role_setting WHERE setconfig::text ~* '(jwt|secret|password|key)'")


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
