"""Remember-me through a real Secret Service: gnome-keyring in a private D-Bus session, where it is installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.folders import short_folder
from tests.support.people import ADMIN, PASSWORD
from tests.support.processes import ROOT

_MISSING = [name for name in ("gnome-keyring-daemon", "dbus-run-session") if shutil.which(name) is None]
pytestmark = pytest.mark.skipif(bool(_MISSING), reason=f"apt-get install gnome-keyring dbus: no {_MISSING}")
# One session: the daemon is unlocked with a password of its own and holds its entries until the shell ends.
_SHELL = """
printf 'keyring password' | gnome-keyring-daemon --unlock --components=secrets >/dev/null 2>&1
for step in make again forget; do "$1" -m tests.support.keyring_story "$2" $step && echo || exit 1; done
"""


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, dict[str, Any]]]:
    """What each step saw."""
    home = tmp_path_factory.mktemp("keyring-home")
    kept = {name: value for name, value in os.environ.items() if name != "PYTHON_KEYRING_BACKEND"}
    folders = {name: str(home) for name in ("HOME", "XDG_RUNTIME_DIR", "XDG_DATA_HOME", "XDG_CONFIG_HOME")}
    home.chmod(0o700)
    with short_folder() as folder:
        words = ["dbus-run-session", "--", "sh", "-c", _SHELL, "sh", sys.executable, str(folder)]
        done = subprocess.run(
            words, cwd=ROOT, env={**kept, **folders}, capture_output=True, text=True, timeout=180, check=False
        )
        assert done.returncode == 0, done.stderr[-2000:]
        yield dict(zip(("make", "again", "forget"), map(json.loads, done.stdout.splitlines()), strict=True))


def test_secrets_go_into_the_keyring_and_into_no_file(story: dict[str, dict[str, Any]]) -> None:
    made = story["make"]
    assert made["backend"] == "keyring.backends.SecretService"
    assert made["kept"] is True
    assert made["file"] is False
    workspace = made["id"]
    assert set(made["items"]) == {f"{workspace}:owner", f"{workspace}:key", f"{workspace}:secret:{ADMIN}"}
    assert made["items"][f"{workspace}:secret:{ADMIN}"] == made["secret"]


def test_neither_a_password_nor_a_token_is_ever_kept(story: dict[str, dict[str, Any]]) -> None:
    for step in story.values():
        values = " ".join(step["items"].values())
        assert PASSWORD not in values
        assert story["make"]["token"] not in values


def test_the_next_start_asks_for_nothing(story: dict[str, dict[str, Any]]) -> None:
    assert story["again"]["role"] == "SUPER_ADMIN"


def test_what_was_forgotten_is_asked_for_again(story: dict[str, dict[str, Any]]) -> None:
    assert story["forget"]["answer"] == "NO_PASSWORD"
    assert not [name for name in story["forget"]["items"] if ":secret:" in name]
