"""The session ended while something was open: sign in over it; nothing that was typed is lost."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QLineEdit, QWidget

from moveinsync_desktop.messages import describe
from moveinsync_desktop.views.dialogs.confirm import PlainDialog
from moveinsync_desktop.views.widgets.basics import label
from moveinsync_desktop.views.widgets.buttons import Button
from moveinsync_desktop.views.widgets.fields import TextField
from moveinsync_desktop.views.widgets.forms import Form, FormRow
from moveinsync_desktop.views.widgets.notices import MessageBar
from moveinsync_desktop.workers import Workers


class SignInAgainDialog(PlainDialog):
    """Asks for the same user's password. `entered` is what `sign_in` gave, once accepted.

    sign_in: takes the password, runs in a worker, gives the new session's facts or raises a known error.
    asks_password: False for the demo's users, whose passwords nobody knows.
    """

    def __init__(
        self,
        parent: QWidget,
        workers: Workers,
        email: str,
        sign_in: Callable[[str], Any],
        *,
        title: str = "The session has ended",
        asks_password: bool = True,
    ) -> None:
        super().__init__(parent, title)
        self._workers, self._sign_in = workers, sign_in
        self.entered: Any = None
        words = "What is open stays as it is. Sign in again to go on; what was not saved is still here."
        self.body.addWidget(label(words, c="ink2", wrap=True))
        self.problem = MessageBar()
        self.body.addWidget(self.problem)
        who = TextField(email, name="E-mail", width=250)
        who.set_read_only(True)
        self.password = TextField(name="Password", width=250)
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self._asks_password = asks_password
        rows = [FormRow("E-mail", who), *([FormRow("Password", self.password)] if asks_password else [])]
        form = Form(*rows, enter_moves_on=False, inset=0)
        form.saved.connect(self._go)
        self.password.returnPressed.connect(self._go)
        self.body.addWidget(form)
        self.leave_button = Button("Leave", on_click=self.reject)
        self.ok_button = Button("Sign in", "primary", on_click=self._go)
        self.foot.addStretch(1)
        self.foot.addWidget(self.leave_button)
        self.foot.addWidget(self.ok_button)
        self.password.setFocus()

    def _go(self) -> None:
        typed = self.password.text()
        if (self._asks_password and not typed) or not self.ok_button.isEnabled():
            return
        self.ok_button.wait_for("Signing in")
        self._workers.run_query(lambda: self._sign_in(typed), self._on_done, self._on_error, owner=self)

    def _on_done(self, entered: Any) -> None:
        self.entered = entered
        self.accept()

    def _on_error(self, error: Exception) -> None:
        self.ok_button.wait_for("")
        self.problem.show_message("danger", describe(error)[0])
        self.password.selectAll()
        self.password.setFocus()
