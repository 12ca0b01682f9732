"""A new private workspace on this computer: its name and its first SUPER_ADMIN."""

from __future__ import annotations

from PySide6.QtWidgets import QLineEdit, QWidget

from moveinsync_desktop.views.dialogs.confirm import PlainDialog
from moveinsync_desktop.views.widgets.basics import label
from moveinsync_desktop.views.widgets.buttons import Button
from moveinsync_desktop.views.widgets.fields import TextField
from moveinsync_desktop.views.widgets.forms import Form, FormRow

LEAST_PASSWORD, MOST_PASSWORD = 12, 128


class NewWorkspaceDialog(PlainDialog):
    """Attributes after acceptance: name, email, password."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent, "New workspace on this computer", width=500)
        words = "A private database is made in your data folder. You become its first super admin."
        self.body.addWidget(label(words, c="ink2", wrap=True))
        self._name = FormRow("Name", TextField(name="Name of the workspace", width=260), key="name")
        self._email = FormRow("Your e-mail", TextField(name="Your e-mail", width=260), key="email")
        self._password = FormRow("Password", self._secret("Password"), key="password")
        self._again = FormRow("Once more", self._secret("Password once more"), key="again")
        self._form = Form(self._name, self._email, self._password, self._again, inset=0)
        self._form.saved.connect(self._check)
        self._form.left.connect(self.reject)
        self.body.addWidget(self._form)
        self.body.addWidget(label(f"At least {LEAST_PASSWORD} characters.", t="sm", c="ink3"))
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Cancel", on_click=self.reject))
        self.foot.addWidget(Button("Make the workspace", "primary", on_click=self._check))

    @property
    def name(self) -> str:
        """Name of the workspace."""
        return str(self._name.value or "")

    @property
    def email(self) -> str:
        """The first user's address."""
        return str(self._email.value or "")

    @property
    def password(self) -> str:
        """The password, as typed."""
        return str(self._password.field.text())

    def _secret(self, name: str) -> TextField:
        made = TextField(name=name, width=260)
        made.setEchoMode(QLineEdit.EchoMode.Password)
        return made

    def _check(self) -> None:
        errors = {}
        if not self.name:
            errors["name"] = "needed"
        if "@" not in self.email:
            errors["email"] = "not an e-mail"
        if len(self.password) < LEAST_PASSWORD:
            errors["password"] = "too short"
        elif len(self.password) > MOST_PASSWORD:
            errors["password"] = "too long"
        elif self.password != self._again.field.text():
            errors["again"] = "not the same"
        self._form.show_errors(errors)
        if not errors:
            self.accept()
