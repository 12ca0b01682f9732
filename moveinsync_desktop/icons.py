"""Pictures: Lucide icons, our state glyphs and the logo, drawn from SVG text in any colour, size and screen ratio.

icons.paint(painter, "route", rect, "ink2")          # inside a paintEvent
button.setIcon(icons.icon("upload", "on_accent"))    # a QIcon of the present theme
icons.paint(painter, "state:paid", rect, "paid")     # one of the eight money states (plus tick, waiting)
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files

from PySide6.QtCore import QByteArray, QRect, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from moveinsync_desktop import theme

_STROKE = re.compile(r'stroke-width="2"')


@lru_cache(maxsize=256)
def _svg(name: str) -> str:
    folder, _, stem = name.rpartition(":")
    where = {"": "lucide", "state": "states", "brand": ""}[folder]
    path = files("resources") / "icons"
    return (path / where / f"{stem}.svg" if where else path / f"{stem}.svg").read_text(encoding="utf-8")


def _stroke(size: int) -> float:
    """Line width in the 24 unit grid: 1.4 px up to 16 px icons, 1.6 px above (LOOK.md 4)."""
    return round((1.4 if size <= 16 else 1.6) * 24 / size, 3)


@lru_cache(maxsize=1024)
def _rendered(name: str, colour: str, paper: str, size: int, ratio: float) -> QPixmap:
    text = _svg(name).replace("currentColor", colour).replace("paperColor", paper)
    text = _STROKE.sub(f'stroke-width="{_stroke(size)}"', text)
    pixels = max(1, round(size * ratio))
    picture = QPixmap(pixels, pixels)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    QSvgRenderer(QByteArray(text.encode())).render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    picture.setDevicePixelRatio(ratio)
    return picture


def pixmap(name: str, token: str = "ink2", size: int = 16, ratio: float = 1.0, paper: str = "surface") -> QPixmap:
    """The icon `name` in the colour of `token`, `size` pixels at a screen of this ratio; cached."""
    tokens = theme.active()
    return _rendered(name, tokens.hex(token), tokens.hex(paper), size, ratio)


def icon(name: str, token: str = "ink2", size: int = 16, disabled: str = "disabled") -> QIcon:
    """A QIcon in the present theme's colours, sharp on screens of ratio 1 and 2."""
    made = QIcon()
    for ratio in (1.0, 2.0):
        made.addPixmap(pixmap(name, token, size, ratio))
        made.addPixmap(pixmap(name, disabled, size, ratio), QIcon.Mode.Disabled)
    return made


def paint(
    painter: QPainter, name: str, box: QRect, token: str = "ink2", size: int = 16, paper: str = "surface"
) -> None:
    """Draw the icon centred in `box`."""
    ratio = painter.device().devicePixelRatioF()
    picture = pixmap(name, token, size, ratio, paper)
    left = box.x() + (box.width() - size) // 2
    top = box.y() + (box.height() - size) // 2
    painter.drawPixmap(left, top, picture)
