"""The money and work states: one table of glyph, colour and word, used by pills, tables and lists (LOOK.md 2).

state_of("PART_PAID").word == "Part paid"
StatePill("DRAFT", "Version 4, draft")      # header and inspector: soft fill
StateText("ISSUED")                         # in cards: glyph + word, no fill
"""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from moveinsync_desktop import icons, theme
from moveinsync_desktop.views.widgets import painting


@dataclass(frozen=True, slots=True)
class State:
    """How a state looks: glyph (an icon name), token of the text, soft token of the pill; quiet states stay grey."""

    word: str
    glyph: str
    token: str
    quiet: bool = False
    struck: bool = False

    @property
    def soft(self) -> str:
        """Fill of the pill."""
        if self.token == "accent_text":
            return "accent_soft"
        return "sunken" if self.quiet or self.token == "ink2" else f"{self.token}_soft"


def _exception(word: str, glyph: str, token: str) -> State:
    return State(word, f"state:{glyph}", token)


STATES: dict[str, State] = {
    "DRAFT": State("Draft", "state:draft", "draft"),
    "SUBMITTED": State("Submitted", "state:draft", "draft"),
    "PREVIEW": State("Preview", "state:draft", "draft"),
    "SCHEDULED": State("Scheduled", "clock", "ink2", quiet=True),
    "ISSUED": _exception("Issued", "issued", "issued"),
    "APPROVED": _exception("Approved", "issued", "issued"),
    "ACTIVE": _exception("Active", "issued", "issued"),
    "PART_PAID": _exception("Part paid", "part", "paid"),
    "PAID": _exception("Paid", "paid", "paid"),
    "READY": _exception("Ready", "paid", "paid"),
    "ACCEPTED": State("Accepted", "state:tick", "ink2", quiet=True),
    "SETTLED": State("Settled", "state:tick", "ink2", quiet=True),
    "RATED": _exception("Rated", "tick", "paid"),
    "CREATED": _exception("Created", "tick", "paid"),
    "REPLACED": _exception("Replaced", "tick", "paid"),
    "UNCHANGED": State("Unchanged", "state:tick", "ink2", quiet=True),
    "BILLED": State("Billed", "state:tick", "ink2", quiet=True),
    "NOT_RATED": _exception("Not rated", "review", "review"),
    "COMPLETED": State("Completed", "state:tick", "ink2", quiet=True),
    "NO_SHOW": State("No-show", "user-x", "ink2"),
    "OVERDUE": _exception("Overdue", "overdue", "overdue"),
    "REJECTED": _exception("Rejected", "overdue", "overdue"),
    "ERROR": _exception("Error", "overdue", "overdue"),
    "REFUSED": _exception("Refused", "overdue", "overdue"),
    "NEEDS_REVIEW": _exception("Needs review", "review", "review"),
    "WARNING": _exception("Warning", "review", "review"),
    "HELD": _exception("Held", "review", "review"),
    "PARKED": _exception("Parked", "review", "review"),
    "RENEW": _exception("Renew", "review", "review"),
    "DISPUTED": _exception("Disputed", "disputed", "disputed"),
    "CONFLICT": _exception("Conflict", "disputed", "disputed"),
    "HOLDS": State("Holds", "state:tick", "ink2", quiet=True),
    "FAILS": _exception("Fails", "overdue", "overdue"),
    "DUPLICATE": State("Duplicate", "copy", "ink2", quiet=True),
    "VOID": State("Void", "state:void", "void", struck=True),
    "CANCELLED": State("Cancelled", "state:void", "void"),
    "ENDED": State("Ended", "state:void", "void"),
    "SUPERSEDED": State("Superseded", "state:void", "void"),
    "DISABLED": State("Disabled", "state:void", "void"),
    "WAITING": State("Waiting", "state:waiting", "ink2", quiet=True),
    "RUNNING": State("Running", "state:draft", "accent_text"),
    "IMPORTED": State("Imported", "state:tick", "ink2", quiet=True),
    "UNDONE": State("Taken back", "state:void", "void"),
    "NOTE": State("Note", "info", "ink2", quiet=True),
}


def state_of(code: str) -> State:
    """The look of a stored code; an unknown one is shown as it is, quietly."""
    known = STATES.get(code.upper())
    return known or State(code.replace("_", " ").capitalize(), "circle", "ink2", quiet=True)


class StatePill(QWidget):
    """A soft pill, 22 px: glyph and word. `set_state(code, words)` changes it."""

    def __init__(self, code: str = "DRAFT", words: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_state(code, words)

    def set_state(self, code: str, words: str = "") -> None:
        """Show another state, with its own word or with these."""
        self._state = state_of(code)
        self._words = words or self._state.word
        self.setAccessibleName(self._words)
        self.setFixedSize(self.sizeHint())
        self.update()

    def sizeHint(self) -> QSize:
        """As wide as glyph and word need."""
        return QSize(round(painting.width(self._words, 12, 500)) + 36, 22)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Soft fill, glyph, word."""
        tokens, painter = theme.active(), QPainter(self)
        painting.rounded(painter, self.rect(), tokens.color(self._state.soft), 6)
        icons.paint(painter, self._state.glyph, QRect(7, 0, 16, 22), self._state.token, 14, self._state.soft)
        painter.setFont(theme.font(12, 500, strike=self._state.struck))
        painter.setPen(tokens.color(self._state.token))
        painter.drawText(QRect(27, 0, self.width() - 27, 22), painting.LEFT, self._words)
        painter.end()


class StateText(QWidget):
    """Glyph and word without a fill, for cards and facts."""

    def __init__(self, code: str, words: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.set_state(code, words)

    def set_state(self, code: str, words: str = "") -> None:
        """Show another state."""
        self._state = state_of(code)
        self._words = words or self._state.word
        self.setAccessibleName(self._words)
        self.setFixedSize(round(painting.width(self._words, 13, 500)) + 24, 22)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Glyph and word."""
        painter = QPainter(self)
        paint_state(painter, self.rect(), self._state, self._words)
        painter.end()


def paint_state(
    painter: QPainter, box: QRect, state: State, words: str = "", pixels: int = 13, token: str = ""
) -> None:
    """Glyph and word in a table cell or card: exceptions in weight 500 and colour, normal states quiet."""
    colour = token or state.token
    icons.paint(painter, state.glyph, QRect(box.x(), box.y(), 14, box.height()), colour, 14)
    area = QRect(box.x() + 20, box.y(), box.width() - 20, box.height())
    weight = 400 if state.quiet else 500
    painter.setFont(theme.font(pixels, weight, strike=state.struck))
    painter.setPen(theme.active().color(colour))
    shown = painting.elided(words or state.word, area.width(), pixels, weight)
    painter.drawText(area, painting.LEFT, shown)
