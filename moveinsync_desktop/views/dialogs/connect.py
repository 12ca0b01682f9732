"""Joining a shared workspace: an invitation, pasted or from a file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QPlainTextEdit, QWidget

from billing.errors import KnownError
from moveinsync_desktop.views.dialogs.confirm import PlainDialog
from moveinsync_desktop.views.widgets.basics import label
from moveinsync_desktop.views.widgets.buttons import Button
from moveinsync_desktop.views.widgets.notices import MessageBar


class ConnectDialog(PlainDialog):
    """Attribute after acceptance: text (an invitation that could be read)."""

    def __init__(self, parent: QWidget | None) -> None:
        super().__init__(parent, "Connect to a workspace", width=520)
        words = "Paste the invitation that your super admin sent you, or open its file. The password comes another way."
        self.body.addWidget(label(words, c="ink2", wrap=True))
        self._edit = QPlainTextEdit()
        self._edit.setFixedHeight(110)
        self._edit.setPlaceholderText("MIS1-…")
        self._edit.setAccessibleName("Invitation")
        self._edit.setTabChangesFocus(True)
        self._edit.textChanged.connect(self._refresh)
        self.body.addWidget(self._edit)
        self.notice = MessageBar()
        self.body.addWidget(self.notice)
        self.found = label("", c="ink2", wrap=True)
        self.body.addWidget(self.found)
        self.connect_button = Button("Connect", "primary", on_click=self.accept)
        self.foot.addWidget(Button("Open a file…", icon="folder-open", on_click=self._open))
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Cancel", on_click=self.reject))
        self.foot.addWidget(self.connect_button)
        self._refresh()

    @property
    def text(self) -> str:
        """What was pasted."""
        return self._edit.toPlainText()

    def set_text(self, text: str) -> None:
        """Fill in an invitation."""
        self._edit.setPlainText(text)

    def _refresh(self) -> None:
        """Say at once where the invitation leads, or what is wrong with it."""
        from billing.store.invitations import unpack

        self.notice.hide()
        self.found.setText("")
        if not self.text.strip():
            self.connect_button.wait_for("Paste the invitation first")
            return
        try:
            invitation = unpack(self.text)
        except KnownError as error:
            self.connect_button.wait_for(error.message)
            self.notice.show_message("danger", error.message)
            return
        self.found.setText(f"{invitation.name}, on {invitation.host}")
        self.connect_button.wait_for("")

    def _open(self) -> None:
        name, _kind = QFileDialog.getOpenFileName(self, "Open an invitation", "", "Text (*.txt);;All files (*)")
        if not name:
            return
        try:
            self.set_text(Path(name).read_text(encoding="utf-8", errors="replace")[:300_000])
        except OSError as error:
            self.notice.show_message("danger", f"{Path(name).name} cannot be read: {error.strerror}.")
