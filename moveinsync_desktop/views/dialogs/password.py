"""A password of one's own: in place of a one-time one, or in place of an older one; and one's own sessions."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtWidgets import QLineEdit, QWidget

from billing.errors import KnownError
from moveinsync_desktop import formats
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.views.dialogs.confirm import PlainDialog
from moveinsync_desktop.views.widgets.basics import column, hline, label, row, stretch
from moveinsync_desktop.views.widgets.buttons import Button, LinkButton
from moveinsync_desktop.views.widgets.facts import clear_layout
from moveinsync_desktop.views.widgets.fields import TextField
from moveinsync_desktop.views.widgets.forms import Form, FormRow
from moveinsync_desktop.views.widgets.notices import MessageBar

SHORTEST, LONGEST = 12, 128


def secret_field(name: str) -> TextField:
    """A field that shows dots."""
    made = TextField(name=name, width=260)
    made.setEchoMode(QLineEdit.EchoMode.Password)
    return made


def new_password_error(password: str) -> str:
    """What is wrong with the length of a new password; the rest is judged when it is saved."""
    if len(password) < SHORTEST:
        return "too short"
    return "too long" if len(password) > LONGEST else ""


class PasswordDialog(PlainDialog):
    """Changes the signed-in user's password. With `one_time` that was just typed it is not asked for again."""

    def __init__(self, parent: QWidget | None, context: AppContext, one_time: str = "") -> None:
        title = "Choose a password of your own" if one_time else "Change your password"
        super().__init__(parent, title, width=520)
        self._context, self._one_time = context, one_time
        words = (
            "You signed in with a one-time password, which others have seen."
            if one_time
            else "Your sessions on other computers end."
        )
        self.body.addWidget(label(words, c="ink2", wrap=True))
        self.notice = MessageBar()
        self.body.addWidget(self.notice)
        self._old = FormRow("Present password", secret_field("Present password"), key="old")
        self._new = FormRow("New password", secret_field("New password"), key="password")
        self._again = FormRow("Once more", secret_field("New password once more"), key="again")
        rows = [self._new, self._again] if one_time else [self._old, self._new, self._again]
        self.form = Form(*rows)
        self.form.saved.connect(self.accept)
        self.form.left.connect(self.reject)
        self.body.addWidget(self.form)
        hint = f"At least {SHORTEST} characters; a sentence of four or five words is easy to keep in mind."
        self.body.addWidget(label(hint, t="sm", c="ink3", wrap=True))
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Sign out" if one_time else "Cancel", on_click=self.reject))
        self.save_button = Button("Set the password", "primary", on_click=self.accept)
        self.foot.addWidget(self.save_button)
        rows[0].field.setFocus()

    def accept(self) -> None:
        """Check what was typed and change it in the worker; the dialog closes when it is done."""
        new, again = self._new.field.text(), self._again.field.text()
        errors = {"password": new_password_error(new), "again": "" if new == again else "not the same"}
        errors = {key: words for key, words in errors.items() if words}
        self.form.show_errors(errors)
        if errors or not self.save_button.isEnabled():
            return
        session, old = self._context.signed_in, self._one_time or self._old.field.text()
        self.save_button.wait_for("Setting the password")

        def change(_progress: Any) -> Any:
            from billing.services.account import change_password

            return change_password(session, old=old, new=new)

        self._context.workers.run_command(
            change, self._on_done, self._on_failed, title="Changing the password", owner=self
        )

    def _on_done(self, _changes: Any) -> None:
        self.save_button.wait_for("")
        self._context.messages.status("The password is changed", "state:tick")
        super().accept()

    def _on_failed(self, error: Exception) -> None:
        self.save_button.wait_for("")
        if not isinstance(error, KnownError):
            self._context.messages.error(error)
        elif error.where in {made.key for made in self.form.rows}:
            self.form.show_errors({error.where: error.message})
        else:
            self.notice.show_message("danger", error.message)


class AccountDialog(PlainDialog):
    """Where the signed-in user is signed in, and the way to another password."""

    def __init__(self, parent: QWidget | None, context: AppContext) -> None:
        super().__init__(parent, "Your account", width=520)
        self._context = context
        self._who = label(context.signed_in.email, c="ink2")
        self.body.addWidget(self._who)
        self.body.addWidget(hline())
        self._lines = PlainLines()
        self.body.addWidget(self._lines)
        self.notice = MessageBar()
        self.body.addWidget(self.notice)
        self.end_button = Button("End the others", on_click=self._end_others)
        self.end_button.wait_for("There are no others")
        self.foot.addWidget(self.end_button)
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Change password…", on_click=self._change))
        self.foot.addWidget(Button("Done", "primary", on_click=self.accept))
        self._read()

    def _read(self) -> None:
        session = self._context.signed_in

        def read() -> Any:
            from billing.services.account import own_account

            return own_account(session)

        self._context.workers.run_query(read, self._show, self._on_error, owner=self)

    def _show(self, account: Any) -> None:
        self._lines.set_sessions(account.sessions, self._end_one)
        others = [one for one in account.sessions if not one.is_this]
        self.end_button.wait_for("" if others else "There are no others")

    def _end_one(self, session_id: Any) -> None:
        self._end(session_id)

    def _end_others(self) -> None:
        self._end(None)

    def _end(self, session_id: Any) -> None:
        session = self._context.signed_in

        def end(_progress: Any) -> Any:
            from billing.services.account import end_sessions

            return end_sessions(session, session_id)

        self._context.workers.run_command(
            end, lambda _changes: self._read(), self._on_error, title="Ending sessions", owner=self
        )

    def _change(self) -> None:
        if PasswordDialog(self, self._context).exec():
            self._read()

    def _on_error(self, error: Exception) -> None:
        if isinstance(error, KnownError):
            self.notice.show_message("danger", error.message)
        else:
            self._context.messages.error(error)


class PlainLines(QWidget):
    """The user's sessions under each other, each with a way to end it."""

    def __init__(self) -> None:
        super().__init__()
        self._column = column(gap=6)
        self.setLayout(self._column)

    def set_sessions(self, sessions: Any, on_end: Any) -> None:
        """Show these."""
        clear_layout(self._column)
        for one in sessions:
            words = f"Since {formats.long_stamp(one.started_at)}, {one.address or 'this computer'}"
            parts: list[Any] = [label(words), stretch()]
            if one.is_this:
                parts.append(label("this session", t="sm", c="ink3"))
            else:
                parts.append(LinkButton("End", on_click=partial(on_end, one.id)))
            self._column.addLayout(row(*parts, gap=8))
