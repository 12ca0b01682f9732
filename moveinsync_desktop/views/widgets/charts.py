"""Charts over pyqtgraph, in our dress: no frame, horizontal grid only, ₹ in L and Cr, exact figures in the hover card.

Import this module inside functions: it loads pyqtgraph (0.1 s).

    bars = DayBars(); bars.set_days([Day(date(2026, 10, 1), 15230000, before=22400000, note="Thu"), ...], "October",
                                    "September, same weekday"); bars.day_opened.connect(lambda day: ...)
    lines = TrendLines(["May", "Jun"], [Trend("Sri Lakshmi Cabs", [30.9, 30.4])], "₹")
    ShareBar([Share("Package and km", 342268100), ...])       # one 10 px bar; put ShareList under it
All values are aggregated before they come here (at most some hundred points).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pyqtgraph as pg
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from moveinsync_desktop import formats, theme
from moveinsync_desktop.views.widgets.plot import MoneyAxis, Plot, nice_step

BAR_WIDTH = 0.62
TICK_WIDTH = 0.9


@dataclass(frozen=True, slots=True)
class Day:
    """One bar: value in paise, the comparison (short tick), whether it is a weekend or holiday, trips."""

    day: date
    value: int
    before: int | None = None
    is_holiday: bool = False
    trips: int = 0

    @property
    def is_rest(self) -> bool:
        """Weekend or holiday: the soft fill."""
        return self.is_holiday or self.day.weekday() >= 5


@dataclass(frozen=True, slots=True)
class Trend:
    """One line over the common points; None leaves a gap."""

    name: str
    values: list[float | None]


class DayBars(Plot):
    """Bars by day, the comparison a short tick over each, holidays a diamond. Signals: day_opened(date)."""

    day_opened = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        self._axis = MoneyAxis("left")
        super().__init__(self._axis, parent)
        self.days: list[Day] = []
        self._now, self._before = "", ""

    def set_days(self, days: Sequence[Day], now: str, before: str = "", *, is_money: bool = True) -> None:
        """Show a month; `now` and `before` name the two series; values are paise, or counts."""
        self._axis.is_money = is_money
        self.days, self._now, self._before = list(days), now, before
        self.setAccessibleName(f"{now}: bars by day")
        self.redraw()

    def draw(self) -> None:
        """Bars, ticks, labels of Mondays and Thursdays."""
        if not self.days:
            return
        tokens = theme.active()
        top = max(max(day.value, day.before or 0) for day in self.days) or 1
        self.plot.setYRange(0, top * 1.12, padding=0)
        self.plot.setXRange(0.4, len(self.days) + 0.6, padding=0)
        self._grid(top * 1.05)
        for soft in (False, True):
            chosen = [(at + 1, day) for at, day in enumerate(self.days) if day.is_rest == soft]
            self.plot.addItem(
                pg.BarGraphItem(
                    x=[at for at, _day in chosen],
                    height=[day.value for _at, day in chosen],
                    width=BAR_WIDTH,
                    pen=pg.mkPen(None),
                    brush=tokens.color("f1_soft" if soft else "f1"),
                )
            )
        self._ticks()
        axis = self.plot.getAxis("bottom")
        axis.setTicks([[(at + 1, text) for at, day in enumerate(self.days) if (text := self._label(at, day))]])

    def _ticks(self) -> None:
        xs: list[float] = []
        ys: list[float] = []
        for at, day in enumerate(self.days):
            if day.before is not None:
                xs += [at + 1 - TICK_WIDTH / 2, at + 1 + TICK_WIDTH / 2]
                ys += [day.before, day.before]
        tokens = theme.active()
        if xs:
            self.plot.plot(xs, ys, connect="pairs", pen=pg.mkPen(tokens.color("s2"), width=2), antialias=False)
        marks = [(at + 1, day.value) for at, day in enumerate(self.days) if day.is_holiday]
        if marks:
            top = max(day.value for day in self.days)
            self.plot.plot(
                [x for x, _y in marks], [y + top * 0.04 for _x, y in marks], pen=None, symbol="d", symbolSize=8,
                symbolPen=None, symbolBrush=tokens.color("ink2"),
            )  # fmt: skip

    def _label(self, at: int, day: Day) -> str:
        is_shown = at == 0 or (day.day.weekday() in (0, 3) and at >= 3)
        return f"{formats.WEEKDAYS[day.day.weekday()]} {day.day.day}" if is_shown else ""

    def at(self, x: float) -> int:
        """The day under the pointer."""
        number = round(x) - 1
        return number if 0 <= number < len(self.days) else -1

    def describe(self, at: int) -> tuple[str, list[tuple[str, str, str]]]:
        """Date, both series, trips."""
        day = self.days[at]
        is_money = self._axis.is_money
        rows = [("f1", self._now, f"₹ {formats.money(day.value)}" if is_money else formats.count(day.value))]
        if day.before is not None:
            words = f"₹ {formats.money(day.before)}" if is_money else formats.count(day.before)
            rows.append(("s2", self._before, words))
        if day.trips and is_money:
            rows.append(("", "Trips", formats.count(day.trips)))
        return f"{formats.WEEKDAYS[day.day.weekday()]} {formats.day(day.day)}", rows

    def open_at(self, at: int) -> None:
        """The trips behind a bar."""
        self.day_opened.emit(self.days[at].day)


class TrendLines(Plot):
    """2 px lines with a different point shape each, named at their end."""

    SYMBOLS = ("o", "t", "s", "d", "x")

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(None, parent)
        self._points: list[str] = []
        self._trends: list[Trend] = []
        self._unit = ""

    def set_trends(self, points: Sequence[str], trends: Sequence[Trend], unit: str = "₹") -> None:
        """Show lines over named points; `unit` stands before the axis figures."""
        self._points, self._trends, self._unit = list(points), list(trends)[:5], unit
        self.redraw()

    def draw(self) -> None:
        """Lines, points, names, a few grid lines."""
        values = [value for trend in self._trends for value in trend.values if value is not None]
        if not values:
            return
        low, high = min(values), max(values)
        margin = (high - low) * 0.25 or high * 0.1 or 1
        self.plot.setYRange(low - margin, high + margin, padding=0)
        self.plot.setXRange(-0.3, (len(self._points) - 1) * 1.42 + 0.3, padding=0)
        self._marks(low - margin, high + margin)
        self.plot.getAxis("bottom").setTicks([list(enumerate(self._points))])
        for at, trend in enumerate(self._trends):
            self._line(at, trend)

    def _marks(self, low: float, high: float) -> None:
        step = nice_step(high - low)
        first = math.ceil(low / step) * step
        marks = [first + step * times for times in range(6) if first + step * times < high]
        axis = self.plot.getAxis("left")
        axis.setTicks([[(mark, f"{self._unit}{mark:g}") for mark in marks]])
        for mark in marks:
            line = pg.InfiniteLine(mark, angle=0, pen=pg.mkPen(theme.active().color("line2"), width=1))
            line.setZValue(-60)
            self.plot.addItem(line)

    def _line(self, at: int, trend: Trend) -> None:
        colour = theme.active().color(f"s{at + 1}")
        pairs = [(x, y) for x, y in enumerate(trend.values) if y is not None]
        xs, ys = [x for x, _y in pairs], [y for _x, y in pairs]
        self.plot.plot(
            xs,
            ys,
            pen=pg.mkPen(colour, width=2),
            symbol=self.SYMBOLS[at],
            symbolSize=6,
            symbolPen=None,
            symbolBrush=colour,
        )
        if pairs:
            name = pg.TextItem(trend.name, color=theme.active().color("ink2"), anchor=(0, 0.5))
            name.setFont(theme.font(11))
            name.setPos(xs[-1] + 0.12, ys[-1])
            self.plot.addItem(name, ignoreBounds=True)

    def at(self, x: float) -> int:
        """The nearest point."""
        number = round(x)
        return number if 0 <= number < len(self._points) else -1

    def describe(self, at: int) -> tuple[str, list[tuple[str, str, str]]]:
        """All lines at one point."""
        rows = [
            (f"s{number + 1}", trend.name, f"{self._unit} {trend.values[at]:.2f}")
            for number, trend in enumerate(self._trends)
            if at < len(trend.values) and trend.values[at] is not None
        ]
        return self._points[at], rows
