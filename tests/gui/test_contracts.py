"""Contracts on screen: the list, a new contract, rules typed into the form, drafts, activation, conflict, ending."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QDialog, QLineEdit

from billing.schemas.ids import new_id
from billing.services.contracts import correct_version, list_contracts, renew_contract, save_draft
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.views.contract_drafts import unfinished
from moveinsync_desktop.views.contracts import ContractsScreen
from moveinsync_desktop.views.dialogs.contract_history import ContractHistoryDialog
from moveinsync_desktop.views.dialogs.contract_life import ActivateDialog, ConflictDialog, CorrectDialog, DayDialog
from moveinsync_desktop.views.dialogs.contract_terms import ContractDialog
from moveinsync_desktop.views.dialogs.solve_rule import SolveDialog
from moveinsync_desktop.views.widgets.buttons import MenuButton
from moveinsync_desktop.views.widgets.rule_fields import RuleRow
from tests.support.contracts import HYBRID, Agreed, agree
from tests.support.people import Pair

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def agreed(super_admin: Any, pair: Pair) -> Agreed:
    return agree(super_admin, pair)


@pytest.fixture
def signed(context: AppContext, client_admin: Any) -> AppContext:
    context.session = client_admin
    context.client_id = client_admin.client_id
    return context


@pytest.fixture
def screen(qtbot: Any, signed: AppContext) -> Iterator[ContractsScreen]:
    made = ContractsScreen(signed)
    qtbot.addWidget(made)
    made.resize(1150, 690)
    signed.workers.changes.connect(made.on_changes)
    yield made
    signed.workers.shutdown()


def shown(qtbot: Any, screen: ContractsScreen, rows: int = 1) -> ContractsScreen:
    screen.show()
    qtbot.waitUntil(lambda: len(screen.model.rows) == rows, timeout=10_000)
    return screen


def edited(qtbot: Any, screen: ContractsScreen) -> ContractsScreen:
    shown(qtbot, screen)
    screen.table.select_row(0)
    qtbot.keyClick(screen.table.view, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: screen.place == "detail")
    qtbot.mouseClick(screen.rules_button, LEFT)
    qtbot.waitUntil(lambda: screen.effect.effect is not None, timeout=10_000)
    return screen


def field(screen: ContractsScreen, key: str) -> Any:
    screen.editor.rules.ensure_built()
    rows = [row for section in screen.editor.rules.sections.values() for row in section.rows()]
    return next(row for row in rows if row.key == key)


def retype(qtbot: Any, row: RuleRow, text: str) -> None:
    line = getattr(row.field, "edit", row.field)
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, text)


def in_dialog(kind: type[QDialog], act: Callable[[Any], None]) -> None:
    """Once a modal dialog of this kind is open, act on it."""

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, kind):
            act(dialog)
        else:
            QTimer.singleShot(20, look)

    QTimer.singleShot(20, look)


def versions(session: Any) -> list[tuple[int, str]]:
    (view,) = list_contracts(session)
    return [(version.number, version.status) for version in view.versions]


def test_list_shows_what_is_in_force(qtbot: Any, agreed: Agreed, screen: ContractsScreen) -> None:
    (row,) = shown(qtbot, screen).model.rows
    assert (row.name, row.model, row.version, row.since, row.until, row.state) == (
        "Night shift", "Hybrid", 1, date(2026, 4, 1), None, "ACTIVE",
    )  # fmt: skip


def test_typing_marks_the_field_and_rates_the_month_again(qtbot: Any, agreed: Agreed, screen: ContractsScreen) -> None:
    edited(qtbot, screen)
    assert screen.effect.effect.change == 0
    before = screen.effect.effect.before
    row = field(screen, "per_km_rate_after_limit")
    retype(qtbot, row, "27")
    assert row._note.text() == "was 25.00"
    qtbot.waitUntil(lambda: screen.effect.effect.change != 0, timeout=10_000)
    effect = screen.effect.effect
    # 351 km, 100 of them included: the first trip is inside, the second ends the package
    assert effect.before == before
    assert effect.change == sum(part.change for part in effect.parts)
    distance = next(part for part in effect.parts if part.name == "Distance")
    assert distance.change == 251 * 200
    assert (effect.dearer, effect.cheaper) == (11, 0)
    assert screen.editor.rules.nav.buttons["distance"].changed == 1


def test_wrong_text_is_an_error_at_its_field_and_cannot_be_saved(
    qtbot: Any, agreed: Agreed, screen: ContractsScreen
) -> None:
    edited(qtbot, screen)
    row = field(screen, "base_monthly_fee")
    retype(qtbot, row, "dear")
    assert row._note.text() == "not a number"
    assert "to put right" in screen.editor.rules._count.text()
    assert not screen.activate_button.isEnabled()
    qtbot.mouseClick(screen.editor.rules.save_button, LEFT)
    qtbot.wait(150)
    assert versions(screen.context.signed_in) == [(1, "ACTIVE")]


def test_undo_and_redo_by_key(qtbot: Any, agreed: Agreed, screen: ContractsScreen) -> None:
    edited(qtbot, screen)
    form = screen.editor.form
    retype(qtbot, field(screen, "free_km_included"), "120")
    assert form.get(("free_km_included",)) == "120"
    screen.editor.rules._undo()
    assert form.get(("free_km_included",)) == "100"
    screen.editor.rules._redo()
    assert form.get(("free_km_included",)) == "120"
    qtbot.mouseClick(screen.editor.rules._undo_all, LEFT)
    assert form.changes() == []


def test_save_draft_then_activate_from_a_day(qtbot: Any, agreed: Agreed, screen: ContractsScreen) -> None:
    edited(qtbot, screen)
    retype(qtbot, field(screen, "night_shift_surcharge"), "110")
    qtbot.mouseClick(screen.editor.rules.save_button, LEFT)
    session = screen.context.signed_in
    qtbot.waitUntil(lambda: versions(session) == [(1, "ACTIVE"), (2, "DRAFT")], timeout=10_000)
    qtbot.waitUntil(lambda: not screen.editor.form.is_dirty)

    def act(dialog: ActivateDialog) -> None:
        assert [(change.label, change.old, change.new) for change in dialog.table.model.rows] == [
            ("Night surcharge", "90.00", "110.00")
        ]
        dialog.day_field.set_value(date(2026, 12, 1))
        qtbot.mouseClick(dialog.ok_button, LEFT)

    in_dialog(ActivateDialog, act)
    qtbot.mouseClick(screen.activate_button, LEFT)
    qtbot.waitUntil(lambda: versions(session) == [(1, "ACTIVE"), (2, "ACTIVE")], timeout=10_000)
    (view,) = list_contracts(session)
    assert view.versions[0].valid_until == view.versions[1].valid_from
    assert view.versions[1].rules["night_shift_surcharge"] == "110"
    qtbot.waitUntil(lambda: screen.place == "detail", timeout=10_000)


def test_a_second_editor_sees_who_saved_and_both_values(
    qtbot: Any, agreed: Agreed, screen: ContractsScreen, super_admin: Any
) -> None:
    edited(qtbot, screen)
    retype(qtbot, field(screen, "night_shift_surcharge"), "110")
    qtbot.mouseClick(screen.editor.rules.save_button, LEFT)
    qtbot.waitUntil(lambda: screen.editor.draft is not None and not screen.editor.form.is_dirty, timeout=10_000)
    theirs = replace(screen.editor.draft, rules={**HYBRID, "night_shift_surcharge": "105"})
    save_draft(super_admin, version=theirs)
    retype(qtbot, field(screen, "night_shift_surcharge"), "120")
    seen: dict[str, Any] = {}

    def act(dialog: ConflictDialog) -> None:
        seen["title"] = dialog.title_label.text()
        seen["rows"] = [(change.old, change.new) for change in dialog.table.model.rows]
        qtbot.mouseClick(dialog.mine_button, LEFT)

    in_dialog(ConflictDialog, act)
    qtbot.mouseClick(screen.editor.rules.save_button, LEFT)
    qtbot.waitUntil(lambda: bool(seen) and not screen.editor.form.is_dirty, timeout=10_000)
    assert "admin@example.com saved this draft on" in seen["title"]
    assert seen["rows"] == [("105.00", "120.00")]
    (view,) = list_contracts(screen.context.signed_in)
    assert view.versions[1].rules["night_shift_surcharge"] == "120"


def test_slabs_are_typed_in_a_table(qtbot: Any, agreed: Agreed, screen: ContractsScreen) -> None:
    edited(qtbot, screen)
    form = screen.editor.form
    section = screen.editor.rules.sections["distance"]
    section._pricing.setFocus()
    qtbot.keyClick(section._pricing, Qt.Key.Key_Right)
    grid = section.tables()[0].grid
    grid.setCurrentIndex(grid.table.index(0, 2))
    grid.setFocus()
    for row, text in ((0, "26"), (1, "20")):
        grid.setCurrentIndex(grid.table.index(row, 2))
        qtbot.keyClick(grid, Qt.Key.Key_Return)
        editor = grid.findChildren(QLineEdit)[-1]
        qtbot.keyClicks(editor, text)
        qtbot.keyClick(editor, Qt.Key.Key_Return)
        qtbot.waitUntil(lambda row=row, text=text: form.get(("slabs", "bands", row, "rate")) == text)
    assert [band.get("rate") for band in form.get(("slabs", "bands"))] == ["26", "20"]
    assert form.is_valid
    qtbot.waitUntil(lambda: screen.effect.effect.band_metres is not None, timeout=10_000)
    qtbot.keyClick(grid, Qt.Key.Key_Delete)
    assert len(form.get(("slabs", "bands"))) == 1


def test_a_new_contract_from_dialog_to_first_version(qtbot: Any, pair: Pair, screen: ContractsScreen) -> None:
    shown(qtbot, screen, rows=0)

    def act(dialog: ContractDialog) -> None:
        qtbot.keyClicks(dialog._name, "Day shuttle")
        dialog._from.set_value(date(2026, 4, 1))
        qtbot.mouseClick(dialog.ok_button, LEFT)

    in_dialog(ContractDialog, act)
    qtbot.mouseClick(screen.new_button, LEFT)
    qtbot.waitUntil(lambda: screen.place == "rules", timeout=10_000)
    assert not screen.activate_button.isEnabled()
    retype(qtbot, field(screen, "base_monthly_fee"), "4,50,000")
    retype(qtbot, field(screen, "per_km_rate_after_limit"), "25.5")
    assert screen.activate_button.accessibleName() == "Create contract"
    qtbot.mouseClick(screen.activate_button, LEFT)
    qtbot.waitUntil(lambda: screen.place == "detail", timeout=10_000)
    (view,) = list_contracts(screen.context.signed_in)
    assert view.contract.name == "Day shuttle"
    assert view.versions[0].status == "ACTIVE"
    assert view.versions[0].rules == {"base_monthly_fee": "450000", "per_km_rate_after_limit": "25.5"}


def test_ending_asks_for_the_last_day(qtbot: Any, agreed: Agreed, screen: ContractsScreen) -> None:
    shown(qtbot, screen)
    screen._show_contract(screen.model.rows[0].view)

    def act(dialog: DayDialog) -> None:
        dialog.day_field.set_value(date(2026, 12, 31))
        qtbot.mouseClick(dialog.ok_button, LEFT)

    in_dialog(DayDialog, act)
    qtbot.mouseClick(screen.end_button, LEFT)
    session = screen.context.signed_in
    qtbot.waitUntil(lambda: list_contracts(session)[0].versions[0].valid_until is not None, timeout=10_000)
    qtbot.waitUntil(lambda: screen.model.rows[0].until == date(2026, 12, 31), timeout=10_000)


def test_typed_changes_survive_a_look_elsewhere(qtbot: Any, agreed: Agreed, screen: ContractsScreen) -> None:
    edited(qtbot, screen)
    retype(qtbot, field(screen, "free_km_included"), "120")
    screen._on_crumb(0)
    assert screen.place == "list"
    screen._show_contract(screen.model.rows[0].view)
    qtbot.mouseClick(screen.rules_button, LEFT)
    assert screen.editor.form.get(("free_km_included",)) == "120"


def test_typed_changes_outlive_a_crash(qtbot: Any, agreed: Agreed, screen: ContractsScreen) -> None:
    edited(qtbot, screen)
    retype(qtbot, field(screen, "free_km_included"), "120")
    qtbot.waitUntil(lambda: screen.editor.drafts.find(agreed.id) is not None, timeout=5_000)
    again = ContractsScreen(screen.context)
    qtbot.addWidget(again)
    edited(qtbot, again)
    assert again.editor.form.get(("free_km_included",)) == "120"
    assert "is here again, not saved yet" in again.editor.bar._words.text()
    qtbot.mouseClick(again.editor.bar._link, LEFT)
    assert again.editor.form.changes() == []
    assert again.editor.drafts.find(agreed.id) is None


def test_a_new_contract_that_was_not_finished_is_offered(qtbot: Any, agreed: Agreed, screen: ContractsScreen) -> None:
    shown(qtbot, screen)
    contract = replace(agreed.view.contract, id=new_id(), name="Day shuttle")
    screen.editor.open_new(contract, "PER_TRIP", date(2026, 12, 1))
    screen._go("rules")
    retype(qtbot, field(screen, "base_fare"), "140")
    qtbot.waitUntil(lambda: unfinished(screen.context) is not None, timeout=5_000)
    again = ContractsScreen(screen.context)
    qtbot.addWidget(again)
    shown(qtbot, again)
    assert "Day shuttle was not finished" in again.bar._words.text()
    qtbot.mouseClick(again.bar._link, LEFT)
    assert again.editor.form.rules() == {"base_fare": "140"}
    qtbot.mouseClick(again.activate_button, LEFT)
    qtbot.waitUntil(lambda: len(list_contracts(again.context.signed_in)) == 2, timeout=10_000)
    qtbot.waitUntil(lambda: unfinished(screen.context) is None, timeout=5_000)


def test_what_looks_wrong_is_told_and_leads_to_its_field(qtbot: Any, agreed: Agreed, screen: ContractsScreen) -> None:
    edited(qtbot, screen)
    row = field(screen, "tax_percentage")
    retype(qtbot, row, "0.18")
    assert row._note.text() == "was 5\u2009%"
    assert row._warning.toolTip() == "Tax is 0.18 %: was 18 % meant?"
    qtbot.waitUntil(lambda: screen.effect._bar.isVisible(), timeout=10_000)
    field(screen, "base_monthly_fee").field.edit.setFocus()
    qtbot.mouseClick(screen.effect._bar._link, LEFT)
    assert row.field.edit.hasFocus()


def test_a_value_is_found_for_a_target(qtbot: Any, agreed: Agreed, screen: ContractsScreen) -> None:
    edited(qtbot, screen)
    seen: dict[str, Any] = {}

    def act(dialog: SolveDialog) -> None:
        assert dialog.path == ("per_km_rate_after_limit",)
        dialog._sum.set_value(dialog._effect.before + 251 * 100)
        qtbot.mouseClick(dialog.find_button, LEFT)
        qtbot.waitUntil(lambda: dialog.solution is not None, timeout=10_000)
        seen["words"] = dialog.answer.text()
        qtbot.mouseClick(dialog.use_button, LEFT)

    in_dialog(SolveDialog, act)
    qtbot.mouseClick(screen.effect.solve_button, LEFT)
    assert "Rate beyond free km: " in seen["words"]
    found = screen.editor.form.get(("per_km_rate_after_limit",))
    assert 26 <= Decimal(found) <= Decimal("26.1")
    qtbot.waitUntil(lambda: abs(screen.effect.effect.change - 251 * 100) < 251, timeout=10_000)
    screen.editor.rules._undo()
    assert screen.editor.form.changes() == []


def test_viewers_read_only(qtbot: Any, agreed: Agreed, context: AppContext, viewer: Any) -> None:
    context.session, context.client_id = viewer, viewer.client_id
    screen = ContractsScreen(context)
    qtbot.addWidget(screen)
    shown(qtbot, screen)
    screen._show_contract(screen.model.rows[0].view)
    assert screen.new_button.isHidden()
    assert screen.rules_button.isHidden()
    assert screen.end_button.isHidden()


def test_history_tells_who_changed_which_rule(qtbot: Any, agreed: Agreed, screen: ContractsScreen) -> None:
    edited(qtbot, screen)
    retype(qtbot, field(screen, "night_shift_surcharge"), "110")
    qtbot.mouseClick(screen.editor.rules.save_button, LEFT)
    qtbot.waitUntil(lambda: screen.editor.draft is not None and not screen.editor.form.is_dirty, timeout=10_000)
    retype(qtbot, field(screen, "night_shift_surcharge"), "115")
    qtbot.mouseClick(screen.editor.rules.save_button, LEFT)
    qtbot.waitUntil(lambda: not screen.editor.form.is_dirty, timeout=10_000)
    qtbot.waitUntil(lambda: not screen.context.workers.running, timeout=10_000)
    screen._show_contract(screen.model.rows[0].view)
    seen: dict[str, Any] = {}

    def act(dialog: ContractHistoryDialog) -> None:
        qtbot.waitUntil(lambda: bool(dialog.table.model.rows), timeout=10_000)
        seen["lines"] = [(line.what, line.detail) for line in dialog.table.model.rows]
        dialog.reject()

    in_dialog(ContractHistoryDialog, act)
    qtbot.mouseClick(screen.detail.history_button, LEFT)
    assert seen["lines"] == [
        ("Version 2 changed", "Night surcharge 110.00 → 115.00"),
        ("Version 2 drafted", ""),
        ("Version 1 activated", "from 01-04-2026"),
        ("Version 1 drafted", ""),
        ("Contract made", "Night shift"),
    ]


def test_vehicle_types_can_have_slabs_of_their_own(qtbot: Any, agreed: Agreed, screen: ContractsScreen) -> None:
    edited(qtbot, screen)
    form = screen.editor.form
    form.price_by("slabs")
    form.set_value(("slabs", "bands"), [{"upto": "15", "rate": "26"}, {"rate": "20"}])
    form.add("vehicle_rates")
    section = screen.editor.rules.sections["distance"]
    types = next(table for table in section.tables() if table.property("rule") == "vehicle_rates")
    qtbot.mouseClick(types.add_button, LEFT)
    editor = types.grid.findChildren(QLineEdit)[-1]
    qtbot.keyClicks(editor, "SUV")
    qtbot.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: form.get(("vehicle_rates",)) == {"SUV": {}})
    offer = next(button for button in section.findChildren(MenuButton) if button.accessibleName() == "Of its own for")
    offer.menu().actions()[0].trigger()
    assert form.get(("vehicle_rates", "SUV", "slabs", "bands", 0, "rate")) == "26"
    own = section.tables()[-1].table
    own.setData(own.index(0, 2), "30")
    assert form.get(("vehicle_rates", "SUV", "slabs", "bands", 0, "rate")) == "30"
    assert form.get(("slabs", "bands", 0, "rate")) == "26"
    assert form.is_valid


def test_enter_goes_to_the_next_field(qtbot: Any, agreed: Agreed, screen: ContractsScreen) -> None:
    edited(qtbot, screen)
    fee = field(screen, "base_monthly_fee").field.edit
    fee.setFocus()
    qtbot.keyClick(fee, Qt.Key.Key_Return)
    assert field(screen, "free_km_included").field.edit.hasFocus()


def test_another_version_in_force_meanwhile_is_told(
    qtbot: Any, agreed: Agreed, screen: ContractsScreen, super_admin: Any
) -> None:
    edited(qtbot, screen)
    retype(qtbot, field(screen, "free_km_included"), "120")
    renew_contract(
        super_admin, contract=agreed.view.contract, model="HYBRID", rules={**HYBRID, "night_shift_surcharge": "95"},
        valid_from=date(2026, 10, 1),
    )  # fmt: skip
    screen.refresh()
    qtbot.waitUntil(lambda: "put version 2 in force meanwhile" in screen.editor.bar._words.text(), timeout=10_000)
    assert screen.editor.form.get(("free_km_included",)) == "120"
    qtbot.mouseClick(screen.editor.bar._link, LEFT)
    qtbot.waitUntil(lambda: screen.place == "detail" and len(screen.contract_view.versions) == 2, timeout=10_000)
    qtbot.mouseClick(screen.rules_button, LEFT)
    assert screen.editor.base.number == 2
    assert screen.editor.form.get(("free_km_included",)) == "120"
    assert [change.label for change in screen.editor.form.changes()] == ["Included km"]
    assert screen.editor.form.get(("night_shift_surcharge",)) == "95"


def corrected(qtbot: Any, screen: ContractsScreen) -> ContractsScreen:
    """The screen with version 1 opened to be corrected."""
    shown(qtbot, screen)
    screen._show_contract(screen.model.rows[0].view)
    (entry,) = screen.detail._entries
    qtbot.waitUntil(entry.correct_button.isVisible, timeout=10_000)
    qtbot.mouseClick(entry.correct_button, LEFT)
    qtbot.waitUntil(lambda: screen.effect.effect is not None, timeout=10_000)
    return screen


def test_a_version_is_corrected_with_its_reason_and_effect(qtbot: Any, agreed: Agreed, screen: ContractsScreen) -> None:
    screen = corrected(qtbot, screen)
    assert screen.activate_button.text() == "Correct…"
    assert not screen.activate_button.isEnabled()
    assert not screen.editor.rules.save_button.isVisible()
    before = screen.effect.effect.before
    retype(qtbot, field(screen, "base_monthly_fee"), "31000")
    qtbot.waitUntil(lambda: screen.effect.effect.after == before + 1_000_00, timeout=10_000)

    def act(dialog: CorrectDialog) -> None:
        assert not dialog.confirm_button.isEnabled()
        assert [row.label for row in dialog.table.model.rows] == ["Monthly fee"]
        qtbot.keyClicks(dialog._edit, "Typing slip")
        qtbot.mouseClick(dialog.confirm_button, LEFT)

    in_dialog(CorrectDialog, act)
    qtbot.mouseClick(screen.activate_button, LEFT)
    session = screen.context.signed_in
    qtbot.waitUntil(lambda: list_contracts(session)[0].versions[0].id != agreed.view.versions[0].id, timeout=10_000)
    (version,) = list_contracts(session)[0].versions
    assert (version.number, version.status, version.rules["base_monthly_fee"]) == (1, "ACTIVE", "31000")
    qtbot.waitUntil(lambda: screen.place == "detail", timeout=10_000)


def test_a_correction_that_is_left_is_there_again_and_no_draft(
    qtbot: Any, agreed: Agreed, screen: ContractsScreen
) -> None:
    screen = corrected(qtbot, screen)
    retype(qtbot, field(screen, "base_monthly_fee"), "31000")
    screen._back()
    screen._edit_rules()
    assert screen.editor.corrects is None
    assert screen.editor.form is not None
    assert screen.editor.form.changes() == []
    screen._back()
    screen._correct(agreed.view.versions[0])
    assert screen.editor.form.get(("base_monthly_fee",)) == "31000"
    qtbot.mouseClick(screen.editor.rules.discard_button, LEFT)
    qtbot.waitUntil(lambda: screen.place == "detail", timeout=10_000)


def test_a_version_that_was_corrected_elsewhere_is_told_and_not_overwritten(
    qtbot: Any, super_admin: Any, agreed: Agreed, screen: ContractsScreen
) -> None:
    screen = corrected(qtbot, screen)
    retype(qtbot, field(screen, "base_monthly_fee"), "31000")
    rules = {**HYBRID, "base_monthly_fee": "29000"}
    correct_version(super_admin, version=agreed.view.versions[0], model="HYBRID", rules=rules, reason="Other slip")
    screen.refresh()
    qtbot.waitUntil(screen.editor.bar.isVisible, timeout=10_000)

    def act(dialog: CorrectDialog) -> None:
        qtbot.keyClicks(dialog._edit, "Typing slip")
        qtbot.mouseClick(dialog.confirm_button, LEFT)

    in_dialog(CorrectDialog, act)
    qtbot.mouseClick(screen.activate_button, LEFT)
    qtbot.waitUntil(lambda: "Nothing was saved" in screen.editor.bar._words.text(), timeout=10_000)
    (version,) = list_contracts(screen.context.signed_in)[0].versions
    assert version.rules["base_monthly_fee"] == "29000"
