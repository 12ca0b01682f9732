"""Small marks: rule-key chip, key cap, count badge, avatar, spinner ring.

Chip("slabs")      KeyCap("Ctrl K")      Avatar("Meera Krishnan")      Ring(); ring.set_share(0.64)
"""

from __future__ import annotations

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from moveinsync_desktop import formats, theme
from moveinsync_desktop.views.widgets import painting


class Chip(QWidget):
    """Words on a sunken ground, 18 px, radius 4."""

    def __init__(self, words: str, *, token: str = "ink3", fill: str = "sunken", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._token, self._fill = token, fill
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_words(words)

    def set_words(self, words: str) -> None:
        """Change the words."""
        self._words = words
        self.setAccessibleName(words)
        self.setFixedSize(self.sizeHint())
        self.update()

    def sizeHint(self) -> QSize:
        """Words and padding."""
        return QSize(round(painting.width(self._words, 11, 500)) + 14, 18)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Fill and words."""
        painter = QPainter(self)
        painting.rounded(painter, self.rect(), theme.active().color(self._fill), 4)
        painting.text(painter, self.rect(), self._words, self._token, 11, 500, painting.CENTRE, elide=False)
        painter.end()


class KeyCap(Chip):
    """A key on the keyboard."""

    def __init__(self, words: str, parent: QWidget | None = None) -> None:
        super().__init__(words, token="ink2", parent=parent)


class Avatar(QWidget):
    """Two letters in a soft disc (or square with `square=True`); the colour follows the name."""

    def __init__(self, name: str, *, size: int = 26, square: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._square = square
        self.setFixedSize(size, size)
        self.set_name(name)

    def set_name(self, name: str) -> None:
        """Another person or company."""
        self._letters = formats.initials(name)[: 1 if self._square else 2]
        self._token = "avatar4" if self._square else f"avatar{sum(map(ord, name)) % 4 + 1}"
        self.setAccessibleName(name)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Disc and letters."""
        painter = QPainter(self)
        radius = 6.0 if self._square else self.width() / 2
        painting.rounded(painter, self.rect(), theme.active().color(self._token), radius)
        size = 11 if self.width() < 30 else 12
        painting.text(painter, self.rect(), self._letters, "ink", size, 600, painting.CENTRE, elide=False)
        painter.end()


class Ring(QWidget):
    """Running work: a still ring with its share filled (nothing spins)."""

    def __init__(self, size: int = 14, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._share = 0.25
        self.setFixedSize(size, size)

    def set_share(self, share: float) -> None:
        """0 to 1."""
        self._share = min(1.0, max(0.0, share))
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Track and arc."""
        painter = QPainter(self)
        paint_ring(painter, self.rect(), self._share)
        painter.end()


def paint_ring(painter: QPainter, box: QRect, share: float) -> None:
    """A ring with `share` of it in accent."""
    tokens = theme.active()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    area = QRectF(box).adjusted(1.5, 1.5, -1.5, -1.5)
    for token, part in (("accent_line", 1.0), ("accent", share)):
        pen = QPen(tokens.color(token), 1.8)
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        painter.setPen(pen)
        painter.drawArc(area, 90 * 16, -round(part * 360 * 16))
    painter.restore()
