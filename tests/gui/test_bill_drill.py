"""The drill: from an invoice's total to its charges, to the trips of one, to the lines of a trip, and on to Trips."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtCore import Qt

from billing.services.invoices import issue_invoice
from billing.services.notes import write_note
from billing.services.settle import write_settlement
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.views.dialogs.bill_drill import BillDrill, drill_into_invoice
from moveinsync_desktop.views.widgets.basics import QLabel
from tests.integration.billing.conftest import IST, OCTOBER, Month
from tests.integration.billing.test_invoices import draft

WAIT = 15_000


@pytest.fixture
def drill(qtbot: Any, context: AppContext, october: Month) -> Iterator[BillDrill]:
    context.session, context.client_id, context.zone = october.session, october.client_id, IST
    dialog = drill_into_invoice(None, context, draft(october), "the draft")  # type: ignore[arg-type]
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitUntil(lambda: dialog.bill is not None, timeout=WAIT)
    yield dialog
    context.workers.shutdown()


def words(widget: Any) -> list[str]:
    return [found.text() for found in widget.findChildren(QLabel) if found.text()]


def test_down_to_the_rules_of_a_trip_and_on_to_it(qtbot: Any, context: AppContext, drill: BillDrill) -> None:
    assert [row.name for row in drill.charges_model.rows] == ["Monthly fee", "Distance"]
    assert any("monthly fee 30,000.00" in text for text in words(drill._reasons))
    assert not drill.open_button.isEnabled()
    qtbot.keyClick(drill.charges.view, Qt.Key.Key_Down)
    qtbot.waitUntil(lambda: drill.trip is not None, timeout=WAIT)
    assert [row.amount for row in drill.parts_model.rows] == [0, 250_00, 500_00]
    drill.parts.select_row(1)
    qtbot.waitUntil(lambda: drill.trip is not None and drill.trip.ref == "T00002", timeout=WAIT)
    assert "50 km − 40 km free = 10 km × 25.00 = 250.00" in words(drill._lines)
    gone: list[tuple[str, dict[str, Any]]] = []
    context.navigator.wanted.connect(lambda screen, more: gone.append((screen, more)))
    qtbot.mouseClick(drill.open_button, Qt.MouseButton.LeftButton)
    assert gone == [("trips", {"ref": "T00002", "month": OCTOBER})]


def test_a_settlement_and_a_credit_against_lines_open_too(qtbot: Any, context: AppContext, october: Month) -> None:
    context.session, context.client_id, context.zone = october.session, october.client_id, IST
    number = issue_invoice(october.session, invoice=draft(october)).number  # type: ignore[arg-type]
    october.add(october.trip(1, "80"))
    settled = str(write_settlement(october.session, invoice=number).stored)
    credit = str(write_note(october.session, invoice=number, amounts={1: 1000_00}, reason="goodwill").invoice_id)
    opened = []
    for note in (settled, credit):
        opened.append(drill_into_invoice(None, context, note, "the note"))  # type: ignore[arg-type]
        qtbot.addWidget(opened[-1])
        opened[-1].show()
    by_trip, by_line = opened
    qtbot.waitUntil(lambda: by_trip.trip is not None and by_line.bill is not None, timeout=WAIT)
    assert [row.ref for row in by_trip.parts_model.rows] == ["T00004", "T00001", "T00002"]
    by_trip.parts.select_row(2)
    qtbot.waitUntil(lambda: by_trip.trip is not None and by_trip.trip.ref == "T00002", timeout=WAIT)
    assert "250.00 charged before" in words(by_trip._lines)
    assert number in by_line._way.text()
    assert any("29,000.00 left" in text for text in words(by_line._reasons))
    context.workers.shutdown()
