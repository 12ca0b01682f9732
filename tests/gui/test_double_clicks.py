"""Double clicks and Enter held down have one effect: import, run, issue, save (SECURITY.md (e) 10)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

from billing.errors import ConflictError
from billing.services.billing import run_bill
from billing.services.import_choices import ImportChoices
from billing.services.staff_and_cabs import list_vehicles
from billing.services.trips import import_file
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.views.billing_runs import BillingRunsScreen
from moveinsync_desktop.views.dialogs.confirm import ConfirmDialog
from moveinsync_desktop.views.dialogs.import_trips import CHECK, DONE, ImportTripsDialog
from moveinsync_desktop.views.invoices import InvoicesScreen
from tests.integration.billing.conftest import Month
from tests.support.people import Pair
from tests.support.sheets import row, write_csv

LEFT = Qt.MouseButton.LeftButton
WAIT = 15_000


def hold_enter(widget: QWidget, times: int = 12, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Return is pressed and stays down: the system repeats it."""
    for number in range(times):
        event = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, keys, "\r", number > 0)
        QApplication.sendEvent(QApplication.focusWidget() or widget, event)


def click_often(qtbot: Any, button: QWidget) -> None:
    """A double click, and impatient ones after it."""
    qtbot.mouseClick(button, LEFT)
    qtbot.mouseDClick(button, LEFT)
    for _again in range(3):
        qtbot.mouseClick(button, LEFT)


def counted(month: Month, query: str) -> int:
    """A number of the client's own rows."""
    return int(month.sql(query, client=month.client_id)[0][0])


def idle(context: AppContext) -> Any:
    """Nothing runs any more."""
    return lambda: not context.workers.running


def test_a_month_is_drafted_and_issued_once(qtbot: Any, signed: AppContext, october: Month) -> None:
    screen = BillingRunsScreen(signed)
    qtbot.addWidget(screen)
    screen.resize(1150, 700)
    screen.show()
    qtbot.waitUntil(lambda: [one.state for one in screen.model.rows] == ["RATED"], timeout=WAIT)
    click_often(qtbot, screen.draft_button)
    qtbot.waitUntil(lambda: [one.state for one in screen.model.rows] == ["DRAFT"], timeout=WAIT)
    qtbot.waitUntil(idle(signed), timeout=WAIT)
    assert counted(october, "SELECT count(*) FROM app.billing_runs WHERE client_id = :client") == 1

    def often() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, ConfirmDialog):
            hold_enter(dialog, keys=Qt.KeyboardModifier.ControlModifier)
        else:
            QTimer.singleShot(20, often)

    QTimer.singleShot(20, often)
    screen._issue()
    qtbot.waitUntil(lambda: [one.state for one in screen.model.rows] == ["ISSUED"], timeout=WAIT)
    qtbot.waitUntil(idle(signed), timeout=WAIT)
    assert counted(october, "SELECT max(next_number) FROM app.number_series WHERE client_id = :client") == 2


def test_an_opened_invoice_is_issued_once(qtbot: Any, signed: AppContext, october: Month) -> None:
    run_bill(october.session, **october.words)
    screen = InvoicesScreen(signed)
    qtbot.addWidget(screen)
    signed.workers.changes.connect(screen.on_changes)
    screen.resize(1150, 700)
    screen.show()
    qtbot.waitUntil(lambda: len(screen.model.rows) == 1, timeout=WAIT)
    screen.table.select_row(0)
    qtbot.keyClick(screen.table.view, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: screen.stack.currentIndex() == 1, timeout=WAIT)
    qtbot.waitUntil(idle(signed), timeout=WAIT)
    asked: list[int] = []

    def yes() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, ConfirmDialog):
            asked.append(1)
            click_often(qtbot, dialog.confirm_button)
        elif not asked:
            QTimer.singleShot(20, yes)

    QTimer.singleShot(20, yes)
    qtbot.mouseClick(screen.issue_button, LEFT)
    qtbot.waitUntil(lambda: screen.header.pill.accessibleName() == "Issued", timeout=WAIT)
    qtbot.waitUntil(idle(signed), timeout=WAIT)
    assert asked == [1]
    assert counted(october, "SELECT max(next_number) FROM app.number_series WHERE client_id = :client") == 2


@pytest.mark.parametrize("how", ["clicks", "enter"])
def test_a_sheet_goes_in_once(qtbot: Any, signed: AppContext, pair: Pair, tmp_path: Path, how: str) -> None:
    rows = [row(n, client=pair.client.code, vendor=pair.link.code) for n in (1, 2)]
    dialog = ImportTripsDialog(signed, None, [write_csv(tmp_path / "week.csv", rows)])
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: dialog.pages.currentIndex() == CHECK and idle(signed)(), timeout=WAIT)
    if how == "clicks":
        click_often(qtbot, dialog.next_button)
    else:  # Enter never stores by accident, however long it is held
        hold_enter(dialog)
        assert dialog.pages.currentIndex() == CHECK
        qtbot.mouseClick(dialog.next_button, LEFT)
        hold_enter(dialog)
    qtbot.waitUntil(lambda: dialog.pages.currentIndex() == DONE and idle(signed)(), timeout=WAIT)
    with signed.signed_in.unit_of_work() as uow:
        of_client = "SELECT (SELECT count(*) FROM app.trips), (SELECT count(*) FROM app.import_batches)"
        assert tuple(uow.connection.execute(sa.text(of_client)).one()) == (2, 1)
    assert dialog.isVisible()


def test_the_same_import_asked_for_twice_is_refused_by_its_key(client_admin: Any, pair: Pair, tmp_path: Path) -> None:
    """Whatever became of the first answer: the second request with its key changes nothing."""
    choices = ImportChoices(client=pair.client.code, vendor=pair.link.code)
    words = {"client": pair.client.code, "vendor": pair.link.code}
    assert import_file(client_admin, write_csv(tmp_path / "1.csv", [row(1, **words)]), choices).written
    with pytest.raises(ConflictError) as again:
        import_file(client_admin, write_csv(tmp_path / "2.csv", [row(2, **words)]), choices)
    assert again.value.code == "ALREADY_DONE"


def test_a_form_is_saved_once(qtbot: Any, signed: AppContext, pair: Pair) -> None:
    from moveinsync_desktop.views.parties import PartiesScreen

    screen = PartiesScreen(signed)
    qtbot.addWidget(screen)
    screen.resize(1150, 690)
    signed.workers.changes.connect(screen.on_changes)
    screen.show()
    qtbot.waitUntil(lambda: screen.book is not None, timeout=WAIT)
    screen.open_with(tab="vehicles")
    seen: list[int] = []

    def work() -> None:
        dialog: Any = QApplication.activeModalWidget()
        if dialog is None or not dialog.isVisible():
            QTimer.singleShot(20, work)
            return
        seen.append(1)
        fields = {made.key: made.field for made in dialog.form.rows}
        fields["vendor_id"].set_value((pair.client_id, pair.vendor_id))
        qtbot.keyClicks(fields["vehicle_no"], "KA01ZX77")
        click_often(qtbot, dialog.save_button)
        hold_enter(dialog)

    QTimer.singleShot(20, work)
    qtbot.mouseClick(screen._add_button, LEFT)
    qtbot.waitUntil(idle(signed), timeout=WAIT)
    assert seen == [1]
    assert [one.vehicle_no for one in list_vehicles(signed.signed_in, client_id=pair.client_id)] == ["KA01ZX77"]
