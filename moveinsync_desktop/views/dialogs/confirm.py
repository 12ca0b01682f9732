"""Asking before what cannot be undone: the deed as question, what follows, the sum, Cancel and the verb.

    dialog = ConfirmDialog(self, "Issue 3 invoices?", "They get their numbers now and cannot be edited afterwards.",
                           "Issue 3 invoices", fact=("Metro Fleet, Namma Ride, Coromandel", "26,52,678.00"))
    if dialog.ask(): ...
    ConfirmDialog(self, "Void invoice SLC/26-27/00118?", "...", "Void invoice", danger=True, reason="Why is it void?")
    dialog.reason            # what was typed; a reason that is asked for must be given
Enter is never the destructive button; Ctrl+Enter does the deed.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QFrame, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from moveinsync_desktop.views.widgets.basics import frame, label, row, stretch
from moveinsync_desktop.views.widgets.buttons import Button

DIALOG_WIDTH = 446


class PlainDialog(QDialog):
    """A dialog in our dress: title, content in `body`, buttons in `foot`. Base of all dialogs."""

    def __init__(self, parent: QWidget | None, title: str, *, width: int = DIALOG_WIDTH) -> None:
        super().__init__(parent)
        self.setWindowTitle(title)
        self.setModal(True)
        self.setMinimumWidth(width)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        ground = frame("page")
        outer.addWidget(ground, 1)
        self.body = QVBoxLayout(ground)
        self.body.setContentsMargins(20, 18, 20, 16)
        self.body.setSpacing(10)
        self.title_label = label(title, t="h2", wrap=True)
        self.body.addWidget(self.title_label)
        foot = frame("pagefoot")
        self.foot = QHBoxLayout(foot)
        self.foot.setContentsMargins(20, 10, 20, 10)
        self.foot.setSpacing(8)
        outer.addWidget(foot)


class ConfirmDialog(PlainDialog):
    """Attributes: reason (what was typed), confirm_button, cancel_button."""

    def __init__(
        self,
        parent: QWidget | None,
        question: str,
        follows: str,
        verb: str,
        *,
        fact: tuple[str, str] | None = None,
        danger: bool = False,
        reason: str = "",
    ) -> None:
        super().__init__(parent, question)
        self._needs_reason = bool(reason)
        self.body.addWidget(label(follows, c="ink2", wrap=True))
        if fact is not None:
            self.body.addWidget(self._fact(*fact))
        self._edit = QPlainTextEdit()
        if reason:
            self._edit.setFixedHeight(64)
            self._edit.setAccessibleName(reason)
            self._edit.setTabChangesFocus(True)
            self._edit.textChanged.connect(self._refresh)
            self.body.addWidget(label(reason, w="500"))
            self.body.addWidget(self._edit)
        self.cancel_button = Button("Cancel", on_click=self.reject)
        self.confirm_button = Button(verb, "danger-fill" if danger else "primary", on_click=self.accept)
        self.foot.addWidget(label(f"Ctrl Enter: {verb[0].lower()}{verb[1:]}", t="sm", c="ink3"))
        self.foot.addStretch(1)
        self.foot.addWidget(self.cancel_button)
        self.foot.addWidget(self.confirm_button)
        self._refresh()
        (self._edit if reason else self.cancel_button).setFocus()

    @property
    def reason(self) -> str:
        """The reason given."""
        return self._edit.toPlainText().strip()

    def ask(self) -> bool:
        """Show it; True when the deed is wanted."""
        return self.exec() == QDialog.DialogCode.Accepted

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Ctrl+Enter does it; plain Enter presses what has the focus."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if event.modifiers() & Qt.KeyboardModifier.ControlModifier and self.confirm_button.isEnabled():
                self.accept()
            elif self.cancel_button.hasFocus():
                self.reject()
            elif self.confirm_button.hasFocus():
                self.accept()
            return
        super().keyPressEvent(event)

    def _fact(self, words: str, figure: str) -> QFrame:
        return frame("well", row(label(words, c="ink2"), stretch(), label(figure, w="600"), margins=(12, 9, 12, 9)))

    def _refresh(self) -> None:
        if self._needs_reason:
            self.confirm_button.wait_for("" if self.reason else "Give a reason first")
