"""The recovery kit, to be saved or printed before anything else; without it a lost computer means lost passwords."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QApplication, QFileDialog, QPlainTextEdit, QWidget

from moveinsync_desktop.views.dialogs.confirm import PlainDialog
from moveinsync_desktop.views.widgets.basics import label
from moveinsync_desktop.views.widgets.buttons import Button
from moveinsync_desktop.views.widgets.choices import Check
from moveinsync_desktop.views.widgets.notices import MessageBar


class RecoveryKitDialog(PlainDialog):
    """Attributes: done_button (waits for the tick), tick."""

    def __init__(self, parent: QWidget | None, kit: str, *, name: str) -> None:
        super().__init__(parent, "Keep the recovery kit", width=640)
        self._kit, self._name = kit, name
        words = (
            "If this computer is lost, a backup alone brings nothing back: passwords also need this key. "
            "Save it on another disk or print it, and keep it away from the backups."
        )
        self.body.addWidget(label(words, c="ink2", wrap=True))
        shown = QPlainTextEdit(kit)
        shown.setReadOnly(True)
        shown.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        shown.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        shown.setFixedHeight(176)
        shown.setAccessibleName("Recovery kit")
        self.body.addWidget(shown)
        self.notice = MessageBar()
        self.body.addWidget(self.notice)
        self.tick = Check("I have put it away")
        self.tick.toggled.connect(self._refresh)
        self.body.addWidget(self.tick)
        self.foot.addWidget(Button("Save as file…", icon="save", on_click=self._save))
        self.foot.addWidget(Button("Copy", icon="copy", on_click=lambda: QApplication.clipboard().setText(self._kit)))
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Later", on_click=self.reject))
        self.done_button = Button("Done", "primary", on_click=self.accept)
        self.foot.addWidget(self.done_button)
        self._refresh()

    def _refresh(self) -> None:
        self.done_button.wait_for("" if self.tick.isChecked() else "Put it away first")

    def _save(self) -> None:
        from billing.store.files import write_private

        name, _kind = QFileDialog.getSaveFileName(self, "Save the recovery kit", f"Recovery kit {self._name}.txt")
        if not name:
            return
        try:
            write_private(Path(name), self._kit)
        except OSError as error:
            self.notice.show_message("danger", f"{name} cannot be written: {error.strerror}.")
        else:
            self.tick.setChecked(True)
