"""The main job through the window, click by click: a real sheet in, an issued invoice and its workbook out."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog

from billing.services.contracts import list_contracts
from billing.services.invoices import list_invoices
from billing.store.profiles import Profile
from moveinsync_desktop import theme
from moveinsync_desktop.actions import ActionRegistry
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.entrance import Entrance
from moveinsync_desktop.messages import MessageBus
from moveinsync_desktop.session import SessionClock
from moveinsync_desktop.settings import Settings
from moveinsync_desktop.views.dialogs.confirm import ConfirmDialog
from moveinsync_desktop.views.dialogs.contract_terms import ContractDialog
from moveinsync_desktop.views.dialogs.import_trips import CHECK, DONE
from moveinsync_desktop.views.main_window import MainWindow
from moveinsync_desktop.views.widgets import Button
from moveinsync_desktop.workers import Workers
from tests.end2end.real_trips import busiest_month, largest_pair, oracle_answer, read_real_trips
from tests.end2end.test_month_end import RULES, check_workbook
from tests.support.folders import short_folder
from tests.support.people import ADMIN, PASSWORD
from tests.support.pg import FAST
from tests.support.sheets import shared_file

LEFT = Qt.MouseButton.LeftButton
WAIT = 60_000


@pytest.fixture
def fresh(tmp_path: Path) -> Iterator[Profile]:
    """A workspace with nothing in it but its first super admin."""
    from billing.services.workspace import create_workspace, release_server

    with short_folder() as folder:
        yield create_workspace(folder, ADMIN, PASSWORD, name="Story", server_settings=FAST)
        release_server(folder)


@pytest.fixture
def window(qtbot: Any, qapp: Any, fresh: Profile) -> Iterator[MainWindow]:
    """The whole window at the sign-in page."""
    theme.install(qapp, "light", motion=False)
    context = AppContext(
        home=fresh.home, settings=Settings(None), workers=Workers(), messages=MessageBus(), actions=ActionRegistry(),
        clock=SessionClock(),
    )  # fmt: skip
    made = MainWindow(context)
    qtbot.addWidget(made)
    made.show()
    made.entrance = Entrance(context, made, Namespace(demo=False, profile=None, user=None))  # type: ignore[attr-defined]
    yield made
    context.workers.shutdown()
    if context.session is not None:
        context.session.close()


def in_dialog(kind: type[QDialog], act: Callable[[Any], None]) -> None:
    """Once a modal dialog of this kind is open, act on it."""

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, kind):
            act(dialog)
        else:
            QTimer.singleShot(20, look)

    QTimer.singleShot(20, look)


class Person:
    """Does with mouse and keys what a person does."""

    def __init__(self, bot: Any, window: MainWindow) -> None:
        self.bot, self.window, self.context = bot, window, window.context

    def click(self, widget: Any) -> None:
        self.bot.mouseClick(widget, LEFT)

    def button(self, root: Any, words: str) -> Button:
        return next(one for one in root.findChildren(Button) if one.accessibleName() == words and one.isVisible())

    def wait(self, done: Callable[[], Any]) -> None:
        self.bot.waitUntil(done, timeout=WAIT)

    def go(self, section: str) -> Any:
        assert self.window.rail is not None
        self.click(self.window.rail.items[section])
        assert self.window.current is not None
        assert self.window.current.id == section
        return self.window.current

    def sign_in(self) -> None:
        entrance: Entrance = self.window.entrance  # type: ignore[attr-defined]
        entrance.begin()
        page = self.window.sign_in
        self.wait(page.button.isEnabled)
        self.bot.keyClicks(page.email, ADMIN)
        self.bot.keyClicks(page.password, PASSWORD)
        with self.bot.waitSignal(entrance.entered, timeout=WAIT):
            self.click(page.button)

    def import_sheet(self, source: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The real sheet: new parties are created, good rows go in, the others stay out."""
        monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_a, **_k: ([str(source)], ""))
        trips = self.go("trips")
        self.click(self.button(trips, "Import trips…"))
        dialog = trips.deeds.dialog
        self.bot.addWidget(dialog)
        dialog.file_page.create_new.click()
        self.click(dialog.file_page.zone.button)
        self.wait(lambda: dialog.pages.currentIndex() == CHECK and dialog.check_page.preview is not None)
        dialog.mode.set_value(True)
        dialog.mode.chosen.emit(True)
        self.wait(dialog.next_button.isEnabled)
        assert dialog.next_button.accessibleName() == "Import 2,597 trips"
        self.click(dialog.next_button)
        self.wait(lambda: dialog.pages.currentIndex() == DONE)
        self.click(dialog.next_button)

    def choose_client(self, code: str) -> None:
        rail = self.window.rail
        assert rail is not None
        with self.context.signed_in.unit_of_work() as uow:
            (client,) = uow.clients.find(code=code)
        self.wait(lambda: client.id in dict(rail.client._clients))
        rail.client.client_chosen.emit(client.id, client.name)
        assert self.context.client_id == client.id

    def make_contract(self, vendor: str) -> None:
        """From the dialog to the first version, rules typed into the form."""
        screen = self.go("contracts")
        self.wait(lambda: not self.context.workers.running)

        def act(dialog: ContractDialog) -> None:
            chosen = next(one for one in dialog._choices.vendors[self.context.client_id] if one.link.code == vendor)
            dialog._vendor.set_value(chosen.vendor.id)
            dialog._vendor.chosen.emit(chosen.vendor.id)
            dialog._model.set_value("HYBRID")
            self.bot.keyClicks(dialog._name, "Road freight")
            dialog._from.set_value(date(2019, 1, 1))
            self.click(dialog.ok_button)

        in_dialog(ContractDialog, act)
        self.click(screen.new_button)
        self.wait(lambda: screen.place == "rules")
        screen.editor.rules.ensure_built()
        rows = {row.key: row for section in screen.editor.rules.sections.values() for row in section.rows()}
        for key, text in RULES.items():
            line = getattr(rows[key].field, "edit", rows[key].field)
            line.setFocus()
            line.selectAll()
            self.bot.keyClicks(line, text)
        self.wait(screen.activate_button.isEnabled)
        self.click(screen.activate_button)
        self.wait(lambda: screen.place == "detail")

    def bill(self, month: date) -> None:
        """Rate, draft, issue."""
        self.context.set_month(month)
        screen = self.go("billing_runs")
        self.wait(lambda: "RATED" in [row.state for row in screen.model.rows])
        self.wait(screen.draft_button.isEnabled)
        self.click(screen.draft_button)
        self.wait(lambda: "DRAFT" in [row.state for row in screen.model.rows])
        self.wait(screen.issue_button.isEnabled)
        in_dialog(ConfirmDialog, lambda dialog: self.click(dialog.confirm_button))
        screen._issue()
        self.wait(lambda: "ISSUED" in [row.state for row in screen.model.rows])

    def export(self, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Open the invoice and save its workbook."""
        monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a, **_k: (str(target), ""))
        screen = self.go("invoices")
        self.wait(lambda: len(screen.model.rows) == 1)
        screen.table.select_row(0)
        self.bot.keyClick(screen.table.view, Qt.Key.Key_Return)
        self.wait(lambda: screen.stack.currentIndex() == 1)
        screen._export("xlsx")
        self.wait(target.exists)


def test_a_real_sheet_becomes_an_invoice_by_clicks(
    qtbot: Any, window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = shared_file("india_client_vendor_trips.xlsx")
    trips = read_real_trips(source)
    client, vendor = largest_pair(trips)
    mine = [trip for trip in trips if (trip.client, trip.vendor) == (client, vendor)]
    month = busiest_month(mine)
    expected = oracle_answer([trip for trip in mine if trip.month == month], month, RULES)
    person = Person(qtbot, window)
    person.sign_in()
    person.import_sheet(source, monkeypatch)
    person.choose_client(client)
    person.make_contract(vendor)
    session = window.context.signed_in
    assert len(list_contracts(session)) == 1
    year, number = map(int, month.split("-"))
    person.bill(date(year, number, 1))
    (issued,) = list_invoices(session)
    assert issued.number
    person.export(tmp_path / "invoice.xlsx", monkeypatch)
    check_workbook(tmp_path / "invoice.xlsx", issued.number, expected)
    qtbot.waitUntil(lambda: not window.context.workers.running, timeout=WAIT)
