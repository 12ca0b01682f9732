"""What stands inside a list's own frame when there are no rows: loading bars, empty, error (LOOK.md 8).

table.set_empty("route", "No trips in November yet", "Import a vendor's trip sheet, or pick another month.",
                [("October 2026", fn), ("Import trips…", fn)])           # the last is the primary one
Placeholder alone: place.show_loading() / show_empty(...) / show_error(error, retry) / hide()
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QRect, Qt, QTimer
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from moveinsync_desktop import icons, theme
from moveinsync_desktop.messages import describe
from moveinsync_desktop.views.widgets import painting
from moveinsync_desktop.views.widgets.basics import label, plain, row, stretch
from moveinsync_desktop.views.widgets.buttons import Button

LOADING_AFTER_MS = 300
TEXT_WIDTH = 360
Actions = Sequence[tuple[str, Callable[[], object]]]


class Glyph(QWidget):
    """An icon as a widget of its own."""

    def __init__(self, name: str, token: str = "ink3", size: int = 24, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._size = size
        self.set_icon(name, token)
        self.setFixedSize(size, size)

    def set_icon(self, name: str, token: str) -> None:
        """Show another one."""
        self._name, self._token = name, token
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw it."""
        if self._name:
            painter = QPainter(self)
            icons.paint(painter, self._name, self.rect(), self._token, self._size)
            painter.end()


class Placeholder(QWidget):
    """Covers the rows of a list. Hidden when there is something to show."""

    def __init__(self, parent: QWidget | None = None, *, row_height: int = 30) -> None:
        super().__init__(parent)
        self._row_height = row_height
        self._is_skeleton = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._start_skeleton)
        self._box = QVBoxLayout(self)
        self._box.setContentsMargins(16, 16, 16, 16)
        self._content: QWidget | None = None
        self.hide()

    def show_loading(self, *, at_once: bool = False) -> None:
        """Still bars, after 300 ms."""
        self._clear()
        self._timer.start(0 if at_once else LOADING_AFTER_MS)

    def show_empty(self, icon: str, title: str, text: str, actions: Actions = ()) -> None:
        """What belongs here and the next action."""
        self._show(icon, "ink3", title, text, actions)

    def show_error(self, error: BaseException, retry: Callable[[], object] | None = None) -> None:
        """What failed, that nothing changed, try again."""
        title, text = describe(error)
        actions: list[tuple[str, Callable[[], object]]] = []
        if retry is not None:
            actions.append(("Try again", retry))
        self._show("state:overdue", "danger_mark", title, text or "Nothing was changed.", actions)

    def clear(self) -> None:
        """There are rows."""
        self._clear()
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The surface, and bars while loading."""
        painter, tokens = QPainter(self), theme.active()
        painter.fillRect(self.rect(), tokens.color("surface"))
        if self._is_skeleton:
            self._bars(painter)
        painter.end()

    def _bars(self, painter: QPainter) -> None:
        tokens, height, wide = theme.active(), self._row_height, self.width()
        parts = ((10, 0.14), (round(wide * 0.24), 0.3), (round(wide * 0.82), 0.13))
        for top in range(0, self.height() - height, height):
            for at, (left, share) in enumerate(parts):
                jitter = ((top // height) * 7 + at * 3) % 5 / 40
                box = QRect(left, top + height // 2 - 4, round(wide * (share - jitter / 2)), 8)
                painting.rounded(painter, box, tokens.color("sunken"), 4)
            painter.fillRect(0, top + height - 1, wide, 1, tokens.color("rowline"))

    def _start_skeleton(self) -> None:
        self._is_skeleton = True
        self.show()
        self.raise_()
        self.update()

    def _clear(self) -> None:
        self._timer.stop()
        self._is_skeleton = False
        if self._content is not None:
            self._content.hide()
            self._content.deleteLater()
            self._content = None

    def _show(self, icon: str, token: str, title: str, text: str, actions: Actions) -> None:
        self._clear()
        words = label(text, t="sm", c="ink3", wrap=True)
        words.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        wide = min(TEXT_WIDTH, round(painting.width(text, 12)) + 8)
        box = QFontMetrics(theme.font(12)).boundingRect(QRect(0, 0, wide, 0), Qt.TextFlag.TextWordWrap, text)
        words.setFixedSize(wide, box.height() + 4)  # a centred label is not asked how high it is at its width
        buttons = [
            Button(text_, "primary" if at == len(actions) - 1 and len(actions) > 1 else "", on_click=handler)
            for at, (text_, handler) in enumerate(actions)
        ]
        parts = QVBoxLayout()
        parts.setSpacing(4)
        parts.addStretch(2)
        parts.addWidget(Glyph(icon, token), 0, Qt.AlignmentFlag.AlignHCenter)
        parts.addSpacing(6)
        parts.addWidget(label(title, w="600"), 0, Qt.AlignmentFlag.AlignHCenter)
        parts.addWidget(words, 0, Qt.AlignmentFlag.AlignHCenter)
        if buttons:
            parts.addSpacing(8)
            parts.addLayout(row(stretch(), *buttons, stretch()))
        parts.addStretch(3)
        self._content = plain(parts)
        self._content.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._box.addWidget(self._content)
        self.setAccessibleName(f"{title}. {text}")
        self.show()
        self.raise_()
