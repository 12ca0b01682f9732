"""A month billed by clicks: rated, drafted, issued, opened, exported, void; what others may not do is not offered."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QFileDialog

from billing.services.billing import run_bill
from billing.services.invoices import list_invoices
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.models.billing_rows import findings
from moveinsync_desktop.views.billing_runs import BillingRunsScreen
from moveinsync_desktop.views.dialogs.confirm import ConfirmDialog
from moveinsync_desktop.views.invoices import InvoicesScreen
from moveinsync_desktop.views.registration_card import RegistrationCard
from tests.integration.billing.conftest import OCTOBER, Month, contract_for
from tests.support.dialogs import at_dialogs
from tests.support.people import Pair, People

LEFT = Qt.MouseButton.LeftButton
WAIT = 15_000


@pytest.fixture
def october(client_admin: Any, pair: Pair) -> Month:
    """Three trips under a HYBRID contract, one of them held."""
    month = Month(pair, client_admin, contract_for(client_admin, pair))
    held = month.trip(12, "15")
    month.add(month.trip(3, "60"), month.trip(10, "50"), month.trip(20, "20"), held)
    month.sql("UPDATE app.trips SET hold_reason = 'check' WHERE id = :id", id=held.id)
    return month


@pytest.fixture
def runs(qtbot: Any, october: Month, signed: AppContext) -> BillingRunsScreen:
    screen = BillingRunsScreen(signed)
    qtbot.addWidget(screen)
    screen.resize(1150, 700)
    screen.show()
    qtbot.waitUntil(lambda: [row.state for row in screen.model.rows] == ["RATED"], timeout=WAIT)
    return screen


def confirm(qtbot: Any, reason: str = "") -> None:
    """Say yes to the next question."""

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, ConfirmDialog):
            QTimer.singleShot(20, look)
            return
        if reason:
            qtbot.keyClicks(dialog._edit, reason)
        qtbot.mouseClick(dialog.confirm_button, LEFT)

    QTimer.singleShot(20, look)


def test_a_month_is_rated_drafted_and_issued_by_clicks(qtbot: Any, runs: BillingRunsScreen, october: Month) -> None:
    (row,) = runs.model.rows
    assert (row.trips, row.before_tax, row.number) == (3, 30_750_00, "")
    assert [found.what for found in runs.found_model.rows] == ["On hold"]
    assert list_invoices(october.session) == []
    assert runs.draft_button.accessibleName() == "Draft 1 invoice"
    qtbot.mouseClick(runs.draft_button, LEFT)
    qtbot.waitUntil(lambda: [row.state for row in runs.model.rows] == ["DRAFT"], timeout=WAIT)
    qtbot.waitUntil(runs.issue_button.isEnabled, timeout=WAIT)
    confirm(qtbot)
    runs._issue()
    qtbot.waitUntil(lambda: [row.state for row in runs.model.rows] == ["ISSUED"], timeout=WAIT)
    assert runs.model.rows[0].number.endswith("/00001")
    assert not runs.draft_button.isEnabled()


def test_a_finding_leads_to_its_trips(qtbot: Any, runs: BillingRunsScreen, signed: AppContext) -> None:
    wanted: list[Any] = []
    signed.navigator.wanted.connect(lambda screen, words: wanted.append((screen, words)))
    runs._open_finding(runs.found_model.rows[0])
    assert wanted == [("trips", {"month": OCTOBER, "view": "held"})]


def test_every_kind_of_bad_trip_is_one_finding(october: Month) -> None:
    contract_for(october.session, october.pair, model="PER_TRIP", rules={"zone_rates": {"A": "1"}}, name="Zones")
    october.sql(
        "UPDATE app.trips SET contract_id = (SELECT id FROM app.contracts WHERE name = 'Zones' AND client_id = :c)"
        " WHERE client_id = :c AND hold_reason IS NULL",
        c=october.client_id,
    )
    outcome = run_bill(october.session, **october.words)
    found = findings(outcome)
    assert [(one.state, one.trips, one.effect) for one in found[:1]] == [("ERROR", 3, "Blocks this contract")]
    assert found[0].ref == "T00002"


def test_without_a_contract_there_is_nothing_to_bill(qtbot: Any, runs: BillingRunsScreen, signed: AppContext) -> None:
    from datetime import date

    signed.set_month(date(2020, 1, 1))
    qtbot.waitUntil(lambda: runs.model.phase == "empty", timeout=WAIT)
    assert not runs.draft_button.isEnabled()


@pytest.fixture
def drafted(october: Month) -> str:
    (run,) = run_bill(october.session, **october.words).runs
    assert run.invoice is not None
    return str(run.invoice.invoice_id)


@pytest.fixture
def invoices(qtbot: Any, signed: AppContext, drafted: str) -> InvoicesScreen:
    screen = InvoicesScreen(signed)
    qtbot.addWidget(screen)
    signed.workers.changes.connect(screen.on_changes)  # as the main window does
    screen.resize(1150, 700)
    screen.show()
    qtbot.waitUntil(lambda: len(screen.model.rows) == 1, timeout=WAIT)
    assert drafted == str(screen.model.rows[0].invoice_id)
    return screen


def opened(qtbot: Any, screen: InvoicesScreen) -> InvoicesScreen:
    screen.table.select_row(0)
    qtbot.keyClick(screen.table.view, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: screen.stack.currentIndex() == 1, timeout=WAIT)
    return screen


def test_an_invoice_is_opened_issued_exported_and_voided(
    qtbot: Any, invoices: InvoicesScreen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = opened(qtbot, invoices)
    assert screen.issue_button.isVisible()
    assert not screen.detail.void_button.isVisible()
    confirm(qtbot)
    qtbot.mouseClick(screen.issue_button, LEFT)
    qtbot.waitUntil(screen.detail.void_button.isVisible, timeout=WAIT)
    assert not screen.issue_button.isVisible()
    assert screen.header.title_label.text().endswith("/00001")
    target = tmp_path / "out.xlsx"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_words: (str(target), ""))
    screen._export("xlsx")
    qtbot.waitUntil(target.exists, timeout=WAIT)
    qtbot.waitUntil(lambda: not list(tmp_path.glob(".*")), timeout=WAIT)
    assert "Trips" in load_workbook(target).sheetnames
    assert screen.detail.findChild(RegistrationCard) is not None
    confirm(qtbot, "wrong rates")
    qtbot.mouseClick(screen.detail.void_button, LEFT)
    qtbot.waitUntil(lambda: screen.header.pill.accessibleName() == "Void", timeout=WAIT)
    screen.show_list()
    assert screen.stack.currentIndex() == 0


def test_the_paper_shows_what_is_printed(qtbot: Any, invoices: InvoicesScreen) -> None:
    from PySide6.QtWidgets import QLabel

    screen = opened(qtbot, invoices)
    texts = {one.text() for one in screen.detail.paper.findChildren(QLabel)}
    assert {"Monthly fee", "Distance", "30,000.00", "750.00", "GSTIN not recorded", "Reverse charge"} <= texts
    assert any(text.startswith("Rupees Thirty-Six Thousand") for text in texts)


def test_a_document_is_previewed_page_by_page(qtbot: Any, invoices: InvoicesScreen) -> None:
    from moveinsync_desktop.views.dialogs.print_preview import PreviewDialog

    screen = opened(qtbot, invoices)
    seen: list[tuple[int, int, int]] = []

    def look(dialog: PreviewDialog) -> None:
        first = dialog.pages
        dialog.turn(1)
        page = dialog.preview.currentPage()
        dialog.copies.set_value("both")
        dialog.copies.chosen.emit("both")
        seen.append((first, page, dialog.pages))
        dialog.reject()

    raised = at_dialogs(look)
    screen._preview()
    qtbot.waitUntil(lambda: bool(seen), timeout=WAIT)
    assert raised == []
    assert seen == [(2, 2, 3)]


def test_several_documents_become_files_in_a_folder(
    qtbot: Any, invoices: InvoicesScreen, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_words: str(tmp_path))
    raised = at_dialogs(lambda dialog: dialog.accept())
    invoices.files.export_many(invoices.model.rows)
    qtbot.waitUntil(lambda: len(list(tmp_path.glob("draft-*"))) == 2, timeout=WAIT)
    assert raised == []
    assert {path.suffix for path in tmp_path.iterdir()} == {".pdf", ".xlsx"}


def test_the_month_is_rated_again_beside_the_paper(qtbot: Any, invoices: InvoicesScreen) -> None:
    screen = opened(qtbot, invoices)
    qtbot.mouseClick(screen.detail.replay_link, LEFT)
    qtbot.waitUntil(screen.detail.replay_words.isVisible, timeout=WAIT)
    assert screen.detail.replay_words.text() == "Replays to the same paisa, 3 trips compared"


def test_a_viewer_reads_and_changes_nothing(
    qtbot: Any, context: AppContext, october: Month, drafted: str, people: People
) -> None:
    context.session = people.sign_in("VIEWER", october.pair)
    context.client_id = october.client_id
    screen = InvoicesScreen(context)
    qtbot.addWidget(screen)
    screen.show()
    qtbot.waitUntil(lambda: len(screen.model.rows) == 1, timeout=WAIT)
    opened(qtbot, screen)
    assert screen.detail.opened is not None
    assert str(screen.detail.opened.summary.invoice_id) == drafted
    assert not screen.issue_button.isVisible()
    assert not screen.detail.void_button.isVisible()
    context.workers.shutdown()


def test_a_screen_asked_for_an_invoice_opens_it(qtbot: Any, invoices: InvoicesScreen, drafted: str) -> None:
    invoices.open_with(invoice=drafted)
    qtbot.waitUntil(lambda: invoices.stack.currentIndex() == 1, timeout=WAIT)
