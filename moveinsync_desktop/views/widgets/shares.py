"""Parts of a whole: one 10 px bar, then name, amount and share under each other.

shares = Shares(); shares.set_shares([("Package and km", 342268100), ("Per trip", 157605000)])
bars = BarList("Vendor"); bars.set_bars([("Sri Lakshmi Cabs", 271593800, "+4.8 %")])      # horizontal bars with figures
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QRect, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from moveinsync_desktop import formats, theme
from moveinsync_desktop.views.widgets import painting

ROW, BAR = 25, 18
"""Heights of a row, and of the bar over the rows."""
HEAD, LINE = 26, 28
LEAST_BAR = 22
MAX_SHARES = 5


class _Rows(QWidget):
    """Rows that open what is behind them: by the pointer, or with the arrows and Enter. Signals: row_opened(int)."""

    row_opened = Signal(int)

    def __init__(self, row_height: int, top: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row_height, self._top = row_height, top
        self._at = -1
        self.count = 0
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The row under the pointer is tinted."""
        self._go(self._row_at(event))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open it."""
        at = self._row_at(event)
        if at >= 0:
            self.row_opened.emit(at)

    def leaveEvent(self, event: QEvent) -> None:
        """No row is meant any more."""
        self._go(-1)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """The keyboard begins at the first row."""
        super().focusInEvent(event)
        self._go(max(self._at, 0))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """And leaves none behind."""
        super().focusOutEvent(event)
        self._go(-1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Up and down walk, Enter opens."""
        steps = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        if Qt.Key(event.key()) in steps:
            self._go(min(max(self._at + steps[Qt.Key(event.key())], 0), self.count - 1))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and 0 <= self._at < self.count:
            self.row_opened.emit(self._at)
        else:
            super().keyPressEvent(event)

    def paint_hover(self, painter: QPainter) -> None:
        """The ground of the row that is meant."""
        if 0 <= self._at < self.count:
            box = QRect(0, self._top + self._at * self._row_height, self.width(), self._row_height)
            painting.rounded(painter, box.adjusted(0, 1, 0, -2), theme.active().color("hover"), 4)

    def _row_at(self, event: QMouseEvent) -> int:
        at = int(event.position().y() - self._top) // self._row_height
        return at if 0 <= at < self.count else -1

    def _go(self, at: int) -> None:
        if at != self._at:
            self._at = at
            self.update()


class Shares(_Rows):
    """Shares of a sum in series colours; more than five become "Others". Signals: opened(str name)."""

    opened = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(ROW, BAR, parent)
        self._shares: list[tuple[str, int]] = []
        self.row_opened.connect(lambda at: self.opened.emit(self._shares[at][0]))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_shares(self, shares: Sequence[tuple[str, int]]) -> None:
        """Name and paise, largest first."""
        ordered = sorted((share for share in shares if share[1] > 0), key=lambda share: -share[1])
        rest = sum(value for _name, value in ordered[MAX_SHARES - 1 :])
        if len(ordered) > MAX_SHARES:
            ordered = [*ordered[: MAX_SHARES - 1], ("Others", rest)]
        self._shares, self.count = ordered, len(ordered)
        self.setFixedHeight(self.sizeHint().height())
        self.setAccessibleName(", ".join(f"{name} {formats.rupees(value)}" for name, value in ordered))
        self.update()

    def sizeHint(self) -> QSize:
        """Bar and rows."""
        return QSize(200, BAR + ROW * len(self._shares))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The bar, then the rows."""
        painter, tokens = QPainter(self), theme.active()
        self.paint_hover(painter)
        total = sum(value for _name, value in self._shares)
        left = 0.0
        for at, (name, value) in enumerate(self._shares):
            wide = self.width() * value / total
            gap = 2 if at < len(self._shares) - 1 else 0
            painter.fillRect(
                round(left), 0, max(round(left + wide) - round(left) - gap, 1), 10, tokens.color(f"s{at + 1}")
            )
            left += wide
            line = QRect(0, BAR + at * ROW, self.width(), ROW)
            painting.rounded(painter, QRect(0, line.center().y() - 5, 10, 10), tokens.color(f"s{at + 1}"), 3)
            percent = formats.percent(value, total)
            painting.text(painter, line, percent, "ink2", 12, 400, painting.RIGHT, elide=False)
            amount = line.adjusted(0, 0, -62, 0)
            painting.text(painter, amount, formats.rupees(value), "ink", 13, 500, painting.RIGHT, elide=False)
            room = line.adjusted(19, 0, -62 - round(painting.width(formats.rupees(value), 13, 500)) - 10, 0)
            painting.text(painter, room, name, "ink", 13)
        painter.end()


class BarList(_Rows):
    """Name, bar, amount, change: one row each. Signals: opened(int row)."""

    opened = Signal(int)

    def __init__(self, heading: str, parent: QWidget | None = None) -> None:
        super().__init__(LINE, HEAD, parent)
        self._heading = heading
        self._bars: list[tuple[str, int, str]] = []
        self.row_opened.connect(self.opened.emit)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_bars(self, bars: Sequence[tuple[str, int, str]]) -> None:
        """Name, paise, words of the change."""
        self._bars, self.count = list(bars), len(bars)
        self.setFixedHeight(LINE * len(self._bars) + HEAD)
        self.setAccessibleName(", ".join(f"{name} {formats.rupees(value)} {note}" for name, value, note in bars))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Heads, hairlines, rows."""
        painter, tokens, wide = QPainter(self), theme.active(), self.width()
        self.paint_hover(painter)
        most = max((value for _name, value, _note in self._bars), default=0) or 1
        longest = max((painting.width(name, 13) for name, _v, _n in self._bars), default=0)
        amounts = max((painting.width(formats.rupees(value), 13) for _n, value, _c in self._bars), default=0)
        amounts = max(round(amounts), round(painting.width("₹ before tax", 12, 500)))
        amount_right, change_right = 62, 0
        names = min(round(longest) + 14, wide - amount_right - amounts - 14 - LEAST_BAR)  # names before bars
        painting.text(painter, QRect(0, 0, names, 24), self._heading, "ink3", 12, 500)
        for words, gap in (("₹ before tax", amount_right), ("Change", change_right)):
            painting.text(painter, QRect(0, 0, wide - gap, 24), words, "ink3", 12, 500, painting.RIGHT, elide=False)
        painter.fillRect(0, 25, wide, 1, tokens.color("line2"))
        room = max(wide - names - amount_right - amounts - 14, 20)
        for at, (name, value, note) in enumerate(self._bars):
            line = QRect(0, HEAD + at * LINE, wide, LINE)
            painting.text(painter, QRect(0, line.y(), names - 8, LINE), name, "ink", 13)
            bar = QRect(names, line.center().y() - 3, max(round(room * value / most), 3), 7)
            painting.rounded(painter, bar, tokens.color("f1"), 2)
            figure = line.adjusted(0, 0, -amount_right, 0)
            painting.text(painter, figure, formats.rupees(value), "ink", 13, 400, painting.RIGHT, elide=False)
            painting.text(painter, line, note, "ink2", 12, 400, painting.RIGHT, elide=False)
            painter.fillRect(0, line.bottom(), wide, 1, tokens.color("rowline"))
        painter.end()
