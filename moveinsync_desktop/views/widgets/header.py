"""The top of a page: title or crumbs, state pill, and what can be done here (period_stepper.py, tabs.py, steps.py).

head = PageHeader("Trips"); head.add_left(PeriodStepper(date(2026, 10, 1))); head.add_right(export, primary)
head.set_crumbs(["Contracts", "Sri Lakshmi Cabs"], "Bengaluru night shift"); head.crumb_clicked.connect(fn_index)
head.set_state("DRAFT", "Version 4, draft")
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QHBoxLayout, QSizePolicy, QWidget

from moveinsync_desktop import icons
from moveinsync_desktop.views.widgets import painting
from moveinsync_desktop.views.widgets.basics import label
from moveinsync_desktop.views.widgets.states import StatePill

HEADER_HEIGHT = 54


class PageHeader(QFrame):
    """54 px: what page this is, and what can be done here. Signals: crumb_clicked(int)."""

    crumb_clicked = Signal(int)

    def __init__(self, title: str = "", note: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "pagehead")
        self.setFixedHeight(HEADER_HEIGHT)
        self._box = QHBoxLayout(self)
        self._box.setContentsMargins(20, 0, 16, 0)
        self._box.setSpacing(10)
        self._crumbs = QHBoxLayout()
        self._crumbs.setSpacing(6)
        self.title_label = label(title, t="h1")
        self.title_label.setAccessibleName(f"Page {title}")
        self.note_label = label(note, t="sm", c="ink3")
        self.pill = StatePill()
        self._left = QHBoxLayout()
        self._left.setSpacing(10)
        self._right = QHBoxLayout()
        self._right.setSpacing(10)
        self._box.addLayout(self._crumbs)
        for widget in (self.title_label, self.note_label, self.pill):
            self._box.addWidget(widget)
        self._box.addSpacing(6)
        self._box.addLayout(self._left)
        self._box.addStretch(1)
        self._box.addLayout(self._right)
        self.note_label.setVisible(bool(note))
        self.pill.hide()

    def set_title(self, title: str, note: str = "") -> None:
        """Change the words."""
        self.title_label.setText(title)
        self.note_label.setText(note)
        self.note_label.setVisible(bool(note))

    def set_crumbs(self, crumbs: Sequence[str], title: str) -> None:
        """The way here, each step clickable, then the title (smaller, as it has company)."""
        while (item := self._crumbs.takeAt(0)) is not None:
            widget = item.widget()
            if widget is not None:
                widget.deleteLater()
        for at, words in enumerate(crumbs):
            link = _Crumb(words)
            link.clicked.connect(lambda *_a, at=at: self.crumb_clicked.emit(at))
            self._crumbs.addWidget(link)
            self._crumbs.addWidget(_Chevron())
        self.title_label.setProperty("t", "h2" if crumbs else "h1")
        self.title_label.style().polish(self.title_label)
        self.title_label.setText(title)

    def set_state(self, code: str, words: str = "") -> None:
        """Show a pill; "" hides it."""
        self.pill.setVisible(bool(code))
        if code:
            self.pill.set_state(code, words)

    def add_left(self, *widgets: QWidget) -> None:
        """Beside the title: stepper, filters of the whole page."""
        for widget in widgets:
            self._left.addWidget(widget)

    def add_right(self, *widgets: QWidget) -> None:
        """Secondary buttons first, the one primary last."""
        for widget in widgets:
            self._right.addWidget(widget)


class _Crumb(QAbstractButton):
    """One step of the way, as quiet words."""

    def __init__(self, words: str) -> None:
        super().__init__()
        self.setText(words)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """As wide as the words."""
        return QSize(round(painting.width(self.text(), 13)) + 2, 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Darker under the pointer."""
        painter = QPainter(self)
        painting.text(painter, self.rect(), self.text(), "ink" if self.underMouse() else "ink2", elide=False)
        painter.end()


class _Chevron(QWidget):
    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(12, 24)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        icons.paint(painter, "chevron-right", self.rect(), "ink2", 12)
        painter.end()
