"""What uninstalling leaves behind is listed, all of it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from billing.server.system_user import server_user
from billing.services.backup_plan import Plan, run_plan, save_plan
from billing.services.leftovers import list_leftovers
from billing.store.profiles import Profile
from moveinsync_desktop.cli import main


def test_a_fresh_computer_has_nothing_of_a_workspace(tmp_path: Path) -> None:
    found = {one.what for one in list_leftovers(tmp_path / "never")}
    assert found <= {"copies of PostgreSQL's programs", "a system user for the database"}


def test_everything_is_named_with_place_and_way(profile: Profile, capsys: pytest.CaptureFixture[str]) -> None:
    folder = profile.home.parent / "backups"
    folder.mkdir()
    save_plan(profile, Plan(folder))
    run_plan(profile)
    (profile.home / "pg-before-restore-20261120-170000").mkdir()
    assert main(["db", "leftovers", "--json"]) == 0
    found = {one["what"]: one for one in json.loads(capsys.readouterr().out)["leftovers"]}
    assert found["the data folder"]["where"] == str(profile.home)
    assert found["the data folder"]["size"] > 1_000_000
    assert found["backups of Acme"]["where"] == str(folder)
    assert found["a database that was put aside"]["where"].endswith("pg-before-restore-20261120-170000")
    assert found["copies of PostgreSQL's programs"]["size"] > 1_000_000
    assert ("a system user for the database" in found) == server_user().other
    assert all(one["remove"] for one in found.values())
    assert main(["db", "leftovers"]) == 0
    assert "to remove:" in capsys.readouterr().out
