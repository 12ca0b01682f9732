"""Where one is in a short sequence: `steps = Steps(["File", "Columns", "Check", "Done"]); steps.set_step(2)`."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRect
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from moveinsync_desktop import icons, theme
from moveinsync_desktop.views.widgets import painting


class Steps(QWidget):
    """Where one is in a short sequence: done, present, to come."""

    def __init__(self, names: Sequence[str], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names, self._step = list(names), 0
        self._widths = [round(painting.width(name, 13, 600)) + 30 for name in self._names]
        self.setFixedSize(sum(self._widths) + 44 * (len(self._names) - 1), 30)

    def set_step(self, step: int) -> None:
        """Which one is present (0-based)."""
        self._step = step
        self.setAccessibleName(f"Step {step + 1} of {len(self._names)}: {self._names[min(step, len(self._names) - 1)]}")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Discs with numbers or ticks, joined by hairlines."""
        tokens, painter, left = theme.active(), QPainter(self), 0
        for at, name in enumerate(self._names):
            disc = QRect(left, 6, 18, 18)
            if at < self._step:
                painting.rounded(painter, disc, tokens.color("paid_soft"), 9)
                icons.paint(painter, "state:tick", disc, "paid", 12)
            elif at == self._step:
                painting.rounded(painter, disc, tokens.color("accent"), 9)
                painting.text(painter, disc, str(at + 1), "on_accent", 11, 600, painting.CENTRE, elide=False)
            else:
                painting.rounded(painter, disc, None, 9, tokens.color("control"))
                painting.text(painter, disc, str(at + 1), "ink3", 11, 500, painting.CENTRE, elide=False)
            words = QRect(left + 26, 0, self._widths[at], 30)
            is_now = at == self._step
            painting.text(painter, words, name, "ink" if is_now else "ink2", 13, 600 if is_now else 400, elide=False)
            left += self._widths[at]
            if at < len(self._names) - 1:
                painter.fillRect(left + 8, 15, 26, 1, tokens.color("line2"))
                left += 44
        painter.end()
