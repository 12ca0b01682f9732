"""New workspace, invitation, backup and recovery kit, through the dialogs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QFileDialog

from billing.schemas.ids import new_id
from billing.server.embedded import EmbeddedServer
from billing.services.backup import back_up
from billing.services.backup_plan import backups_of, read_plan, same_disk
from billing.services.recovery import is_kit_confirmed, recovery_kit
from billing.services.workspace import open_session, release_server
from billing.store.profiles import Profile, load_profiles, save_profile
from billing.store.secrets import forget_memory
from billing.store.session import Session
from moveinsync_desktop import theme
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.views.backup_card import BackupCard
from moveinsync_desktop.views.dialogs.new_workspace import NewWorkspaceDialog
from moveinsync_desktop.views.dialogs.recovery_kit import RecoveryKitDialog
from moveinsync_desktop.views.dialogs.restore_backup import RestoreDialog
from moveinsync_desktop.views.main_window import MainWindow
from moveinsync_desktop.views.settings_page import SettingsScreen
from moveinsync_desktop.views.widgets.buttons import Button
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
    assert is_kit_confirmed(profile)
    open_session(home, email=ADMIN, password=PASSWORD).close()


def test_backup_comes_back_with_the_kit(
    qtbot: Any, ways: WaysIn, home: Path, workspace: Profile, tmp_path: Path
) -> None:
    arrivals: list[Arrival] = []
    ways.arrived.connect(arrivals.append)
    source = tmp_path / "one.misbackup"
    back_up(workspace, source)
    kit = recovery_kit(workspace)
    forget_memory()

    def choose(dialog: RestoreDialog) -> None:
        assert dialog.restore_button.toolTip() == "Choose a backup first"
        dialog.set_source(source)
        assert dialog.restore_button.toolTip() == "Paste the recovery kit first"
        dialog._kit.setPlainText(kit)
        assert dialog.restore_button.isEnabled()
        dialog.accept()

    raised = at_dialogs(choose)
    ways.bring_back()
    qtbot.waitUntil(lambda: bool(arrivals), timeout=60_000)
    assert raised == []
    assert "every table and sum agrees" in arrivals[0].note
    open_session(home, email=ADMIN, password=PASSWORD).close()
    forget_memory()  # of the same workspace in two folders this process remembers the last one's secrets


def test_restore_needs_a_whole_file_and_a_way_in(qtbot: Any, tmp_path: Path, workspace: Profile) -> None:
    dialog = RestoreDialog(None, tmp_path)
    qtbot.addWidget(dialog)
    dialog.show()
    (tmp_path / "no.misbackup").write_bytes(b"nothing")
    dialog.set_source(tmp_path / "no.misbackup")
    assert dialog.notice.isVisible()
    assert not dialog.restore_button.isEnabled()
    back_up(workspace, tmp_path / "one.misbackup", plain=True)
    forget_memory()
    dialog.set_source(tmp_path / "one.misbackup")
    dialog.way.set_value("admin")
    dialog._refresh()
    email, password, again = (made.field for made in dialog.form.rows)
    qtbot.keyClicks(email, ADMIN)
    qtbot.keyClicks(password, PASSWORD)
    assert dialog.restore_button.toolTip() == "The two passwords differ"
    qtbot.keyClicks(again, PASSWORD)
    assert dialog.restore_button.isEnabled()
    assert dialog.secrets == {"admin_email": ADMIN, "admin_password": PASSWORD, "replace": False}


def test_restore_says_what_it_replaces(qtbot: Any, tmp_path: Path, workspace: Profile) -> None:
    back_up(workspace, tmp_path / "one.misbackup")
    dialog = RestoreDialog(None, workspace.home, tmp_path / "one.misbackup")
    qtbot.addWidget(dialog)
    dialog.show()
    assert "put aside, not deleted" in dialog.notice.accessibleName()
    assert dialog.restore_button.isEnabled(), "the key is on this computer"
    assert dialog.secrets == {"replace": True}
    other = Profile(new_id(), "Other Ltd", "embedded", "moveinsync", home=tmp_path)
    save_profile(tmp_path, other)
    dialog = RestoreDialog(None, tmp_path, tmp_path / "one.misbackup")
    qtbot.addWidget(dialog)
    dialog.show()
    assert "Other Ltd" in dialog.notice.accessibleName()
    assert dialog.restore_button.toolTip() == "Another workspace is in the way"


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
    is_same = same_disk(tmp_path, workspace.home)
    words = "Backups lie on the same disk as the data" if is_same else "The recovery kit is not put away"
    assert context.messages.last_alarm == words
    assert card.notice.isVisible()
    (workspace.home / "backup-plan.json").unlink()
    assert EmbeddedServer(workspace.home).is_alive()


def test_what_is_wrong_with_backups_stands_in_red_until_it_is_mended(
    qtbot: Any, ways: WaysIn, context: AppContext, super_admin: Session
) -> None:
    window = ways.parent()
    assert isinstance(window, MainWindow)
    context.session = super_admin
    window.enter()
    ways.care()
    qtbot.waitUntil(lambda: bool(context.messages.last_alarm), timeout=60_000)
    alarm = window.status_bar.alarm
    assert alarm.text() == "No backups are made"
    assert alarm.isVisible()
    assert alarm.palette().buttonText().color() == theme.active().color("overdue")
    assert context.database_version.startswith("18.")
    assert f"Private database {context.database_version}" in window.status_bar._place.text()
    alarm.click()
    assert window.current is not None
    assert window.current.id == "settings"
    context.messages.alarm("")
    assert not alarm.isVisible()


def test_a_backup_is_brought_back_from_the_settings(
    qtbot: Any, ways: WaysIn, context: AppContext, super_admin: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[bool] = []
    window = ways.parent()
    assert isinstance(window, MainWindow)
    window.sign_out_wanted.connect(lambda: left.append(True))
    context.session = super_admin
    screen = SettingsScreen(context)
    qtbot.addWidget(screen)
    screen.show()
    card = screen.findChild(BackupCard)
    assert card is not None

    def close(dialog: RestoreDialog) -> None:
        assert left == [True], "signed out first"
        dialog.reject()

    raised = at_dialogs(close)
    next(one for one in card.findChildren(Button) if "Bring one back" in one.accessibleName()).click()
    assert raised == []
    assert left == [True]
