"""A trip by hand in the window: corrected with a reason, wrong fields told in place, added."""

from __future__ import annotations

from typing import Any

import pytest

from billing.services.trip_changes import read_trip
from billing.store.session import Session
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.views.dialogs.trip_form import AddTripDialog, CorrectTripDialog
from moveinsync_desktop.views.trips import TripsScreen
from tests.support.contracts import MONTH, agree
from tests.support.people import Pair


@pytest.fixture
def screen(context: AppContext, qtbot: Any, client_admin: Session, pair: Pair) -> TripsScreen:
    """Trips of September, one of them."""
    agree(client_admin, pair, km=(20,))
    context.session, context.month = client_admin, MONTH
    made = TripsScreen(context)
    qtbot.addWidget(made)
    made.ensure_built()
    made.show()
    qtbot.waitUntil(lambda: made.model.rowCount() == 1 and made.model.record(0) is not None, timeout=10_000)
    return made


def test_a_trip_is_corrected(screen: TripsScreen, qtbot: Any, client_admin: Session) -> None:
    screen.table.view.selectRow(0)
    screen.deeds.correct_current()
    dialog = screen.deeds.dialog
    assert isinstance(dialog, CorrectTripDialog)
    qtbot.waitUntil(dialog.save_button.isEnabled, timeout=10_000)
    assert dialog.texts()["distance"] == "20"
    assert dialog.typed() == {}
    km = dialog.fields["distance"]
    km.field.set_value("-2")
    dialog.accept()
    assert "Say why" in dialog.notice.accessibleName()
    dialog.reason.set_value("the odometer says so")
    dialog.accept()
    qtbot.waitUntil(lambda: "negative" in km._error, timeout=10_000)
    km.field.set_value("21.5")
    dialog.accept()
    qtbot.waitUntil(lambda: dialog.stored is not None, timeout=10_000)
    assert read_trip(client_admin, "T-001")[0].distance_m == 21_500


def test_a_trip_is_added(screen: TripsScreen, qtbot: Any, client_admin: Session, pair: Pair) -> None:
    screen.deeds.add()
    dialog = screen.deeds.dialog
    assert isinstance(dialog, AddTripDialog)
    qtbot.waitUntil(lambda: dialog.whose.vendor.count() > 1, timeout=10_000)
    dialog.whose.choose("", pair.link.code)
    for name, text in {"trip_id": "H1", "start": "02-09-2026 09:00", "distance": "12.4"}.items():
        dialog.fields[name].field.set_value(text)
    dialog.accept()
    qtbot.waitUntil(lambda: "missing" in dialog.fields["end"]._error, timeout=10_000)
    dialog.fields["end"].field.set_value("02-09-2026 09:40")
    dialog.accept()
    qtbot.waitUntil(lambda: dialog.stored is not None, timeout=10_000)
    assert read_trip(client_admin, "H1")[0].distance_m == 12_400
