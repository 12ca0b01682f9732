"""The list of sections left of the rule form, each with its count of changes or errors."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QVBoxLayout, QWidget

from moveinsync_desktop import theme
from moveinsync_desktop.models.rule_sections import Section
from moveinsync_desktop.views.widgets import painting

WIDTH, HEIGHT = 142, 29


class SectionButton(QAbstractButton):
    """One section: its name, and a badge that is red for errors, amber for changes."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setCheckable(True)
        self.setFixedSize(WIDTH, HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.changed, self.wrong = 0, 0

    def show_section(self, section: Section) -> None:
        """Take name and counts."""
        self.setText(section.place.name)
        self.changed, self.wrong = section.changed, section.wrong
        words = [section.place.name]
        if self.wrong:
            words.append(f"{self.wrong} to put right")
        if self.changed:
            words.append(f"{self.changed} changed")
        self.setAccessibleName(", ".join(words))
        self.update()

    def sizeHint(self) -> QSize:
        """Fixed."""
        return QSize(WIDTH, HEIGHT)

    def enterEvent(self, event: QEvent) -> None:
        """Hover."""
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """No hover."""
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Fill, words, badge."""
        painter, tokens = QPainter(self), theme.active()
        if self.isChecked():
            painting.rounded(painter, self.rect(), tokens.color("rail_active"), 6)
        elif self.underMouse():
            painting.rounded(painter, self.rect(), tokens.color("sunken"), 6)
        weight = 600 if self.isChecked() else 400
        painting.text(
            painter,
            self.rect().adjusted(10, 0, -28 if self.wrong or self.changed else -4, 0),
            self.text(),
            "ink" if self.isChecked() else "ink2",
            13,
            weight,
        )
        count = self.wrong or self.changed
        if count:
            box = QRect(self.width() - 24, 5, 18, 18)
            fill, ink = ("overdue_soft", "overdue") if self.wrong else ("review_soft", "review")
            painting.rounded(painter, box, tokens.color(fill), 9)
            painting.text(painter, box, str(count), ink, 11, 600, painting.CENTRE, elide=False)
        painter.end()


class SectionList(QWidget):
    """All sections. Signals: chosen(str section id)."""

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(WIDTH)
        self.setAccessibleName("Sections")
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(0, 0, 0, 0)
        self._layout.setSpacing(0)
        self.buttons: dict[str, SectionButton] = {}
        self._order: list[str] = []

    def show_sections(self, sections: Sequence[Section]) -> None:
        """Take names and counts; buttons are made once."""
        order = [section.place.id for section in sections]
        if order != self._order:
            self._make(order)
        for section in sections:
            self.buttons[section.place.id].show_section(section)

    def mark(self, section_id: str) -> None:
        """Show which section is in view."""
        for name, button in self.buttons.items():
            button.setChecked(name == section_id)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down walk the list."""
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        focused = next((at for at, name in enumerate(self._order) if self.buttons[name].hasFocus()), None)
        if step is None or focused is None:
            super().keyPressEvent(event)
            return
        at = min(max(focused + step, 0), len(self._order) - 1)
        self.buttons[self._order[at]].setFocus(Qt.FocusReason.TabFocusReason)
        self.chosen.emit(self._order[at])

    def _make(self, order: list[str]) -> None:
        for button in self.buttons.values():
            self._layout.removeWidget(button)
            button.deleteLater()
        self.buttons, self._order = {}, order
        for name in order:
            button = SectionButton(self)
            button.clicked.connect(lambda _checked=False, place=name: self.chosen.emit(place))
            self._layout.addWidget(button)
            self.buttons[name] = button
