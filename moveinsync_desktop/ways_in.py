"""Ways to a workspace that is not known yet: made, joined by invitation, brought back from a backup; its daily care.

A dialog asks, a worker does it, `arrived` tells where to sign in. Dialogs are imported when they are first wanted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

from billing.errors import KnownError
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.messages import describe
from moveinsync_desktop.places import Found, look_around
from moveinsync_desktop.views.main_window import MainWindow
from moveinsync_desktop.workers import Progress


@dataclass(frozen=True, slots=True)
class Arrival:
    """Where to sign in now, and what to say; with a password the sign-in goes on by itself."""

    found: Found
    workspace_id: str
    email: str = ""
    password: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Cared:
    """What the hourly look at the workspace found: its server, what is wrong with its backups, and why."""

    version: str
    alarm: str = ""
    problem: str = ""


class WaysIn(QObject):
    """Listens to the sign-in page. Signals: arrived(Arrival), failed(Exception)."""

    arrived = Signal(object)
    failed = Signal(object)

    def __init__(self, context: AppContext, window: MainWindow, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._context, self._window, self._page = context, window, window.sign_in
        self._page.new_workspace_wanted.connect(self.make)
        self._page.connect_wanted.connect(self.connect_to)
        self._page.restore_wanted.connect(self.bring_back)
        context.navigator.restore_wanted.connect(self._leave_and_bring_back)
        self._hourly = QTimer(self)
        self._hourly.setInterval(3_600_000)
        self._hourly.timeout.connect(self.care)
        self._hourly.start()

    def make(self) -> None:
        """A new workspace on this computer; its recovery kit is offered before anything else."""
        from moveinsync_desktop.views.dialogs.new_workspace import NewWorkspaceDialog

        dialog = NewWorkspaceDialog(self._window)
        if dialog.exec():
            self._make(dialog.name, dialog.email, dialog.password)

    def _make(self, name: str, email: str, password: str) -> None:
        home = self._context.home

        def make(_progress: Progress) -> tuple[Found, str, str]:
            from billing.services.recovery import recovery_kit
            from billing.services.workspace import create_workspace

            profile = create_workspace(home, email, password, name=name)
            return look_around(home), str(profile.workspace_id), recovery_kit(profile)

        def on_made(made: tuple[Found, str, str]) -> None:
            from moveinsync_desktop.views.dialogs.recovery_kit import RecoveryKitDialog

            found, workspace_id, kit = made
            if RecoveryKitDialog(self._window, kit, name=name).exec():
                self._put_away(found, workspace_id)
            self.arrived.emit(Arrival(found, workspace_id, email, password))

        self._page.set_busy("Making the workspace")
        self._run(make, on_made, "Making the workspace")

    @staticmethod
    def _put_away(found: Found, workspace_id: str) -> None:
        from billing.services.recovery import confirm_kit

        for profile in found.all:
            if str(profile.workspace_id) == workspace_id:
                confirm_kit(profile)

    def connect_to(self) -> None:
        """Join a shared workspace by an invitation; then its user signs in."""
        from moveinsync_desktop.views.dialogs.connect import ConnectDialog

        dialog = ConnectDialog(self._window)
        if not dialog.exec():
            return
        home, text = self._context.home, dialog.text

        def accept(_progress: Progress) -> Arrival:
            from billing.services.invitations import accept_invitation

            profile, email = accept_invitation(home, text)
            note = "Connected. Sign in with the one-time password you were told."
            return Arrival(look_around(home), str(profile.workspace_id), email, note=note)

        self._page.set_busy("Connecting")
        self._run(accept, self.arrived.emit, "Connecting")

    def _leave_and_bring_back(self) -> None:
        self._window.sign_out_wanted.emit()
        self.bring_back()

    def bring_back(self) -> None:
        """Make the workspace of a backup anew in this data folder."""
        from moveinsync_desktop.views.dialogs.restore_backup import RestoreDialog

        dialog = RestoreDialog(self._window, self._context.home)
        if not dialog.exec() or dialog.source is None:
            return
        home, source, secrets = self._context.home, dialog.source, dialog.secrets

        def restore(_progress: Progress) -> Arrival:
            from billing.services import backup

            made = backup.restore(home, source, **secrets)
            note = "The workspace is back: every table and sum agrees with the backup. Sign in."
            if made.kept is not None:
                note += f" What was here before is in {made.kept.name}."
            email = secrets.get("admin_email", "")
            return Arrival(look_around(home), str(made.profile.workspace_id), email, note=note)

        self._page.set_busy("Bringing the workspace back")
        self._run(restore, self.arrived.emit, "Bringing a backup back")

    def care(self) -> None:
        """After sign-in and then each hour: which server this is, and the day's backup; what is wrong stays in red."""
        session = self._context.session
        if session is None:
            return
        profile = session.profile

        def look() -> Cared:
            from billing.services.backup_plan import health, run_plan
            from billing.services.database import server_version

            version = server_version(session)
            if not profile.embedded or profile.demo:
                return Cared(version)
            try:
                run_plan(profile)
            except KnownError as error:
                return Cared(version, health(profile).alarm or "Today's backup was not made", describe(error)[0])
            return Cared(version, health(profile).alarm)

        self._context.workers.run_query(look, self._on_cared, lambda _error: None, owner=self, key="care")

    def _on_cared(self, cared: Cared) -> None:
        self._context.database_version = cared.version
        self._window.refresh_identity()
        was = self._context.messages.last_alarm
        self._context.messages.alarm(cared.alarm)
        if cared.problem and cared.alarm != was:
            self._context.messages.toast(cared.alarm, cared.problem, tone="warning", stays=True)

    def _run(self, fn: Any, on_done: Any, title: str) -> None:
        self._context.workers.run_command(fn, on_done, self.failed.emit, title=title, owner=self)
