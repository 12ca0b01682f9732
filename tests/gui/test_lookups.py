"""Lookups: F2 opens the chosen record, F3 adds one, over the form that asks."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication

from billing.schemas.ids import new_id
from billing.schemas.parties import Employee
from billing.services.party_book import read_party_book
from billing.store.session import Session
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.views.dialogs.party_forms import EmployeeDialog, SiteDialog
from moveinsync_desktop.views.parties import PartiesScreen
from moveinsync_desktop.views.widgets.choices import Combo
from tests.support.people import Pair

WAIT = 10_000


def in_site_form(act: Any) -> list[BaseException]:
    """Run the act once the form of a site lies over the form that asks; what it raises is given back."""
    raised: list[BaseException] = []

    def work() -> None:
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, SiteDialog):
            QTimer.singleShot(40, work)
            return
        try:
            act(dialog)
        except BaseException as error:  # noqa: BLE001 - handed on to the test
            raised.append(error)
            dialog.done(0)

    QTimer.singleShot(40, work)
    return raised


def test_a_site_is_added_and_opened_from_the_form_of_an_employee(
    qtbot: Any, context: AppContext, client_admin: Session, pair: Pair
) -> None:
    context.session = client_admin
    screen = PartiesScreen(context)
    qtbot.addWidget(screen)
    screen.show()
    qtbot.waitUntil(lambda: screen.book is not None, timeout=WAIT)
    book = read_party_book(client_admin)
    form = EmployeeDialog(screen, book, Employee(new_id(), pair.client_id, "E1", "Asha"), lambda typed: typed)
    qtbot.addWidget(form)
    form.show()
    site = next(row.field for row in form.form.rows if row.key == "site_id")
    assert isinstance(site, Combo)
    assert site.toolTip() == "F2 opens the chosen one, F3 adds another"

    def add(dialog: SiteDialog) -> None:
        rows = {made.key: made for made in dialog.form.rows}
        qtbot.keyClicks(rows["code"].field, "WEST")
        qtbot.keyClicks(rows["name"].field, "West gate")
        qtbot.mouseClick(dialog.save_button, Qt.MouseButton.LeftButton)

    raised = in_site_form(add)
    qtbot.keyClick(site, Qt.Key.Key_F3)
    qtbot.waitUntil(lambda: site.currentText() == "West gate  WEST", timeout=WAIT)
    assert raised == []
    assert site.value in {one.id for one in read_party_book(client_admin).sites}

    seen: list[str] = []

    def look(dialog: SiteDialog) -> None:
        seen.append(dialog.record.code)
        dialog.done(0)

    raised = in_site_form(look)
    qtbot.keyClick(site, Qt.Key.Key_F2)
    qtbot.waitUntil(lambda: seen == ["WEST"], timeout=WAIT)
    assert raised == []
    form.done(0)
    context.workers.shutdown()


def test_who_may_not_add_is_told_so(qtbot: Any, context: AppContext, viewer: Session) -> None:
    from moveinsync_desktop.views.lookups import PartyLookups

    context.session = viewer
    screen, combo, said = PartiesScreen(context), Combo([(1, "One")], name="Client"), list[str]()
    qtbot.addWidget(screen)
    qtbot.addWidget(combo)
    context.messages.status_changed.connect(lambda status: said.append(status.text))
    PartyLookups(screen).attach(combo, "clients")
    qtbot.keyClick(combo, Qt.Key.Key_F3)
    assert said == ["A viewer may not edit clients; a super admin may."]
