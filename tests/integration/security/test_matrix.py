"""Every cell of the matrix: 4 roles x operations x own and foreign client, with the user's own psql (SECURITY.md (c)).

resources/rights.json says who may; each operation is tried as raw SQL and rolled back. Refused means SQLSTATE 42501 or
no row touched; an operation that a business rule stops (already issued, nothing to do) was allowed.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest

from billing import rights
from tests.support.hostile import Psql
from tests.support.matrix import Target
from tests.support.people import People

ROLES = tuple(rights.roles())
_TRIP = (
    "INSERT INTO app.trips (client_id, vendor_id, start_time, end_time, distance_m, external_ref, acceptance)"
    " VALUES (%(client)s, %(vendor)s, now() - interval '1 hour', now(), 1000, 'M1', '{}')"
)
TRIES = {
    "account.own": "SELECT auth.end_own_sessions(uuidv7())",
    "trips.odd": "SELECT kind FROM app.trip_reviews WHERE client_id = %(client)s",
    "trips.pass": "INSERT INTO app.trip_reviews (client_id, trip_id, kind, reason) VALUES (%(client)s, %(submitted)s,"
    " 'OVERLAP', 'm')",
    "inputs.view": "SELECT month FROM app.month_inputs WHERE client_id = %(client)s",
    "inputs.edit": "INSERT INTO app.fuel_prices (client_id, valid_from, price_paise) VALUES (%(client)s, '2026-09-01',"
    " 9100)",
    "vendors.link": "UPDATE app.client_vendors SET code = 'MX2' WHERE client_id = %(client)s",
    "views.own": "INSERT INTO app.saved_views (user_id, screen, name, state) VALUES (auth.user_id(), 'm', 'm', '{{}}')",
    "views.shared": "SELECT name FROM app.shared_views WHERE client_id = %(client)s",
    "views.share": "INSERT INTO app.shared_views (client_id, screen, name, state)"
    " VALUES (%(client)s, 'm', 'm', '{{}}')",
    "trips.view": "SELECT id FROM app.trips WHERE id = %(trip)s",
    "trips.riders": "SELECT seq FROM app.trip_riders WHERE trip_id = %(trip)s",
    "trips.add": _TRIP.format("ACCEPTED"),
    "trips.submit": _TRIP.format("SUBMITTED"),
    "trips.correct": "UPDATE app.trips SET distance_m = distance_m + 1 WHERE id = %(trip)s",
    "trips.correct_submitted": "UPDATE app.trips SET distance_m = distance_m + 1 WHERE id = %(submitted)s",
    "trips.accept": "UPDATE app.trips SET acceptance = 'ACCEPTED' WHERE id = %(submitted)s",
    "trips.hold": "UPDATE app.trips SET hold_reason = 'odd', held_at = now() WHERE id = %(trip)s",
    "trips.undo_import": "SELECT api.undo_batch(%(client)s, %(batch)s)",
    "contracts.view": "SELECT id FROM app.contract_versions WHERE id = %(version)s",
    "contracts.add": "INSERT INTO app.contracts (client_id, vendor_id, name, site_id, branch_id)"
    " VALUES (%(client)s, %(vendor)s, 'M', %(site)s, %(branch)s)",
    "contracts.draft": "UPDATE app.contract_versions SET note = 'm' WHERE id = %(draft)s",
    "contracts.correct": "SELECT api.correct_version(%(client)s, %(version)s, 99, uuidv7(), 'HYBRID', '{{}}', 'why')",
    "contracts.end": "SELECT api.end_contract(%(client)s, %(contract)s, 99, now(), 'why')",
    "billing.run": "SELECT api.start_run(%(client)s, uuidv7(), %(contract)s, '2026-09-01', '{{}}',"
    " sha256('x'), 1, '{{}}', '{{}}')",
    "billing.confirm": "SELECT api.confirm_run(%(client)s, %(run)s)",
    "billing.discard": "SELECT api.discard_run(%(client)s, %(run)s)",
    "billing.amounts": "SELECT taxable FROM app.trip_charges WHERE run_id = %(run)s",
    "invoices.view": "SELECT total FROM app.invoices WHERE id = %(invoice)s",
    "invoices.issue": "SELECT api.issue_invoice(%(client)s, %(invoice)s, ARRAY['INV'], 'words')",
    "invoices.void": "SELECT api.void_invoice(%(client)s, %(invoice)s, 'why')",
    "invoices.approve": "SELECT api.approve_invoice(%(client)s, %(invoice)s)",
    "invoices.note": "SELECT api.start_note(%(client)s, uuidv7(), %(invoice)s, '{{}}', sha256('x'), 1, '{{}}', '{{}}')",
    "invoices.controls": "INSERT INTO app.settings (client_id, key, value)"
    " VALUES (%(client)s, 'control.approval', 'true')",
    "months.close": "SELECT api.close_month(%(client)s, '2026-08-01')",
    "months.reopen": "SELECT api.reopen_month(%(client)s, '2026-09-01', 'why')",
    "trips.correct_billed": "SELECT api.correct_billed_trip(%(client)s, %(trip)s, 1, uuidv7(), NULL, 'why')",
    "opening.save": "SELECT api.save_opening(%(client)s, '[]', '[]')",
    "invoices.series": "SELECT api.set_series(%(client)s, %(vendor)s, %(branch)s, 'INVOICE', '27-28', 'MX',"
    " '{{prefix}}/{{yy-yy}}/{{00001}}', 1)",
    "vendor_bills.view": "SELECT place FROM app.vendor_bill_matches WHERE bill_id = %(run)s",
    "vendor_bills.edit": "SELECT api.undo_vendor_bill(%(client)s, %(run)s, 'why')",
    "payouts.make": "SELECT api.reverse_payout(%(client)s, %(run)s, 'why')",
    "payments.view": "SELECT amount FROM app.receipts WHERE id = %(run)s",
    "payments.record": "SELECT api.reverse_receipt(%(client)s, %(run)s, 'why')",
    "clients.view": "SELECT id FROM app.clients WHERE id = %(client)s",
    "clients.edit": "UPDATE app.clients SET name = 'm' WHERE id = %(client)s",
    "sites.edit": "UPDATE app.client_sites SET city = 'm' WHERE client_id = %(client)s",
    "employees.view": "SELECT name FROM app.employees WHERE client_id = %(client)s",
    "employees.edit": "UPDATE app.employees SET name = 'm' WHERE client_id = %(client)s",
    "vehicles.edit": "UPDATE app.vehicles SET seats = 4 WHERE client_id = %(client)s",
    "vendors.view": "SELECT id FROM app.vendors WHERE id = %(vendor)s",
    "vendors.edit": "UPDATE app.vendors SET name = 'm' WHERE id = %(vendor)s",
    "vendors.add": "SELECT api.add_vendor(%(client)s, uuidv7(), 'MX1', '{{}}', 'FOR_VENDOR', 'M', NULL, false, 'OTHER',"
    """ '{{"code": "MAIN", "name": "M", "legal_name": "", "address_1": "", "address_2": "", "city": ""}}')""",
    "settings.workspace": "UPDATE app.workspace SET idle_minutes = 20",
    "settings.invoice": "UPDATE app.settings SET value = '1' WHERE client_id = %(client)s AND key = 'invoice.footer'",
    "einvoices.record": "SELECT api.cancel_einvoice(%(client)s, %(invoice)s, '2', 'why')",
    "einvoices.keys": "INSERT INTO app.settings (key, value) VALUES ('einvoice.portal_keys', '[]')",
    "ims.record": "SELECT api.record_ims(%(client)s, %(invoice)s, 'ACCEPTED', '', NULL)",
    "letterheads.edit": "SELECT api.set_letterhead(%(vendor)s, %(branch)s, '', '', 0, 0, 'm', '')",
    "taxes.edit": "UPDATE app.gst_rates SET percent = percent",
    "audit.read": "SELECT seq FROM api.read_audit(%(client)s, NULL, 1, NULL, NULL, NULL, NULL, NULL, NULL)",
    "audit.verify": "SELECT entries FROM api.verify_audit(%(client)s)",
    "users.view": "SELECT id FROM auth.users WHERE id <> auth.user_id()",
    "users.manage": "SELECT auth.end_sessions((SELECT id FROM auth.users WHERE role = 'VIEWER' AND id <> auth.user_id()"
    " LIMIT 1))",
}
WITHOUT_CLIENT = {
    "account.own",
    "views.own",
    "einvoices.keys",
    "settings.workspace",
    "taxes.edit",
    "users.view",
    "users.manage",
}
REFUSED = ("42501", "28000")


@pytest.fixture
def shell(request: pytest.FixtureRequest, people: People, own: Target) -> Iterator[Psql]:
    """The psql of a user with the role, bound to the own client (and its vendor)."""
    people.sign_in("VIEWER", own.victim.pair)  # somebody to manage
    opened = Psql(people, people.sign_in(request.param, own.victim.pair))
    yield opened
    opened.close()


def _outcome(shell: Psql, operation: str, target: Target) -> str:
    """What became of it: 'done', 'refused', or the code of the rule that stopped it."""
    with shell.connection.cursor() as cursor:
        cursor.execute("BEGIN")
        try:
            cursor.execute(TRIES[operation].replace("{{", "{").replace("}}", "}"), target.names)
            touched = cursor.rowcount
        except psycopg2.Error as error:
            return "refused" if error.pgcode in REFUSED else str(error.diag.constraint_name or error.pgcode)
        finally:
            cursor.execute("ROLLBACK")
        return "done" if touched else "refused"


def test_every_operation_is_tried() -> None:
    """What only the window keeps out of the way has nothing that the database could refuse."""
    assert set(TRIES) == {one for one in rights.operations() if not rights.only_window(one)}


@pytest.mark.parametrize("shell", ROLES, indirect=True)
def test_the_matrix(request: pytest.FixtureRequest, shell: Psql, own: Target, foreign: Target) -> None:
    role = shell.session.role
    wrong = []
    for operation in TRIES:
        scope = rights.scope_of(role, operation)
        found: dict[str, Any] = {"own": _outcome(shell, operation, own)}
        if operation not in WITHOUT_CLIENT:
            found["foreign"] = _outcome(shell, operation, foreign)
        assert all(not outcome[:2].isdigit() for outcome in found.values()), (
            operation,
            found,
        )
        wanted = {"own": bool(scope), "foreign": scope == "all"}
        wrong += [
            f"{role} {operation} on {where} client: {outcome}"
            for where, outcome in found.items()
            if (outcome != "refused") != wanted[where]
        ]
    assert wrong == []
