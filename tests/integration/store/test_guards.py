"""What may never change, whoever asks: even a definer or the superuser meets the triggers (SECURITY.md R9)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest

from billing.store.profiles import Profile
from tests.support.hostile import Victim, make_victim, superuser
from tests.support.people import Pair


class Books:
    """A client with one row of everything, as the superuser sees it."""

    def __init__(self, cursor: Any, victim: Victim) -> None:
        self.cursor = cursor
        self.victim = victim

    def run(self, sql: str, **values: Any) -> list[Any]:
        v = self.victim
        known = {"client": v.pair.client_id, "contract": v.contract, "version": v.version, "draft": v.draft,
                 "trip": v.trip, "run": v.run, "invoice": v.invoice, "vendor": v.pair.vendor_id}  # fmt: skip
        self.cursor.execute(sql, {**{name: str(one) for name, one in known.items()}, **values})
        return list(self.cursor.fetchall()) if self.cursor.description else []

    def refusal(self, sql: str, **values: Any) -> str | None:
        """The program's code of the refusal, else the SQLSTATE, None when it was not refused."""
        try:
            self.run(sql, **values)
        except psycopg2.Error as error:
            return error.diag.constraint_name if str(error.pgcode).startswith("MIS") else error.pgcode
        return None

    def issue(self) -> None:
        """As the definer of issue does."""
        self.run(
            "UPDATE app.invoices SET status = 'ISSUED', number = 'INV/26-27/00001', fy = '26-27',"
            " invoice_date = '2026-11-01', issued_at = now() WHERE id = %(invoice)s"
        )
        self.run("UPDATE app.billing_runs SET posted_at = now() WHERE id = %(run)s")
        self.run("UPDATE app.billing_runs SET status = 'ISSUED', issued_at = now() WHERE id = %(run)s")


@pytest.fixture
def books(workspace: Profile, pair: Pair) -> Iterator[Books]:
    victim = make_victim(workspace, pair)
    with superuser(workspace) as connection, connection.cursor() as cursor:
        yield Books(cursor, victim)


def test_versions_in_force_do_not_overlap(books: Books) -> None:
    insert = (
        "INSERT INTO app.contract_versions (client_id, contract_id, number, billing_model, rules_config, validity,"
        " status) VALUES (%(client)s, %(contract)s, %(number)s, 'PER_TRIP', '{}', %(validity)s::tstzrange, 'ACTIVE')"
    )
    assert books.refusal(insert, number=5, validity="[2026-12-01,)") == "23P01"
    books.run(
        "UPDATE app.contract_versions SET validity = '[2026-01-01 00:00+05:30,2026-12-01)' WHERE id = %(version)s"
    )
    assert books.refusal(insert, number=5, validity="[2026-11-30 23:59:59.999999,)") == "23P01"
    assert books.refusal(insert, number=5, validity="[2026-12-01,)") is None, (
        "one ends, the next begins at the same instant"
    )
    assert books.refusal(insert.replace("'ACTIVE'", "'DRAFT'"), number=6, validity="[2026-12-01,)") is None
    for bad in ("empty", "(2026-01-01,)", "(,2026-01-01)", "[2026-01-01,2026-02-01]"):
        assert books.refusal(insert.replace("'ACTIVE'", "'DRAFT'"), number=7, validity=bad) == "23514", bad


def test_rules_and_start_of_a_version_in_force_are_fixed(books: Books) -> None:
    for change in ("rules_config = '{}'", "billing_model = 'HYBRID'", "number = 9", "status = 'DRAFT'",
                   "validity = '[2026-02-01,)'"):  # fmt: skip
        sql = f"UPDATE app.contract_versions SET {change} WHERE id = %(version)s"
        assert books.refusal(sql) == "VERSION_ACTIVE", change
    assert books.refusal("DELETE FROM app.contract_versions WHERE id = %(version)s") in ("VERSION_ACTIVE", "23503")
    assert books.refusal("UPDATE app.contract_versions SET rules_config = '{}' WHERE id = %(draft)s") is None


def test_a_billed_version_ends_after_its_last_issued_month(books: Books) -> None:
    end = "UPDATE app.contract_versions SET validity = tstzrange(lower(validity), %(until)s) WHERE id = %(version)s"
    books.issue()
    assert books.refusal(end, until="2026-10-31 23:59+05:30") == "VERSION_BILLED"
    assert books.refusal(end, until="2026-11-01 00:00+05:30") is None
    assert books.refusal(end, until="2027-11-01 00:00+05:30") is None


def test_a_superseded_version_is_kept_as_it_was(books: Books) -> None:
    books.run("UPDATE app.contract_versions SET superseded_at = now() WHERE id = %(version)s")
    assert books.refusal("UPDATE app.contract_versions SET note = 'x' WHERE id = %(version)s") == "VERSION_SUPERSEDED"


def test_trips_are_correctable_until_they_are_issued(books: Books) -> None:
    correct = "UPDATE app.trips SET distance_m = distance_m + 1 WHERE id = %(trip)s"
    assert books.refusal(correct) is None
    assert books.run("SELECT rev FROM app.trips WHERE id = %(trip)s") == [(2,)]
    rider = (
        "INSERT INTO app.trip_riders (client_id, trip_id, seq, employee_code) VALUES (%(client)s, %(trip)s, %(n)s, 'E')"
    )
    assert books.refusal(rider, n=2) is None
    assert books.run("SELECT rev FROM app.trips WHERE id = %(trip)s") == [(3,)], "a rider makes a new revision"
    assert books.refusal("DELETE FROM app.trips WHERE id = %(trip)s") == "TRIP_BILLED"
    books.issue()
    assert books.refusal(correct) == "TRIP_BILLED"
    assert books.refusal(rider, n=3) == "TRIP_BILLED"
    assert books.refusal("UPDATE app.trip_riders SET employee_code = 'X' WHERE trip_id = %(trip)s") == "TRIP_BILLED"


def test_trips_are_plausible(books: Books) -> None:
    for change in (
        "distance_m = 0",
        "distance_m = -1",
        "distance_m = 5000001",
        "end_time = start_time",
        "end_time = start_time - interval '1 s'",
        "vehicle_no = 'ka 01'",
        "status = 'DONE'",
    ):
        assert books.refusal(f"UPDATE app.trips SET {change} WHERE id = %(trip)s") == "23514", change
    assert books.refusal("UPDATE app.trips SET status = 'NO_SHOW', distance_m = 0 WHERE id = %(trip)s") is None


def test_a_trip_is_billed_once(books: Books) -> None:
    again = (
        "INSERT INTO app.trip_charges (client_id, run_id, trip_id, tax_milli, trip_rev, version_number)"
        " VALUES (%(client)s, %(other)s, %(trip)s, 18000, 1, 1)"
    )
    other = "01a1f900-0000-7000-8000-000000000001"
    books.run(
        "INSERT INTO app.billing_runs (client_id, id, contract_id, month, period, inputs, inputs_hash, engine_version)"
        " SELECT client_id, %(other)s, contract_id, '2026-11-01', period, inputs, inputs_hash, 1 FROM app.billing_runs"
        " WHERE id = %(run)s",
        other=other,
    )
    books.run(
        "INSERT INTO app.billing_run_versions (client_id, run_id, version_id, version_number, version_rev)"
        " SELECT client_id, %(other)s, version_id, version_number, version_rev FROM app.billing_run_versions"
        " WHERE run_id = %(run)s",
        other=other,
    )
    assert books.refusal(again, other=other) == "23505"
    books.run("UPDATE app.trip_charges SET released_at = now() WHERE run_id = %(run)s")
    assert books.refusal(again, other=other) is None


def test_a_charge_refers_to_a_trip_and_a_run_of_its_client(books: Books) -> None:
    insert = (
        "INSERT INTO app.trip_charges (client_id, run_id, trip_id, tax_milli, trip_rev, version_number, kind)"
        " VALUES (%(client)s, %(a_run)s, %(a_trip)s, 18000, 1, 1, 'DELTA')"
    )
    trip, run, nobody = str(books.victim.trip), str(books.victim.run), "01a1f900-0000-7000-8000-0000000000ff"
    assert books.refusal(insert, a_run=run, a_trip=nobody) == "23503"
    assert books.refusal(insert, a_run=nobody, a_trip=trip) == "23503"
    books.run("UPDATE app.trip_charges SET released_at = now() WHERE run_id = %(run)s")
    assert books.refusal("DELETE FROM app.trips WHERE id = %(trip)s") == "TRIP_BILLED", "a void bill's trips stay, too"
    assert books.refusal("UPDATE app.trips SET id = uuidv7() WHERE id = %(trip)s") == "TRIP_KEY"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE app.trips SET distance_m = distance_m + 1 WHERE id = %(trip)s",
        "UPDATE app.trips SET hold_reason = 'odd', held_at = now() WHERE id = %(trip)s",
        "UPDATE app.trips SET acceptance = 'SUBMITTED' WHERE id = %(trip)s",
        "UPDATE app.trips SET contract_id = NULL WHERE id = %(trip)s",
        "DELETE FROM app.billing_run_versions WHERE run_id = %(run)s",
    ],
)
def test_a_bill_charges_only_trips_that_are_its_own_and_as_they_were_rated(books: Books, change: str) -> None:
    books.run("DELETE FROM app.trip_charges WHERE run_id = %(run)s")
    insert = (
        "INSERT INTO app.trip_charges (client_id, run_id, trip_id, tax_milli, trip_rev, version_number)"
        " VALUES (%(client)s, %(run)s, %(trip)s, 18000, 1, 1)"
    )
    books.run("BEGIN")
    books.run(insert)
    books.run("ROLLBACK")
    books.run(change)
    assert books.refusal(insert) == "TRIPS_CHANGED"


def test_a_trip_being_charged_is_not_deleted_meanwhile(books: Books, workspace: Profile) -> None:
    """What an enforced foreign key would do by its row lock."""
    books.run("DELETE FROM app.trip_charges WHERE run_id = %(run)s")
    books.run("BEGIN")
    books.run(
        "INSERT INTO app.trip_charges (client_id, run_id, trip_id, tax_milli, trip_rev, version_number)"
        " VALUES (%(client)s, %(run)s, %(trip)s, 18000, 1, 1)"
    )
    with superuser(workspace) as connection, connection.cursor() as cursor:
        other = Books(cursor, books.victim)
        other.run("SET lock_timeout = '200ms'")
        assert other.refusal("DELETE FROM app.trips WHERE id = %(trip)s") == "55P03"
        books.run("COMMIT")
        assert other.refusal("DELETE FROM app.trips WHERE id = %(trip)s") == "TRIP_BILLED"


def test_one_run_a_contract_and_month(books: Books) -> None:
    again = (
        "INSERT INTO app.billing_runs (client_id, id, contract_id, month, period, inputs, inputs_hash, engine_version)"
        " SELECT client_id, uuidv7(), contract_id, month, period, inputs, inputs_hash, 1 FROM app.billing_runs"
        " WHERE id = %(run)s"
    )
    assert books.refusal(again) == "23505"
    books.run("UPDATE app.billing_runs SET status = 'SUPERSEDED' WHERE id = %(run)s")
    assert books.refusal(again) is None


def test_charges_are_written_once(books: Books) -> None:
    for table in ("trip_charges", "period_charges"):
        assert books.refusal(f"UPDATE app.{table} SET tax_milli = 0 WHERE run_id = %(run)s") == "CHARGE_FIXED"
    assert books.refusal("UPDATE app.trip_charges SET carpool_discount = 1 WHERE run_id = %(run)s") == "CHARGE_FIXED"
    books.issue()
    for table in ("trip_charges", "period_charges"):
        assert books.refusal(f"DELETE FROM app.{table} WHERE run_id = %(run)s") == "CHARGE_FIXED"
        assert books.refusal(f"TRUNCATE app.{table} CASCADE") == "APPEND_ONLY"


def test_a_run_goes_forward_and_keeps_its_figures(books: Books) -> None:
    books.issue()
    assert books.refusal("UPDATE app.billing_runs SET total = 1 WHERE id = %(run)s") == "RUN_POSTED"
    assert books.refusal("UPDATE app.billing_runs SET inputs = '{\"a\": 1}' WHERE id = %(run)s") == "RUN_POSTED"
    assert books.refusal("UPDATE app.billing_runs SET status = 'DRAFT' WHERE id = %(run)s") == "RUN_STATUS"
    assert books.refusal("DELETE FROM app.billing_runs WHERE id = %(run)s") == "RUN_KEPT"
    assert books.refusal("UPDATE app.billing_runs SET status = 'VOID', ended_at = now() WHERE id = %(run)s") is None


def test_an_issued_invoice_is_as_it_was_issued(books: Books) -> None:
    books.issue()
    columns = books.run(
        "SELECT attname, attnotnull FROM pg_attribute WHERE attrelid = 'app.invoices'::regclass AND attnum > 0"
        " AND NOT attisdropped AND attname NOT IN ('rev')"
    )
    for column, _ in columns:
        flipped = {"boolean": f"NOT {column}"}
        kind = books.run(
            "SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = 'app.invoices'::regclass"
            " AND attname = %(column)s",
            column=column,
        )[0][0]
        value = flipped.get(kind, {"text": "'x'", "uuid": "uuidv7()", "jsonb": "'{\"x\": 1}'", "date": "'2020-01-01'",
                                   "timestamp with time zone": "'2020-01-01'"}.get(kind, "-7"))  # fmt: skip
        assert books.refusal(f"UPDATE app.invoices SET {column} = {value} WHERE id = %(invoice)s"), column
    assert books.refusal("DELETE FROM app.invoices WHERE id = %(invoice)s") == "INVOICE_ISSUED"
    for sql in ("UPDATE app.invoice_lines SET amount = 1 WHERE invoice_id = %(invoice)s",
                "DELETE FROM app.invoice_lines WHERE invoice_id = %(invoice)s",
                "INSERT INTO app.invoice_lines (client_id, invoice_id, line_no, source, code, taxable, tax_milli,"
                " sac, description, amount)"
                " VALUES (%(client)s, %(invoice)s, 2, 'TRIP', 'X', true, 0, '9966', 'x', 1)"):  # fmt: skip
        assert books.refusal(sql) == "INVOICE_ISSUED", sql
    void = (
        "UPDATE app.invoices SET status = 'VOID', void_at = now(), void_reason = 'wrong client' WHERE id = %(invoice)s"
    )
    assert books.refusal(void) == "INVOICE_PAID"
    books.run(
        "UPDATE app.receipts SET reversed_at = now(), reversed_by = 'x', reverse_reason = 'x'"
        " WHERE client_id = %(client)s"
    )
    assert books.refusal(void) == "INVOICE_PAID", "something of it was written off, too"
    books.run(
        "UPDATE app.write_offs SET reversed_at = now(), reversed_by = 'x', reverse_reason = 'x'"
        " WHERE client_id = %(client)s"
    )
    assert books.refusal(void) is None
    assert books.refusal("UPDATE app.invoices SET void_reason = 'other' WHERE id = %(invoice)s") == "INVOICE_ISSUED"
    assert books.run("SELECT number FROM app.invoices WHERE id = %(invoice)s") == [("INV/26-27/00001",)]


def test_an_invoice_adds_up(books: Books) -> None:
    for change in ("total = total + 1", "tax = tax + 1", "cgst = cgst - 1", "number = 'X1'", "number = ' 1'"):
        assert books.refusal(f"UPDATE app.invoices SET {change} WHERE id = %(invoice)s") == "23514", change


def test_a_used_number_series_stays(books: Books) -> None:
    books.run("UPDATE app.number_series SET prefix = 'ABC' WHERE client_id = %(client)s")
    books.run("UPDATE app.number_series SET next_number = 2 WHERE client_id = %(client)s")
    for change in ("next_number = 1", "prefix = 'XYZ'", "first_number = 2"):
        sql = f"UPDATE app.number_series SET {change} WHERE client_id = %(client)s"
        assert books.refusal(sql) == "SERIES_USED", change
    assert books.refusal("DELETE FROM app.number_series WHERE client_id = %(client)s") == "SERIES_USED"


def test_the_time_zone_is_fixed_once_there_are_trips(books: Books) -> None:
    change = "UPDATE app.clients SET time_zone = %(zone)s WHERE id = %(client)s"
    assert books.refusal(change, zone="Asia/Dubai") == "TIME_ZONE_FIXED"
    assert books.refusal(change, zone="Asia/Kolkata") is None
    insert = "INSERT INTO app.clients (code, name, time_zone) VALUES ('ZONE', 'Zone', %(zone)s)"
    for bad in ("IST", "+05:30", "Asia/Nowhere", "", "UTC+5"):
        assert books.refusal(insert, zone=bad) == "UNKNOWN_TIME_ZONE", bad


def test_the_audit_log_only_grows(books: Books) -> None:
    assert books.run("SELECT count(*) > 0 FROM audit.events")[0][0]
    for sql in ("UPDATE audit.events SET action = 'X'", "DELETE FROM audit.events", "TRUNCATE audit.events"):
        assert books.refusal(sql) == "APPEND_ONLY", sql


def test_what_happened_to_a_trip_is_only_added_to(books: Books) -> None:
    for sql in ("UPDATE app.trip_actions SET reason = 'x'", "DELETE FROM app.trip_actions"):
        assert books.refusal(sql + " WHERE client_id = %(client)s") == "APPEND_ONLY", sql
