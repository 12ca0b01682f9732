"""Choices: segmented control (2-3), combo with type-ahead (more), checkbox with its own words.

seg = Segmented([("trip", "One rate"), ("slabs", "Slabs")]); seg.chosen.connect(fn); seg.value; seg.set_value("slabs")
combo = Combo([(id1, "Sri Lakshmi Cabs"), (id2, "Metro")], placeholder="Choose a vendor"); combo.chosen.connect(fn)
combo.set_lookup(open_fn, add_fn)          # F2 opens the chosen record, F3 adds one (views/lookups.py)
check = Check("Escorted"); check.toggled.connect(fn)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QWheelEvent
from PySide6.QtWidgets import QCheckBox, QComboBox, QCompleter, QSizePolicy, QWidget

from moveinsync_desktop import icons, theme
from moveinsync_desktop.views.widgets import painting


class Segmented(QWidget):
    """Two or three choices side by side; arrows move, one is always on. Signals: chosen(value)."""

    chosen = Signal(object)

    def __init__(self, choices: Sequence[tuple[Any, str]] = (), name: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self._hover = -1
        self._base_name = name
        self.set_choices(choices)

    def set_choices(self, choices: Sequence[tuple[Any, str]]) -> None:
        """Replace the choices; the first is on unless the old value is among them."""
        before = getattr(self, "_value", None)
        self._choices = list(choices)
        values = [value for value, _text in self._choices]
        self._value = before if before in values else (values[0] if values else None)
        self._widths = [round(painting.width(text, 13, 500)) + 22 for _value, text in self._choices]
        self.setFixedSize(self.sizeHint())
        self._tell_name()

    @property
    def value(self) -> Any:
        """What is on."""
        return self._value

    def set_value(self, value: Any) -> None:
        """Switch without a signal."""
        self._value = value
        self._tell_name()
        self.update()

    def sizeHint(self) -> QSize:
        """All segments and the frame."""
        return QSize(sum(self._widths) + 4, 28)

    def paintEvent(self, event: QPaintEvent) -> None:
        """A sunken track with the chosen segment raised on it."""
        tokens, painter, left = theme.active(), QPainter(self), 2
        painting.rounded(painter, self.rect(), tokens.color("sunken"), 7)
        for at, (value, text) in enumerate(self._choices):
            box = QRect(left, 2, self._widths[at], self.height() - 4)
            is_on = value == self._value
            if is_on:
                painting.rounded(painter, box, tokens.color("surface"), 5, tokens.color("line2"))
            token = "ink" if is_on or at == self._hover else "ink2"
            if not self.isEnabled():
                token = "disabled"
            painting.text(painter, box, text, token, 13, 500, painting.CENTRE, elide=False)
            left += self._widths[at]
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the segment under the pointer."""
        at = self._at(int(event.position().x()))
        if at >= 0:
            self._choose(at)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Hover."""
        self._hover = self._at(int(event.position().x()))
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """No hover."""
        self._hover = -1
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left and right move."""
        steps = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        step = steps.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        values = [value for value, _text in self._choices]
        if self._value in values:
            self._choose(min(max(values.index(self._value) + step, 0), len(values) - 1))

    def _at(self, x: int) -> int:
        left = 2
        for at, wide in enumerate(self._widths):
            if left <= x < left + wide:
                return at
            left += wide
        return -1

    def _choose(self, at: int) -> None:
        value = self._choices[at][0]
        if value != self._value:
            self.set_value(value)
            self.chosen.emit(value)

    def _tell_name(self) -> None:
        words = next((text for value, text in self._choices if value == self._value), "")
        self.setAccessibleName(f"{self._base_name}: {words}" if self._base_name else words)


class Combo(QComboBox):
    """A list to choose from. Typing jumps (or, with `search=True`, filters by any part of the words).

    Signals: chosen(value) when the user picked another one.
    """

    chosen = Signal(object)

    def __init__(
        self,
        choices: Sequence[tuple[Any, str]] = (),
        *,
        placeholder: str = "",
        name: str = "",
        search: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._open_record: Callable[[Any], object] | None = None
        self._add_record: Callable[[], object] | None = None
        self.setPlaceholderText(placeholder)
        self.setAccessibleName(name or placeholder)
        self.setMaxVisibleItems(14)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        if search:
            self._make_searchable(placeholder)
        self.set_choices(choices)
        self.activated.connect(lambda _at: self.chosen.emit(self.value))

    def set_choices(self, choices: Sequence[tuple[Any, str]]) -> None:
        """Replace the choices; the present value stays chosen if it is still there."""
        before = self.value
        self.blockSignals(True)
        self.clear()
        for value, text in choices:
            self.addItem(text, value)
        self.set_value(before)
        self.blockSignals(False)

    @property
    def value(self) -> Any:
        """The chosen value, None when nothing is."""
        return self.currentData() if self.currentIndex() >= 0 else None

    def set_value(self, value: Any) -> None:
        """Choose without a signal; an unknown value chooses nothing (or the first, without placeholder)."""
        found = next((at for at in range(self.count()) if self.itemData(at) == value), -1)
        if found < 0 and not self.placeholderText() and self.count():
            found = 0
        self.setCurrentIndex(found)

    def set_lookup(self, open_record: Callable[[Any], object], add_record: Callable[[], object] | None) -> None:
        """F2 opens the chosen record, F3 adds one; the form that asks stays open underneath."""
        self._open_record, self._add_record = open_record, add_record
        self.setToolTip("F2 opens the chosen one, F3 adds another" if add_record else "F2 opens the chosen one")

    def offer(self, value: Any, words: str) -> None:
        """Choose a value, adding it to the choices (or giving it new words) where needed; as if the user had chosen."""
        at = next((at for at in range(self.count()) if self.itemData(at) == value), -1)
        if at < 0:
            self.addItem(words, value)
            at = self.count() - 1
        else:
            self.setItemText(at, words)
        self.setCurrentIndex(at)
        self.chosen.emit(value)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """F2 and F3 of a lookup."""
        if event.key() == Qt.Key.Key_F2 and self._open_record is not None:
            if self.value is not None:
                self._open_record(self.value)
            return
        if event.key() == Qt.Key.Key_F3 and self._add_record is not None:
            self._add_record()
            return
        super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scroll the page, not the value."""
        event.ignore()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The field and its chevron."""
        super().paintEvent(event)
        painter = QPainter(self)
        token = "ink2" if self.isEnabled() else "disabled"
        icons.paint(painter, "chevron-down", QRect(self.width() - 24, 0, 18, self.height()), token, 14)
        painter.end()

    def _make_searchable(self, placeholder: str) -> None:
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        completer = QCompleter(self.model(), self)
        completer.setFilterMode(Qt.MatchFlag.MatchContains)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        completer.setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        popup = completer.popup()
        if popup is not None:
            popup.setProperty("role", "menu")
        self.setCompleter(completer)
        line = self.lineEdit()
        if line is not None:
            line.setProperty("role", "bare")
            line.setPlaceholderText(placeholder)
            line.setAccessibleName(self.accessibleName())
            line.editingFinished.connect(self._snap)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Typing replaces what stands there."""
        super().focusInEvent(event)
        line = self.lineEdit()
        if line is not None and event.reason() != Qt.FocusReason.PopupFocusReason:
            line.selectAll()

    def _snap(self) -> None:
        """Words that are no choice do not stay."""
        typed = self.currentText()
        at = self.findText(typed, Qt.MatchFlag.MatchFixedString)
        if at >= 0 and at != self.currentIndex():
            self.setCurrentIndex(at)
            self.chosen.emit(self.value)
        elif at < 0:
            self.setEditText(self.itemText(self.currentIndex()) if self.currentIndex() >= 0 else "")


class Check(QCheckBox):
    """A tick with its own words."""

    def __init__(self, text: str, *, checked: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setChecked(checked)
        self.setAccessibleName(text)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """Box, gap, words."""
        return QSize(round(painting.width(self.text(), 13)) + 28, 24)

    @property
    def value(self) -> bool:
        """Is it set?"""
        return self.isChecked()

    def set_value(self, value: Any) -> None:
        """Set or clear."""
        self.setChecked(bool(value))

    def hitButton(self, position: Any) -> bool:
        """The words can be clicked as well."""
        return bool(self.rect().contains(position))

    def paintEvent(self, event: QPaintEvent) -> None:
        """A 16 px box with a tick, then the words."""
        tokens, painter = theme.active(), QPainter(self)
        box = QRect(0, (self.height() - 16) // 2, 16, 16)
        if self.checkState() != Qt.CheckState.Unchecked:
            fill = "accent" if self.isEnabled() else "disabled"
            painting.rounded(painter, box, tokens.color(fill), 4)
            name = "check" if self.isChecked() else "minus"
            icons.paint(painter, name, box, "on_accent", 14)
        else:
            line = "control_hover" if self.underMouse() and self.isEnabled() else "control"
            painting.rounded(painter, box, tokens.color("surface"), 4, tokens.color(line))
        words = QRect(24, 0, self.width() - 24, self.height())
        painting.text(painter, words, self.text(), "ink" if self.isEnabled() else "disabled", elide=False)
        painter.end()
