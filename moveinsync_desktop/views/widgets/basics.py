"""Labels, lines, frames and boxes: the smallest parts, dressed by the style sheet.

    label("Before tax", c="ink2")             label("Trips", t="h1")
    row(label("A"), stretch(), label("B"))    column(a, b, gap=8)
    card = Card("Package", note="paid whether cabs run or not"); card.add(widget)
    scrolling(widget)                         # a scroll area that only scrolls vertically

Text sizes t: cap 11, sm 12, (none) 13, h2 14/600, h1 17/600, total 16/600, key 23, hero 30.
Colours c: any token of tokens.json. Weights w: "500", "600".
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QLayout,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)


class Stretch:
    """Takes the free room between the parts of a `row` or `column`."""

    def __init__(self, factor: int = 1) -> None:
        self.factor = factor


def stretch(factor: int = 1) -> Stretch:
    """Free room."""
    return Stretch(factor)


Part = QWidget | QLayout | Stretch | int


def fill(layout: QHBoxLayout | QVBoxLayout, parts: tuple[Part, ...]) -> None:
    """Add widgets, layouts, stretches and gaps (an int, in pixels) to a box layout."""
    for part in parts:
        if isinstance(part, QWidget):
            layout.addWidget(part)
        elif isinstance(part, QLayout):
            layout.addLayout(part)
        elif isinstance(part, Stretch):
            layout.addStretch(part.factor)
        else:
            layout.addSpacing(part)


def row(*parts: Part, gap: int = 8, margins: tuple[int, int, int, int] = (0, 0, 0, 0)) -> QHBoxLayout:
    """A horizontal layout of the parts."""
    layout = QHBoxLayout()
    layout.setSpacing(gap)
    layout.setContentsMargins(*margins)
    fill(layout, parts)
    return layout


def column(*parts: Part, gap: int = 0, margins: tuple[int, int, int, int] = (0, 0, 0, 0)) -> QVBoxLayout:
    """A vertical layout of the parts."""
    layout = QVBoxLayout()
    layout.setSpacing(gap)
    layout.setContentsMargins(*margins)
    fill(layout, parts)
    return layout


def label(
    text: str = "", *, t: str = "", c: str = "ink", w: str = "", wrap: bool = False, right: bool = False
) -> QLabel:
    """Plain text in one of the type sizes; never rich text, so data cannot become markup."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setProperty("t", t)
    made.setProperty("c", c)
    made.setProperty("w", w)
    made.setWordWrap(wrap)
    if right:
        made.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return made


class ElidedLabel(QLabel):
    """One line that ends in an ellipsis where there is no room; the whole text is its tooltip."""

    def __init__(self, text: str = "", *, t: str = "", c: str = "ink", w: str = "") -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        for name, value in (("t", t), ("c", c), ("w", w)):
            self.setProperty(name, value)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._full = ""
        self.setText(text)

    def setText(self, text: str) -> None:
        """Change the words."""
        self._full = text
        self.setAccessibleName(text)
        self._fit()

    def text(self) -> str:
        """The whole text."""
        return self._full

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Cut anew."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        self.ensurePolished()
        shown = self.fontMetrics().elidedText(self._full, Qt.TextElideMode.ElideRight, max(self.width(), 10))
        super().setText(shown)
        self.setToolTip(self._full if shown != self._full else "")


def restyle(widget: QWidget, **properties: object) -> None:
    """Set dynamic properties and let the style sheet look again."""
    for name, value in properties.items():
        widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)
    widget.update()


def frame(role: str, content: QLayout | None = None) -> QFrame:
    """A frame with a role of the style sheet: page, canvas, panel, card, well, pagefoot, panelfoot ..."""
    made = QFrame()
    made.setProperty("role", role)
    if content is not None:
        made.setLayout(content)
    return made


def hline(role: str = "hline") -> QFrame:
    """A hairline across ("hline2" is the stronger one)."""
    made = frame(role)
    made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    return made


def vline(height: int | None = None) -> QFrame:
    """An upright hairline."""
    made = frame("vline")
    if height:
        made.setFixedHeight(height)
    return made


def plain(content: QLayout) -> QWidget:
    """A bare widget around a layout."""
    made = QWidget()
    made.setProperty("role", "plain")
    made.setLayout(content)
    return made


def scrolling(content: QWidget) -> QScrollArea:
    """A frameless scroll area around `content`, vertical only."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    area.viewport().setAutoFillBackground(False)
    area.setWidget(content)
    return area


class Card(QFrame):
    """A surface with a hairline: title, note and tools above, content below.

    Attributes: body (QVBoxLayout to fill), head (QHBoxLayout: `head.addWidget(button)` puts a tool at the right).
    """

    def __init__(self, title: str = "", note: str = "", *, flush: bool = False, parent: QWidget | None = None) -> None:
        """flush: content reaches the card's edges (tables, forms) and brings its own margins."""
        super().__init__(parent)
        self.setProperty("role", "card")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(1, 1, 1, 1)
        outer.setSpacing(0)
        self.head = QHBoxLayout()
        self.head.setSpacing(8)
        self.head.setContentsMargins(10 if flush else 14, 10, 10, 4 if flush else 6)
        self.title_label = label(title, t="h2")
        self.note_label = label(note, t="sm", c="ink3")
        if title:
            fill(self.head, (self.title_label, self.note_label, stretch()))
            outer.addLayout(self.head)
        self.note_label.setVisible(bool(note))
        self.body = QVBoxLayout()
        self.body.setSpacing(0)
        side = 0 if flush else 14
        self.body.setContentsMargins(side, 0 if title else side, side, 0 if flush else 12)
        outer.addLayout(self.body, 1)
        self.setAccessibleName(title)

    def add(self, *parts: Part) -> None:
        """Append to the body."""
        fill(self.body, parts)
        if any(isinstance(part, QWidget) and part.property("role") == "form" for part in parts):
            self.head.setContentsMargins(14, 10, 10, 4)
            margins = self.body.contentsMargins()
            margins.setBottom(8)
            self.body.setContentsMargins(margins)

    def set_note(self, text: str) -> None:
        """Change the grey words beside the title."""
        self.note_label.setText(text)
        self.note_label.setVisible(bool(text))
