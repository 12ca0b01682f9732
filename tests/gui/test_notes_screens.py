"""Notes, settling, approving, closing and opening values by clicks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel

from billing.schemas.invoices import InvoiceStatus, InvoiceSummary
from billing.services.client_terms import read_terms
from billing.services.invoices import approve_invoice, issue_invoice, list_invoices
from billing.services.openings import read_openings
from billing.services.periods import close_month, read_period, set_control
from billing.services.trip_changes import correct_trip
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.views.billing_runs import BillingRunsScreen
from moveinsync_desktop.views.dialogs.client_terms import TermsDialog
from moveinsync_desktop.views.dialogs.confirm import ConfirmDialog
from moveinsync_desktop.views.dialogs.late_trips import LateTripsDialog
from moveinsync_desktop.views.dialogs.note_lines import DEBIT, NoteDialog
from moveinsync_desktop.views.dialogs.opening_forms import OpenInvoiceDialog, UsageDialog
from moveinsync_desktop.views.dialogs.opening_values import OpeningDialog
from moveinsync_desktop.views.invoices import NOTES_VIEW, SETTLE_VIEW, InvoicesScreen
from moveinsync_desktop.views.month_deeds import ControlsDialog
from moveinsync_desktop.views.related_documents import RelatedDocuments
from tests.integration.billing.conftest import OCTOBER, Month
from tests.integration.billing.test_invoices import draft
from tests.integration.billing.test_openings import sheet
from tests.integration.billing.test_settle_rates import corrected
from tests.support.people import People

LEFT = Qt.MouseButton.LeftButton
WAIT = 15_000


@pytest.fixture
def number(october: Month) -> str:
    """The month, invoiced."""
    return issue_invoice(october.session, invoice=draft(october)).number


def shown(qtbot: Any, screen: Any) -> Any:
    qtbot.addWidget(screen)
    screen.resize(1150, 700)
    screen.show()
    return screen


@pytest.fixture
def invoices(qtbot: Any, signed: AppContext) -> InvoicesScreen:
    return shown(qtbot, InvoicesScreen(signed))  # type: ignore[no-any-return]


def at(kind: type, deed: Any) -> None:
    """Do something with the next dialog of a kind."""

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, kind):
            QTimer.singleShot(20, look)
            return
        deed(dialog)

    QTimer.singleShot(20, look)


def confirm(qtbot: Any, reason: str = "") -> None:
    def say(dialog: ConfirmDialog) -> None:
        if reason:
            qtbot.keyClicks(dialog._edit, reason)
        qtbot.mouseClick(dialog.confirm_button, LEFT)

    at(ConfirmDialog, say)


def open_one(qtbot: Any, screen: InvoicesScreen, invoice: str) -> None:
    screen.open_invoice(invoice)
    qtbot.waitUntil(lambda: screen.stack.currentIndex() == 1 and screen.detail.opened is not None, timeout=WAIT)


def in_hand(screen: InvoicesScreen) -> InvoiceSummary:
    assert screen.detail.opened is not None
    return screen.detail.opened.summary


def test_a_credit_note_is_written_from_the_invoice(
    qtbot: Any, number: str, invoices: InvoicesScreen, october: Month
) -> None:
    open_one(qtbot, invoices, number)
    seen: list[str] = []

    def fill(dialog: NoteDialog) -> None:
        qtbot.keyClicks(dialog._fields[1].edit, "31000")
        seen.append(dialog.problem.text())
        assert not dialog.write_button.isEnabled()
        dialog._fields[1].set_value(1000_00)
        dialog._compute()
        seen.append(dialog._figures["Note"].text())
        dialog.kind.set_value(DEBIT)
        dialog._compute()
        seen.append(dialog.write_button.text())
        dialog._take_all()
        seen.append(dialog._figures["Note"].text())
        dialog._fields[2].set_value(None)
        dialog._fields[1].set_value(1000_00)
        dialog._compute()
        assert not dialog.write_button.isEnabled(), "a reason is needed"
        qtbot.keyClicks(dialog._reason, "late cabs")
        qtbot.mouseClick(dialog.write_button, LEFT)

    at(NoteDialog, fill)
    qtbot.mouseClick(invoices.detail.correct_button, LEFT)
    qtbot.waitUntil(lambda: len(list_invoices(october.session)) == 2, timeout=WAIT)
    assert "31,000.00 is more than the 30,000.00" in seen[0]
    assert seen[1:] == ["1,180.00", "Draft debit note", "36,285.00"]
    (note,) = [row for row in list_invoices(october.session) if row.corrects_id]
    assert (note.total, note.note_reason, note.status) == (1180_00, "late cabs", InvoiceStatus.DRAFT)
    open_one(qtbot, invoices, str(note.invoice_id))
    qtbot.waitUntil(lambda: in_hand(invoices).invoice_id == note.invoice_id, timeout=WAIT)
    assert not invoices.detail.correct_button.isVisible()
    confirm(qtbot)
    qtbot.mouseClick(invoices.issue_button, LEFT)
    qtbot.waitUntil(
        lambda: sum(row.owed for row in list_invoices(october.session)) == 36_285_00 - 1180_00, timeout=WAIT
    )
    invoices.show_list()
    invoices.tabs.set_current(NOTES_VIEW)
    open_one(qtbot, invoices, number)
    qtbot.waitUntil(lambda: in_hand(invoices).notes_total == -1180_00, timeout=WAIT)
    assert invoices.detail.findChildren(RelatedDocuments)


def test_a_touched_month_is_settled_from_the_list(
    qtbot: Any, number: str, invoices: InvoicesScreen, october: Month
) -> None:
    correct_trip(october.session, "T00002", {"distance": "40"}, reason="misread")
    invoices.make_stale()
    qtbot.waitUntil(lambda: len(invoices.settle.model.rows) == 1, timeout=WAIT)
    invoices.open_with(view=SETTLE_VIEW)
    assert invoices.lists.currentWidget() is invoices.settle
    page = invoices.settle
    page.table.select_row(0)
    page._show(page.model.rows[0])
    qtbot.waitUntil(lambda: page.draft_button.isEnabled(), timeout=WAIT)
    assert page.draft_button.text().startswith("Draft credit note")
    qtbot.mouseClick(page.draft_button, LEFT)
    qtbot.waitUntil(lambda: len(list_invoices(october.session)) == 2, timeout=WAIT)
    (note,) = [row for row in list_invoices(october.session) if row.corrects_id]
    assert (note.doc_type, note.taxable) == ("CREDIT_NOTE", 250_00)


def test_a_rate_that_changed_is_credited_and_billed_again_by_one_button(
    qtbot: Any, number: str, invoices: InvoicesScreen, october: Month
) -> None:
    corrected(october, tax_percentage="5")
    invoices.make_stale()
    qtbot.waitUntil(lambda: len(invoices.settle.model.rows) == 1, timeout=WAIT)
    invoices.open_with(view=SETTLE_VIEW)
    page = invoices.settle
    assert [cause.text for cause in page.model.rows[0].causes] == ["tax 18 % → 5 %"]
    page.table.select_row(0)
    page._show(page.model.rows[0])
    qtbot.waitUntil(lambda: page.draft_button.text() == "Draft both notes", timeout=WAIT)
    words = [one.text() for one in page.panel.findChildren(QLabel)]
    assert any("voiding it and billing the month again" in one for one in words), "the better way is offered first"
    qtbot.mouseClick(page.draft_button, LEFT)
    qtbot.waitUntil(lambda: len(list_invoices(october.session)) == 3, timeout=WAIT)
    notes = [row for row in list_invoices(october.session) if row.corrects_id]
    assert {row.doc_type for row in notes} == {"CREDIT_NOTE", "DEBIT_NOTE"}


def test_a_second_person_approves_and_sends_back(
    qtbot: Any, invoices: InvoicesScreen, october: Month, super_admin: Any, people: People
) -> None:
    set_control(super_admin, key="approval", on=True, client=october.pair.client.code)
    invoice = draft(october)
    open_one(qtbot, invoices, invoice)
    assert (invoices.approve_button.isVisible(), invoices.approve_button.accessibleName()) == (True, "Approve…")
    checker = people.sign_in("CLIENT_ADMIN", october.pair)
    approve_invoice(checker, invoice=invoice)
    invoices.make_stale()
    qtbot.waitUntil(lambda: invoices.approve_button.accessibleName() == "Send back…", timeout=WAIT)
    confirm(qtbot, "fee is odd")
    qtbot.mouseClick(invoices.approve_button, LEFT)
    qtbot.waitUntil(lambda: list_invoices(october.session)[0].status is InvoiceStatus.DRAFT, timeout=WAIT)


def test_the_month_is_closed_and_its_late_trips_are_shown(
    qtbot: Any, number: str, signed: AppContext, october: Month
) -> None:
    screen = shown(qtbot, BillingRunsScreen(signed))
    qtbot.waitUntil(lambda: screen.deeds.period is not None, timeout=WAIT)
    confirm(qtbot)
    screen.deeds.close()
    qtbot.waitUntil(lambda: read_period(october.session, month=OCTOBER).is_closed, timeout=WAIT)
    october.add(october.trip(30))
    screen.make_stale()
    qtbot.waitUntil(lambda: screen.deeds.period is not None and screen.deeds.period.late == 1, timeout=WAIT)
    assert screen.deeds.notice.isVisible()
    wanted: list[Any] = []
    signed.navigator.wanted.connect(lambda name, words: wanted.append((name, words)))

    def settle(dialog: LateTripsDialog) -> None:
        qtbot.waitUntil(lambda: [trip.ref for trip in dialog.model.rows] == ["T00004"], timeout=WAIT)
        qtbot.mouseClick(dialog.settle_button, LEFT)

    at(LateTripsDialog, settle)
    screen.deeds.late()
    assert wanted == [("invoices", {"view": SETTLE_VIEW})]
    assert not any("again" in action.text() for action in screen.deeds.button.menu().actions()), "not this role's"


def test_a_super_admin_opens_the_month_again_and_sets_who_checks(
    qtbot: Any, number: str, signed: AppContext, october: Month, super_admin: Any
) -> None:
    close_month(october.session, month=OCTOBER)
    signed.session = super_admin
    screen = shown(qtbot, BillingRunsScreen(signed))
    qtbot.waitUntil(lambda: screen.deeds.period is not None and screen.deeds.period.is_closed, timeout=WAIT)
    confirm(qtbot, "a bill was forgotten")
    screen.deeds.reopen()
    qtbot.waitUntil(lambda: not read_period(october.session, month=OCTOBER).is_closed, timeout=WAIT)

    def tick(dialog: ControlsDialog) -> None:
        dialog._ticks["approval"].setChecked(True)
        dialog.accept()

    at(ControlsDialog, tick)
    screen.deeds.controls()
    from billing.services.periods import read_controls

    qtbot.waitUntil(lambda: read_controls(october.session)["approval"], timeout=WAIT)

    def agree(dialog: TermsDialog) -> None:
        dialog.form.set_values({"due_days": 366})
        dialog.accept()
        assert dialog.isVisible(), "a year at most"
        dialog.form.set_values({"due_days": 45, "bill_tolerance": 2_50, "tds_rounding": "UP_TO_RUPEE"})
        dialog.accept()

    at(TermsDialog, agree)
    screen.deeds.terms()
    wanted = {"due_days": 45, "bill_tolerance": 2_50, "bill_window": 30, "tds_rounding": "UP_TO_RUPEE"}
    qtbot.waitUntil(lambda: read_terms(october.session) == wanted, timeout=WAIT)


def test_opening_values_by_form_and_sheet(
    qtbot: Any, signed: AppContext, october: Month, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = shown(qtbot, BillingRunsScreen(signed))
    dialog = OpeningDialog(screen)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: bool(dialog._contracts), timeout=WAIT)

    def use(form: UsageDialog) -> None:
        form.form.set_values({"month": OCTOBER.replace(day=15), "distance_m": 40_000})
        form.accept()

    at(UsageDialog, use)
    dialog._add_usage()
    qtbot.waitUntil(lambda: len(read_openings(october.session).usage) == 1, timeout=WAIT)

    def owe(form: OpenInvoiceDialog) -> None:
        form.accept()
        form.form.set_values({"number": "old/7", "total": 1000_00, "open_amount": 400_00})
        form.accept()

    at(OpenInvoiceDialog, owe)
    dialog._add_invoice()
    qtbot.waitUntil(lambda: len(dialog.model.rows) == 2, timeout=WAIT)
    path = sheet(tmp_path / "o.xlsx", ("Usage", october.pair.link.code, "Night shift", "2026-09", 5, 0))
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_a, **_k: (str(path), ""))
    dialog._import()
    qtbot.waitUntil(lambda: len(dialog.model.rows) == 3, timeout=WAIT)
    dialog.table.select_row(0)
    confirm(qtbot, "typed twice")
    dialog._remove()
    qtbot.waitUntil(lambda: len(dialog.model.rows) == 2, timeout=WAIT)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, **_k: (str(tmp_path / "t.xlsx"), ""))
    dialog._template()
    qtbot.waitUntil((tmp_path / "t.xlsx").exists, timeout=WAIT)
