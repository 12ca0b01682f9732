"""What the program has to say, as data: kept until a window listens.

messages.status("Up to date 14:32", "state:tick")        # left end of the status bar
messages.toast("Workbook saved", "SLC-00118.xlsx", action="Open folder", on_action=open_folder)
messages.selection(stats)                                # right end: figures of the selected rows
messages.error(error)                                    # a KnownError as toast, a bug to the crash window
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, Signal

from billing.errors import KnownError, NotSignedInError
from billing.steady import steady

Tone = Literal["info", "ok", "warning", "danger"]
Figures = tuple[tuple[str, str], ...]

NEWS_S = 4.0
"""How long what happened is news on a screen that is opened after it."""


@dataclass(frozen=True, slots=True)
class Toast:
    """A notice at the bottom right: what happened, a second line, one thing to do about it."""

    title: str
    detail: str = ""
    tone: Tone = "ok"
    action: str = ""
    on_action: Callable[[], object] | None = None
    stays: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """The left end of the status bar: a sentence and an icon in a colour."""

    text: str
    icon: str = ""
    token: str = "ink2"


def describe(error: BaseException) -> tuple[str, str]:
    """First line and second line for people; nothing technical of a bug gets in here."""
    if isinstance(error, KnownError):
        return error.message, error.hint
    return "Something went wrong inside the program", "It has been noted in the log. Nothing was changed."


class MessageBus(QObject):
    """Signals: status_changed(Status), toasted(Toast), selection_changed(str label, Figures), bug_found(exception).

    session_over() when an operation was refused because the session has ended.
    """

    status_changed = Signal(object)
    toasted = Signal(object)
    selection_changed = Signal(str, object)
    bug_found = Signal(object)
    session_over = Signal()
    alarmed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: list[Toast] = []
        self._is_heard = False
        self.last_status, self._said_at, self._is_of_screen = Status(""), 0.0, False
        self._place = ""
        self._of_screens: dict[str, Status] = {}
        self.last_alarm = ""

    def listen(self) -> None:
        """A window is there now: what was kept is said."""
        self._is_heard = True
        waiting, self._waiting = self._waiting, []
        for toast in waiting:
            self.toasted.emit(toast)
        self.status_changed.emit(self.last_status)
        self.alarmed.emit(self.last_alarm)

    def alarm(self, words: str) -> None:
        """Something is wrong and stays so until it is mended ("No backup for 5 days"); no words: it is mended."""
        self.last_alarm = words
        self.alarmed.emit(words)

    def status(self, text: str, icon: str = "", token: str = "ink2", *, of: str = "") -> None:
        """Say what just happened, where every "done" dialog would be too much.

        `of`: the id of the screen whose state it is ("4,289 trips read"). It stands there while that screen is open,
        however late it is said, and never under another one.
        """
        said = Status(text, icon, token)
        if of:
            self._of_screens[of] = said
            if self._place not in ("", of):
                return
        self._said_at, self._is_of_screen = steady(), bool(of)
        self._show_status(said)

    def go_to(self, place: str) -> None:
        """Another screen is opened ("" for none): its own state stands there, unless something has just happened."""
        if place == self._place:
            return
        self._place = place
        if not place:
            self._of_screens = {}
        is_news = not self._is_of_screen and steady() - self._said_at <= NEWS_S
        if not (place and is_news):
            self._is_of_screen = True
            self._show_status(self._of_screens.get(place, Status("")))

    def _show_status(self, said: Status) -> None:
        self.last_status = said
        self.status_changed.emit(said)

    def toast(
        self,
        title: str,
        detail: str = "",
        *,
        tone: Tone = "ok",
        action: str = "",
        on_action: Callable[[], object] | None = None,
        stays: bool = False,
    ) -> None:
        """Show a result with (at most) one action."""
        made = Toast(title, detail, tone, action, on_action, stays)
        if self._is_heard:
            self.toasted.emit(made)
        else:
            self._waiting.append(made)

    def selection(self, label: str, figures: Figures = ()) -> None:
        """Figures of the selected rows; an empty label clears them."""
        self.selection_changed.emit(label, figures)

    def error(self, error: BaseException) -> None:
        """Say that something failed. A known error is a notice; anything else goes to the crash window."""
        if isinstance(error, NotSignedInError):
            self.session_over.emit()
        elif isinstance(error, KnownError):
            self.toast(error.message, error.hint, tone="danger")
        else:
            self.bug_found.emit(error)
