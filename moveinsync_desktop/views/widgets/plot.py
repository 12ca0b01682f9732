"""The ground of every chart over pyqtgraph: no frame, horizontal grid only, ₹ in L and Cr, hover card, keyboard."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from moveinsync_desktop import formats, theme
from moveinsync_desktop.views.widgets.hover_card import HoverCard


class MoneyAxis(pg.AxisItem):
    """Left axis with ₹ in lakh and crore (values are paise), or plain counts."""

    is_money = True

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """Text of the ticks."""
        write = formats.lakhs if self.is_money else formats.count
        return [write(round(value)) for value in values]


class Plot(QWidget):
    """What all charts share: a pyqtgraph plot without its looks, a hover card, and the theme."""

    def __init__(self, left: pg.AxisItem | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.plot = pg.PlotWidget(axisItems={"left": left} if left is not None else None)
        self.plot.viewport().setFocusPolicy(Qt.FocusPolicy.NoFocus)  # its table is what the keyboard reads
        self.plot.setFrameShape(self.plot.Shape.NoFrame)
        self.plot.setMenuEnabled(False)
        self.plot.hideButtons()
        self.plot.setMouseEnabled(x=False, y=False)
        self.plot.setAntialiasing(True)
        self.plot.getViewBox().setDefaultPadding(0.0)
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.addWidget(self.plot)
        self.card = HoverCard(self)
        self.plot.viewport().setMouseTracking(True)
        self.plot.viewport().installEventFilter(self)
        self._hover = -1
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(120)

    def draw(self) -> None:
        """Put the items in; called on new data and on a theme switch."""

    def at(self, x: float) -> int:
        """Which point belongs to this x; -1 for none."""
        return -1

    def describe(self, at: int) -> tuple[str, list[tuple[str, str, str]]]:
        """Heading and rows (token, name, value) of the hover card."""
        return "", []

    def open_at(self, at: int) -> None:
        """A click on a point."""

    def changeEvent(self, event: QEvent) -> None:
        """The theme changed: pyqtgraph keeps colours, so draw anew."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and hasattr(self, "card"):
            self.redraw()

    def redraw(self) -> None:
        """Clear and draw in the present colours."""
        self.plot.setBackground(theme.active().color("surface"))
        self.plot.clear()
        self._dress_axes()
        self.draw()

    def eventFilter(self, watched: Any, event: QEvent) -> bool:
        """Hover and click over the plot."""
        if event.type() == QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
            self._move(event.position())
        elif event.type() == QEvent.Type.Leave:
            self._hover = -1
            self.card.hide()
        elif event.type() == QEvent.Type.MouseButtonRelease and self._hover >= 0:
            self.open_at(self._hover)
        return super().eventFilter(watched, event)

    def _move(self, position: QPointF) -> None:
        point = self.plot.getViewBox().mapSceneToView(self.plot.mapToScene(position.toPoint()))
        at = self.at(point.x())
        if at != self._hover:
            self._hover = at
            if at >= 0:
                self.card.show_rows(*self.describe(at))
        if at >= 0:
            self.card.place_near(position.toPoint(), self.rect())
        else:
            self.card.hide()

    def _dress_axes(self) -> None:
        tokens = theme.active()
        clear = pg.mkPen(None)
        for name in ("left", "bottom"):
            axis = self.plot.getAxis(name)
            axis.setStyle(tickLength=0, tickFont=theme.font(11), maxTickLevel=0, tickTextOffset=8)
            axis.setStyle(hideOverlappingLabels=False)
            axis.setTextPen(tokens.color("ink2"))
            axis.enableAutoSIPrefix(False)
            axis.setPen(clear if name == "left" else pg.mkPen(tokens.color("line2"), width=1))
            axis.setZValue(-50)

    def _grid(self, top: float) -> None:
        """Horizontal hairlines at three or four round values."""
        step = nice_step(top)
        marks = [step * times for times in range(1, math.ceil(top / step) + 1) if step * times <= top * 1.001]
        axis = self.plot.getAxis("left")
        axis.setTicks([[(mark, axis.tickStrings([mark], 1, step)[0]) for mark in marks]])
        pen = pg.mkPen(theme.active().color("line2"), width=1)
        for mark in marks:
            line = pg.InfiniteLine(mark, angle=0, pen=pen)
            line.setZValue(-60)
            self.plot.addItem(line)


def nice_step(top: float) -> float:
    """A round step that gives two to four lines below `top`."""
    if top <= 0:
        return 1.0
    raw = top / 3.2
    size = 10 ** math.floor(math.log10(raw))
    return float(next(size * times for times in (1, 2, 2.5, 5, 10) if size * times >= raw))
