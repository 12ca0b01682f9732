"""What an attacker has: an own login, an own token and psql; and a victim that has a row in every table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg2

from billing.schemas.ids import new_id
from billing.services.workspace import owner_of, reach
from billing.store.keys import role_name
from billing.store.profiles import Profile
from billing.store.session import Session
from tests.support.people import Pair, People

EMPTY_HASH = "\\x" + "00" * 32


@contextmanager
def superuser(profile: Profile) -> Iterator[Any]:
    """An autocommit connection as mis_boot: what tests compare with, never what the program uses."""
    owner = owner_of(profile)
    connection = psycopg2.connect(
        host=owner.host, port=owner.port, user=owner.user, password=owner.password, dbname=profile.database
    )
    connection.autocommit = True
    try:
        yield connection
    finally:
        connection.close()


class Psql:
    """A user's own psql: autocommit, the role's own settings, and whatever token it sets."""

    def __init__(self, people: People, session: Session, token: str | None = None) -> None:
        profile = reach(people.profile)
        self.session = session
        self.connection = psycopg2.connect(
            host=profile.host,
            port=profile.port,
            dbname=profile.database,
            user=role_name(profile.workspace_id, session.email),
            password=people.secret_of(session.email),
        )
        self.connection.autocommit = True
        self.set_token(session.token if token is None else token)

    def set_token(self, token: str) -> None:
        """The token as a session setting, as any psql user may set it."""
        self.run("SELECT set_config('mis.jwt', %s, false)", token)

    def run(self, sql: str, *values: Any) -> list[Any]:
        """Run a statement; its rows, if it gives any."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            return cursor.fetchall() if cursor.description else []

    def changed(self, sql: str, *values: Any) -> int:
        """Run a statement; how many rows it touched."""
        with self.connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            return int(cursor.rowcount)

    def state_of(self, sql: str, *values: Any) -> str | None:
        """The SQLSTATE that a statement is refused with, None when it is not refused."""
        try:
            self.run(sql, *values)
        except psycopg2.Error as error:
            return error.pgcode or "lost"
        return None

    def close(self) -> None:
        """Leave."""
        self.connection.close()


@dataclass(frozen=True, slots=True)
class Victim:
    """A client with one row in every tenant table."""

    pair: Pair
    site: UUID
    branch: UUID
    contract: UUID
    version: UUID
    draft: UUID
    trip: UUID
    run: UUID
    invoice: UUID


def make_victim(profile: Profile, pair: Pair) -> Victim:
    """Give a client one row in every table that has a client_id."""
    ids = [new_id() for _ in range(7)]
    contract, version, draft, batch, trip, run, invoice = (str(one) for one in ids)
    client, vendor = str(pair.client_id), str(pair.vendor_id)
    with superuser(profile) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT id FROM app.client_sites WHERE client_id = %s", (client,))
        site = cursor.fetchone()[0]
        cursor.execute("SELECT id FROM app.vendor_branches WHERE vendor_id = %s", (vendor,))
        branch = cursor.fetchone()[0]
        for sql, values in _rows(client, vendor, site, branch, contract, version, draft, batch, trip, run, invoice):
            cursor.execute(sql, values)
    return Victim(pair, UUID(site), UUID(branch), ids[0], ids[1], ids[2], ids[4], ids[5], ids[6])


def _rows(client: str, vendor: str, site: str, branch: str, *ids: str) -> Sequence[tuple[str, tuple[Any, ...]]]:
    contract, version, draft, batch, trip, run, invoice = ids
    return [
        ("INSERT INTO app.employees (client_id, code, name) VALUES (%s, 'E1', 'Asha')", (client,)),
        ("INSERT INTO app.vehicles (client_id, vendor_id, vehicle_no) VALUES (%s, %s, 'KA01AB1234')", (client, vendor)),
        (
            "INSERT INTO app.contracts (client_id, id, vendor_id, name, site_id, branch_id)"
            " VALUES (%s, %s, %s, 'Cabs', %s, %s)",
            (client, contract, vendor, site, branch),
        ),
        (
            "INSERT INTO app.contract_versions (client_id, id, contract_id, number, billing_model, rules_config,"
            " validity, status) VALUES (%s, %s, %s, 1, 'PER_TRIP', '{\"base_fare\": \"100\"}',"
            " '[2026-01-01 00:00+05:30,)', 'ACTIVE')",
            (client, version, contract),
        ),
        (
            "INSERT INTO app.contract_versions (client_id, id, contract_id, number, billing_model, rules_config,"
            " validity) VALUES (%s, %s, %s, 2, 'PER_TRIP', '{\"base_fare\": \"110\"}', '[2027-01-01 00:00+05:30,)')",
            (client, draft, contract),
        ),
        (
            "INSERT INTO app.vehicle_slots (client_id, contract_id, slot, vehicle_no, valid_from)"
            " VALUES (%s, %s, 'S1', 'KA01AB1234', '2026-01-01')",
            (client, contract),
        ),
        (
            "INSERT INTO app.month_inputs (client_id, contract_id, month, sla_breaches)"
            " VALUES (%s, %s, '2026-10-01', 2)",
            (client, contract),
        ),
        (
            "INSERT INTO app.slot_months (client_id, contract_id, month, slot) VALUES (%s, %s, '2026-10-01', 'S1')",
            (client, contract),
        ),
        (
            "INSERT INTO app.employee_months (client_id, contract_id, month, employee_code)"
            " VALUES (%s, %s, '2026-10-01', 'E1')",
            (client, contract),
        ),
        ("INSERT INTO app.fuel_prices (client_id, valid_from, price_paise) VALUES (%s, '2026-10-01', 9000)", (client,)),
        ("INSERT INTO app.settings (client_id, key, value) VALUES (%s, 'invoice.footer', '\"x\"')", (client,)),
        (
            "INSERT INTO app.shared_views (client_id, screen, name, state) VALUES (%s, 'trips', 'Nights', '{}')",
            (client,),
        ),
        (
            "INSERT INTO app.import_mappings (client_id, vendor_id, name, mapping) VALUES (%s, %s, 'usual', '{}')",
            (client, vendor),
        ),
        (
            "INSERT INTO app.import_batches (client_id, id, file_id, vendor_id, file_name, file_sha256)"
            " VALUES (%s, %s, uuidv7(), %s, 'a.csv', %s)",
            (client, batch, vendor, EMPTY_HASH),
        ),
        (
            "INSERT INTO app.trips (client_id, id, vendor_id, contract_id, batch_id, start_time, end_time, distance_m,"
            " external_ref)"
            " VALUES (%s, %s, %s, %s, %s, '2026-10-05 09:00+05:30', '2026-10-05 10:00+05:30', 12400, 'T1')",
            (client, trip, vendor, contract, batch),
        ),
        (
            "INSERT INTO app.trip_riders (client_id, trip_id, seq, employee_code) VALUES (%s, %s, 1, 'E1')",
            (client, trip),
        ),
        ("INSERT INTO app.trip_actions (client_id, trip_id, action) VALUES (%s, %s, 'HOLD')", (client, trip)),
        (
            "INSERT INTO app.trip_reviews (client_id, trip_id, kind, reason, by_user)"
            " VALUES (%s, %s, 'OVERLAP', 'x', gen_random_uuid())",
            (client, trip),
        ),
        (
            "INSERT INTO app.billing_runs (client_id, id, contract_id, month, period, inputs, inputs_hash,"
            " engine_version) VALUES (%s, %s, %s, '2026-10-01', '[2026-10-01 00:00+05:30,2026-11-01 00:00+05:30)',"
            " '{}', %s, 1)",
            (client, run, contract, EMPTY_HASH),
        ),
        (
            "INSERT INTO app.billing_run_versions (client_id, run_id, version_id, version_number, version_rev)"
            " VALUES (%s, %s, %s, 1, 1)",
            (client, run, version),
        ),
        (
            "INSERT INTO app.trip_charges (client_id, run_id, trip_id, base_fare, taxable, tax_milli, trip_rev,"
            " version_number) VALUES (%s, %s, %s, 10000, 10000, 18000, 1, 1)",
            (client, run, trip),
        ),
        (
            "INSERT INTO app.period_charges (client_id, run_id, version_number, code, amount, tax_milli)"
            " VALUES (%s, %s, 1, 'MONTHLY_FEE', 100, 18000)",
            (client, run),
        ),
        (
            "INSERT INTO app.number_series (client_id, vendor_id, branch_id, doc_type, fy, prefix)"
            " VALUES (%s, %s, %s, 'INVOICE', '26-27', 'INV')",
            (client, vendor, branch),
        ),
        (
            "INSERT INTO app.run_parkings (client_id, run_id, last_run_id, lines, last_lines, total, last_total,"
            " confirmed_at, confirmed_by) VALUES (%s, %s, %s, 9, 1, 9, 1, now(), gen_random_uuid())",
            (client, run, run),
        ),
        (
            "INSERT INTO app.invoices (client_id, id, run_id, contract_id, vendor_id, site_id, branch_id, month,"
            " supply, sac, taxable, tax, cgst, sgst, total)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, '2026-10-01', 'INTRA', '996601', 10100, 1818, 909, 909, 11918)",
            (client, invoice, run, contract, vendor, site, branch),
        ),
        (
            "INSERT INTO app.billing_periods (client_id, month, is_closed, closed_by)"
            " VALUES (%s, '2026-09-01', true, gen_random_uuid())",
            (client,),
        ),
        (
            "INSERT INTO app.opening_usage (client_id, contract_id, month, distance_m)"
            " VALUES (%s, %s, '2026-10-01', 5)",
            (client, contract),
        ),
        (
            "INSERT INTO app.opening_invoices (client_id, vendor_id, number, invoice_date, total, open_amount)"
            " VALUES (%s, %s, 'OLD/25-26/7', '2026-03-31', 500, 200)",
            (client, vendor),
        ),
        (
            "INSERT INTO app.invoice_lines (client_id, invoice_id, line_no, source, code, taxable, tax_milli, sac,"
            " description, amount) VALUES (%s, %s, 1, 'TRIP', 'BASE_FARE', true, 18000, '996601', 'Base fare', 10000)",
            (client, invoice),
        ),
        (
            "INSERT INTO app.einvoices (client_id, invoice_id, irn, ack_no, ack_date, status, cancelled_at)"
            " VALUES (%s, %s, repeat('a', 64), '112', '2026-11-05 10:00', 'CNL', '2026-11-05 11:00')",
            (client, invoice),
        ),
        (
            "INSERT INTO app.ims_answers (client_id, invoice_id, status, acted_on)"
            " VALUES (%s, %s, 'ACCEPTED', '2026-11-05')",
            (client, invoice),
        ),
        (
            "INSERT INTO app.vendor_bills (client_id, id, vendor_id, number, first_day, last_day, file_name,"
            " file_sha256, basis, tolerance, window_s, rows, amount) VALUES (%s, %s, %s, 'VB1', '2026-10-01',"
            " '2026-10-31', 'a.csv', %s, 'BEFORE_TAX', 100, 1800, 1, 10000)",
            (client, run, vendor, EMPTY_HASH),
        ),
        (
            "INSERT INTO app.vendor_bill_rows (client_id, bill_id, row_no, sheet_row, trip_ref, amount)"
            " VALUES (%s, %s, 1, 2, 'T1', 10000)",
            (client, run),
        ),
        (
            "INSERT INTO app.vendor_bill_matches (client_id, bill_id, place, row_no, trip_id, how, bucket, theirs,"
            " ours)"
            " VALUES (%s, %s, 1, 1, %s, 'ID', 'EXACT', 10000, 10000)",
            (client, run, trip),
        ),
        (
            "INSERT INTO app.vendor_bill_day_trips (client_id, bill_id, place, trip_id) VALUES (%s, %s, 1, %s)",
            (client, run, trip),
        ),
        (
            "INSERT INTO app.vendor_disputes (client_id, id, bill_id, row_no, reason, owner, raised_by, pay_amount)"
            " VALUES (%s, %s, %s, 1, 'RATE', 'x', 'x', 0)",
            (client, run, run),
        ),
        (
            "INSERT INTO app.vendor_dispute_files (client_id, id, dispute_id, file_name, media_type, content, added_by)"
            " VALUES (%s, uuidv7(), %s, 'a.pdf', 'application/pdf', 'x', 'x')",
            (client, run),
        ),
        (
            "INSERT INTO app.vendor_payees (client_id, vendor_id, beneficiary, account_no, ifsc)"
            " VALUES (%s, %s, 'Asha Cabs', '123456789', 'HDFC0001234')",
            (client, vendor),
        ),
        (
            "INSERT INTO app.vendor_payouts (client_id, id, bill_id, vendor_id, paid_on, fy, amount, tax, tds_base,"
            " tds_milli, tds, net, made_by) VALUES (%s, %s, %s, %s, '2026-11-05', '26-27', 1, 0, 0, 0, 0, 1, 'x')",
            (client, run, run, vendor),
        ),
        (
            "INSERT INTO app.vendor_debit_series (client_id, id, fy, prefix) VALUES (%s, %s, '26-27', 'DM')",
            (client, run),
        ),
        (
            "INSERT INTO app.vendor_debit_notes (client_id, id, vendor_id, bill_id, series_id, sequence_no, number,"
            " note_date, amount, tax, total, reason, parties, issued_by)"
            " VALUES (%s, %s, %s, %s, %s, 1, 'DM/26-27/00001', '2026-11-05', 5, 0, 5, 'x', '{}', 'x')",
            (client, run, vendor, run, run),
        ),
        (
            "INSERT INTO app.vendor_debit_lines (client_id, note_id, line_no, dispute_id, row_no, ref, reason, billed,"
            " agreed, amount, tax) VALUES (%s, %s, 1, %s, 1, 'T1', 'RATE', 5, 0, 5, 0)",
            (client, run, run),
        ),
        (
            "INSERT INTO app.receipts (client_id, id, vendor_id, received_on, amount)"
            " VALUES (%s, %s, %s, '2026-11-05', 9)",
            (client, run, vendor),
        ),
        (
            "INSERT INTO app.receipt_lines (client_id, receipt_id, line_no, invoice_id, amount)"
            " VALUES (%s, %s, 1, %s, 5)",
            (client, run, invoice),
        ),
        (
            "INSERT INTO app.write_offs (client_id, id, vendor_id, invoice_id, written_on, amount, reason)"
            " VALUES (%s, %s, %s, %s, '2026-11-05', 1, 'ROUNDING')",
            (client, run, vendor, invoice),
        ),
    ]
