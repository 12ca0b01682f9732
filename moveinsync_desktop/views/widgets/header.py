"""The top of a page: title or crumbs, state pill, period stepper, buttons; and the row of tabs or saved views.

head = PageHeader("Trips"); head.add_left(PeriodStepper(date(2026, 10, 1))); head.add_right(export, primary)
head.set_crumbs(["Contracts", "Sri Lakshmi Cabs"], "Bengaluru night shift"); head.crumb_clicked.connect(fn_index)
head.set_state("DRAFT", "Version 4, draft")
stepper.changed.connect(lambda first_of_month: ...)
tabs = TabBar([Tab("all", "All trips"), Tab("review", "Needs review", count=92, warn=True)])
tabs.chosen.connect(fn_key); tabs.add_right(button); tabs.set_count("review", 3)
steps = Steps(["File", "Columns", "Check", "Done"]); steps.set_step(2)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from PySide6.QtCore import QEvent, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QFrame, QHBoxLayout, QSizePolicy, QWidget

from moveinsync_desktop import formats, icons, theme
from moveinsync_desktop.models.typed_dates import add_months
from moveinsync_desktop.views.widgets import painting
from moveinsync_desktop.views.widgets.basics import label
from moveinsync_desktop.views.widgets.states import StatePill

HEADER_HEIGHT = 54
TABS_HEIGHT = 39


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


class PeriodStepper(QWidget):
    """Month with arrows; left and right keys step, Home goes to the present month. Signals: changed(date)."""

    changed = Signal(object)

    def __init__(self, month: date, *, latest: date | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._month = month.replace(day=1)
        self._latest = latest
        self._hover = 0
        self.setFixedSize(164, 30)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolTip("Month. Arrow keys step")
        self._say()

    @property
    def month(self) -> date:
        """First day of the month shown."""
        return self._month

    def set_month(self, month: date) -> None:
        """Show a month without a signal."""
        self._month = month.replace(day=1)
        self._say()

    def step(self, months: int) -> None:
        """Go on or back."""
        wanted = add_months(self._month, months)
        if self._latest is None or wanted <= self._latest:
            self.set_month(wanted)
            self.changed.emit(self._month)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """The arrows."""
        side = self._side(event.position().x())
        if side:
            self.step(side)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Hover."""
        self._hover = self._side(event.position().x())
        self.update()

    def leaveEvent(self, event: QEvent) -> None:
        """No hover."""
        self._hover = 0
        self.update()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Left, right, Home."""
        if event.key() in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self.step(-1 if event.key() == Qt.Key.Key_Left else 1)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Frame, arrows, month."""
        tokens, painter = theme.active(), QPainter(self)
        painting.rounded(painter, self.rect(), tokens.color("surface"), 6, tokens.color("control"))
        for side, box in ((-1, QRect(2, 2, 28, 26)), (1, QRect(self.width() - 30, 2, 28, 26))):
            if self._hover == side:
                painting.rounded(painter, box, tokens.color("hover"), 5)
            icons.paint(painter, "chevron-left" if side < 0 else "chevron-right", box, "ink", 14)
        painting.text(painter, self.rect(), formats.month(self._month), "ink", 13, 500, painting.CENTRE, elide=False)
        painter.end()

    def _side(self, x: float) -> int:
        return -1 if x < 32 else 1 if x > self.width() - 32 else 0

    def _say(self) -> None:
        self.setAccessibleName(formats.month(self._month))
        self.update()


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
            state = self._tab.tone or ("review" if self._tab.warn else "")
            badge = QRect(10 + wide + 8, 10, round(painting.width(self._badge, 12, 500)) + 12, 18)
            painting.rounded(painter, badge, tokens.color(f"{state}_soft" if state else "sunken"), 9)
            painting.text(painter, badge, self._badge, state or "ink2", 12, 500, painting.CENTRE, elide=False)
        if is_on:
            painter.fillRect(10, self.height() - 2, self.width() - 20, 2, tokens.color("accent"))
        painter.end()


class Steps(QWidget):
    """Where one is in a short sequence: done, present, to come."""

    def __init__(self, names: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names, self._step = list(names), 0
        self._widths = [round(painting.width(name, 13, 600)) + 30 for name in self._names]
        self.setFixedSize(sum(self._widths) + 44 * (len(self._names) - 1), 30)

    def set_step(self, step: int) -> None:
        """Which one is present (0-based)."""
        self._step = step
        self.setAccessibleName(f"Step {step + 1} of {len(self._names)}: {self._names[min(step, len(self._names) - 1)]}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Discs with numbers or ticks, joined by hairlines."""
        tokens, painter, left = theme.active(), QPainter(self), 0
        for at, name in enumerate(self._names):
            disc = QRect(left, 6, 18, 18)
            if at < self._step:
                painting.rounded(painter, disc, tokens.color("paid_soft"), 9)
                icons.paint(painter, "state:tick", disc, "paid", 12)
            elif at == self._step:
                painting.rounded(painter, disc, tokens.color("accent"), 9)
                painting.text(painter, disc, str(at + 1), "on_accent", 11, 600, painting.CENTRE, elide=False)
            else:
                painting.rounded(painter, disc, None, 9, tokens.color("control"))
                painting.text(painter, disc, str(at + 1), "ink3", 11, 500, painting.CENTRE, elide=False)
            words = QRect(left + 26, 0, self._widths[at], 30)
            is_now = at == self._step
            painting.text(painter, words, name, "ink" if is_now else "ink2", 13, 600 if is_now else 400, elide=False)
            left += self._widths[at]
            if at < len(self._names) - 1:
                painter.fillRect(left + 8, 15, 26, 1, tokens.color("line2"))
                left += 44
        painter.end()
