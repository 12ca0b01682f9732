"""The picture beside the sign-in form: routes of a night become rows of a ledger. Drawn once a size, still."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from random import Random

from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QWidget

from billing.money import format_inr
from moveinsync_desktop import theme
from moveinsync_desktop.views.widgets import painting

ROWS = 17
LIT = 6
SEED = 105453
COLOURS = ("night_route", "night_route", "night_teal", "night_line", "night_amber", "night_route")


@dataclass(frozen=True, slots=True)
class _Entry:
    """One invented line of the picture."""

    name: str
    paise: int


def ledger() -> list[_Entry]:
    """The rows shown, the same on every machine; their sum is shown under them and is right."""
    dice, number, made = Random(SEED), SEED, []
    for _row in range(ROWS):
        made.append(_Entry(f"SLC-{number}", dice.randrange(60_000, 90_000)))
        number += dice.choice((1, 2, 3, 5, 7))
    return made


class NightPicture(QWidget):
    """Paints the picture and the sentence under it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._picture = QPixmap()
        self._entries = ledger()
        self.setAccessibleName("Every rupee explained. A trip sheet in, an invoice out.")

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw anew at the next paint."""
        self._picture = QPixmap()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Show the picture of this size."""
        ratio = self.devicePixelRatioF()
        if self._picture.isNull():
            self._picture = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
            self._picture.setDevicePixelRatio(ratio)
            painter = QPainter(self._picture)
            self._draw(painter)
            painter.end()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        painter.end()

    def _draw(self, painter: QPainter) -> None:
        tokens, wide, high = theme.active(), self.width(), self.height()
        ground = QLinearGradient(0, 0, wide * 0.4, high)
        ground.setColorAt(0, tokens.color("night"))
        ground.setColorAt(1, tokens.color("night_deep"))
        painter.fillRect(self.rect(), ground)
        pitch = 21
        top = max(48, round(high * 0.40) - ROWS * pitch // 2)
        left, right = round(wide * 0.62), round(wide * 0.935)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        self._routes(painter, left - 14, top, pitch)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        self._rows(painter, left, right, top, pitch)
        self._words(painter, 44, max(top + (ROWS + 2) * pitch + 60, round(high * 0.78)), wide - 88)

    def _rows(self, painter: QPainter, left: int, right: int, top: int, pitch: int) -> None:
        tokens = theme.active()
        for at, entry in enumerate(self._entries):
            box = QRect(left, top + at * pitch, right - left, pitch)
            is_lit = at == LIT
            token, weight = ("night_ink", 600) if is_lit else ("night_ink2", 400)
            painting.text(painter, box, entry.name, token, 12, weight, elide=False)
            painting.text(painter, box, format_inr(entry.paise), token, 12, weight, painting.RIGHT, elide=False)
            painter.fillRect(left, box.bottom(), right - left, 1, tokens.alpha("night_line", 0.5))
        bottom = top + ROWS * pitch
        painter.fillRect(left, bottom + 2, right - left, 2, tokens.color("night_ink2"))
        box = QRect(left, bottom + 6, right - left, 24)
        total = format_inr(sum(entry.paise for entry in self._entries))
        painting.text(painter, box, "Before tax", "night_ink", 13, 600, elide=False)
        painting.text(painter, box, total, "night_ink", 13, 600, painting.RIGHT, elide=False)

    def _routes(self, painter: QPainter, end: int, top: int, pitch: int) -> None:
        dice = Random(SEED + 1)
        for at in range(ROWS):
            start = QPointF(dice.uniform(0.05, 0.24) * end, top + dice.uniform(-3.2, ROWS - 0.5) * pitch)
            middle = QPointF(dice.uniform(0.38, 0.52) * end, top + dice.uniform(2, ROWS) * pitch)
            goal = QPointF(end, top + at * pitch + pitch / 2)
            if at != LIT:
                self._route(painter, (start, middle, goal), theme.active().alpha(COLOURS[at % len(COLOURS)], 0.55), 1.2)
        start = QPointF(0.14 * end, top - pitch)
        middle = QPointF(0.48 * end, top + LIT * pitch + pitch / 2)
        goal = QPointF(end, top + LIT * pitch + pitch / 2)
        self._route(painter, (start, middle, goal), theme.active().color("night_amber"), 2)

    def _route(self, painter: QPainter, points: tuple[QPointF, QPointF, QPointF], colour: QColor, width: float) -> None:
        path = QPainterPath(points[0])
        for first, second in pairwise(points):
            half = (second.x() - first.x()) * 0.55
            path.cubicTo(first + QPointF(half, 0), second - QPointF(half, 0), second)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, width))
        painter.drawPath(path)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        for point in points[:2]:
            painter.drawEllipse(point, 2.4 + width / 3, 2.4 + width / 3)

    def _words(self, painter: QPainter, left: int, top: int, wide: int) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setFont(theme.font(30, 600, display=True))
        painter.setPen(theme.active().color("night_ink"))
        painter.drawText(QPointF(left, top), "Every rupee explained.")
        painter.setFont(theme.font(15, 400))
        painter.setPen(theme.active().color("night_ink2"))
        box = QRect(left, top + 18, min(wide, 560), 60)
        words = "A trip sheet in, an invoice out. Each figure opens down to the trip and the rule that made it."
        painter.drawText(
            box, int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop | Qt.TextFlag.TextWordWrap), words
        )
