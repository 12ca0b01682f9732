"""New workspace, invitation, backup and recovery kit, through the dialogs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QFileDialog

from billing.server.embedded import EmbeddedServer
from billing.services.backup import back_up
from billing.services.backup_plan import backups_of, read_plan
from billing.services.recovery import recovery_kit
from billing.services.workspace import open_session, release_server
from billing.store.profiles import Profile, load_profiles
from billing.store.session import Session
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.views.backup_card import BackupCard
from moveinsync_desktop.views.dialogs.new_workspace import NewWorkspaceDialog
from moveinsync_desktop.views.dialogs.recovery_kit import RecoveryKitDialog
from moveinsync_desktop.views.dialogs.restore_backup import RestoreDialog
from moveinsync_desktop.views.main_window import MainWindow
from moveinsync_desktop.views.settings_page import SettingsScreen
from moveinsync_desktop.ways_in import Arrival, WaysIn
from tests.support.dialogs import at_dialogs
from tests.support.folders import short_folder
from tests.support.people import ADMIN, PASSWORD


@pytest.fixture
def home() -> Iterator[Path]:
    with short_folder() as folder:
        yield folder / "home"
        release_server(folder / "home")


@pytest.fixture
def ways(qtbot: Any, context: AppContext, home: Path) -> WaysIn:
    context.home = home
    window = MainWindow(context)
    qtbot.addWidget(window)
    window.show()
    return WaysIn(context, window, window)


def test_new_workspace_offers_its_kit_first(qtbot: Any, ways: WaysIn, home: Path) -> None:
    arrivals: list[Arrival] = []
    ways.arrived.connect(arrivals.append)
    kits: list[str] = []

    def fill(dialog: NewWorkspaceDialog) -> None:
        for made, typed in (
            (dialog._name, "Acme"),
            (dialog._email, ADMIN),
            (dialog._password, PASSWORD),
            (dialog._again, PASSWORD),
        ):
            qtbot.keyClicks(made.field, typed)
        dialog._check()

    def keep(dialog: RecoveryKitDialog) -> None:
        assert not dialog.done_button.isEnabled()
        dialog.tick.setChecked(True)
        assert dialog.done_button.isEnabled()
        kits.append(dialog._kit)
        dialog.accept()

    raised = at_dialogs(fill, keep)
    ways.make()
    qtbot.waitUntil(lambda: bool(arrivals), timeout=60_000)
    assert raised == []
    profile = load_profiles(home)[0]
    assert (arrivals[0].workspace_id, arrivals[0].email) == (str(profile.workspace_id), ADMIN)
    assert kits == [recovery_kit(profile)]
    open_session(home, email=ADMIN, password=PASSWORD).close()


def test_backup_comes_back_with_the_kit(
    qtbot: Any, ways: WaysIn, home: Path, workspace: Profile, tmp_path: Path
) -> None:
    arrivals: list[Arrival] = []
    ways.arrived.connect(arrivals.append)
    source = tmp_path / "one.misbackup"
    back_up(workspace, source)

    def choose(dialog: RestoreDialog) -> None:
        assert dialog.restore_button.toolTip() == "Choose a backup first"
        dialog.set_source(source)
        assert dialog.restore_button.toolTip() == "Paste the recovery kit first"
        dialog._kit.setPlainText(recovery_kit(workspace))
        assert dialog.restore_button.isEnabled()
        dialog.accept()

    raised = at_dialogs(choose)
    ways.bring_back()
    qtbot.waitUntil(lambda: bool(arrivals), timeout=60_000)
    assert raised == []
    assert "every table and sum agrees" in arrivals[0].note
    open_session(home, email=ADMIN, password=PASSWORD).close()


def test_restore_needs_a_whole_file_and_a_way_in(qtbot: Any, tmp_path: Path, workspace: Profile) -> None:
    dialog = RestoreDialog(None)
    qtbot.addWidget(dialog)
    dialog.show()
    (tmp_path / "no.misbackup").write_bytes(b"nothing")
    dialog.set_source(tmp_path / "no.misbackup")
    assert dialog.notice.isVisible()
    assert not dialog.restore_button.isEnabled()
    back_up(workspace, tmp_path / "one.misbackup")
    dialog.set_source(tmp_path / "one.misbackup")
    dialog.way.set_value("admin")
    dialog._refresh()
    email, password, again = (made.field for made in dialog.form.rows)
    qtbot.keyClicks(email, ADMIN)
    qtbot.keyClicks(password, PASSWORD)
    assert dialog.restore_button.toolTip() == "The two passwords differ"
    qtbot.keyClicks(again, PASSWORD)
    assert dialog.restore_button.isEnabled()
    assert dialog.secrets == {"admin_email": ADMIN, "admin_password": PASSWORD}


def test_kit_is_saved_as_a_private_file(qtbot: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "kit.txt"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_a: (str(target), ""))
    dialog = RecoveryKitDialog(None, "the kit", name="Acme")
    qtbot.addWidget(dialog)
    dialog._save()
    assert target.read_text(encoding="utf-8") == "the kit"
    assert target.stat().st_mode & 0o077 == 0
    assert dialog.done_button.isEnabled()


def test_settings_send_backups_to_a_folder(
    qtbot: Any, context: AppContext, super_admin: Session, workspace: Profile, tmp_path: Path
) -> None:
    context.session = super_admin
    screen = SettingsScreen(context)
    qtbot.addWidget(screen)
    screen.resize(1150, 690)
    screen.show()
    card = screen.findChild(BackupCard)
    assert card is not None
    assert not card.now_button.isEnabled()
    card.set_folder(workspace.home / "logs")
    assert "inside the data folder" in card.notice.accessibleName() or card.notice.isVisible()
    card.set_folder(tmp_path)
    qtbot.waitUntil(lambda: bool(backups_of(workspace, tmp_path)) and card.now_button.isEnabled(), timeout=60_000)
    assert read_plan(workspace) is not None
    (workspace.home / "backup-plan.json").unlink()
    assert EmbeddedServer(workspace.home).is_alive()
