"""Message bar (what stays true), toast (a result with an action), progress strip (work under way).

bar = MessageBar(); bar.show_message("warning", "Session ends in 5 min.", "Stay signed in", fn); bar.hide()
strip = ProgressStrip(); strip.follow(job, "Rating trips")     # or begin(...), set_progress(done, total, what)
ToastHost(window) shows what MessageBus.toasted says, bottom right, at most two, 6 s, stays under the pointer
"""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QEnterEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QGraphicsDropShadowEffect, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from moveinsync_desktop import formats, theme
from moveinsync_desktop.messages import Toast, Tone
from moveinsync_desktop.views.widgets import painting
from moveinsync_desktop.views.widgets.basics import column, label, restyle
from moveinsync_desktop.views.widgets.buttons import Button, IconButton, LinkButton
from moveinsync_desktop.views.widgets.placeholder import Glyph
from moveinsync_desktop.workers import Job

GLYPHS: dict[str, tuple[str, str]] = {
    "info": ("info", "accent_text"),
    "ok": ("state:tick", "paid"),
    "warning": ("state:review", "warning_mark"),
    "danger": ("state:overdue", "danger_mark"),
}
INSET = 20
"""Pixels of margin left and right of a bar between a header and a list."""
TOAST_MS = 6000
MAX_TOASTS = 2


class MessageBar(QFrame):
    """A soft fill, a glyph, the words (one line where there is room), one link. Hidden until something is said.

    inset: keeps a margin around itself where it stands between a header and a list.
    """

    def __init__(self, parent: QWidget | None = None, *, inset: bool = False) -> None:
        super().__init__(parent)
        self.setProperty("role", "msg")
        self.setProperty("inset", "true" if inset else "false")
        self._inset = INSET if inset else 0
        box = QHBoxLayout(self)
        box.setContentsMargins(10, 6, 8, 6)
        box.setSpacing(8)
        self._glyph = Glyph("info", "accent_text", 16)
        self._words = label("", wrap=True)
        self._words.setMinimumSize(1, 1)
        self._words.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)  # the bar measures itself
        self._link = LinkButton("")
        self._link.clicked.connect(self._act)
        self._action: Callable[[], object] | None = None
        box.addWidget(self._glyph)
        box.addWidget(self._words, 1)
        box.addWidget(self._link)
        self._fit()
        self.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Words that need a second line get it, after this event: Qt lays out for the size that the event names."""
        super().resizeEvent(event)
        QTimer.singleShot(0, self, self._fit)

    def show_message(self, tone: Tone, words: str, link: str = "", on_link: Callable[[], object] | None = None) -> None:
        """Say it; it stays until `hide()`."""
        restyle(self, tone=tone)
        self._glyph.set_icon(*GLYPHS[tone])
        self._words.setText(words)
        self._link.setVisible(bool(link))
        self._link.set_text(link)
        self._fit()
        self._action = on_link
        self.setAccessibleName(words)
        self.show()

    def _act(self) -> None:
        if self._action is not None:
            self._action()

    def _fit(self) -> None:
        """As high as the words need at this width."""
        self._words.ensurePolished()
        link = self._link.sizeHint().width() + 8 if self._link.text() else 0
        room = max(120, self.width() - self._inset - 42 - link)
        metrics = self._words.fontMetrics()
        box = metrics.boundingRect(QRect(0, 0, room, 0), Qt.TextFlag.TextWordWrap, self._words.text() or "x")
        more = max(0, box.height() - metrics.height())
        self.setFixedHeight(34 + more + (16 if self._inset else 0))


class ToastCard(QFrame):
    """One notice."""

    gone = Signal(object)

    def __init__(self, toast: Toast, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "float")
        self.setFixedWidth(430)
        box = QHBoxLayout(self)
        box.setContentsMargins(12, 8, 8, 8)
        box.setSpacing(10)
        box.addWidget(Glyph(*GLYPHS[toast.tone], 16))
        words = label(toast.title, w="600", wrap=len(toast.title) > 44)
        texts = [words]
        if toast.detail:
            texts.append(label(toast.detail, t="sm", c="ink2", wrap=True))
        box.addLayout(column(*texts, gap=1), 1)
        if toast.action and toast.on_action is not None:
            link = LinkButton(toast.action, on_click=toast.on_action)
            link.clicked.connect(self.leave)
            box.addWidget(link)
        box.addWidget(IconButton("x", "Close this notice", on_click=self.leave))
        shadow = QGraphicsDropShadowEffect(self)
        shadow.setBlurRadius(36)
        shadow.setOffset(0, 10)
        shadow.setColor(QColor(0, 0, 0, 130 if theme.active().is_dark else 46))
        self.setGraphicsEffect(shadow)
        self.setAccessibleName(f"{toast.title}. {toast.detail}")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(TOAST_MS)
        self._timer.timeout.connect(self.leave)
        self._stays = toast.stays
        if not self._stays:
            self._timer.start()

    def enterEvent(self, event: QEnterEvent) -> None:
        """Under the pointer it stays."""
        self._timer.stop()

    def leaveEvent(self, event: QEvent) -> None:
        """And goes some time after, unless it has to be closed by hand."""
        if not self._stays:
            self._timer.start()

    def leave(self) -> None:
        """Go away."""
        self.hide()
        self.gone.emit(self)
        self.deleteLater()


class ToastHost(QObject):
    """Stacks notices at the bottom right of a window, above the status bar."""

    def __init__(self, window: QWidget, bottom: int = 40) -> None:
        super().__init__(window)
        self._window, self._bottom = window, bottom
        self._cards: list[ToastCard] = []
        window.installEventFilter(self)

    def show_toast(self, toast: Toast) -> None:
        """Show a notice; the oldest goes when there are too many."""
        while len(self._cards) >= MAX_TOASTS:
            self._cards[0].leave()
        card = ToastCard(toast, self._window)
        card.gone.connect(self._forget)
        self._cards.append(card)
        card.adjustSize()
        card.show()
        self._place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window's size."""
        if event.type() == QEvent.Type.Resize:
            self._place()
        return super().eventFilter(watched, event)

    def _forget(self, card: ToastCard) -> None:
        if card in self._cards:
            self._cards.remove(card)
        self._place()

    def _place(self) -> None:
        bottom = self._window.height() - self._bottom
        for card in reversed(self._cards):
            card.adjustSize()
            bottom -= card.height()
            card.move(self._window.width() - card.width() - 16, bottom)
            card.raise_()
            bottom -= 10


class ProgressStrip(QFrame):
    """Under the header: words, figures, what it works on, time used and left, Cancel; a 6 px bar below.

    Signals: cancelled(). Cancel appears after one second.
    """

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "pagehead")
        self.setFixedHeight(64)
        self._title = label("", w="500")
        self._figures = label("", c="ink2")
        self._what = label("", t="sm", c="ink3")
        self._times = label("", t="sm", c="ink2")
        self._cancel = Button("Cancel", on_click=self._on_cancel)
        self._job: Job | None = None
        self._share = 0.0
        self._started = 0.0
        top = QHBoxLayout()
        top.setSpacing(10)
        for widget in (self._title, self._figures, self._what):
            top.addWidget(widget)
        top.addStretch(1)
        top.addWidget(self._times)
        top.addWidget(self._cancel)
        box = QVBoxLayout(self)
        box.setContentsMargins(20, 6, 16, 12)
        box.setSpacing(4)
        box.addLayout(top)
        self._bar = _Bar(self)
        box.addWidget(self._bar)
        self._clock = QTimer(self)
        self._clock.setInterval(250)
        self._clock.timeout.connect(self._tick)
        self.hide()

    def follow(self, job: Job, title: str = "") -> None:
        """Show a job until it ends."""
        self._job = job
        self.begin(title or job.title)
        job.progressed.connect(self.set_progress)
        job.finished.connect(self.end)

    def begin(self, title: str) -> None:
        """Work starts."""
        self._started, self._share = time.monotonic(), 0.0
        self._title.setText(title)
        self._figures.setText("")
        self._what.setText("")
        self._cancel.setEnabled(True)
        self._cancel.set_text("Cancel")
        self._tick()
        self._clock.start()
        self.show()

    def set_progress(self, done: int, total: int, what: str = "") -> None:
        """How far it is."""
        self._share = done / total if total else 0.0
        self._figures.setText(f"{formats.count(done)} of {formats.count(total)}" if total else formats.count(done))
        self._what.setText(what)
        self._bar.set_share(self._share)
        self._tick()

    def end(self) -> None:
        """It is over, whatever the outcome."""
        self._clock.stop()
        self._job = None
        self.hide()

    def _tick(self) -> None:
        used = time.monotonic() - self._started
        words = f"{used:.1f} s" if used < 60 else formats.minutes(int(used // 60))
        if self._share > 0.05 and used > 1:
            left = used / self._share - used
            words += f", about {max(1, round(left))} s left" if left < 90 else f", about {round(left / 60)} min left"
        self._times.setText(words)
        self._cancel.setVisible(used >= 1)

    def _on_cancel(self) -> None:
        self._cancel.setEnabled(False)
        self._cancel.set_text("Cancelling")
        if self._job is not None:
            self._job.cancel()
        self.cancelled.emit()


class _Bar(QWidget):
    """6 px, rounded, on a sunken track."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._share = 0.0
        self.setFixedHeight(6)

    def set_share(self, share: float) -> None:
        self._share = min(1.0, max(0.0, share))
        self.setAccessibleName(f"{round(self._share * 100)} percent")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens, painter = theme.active(), QPainter(self)
        painting.rounded(painter, self.rect(), tokens.color("sunken"), 3)
        if self._share > 0:
            wide = max(6, round(self.width() * self._share))
            painting.rounded(painter, QRect(0, 0, wide, 6), tokens.color("accent"), 3)
        painter.end()
