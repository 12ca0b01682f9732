"""A new workspace: whichever screen is opened, it says what comes first and leads there."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from billing.store.session import Session
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.views.dialogs.party_forms import ClientDialog
from moveinsync_desktop.views.main_window import MainWindow
from moveinsync_desktop.views.widgets.placeholder import Placeholder
from tests.support.dialogs import close_next
from tests.support.people import Pair

WAIT = 20_000


def covers(window: MainWindow) -> list[str]:
    """What stands over the open screen."""
    assert window.current is not None
    found = window.current.findChildren(Placeholder, options=Qt.FindChildOption.FindDirectChildrenOnly)
    return [one.accessibleName() for one in found if one.isVisible()]


@pytest.mark.parametrize("key", ["overview", "quality", "billing_runs", "reports", "returns"])
def test_every_screen_leads_to_the_first_client(
    qtbot: Any, context: AppContext, super_admin: Session, pair: Pair, key: str
) -> None:
    context.session = super_admin
    window = MainWindow(context)
    qtbot.addWidget(window)
    window.show()
    window.enter()
    window.open_screen(key)
    assert [words.startswith("No clients yet") for words in covers(window)] == [True]
    assert window.current is not None
    begin = next(b for b in window.current.findChildren(QPushButton) if b.accessibleName() == "Add the first client…")
    found: list[type[Any]] = []
    close_next(found)
    qtbot.mouseClick(begin, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: found == [ClientDialog], timeout=WAIT)
    context.client_id, context.client_name = pair.client_id, pair.client.name
    window.screens[key].make_stale()
    window.open_screen(key)
    qtbot.waitUntil(lambda: not context.workers.running, timeout=WAIT)
    assert not any(words.startswith("No clients yet") for words in covers(window))
