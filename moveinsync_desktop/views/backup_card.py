"""Settings: where backups go, when the last one was made, the recovery kit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog

from moveinsync_desktop import formats
from moveinsync_desktop.views.dialogs.recovery_kit import RecoveryKitDialog
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets.basics import Card, row, stretch
from moveinsync_desktop.views.widgets.buttons import Button
from moveinsync_desktop.views.widgets.facts import FactList
from moveinsync_desktop.views.widgets.notices import MessageBar


class BackupCard(Card):
    """For embedded workspaces; a shared one is backed up by its administrator. Attributes: now_button, notice."""

    def __init__(self, screen: Screen) -> None:
        super().__init__("Backups")
        self._screen = screen
        self._is_making = False
        self._facts = FactList(name_width=138)
        self.notice = MessageBar()
        self.now_button = Button("Back up now", icon="save", on_click=self.back_up)
        choose = Button("Choose a folder…", icon="folder-open", on_click=self._choose)
        kit = Button("Recovery kit…", icon="key-round", on_click=self._show_kit)
        back = Button("Bring one back…", icon="history", on_click=self._bring_back)
        self.add(self.notice, 4)
        self.add(self._facts, 10, row(choose, self.now_button, kit, back, stretch(), gap=8))
        self.now_button.wait_for("Looking for backups")
        self.refresh()

    def refresh(self) -> None:
        """Look again at what is there, in a worker: the folder may be a disk that is asleep."""
        profile = self._screen.context.signed_in.profile

        def look() -> tuple[Any, Any]:
            from billing.services.backup_plan import health, read_plan

            return read_plan(profile), health(profile)

        self._screen.query(look, self._show, key="backups")

    def _show(self, found: tuple[Any, Any]) -> None:
        plan, health = found
        self._facts.set_facts(
            [
                ("Folder", str(plan.folder) if plan else "none chosen"),
                ("Last backup", formats.long_stamp(health.last) if health.last else "never"),
                ("Kept", f"one a day, encrypted, {formats.plural(plan.keep, 'file')}" if plan else ""),
            ]
        )
        self.now_button.wait_for("Backing up" if self._is_making else "" if plan else "Choose a folder first")
        self._screen.context.messages.alarm(health.alarm)
        if health.alarm:
            self.notice.show_message("danger", f"{health.alarm}. {health.advice}")
        else:
            self.notice.hide()

    def set_folder(self, folder: Path) -> None:
        """Send backups there, beginning now."""
        from billing.errors import KnownError
        from billing.services.backup_plan import Plan, save_plan

        try:
            save_plan(self._screen.context.signed_in.profile, Plan(folder))
        except KnownError as error:
            self.notice.show_message("danger", error.message)
            return
        self.refresh()
        self.back_up()

    def back_up(self) -> None:
        """Make a backup in the worker."""
        profile = self._screen.context.signed_in.profile

        def make(_progress: Any) -> Any:
            from billing.services.backup_plan import run_plan

            return run_plan(profile, force=True)

        self._is_making = True
        self.now_button.wait_for("Backing up")
        self._screen.command(make, self._on_made, title="Backing up", on_error=self._on_failed)

    def _on_made(self, made: Path | None) -> None:
        self._is_making = False
        self.refresh()
        if made is not None:
            self._screen.context.messages.status(f"Backed up to {made.name}", "state:tick")

    def _on_failed(self, error: Exception) -> None:
        self._is_making = False
        self.refresh()
        self._screen.context.messages.error(error)

    def _choose(self) -> None:
        name = QFileDialog.getExistingDirectory(self, "A folder for backups, on another disk if there is one")
        if name:
            self.set_folder(Path(name))

    def _bring_back(self) -> None:
        """Nobody may work on what is replaced: sign out first, then choose the file."""
        self._screen.context.navigator.restore_wanted.emit()

    def _show_kit(self) -> None:
        from billing.errors import KnownError
        from billing.services.recovery import confirm_kit, recovery_kit

        profile = self._screen.context.signed_in.profile
        try:
            kit = recovery_kit(profile)
        except KnownError as error:
            self.notice.show_message("danger", error.message)
            return
        if RecoveryKitDialog(self, kit, name=profile.name).exec():
            confirm_kit(profile)
            self.refresh()
