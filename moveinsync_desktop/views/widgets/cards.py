"""Key figures and rows of work to do.

strip = KeyStrip([KeyFigure("Spend before tax", rupee=True), KeyFigure("Trips")])
figure.set_figure("60,31,775", change="+4.0 %", falls=False, note="on September", trend=[1, 2, 3])
TaskRow("state:review", "review", "92 trips need review", "worth ₹ 31,592.50", "Review", on_click)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPointF, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy, QWidget

from moveinsync_desktop import icons, theme
from moveinsync_desktop.views.widgets import painting
from moveinsync_desktop.views.widgets.basics import ElidedLabel, column, restyle, vline
from moveinsync_desktop.views.widgets.buttons import LinkButton
from moveinsync_desktop.views.widgets.placeholder import Glyph


class KeyFigure(QWidget):
    """Label, a 23 px figure, the change in words, a small trend line; painted, so that ₹ sits on the baseline.

    Signals: opened() by click or Enter, once `leads_to(words)` said where it leads.
    """

    opened = Signal()

    def __init__(self, name: str, *, rupee: bool = False, big: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._name, self._rupee, self._pixels = name, rupee, 30 if big else 23
        self._figure, self._change, self._note = "", "", ""
        self._falls: bool | None = None
        self._trend: list[float] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setMinimumWidth(150)

    def set_figure(
        self,
        figure: str,
        *,
        change: str = "",
        falls: bool | None = None,
        note: str = "",
        trend: Sequence[float] = (),
    ) -> None:
        """Show a figure (without ₹). falls: arrow down (True), up (False), none (None)."""
        self._figure, self._change, self._note, self._falls = figure, change, note, falls
        self._trend = list(trend)
        self.setAccessibleName(f"{self._name} {figure} {change} {note}")
        self.update()

    def leads_to(self, words: str) -> None:
        """A click or Enter opens what is behind the figure; `words` is the tooltip."""
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolTip(words)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Open what is behind it."""
        if self.toolTip():
            self.opened.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter opens as well."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.toolTip():
            self.opened.emit()
            return
        super().keyPressEvent(event)

    def sizeHint(self) -> QSize:
        """Three lines."""
        return QSize(220, 60 + self._pixels)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Three lines and the trend."""
        painter, wide = QPainter(self), self.width()
        painting.text(painter, QRect(0, 8, wide, 18), self._name, "ink2", 12, 400)
        left, base = 0, 26 + self._pixels
        if not self._figure:
            painting.rounded(painter, QRect(0, 34, 96, 16), theme.active().color("sunken"), 4)
        elif self._rupee:
            size = round(self._pixels * 0.7)
            painter.setFont(theme.font(size, 500))
            painter.setPen(theme.active().color("ink3"))
            painter.drawText(QPointF(0, base), "₹")
            left = round(painting.width("₹", size, 500)) + 4
        painter.setFont(theme.font(self._pixels, 600, display=True))
        painter.setPen(theme.active().color("ink"))
        painter.drawText(QPointF(left, base), self._figure)
        self._paint_change(painter, base + 6)
        if len(self._trend) > 1:
            self._paint_trend(painter, QRect(wide - 66, 22, 62, 30))
        painter.end()

    def _paint_change(self, painter: QPainter, top: int) -> None:
        left = 0
        if self._change and self._falls is not None:
            icon = "arrow-down-right" if self._falls else "arrow-up-right"
            icons.paint(painter, icon, QRect(0, top, 14, 20), "ink2", 13)
            left = 18
        if self._change:
            left += round(painting.text(painter, QRect(left, top, 120, 20), self._change, "ink2", 12, 500)) + 7
        painting.text(painter, QRect(left, top, max(self.width() - left - 4, 0), 20), self._note, "ink2", 12, 400)

    def _paint_trend(self, painter: QPainter, box: QRect) -> None:
        low, high = min(self._trend), max(self._trend)
        span = (high - low) or 1.0
        step = box.width() / (len(self._trend) - 1)
        points = [
            QPointF(box.x() + at * step, box.bottom() - (value - low) / span * box.height())
            for at, value in enumerate(self._trend)
        ]
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(QPen(theme.active().color("accent"), 1.5))
        painter.drawPolyline(points)
        painter.setBrush(theme.active().color("accent"))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.drawEllipse(points[-1], 2.2, 2.2)


class KeyStrip(QFrame):
    """Key figures side by side in one card, hairlines between."""

    def __init__(self, figures: Sequence[KeyFigure], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.figures = list(figures)
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        self._cells: list[QWidget] = []
        for figure in self.figures:
            cell = QWidget()
            holder = QHBoxLayout(cell)
            holder.setContentsMargins(0, 2, 12, 2)
            holder.setSpacing(16)
            holder.addWidget(vline())
            holder.addWidget(figure, 1)
            self._cells.append(cell)
            box.addWidget(cell, 1)
        self.show_only(self.figures)

    def show_only(self, figures: Sequence[KeyFigure]) -> None:
        """Hide the others with their lines; the first one shown has no line before it."""
        shown = [figure for figure in self.figures if figure in figures]
        for figure, cell in zip(self.figures, self._cells, strict=True):
            cell.setVisible(figure in shown)
            line = cell.findChild(QFrame)
            if line is not None:
                restyle(line, role="vline" if figure is not shown[0] else "plain")


class TaskRow(QWidget):
    """A thing to do: glyph, what, how much it is worth, a link that opens it."""

    def __init__(
        self,
        icon: str,
        token: str,
        title: str,
        detail: str = "",
        link: str = "",
        on_click: Callable[[], object] | None = None,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 5, 0, 5)
        box.setSpacing(10)
        box.addWidget(Glyph(icon, token, 16))
        texts: list[QWidget] = [ElidedLabel(title, w="500")]
        if detail:
            texts.append(ElidedLabel(detail, t="sm", c="ink2"))
        box.addLayout(column(*texts, gap=1), 1)
        if link:
            box.addWidget(LinkButton(link, on_click=on_click))
        self.setAccessibleName(f"{title}. {detail}")
