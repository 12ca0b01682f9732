"""Helpers for widgets and delegates that paint themselves: fonts, widths, fills without seams.

Hairlines and fills are drawn with antialiasing off (no blur, no seams at 125 %); switch it on for glyphs only.
"""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from moveinsync_desktop import theme

LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
CENTRE = int(Qt.AlignmentFlag.AlignCenter)
_SINGLE = int(Qt.TextFlag.TextSingleLine)


@lru_cache(maxsize=64)
def metrics(pixels: int = 13, weight: int = 400, display: bool = False) -> QFontMetricsF:
    """Cached font metrics."""
    return QFontMetricsF(theme.font(pixels, weight, display=display))


@lru_cache(maxsize=32768)
def width(text: str, pixels: int = 13, weight: int = 400, display: bool = False) -> float:
    """Width of a text in pixels, cached: table cells repeat."""
    return metrics(pixels, weight, display).horizontalAdvance(text)


@lru_cache(maxsize=16384)
def elided(text: str, room: int, pixels: int = 13, weight: int = 400) -> str:
    """The text, cut with an ellipsis where it does not fit."""
    if width(text, pixels, weight) <= room:
        return text
    return metrics(pixels, weight).elidedText(text, Qt.TextElideMode.ElideRight, room)


def text(
    painter: QPainter,
    box: QRect,
    words: str,
    token: str = "ink",
    pixels: int = 13,
    weight: int = 400,
    align: int = LEFT,
    *,
    elide: bool = True,
) -> float:
    """Draw one line of text in `box`; gives its width."""
    shown = elided(words, box.width(), pixels, weight) if elide else words
    painter.setFont(theme.font(pixels, weight))
    painter.setPen(theme.active().color(token))
    painter.drawText(box, align | _SINGLE, shown)
    return width(shown, pixels, weight)


def rounded(
    painter: QPainter,
    box: QRect | QRectF,
    fill: QColor | None,
    radius: float,
    line: QColor | None = None,
    pen: float = 1.0,
) -> None:
    """A rounded rectangle; the line lies inside the box."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    painter.setPen(QPen(line, pen) if line is not None else Qt.PenStyle.NoPen)
    painter.setBrush(fill if fill is not None else Qt.BrushStyle.NoBrush)
    inset = pen / 2 if line is not None else 0
    painter.drawRoundedRect(QRectF(box).adjusted(inset, inset, -inset, -inset), radius, radius)
    painter.restore()
