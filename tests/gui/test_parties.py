"""Clients and vendors on screen: lists by role, real keys, wrong fields, a second editor, a list of staff."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QFileDialog

from billing.schemas.ids import new_id
from billing.schemas.parties import Employee
from billing.services import parties as services
from billing.services.staff_and_cabs import add_employees, list_employees, list_vehicles
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.views.dialogs.confirm import ConfirmDialog
from moveinsync_desktop.views.dialogs.employee_import import EmployeeImportDialog
from moveinsync_desktop.views.dialogs.party_dialog import PartyDialog
from moveinsync_desktop.views.dialogs.record_history import RecordHistoryDialog
from moveinsync_desktop.views.parties import PartiesScreen
from tests.support.people import Pair, People

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def open_screen(qtbot: Any, context: AppContext) -> Iterator[Callable[[Any], PartiesScreen]]:
    def make(session: Any) -> PartiesScreen:
        context.session, context.client_id = session, session.client_id
        screen = PartiesScreen(context)
        qtbot.addWidget(screen)
        screen.resize(1150, 690)
        context.workers.changes.connect(screen.on_changes)
        screen.show()
        qtbot.waitUntil(lambda: screen.book is not None, timeout=10_000)
        return screen

    yield make
    context.workers.shutdown()


def go(screen: PartiesScreen, tab: str) -> None:
    screen.open_with(tab=tab)


def rows(screen: PartiesScreen) -> list[Any]:
    return screen.tables_by_key[screen.shown.key].model.rows  # type: ignore[attr-defined,no-any-return]


def during(qtbot: Any, act: Callable[[Any], None]) -> list[BaseException]:
    """Run `act(dialog)` while the next dialog is open; what it raised is given back, and the dialog closed."""
    raised: list[BaseException] = []

    def work() -> None:
        dialog = QApplication.activeModalWidget()
        if dialog is None:
            QTimer.singleShot(50, work)
            return
        try:
            act(dialog)
        except BaseException as error:  # noqa: BLE001 - handed on to the test
            raised.append(error)
        finally:
            if dialog.isVisible():
                dialog.done(0)  # type: ignore[attr-defined]

    QTimer.singleShot(50, work)
    return raised


def fill(qtbot: Any, dialog: PartyDialog, **texts: str) -> None:
    """Type into the fields of a form."""
    for made in dialog.form.rows:
        if made.key in texts:
            made.field.setFocus()
            made.field.selectAll()
            qtbot.keyClicks(made.field, texts[made.key])


def row_of(dialog: PartyDialog, key: str) -> Any:
    return next(made for made in dialog.form.rows if made.key == key)


def save(qtbot: Any, dialog: PartyDialog) -> None:
    qtbot.mouseClick(dialog.save_button, LEFT)


def test_client_admin_sees_its_own_and_the_next_step(open_screen: Any, client_admin: Any, pair: Pair) -> None:
    screen = open_screen(client_admin)
    assert [row.code for row in rows(screen)] == [pair.link.code]
    go(screen, "clients")
    assert [row.code for row in rows(screen)] == [pair.client.code]
    assert not screen._add_button.isVisible()
    assert screen._strip.isVisible()
    assert screen._next.text().strip() == "New contract"


def test_super_admin_sees_all_clients_and_may_add_one(open_screen: Any, super_admin: Any, pair: Pair) -> None:
    screen = open_screen(super_admin)
    assert screen.shown.key == "clients"
    assert pair.client.code in {row.code for row in rows(screen)}
    assert screen._add_button.isVisible()


def test_vehicle_typed_into_the_form_is_stored_and_listed(
    qtbot: Any, open_screen: Any, client_admin: Any, pair: Pair
) -> None:
    screen = open_screen(client_admin)
    go(screen, "vehicles")

    def act(dialog: PartyDialog) -> None:
        row_of(dialog, "vendor_id").field.set_value((pair.client_id, pair.vendor_id))
        fill(qtbot, dialog, vehicle_no="ka 01-zx 77", vehicle_type="SEDAN")
        save(qtbot, dialog)
        qtbot.waitUntil(lambda: not dialog.isVisible(), timeout=10_000)

    raised = during(qtbot, act)
    qtbot.mouseClick(screen._add_button, LEFT)
    assert raised == []
    qtbot.waitUntil(lambda: len(rows(screen)) == 1, timeout=10_000)
    (stored,) = list_vehicles(client_admin, client_id=pair.client_id)
    assert (stored.vehicle_no, stored.vehicle_type, stored.vendor_id) == ("KA01ZX77", "SEDAN", pair.vendor_id)


def test_wrong_fields_are_told_in_place_and_the_form_stays(qtbot: Any, open_screen: Any, client_admin: Any) -> None:
    screen = open_screen(client_admin)

    def act(dialog: PartyDialog) -> None:
        fill(qtbot, dialog, gstin="29ABKFS7712M1ZX", pin="012")
        row_of(dialog, "gstin").field.editingFinished.emit()
        assert row_of(dialog, "gstin")._note.text() == "last character must be G"
        row_of(dialog, "gstin").set_error("")
        save(qtbot, dialog)
        qtbot.waitUntil(lambda: bool(row_of(dialog, "pin")._error), timeout=10_000)
        assert [made.key for made in dialog.form.rows if made._error] == ["code", "name", "gstin", "pin"]
        assert dialog.isVisible()
        assert dialog.save_button.isEnabled()
        assert row_of(dialog, "pin").value == "012"

    raised = during(qtbot, act)
    screen.add()
    assert raised == []


def test_second_editor_sees_what_differs_and_may_save_again(
    qtbot: Any, open_screen: Any, client_admin: Any, super_admin: Any, pair: Pair
) -> None:
    screen = open_screen(client_admin)
    go(screen, "sites")
    (site,) = services.list_sites(super_admin, client_id=pair.client_id)

    def act(dialog: PartyDialog) -> None:
        services.update_site(super_admin, site=replace(site, city="Mysuru"))
        fill(qtbot, dialog, name="Tower two")
        save(qtbot, dialog)
        qtbot.waitUntil(lambda: dialog.notice.isVisible(), timeout=10_000)
        assert row_of(dialog, "city")._was == "Mysuru"
        assert row_of(dialog, "name").value == "Tower two"
        row_of(dialog, "city").undone.emit()
        assert row_of(dialog, "city").value == "Mysuru"
        save(qtbot, dialog)
        qtbot.waitUntil(lambda: not dialog.isVisible(), timeout=10_000)

    raised = during(qtbot, act)
    screen._edit(rows(screen)[0])
    assert raised == []
    (stored,) = services.list_sites(super_admin, client_id=pair.client_id)
    assert (stored.name, stored.city) == ("Tower two", "Mysuru")


def test_what_was_typed_comes_back_after_the_session_broke_off(
    qtbot: Any, open_screen: Any, client_admin: Any, context: AppContext
) -> None:
    screen = open_screen(client_admin)
    go(screen, "employees")

    def type_and_break_off(dialog: PartyDialog) -> None:
        fill(qtbot, dialog, code="E77", name="Half Typed")
        qtbot.waitUntil(lambda: len(context.drafts.all()) == 1, timeout=5_000)
        dialog.done(0)

    raised = during(qtbot, type_and_break_off)
    screen.add()
    assert raised == []

    def come_back(dialog: PartyDialog) -> None:
        assert row_of(dialog, "name").value == "Half Typed"
        assert dialog.notice.isVisible()
        save(qtbot, dialog)
        qtbot.waitUntil(lambda: not dialog.isVisible(), timeout=10_000)

    raised = during(qtbot, come_back)
    screen.add()
    assert raised == []
    assert context.drafts.all() == []
    qtbot.waitUntil(lambda: [row.code for row in rows(screen)] == ["E77"], timeout=10_000)


def test_leaving_asks_only_if_something_was_typed(
    qtbot: Any, open_screen: Any, client_admin: Any, context: AppContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    screen = open_screen(client_admin)
    go(screen, "employees")
    asked: list[str] = []

    def answer(self: ConfirmDialog) -> bool:
        asked.append(self.windowTitle())
        return len(asked) > 1

    monkeypatch.setattr(ConfirmDialog, "ask", answer)

    def leave(dialog: PartyDialog) -> None:
        dialog.reject()
        assert not dialog.isVisible()

    def type_and_leave(dialog: PartyDialog) -> None:
        fill(qtbot, dialog, code="E78")
        dialog.reject()
        assert dialog.isVisible()
        dialog.reject()
        assert not dialog.isVisible()

    for act in (leave, type_and_leave):
        raised = during(qtbot, act)
        screen.add()
        assert raised == []
    assert asked == ["Leave without saving?"] * 2
    assert context.drafts.all() == []


def test_new_client_comes_with_its_site(qtbot: Any, open_screen: Any, super_admin: Any) -> None:
    screen = open_screen(super_admin)
    before = len(rows(screen))

    def act(dialog: PartyDialog) -> None:
        fill(qtbot, dialog, code=f"NEW{before}", name="New Works", gstin="29ABKFS7712M1ZG", city="Hubballi")
        row_of(dialog, "gstin").field.editingFinished.emit()
        assert row_of(dialog, "state_code").value == "29"
        save(qtbot, dialog)
        qtbot.waitUntil(lambda: not dialog.isVisible(), timeout=10_000)

    raised = during(qtbot, act)
    qtbot.mouseClick(screen._add_button, LEFT)
    assert raised == []
    qtbot.waitUntil(lambda: len(rows(screen)) == before + 1, timeout=10_000)
    client = next(one for one in services.list_clients(super_admin) if one.code == f"NEW{before}")
    (site,) = services.list_sites(super_admin, client_id=client.id)
    assert (site.gstin, site.state_code, site.city, site.legal_name) == (
        "29ABKFS7712M1ZG", "29", "Hubballi", "New Works",
    )  # fmt: skip


def test_panel_shows_the_row_and_offers_what_the_role_may(
    qtbot: Any, open_screen: Any, people: People, pair: Pair
) -> None:
    session = people.sign_in("CLIENT_ADMIN", pair)
    add_employees(session, employees=[Employee(new_id(), pair.client_id, "E1", "Anita Rao")])
    screen = open_screen(session)
    go(screen, "employees")
    screen._table.view.setCurrentIndex(screen._table.model.index(0, 0))
    qtbot.waitUntil(screen.panel.isVisible)
    assert screen.panel.title_label.text() == "Anita Rao"
    assert screen.panel._edit_button.isVisible()
    go(screen, "clients")
    screen._table.view.setCurrentIndex(screen._table.model.index(0, 0))
    qtbot.waitUntil(screen.panel.isVisible)
    assert not screen.panel._edit_button.isVisible()


def test_panel_follows_an_edit_of_what_it_shows(qtbot: Any, open_screen: Any, client_admin: Any, pair: Pair) -> None:
    add_employees(client_admin, employees=[Employee(new_id(), pair.client_id, "E1", "Anita Rao")])
    screen = open_screen(client_admin)
    go(screen, "employees")
    screen._table.view.setCurrentIndex(screen._table.model.index(0, 0))
    qtbot.waitUntil(screen.panel.isVisible)

    def act(dialog: PartyDialog) -> None:
        fill(qtbot, dialog, name="Anita Kamath")
        save(qtbot, dialog)
        qtbot.waitUntil(lambda: not dialog.isVisible(), timeout=10_000)

    raised = during(qtbot, act)
    qtbot.mouseClick(screen.panel._edit_button, LEFT)
    assert raised == []
    qtbot.waitUntil(lambda: screen.panel.title_label.text() == "Anita Kamath", timeout=10_000)
    assert screen.panel.isVisible()


def test_history_tells_who_changed_what(qtbot: Any, open_screen: Any, client_admin: Any, pair: Pair) -> None:
    (site,) = services.list_sites(client_admin, client_id=pair.client_id)
    services.update_site(client_admin, site=replace(site, city="Mysuru", gstin="29ABKFS7712M1ZG"))
    screen = open_screen(client_admin)
    go(screen, "sites")

    def act(dialog: RecordHistoryDialog) -> None:
        qtbot.waitUntil(lambda: len(dialog.model.rows) >= 3, timeout=10_000)
        lines = {(line.what, line.was, line.now) for line in dialog.model.rows}
        assert ("City", "–", "Mysuru") in lines
        assert ("GSTIN", "–", "29ABKFS7712M1ZG") in lines
        assert client_admin.email in {line.who for line in dialog.model.rows}

    raised = during(qtbot, act)
    screen.panel.history_wanted.emit(rows(screen)[0])
    assert raised == []


def test_list_of_employees_is_shown_before_it_is_stored(
    qtbot: Any, open_screen: Any, client_admin: Any, pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheet = tmp_path / "staff.csv"
    sheet.write_text("Code,Name\nE1,Anita\nE2,Ravi\n,Nobody\n", encoding="utf-8")
    screen = open_screen(client_admin)
    go(screen, "employees")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_a, **_k: (str(sheet), ""))

    def act(dialog: EmployeeImportDialog) -> None:
        qtbot.waitUntil(lambda: dialog.import_button.isEnabled(), timeout=20_000)
        assert dialog.import_button.text().strip() == "Import 2 employees"
        assert [row.row for row in dialog.model.rows] == [4]
        assert list_employees(client_admin, client_id=pair.client_id) == []
        qtbot.mouseClick(dialog.import_button, LEFT)
        qtbot.waitUntil(lambda: not dialog.isVisible(), timeout=20_000)

    raised = during(qtbot, act)
    screen.import_employees()
    assert raised == []
    assert [one.code for one in list_employees(client_admin, client_id=pair.client_id)] == ["E1", "E2"]
    qtbot.waitUntil(lambda: len(rows(screen)) == 2, timeout=10_000)
