"""Bringing a backup back: which file, what it replaces, and how people get in again."""

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

    def __init__(self, parent: QWidget | None, home: Path, source: Path | None = None) -> None:
        super().__init__(parent, "Bring back a backup", width=600)
        self.source: Path | None = None
        self._home = home
        self._found: Any = None
        self._facts = FactList(110)
        self.notice = MessageBar()
        ways = [("keep", "Everybody keeps their password"), ("admin", "A super admin gets a new one")]
        self.way = Segmented(ways, name="How to get in")
        self.way.chosen.connect(lambda _way: self._refresh())
        self._kit = QPlainTextEdit()
        self._kit.setFixedHeight(104)
        self._kit.setPlaceholderText("Paste the recovery kit: it opens the backup")
        self._kit.setAccessibleName("Recovery kit")
        self._kit.setTabChangesFocus(True)
        self._kit.textChanged.connect(self._refresh)
        self._load = Button("Read the kit from a file…", icon="folder-open", on_click=self._load_kit)
        email = FormRow("Super admin's e-mail", TextField(name="Super admin's e-mail", width=260), key="email")
        password = FormRow("New password", secret_field("New password"), key="password")
        again = FormRow("Once more", secret_field("New password once more"), key="again")
        self.form = Form(email, password, again)
        self.form.changed.connect(lambda _row: self._refresh())
        self._rest = label("", t="sm", c="ink3", wrap=True)
        self.body.addWidget(Button("Choose a backup…", icon="folder-open", on_click=self._choose))
        parts: list[QWidget] = [self._facts, self.notice, self.way, self._kit, self._load, self.form, self._rest]
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
    def secrets(self) -> dict[str, Any]:
        """What opens the workspace again, and whether it replaces the one that is here."""
        given: dict[str, Any] = {"replace": bool(self._found and self._found.replaces)}
        if self._needs_kit:
            given["kit"] = self._kit.toPlainText()
        if self.way.value == "admin":
            values: dict[str, Any] = self.form.values()
            given |= {"admin_email": str(values["email"] or ""), "admin_password": self._password}
        return given

    @property
    def _password(self) -> str:
        return str(self.form.rows[1].field.text())

    @property
    def _needs_kit(self) -> bool:
        """Without it an encrypted backup cannot be read, and old passwords open nothing."""
        if self._found is None or self._found.key_here:
            return False
        return bool(self._found.manifest.sealed or self.way.value == "keep")

    def set_source(self, source: Path) -> None:
        """Look at a file and say what is in it and what it would replace."""
        from billing.services.backup import look_at

        self.notice.hide()
        try:
            self._found = look_at(self._home, source)
        except KnownError as error:
            self.source = self._found = None
            self._facts.set_facts([])
            self.notice.show_message("danger", error.message)
        else:
            self.source = source
            self._facts.set_facts(self._told(self._found.manifest))
            if self._found.in_the_way:
                words = f"This computer has another workspace already ({self._found.in_the_way})."
                self.notice.show_message("danger", words)
            elif self._found.replaces:
                words = "The workspace that is on this computer now is put aside, not deleted."
                self.notice.show_message("warning", words)
        self._refresh()

    @staticmethod
    def _told(manifest: Any) -> list[tuple[str, str]]:
        facts = [("Workspace", manifest.name), ("Made", formats.long_stamp(manifest.made_at))]
        if manifest.contents is None:
            return [*facts, ("Content", "encrypted; the recovery kit opens it")]
        rows = manifest.contents.rows
        return [
            *facts,
            ("Trips", formats.count(rows.get("app.trips", 0))),
            ("Invoices", formats.count(rows.get("app.invoices", 0))),
        ]

    def _choose(self) -> None:
        name, _kind = QFileDialog.getOpenFileName(self, "Choose a backup", "", "Backups (*.misbackup);;All files (*)")
        if name:
            self.set_source(Path(name))

    def _load_kit(self) -> None:
        name, _kind = QFileDialog.getOpenFileName(self, "Choose the recovery kit", "", "Text (*.txt);;All files (*)")
        if not name:
            return
        try:
            self._kit.setPlainText(Path(name).read_text(encoding="utf-8", errors="replace")[:4000])
        except OSError as error:
            self.notice.show_message("danger", f"{name} cannot be read: {error.strerror}.")

    def _refresh(self) -> None:
        is_admin = self.way.value == "admin"
        self.way.setVisible(self._found is not None)
        self._kit.setVisible(self._needs_kit)
        self._load.setVisible(self._needs_kit)
        self.form.setVisible(self._found is not None and is_admin)
        waits = "All other users then wait for a new one-time password from that super admin."
        keeps = "All other users keep their passwords."
        has_key = self._found is not None and (self._found.key_here or self._needs_kit)
        self._rest.setText((keeps if has_key else waits) if is_admin and self._found is not None else "")
        self.restore_button.wait_for(self._missing(is_admin))

    def _missing(self, is_admin: bool) -> str:
        if self.source is None or self._found is None:
            return "Choose a backup first"
        if self._found.in_the_way:
            return "Another workspace is in the way"
        if self._needs_kit and "Key" not in self._kit.toPlainText():
            return "Paste the recovery kit first"
        if not is_admin:
            return ""
        if "@" not in str(self.form.values()["email"] or ""):
            return "Name a super admin of the workspace"
        if self._password != self.form.rows[2].field.text():
            return "The two passwords differ"
        return f"The password is {new_password_error(self._password)}" if new_password_error(self._password) else ""
