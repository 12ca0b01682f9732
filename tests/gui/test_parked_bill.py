"""A bill beyond three times last month's is shown with both figures and confirmed by a click (SECURITY.md (e) 13)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from billing.services.billing import run_bill
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.views.billing_runs import BillingRunsScreen
from moveinsync_desktop.views.dialogs.confirm import ConfirmDialog
from tests.integration.billing.conftest import IST, OCTOBER, Month, contract_for
from tests.support.people import Pair

WAIT = 15_000
PER_KM = {"per_km_rate": "10", "tax_percentage": "5"}


def test_a_parked_bill_is_compared_and_confirmed(
    qtbot: Any, context: AppContext, client_admin: Any, pair: Pair
) -> None:
    month = Month(pair, client_admin, contract_for(client_admin, pair, model="PER_TRIP", rules=PER_KM))
    september = month.trip(3, "60")
    month.add(month.trip(3, "60"), month.trip(10, "50"), month.trip(20, "90"), month.trip(21, "10"))
    start = september.start_time - timedelta(days=30)
    month.sql(
        "INSERT INTO app.trips (client_id, id, vendor_id, contract_id, start_time, end_time, distance_m, external_ref)"
        " VALUES (:c, uuidv7(), :v, :k, :s, :e, 60000, 'SEP-1')",
        c=month.client_id, v=pair.vendor_id, k=month.contract_id, s=start, e=start + timedelta(hours=1),
    )  # fmt: skip
    run_bill(client_admin, client=pair.client.code, month=OCTOBER.replace(month=9))
    run_bill(client_admin, **month.words)
    context.session, context.client_id = client_admin, pair.client_id
    context.month, context.zone = OCTOBER, IST
    screen = BillingRunsScreen(context)
    qtbot.addWidget(screen)
    context.workers.changes.connect(screen.on_changes)
    screen.resize(1150, 700)
    screen.show()
    qtbot.waitUntil(lambda: [row.state for row in screen.model.rows] == ["PARKED"], timeout=WAIT)
    assert not screen.issue_button.isEnabled()
    (found,) = [one for one in screen.found_model.rows if one.state == "PARKED"]
    assert found.detail == "₹2,205.00 against ₹630.00; 4 lines against 1"
    asked: list[str] = []

    def yes() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, ConfirmDialog):
            asked.append(dialog.windowTitle())
            qtbot.mouseClick(dialog.confirm_button, Qt.MouseButton.LeftButton)
        else:
            QTimer.singleShot(20, yes)

    QTimer.singleShot(20, yes)
    screen._open_finding(found)
    qtbot.waitUntil(lambda: [row.state for row in screen.model.rows] == ["DRAFT"], timeout=WAIT)
    assert asked == ["Let the bill of Night shift go on?"]
    qtbot.waitUntil(screen.issue_button.isEnabled, timeout=WAIT)
    context.workers.shutdown()
