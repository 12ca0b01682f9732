"""Every screen fits a 1366 × 768 and a 1280 × 720 screen, and no button or label is cut there, at any scale."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit, QPushButton, QWidget

from moveinsync_desktop.context import AppContext
from moveinsync_desktop.views.main_window import MainWindow
from moveinsync_desktop.views.screen import SECTIONS
from moveinsync_desktop.views.widgets.basics import ElidedLabel
from tests.integration.billing.conftest import IST, OCTOBER, Month, contract_for
from tests.support.people import Pair

WAIT = 20_000
SIZES = ((1366, 768), (1280, 720))
EXISTING = [section.id for section in SECTIONS if section.exists and section.id != "users"]


@pytest.fixture
def window(qtbot: Any, context: AppContext, client_admin: Any, pair: Pair) -> Iterator[MainWindow]:
    month = Month(pair, client_admin, contract_for(client_admin, pair))
    month.add(month.trip(3, "60"), month.trip(10, "50"), month.trip(20, "20"))
    context.session, context.client_id = client_admin, client_admin.client_id
    context.client_name, context.person = "Tessera Technologies Private Limited", "Meera Krishnan"
    context.month, context.zone, context.is_demo = OCTOBER, IST, True
    made = MainWindow(context)
    qtbot.addWidget(made)
    made.show()
    made.enter()
    yield made
    context.workers.shutdown()


def cut_words(root: QWidget) -> list[str]:
    """Visible buttons and one-line labels that have less room than their words need."""
    found = []
    for one in root.findChildren(QWidget):
        if not one.isVisible() or isinstance(one, ElidedLabel):
            continue
        if isinstance(one, QPushButton) and one.width() < one.sizeHint().width() - 1:
            found.append(f"button {one.accessibleName()}")
        if isinstance(one, QLabel) and not one.wordWrap() and one.text():
            need = one.fontMetrics().horizontalAdvance(one.text())
            if one.width() + 1 < need:
                found.append(f"label {one.text()!r} has {one.width()} of {need}")
    return found


@pytest.mark.parametrize("key", EXISTING)
def test_screens_fit_small_displays_without_cut_words(qtbot: Any, window: MainWindow, key: str) -> None:
    window.open_screen(key)
    qtbot.waitUntil(lambda: not window.context.workers.running, timeout=WAIT)
    for width, height in SIZES:
        window.resize(width, height)
        qtbot.wait(60)
        assert (window.width(), window.height()) == (width, height), f"{key} needs more room"
        assert window.current is not None
        right = window.current.mapTo(window, window.current.rect().topRight()).x()
        assert right <= width
        assert cut_words(window) == []


@pytest.mark.parametrize("scale", ["1.25", "1.5", "2"])
def test_sign_in_is_whole_at_every_scale(scale: str) -> None:
    program = (
        "import sys\n"
        "from PySide6.QtWidgets import QApplication\n"
        "from moveinsync_desktop import theme\n"
        "from moveinsync_desktop.views.sign_in import DemoPerson, SignInPage\n"
        "from tests.gui.test_fit import cut_words\n"
        "app = QApplication([]); theme.install(app, 'light', motion=False)\n"
        "page = SignInPage(); page.resize(1280, 690); page.set_version('Version 0.1.0')\n"
        "people = [DemoPerson(f'{n}@x.example', n, 'CLIENT_ADMIN') for n in ('Asha', 'Dev', 'Vera', 'Sam')]\n"
        "page.set_demo_users(people)\n"
        "page.show(); app.processEvents()\n"
        f"assert page.devicePixelRatioF() == {scale}\n"
        "sys.exit('; '.join(cut_words(page)) or 0)"
    )
    env = {**os.environ, "QT_SCALE_FACTOR": scale}
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, env=env)
    assert done.returncode == 0, done.stderr


def test_the_measure_finds_what_is_cut(qtbot: Any) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    words = QLabel("Electronic City dedicated fleet", holder)
    words.resize(60, 20)
    holder.show()
    assert len(cut_words(holder)) == 1


def test_icon_buttons_are_large_enough_to_hit(qtbot: Any, window: MainWindow) -> None:
    window.open_screen("trips")
    qtbot.waitUntil(lambda: not window.context.workers.running, timeout=WAIT)
    # the pictures inside a line edit are buttons to Qt, but nothing to hit
    buttons = [
        one
        for one in window.findChildren(QAbstractButton)
        if one.isVisible() and not isinstance(one.parent(), QLineEdit)
    ]
    assert [one.accessibleName() for one in buttons if one.width() < 20 or one.height() < 20] == []
    assert [one for one in buttons if not one.accessibleName()] == []
