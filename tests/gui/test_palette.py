"""The palette begins things of other screens and names reports, for who may."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt

from billing.store.session import Session
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.views.dialogs.import_trips import ImportTripsDialog
from moveinsync_desktop.views.dialogs.party_forms import VendorDialog
from moveinsync_desktop.views.main_window import MainWindow
from tests.support.dialogs import close_next

WAIT = 20_000


def opened(qtbot: Any, context: AppContext, session: Session) -> MainWindow:
    """The window of somebody, on the calculator."""
    context.session, context.client_id, context.client_name = session, session.client_id, "Tessera"
    made = MainWindow(context)
    qtbot.addWidget(made)
    made.show()
    made.enter()
    made.open_screen("calculator")
    qtbot.waitUntil(lambda: not context.workers.running, timeout=WAIT)
    made.palette_box.open()
    return made


def words(window: MainWindow) -> list[str]:
    """What is offered now."""
    return [hit.words for hit in window.palette_box.hits.hits]


@pytest.mark.parametrize(
    ("typed", "first", "form"),
    [("import trip", "Import trips…", ImportTripsDialog), ("add vend", "Add a vendor…", VendorDialog)],
)
def test_something_begins_on_its_own_screen(
    qtbot: Any, context: AppContext, client_admin: Session, typed: str, first: str, form: type[Any]
) -> None:
    window = opened(qtbot, context, client_admin)
    assert "Import trips…" in words(window), "offered before anything is typed"
    qtbot.keyClicks(window.palette_box.edit, typed)
    qtbot.waitUntil(lambda: words(window)[:1] == [first], timeout=WAIT)
    found: list[type[Any]] = []
    close_next(found)
    qtbot.keyClick(window.palette_box.edit, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: found == [form], timeout=WAIT)
    qtbot.waitUntil(lambda: not context.workers.running, timeout=WAIT)


def test_screens_come_before_what_begins_there_and_reports_after(
    qtbot: Any, context: AppContext, client_admin: Session
) -> None:
    window = opened(qtbot, context, client_admin)
    qtbot.keyClicks(window.palette_box.edit, "trips")
    qtbot.waitUntil(lambda: words(window)[:2] == ["Trips", "Odd trips"], timeout=WAIT)
    window.palette_box.edit.clear()
    qtbot.keyClicks(window.palette_box.edit, "ageing")
    qtbot.waitUntil(lambda: [hit.group for hit in window.palette_box.hits.hits] == ["Reports"], timeout=WAIT)


def test_who_may_not_is_offered_nothing_to_begin(qtbot: Any, context: AppContext, viewer: Session) -> None:
    window = opened(qtbot, context, viewer)
    assert [hit.words for hit in window.palette_box.hits.hits if hit.group == "Begin"] == []
