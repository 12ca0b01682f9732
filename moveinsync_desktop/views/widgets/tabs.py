"""The row of tabs or saved views under a page's header.

tabs = TabBar([Tab("all", "All trips"), Tab("review", "Needs review", count=92, warn=True)])
tabs.chosen.connect(fn_key); tabs.add_right(button); tabs.set_count("review", 3)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QHBoxLayout, QSizePolicy, QWidget

from moveinsync_desktop import formats, theme
from moveinsync_desktop.views.widgets import painting

TABS_HEIGHT = 39


@dataclass(slots=True)
class Tab:
    """One tab: key, words, count behind them (warn: amber, it needs work; danger and disputed likewise)."""

    key: str
    text: str
    count: int | None = None
    warn: bool = False
    tone: str = ""


class TabBar(QFrame):
    """39 px under the header. Signals: chosen(str key), menu_wanted(str key, QPoint on screen)."""

    chosen = Signal(str)
    menu_wanted = Signal(str, QPoint)

    def __init__(self, tabs: Sequence[Tab] = (), *, inset: int = 10, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "pagehead")
        self.setFixedHeight(TABS_HEIGHT)
        self._box = QHBoxLayout(self)
        self._box.setContentsMargins(inset, 0, 16, 0)
        self._box.setSpacing(0)
        self._tabs: dict[str, _TabButton] = {}
        self._shown = ""
        self._strip = QHBoxLayout()
        self._strip.setSpacing(0)
        self._box.addLayout(self._strip)
        self._box.addStretch(1)
        self._right = QHBoxLayout()
        self._right.setSpacing(8)
        self._box.addLayout(self._right)
        self.set_tabs(tabs)

    def set_tabs(self, tabs: Sequence[Tab]) -> None:
        """Replace the tabs; the first is on."""
        for button in self._tabs.values():
            button.deleteLater()
        self._tabs = {}
        for tab in tabs:
            button = _TabButton(tab)
            button.clicked.connect(lambda *_a, key=tab.key: self._choose(key))
            button.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
            button.customContextMenuRequested.connect(self._teller(tab.key, button))
            self._tabs[tab.key] = button
            self._strip.addWidget(button)
        if tabs:
            self.set_current(tabs[0].key)

    @property
    def current(self) -> str:
        """The key of the tab that is on."""
        return self._shown

    def set_current(self, key: str) -> None:
        """Switch without a signal."""
        self._shown = key
        for name, button in self._tabs.items():
            button.setChecked(name == key)

    def set_count(self, key: str, count: int | None) -> None:
        """Change the figure behind a tab's words."""
        if key in self._tabs:
            self._tabs[key].set_count(count)

    def add_after_tabs(self, widget: QWidget) -> None:
        """Something right after the last tab (a plus)."""
        self._box.insertWidget(1, widget)

    def _teller(self, key: str, button: QWidget) -> Callable[[QPoint], None]:
        return lambda at: self.menu_wanted.emit(key, button.mapToGlobal(at))

    def add_right(self, *widgets: QWidget) -> None:
        """Small tools at the right end."""
        for widget in widgets:
            self._right.addWidget(widget)

    def _choose(self, key: str) -> None:
        is_new = key != self._shown
        self.set_current(key)
        if is_new:
            self.chosen.emit(key)


class _TabButton(QAbstractButton):
    """Words, a count, and 2 px of accent under the one that is on."""

    def __init__(self, tab: Tab) -> None:
        super().__init__()
        self._tab = tab
        self.setText(tab.text)
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setFixedHeight(TABS_HEIGHT - 1)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_count(tab.count)

    def set_count(self, count: int | None) -> None:
        """Change the figure."""
        self._tab.count = count
        words = "" if count is None else f", {formats.count(count)}"
        self.setAccessibleName(self._tab.text + words)
        self.updateGeometry()
        self.update()

    @property
    def _badge(self) -> str:
        return "" if self._tab.count is None else formats.count(self._tab.count)

    def sizeHint(self) -> QSize:
        """Words at their heaviest, badge, padding."""
        wide = round(painting.width(self.text(), 13, 600)) + 20
        if self._badge:
            wide += round(painting.width(self._badge, 12, 500)) + 20
        return QSize(wide, TABS_HEIGHT - 1)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw words, badge and underline."""
        tokens, painter = theme.active(), QPainter(self)
        is_on = self.isChecked()
        token = "ink" if is_on or self.underMouse() else "ink2"
        box = QRect(10, 0, self.width() - 20, self.height())
        wide = round(painting.text(painter, box, self.text(), token, 13, 600 if is_on else 500, elide=False))
        if self._badge:
            state = (self._tab.tone or ("review" if self._tab.warn else "")) if self._tab.count else ""
            badge = QRect(10 + wide + 8, 10, round(painting.width(self._badge, 12, 500)) + 12, 18)
            painting.rounded(painter, badge, tokens.color(f"{state}_soft" if state else "sunken"), 9)
            painting.text(painter, badge, self._badge, state or "ink2", 12, 500, painting.CENTRE, elide=False)
        if is_on:
            painter.fillRect(10, self.height() - 2, self.width() - 20, 2, tokens.color("accent"))
        painter.end()
