"""A list to pick from, under headings: name and a line about it. Up and Down walk it, Enter picks.

picker = PickList(); picker.set_groups([("Billing", [("trips", "Client billing report", "Every trip ...")])])
picker.chosen.connect(...); picker.mark("trips"); picker.warn("invariants", 2)     # a red count
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QVBoxLayout, QWidget

from moveinsync_desktop import theme
from moveinsync_desktop.views.widgets import painting
from moveinsync_desktop.views.widgets.basics import label

WIDTH, HEIGHT = 200, 30


class PickButton(QAbstractButton):
    """One entry; `warning` is a red count."""

    def __init__(self, text: str, about: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setText(text)
        self.setToolTip(about)
        self.setCheckable(True)
        self.setFixedSize(WIDTH, HEIGHT)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.warning = 0
        self.setAccessibleName(text)
        self.setAccessibleDescription(about)

    def set_warning(self, count: int) -> None:
        """How much is wrong there."""
        self.warning = count
        self.setAccessibleName(f"{self.text()}, {count} wrong" if count else self.text())
        self.update()

    def sizeHint(self) -> QSize:
        """Fixed."""
        return QSize(WIDTH, HEIGHT)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and Down belong to the list; a button would only move the focus."""
        if event.key() in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            event.ignore()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)

    def enterEvent(self, event: QEvent) -> None:
        """Hover."""
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """No hover."""
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Fill, words, count."""
        painter, tokens, chosen = QPainter(self), theme.active(), self.isChecked()
        if chosen or self.underMouse():
            painting.rounded(painter, self.rect(), tokens.color("rail_active" if chosen else "sunken"), 6)
        box = self.rect().adjusted(10, 0, -32 if self.warning else -6, 0)
        painting.text(painter, box, self.text(), "ink" if chosen else "ink2", 13, 600 if chosen else 400)
        if self.warning:
            mark = QRect(self.width() - 28, 6, 20, 18)
            painting.rounded(painter, mark, tokens.color("overdue_soft"), 9)
            painting.text(painter, mark, str(self.warning), "overdue", 11, 600, painting.CENTRE, elide=False)
        painter.end()


class PickList(QWidget):
    """Signals: chosen(str id)."""

    chosen = Signal(str)

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setFixedWidth(WIDTH)
        self.setAccessibleName(name)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(0, 0, 0, 0)
        self._box.setSpacing(1)
        self.buttons: dict[str, PickButton] = {}

    def set_groups(self, groups: Sequence[tuple[str, Sequence[tuple[str, str, str]]]]) -> None:
        """(heading, [(id, name, about)]); made once."""
        for heading, entries in groups:
            title = label(heading, t="sm", c="ink3")
            title.setContentsMargins(10, 10, 0, 4)
            self._box.addWidget(title)
            for key, name, about in entries:
                button = PickButton(name, about, self)
                button.clicked.connect(lambda _checked=False, place=key: self._pick(place))
                self.buttons[key] = button
                self._box.addWidget(button)
        self._box.addStretch(1)

    def mark(self, key: str) -> None:
        """Show which one is picked."""
        for name, button in self.buttons.items():
            button.setChecked(name == key)

    def warn(self, key: str, count: int) -> None:
        """A red count at an entry."""
        if key in self.buttons:
            self.buttons[key].set_warning(count)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and Down walk the list; the entry under the focus is picked."""
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        order = list(self.buttons)
        places = [at for at, key in enumerate(order) if self.buttons[key].hasFocus()]
        places += [at for at, key in enumerate(order) if self.buttons[key].isChecked()]
        focused = places[0] if places else None
        if step is None or focused is None:
            super().keyPressEvent(event)
            return
        key = order[min(max(focused + step, 0), len(order) - 1)]
        self.buttons[key].setFocus(Qt.FocusReason.TabFocusReason)
        self._pick(key)

    def _pick(self, key: str) -> None:
        self.mark(key)
        self.chosen.emit(key)
