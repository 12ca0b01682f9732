"""The figures beside the rule form: total difference, parts of the bill, rate steps, trips by change."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from moveinsync_desktop import formats, theme
from moveinsync_desktop.models.rule_effect import Steps
from moveinsync_desktop.models.rule_words import number_text
from moveinsync_desktop.views.widgets import painting

Row = tuple[str, str, str, str]


class Difference(QWidget):
    """₹ +67,685.55 +2.49 % over 27,15,938.92 -> 27,83,624.47 before tax."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._before, self._after = 0, 0
        self._is_known = False
        self.setFixedHeight(58)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_sums(self, before: int, after: int) -> None:
        """Show the change from one sum to the other, in paise."""
        self._before, self._after, self._is_known = before, after, True
        change = formats.signed(formats.money(after - before))
        self.setAccessibleName(f"Change {change}, from {formats.money(before)} to {formats.money(after)} before tax")
        self.update()

    def clear(self) -> None:
        """Nothing is known yet."""
        self._is_known = False
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Key figure with percent, then old and new."""
        painter, tokens = QPainter(self), theme.active()
        if not self._is_known:
            for top, room in ((6, 150), (38, 220)):
                painting.rounded(painter, QRect(0, top, room, 14), tokens.color("sunken"), 4)
            painter.end()
            return
        change = self._after - self._before
        figure = formats.signed(formats.money(change))
        left = 0
        base = QRect(0, 0, self.width(), 32)
        for words, pixels, weight, token, display in (
            ("₹", 16, 600, "ink3", True),
            (figure, 23, 600, "ink", True),
            (formats.signed(formats.percent(change, self._before, 2)), 13, 500, "ink2", False),
        ):
            painter.setFont(theme.font(pixels, weight, display=display))
            painter.setPen(tokens.color(token))
            painter.drawText(QPoint(left, base.top() + 25), words)
            left += round(painting.width(words, pixels, weight, display)) + (5 if pixels == 16 else 9)
        box = QRect(0, 34, self.width(), 20)
        wide = painting.text(painter, box, formats.money(self._before), "ink2", 13)
        arrow = painting.text(painter, box.adjusted(round(wide) + 8, 0, 0, 0), "→", "ink3", 13)
        left = int(wide + arrow) + 18
        new = painting.text(painter, box.adjusted(left, 0, 0, 0), formats.money(self._after), "ink", 13, 500)
        painting.text(painter, box.adjusted(left + round(new) + 8, 0, 0, 0), "before tax", "ink3", 12)
        painter.end()


class EffectTable(QWidget):
    """A few rows of words and three figures; the last row may be a total. Not a list: nothing to select."""

    HEAD, LINE = 27, 27

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._titles: Row = ("", "", "", "")
        self._rows: list[Row] = []
        self._has_total = False
        self._name = name
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_rows(self, titles: Row, rows: Sequence[Row], *, has_total: bool = False) -> None:
        """Show these; figures come as text."""
        self._titles, self._rows, self._has_total = titles, list(rows), has_total
        self.setFixedHeight(self.HEAD + self.LINE * len(rows) + (6 if has_total else 0))
        spoken = "; ".join(", ".join(f"{t} {v}" for t, v in zip(titles[1:], row[1:], strict=True)) for row in rows)
        self.setAccessibleName(f"{self._name}: {spoken}")
        self.update()

    def sizeHint(self) -> QSize:
        """As tall as the rows."""
        return QSize(300, self.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Header, hairlines, rows."""
        painter, tokens, wide = QPainter(self), theme.active(), self.width()
        columns = self._columns()
        self._paint_row(painter, 0, self._titles, columns, ("ink3",) * 4, 12, (500,) * 4)
        painter.fillRect(QRect(0, self.HEAD - 1, wide, 1), tokens.color("line2"))
        top = self.HEAD
        for at, row in enumerate(self._rows):
            is_total = self._has_total and at == len(self._rows) - 1
            if is_total:
                top += 2
                painter.fillRect(QRect(0, top, wide, 1), tokens.color("line2"))
                top += 2
            weights = (600, 500, 600, 600) if is_total else (400, 400, 500, 400)
            self._paint_row(painter, top, row, columns, ("ink", "ink2", "ink", "ink2"), 12, weights)
            if not is_total and at < len(self._rows) - (2 if self._has_total else 1):
                painter.fillRect(QRect(0, top + self.LINE - 1, wide, 1), tokens.color("rowline"))
            top += self.LINE
        painter.end()

    def _columns(self) -> list[int]:
        rows = [self._titles, *self._rows]
        return [max(round(painting.width(row[at], 12, 600)) for row in rows) + 16 for at in (1, 2, 3)]

    def _paint_row(
        self, painter: QPainter, top: int, row: Row, columns: list[int], tokens: Sequence[str], pixels: int,
        weights: Sequence[int],
    ) -> None:  # fmt: skip
        right = self.width()
        for at in (3, 2, 1):
            box = QRect(right - columns[at - 1], top, columns[at - 1], self.LINE)
            painting.text(painter, box, row[at], tokens[at], pixels, weights[at], painting.RIGHT, elide=False)
            right -= columns[at - 1]
        painting.text(painter, QRect(0, top, right - 4, self.LINE), row[0], tokens[0], pixels, weights[0])


class CountBars(QWidget):
    """Words, a bar, a count: how many trips fall into each group."""

    LINE = 22

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[str, int]] = []
        self._name = name
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def set_rows(self, rows: Sequence[tuple[str, int]]) -> None:
        """Show these."""
        self._rows = list(rows)
        self.setFixedHeight(self.LINE * len(rows))
        self.setAccessibleName(
            f"{self._name}: " + "; ".join(f"{words} {formats.count(count)}" for words, count in rows)
        )
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """One line a group."""
        painter, most = QPainter(self), max([count for _words, count in self._rows], default=0)
        words_room, figure_room = 128, 54
        room = self.width() - words_room - figure_room
        for at, (words, count) in enumerate(self._rows):
            top = at * self.LINE
            painting.text(painter, QRect(0, top, words_room - 6, self.LINE), words, "ink2", 12)
            if most and count:
                bar = QRect(words_room, top + 7, max(3, room * count // most), 8)
                painting.rounded(painter, bar, theme.active().color("f1"), 2)
            box = QRect(self.width() - figure_room, top, figure_room, self.LINE)
            painting.text(painter, box, formats.count(count), "ink", 12, 400, painting.RIGHT)
        painter.end()


class RateSteps(QWidget):
    """The rate by trip distance, in force (dashed) and changed (solid), as steps."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._new: Steps | None = None
        self._old: Steps | None = None
        self._names = ("", "")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(142)

    def set_steps(self, new: Steps | None, old: Steps | None, names: tuple[str, str] = ("", "")) -> None:
        """Show both under these names; nothing is drawn where neither has steps."""
        self._new, self._old, self._names = new, old, names
        made = [steps for steps in (new, old) if steps is not None]
        self.setVisible(any(not steps.is_flat for steps in made))
        words = [f"{number_text(rate, 2)}" for rate in (new.rates if new else ())]
        self.setAccessibleName("Rate by trip distance, rupees a km: " + ", ".join(words))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Grid, old steps, new steps, the changed rates in words."""
        made = [steps for steps in (self._new, self._old) if steps is not None]
        if not made:
            return
        painter, tokens = QPainter(self), theme.active()
        self._paint_title(painter)
        area = QRect(26, 32, self.width() - 30, self.height() - 56)
        rates = [rate for steps in made for rate in steps.rates]
        low, high = min(rates), max(rates)
        step = _grid_step(high - low)
        low, high = (low // step) * step, -((-high) // step) * step
        high = high + step if high == low else high
        far = max([bound for steps in made for bound in steps.bounds], default=Decimal(50)) * Decimal("1.25")
        self._paint_grid(painter, area, low, high, step)
        for bound in sorted({bound for steps in made for bound in steps.bounds}):
            x = area.x() + int(area.width() * bound / far)
            painting.text(
                painter, QRect(x - 24, area.bottom() + 6, 48, 16), number_text(bound), "ink3", 11, 400, painting.CENTRE
            )
        painting.text(
            painter, QRect(area.right() - 24, area.bottom() + 6, 24, 16), "km", "ink3", 11, 400, painting.RIGHT
        )
        if self._old is not None:
            pen = QPen(tokens.color("s5"), 1.5, Qt.PenStyle.DashLine)
            self._paint_steps(painter, area, self._old, far, low, high, pen)
        if self._new is not None:
            self._paint_steps(painter, area, self._new, far, low, high, QPen(tokens.color("s1"), 2))
            self._paint_words(painter, area, far, low, high)
        painter.end()

    def _paint_title(self, painter: QPainter) -> None:
        """The title left, what each line is at the right."""
        tokens, head = theme.active(), QRect(0, 0, self.width(), 20)
        painting.text(painter, head, "Rate by trip distance, ₹ a km", "ink", 13, 500)
        right = self.width()
        samples = (
            (self._names[1], QPen(tokens.color("s5"), 1.5, Qt.PenStyle.DashLine), self._old),
            (self._names[0], QPen(tokens.color("s1"), 2), self._new),
        )
        for words, pen, steps in samples:
            if steps is None:
                continue
            wide = round(painting.width(words, 12))
            painting.text(painter, QRect(right - wide, 0, wide + 2, 20), words, "ink2", 12, 400)
            painter.setPen(pen)
            painter.drawLine(right - wide - 22, 10, right - wide - 6, 10)
            right -= wide + 34

    def _paint_grid(self, painter: QPainter, area: QRect, low: Decimal, high: Decimal, step: Decimal) -> None:
        value = low
        while value <= high:
            y = self._y(area, value, low, high)
            painter.fillRect(QRect(area.x(), y, area.width(), 1), theme.active().color("rowline"))
            painting.text(painter, QRect(0, y - 8, 20, 16), number_text(value), "ink3", 11, 400, painting.RIGHT)
            value += step

    def _paint_steps(
        self, painter: QPainter, area: QRect, steps: Steps, far: Decimal, low: Decimal, high: Decimal, pen: QPen
    ) -> None:
        painter.setPen(pen)
        bounds = [Decimal(0), *steps.bounds, far]
        last: QPoint | None = None
        for at, rate in enumerate(steps.rates):
            y = self._y(area, rate, low, high)
            start = QPoint(area.x() + int(area.width() * bounds[at] / far), y)
            end = QPoint(area.x() + int(area.width() * bounds[at + 1] / far), y)
            if last is not None:
                painter.drawLine(last, start)
            painter.drawLine(start, end)
            last = end

    def _paint_words(self, painter: QPainter, area: QRect, far: Decimal, low: Decimal, high: Decimal) -> None:
        """Only rates that differ from those in force are written out."""
        if self._new is None or self._old is None or self._new.bounds != self._old.bounds:
            return
        bounds = [Decimal(0), *self._new.bounds, far]
        for at, (rate, old) in enumerate(zip(self._new.rates, self._old.rates, strict=True)):
            if rate != old:
                middle = area.x() + int(area.width() * (bounds[at] + bounds[at + 1]) / 2 / far)
                top = self._y(area, rate, low, high) - 19
                painting.text(
                    painter,
                    QRect(middle - 30, max(0, top), 60, 16),
                    number_text(rate, 2),
                    "ink",
                    11,
                    600,
                    painting.CENTRE,
                )

    @staticmethod
    def _y(area: QRect, value: Decimal, low: Decimal, high: Decimal) -> int:
        return area.bottom() - int((area.height() - 10) * (value - low) / (high - low))


def _grid_step(span: Decimal) -> Decimal:
    """About four lines: 1, 2 or 5 times a power of ten."""
    wanted = max(span / 4, Decimal("0.1"))
    power = Decimal(10) ** (wanted.adjusted())
    return next(power * lead for lead in (1, 2, 5, 10) if power * lead >= wanted)
