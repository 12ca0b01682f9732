"""Vendor bills and payments by clicks: import, compare, dispute, settle, pay out; record, remind, reverse."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QFileDialog

from billing.services.billing import run_bill
from billing.services.invoices import issue_invoice
from billing.services.vendor_bill_import import import_bill
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.views.dialogs.debit_note import DebitNoteDialog
from moveinsync_desktop.views.dialogs.payout_reference import PayoutReferenceDialog
from moveinsync_desktop.views.dialogs.print_preview import PreviewDialog
from moveinsync_desktop.views.dialogs.reason import ReasonDialog
from moveinsync_desktop.views.dialogs.record_payment import RecordPayment
from moveinsync_desktop.views.dialogs.vendor_bill_import import VendorBillImport
from moveinsync_desktop.views.dialogs.vendor_dispute import DisputeDialog, ResolveDialog
from moveinsync_desktop.views.dialogs.vendor_payout import PayoutDialog
from moveinsync_desktop.views.dialogs.write_off import WriteOffDialog
from moveinsync_desktop.views.payments import PaymentsScreen
from moveinsync_desktop.views.vendor_bills import VendorBillsScreen
from tests.integration.billing.conftest import IST, OCTOBER, Month, contract_for
from tests.support.people import Pair
from tests.support.sheets import write_csv

WAIT = 20_000
RULES = {"base_fare": "100", "per_km_rate": "20", "carpool_discount": "0.2", "tax_percentage": "5"}


@pytest.fixture
def month(context: AppContext, client_admin: Any, pair: Pair) -> Month:
    made = Month(pair, client_admin, contract_for(client_admin, pair, model="PER_TRIP", rules=RULES, name="Cabs"))
    made.add(made.trip(1, "10"), made.trip(2, "10"), made.trip(3, "10", is_carpool=True))
    context.session, context.client_id, context.client_name = client_admin, client_admin.client_id, pair.client.name
    context.month, context.zone, context.person = OCTOBER, IST, "asha@acme.in"
    return made


@pytest.fixture
def sheet(month: Month, tmp_path: Path) -> Path:
    rows = [("T00001", "10", 300), ("T00002", "12", 340), ("T00003", "10", 300), ("X9", "5", 200)]
    return write_csv(tmp_path / "bill.csv", rows, header=("Trip ID", "Kms", "Amount"))


def opened(qtbot: Any, made: Any) -> Any:
    qtbot.addWidget(made)
    made.resize(1200, 720)
    made.show()
    return made


@pytest.fixture
def bills(qtbot: Any, context: AppContext, month: Month) -> Iterator[VendorBillsScreen]:
    made = opened(qtbot, VendorBillsScreen(context))
    context.workers.changes.connect(made.on_changes)
    qtbot.waitUntil(lambda: made.bills.phase in ("ready", "empty"), timeout=WAIT)
    yield made
    qtbot.waitUntil(lambda: not context.workers.running, timeout=WAIT)


def accept(monkeypatch: pytest.MonkeyPatch, dialog: type, fill: Callable[[Any], object] = lambda _d: None) -> None:
    """Fill and accept a dialog instead of showing it modally."""

    def ask(self: Any) -> bool:
        fill(self)
        self.accept()
        return bool(self.result() == QDialog.DialogCode.Accepted)

    monkeypatch.setattr(dialog, "ask", ask)


@pytest.fixture
def on_bill(qtbot: Any, bills: VendorBillsScreen, month: Month, sheet: Path) -> VendorBillsScreen:
    done = import_bill(month.session, sheet, vendor=month.pair.link.code)
    assert done.view is not None
    bills.open_bill(str(done.view.bill.id))
    qtbot.waitUntil(lambda: bills.view is not None, timeout=WAIT)
    return bills


def test_a_bill_is_compared_before_it_is_stored(
    qtbot: Any, bills: VendorBillsScreen, month: Month, sheet: Path
) -> None:
    link = month.pair.link.code
    dialog = VendorBillImport(bills, month.pair.client.code, [(link, "Vendor")], sheet)
    qtbot.addWidget(dialog)
    qtbot.waitUntil(lambda: dialog.imported is not None, timeout=WAIT)
    assert {row.bucket: row.lines for row in dialog.buckets.rows} == {"EXACT": 1, "OVER": 2, "ONLY_VENDOR": 1}
    assert "Nothing is stored yet" in dialog.notice.accessibleName()
    assert bills.bills.rows == []
    dialog.import_button.click()
    qtbot.waitUntil(lambda: dialog.result() == QDialog.DialogCode.Accepted, timeout=WAIT)
    qtbot.waitUntil(lambda: len(bills.bills.rows) == 1, timeout=WAIT)


def test_rows_that_cannot_be_read_are_shown(qtbot: Any, bills: VendorBillsScreen, month: Month, tmp_path: Path) -> None:
    bad = write_csv(tmp_path / "bad.csv", [("T00001", "abc")], header=("Trip ID", "Amount"))
    dialog = VendorBillImport(bills, month.pair.client.code, [(month.pair.link.code, "Vendor")], bad)
    qtbot.addWidget(dialog)
    qtbot.waitUntil(lambda: dialog.imported is not None, timeout=WAIT)
    assert [row.value for row in dialog.refused.rows] == ["abc"]
    assert not dialog.import_button.isEnabled()


def test_lines_stand_side_by_side_with_their_cause(qtbot: Any, on_bill: VendorBillsScreen) -> None:
    assert on_bill.buckets.current == "OVER"
    found = {line.ref: line for line in on_bill.line_model.rows}
    assert set(found) == {"T00002", "T00003"}
    on_bill._show_line(found["T00002"])
    assert on_bill.panel.isVisible()
    assert "Their 12 km" in found["T00002"].cause_text
    assert "Carpool discount not given" in found["T00003"].cause_text


def test_a_dispute_is_raised_evidenced_and_settled(
    qtbot: Any, on_bill: VendorBillsScreen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = next(line for line in on_bill.line_model.rows if line.ref == "T00002")
    accept(monkeypatch, DisputeDialog, lambda dialog: dialog._note.set_value("GPS says 10 km"))
    on_bill.deeds.dispute([line])
    qtbot.waitUntil(lambda: len(on_bill.disputes.rows) == 1, timeout=WAIT)
    qtbot.waitUntil(lambda: any(one.dispute_id for one in on_bill.line_model.rows), timeout=WAIT)
    disputed = next(one for one in on_bill.line_model.rows if one.dispute_id)
    on_bill._show_line(disputed)
    qtbot.waitUntil(lambda: on_bill.panel.dispute is not None, timeout=WAIT)
    assert on_bill.panel.dispute is not None
    assert on_bill.panel.dispute.owner == "asha@acme.in"
    proof = tmp_path / "gps.pdf"
    proof.write_bytes(b"%PDF-1.7")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_a, **_k: (str(proof), ""))
    on_bill.deeds.attach()
    accept(monkeypatch, ResolveDialog, lambda dialog: dialog._reason.set_value("half each"))
    on_bill.deeds.resolve("SPLIT")
    qtbot.waitUntil(lambda: on_bill.disputes.rows == [], timeout=WAIT)
    qtbot.waitUntil(
        lambda: on_bill.payout is not None and on_bill.payout.payable.amount == 300_00 + 320_00 + 240_00, timeout=WAIT
    )


def test_paying_out_shows_the_statement_and_writes_the_bank_file(
    qtbot: Any, on_bill: VendorBillsScreen, month: Month, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert on_bill.payout is not None
    dialog = PayoutDialog(on_bill, on_bill.payout, month.pair.client.code, on_bill.papers.preview_statement)
    qtbot.addWidget(dialog)
    for key, text in (("beneficiary", "ABC Cabs"), ("account_no", "1234567890"), ("ifsc", "HDFC0001234")):
        dialog._fields[key].set_value(text)
    dialog.payout_button.click()
    qtbot.waitUntil(lambda: dialog.result() == QDialog.DialogCode.Accepted, timeout=WAIT)
    target = tmp_path / "bank.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, **_k: (str(target), ""))
    on_bill.deeds.bank_file()
    qtbot.waitUntil(target.exists, timeout=WAIT)
    assert "HDFC0001234,882.00" in target.read_text("utf-8")


@pytest.fixture
def payments(qtbot: Any, context: AppContext, month: Month) -> Iterator[PaymentsScreen]:
    run_bill(month.session, **month.words)
    row = month.sql("SELECT id FROM app.invoices WHERE client_id = :c", c=month.client_id)[0]
    issue_invoice(month.session, invoice=str(row[0]))
    made = opened(qtbot, PaymentsScreen(context))
    context.workers.changes.connect(made.on_changes)
    qtbot.waitUntil(lambda: made.open_model.phase == "ready", timeout=WAIT)
    yield made
    qtbot.waitUntil(lambda: not context.workers.running, timeout=WAIT)


def test_a_payment_is_recorded_and_reversed(
    qtbot: Any, payments: PaymentsScreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    [row] = payments.open_model.rows
    asked: list[RecordPayment] = []
    monkeypatch.setattr(RecordPayment, "ask", lambda self: asked.append(self))
    payments._record_rows([row])
    [dialog] = asked
    qtbot.addWidget(dialog)
    dialog.amount.set_value(row.document.open_amount - 100_00)
    dialog.tds.set_value(50_00)
    dialog.reference.set_value("UTR5")
    dialog._save()
    qtbot.waitUntil(lambda: len(payments.receipts.rows) == 1, timeout=WAIT)
    qtbot.waitUntil(lambda: payments.open_model.rows[0].document.open_amount == 50_00, timeout=WAIT)
    from moveinsync_desktop.views.dialogs.reason import ReasonDialog

    monkeypatch.setattr(ReasonDialog, "ask", lambda self: bool(self._edit.setPlainText("bounced") or True))
    payments._reverse(payments.receipts.rows)
    qtbot.waitUntil(lambda: payments.receipts.rows[0].reversed_at is not None, timeout=WAIT)


def test_a_reminder_is_copied(qtbot: Any, payments: PaymentsScreen) -> None:
    payments._remind_rows(payments.open_model.rows)
    text = QGuiApplication.clipboard().text()
    assert payments.open_model.rows[0].document.number in text
    assert "Payment reminder" in text


def test_a_debit_note_is_issued_previewed_saved_and_voided(
    qtbot: Any, on_bill: VendorBillsScreen, context: AppContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from billing.services.debit_notes import OPEN, SETTLED, UNDISPUTED, read_notable

    view = on_bill.view
    assert view is not None
    dialog = DebitNoteDialog(on_bill, read_notable(context.signed_in, str(view.bill.id)))
    qtbot.addWidget(dialog)
    assert [dialog.checks[kind].isEnabled() for kind in (SETTLED, OPEN, UNDISPUTED)] == [False, False, True]
    assert not dialog.issue_button.isEnabled()
    dialog.checks[UNDISPUTED].setChecked(True)
    dialog.reason.setText("Over-billed in October")
    dialog.form.changed.emit(None)
    dialog._show_sums()
    dialog.issue_button.click()
    qtbot.waitUntil(lambda: dialog.result() == QDialog.DialogCode.Accepted, timeout=WAIT)
    qtbot.waitUntil(lambda: len(on_bill.papers.notes.rows) == 1, timeout=WAIT)
    note = on_bill.papers.notes.rows[0]
    assert (note.number, note.lines, note.amount) == (dialog.number, 3, 40_00 + 60_00 + 200_00)
    shown: list[Any] = []
    monkeypatch.setattr(PreviewDialog, "exec", lambda self: shown.append(self.pages))
    on_bill.papers._preview_note(note)
    qtbot.waitUntil(lambda: bool(shown), timeout=WAIT)
    for ending in ("pdf", "xlsx"):
        target = tmp_path / f"note.{ending}"
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, target=target, **_k: (str(target), ""))
        on_bill.papers._save_note(note)
        qtbot.waitUntil(target.exists, timeout=WAIT)
    accept(monkeypatch, ReasonDialog, lambda asked: asked._edit.setPlainText("wrong row"))
    on_bill.papers._void(note)
    qtbot.waitUntil(lambda: on_bill.papers.notes.rows[0].status == "VOID", timeout=WAIT)


def test_a_payout_gets_its_reference_and_is_reversed(
    qtbot: Any, on_bill: VendorBillsScreen, context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    from billing.services.payouts import pay_out

    view = on_bill.view
    assert view is not None
    pay_out(context.signed_in, str(view.bill.id))
    on_bill.refresh()
    qtbot.waitUntil(lambda: len(on_bill.papers.payouts.rows) == 1, timeout=WAIT)
    shown: list[Any] = []
    monkeypatch.setattr(PreviewDialog, "exec", lambda self: shown.append(self.windowTitle()))
    on_bill.papers._preview_payout(on_bill.papers.payouts.rows[0])
    on_bill.papers.preview_statement()
    qtbot.waitUntil(lambda: bool(shown), timeout=WAIT)
    assert shown[0].startswith("Payout statement")
    accept(monkeypatch, PayoutReferenceDialog, lambda asked: asked._field.setText("utr77"))
    on_bill.papers._enter_reference(on_bill.papers.payouts.rows[0])
    qtbot.waitUntil(lambda: on_bill.papers.payouts.rows[0].reference == "UTR77", timeout=WAIT)
    accept(monkeypatch, ReasonDialog, lambda asked: asked._edit.setPlainText("wrong account"))
    on_bill.papers._reverse(on_bill.papers.payouts.rows[0])
    qtbot.waitUntil(lambda: on_bill.papers.payouts.rows[0].state == "VOID", timeout=WAIT)


def test_what_was_typed_into_a_dispute_and_a_payment_is_back(
    qtbot: Any, on_bill: VendorBillsScreen, month: Month
) -> None:
    """Kept while typing; the window dies; the same form shows it again."""
    from billing.services.notes import read_room
    from billing.services.payments import list_open
    from moveinsync_desktop.views.dialogs.note_lines import NoteDialog

    run_bill(month.session, **month.words)
    draft = month.sql("SELECT id FROM app.invoices WHERE client_id = :c", c=month.client_id)[0][0]
    issue_invoice(month.session, invoice=str(draft))

    def dispute() -> Any:
        made = DisputeDialog(on_bill, 1, 340_00, owner="asha@acme.in", which="bill:2:1")
        qtbot.addWidget(made)
        made.show()
        return made

    def payment() -> Any:
        made = RecordPayment(on_bill, list_open(month.session), OCTOBER, month.pair.client.code)
        qtbot.addWidget(made)
        made.show()
        return made

    def note() -> Any:
        made = NoteDialog(on_bill, read_room(month.session, invoice=str(draft)))
        qtbot.addWidget(made)
        made.show()
        return made

    for make, field in ((dispute, "note"), (payment, "reference"), (note, "reason")):
        first = make()
        first.draft._form.set_values({field: "typed"})
        first.draft._keep()
        first.hide()
        again = make()
        assert again.draft._form.values()[field] == "typed"
        assert "is back" in again.notice.accessibleName()
        again.hide()


def test_a_rest_is_written_off_a_credit_set_off_and_a_reminder_saved(
    qtbot: Any, context: AppContext, month: Month, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_bill(month.session, **month.words)
    draft = month.sql("SELECT id FROM app.invoices WHERE client_id = :c", c=month.client_id)[0][0]
    issue_invoice(month.session, invoice=str(draft))
    screen = opened(qtbot, PaymentsScreen(context))
    context.workers.changes.connect(screen.on_changes)
    qtbot.waitUntil(lambda: len(screen.open_model.rows) == 1, timeout=WAIT)
    for ending in ("eml", "txt"):
        target = tmp_path / f"reminder.{ending}"
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, target=target, **_k: (str(target), ""))
        screen._save_reminder_rows(list(screen.open_model.rows))
        qtbot.waitUntil(target.exists, timeout=WAIT)
    assert "X-Unsent: 1" in (tmp_path / "reminder.eml").read_text()
    whole = screen.open_model.rows[0].document.open_amount

    def fill(dialog: Any) -> None:
        dialog.amount.set_value(100_00)
        dialog._save()
        qtbot.waitUntil(lambda: bool(dialog.result()), timeout=WAIT)

    monkeypatch.setattr(WriteOffDialog, "ask", fill)
    screen._rest_rows([screen.open_model.rows[0]])
    qtbot.waitUntil(lambda: len(screen.write_offs.rows) == 1, timeout=WAIT)
    qtbot.waitUntil(lambda: screen.open_model.rows[0].document.open_amount == whole - 100_00, timeout=WAIT)
    screen._set_off_rows([screen.open_model.rows[0]])  # nobody has a credit: it says so
    accept(monkeypatch, ReasonDialog, lambda asked: asked._edit.setPlainText("paid after all"))
    screen._reverse_write_off(list(screen.write_offs.rows))
    qtbot.waitUntil(lambda: screen.open_model.rows[0].document.open_amount == whole, timeout=WAIT)
    qtbot.waitUntil(lambda: not context.workers.running, timeout=WAIT)
