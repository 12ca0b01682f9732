"""Bringing a backup back on an empty computer: which file, and how people get in again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QPlainTextEdit, QWidget

from billing.errors import KnownError
from moveinsync_desktop import formats
from moveinsync_desktop.views.dialogs.confirm import PlainDialog
from moveinsync_desktop.views.dialogs.password import new_password_error, secret_field
from moveinsync_desktop.views.widgets.basics import label
from moveinsync_desktop.views.widgets.buttons import Button
from moveinsync_desktop.views.widgets.choices import Segmented
from moveinsync_desktop.views.widgets.facts import FactList
from moveinsync_desktop.views.widgets.fields import TextField
from moveinsync_desktop.views.widgets.forms import Form, FormRow
from moveinsync_desktop.views.widgets.notices import MessageBar


class RestoreDialog(PlainDialog):
    """Attributes after acceptance: source (Path), secrets (keywords for billing.services.backup.restore)."""

    def __init__(self, parent: QWidget | None, source: Path | None = None) -> None:
        super().__init__(parent, "Bring back a backup", width=600)
        self.source: Path | None = None
        self._facts = FactList(110)
        self.notice = MessageBar()
        self.way = Segmented([("kit", "With the recovery kit"), ("admin", "With a new password")], name="How to get in")
        self.way.chosen.connect(lambda _way: self._refresh())
        self._kit = QPlainTextEdit()
        self._kit.setFixedHeight(104)
        self._kit.setPlaceholderText("Paste the recovery kit")
        self._kit.setAccessibleName("Recovery kit")
        self._kit.setTabChangesFocus(True)
        self._kit.textChanged.connect(self._refresh)
        email = FormRow("Super admin's e-mail", TextField(name="Super admin's e-mail", width=260), key="email")
        password = FormRow("New password", secret_field("New password"), key="password")
        again = FormRow("Once more", secret_field("New password once more"), key="again")
        self.form = Form(email, password, again)
        self.form.changed.connect(lambda _row: self._refresh())
        rest = "All other users then wait for a new one-time password from that super admin."
        self._rest = label(rest, t="sm", c="ink3", wrap=True)
        self.body.addWidget(Button("Choose a backup…", icon="folder-open", on_click=self._choose))
        parts: list[QWidget] = [self._facts, self.notice, self.way, self._kit, self.form, self._rest]
        for part in parts:
            self.body.addWidget(part)
        self.restore_button = Button("Bring it back", "primary", on_click=self.accept)
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Cancel", on_click=self.reject))
        self.foot.addWidget(self.restore_button)
        self._refresh()
        if source is not None:
            self.set_source(source)

    @property
    def secrets(self) -> dict[str, str]:
        """What opens the workspace again."""
        if self.way.value == "kit":
            return {"kit": self._kit.toPlainText()}
        values: dict[str, Any] = self.form.values()
        return {"admin_email": str(values["email"] or ""), "admin_password": self._password}

    @property
    def _password(self) -> str:
        return str(self.form.rows[1].field.text())

    def set_source(self, source: Path) -> None:
        """Look at a file and say what is in it."""
        from billing.services.backup import read_manifest

        self.notice.hide()
        try:
            found = read_manifest(source)
        except KnownError as error:
            self.source = None
            self._facts.set_facts([])
            self.notice.show_message("danger", error.message)
        else:
            self.source = source
            rows = found.contents.rows
            self._facts.set_facts(
                [
                    ("Workspace", found.name),
                    ("Made", formats.long_stamp(found.made_at)),
                    ("Trips", formats.count(rows.get("app.trips", 0))),
                    ("Invoices", formats.count(rows.get("app.invoices", 0))),
                ]
            )
        self._refresh()

    def _choose(self) -> None:
        name, _kind = QFileDialog.getOpenFileName(self, "Choose a backup", "", "Backups (*.misbackup);;All files (*)")
        if name:
            self.set_source(Path(name))

    def _refresh(self) -> None:
        with_kit = self.way.value == "kit"
        self._kit.setVisible(with_kit)
        self.form.setVisible(not with_kit)
        self._rest.setVisible(not with_kit)
        self.restore_button.wait_for(self._missing(with_kit))

    def _missing(self, with_kit: bool) -> str:
        if self.source is None:
            return "Choose a backup first"
        if with_kit:
            return "" if "Key" in self._kit.toPlainText() else "Paste the recovery kit first"
        if "@" not in str(self.form.values()["email"] or ""):
            return "Name a super admin of the workspace"
        if self._password != self.form.rows[2].field.text():
            return "The two passwords differ"
        return f"The password is {new_password_error(self._password)}" if new_password_error(self._password) else ""
