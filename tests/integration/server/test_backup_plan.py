"""Backups that make themselves."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from billing.errors import BadInputError, UnavailableError
from billing.services import backup_plan
from billing.services.backup_file import read_manifest
from billing.services.backup_plan import Plan, backups_of, health, read_plan, run_plan, save_plan
from billing.services.recovery import confirm_kit
from billing.store.profiles import Profile
from moveinsync_desktop.cli import main

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


@pytest.fixture
def folder(profile: Profile) -> Path:
    made = profile.home.parent / "backups"
    made.mkdir()
    return made


def test_one_a_day_and_the_oldest_go(profile: Profile, folder: Path) -> None:
    assert run_plan(profile, NOW) is None
    save_plan(profile, Plan(folder, keep=2))
    assert read_plan(profile) == Plan(folder, keep=2)
    (folder / "something-else.txt").write_text("stays", encoding="utf-8")
    first = run_plan(profile, NOW)
    assert first is not None
    assert first.name.endswith("-20261120-0930.misbackup")
    assert read_manifest(first).workspace_id == profile.workspace_id
    assert run_plan(profile, NOW + timedelta(hours=3)) is None
    for day in (1, 2):
        assert run_plan(profile, NOW + timedelta(days=day)) is not None
    assert [made.day for made, _ in backups_of(profile, folder)] == [22, 21]
    assert (folder / "something-else.txt").exists()


def test_a_scheduled_task_makes_the_days_backup(
    profile: Profile, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["db", "backup", "--json"]) == 2
    capsys.readouterr()
    assert main(["db", "backup", "--folder", str(folder), "--keep", "3", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert Path(made["file"]).parent == folder
    assert made["state"] in ("NO_KIT", "SAME_DISK")
    assert read_plan(profile) == Plan(folder, 3)
    assert main(["db", "backup", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["file"] is None, "it is not due again"


def test_health_in_words(profile: Profile, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert health(profile, NOW).state == "NONE"
    save_plan(profile, Plan(folder))
    assert (health(profile, NOW).state, health(profile, NOW).words) == ("LATE", "No backup yet")
    run_plan(profile, NOW)
    assert health(profile, NOW).state == "SAME_DISK"
    monkeypatch.setattr(backup_plan, "same_disk", lambda one, other: False)
    assert health(profile, NOW).state == "NO_KIT", "an encrypted backup without its kit helps nobody"
    confirm_kit(profile)
    assert (health(profile, NOW).state, health(profile, NOW).last) == ("GOOD", NOW)
    late = health(profile, NOW + timedelta(days=5))
    assert (late.state, late.words) == ("LATE", "No backup for 5 days")


def test_folders_that_make_no_sense_are_refused(profile: Profile, folder: Path) -> None:
    for place in (folder / "missing", profile.home / "logs"):
        place.parent.mkdir(exist_ok=True)
        with pytest.raises(BadInputError) as refused:
            save_plan(profile, Plan(place))
        assert refused.value.where == "folder"
    with pytest.raises(BadInputError):
        save_plan(profile, Plan(folder, keep=0))
    (profile.home / "backup-plan.json").write_text("{", encoding="utf-8")
    assert read_plan(profile) is None


def test_lost_backup_folder_is_late_and_not_an_error(profile: Profile, folder: Path) -> None:
    save_plan(profile, Plan(folder))
    folder.rmdir()
    assert health(profile, NOW).state == "LATE"
    with pytest.raises(UnavailableError, match="No such file"):
        run_plan(profile, NOW)
