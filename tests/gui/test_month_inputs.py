"""Month inputs on screen: what is missing is said, figures are typed and saved, sheets taken, vehicles placed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QLineEdit

from billing.schemas.usage import MonthUsage, SlotMonth
from billing.services import usage as services
from billing.services.billing import run_bill
from billing.services.contracts import ContractView
from billing.services.invoices import issue_invoice
from billing.services.settle import list_unsettled
from billing.services.usage import read_contract_month
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.views.dialogs.reason import ReasonDialog
from moveinsync_desktop.views.month_inputs import MonthInputsScreen
from tests.gui.test_parties import during, fill, row_of
from tests.integration.usage.test_usage import contract
from tests.support.people import Pair

LEFT = Qt.MouseButton.LeftButton
OCTOBER = date(2026, 10, 1)


@pytest.fixture
def view(client_admin: Any, pair: Pair) -> ContractView:
    return contract(client_admin, pair, sla_penalty_amount="500", absence_basis="fixed_30")


@pytest.fixture
def screen(qtbot: Any, context: AppContext, client_admin: Any, view: ContractView) -> Iterator[MonthInputsScreen]:
    context.session, context.client_id, context.month = client_admin, client_admin.client_id, OCTOBER
    made = MonthInputsScreen(context)
    qtbot.addWidget(made)
    made.resize(1150, 690)
    context.workers.changes.connect(made.on_changes)
    made.show()
    qtbot.waitUntil(lambda: len(made.model.rows) == 1, timeout=10_000)
    made.table.view.setCurrentIndex(made.model.index(0, 0))
    qtbot.waitUntil(made.panel.isVisible)
    yield made
    context.workers.shutdown()


@pytest.fixture
def stored(client_admin: Any, view: ContractView) -> Callable[[], MonthUsage]:
    ids = {"client_id": view.contract.client_id, "contract_id": view.contract.id}
    return lambda: read_contract_month(client_admin, **ids, month=OCTOBER).usage


def test_missing_inputs_are_said_and_typed_ones_saved(
    qtbot: Any, screen: MonthInputsScreen, stored: Callable[[], MonthUsage]
) -> None:
    assert (screen.model.rows[0].missing, screen.model.rows[0].state) == (2, "NEEDS_REVIEW")
    assert screen.panel.notice.isVisible()
    assert not screen.panel.save_button.isEnabled()
    edit = screen.panel.breaches.findChild(QLineEdit)
    qtbot.keyClicks(edit, "3")
    assert screen.panel.save_button.isEnabled()
    qtbot.mouseClick(screen.panel.save_button, LEFT)
    qtbot.waitUntil(lambda: screen.model.rows[0].missing == 1, timeout=10_000)
    assert stored().sla_breaches == 3


def test_vehicle_is_placed_and_its_slot_gets_figures(
    qtbot: Any, screen: MonthInputsScreen, stored: Callable[[], MonthUsage]
) -> None:
    def place(dialog: Any) -> None:
        fill(qtbot, dialog, slot="S1", vehicle_no="ka 01")
        qtbot.mouseClick(dialog.save_button, LEFT)
        qtbot.waitUntil(lambda: not dialog.isVisible(), timeout=10_000)

    raised = during(qtbot, place)
    screen.panel.placement_wanted.emit()
    assert raised == []
    qtbot.waitUntil(lambda: len(screen.panel.slots.rows) == 1, timeout=10_000)

    def figures(dialog: Any) -> None:
        row_of(dialog, "absent_days").field.set_value(Decimal("1.5"))
        row_of(dialog, "duty_s").field.set_value(Decimal("318.5"))
        qtbot.mouseClick(dialog.save_button, LEFT)
        qtbot.waitUntil(lambda: not dialog.isVisible(), timeout=10_000)

    raised = during(qtbot, figures)
    screen.panel.table.opened.emit(screen.panel.slots.rows[0])
    assert raised == []
    (slot,) = stored().slots
    assert (slot.slot, slot.absent_days, slot.duty_s) == ("S1", Decimal("1.5"), 1_146_600)
    qtbot.waitUntil(lambda: screen.panel.slots.rows[0].hours == "318.5", timeout=10_000)


def test_sheet_is_taken_for_the_contract_shown(
    qtbot: Any,
    screen: MonthInputsScreen,
    stored: Callable[[], MonthUsage],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    sheet = tmp_path / "inputs.csv"
    sheet.write_text("What,Name,Count,Absent days\nSLA breaches,,2,\nVehicle slot,S1,,0\n", "utf-8")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_a, **_k: (str(sheet), ""))
    screen.take_sheet()
    qtbot.waitUntil(lambda: screen.model.rows[0].state == "READY", timeout=20_000)
    assert (stored().sla_breaches, [slot.slot for slot in stored().slots]) == (2, ["S1"])


def test_another_month_has_its_own_inputs(qtbot: Any, screen: MonthInputsScreen) -> None:
    screen.context.set_month(date(2026, 3, 1))
    qtbot.waitUntil(lambda: screen.model.rows == [], timeout=10_000)
    assert not screen.panel.isVisible()


def test_an_invoiced_month_asks_why_and_leads_to_settling(
    qtbot: Any, screen: MonthInputsScreen, client_admin: Any, view: ContractView, stored: Callable[[], MonthUsage],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    ids = {"client_id": view.contract.client_id, "contract_id": view.contract.id}
    place = {**ids, "slot": "S1", "vehicle_no": "KA01", "first_day": date(2026, 9, 1)}
    services.put_vehicle_in_slot(client_admin, **place)
    slots = (SlotMonth("S1", absent_days=Decimal(0)),)
    services.save_usage(client_admin, usage=replace(stored(), sla_breaches=1, slots=slots))
    (run,) = run_bill(client_admin, month=OCTOBER).runs
    assert run.invoice is not None, run.errors
    issue_invoice(client_admin, invoice=str(run.invoice.invoice_id))
    screen.refresh()
    qtbot.waitUntil(lambda: bool(screen.model.rows and screen.model.rows[0].found.invoice), timeout=10_000)
    screen.table.view.setCurrentIndex(screen.model.index(0, 0))
    screen._show_row(screen.model.rows[0])
    screen.panel.breaches.set_value(3)
    asked: list[str] = []

    def ask(dialog: ReasonDialog) -> bool:
        asked.append(dialog.title_label.text())
        return len(asked) > 1

    monkeypatch.setattr(ReasonDialog, "ask", ask)
    monkeypatch.setattr(ReasonDialog, "reason", "counted again", raising=False)
    screen._save(screen.panel.typed())
    assert asked == ["Change inputs of October 2026?"], "and nothing is stored where the user thought better of it"
    assert stored().sla_breaches == 1
    screen._save(screen.panel.typed())
    qtbot.waitUntil(lambda: stored().sla_breaches == 3, timeout=10_000)
    (waiting,) = list_unsettled(client_admin)
    assert [cause.text for cause in waiting.causes] == ["SLA breaches 1 → 3"]
