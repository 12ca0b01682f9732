"""Parts of a whole: one 10 px bar, then name, amount and share under each other.

shares = Shares(); shares.set_shares([("Package and km", 342268100), ("Per trip", 157605000)])
bars = BarList(); bars.set_bars([("Sri Lakshmi Cabs", 271593800, "+4.8 %")])      # horizontal bars with figures
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from moveinsync_desktop import formats, theme
from moveinsync_desktop.views.widgets import painting

ROW = 25
MAX_SHARES = 5


class Shares(QWidget):
    """Shares of a sum in series colours; more than five become "Others". Signals: opened(str name)."""

    opened = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shares: list[tuple[str, int]] = []
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_shares(self, shares: Sequence[tuple[str, int]]) -> None:
        """Name and paise, largest first."""
        ordered = sorted((share for share in shares if share[1] > 0), key=lambda share: -share[1])
        rest = sum(value for _name, value in ordered[MAX_SHARES - 1 :])
        if len(ordered) > MAX_SHARES:
            ordered = [*ordered[: MAX_SHARES - 1], ("Others", rest)]
        self._shares = ordered
        self.setFixedHeight(self.sizeHint().height())
        self.setAccessibleName(", ".join(f"{name} {formats.rupees(value)}" for name, value in ordered))
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open what is behind a row."""
        at = int(event.position().y() - 18) // ROW
        if 0 <= at < len(self._shares):
            self.opened.emit(self._shares[at][0])

    def sizeHint(self) -> QSize:
        """Bar and rows."""
        return QSize(200, 18 + ROW * len(self._shares))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The bar, then the rows."""
        painter, tokens = QPainter(self), theme.active()
        total = sum(value for _name, value in self._shares)
        left = 0.0
        for at, (name, value) in enumerate(self._shares):
            wide = self.width() * value / total
            gap = 2 if at < len(self._shares) - 1 else 0
            painter.fillRect(
                round(left), 0, max(round(left + wide) - round(left) - gap, 1), 10, tokens.color(f"s{at + 1}")
            )
            left += wide
            line = QRect(0, 18 + at * ROW, self.width(), ROW)
            painting.rounded(painter, QRect(0, line.center().y() - 5, 10, 10), tokens.color(f"s{at + 1}"), 3)
            percent = formats.percent(value, total)
            painting.text(painter, line, percent, "ink2", 12, 400, painting.RIGHT, elide=False)
            amount = line.adjusted(0, 0, -62, 0)
            painting.text(painter, amount, formats.rupees(value), "ink", 13, 500, painting.RIGHT, elide=False)
            room = line.adjusted(19, 0, -62 - round(painting.width(formats.rupees(value), 13, 500)) - 10, 0)
            painting.text(painter, room, name, "ink", 13)
        painter.end()


class BarList(QWidget):
    """Name, bar, amount, change: one row each. Signals: opened(int row)."""

    opened = Signal(int)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._bars: list[tuple[str, int, str]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def set_bars(self, bars: Sequence[tuple[str, int, str]]) -> None:
        """Name, paise, words of the change."""
        self._bars = list(bars)
        self.setFixedHeight(28 * len(self._bars) + 26)
        self.setAccessibleName(", ".join(f"{name} {formats.rupees(value)} {note}" for name, value, note in bars))
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open a row."""
        at = int(event.position().y() - 26) // 28
        if 0 <= at < len(self._bars):
            self.opened.emit(at)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Heads, hairlines, rows."""
        painter, tokens, wide = QPainter(self), theme.active(), self.width()
        most = max((value for _name, value, _note in self._bars), default=0) or 1
        longest = max((painting.width(name, 13) for name, _v, _n in self._bars), default=0)
        names = min(round(longest) + 14, round(wide * 0.38))
        amounts = max((painting.width(formats.rupees(value), 13) for _n, value, _c in self._bars), default=0)
        amount_right, change_right = 62, 0
        for words, gap in (("₹ before tax", amount_right), ("Change", change_right)):
            painting.text(painter, QRect(0, 0, wide - gap, 24), words, "ink3", 12, 500, painting.RIGHT, elide=False)
        painter.fillRect(0, 25, wide, 1, tokens.color("line2"))
        room = max(wide - names - amount_right - max(round(amounts), 78) - 14, 20)
        for at, (name, value, note) in enumerate(self._bars):
            line = QRect(0, 26 + at * 28, wide, 28)
            painting.text(painter, QRect(0, line.y(), names - 8, 28), name, "ink", 13)
            bar = QRect(names, line.center().y() - 3, max(round(room * value / most), 3), 7)
            painting.rounded(painter, bar, tokens.color("f1"), 2)
            figure = line.adjusted(0, 0, -amount_right, 0)
            painting.text(painter, figure, formats.rupees(value), "ink", 13, 400, painting.RIGHT, elide=False)
            painting.text(painter, line, note, "ink2", 12, 400, painting.RIGHT, elide=False)
            painter.fillRect(0, line.bottom(), wide, 1, tokens.color("rowline"))
        painter.end()
