"""Parts of the calculator: the total, where a trip stands in its package and among the trips of the month."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from moveinsync_desktop import formats, theme
from moveinsync_desktop.views.widgets import painting

if TYPE_CHECKING:  # the service brings numpy, which the window does not wait for
    from billing.services.calculator import Spread


class TotalHead(QWidget):
    """Trip total in 30 px left, before tax at the right."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._total: int | None = None
        self._before = 0
        self.setFixedHeight(62)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_price(self, total: int | None, before_tax: int = 0) -> None:
        """Show these paise; None is no price yet."""
        self._total, self._before = total, before_tax
        words = "no price yet" if total is None else f"{formats.money(total)}, before tax {formats.money(before_tax)}"
        self.setAccessibleName(f"Trip total {words}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Labels over figures; ₹ is 70 % of the figure, on its baseline."""
        painter, tokens = QPainter(self), theme.active()
        painting.text(painter, QRect(0, 0, 200, 18), "Trip total", "ink3", 12)
        figure = formats.NONE if self._total is None else formats.money(self._total)
        painter.setFont(theme.font(21, 600, display=True))
        painter.setPen(tokens.color("ink3"))
        painter.drawText(QPoint(0, 52), "₹")
        painter.setFont(theme.font(30, 600, display=True))
        painter.setPen(tokens.color("ink" if self._total is not None else "ink3"))
        painter.drawText(QPoint(22, 52), figure)
        if self._total is not None:
            right = QRect(self.width() - 220, 0, 220, 18)
            painting.text(painter, right, "Before tax", "ink3", 12, 400, painting.RIGHT)
            words = f"₹{formats.THIN}{formats.money(self._before)}"
            painting.text(painter, right.translated(0, 18), words, "ink", 14, 600, painting.RIGHT)
        painter.end()


class PackageMeter(QWidget):
    """How far a month's included km are used before this trip, inside and beyond them by it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._before, self._trip, self._free = 0, 0, 0
        self.setFixedHeight(78)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_use(self, before_m: int, trip_m: int, free_m: int) -> None:
        """Metres used before, of this trip, and included."""
        self._before, self._trip, self._free = before_m, trip_m, free_m
        self.setAccessibleName(f"{self.headline}: {self._words()}")
        self.update()

    @property
    def inside(self) -> int:
        """Metres of the trip inside the package."""
        return max(0, min(self._trip, self._free - self._before))

    @property
    def headline(self) -> str:
        """What the trip does to the package."""
        if self._before >= self._free:
            return "This trip is beyond the package"
        return "This trip ends the package" if self.inside < self._trip else "This trip is inside the package"

    def _words(self) -> str:
        return f"{formats.km(self.inside)} km free, {formats.km(self._trip - self.inside)} km charged"

    def paintEvent(self, event: QPaintEvent) -> None:
        """The bar: used before (broken, as it is long), this trip inside, this trip beyond, what is left."""
        painter, tokens, wide = QPainter(self), theme.active(), self.width()
        painting.text(painter, QRect(0, 0, wide - 160, 20), self.headline, "ink", 13, 500)
        month = f"{formats.km(self._free, 0)} km a month"
        painting.text(painter, QRect(wide - 160, 0, 160, 20), month, "ink3", 12, 400, painting.RIGHT)
        bar, beyond = QRect(0, 44, wide, 9), self._trip - self.inside
        painting.rounded(painter, bar, tokens.color("sunken"), 3)
        start, unit = int(wide * 46 / 100), int(wide * 40 / 100)
        inside_w = unit * self.inside // self._trip if self._trip else 0
        beyond_w = unit - inside_w if self._trip else 0
        painting.rounded(painter, QRect(0, 44, start, 9), tokens.color("f1_soft"), 3)
        painter.setPen(QPen(tokens.color("surface"), 2))
        for shift in (0, 5):
            painter.drawLine(start // 3 + shift, 54, start // 3 + 6 + shift, 43)
        if inside_w:
            painter.fillRect(QRect(start, 44, inside_w, 9), tokens.color("f1"))
        if beyond_w:
            painter.fillRect(QRect(start + inside_w, 44, beyond_w, 9), tokens.color("s2"))
        painting.text(painter, QRect(0, 56, start, 18), f"{formats.km(self._before)} km before", "ink3", 12)
        edge = start + inside_w
        if self.inside and beyond:
            painter.fillRect(QRect(edge - 1, 40, 2, 17), tokens.color("ink2"))
            limit = formats.km(self._free, 0)
            painting.text(painter, QRect(edge - 60, 56, 120, 18), limit, "ink3", 12, 400, painting.CENTRE)
        if self.inside:
            words = f"{formats.km(self.inside)} km free"
            painting.text(painter, QRect(edge - 140, 22, 134, 18), words, "ink2", 12, 500, painting.RIGHT)
        if beyond:
            words = f"{formats.km(beyond)} km charged"
            painting.text(painter, QRect(edge + 6, 22, 200, 18), words, "ink2", 12, 500)
        painter.end()


class SpreadBars(QWidget):
    """The month's trips by price, this one's bar in full colour."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._spread: Spread | None = None
        self._paise = 0
        self._title, self._note = "", ""
        self.setFixedHeight(126)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_spread(self, spread: Spread, paise: int, title: str) -> None:
        """Show where these taxable paise stand."""
        self._spread, self._paise, self._title = spread, paise, title
        total = len(spread.sorted_paise)
        self._note = f"{formats.count(total)} priced trips, before tax"
        self.setAccessibleName(f"{title}: {self._note}, {self._rank()}")
        self.update()

    def _rank(self) -> str:
        if self._spread is None:
            return ""
        total, below = len(self._spread.sorted_paise), self._spread.cheaper_than(self._paise)
        return f"dearer than {formats.percent(below, total, 0)}" if below else "none is cheaper"

    def paintEvent(self, event: QPaintEvent) -> None:
        """Title, bars, amounts under every fourth edge."""
        if self._spread is None:
            return
        painter, tokens, wide = QPainter(self), theme.active(), self.width()
        name = painting.text(painter, QRect(0, 0, wide, 20), self._title, "ink", 13, 500)
        painting.text(painter, QRect(int(name) + 8, 0, wide - int(name) - 150, 20), self._note, "ink3", 12)
        painting.text(painter, QRect(wide - 150, 0, 150, 20), self._rank(), "ink", 13, 500, painting.RIGHT)
        counts, edges = self._spread.counts, self._spread.edges
        most, room, base = max(counts) or 1, wide // max(len(counts), 1), 102
        mine = min(max(sum(self._paise >= edge for edge in edges) - 1, 0), len(counts) - 1)
        painter.fillRect(QRect(0, base, wide, 1), tokens.color("line2"))
        for at, count in enumerate(counts):
            tall = max(2, (base - 30) * count // most) if count else 0
            fill = tokens.color("f1" if at == mine else "f1_soft")
            painting.rounded(painter, QRect(at * room + 1, base - tall, room - 2, tall), fill, 2)
            if at and at % max(1, len(counts) // 5) == 0:
                box = QRect(at * room - 40, base + 5, 80, 16)
                painting.text(painter, box, formats.rupees(edges[at]), "ink3", 11, 400, painting.CENTRE)
        painter.end()
