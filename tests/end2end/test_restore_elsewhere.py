"""A computer is lost: on a new one, with an empty HOME and keyring, the backup and the kit bring a SUPER_ADMIN back in.

Other processes only, as at the command line: nothing of this process's memory or keyring can help.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.support.folders import short_folder
from tests.support.processes import ROOT

ADMIN, PASSWORD, NEW_PASSWORD = "boss@example.com", "four words make sense", "another four words here"


class Computer:
    """A HOME of its own with nothing in it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(mode=0o711)
        self.folder = folder

    def run(self, *words: str, password: str = PASSWORD, user: str = "") -> tuple[int, Any, str]:
        """`moveinsync ... --json` there: exit status, what it printed, what it said."""
        names = ("HOME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME")
        environment = {**os.environ, **{name: str(self.folder) for name in names}}
        environment |= {"MOVEINSYNC_HOME": str(self.folder / "data"), "MOVEINSYNC_PASSWORD": password}
        environment |= {"MOVEINSYNC_USER": user} if user else {}
        done = subprocess.run(
            [sys.executable, "-c", "import sys; from moveinsync_desktop.cli import main; sys.exit(main())", *words,
             "--json"],
            env=environment, cwd=ROOT, capture_output=True, text=True, check=False,
        )  # fmt: skip
        return done.returncode, json.loads(done.stdout or "null"), done.stderr


def test_backup_and_kit_bring_everything_back_on_a_new_computer() -> None:
    with short_folder() as place:
        old, new = Computer(place / "old"), Computer(place / "new")
        backup, kit = place / "acme.misbackup", place / "kit.txt"
        assert old.run("db", "init", "--admin", ADMIN, "--name", "Acme")[0] == 0
        assert old.run("client", "add", "--code", "CL1", "--name", "Client One", user=ADMIN)[0] == 0
        assert old.run("db", "backup", str(backup))[0] == 0
        assert old.run("db", "kit", "--out", str(kit))[0] == 0
        shutil.rmtree(old.folder)

        code, _, words = new.run("db", "restore", str(backup), "--admin", ADMIN, password=NEW_PASSWORD)
        assert code == 3, "an encrypted backup alone opens nothing"
        assert "recovery kit" in words
        assert new.run("db", "restore", str(backup), "--kit", str(kit))[0] == 0
        code, clients, _ = new.run("client", "list", user=ADMIN)
        assert code == 0
        assert "CL1" in json.dumps(clients)
        # and when the password is lost, too
        assert new.run("db", "recover", "--kit", str(kit), "--admin", ADMIN, password=NEW_PASSWORD)[0] == 0
        assert new.run("client", "list", user=ADMIN)[0] == 3, "the old password"
        assert new.run("client", "list", user=ADMIN, password=NEW_PASSWORD)[0] == 0


def test_the_owner_of_the_folder_takes_it_into_possession_again() -> None:
    with short_folder() as place:
        computer = Computer(place / "one")
        kit = place / "kit.txt"
        assert computer.run("db", "init", "--admin", ADMIN, "--name", "Acme")[0] == 0
        assert computer.run("db", "kit", "--out", str(kit))[0] == 0
        (computer.folder / "data" / "secrets.json").unlink()
        shutil.rmtree(computer.folder / "data" / "profiles")
        assert computer.run("user", "list", user=ADMIN)[0] != 0
        assert computer.run("db", "recover", "--kit", str(kit))[0] == 0
        code, users, _ = computer.run("user", "list", user=ADMIN)
        assert code == 0
        assert ADMIN in json.dumps(users)
