"""The palette (Ctrl+K): one line to type in; screens, actions and records found, grouped; Enter does it.

Sources are functions: `palette.add_source(lambda words, give: ...)`, where `give(list of Hit)` may be called later
(records are looked up in a worker). Actions and sections come from the registry, so they never drift from the menu.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGraphicsDropShadowEffect, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from moveinsync_desktop import icons, theme
from moveinsync_desktop.views.widgets import painting
from moveinsync_desktop.views.widgets.basics import hline, row
from moveinsync_desktop.views.widgets.chips import KeyCap
from moveinsync_desktop.views.widgets.placeholder import Glyph

ROW, HEADING = 31, 26
MAX_HITS = 12
TYPING_MS = 120


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing that can be chosen: heading, icon, words, grey words, key, what it does."""

    group: str
    icon: str
    words: str
    run: Callable[[], object]
    note: str = ""
    key: str = ""


Give = Callable[[Sequence[Hit]], None]
Source = Callable[[str, Give], None]


def fits(words: str, typed: str) -> bool:
    """Every typed word begins some word of the text."""
    parts = words.lower().replace("-", " ").split()
    return all(any(part.startswith(piece) for part in parts) for piece in typed.lower().split())


class _Hits(QWidget):
    """The list of hits, painted. Signals: chosen(Hit)."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.hits: list[Hit] = []
        self.at = 0
        self.setMouseTracking(True)

    def set_hits(self, hits: list[Hit]) -> None:
        self.hits, self.at = hits, 0
        groups = len({hit.group for hit in hits})
        self.setFixedHeight(len(hits) * ROW + groups * HEADING + 6)
        self._say()

    def move(self, step: int) -> None:  # type: ignore[override]
        if self.hits:
            self.at = (self.at + step) % len(self.hits)
            self._say()

    def boxes(self) -> list[tuple[QRect, Hit]]:
        top, group, made = 0, "", []
        for hit in self.hits:
            if hit.group != group:
                group, top = hit.group, top + HEADING
            made.append((QRect(6, top, self.width() - 12, ROW), hit))
            top += ROW
        return made

    def paintEvent(self, event: QPaintEvent) -> None:
        painter, tokens, group = QPainter(self), theme.active(), ""
        for at, (box, hit) in enumerate(self.boxes()):
            if hit.group != group:
                group = hit.group
                heading = QRect(16, box.y() - HEADING + 4, 300, HEADING - 4)
                painting.text(painter, heading, group, "ink3", 12, 500)
            is_on = at == self.at
            if is_on:
                painting.rounded(painter, box, tokens.color("select"), 6)
            icons.paint(
                painter, hit.icon, QRect(box.x() + 10, box.y(), 16, ROW), "accent_text" if is_on else "ink2", 16
            )
            words = QRect(box.x() + 36, box.y(), box.width() - 130, ROW)
            wide = round(painting.text(painter, words, hit.words, "ink", 13, 600 if is_on else 400))
            painting.text(painter, words.adjusted(wide + 10, 0, 0, 0), hit.note, "ink2", 12, 400)
            key = "Enter" if is_on and not hit.key else hit.key
            if key:
                cap_wide = round(painting.width(key, 11, 500)) + 14
                cap = QRect(box.right() - cap_wide - 7, box.y() + 7, cap_wide, 18)
                painting.rounded(painter, cap, tokens.color("sunken"), 4)
                painting.text(painter, cap, key, "ink2", 11, 500, painting.CENTRE, elide=False)
        painter.end()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        at = self._row(event)
        if at >= 0 and at != self.at:
            self.at = at
            self._say()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = self._row(event)
        if at >= 0:
            self.chosen.emit(self.hits[at])

    def _row(self, event: QMouseEvent) -> int:
        point = event.position().toPoint()
        return next((at for at, (box, _hit) in enumerate(self.boxes()) if box.contains(point)), -1)

    def _say(self) -> None:
        hit = self.hits[self.at] if self.hits else None
        self.setAccessibleName(f"{hit.group}: {hit.words} {hit.note}" if hit else "Nothing found")
        self.update()


class Palette(QFrame):
    """A float over the window; Esc or a click outside closes it."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self.setProperty("role", "float")
        self.setFixedWidth(520)
        self.setAccessibleName("Palette")
        self._sources: list[Source] = []
        self._found: dict[int, list[Hit]] = {}
        self._round = 0
        self.edit = QLineEdit()
        self.edit.setProperty("role", "bare")
        self.edit.setPlaceholderText("Search or jump")
        self.edit.setAccessibleName("Search or jump")
        self.edit.installEventFilter(self)
        self.hits = _Hits()
        self.hits.chosen.connect(self._run)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(TYPING_MS)
        self._timer.timeout.connect(self._ask)
        self.edit.textEdited.connect(lambda _text: self._timer.start())
        top: QHBoxLayout = row(Glyph("search", "ink2", 16), self.edit, KeyCap("Esc"), gap=10, margins=(14, 9, 12, 9))
        box = QVBoxLayout(self)
        box.setContentsMargins(1, 1, 1, 1)
        box.setSpacing(0)
        box.addLayout(top)
        box.addWidget(hline())
        box.addWidget(self.hits)
        shadow = QGraphicsDropShadowEffect(self)
        shadow.setBlurRadius(36)
        shadow.setOffset(0, 10)
        shadow.setColor(QColor(0, 0, 0, 60))
        self.setGraphicsEffect(shadow)
        self.hide()

    def add_source(self, source: Source) -> None:
        """Ask this one too; the order of sources is the order of groups."""
        self._sources.append(source)

    def open(self) -> None:
        """Show it, empty, with what was used last."""
        self.edit.clear()
        self._ask()
        self.move((self._window.width() - self.width()) // 2, max(60, self._window.height() // 8))
        self.show()
        self.raise_()
        self.edit.setFocus()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Up, down, Enter, Esc while typing; leaving closes."""
        if event.type() == QEvent.Type.FocusOut and self.isVisible():
            self.hide()
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent):
            return super().eventFilter(watched, event)
        key = event.key()
        if key in (Qt.Key.Key_Down, Qt.Key.Key_Up):
            self.hits.move(1 if key == Qt.Key.Key_Down else -1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if self._timer.isActive():
                self._timer.stop()
                self._ask()
            if self.hits.hits:
                self._run(self.hits.hits[self.hits.at])
        elif key == Qt.Key.Key_Escape:
            self.hide()
        else:
            return super().eventFilter(watched, event)
        return True

    def _ask(self) -> None:
        self._round += 1
        self._found = {}
        now, typed = self._round, self.edit.text().strip()
        for at, source in enumerate(self._sources):
            source(typed, self._give(now, at))
        self._fill()

    def _give(self, now: int, at: int) -> Give:
        return lambda hits: self._take(now, at, hits)

    def _take(self, now: int, at: int, hits: Sequence[Hit]) -> None:
        if now == self._round:
            self._found[at] = list(hits)
            self._fill()

    def _fill(self) -> None:
        found = [hit for at in sorted(self._found) for hit in self._found[at]]
        self.hits.set_hits(found[:MAX_HITS])
        self.adjustSize()

    def _run(self, hit: Hit) -> None:
        self.hide()
        hit.run()
