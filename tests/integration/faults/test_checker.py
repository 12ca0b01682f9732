"""The separate checker finds what is wrong: a sound database is clean, and each corruption is named."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from billing.schemas.ids import new_id
from billing.services.billing import discard_run, run_bill
from billing.services.invoices import issue_invoice, void_invoice
from billing.services.notes import write_note
from billing.services.settle import write_settlement
from billing.services.trips import import_file
from tests.integration.faults.conftest import SEPTEMBER, World
from tests.support.checker import CHECKS, violations
from tests.support.hostile import superuser
from tests.support.sheets import row, write_csv

_INVOICE = "(SELECT id FROM app.invoices WHERE status = 'ISSUED' ORDER BY id LIMIT 1)"
_CHARGE = "(client_id, run_id, trip_id) = (SELECT client_id, run_id, trip_id FROM app.trip_charges ORDER BY 3 LIMIT 1)"
_EVENT = "(chain, seq) = (SELECT chain, seq FROM audit.events WHERE seq > 1 ORDER BY chain, seq LIMIT 1)"
CORRUPTIONS = {
    "UPDATE app.trip_charges SET distance = distance + 1 WHERE " + _CHARGE: "the trip's figures are the sum",
    "UPDATE app.trip_charges SET distance = distance + 1, taxable = taxable + 1 WHERE " + _CHARGE: "a run's totals are",
    "UPDATE app.billing_runs SET total = total + 1 WHERE status = 'ISSUED'": "an invoice says what its run says",
    "UPDATE app.billing_runs SET trips = trips + 1 WHERE status = 'ISSUED'": "a run's totals are the sum",
    "UPDATE app.invoices SET total = total + 100, round_off = round_off + 100 WHERE id = "
    + _INVOICE: "an invoice says",
    "UPDATE app.invoice_lines SET amount = amount + 1 WHERE invoice_id = " + _INVOICE: "an invoice is the sum",
    "UPDATE app.invoice_lines SET code = 'WAITING' WHERE code = 'NIGHT'": "an invoice's lines are the sum",
    "UPDATE app.invoice_lines SET tax = tax + 1 WHERE invoice_id = " + _INVOICE: "an invoice is the sum of its lines",
    "UPDATE app.invoice_lines l SET amount = l.amount * 1000000 FROM app.invoices i"
    " WHERE i.id = l.invoice_id AND i.doc_type = 'CREDIT_NOTE'": "notes take no more than was billed",
    "UPDATE app.invoices SET doc_type = 'DEBIT_NOTE' WHERE corrects_id IS NOT NULL": "a note's run is its document",
    "UPDATE app.trip_charges c SET incentive = -1 FROM app.billing_runs r"
    " WHERE r.id = c.run_id AND r.status = 'ISSUED'": "no trip costs less than nothing",
    "UPDATE app.trip_charges SET released_at = now() WHERE " + _CHARGE: "a trip is billed at most once",
    "DELETE FROM app.trips WHERE id = (SELECT trip_id FROM app.trip_charges ORDER BY 1 LIMIT 1)": "a charge has",
    "UPDATE app.trips SET start_time = start_time - interval '1 year', end_time = end_time - interval '1 year'"
    " WHERE id = (SELECT trip_id FROM app.trip_charges ORDER BY 1 LIMIT 1)": "a charge has its trip and its run",
    "UPDATE app.number_series SET next_number = next_number + 1": "numbers have no gap",
    "UPDATE app.invoices SET sequence_no = sequence_no + 7 WHERE id = " + _INVOICE: "numbers have no gap",
    "DELETE FROM app.invoices WHERE id = " + _INVOICE: "states go together",
    "UPDATE app.billing_runs SET status = 'DRAFT' WHERE status = 'ISSUED'": "states go together",
    "UPDATE app.billing_runs SET posted_at = NULL WHERE status = 'ISSUED'": "states go together",
    "INSERT INTO app.contract_versions"
    " (client_id, id, contract_id, number, billing_model, rules_config, validity, status)"
    " SELECT client_id, uuidv7(), contract_id, 9, billing_model, rules_config, validity, status"
    " FROM app.contract_versions WHERE status = 'ACTIVE' LIMIT 1": "states go together",
    "DELETE FROM app.trips WHERE batch_id IS NOT NULL": "an import is whole",
    "UPDATE app.import_batches SET status = 'UNDONE'": "an import is whole",
    "UPDATE app.import_batches SET distance_m = distance_m + 1": "an import is whole",
    "UPDATE audit.events SET reason = 'another' WHERE " + _EVENT: "the audit chain holds",
    "DELETE FROM audit.events WHERE " + _EVENT: "the audit chain holds",
    "UPDATE audit.heads SET seq = seq + 1": "the audit chain holds",
    "INSERT INTO audit.queue (chain, action, entity) VALUES (gen_random_uuid(), 'X', 'x')": "the audit chain holds",
    "UPDATE audit.events SET action = 'ISSUED' WHERE action = 'ISSUE'": "what moved money is in the audit log once",
    "UPDATE audit.events SET action = 'RAN' WHERE action = 'RUN'": "what moved money is in the audit log once",
}


@pytest.fixture(scope="module")
def ledger(broken_world: World, tmp_path_factory: pytest.TempPathFactory) -> World:
    """An issued bill with a note, a void, a drafted and a discarded one, and an import."""
    world = broken_world
    for what in ("issue", "void", "draft", "discard"):
        view = world.contract().view
        (run,) = run_bill(world.session, client=str(view.contract.client_id), month=SEPTEMBER).runs
        assert run.invoice is not None
        assert run.run_id is not None
        invoice = str(run.invoice.invoice_id)
        if what in ("issue", "void"):
            issue_invoice(world.session, invoice=invoice)
        if what == "issue":
            note = write_note(world.session, invoice=invoice, amounts={1: 100}, reason="goodwill")
            issue_invoice(world.session, invoice=str(note.invoice_id))
        if what == "void":
            void_invoice(world.session, invoice=invoice, reason="wrong month")
        if what == "discard":
            discard_run(world.session, client_id=run.client_id, run_id=run.run_id)
    _settle(world)
    rows = [row(n, client=world.pair.client.code, vendor=world.pair.link.code) for n in (1, 2, 3)]
    assert import_file(world.session, write_csv(tmp_path_factory.mktemp("sheet") / "trips.csv", rows)).written
    return world


def _settle(world: World) -> None:
    """A settlement of a trip that came late."""
    agreed = world.contract()
    client = str(agreed.view.contract.client_id)
    (run,) = run_bill(world.session, client=client, month=SEPTEMBER).runs
    assert run.invoice is not None
    number = issue_invoice(world.session, invoice=str(run.invoice.invoice_id)).number
    first = agreed.trips[0]
    start, end = first.start_time.replace(day=25), first.end_time.replace(day=25)
    late = replace(first, id=new_id(), external_ref="LATE", start_time=start, end_time=end)
    with world.session.unit_of_work() as uow:
        uow.trip_inserts.add([late])
        uow.commit()
    assert write_settlement(world.session, invoice=number, client=client, reason="a trip came late")


@pytest.fixture
def tampering(ledger: World) -> Iterator[Any]:
    """A superuser for whom no trigger and no key counts; all of it is rolled back."""
    with superuser(ledger.profile) as connection:
        connection.autocommit = False
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL session_replication_role = replica")
            cursor.execute("ALTER TABLE app.contract_versions DROP CONSTRAINT versions_no_overlap")
        yield connection
        connection.rollback()


def test_a_sound_database_is_clean(ledger: World) -> None:
    ledger.check()


@pytest.mark.parametrize("sql", CORRUPTIONS)
def test_a_corrupted_row_is_found(tampering: Any, sql: str) -> None:
    with tampering.cursor() as cursor:
        cursor.execute(sql)
        assert cursor.rowcount > 0, "the corruption touched nothing"
    found = violations(tampering)
    assert any(line.startswith(CORRUPTIONS[sql]) for line in found), found


def test_every_check_is_tried(ledger: World) -> None:
    tried = tuple(CORRUPTIONS.values())
    assert [name for name in CHECKS if not name.startswith(tried)] == []


def test_only_a_superuser_can_check(ledger: World) -> None:
    raw = ledger.session.connect()
    with pytest.raises(RuntimeError, match="superuser"):
        violations(raw.connection.driver_connection)
    raw.close()
