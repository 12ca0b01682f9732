"""What README.md shows is what happens: its script runs on the demo company that its first command makes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.folders import short_folder

ROOT = Path(__file__).resolve().parents[2]
FIRST_CLIENT = "d0000000-0000-0000-0000-000000000001"


@pytest.fixture(scope="module")
def newcomer() -> Iterator[dict[str, str]]:
    """The environment of somebody who has run `moveinsync demo` and nothing else."""
    with short_folder() as folder:
        environment = {**os.environ, "MOVEINSYNC_HOME": str(folder / "home"), "PYTHONPATH": str(ROOT)}
        made = run(environment, "-m", "moveinsync_desktop", "demo")
        assert made.returncode == 0, made.stderr
        assert "CLIENT_ADMIN" in made.stdout
        yield environment


def run(environment: dict[str, str], *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(
        command, env=environment, input=text, capture_output=True, text=True, timeout=300, check=False
    )


def script_of_the_page() -> str:
    found = re.search(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.S)
    assert found is not None
    return found[1]


def test_readme_script_prints_a_total_for_each_contract(newcomer: dict[str, str]) -> None:
    done = run(newcomer, "-", text=script_of_the_page())
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    totals = [line for line in lines if re.search(r" \d+\.\d\d$", line)]
    assert len(totals) >= 3, done.stdout
    assert any("HYBRID" in line for line in lines), done.stdout


def test_billing_as_a_module_prints_the_same_client(newcomer: dict[str, str]) -> None:
    done = run(newcomer, "-m", "billing", FIRST_CLIENT)
    assert done.returncode == 0, done.stderr
    assert "Whitefield" in done.stdout


def test_commands_named_in_the_readme_exist() -> None:
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    from moveinsync_desktop.cli import COMMANDS

    named = set(re.findall(r"(?:moveinsync|start\.py) ([a-z][a-z-]+)", page)) - {"check", "test"}
    assert named <= set(COMMANDS), named - set(COMMANDS)
