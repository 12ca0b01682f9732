"""Fields, forms, choices, dialogs, notices, header parts: as a person uses them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget

from moveinsync_desktop import icons, theme
from moveinsync_desktop.messages import Toast
from moveinsync_desktop.views.dialogs.confirm import ConfirmDialog
from moveinsync_desktop.views.widgets import (
    AmountField,
    Button,
    Check,
    Combo,
    DateField,
    Form,
    FormRow,
    KmField,
    MessageBar,
    NumberField,
    PeriodStepper,
    Segmented,
    Tab,
    TabBar,
    TextField,
    TimeField,
)
from moveinsync_desktop.views.widgets.notices import ToastHost
from moveinsync_desktop.views.widgets.palette import Hit, Palette, fits
from moveinsync_desktop.views.widgets.shares import BarList, Shares
from moveinsync_desktop.views.widgets.states import STATES

TODAY = date(2026, 10, 27)


def test_every_state_has_a_glyph_and_colours(qapp: Any) -> None:
    for state in STATES.values():
        assert not icons.pixmap(state.glyph, state.token, 14).isNull()
        theme.active().color(state.soft)


def test_inter_is_used_with_its_weights(qapp: Any) -> None:
    from PySide6.QtGui import QFontInfo, QFontMetricsF

    assert [QFontInfo(theme.font(13, weight)).weight() for weight in (400, 500, 600)] == [400, 500, 600]
    assert QFontInfo(theme.font(23, 600, display=True)).family() == "Inter Display"
    metrics = QFontMetricsF(theme.font(13))
    assert metrics.horizontalAdvance("1111111") == metrics.horizontalAdvance("0000000")


@pytest.mark.parametrize("typed", ["14,901.5", "₹ 14,901.50", "Rs. 14901.50/-"])
def test_amounts_take_any_pasted_form(qtbot: Any, typed: str) -> None:
    field = AmountField()
    qtbot.addWidget(field)
    field.edit.setText(typed)
    assert field.value == 1_490_150
    assert field.problem() == ""


def test_amounts_refuse_what_is_none(qtbot: Any) -> None:
    field = AmountField()
    qtbot.addWidget(field)
    for typed, words in (("abc", "not a number"), ("-5", "cannot be negative"), ("1.234", "at most 2 decimals")):
        field.edit.setText(typed)
        assert field.value is None
        assert words in field.problem()
    field.set_value(12_34_567_50)
    assert field.edit.text() == "12,34,567.50"


def test_kilometres_are_metres_inside(qtbot: Any) -> None:
    field = KmField()
    qtbot.addWidget(field)
    field.edit.setText("26.4")
    assert field.value == 26_400
    field.set_value(26_437)
    assert field.edit.text() == "26.437"


def test_numbers_know_their_limits(qtbot: Any) -> None:
    field = NumberField(whole=True, most=10)
    qtbot.addWidget(field)
    field.edit.setText("11")
    assert "at most 10" in field.problem()
    field.edit.setText("2.5")
    assert field.problem() == "whole numbers only"
    rate = AmountField(rate=True)
    qtbot.addWidget(rate)
    rate.set_value(Decimal("24.5"))
    assert (rate.edit.text(), rate.value) == ("24.50", Decimal("24.50"))


def test_date_keys_step_from_the_keyboard(qtbot: Any) -> None:
    field = DateField(TODAY, today=TODAY)
    qtbot.addWidget(field)
    field.show()
    for key, wanted in (("+", "28-10-2026"), ("-", "27-10-2026"), ("]", "27-11-2026"), ("t", "27-10-2026")):
        qtbot.keyClicks(field, key)
        assert field.text() == wanted
    field.clear()
    qtbot.keyClicks(field, "15/2")
    field.clearFocus()
    assert field.value == date(2026, 2, 15)


def test_a_date_can_be_typed_with_hyphens(qtbot: Any) -> None:
    field = DateField(today=TODAY)
    qtbot.addWidget(field)
    qtbot.keyClicks(field, "5-11-2026")
    assert field.value == date(2026, 11, 5)


def test_enter_moves_on_and_control_enter_saves(qtbot: Any) -> None:
    first, second = TextField(name="A"), TextField(name="B")
    form = Form(FormRow("A", first, key="a"), FormRow("B", second, key="b"))
    qtbot.addWidget(form)
    form.show()
    form.activateWindow()
    first.setFocus()
    qtbot.waitUntil(first.hasFocus)
    qtbot.keyClick(first, Qt.Key.Key_Return)
    assert second.hasFocus()
    with qtbot.waitSignal(form.saved):
        qtbot.keyClick(second, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    first.setFocus()
    form.enter_moves_on = False
    qtbot.keyClick(first, Qt.Key.Key_Return)
    assert first.hasFocus(), "the setting switches it off"
    with qtbot.waitSignal(form.left):
        qtbot.keyClick(second, Qt.Key.Key_Escape)


def test_all_errors_are_shown_and_the_first_gets_the_focus(qtbot: Any) -> None:
    fee, km = AmountField(), KmField()
    form = Form(FormRow("Fee", fee, key="fee"), FormRow("Km", km, key="km"))
    qtbot.addWidget(form)
    form.show()
    form.activateWindow()
    assert form.show_errors({"fee": "cannot be negative", "km": "needed", "other": "?"}) == ["other"]
    assert fee.property("state") == km.property("state") == "error"
    qtbot.waitUntil(fee.edit.hasFocus)
    assert fee.edit.accessibleDescription() == "cannot be negative"
    form.show_errors({})
    assert fee.property("state") == ""


def test_a_changed_row_shows_what_it_was(qtbot: Any) -> None:
    made = FormRow("Included", KmField(), hint="in all")
    qtbot.addWidget(made)
    made.show()
    made.set_was("25,000")
    assert made._note.text() == "was 25,000"
    with qtbot.waitSignal(made.undone):
        made._undo.click()
    made.set_was("")
    assert made._note.text() == "in all"


def test_choices_tell_what_was_chosen(qtbot: Any) -> None:
    seg = Segmented([("one", "One rate"), ("slabs", "Slabs")], name="Priced by")
    qtbot.addWidget(seg)
    with qtbot.waitSignal(seg.chosen) as told:
        qtbot.keyClick(seg, Qt.Key.Key_Right)
    assert told.args == ["slabs"]
    assert seg.accessibleName() == "Priced by: Slabs"
    combo = Combo([(1, "Sri Lakshmi"), (2, "Metro")], placeholder="Choose", search=True)
    qtbot.addWidget(combo)
    assert combo.value is None
    combo.set_value(2)
    assert (combo.value, combo.currentText()) == (2, "Metro")
    check = Check("Escorted")
    qtbot.addWidget(check)
    qtbot.mouseClick(check, Qt.MouseButton.LeftButton, pos=QPoint(60, 12))
    assert check.isChecked()


def test_times_are_tidied(qtbot: Any) -> None:
    field = TimeField()
    qtbot.addWidget(field)
    field.show()
    field.setFocus()
    qtbot.keyClicks(field, "2254")
    field.clearFocus()
    assert field.problem() == ""
    assert field.value is not None


def test_the_month_steps_by_keys(qtbot: Any) -> None:
    stepper = PeriodStepper(date(2026, 10, 1))
    qtbot.addWidget(stepper)
    with qtbot.waitSignal(stepper.changed) as told:
        qtbot.keyClick(stepper, Qt.Key.Key_Left)
    assert told.args == [date(2026, 9, 1)]
    assert stepper.accessibleName() == "September 2026"


def test_tabs_tell_once(qtbot: Any) -> None:
    tabs = TabBar([Tab("all", "All"), Tab("review", "Needs review", count=92, warn=True)])
    qtbot.addWidget(tabs)
    seen: list[str] = []
    tabs.chosen.connect(seen.append)
    for _time in range(2):
        qtbot.mouseClick(tabs._tabs["review"], Qt.MouseButton.LeftButton)
    assert seen == ["review"]
    assert tabs._tabs["review"].accessibleName() == "Needs review, 92"


def test_enter_is_never_the_destructive_button(qtbot: Any) -> None:
    dialog = ConfirmDialog(None, "Void invoice 1?", "It stays void.", "Void invoice", danger=True, reason="Why?")
    qtbot.addWidget(dialog)
    dialog.show()
    assert not dialog.confirm_button.isEnabled()
    dialog._edit.setPlainText("typed twice")
    qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert dialog.result() == 0
    with qtbot.waitSignal(dialog.accepted):
        qtbot.keyClick(dialog, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert dialog.reason == "typed twice"


def test_at_most_two_toasts(qtbot: Any) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(900, 600)
    window.show()
    host, acted = ToastHost(window), list[int]()
    for number in range(3):
        host.show_toast(Toast(f"Saved {number}", action="Open", on_action=lambda: acted.append(1)))
    assert len(host._cards) == 2
    host._cards[0].leave()
    assert len(host._cards) == 1


def test_a_disabled_button_says_why(qtbot: Any) -> None:
    button = Button("Issue & print", "primary", icon="check", tip="Issue")
    qtbot.addWidget(button)
    button.wait_for("waits for rating")
    assert (button.isEnabled(), button.toolTip(), button.accessibleName()) == (
        False,
        "waits for rating",
        "Issue & print",
    )
    button.wait_for("")
    assert button.toolTip() == "Issue"


def test_message_bar_acts(qtbot: Any) -> None:
    bar, acted = MessageBar(), list[int]()
    qtbot.addWidget(bar)
    bar.show_message("warning", "Session ends in 5 min.", "Stay signed in", lambda: acted.append(1))
    bar._link.click()
    assert acted == [1]


def test_the_palette_finds_and_runs(qtbot: Any) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    window.resize(1000, 700)
    window.show()
    palette, ran = Palette(window), list[str]()
    hits = [Hit("Do", "play", text, lambda text=text: ran.append(text)) for text in ("Run billing", "Import trips")]
    palette.add_source(lambda typed, give: give([hit for hit in hits if fits(hit.words, typed)]))
    palette.open()
    qtbot.keyClicks(palette.edit, "imp")
    qtbot.keyClick(palette.edit, Qt.Key.Key_Return)
    assert ran == ["Import trips"]
    assert not palette.isVisible()


def test_a_theme_switch_reaches_everything(qtbot: Any, qapp: Any) -> None:
    button = Button("Import", "primary", icon="upload")
    qtbot.addWidget(button)
    button.show()
    theme.install(qapp, "dark", motion=False)
    assert theme.active().is_dark
    dark = button.icon().pixmap(16, 16).toImage()
    theme.install(qapp, "light", motion=False)
    assert button.icon().pixmap(16, 16).toImage() is not dark
    assert not theme.active().is_dark


def test_the_gallery_of_all_parts_is_drawn_in_both_themes(qtbot: Any, qapp: Any, tmp_path: Path) -> None:
    from PySide6.QtGui import QImage

    from tests.gui.gallery import shoot

    light, dark = (QImage(str(path)) for path in shoot(tmp_path, 1400, 900))
    theme.install(qapp, "light", motion=False)
    assert light.size() == dark.size()
    assert light.pixelColor(5, 5) == theme.active().color("bg")
    assert dark.pixelColor(5, 5) != light.pixelColor(5, 5)


def test_the_ring_shows_for_keys_and_goes_for_the_mouse(qtbot: Any) -> None:
    from PySide6.QtWidgets import QVBoxLayout

    from moveinsync_desktop.views.widgets.focus_ring import FocusRing

    window = QWidget()
    qtbot.addWidget(window)
    box = QVBoxLayout(window)
    first, second = Button("First"), AmountField(name="Second")
    box.addWidget(first)
    box.addWidget(second)
    ring = FocusRing(window)
    window.resize(300, 200)
    window.show()
    window.activateWindow()
    first.setFocus()
    qtbot.waitUntil(first.hasFocus)
    assert not ring.isVisible()
    qtbot.keyClick(window.windowHandle(), Qt.Key.Key_Tab)
    qtbot.waitUntil(second.edit.hasFocus)
    assert ring.isVisible()
    assert ring.geometry().contains(second.geometry())
    qtbot.mouseClick(window.windowHandle(), Qt.MouseButton.LeftButton, pos=QPoint(5, 5))
    assert not ring.isVisible()


def test_rows_of_a_card_open_by_arrows_and_enter(qtbot: Any) -> None:
    bars, shares = BarList("Vendor"), Shares()
    for one in (bars, shares):
        qtbot.addWidget(one)
        one.resize(320, 200)
        one.show()
    bars.set_bars([("Sri Lakshmi", 200, "+1 %"), ("Metro", 100, "")])
    shares.set_shares([("Per trip", 100), ("Hybrid", 300)])
    opened: list[object] = []
    bars.opened.connect(opened.append)
    shares.opened.connect(opened.append)
    for one in (bars, shares):
        one.setFocus(Qt.FocusReason.TabFocusReason)
        qtbot.keyClick(one, Qt.Key.Key_Down)
        qtbot.keyClick(one, Qt.Key.Key_Down)
        qtbot.keyClick(one, Qt.Key.Key_Return)
    qtbot.mouseClick(bars, Qt.MouseButton.LeftButton, pos=QPoint(20, 26 + 10))
    assert opened == [1, "Per trip", 0]
