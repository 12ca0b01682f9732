"""A tenant's own psql against another tenant's rows: nothing is seen, nothing is written (SECURITY (b) 10, issue 2)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import psycopg2
import pytest

from tests.support.hostile import Psql, Victim
from tests.support.people import Pair, People

ROLES = ("CLIENT_ADMIN", "VIEWER", "VENDOR_ADMIN")


def _tables(root: Any) -> list[str]:
    """Every table of a tenant, from the catalogue: a new one is tried without being listed."""
    root.execute(
        "SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'client_id' AND NOT a.attisdropped "
        "WHERE c.relkind = 'r' AND n.nspname = 'app' ORDER BY 1"
    )
    return [row[0] for row in root.fetchall()]


def _columns(root: Any, table: str, role: str, right: str) -> list[str]:
    root.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped "
        "AND has_column_privilege(%s, attrelid, attnum, %s) ORDER BY attnum",
        (table, role, right),
    )
    return [row[0] for row in root.fetchall()]


def test_the_victim_has_a_row_in_every_tenant_table(root: Any, victim: Victim) -> None:
    for table in _tables(root):
        root.execute(f"SELECT count(*) FROM {table} WHERE client_id = %s", (str(victim.pair.client_id),))
        assert root.fetchone()[0] > 0, table


@pytest.mark.parametrize("role", ROLES)
def test_no_row_of_another_tenant_is_seen(
    role: str, root: Any, victim: Victim, pair: Pair, people: People, psql: Callable[..., Psql]
) -> None:
    shell = psql(people.sign_in(role, pair))
    other = str(victim.pair.client_id)
    for table in _tables(root):
        if shell.state_of(f"SELECT 1 FROM {table} LIMIT 0") == "42501":
            continue  # no right on the table at all
        assert shell.run(f"SELECT count(*) FROM {table} WHERE client_id = %s", other) == [(0,)], table
        assert shell.run(f"SELECT count(*) FROM {table} WHERE client_id::text LIKE %s", other) == [(0,)], table
    for table in ("clients", "vendors"):
        ids = {victim.pair.client_id, victim.pair.vendor_id}
        assert not ids & {row[0] for row in shell.run(f"SELECT id FROM app.{table}")}
    assert shell.run("SELECT count(*) FROM app.vendor_branches WHERE id = %s", str(victim.branch)) == [(0,)]
    for view in ("clients", "contracts", "trips"):
        assert shell.run(f"SELECT count(*) FROM api.{view} WHERE client_id = %s", other) == [(0,)], view


@pytest.mark.parametrize("role", ROLES)
def test_no_row_of_another_tenant_is_changed_or_deleted(
    role: str, root: Any, victim: Victim, pair: Pair, people: People, psql: Callable[..., Psql]
) -> None:
    session = people.sign_in(role, pair)
    shell = psql(session)
    login = shell.run("SELECT session_user")[0][0]
    other = str(victim.pair.client_id)
    for table in _tables(root):
        assert shell.state_of(f"DELETE FROM {table} WHERE client_id = %s", other) == "42501", table
        assert shell.state_of(f"TRUNCATE {table}") == "42501", table
        for column in _columns(root, table, login, "UPDATE"):
            changed = shell.changed(f"UPDATE {table} SET {column} = {column} WHERE client_id = %s", other)
            assert changed == 0, (table, column)
            assert shell.changed(f"UPDATE {table} SET {column} = NULL WHERE client_id = %s", other) == 0


@pytest.mark.parametrize("role", ROLES)
def test_no_row_is_written_for_another_tenant(
    role: str, root: Any, victim: Victim, pair: Pair, people: People, psql: Callable[..., Psql]
) -> None:
    """The victim's own row, as far as columns may be given at all, is refused by row security and not by luck."""
    shell = psql(people.sign_in(role, pair))
    login = shell.run("SELECT session_user")[0][0]
    tried = 0
    for table in _tables(root):
        columns = _columns(root, table, login, "INSERT")
        if "client_id" not in columns:
            assert shell.state_of(f"INSERT INTO {table} DEFAULT VALUES") == "42501", table
            continue
        listed = ", ".join(f"{column}::text" for column in columns)
        root.execute(f"SELECT {listed} FROM {table} WHERE client_id = %s LIMIT 1", (str(victim.pair.client_id),))
        values = root.fetchone()
        marks = ", ".join(["%s"] * len(columns))
        sql = f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})"
        assert shell.state_of(sql, *values) == "42501", table
        tried += 1
    assert tried or role == "VIEWER"


def test_an_own_row_is_not_moved_to_another_tenant(attacker: Psql, pair: Pair, victim: Victim) -> None:
    own, other = str(pair.client_id), str(victim.pair.client_id)
    attacker.run("INSERT INTO app.employees (client_id, code) VALUES (%s, 'E9')", own)
    for table in ("employees", "client_sites", "client_vendors"):
        sql = f"UPDATE app.{table} SET client_id = %s WHERE client_id = %s"
        assert attacker.state_of(sql, other, own) == "42501", table


def test_an_own_row_does_not_refer_to_another_tenants_contract(attacker: Psql, pair: Pair, victim: Victim) -> None:
    insert = (
        "INSERT INTO app.trips (client_id, vendor_id, contract_id, start_time, end_time, distance_m, external_ref)"
        " VALUES (%s, %s, %s, now() - interval '1 hour', now(), 1000, 'X1')"
    )
    assert attacker.state_of(insert, str(pair.client_id), str(pair.vendor_id), str(victim.contract)) == "23503"
    assert attacker.state_of(insert, str(pair.client_id), str(victim.pair.vendor_id), None) == "23503"
    rider = "INSERT INTO app.trip_riders (client_id, trip_id, seq, employee_code) VALUES (%s, %s, 9, 'E1')"
    assert attacker.state_of(rider, str(pair.client_id), str(victim.trip)) == "23503"
    draft = (
        "INSERT INTO app.contract_versions (client_id, contract_id, number, billing_model, rules_config, validity)"
        " VALUES (%s, %s, 7, 'PER_TRIP', '{}', '[2026-01-01,)')"
    )
    assert attacker.state_of(draft, str(pair.client_id), str(victim.contract)) == "23503"


def test_a_business_key_of_another_tenant_is_no_probe(attacker: Psql, pair: Pair) -> None:
    """The victim has employee E1 and vehicle KA01AB1234; the same keys are free here."""
    attacker.run("INSERT INTO app.employees (client_id, code) VALUES (%s, 'E1')", str(pair.client_id))
    attacker.run(
        "INSERT INTO app.vehicles (client_id, vendor_id, vehicle_no) VALUES (%s, %s, 'KA01AB1234')",
        str(pair.client_id),
        str(pair.vendor_id),
    )
    for table in ("employees", "vehicles"):
        assert attacker.run(f"SELECT count(*) FROM app.{table}") == [(1,)]


def test_copy_neither_reads_nor_writes_around_row_security(attacker: Psql, victim: Victim) -> None:
    import io

    with attacker.connection.cursor() as cursor:
        out = io.StringIO()
        cursor.copy_expert("COPY (SELECT client_id FROM app.trips) TO STDOUT", out)
        assert str(victim.pair.client_id) not in out.getvalue()
        with pytest.raises(psycopg2.Error):
            cursor.copy_expert("COPY app.employees (client_id, code) FROM STDIN", io.StringIO("x\ty\n"))
    assert attacker.state_of("COPY app.trips TO '/dev/null'") == "42501"
    assert attacker.state_of("COPY app.trips TO PROGRAM 'true'") == "42501"


def test_leaky_conditions_see_no_foreign_row(attacker: Psql, victim: Victim) -> None:
    """A condition that would fail or tell on a foreign row never gets one."""
    attacker.run(
        "SELECT count(*) FROM app.trips WHERE 1 / (CASE WHEN client_id = %s THEN 0 ELSE 1 END) = 1",
        str(victim.pair.client_id),
    )
    attacker.run(
        "CREATE FUNCTION pg_temp.tell(uuid) RETURNS boolean LANGUAGE plpgsql COST 0.0000001 AS "
        "$$ BEGIN RAISE EXCEPTION 'a foreign row was seen'; END $$"
    )
    attacker.run("SELECT count(*) FROM app.invoices WHERE pg_temp.tell(client_id)")
    assert attacker.state_of("SET row_security = off; SELECT 1 FROM app.trips") == "42501"


def test_money_tables_take_no_direct_write(
    attacker: Psql, pair: Pair, people: People, psql: Callable[..., Psql]
) -> None:
    strongest = psql(people.sign_in("SUPER_ADMIN"))
    for shell in (attacker, strongest):
        for table in (
            "billing_runs",
            "billing_run_versions",
            "trip_charges",
            "period_charges",
            "invoices",
            "invoice_lines",
            "number_series",
        ):
            assert shell.state_of(f"INSERT INTO app.{table} (client_id) VALUES (%s)", str(pair.client_id)) == "42501"
            assert shell.state_of(f"UPDATE app.{table} SET client_id = client_id") == "42501"
            assert shell.state_of(f"DELETE FROM app.{table}") == "42501"


def test_a_version_is_put_in_force_only_by_its_function(
    attacker: Psql, root: Any, people: People, psql: Callable[..., Psql], victim: Victim
) -> None:
    own = psql(people.sign_in("CLIENT_ADMIN", victim.pair))
    draft, active = str(victim.draft), str(victim.version)
    assert own.state_of("UPDATE app.contract_versions SET status = 'ACTIVE' WHERE id = %s", draft) == "42501"
    assert own.changed("UPDATE app.contract_versions SET note = 'x' WHERE id = %s", active) == 0
    assert own.changed("UPDATE app.contract_versions SET note = 'x' WHERE id = %s", draft) == 1
    insert = (
        "INSERT INTO app.contract_versions (client_id, contract_id, number, billing_model, rules_config, validity{0})"
        " VALUES (%s, %s, 9, 'PER_TRIP', '{{}}', '[2030-01-01,)'{1})"
    )
    sql = insert.format(", status", ", 'ACTIVE'")
    assert own.state_of(sql, str(victim.pair.client_id), str(victim.contract)) == "42501"


def test_a_viewer_writes_nothing(root: Any, pair: Pair, people: People, psql: Callable[..., Psql]) -> None:
    shell = psql(people.sign_in("VIEWER", pair))
    login = shell.run("SELECT session_user")[0][0]
    for table in [
        *_tables(root),
        "app.clients",
        "app.vendors",
        "app.vendor_branches",
        "app.gst_rates",
        "app.workspace",
    ]:
        assert _columns(root, table, login, "INSERT") == [], table
        assert _columns(root, table, login, "UPDATE") in ([], ["value", "updated_at"]), table


def test_a_vendors_staff_sees_own_trips_without_names_and_amounts(
    victim: Victim, people: People, psql: Callable[..., Psql]
) -> None:
    shell = psql(people.sign_in("VENDOR_ADMIN", victim.pair))
    assert shell.run("SELECT id FROM app.trips") == [(str(victim.trip),)]
    for table in ("employees", "billing_runs", "invoices", "invoice_lines"):
        assert shell.state_of(f"SELECT 1 FROM app.{table}") == "42501", table
    for table in ("trip_charges", "period_charges"):
        assert shell.run(f"SELECT 1 FROM app.{table}") == [], table
    assert shell.changed("UPDATE app.trips SET distance_m = 1") == 0  # accepted: no longer the vendor's to correct
    assert shell.state_of("UPDATE app.trips SET acceptance = 'ACCEPTED'") == "42501"
    insert = (
        "INSERT INTO app.trips (client_id, vendor_id, start_time, end_time, distance_m, external_ref, acceptance)"
        " VALUES (%s, %s, now() - interval '1 hour', now(), 1000, %s, %s)"
    )
    own = (str(victim.pair.client_id), str(victim.pair.vendor_id))
    assert shell.state_of(insert, *own, "V1", "ACCEPTED") == "42501"
    assert shell.state_of(insert, *own, "V1", "SUBMITTED") is None
    assert shell.changed("UPDATE app.trips SET distance_m = 900 WHERE external_ref = 'V1'") == 1


def test_a_client_lets_its_vendors_see_amounts(
    root: Any, victim: Victim, people: People, pair: Pair, psql: Callable[..., Psql]
) -> None:
    """Only with the setting, only what is issued, only the own; the setting is not the vendor's to make."""
    session = people.sign_in("VENDOR_ADMIN", victim.pair)
    shell, stranger = psql(session), psql(people.sign_in("VENDOR_ADMIN", pair))
    client = str(victim.pair.client_id)
    switch = "INSERT INTO app.settings (client_id, key, value) VALUES (%s, 'vendor_sees_amounts', %s)"
    assert shell.state_of(switch, client, "true") == "42501"
    assert psql(people.sign_in("CLIENT_ADMIN", victim.pair)).state_of(switch, client, "true") == "42501"
    assert not session.may("billing.amounts")
    root.execute(switch, (client, "true"))
    try:
        session.renew()
        assert session.may("billing.amounts")
        assert not session.may("invoices.view")
        assert shell.run("SELECT 1 FROM app.trip_charges") == []  # the victim's invoice is a draft
        root.execute("SET session_replication_role = replica")
        root.execute(
            "UPDATE app.invoices SET status = 'ISSUED', number = 'VSA/1', invoice_date = '2026-11-01', fy = '26-27',"
            " issued_at = now() WHERE client_id = %s",
            (client,),
        )
        assert shell.run("SELECT taxable FROM app.trip_charges") == [(10000,)]
        assert shell.run("SELECT amount FROM app.period_charges") == [(100,)]
        assert shell.state_of("SELECT total FROM app.invoices") == "42501"
        assert stranger.run("SELECT 1 FROM app.trip_charges") == []
        root.execute("UPDATE app.settings SET value = 'false' WHERE key = 'vendor_sees_amounts'")
        assert shell.run("SELECT 1 FROM app.trip_charges") == []
    finally:
        root.execute(
            "UPDATE app.invoices SET status = 'DRAFT', number = NULL, issued_at = NULL WHERE client_id = %s", (client,)
        )
        root.execute("DELETE FROM app.settings WHERE key = 'vendor_sees_amounts'")
        root.execute("RESET session_replication_role")


def test_another_vendors_staff_at_the_same_client_sees_nothing(
    victim: Victim, pair: Pair, people: People, psql: Callable[..., Psql]
) -> None:
    """Vendor A works for client B too, but none of B's other vendor's rows are its own."""
    with people.super_admin.unit_of_work() as uow:
        uow.connection.exec_driver_sql(
            "INSERT INTO app.client_vendors (client_id, vendor_id, code) VALUES (%s, %s, 'OTHER')",
            (str(victim.pair.client_id), str(pair.vendor_id)),
        )
        uow.commit()
    shell = psql(people.sign_in("VENDOR_ADMIN", pair))
    for table in (
        "trips",
        "trip_riders",
        "contracts",
        "contract_versions",
        "vehicles",
        "vehicle_slots",
        "import_batches",
    ):
        assert shell.run(f"SELECT count(*) FROM app.{table}") == [(0,)], table
