"""A hostile user's psql against everything there is, made from the catalogue (SECURITY.md R1-R18, (b)).

Every table is read, every function is called with another tenant's ids, and the other tenant's rows are compared
byte by byte afterwards. A table or function that a migration adds is tried here without being listed.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import psycopg2
import pytest

from billing import rights
from billing.services.workspace import owner_of
from billing.store.profiles import Profile
from billing.store.secrets import SecretStore, key_entry
from tests.support.calls import calls
from tests.support.hostile import Psql
from tests.support.matrix import Target
from tests.support.people import Pair, People

OTHERS = tuple(role for role in rights.roles() if role != "SUPER_ADMIN")
_TENANT_TABLES = """
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'client_id' AND NOT a.attisdropped
 WHERE c.relkind = 'r' AND n.nspname = 'app' ORDER BY 1"""
_EVERYTHING = """
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'v', 'p', 'm', 'f') AND n.nspname IN ('app', 'api', 'auth', 'audit', 'private') ORDER BY 1"""


def _names(root: Any, sql: str) -> list[str]:
    root.execute(sql)
    return [row[0] for row in root.fetchall()]


def _state(root: Any, client: str) -> dict[str, str]:
    """A hash of every row of a client, by table; what the database notes about reading is left out."""
    found = {}
    for table in _names(root, _TENANT_TABLES):
        root.execute(
            f"SELECT md5(string_agg(x::text, '|' ORDER BY x::text)) FROM {table} x WHERE client_id = %s", (client,)
        )
        found[table] = root.fetchone()[0]
    return found


def _login(shell: Psql) -> str:
    return str(shell.run("SELECT session_user")[0][0])


@pytest.mark.parametrize("role", OTHERS)
def test_no_relation_shows_another_tenant(
    role: str, root: Any, foreign: Target, pair: Pair, people: People, psql: Callable[..., Psql]
) -> None:
    """Each table and view is searched as text for every id of the victim."""
    shell = psql(people.sign_in(role, pair))
    wanted = "|".join({str(one) for one in foreign.names.values()})
    readable = 0
    for relation in _names(root, _EVERYTHING):
        state = shell.state_of(f"SELECT 1 FROM {relation} LIMIT 0")
        if state is not None:
            assert state == "42501", (relation, state)
            continue
        readable += 1
        assert shell.run(f"SELECT count(*) FROM {relation} x WHERE x::text ~ %s", wanted) == [(0,)], relation
    assert readable > 10


@pytest.mark.parametrize("role", OTHERS)
@pytest.mark.parametrize("client_is", ["the victim", "the attacker"])
def test_no_function_gives_or_changes_anything_of_another_tenant(
    role: str, client_is: str, root: Any, foreign: Target, pair: Pair, people: People, psql: Callable[..., Psql]
) -> None:
    """All functions with all of the victim's ids, once in the victim's name and once mixed with the own client's."""
    shell = psql(people.sign_in(role, pair))
    client = foreign.victim.pair.client_id if client_is == "the victim" else pair.client_id
    before, tried = _state(root, foreign.names["client"]), 0
    for call in calls(root, _login(shell), foreign.names, client):
        tried += 1
        try:
            rows = shell.run(call)
        except psycopg2.Error:
            continue
        said = {one for one in foreign.names.values() if one in str(rows) and one not in call}
        assert not said, (call, rows)
    assert tried > 40
    assert _state(root, foreign.names["client"]) == before


def test_a_viewer_changes_nothing_of_its_own_client(
    root: Any, own: Target, people: People, psql: Callable[..., Psql]
) -> None:
    shell = psql(people.sign_in("VIEWER", own.victim.pair))
    client = own.names["client"]
    before = _state(root, client)
    for call in calls(root, _login(shell), own.names, own.victim.pair.client_id):
        shell.state_of(call)
    assert _state(root, client) == before


@pytest.mark.parametrize("role", rights.roles())
def test_what_is_private_is_closed_to_every_role(
    role: str, root: Any, pair: Pair, people: People, psql: Callable[..., Psql]
) -> None:
    shell = psql(people.sign_in(role, pair))
    for relation in _names(root, _EVERYTHING):
        if relation.startswith(("audit.", "private.")):
            assert shell.state_of(f"SELECT * FROM {relation}") == "42501", relation
    root.execute(
        "SELECT p.oid::regprocedure::text, format('%I.%I(%s)', n.nspname, p.proname, (SELECT string_agg('NULL::' ||"
        " format_type(t, NULL), ', ' ORDER BY o) FROM unnest(p.proargtypes) WITH ORDINALITY AS a (t, o)))"
        " FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname IN ('audit', 'private')"
        " AND p.prorettype <> 'trigger'::regtype"
    )
    for name, call in root.fetchall():
        assert shell.state_of(f"SELECT {call}") == "42501", name


def test_money_is_written_by_functions_only(root: Any, own: Target, people: People, psql: Callable[..., Psql]) -> None:
    """No role may write a column of money by itself, whatever table a migration adds it to."""
    root.execute(
        "SELECT c.oid::regclass::text, a.attname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid"
        " WHERE c.relnamespace = 'app'::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped"
        " AND a.attname ~ '^(taxable|non_taxable|tax|cgst|sgst|igst|total|tds|amount|number|sequence_no|issued_at)$'"
    )
    # a draft version and a branch's letterhead have a number that is no money
    harmless = {("app.contract_versions", "number")}
    columns = [one for one in root.fetchall() if one not in harmless]
    assert len(columns) > 15
    for role in rights.roles():
        login = _login(psql(people.sign_in(role, own.victim.pair)))
        for table, column in columns:
            root.execute(
                "SELECT has_column_privilege(%s, %s, %s, 'INSERT') OR has_column_privilege(%s, %s, %s, 'UPDATE')",
                (login, table, column, login, table, column),
            )
            assert root.fetchone() == (False,), (role, table, column)


def test_statistics_tell_nothing_of_other_tenants(attacker: Psql, root: Any) -> None:
    """The planner's samples hold values of all tenants; PostgreSQL hides them where row security is on."""
    root.execute("ANALYZE")
    for view in ("pg_stats", "pg_stats_ext", "pg_stats_ext_exprs"):
        sql = f"SELECT count(*) FROM {view} WHERE schemaname IN ('app', 'auth', 'audit', 'private')"
        assert attacker.run(sql) == [(0,)], view
    for table in (
        "pg_statistic",
        "pg_statistic_ext_data",
        "pg_authid",
        "pg_user_mapping",
        "pg_shadow",
        "pg_largeobject",
    ):
        assert attacker.state_of(f"SELECT * FROM {table}") == "42501", table


def test_no_secret_stands_in_the_catalogue(attacker: Psql, root: Any, workspace: Profile, people: People) -> None:
    """All of pg_catalog that the attacker can read, as text ((b) 13): keys, derived secrets, tokens, verifiers."""
    root.execute("SELECT encode(inner_pad, 'hex'), encode(outer_pad, 'hex') FROM private.signing_key")
    secrets = [one for row in root.fetchall() for one in row]
    secrets += [attacker.session.token, people.secret_of(attacker.session.email), owner_of(workspace).password]
    stored = SecretStore(workspace.home).get(key_entry(workspace.workspace_id))
    assert stored
    secrets.append(stored)
    shapes = re.compile(r"SCRAM-SHA-256\$|eyJhbGciOi")
    for (name,) in attacker.run(
        "SELECT c.oid::regclass::text FROM pg_class c WHERE c.relnamespace = 'pg_catalog'::regnamespace"
        " AND c.relkind IN ('r', 'v') AND has_table_privilege(c.oid, 'SELECT') ORDER BY 1"
    ):
        try:
            text = "\n".join(row[0] or "" for row in attacker.run(f"SELECT x::text FROM {name} x"))
        except psycopg2.Error:
            continue  # a view over files or replication that only a superuser may look into
        if name == "pg_stat_activity":
            text = text.replace(attacker.session.token, "")  # one's own statement
        assert not [one for one in secrets if one in text], name
        assert name == "pg_prepared_statements" or not shapes.search(text), name


def test_what_is_open_to_every_role_reaches_nothing(
    attacker: Psql, people: People, pair: Pair, psql: Callable[..., Psql], root: Any
) -> None:
    """Advisory locks and large objects (R18): nobody reads another's, and no function of ours relies on them."""
    other = psql(people.sign_in("VIEWER", pair))
    number = attacker.run("SELECT lo_from_bytea(0, 'mine')")[0][0]
    try:
        assert other.state_of("SELECT lo_get(%s)", number) == "42501"
        assert other.state_of("SELECT lo_unlink(%s)", number) == "42501"
        assert attacker.state_of("SELECT lo_import('/etc/hostname')") == "42501"
        assert attacker.state_of("SELECT lo_export(%s, '/dev/null')", number) == "42501"
    finally:
        attacker.run("SELECT lo_unlink(%s)", number)
    root.execute(
        "SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
        " WHERE n.nspname IN ('app', 'api', 'auth', 'audit', 'private')"
        " AND p.prosrc ~* '(pg_(try_)?advisory_|lo_get|lo_from_bytea)'"
    )
    assert root.fetchall() == []
    # a lock held for ever by somebody hostile stops nobody
    for key in range(3):
        attacker.run("SELECT pg_advisory_lock(%s)", key)
    assert other.run("SELECT auth.session_ok()") == [(True,)]
    attacker.run("SELECT pg_advisory_unlock_all()")


def test_no_sequence_file_or_program_is_within_reach(attacker: Psql, root: Any) -> None:
    login = _login(attacker)
    root.execute(
        "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname IN ('app', 'api', 'auth', 'audit', 'private')"
        " AND CASE WHEN c.relkind = 'S' THEN has_sequence_privilege(%s, c.oid, 'USAGE') END",
        (login,),
    )
    assert root.fetchall() == []
    for sql in (
        "SELECT pg_read_file('PG_VERSION')",
        "SELECT pg_ls_dir('.')",
        "SELECT pg_stat_file('PG_VERSION')",
        "COPY app.trips FROM PROGRAM 'true'",
        "COPY (SELECT 1) TO '/dev/null'",
        "CREATE FOREIGN DATA WRAPPER w",
        "CREATE LANGUAGE plperlu",
        "CREATE EVENT TRIGGER e ON ddl_command_start EXECUTE FUNCTION x()",
        "ALTER SYSTEM SET log_statement = 'none'",
        "ALTER DATABASE postgres SET search_path = pg_temp",
        "SELECT pg_reload_conf()",
        "SELECT pg_switch_wal()",
        "SELECT pg_create_physical_replication_slot('s')",
        "SELECT pg_logical_emit_message(false, 'a', 'b') FROM pg_create_logical_replication_slot('s', 'pgoutput')",
        "SELECT pg_export_snapshot() FROM pg_promote()",
        "SECURITY LABEL ON TABLE app.trips IS 'x'",
        "COMMENT ON TABLE app.trips IS 'x'",
        "ALTER TABLE app.trips OWNER TO CURRENT_USER",
        "CREATE POLICY p ON app.trips USING (true)",
        "CREATE RULE r AS ON SELECT TO app.trips DO INSTEAD NOTHING",
        "CREATE TRIGGER t BEFORE UPDATE ON app.trips EXECUTE FUNCTION suppress_redundant_updates_trigger()",
        "CREATE PUBLICATION p FOR ALL TABLES",
        "CREATE SUBSCRIPTION s CONNECTION 'host=x' PUBLICATION p",
        "REASSIGN OWNED BY mis_owner TO CURRENT_USER",
        "DROP OWNED BY mis_owner",
        "REINDEX TABLE app.trips",
        "CLUSTER app.trips",
    ):
        state = attacker.state_of(sql)
        assert state is not None, sql
        assert state in ("42501", "42704", "22023", "25001", "0A000", "42809", "42883", "55000"), (sql, state)
    root.execute("SELECT relowner::regrole::text FROM pg_class WHERE oid = 'app.trips'::regclass")
    assert root.fetchone() == ("mis_owner",)


def test_a_prepared_policy_trick_does_not_outlive_the_session(attacker: Psql, foreign: Target) -> None:
    """Plans, cursors and temporary views made with one token do not show rows under another."""
    attacker.run("PREPARE look AS SELECT count(*) FROM app.trips WHERE client_id = $1")
    attacker.run("CREATE TEMPORARY VIEW mine AS SELECT * FROM app.trips")
    other = foreign.names["client"]
    for _ in range(7):  # past the point where PostgreSQL keeps a generic plan
        assert attacker.run(f"EXECUTE look('{other}')") == [(0,)]
    assert attacker.run("SELECT count(*) FROM mine WHERE client_id = %s", other) == [(0,)]
    token = attacker.session.token
    attacker.set_token("")
    own = str(attacker.session.client_id)
    assert attacker.run(f"EXECUTE look('{own}')") == [(0,)]
    attacker.set_token(token)
