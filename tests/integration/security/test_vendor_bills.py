"""Vendors' bills, payouts, payments: a vendor's staff, a viewer and another client's admin get nothing, do nothing."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from billing.schemas.ids import new_id
from tests.support.hostile import Psql, Victim
from tests.support.people import People

TABLES = (
    "vendor_bills", "vendor_bill_rows", "vendor_bill_matches", "vendor_bill_day_trips", "vendor_disputes",
    "vendor_dispute_files", "vendor_payees", "vendor_payouts", "vendor_debit_series", "vendor_debit_notes",
    "vendor_debit_lines",
)  # fmt: skip
CALLS = (
    "SELECT api.add_vendor_bill(%(client)s, '{{\"rows\": 1}}', '[]')",
    "SELECT api.match_vendor_bill(%(client)s, %(bill)s, '[]')",
    "SELECT api.undo_vendor_bill(%(client)s, %(bill)s, 'why')",
    "SELECT api.raise_dispute(%(client)s, %(bill)s, 1, %(new)s, 'RATE', '', '', NULL)",
    "SELECT api.attach_evidence(%(client)s, %(bill)s, %(new)s, 'a.pdf', 'application/pdf', 'x')",
    "SELECT api.resolve_dispute(%(client)s, %(bill)s, 1, 'OURS', NULL, 'why')",
    "SELECT * FROM api.vendor_bill_payable(%(client)s, %(bill)s, current_date)",
    "SELECT api.make_payout(%(client)s, %(bill)s, '{{}}')",
    "SELECT api.reverse_payout(%(client)s, %(bill)s, 'why')",
    "SELECT * FROM api.debit_lines(%(client)s, %(bill)s)",
    "SELECT api.bill_parties(%(client)s, %(bill)s)",
    "SELECT api.issue_debit_note(%(client)s, %(bill)s, %(new)s, NULL, 'why', 'DM')",
    "SELECT api.void_debit_note(%(client)s, %(bill)s, 'why')",
    "SELECT api.set_payout_reference(%(client)s, %(bill)s, 'UTR1')",
    "SELECT api.save_payee(%(client)s, %(vendor)s, 'Me', '1234567890', 'HDFC0001234')",
    "SELECT api.set_off(%(client)s, %(new)s, '{{}}')",
    "SELECT api.write_off(%(client)s, %(new)s, '{{}}')",
    "SELECT api.reverse_write_off(%(client)s, %(bill)s, 'why')",
    "SELECT api.record_receipt(%(client)s, '{{}}', '[]')",
    "SELECT api.spread_advance(%(client)s, %(bill)s, '[]')",
    "SELECT api.reverse_receipt(%(client)s, %(bill)s, 'why')",
)


@pytest.fixture(params=["VENDOR_ADMIN", "VIEWER", "another client's admin"])
def shell(request: pytest.FixtureRequest, people: People, victim: Victim, psql: Callable[..., Psql]) -> Psql:
    """Psql of somebody who may not."""
    if request.param == "another client's admin":
        return psql(people.sign_in("CLIENT_ADMIN", people.new_pair()))
    return psql(people.sign_in(request.param, victim.pair))


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.split("api.")[1].split("(")[0])
def test_no_function_is_theirs(shell: Psql, victim: Victim, call: str) -> None:
    names = {"client": victim.pair.client_id, "vendor": victim.pair.vendor_id, "bill": victim.run, "new": new_id()}
    statement = call.replace("{{", "{").replace("}}", "}")
    for name, value in names.items():
        statement = statement.replace(f"%({name})s", f"'{value}'")
    assert shell.state_of(statement) == "42501"


@pytest.mark.parametrize("table", TABLES)
def test_no_row_is_theirs(shell: Psql, victim: Victim, table: str) -> None:
    statement = f"SELECT 1 FROM app.{table} WHERE client_id = '{victim.pair.client_id}'"
    state = shell.state_of(statement)
    assert state == "42501" or shell.run(statement) == []
    for write in (f"DELETE FROM app.{table}", f"UPDATE app.{table} SET client_id = client_id"):
        assert shell.state_of(write) == "42501"


def test_payments_of_a_client_are_for_its_own_people(people: People, victim: Victim, psql: Callable[..., Psql]) -> None:
    statement = f"SELECT 1 FROM app.receipts WHERE client_id = '{victim.pair.client_id}'"
    assert psql(people.sign_in("VIEWER", victim.pair)).run(statement) == [(1,)]
    assert psql(people.sign_in("VENDOR_ADMIN", victim.pair)).state_of(statement) == "42501"
    assert psql(people.sign_in("CLIENT_ADMIN", people.new_pair())).run(statement) == []
