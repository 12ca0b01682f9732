from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from billing.errors import BadInputError, KnownError, UnavailableError
from billing.schemas.workspace import Administrator, is_loopback
from billing.store import logging as log
from billing.store.profiles import (
    Profile,
    data_home,
    find_profile,
    load_profiles,
    remember_last,
    remove_profile,
    save_profile,
)

ONE = Profile(UUID(int=1), "Acme", "embedded", "moveinsync", demo=True, users=(("a@b.in", "VIEWER"),))
TWO = Profile(UUID(int=2), "Zenith", "shared", "moveinsync_db", host="db.example.com", ca_file="/ca.pem")


def test_profiles_come_back_as_they_were_saved(tmp_path: Path) -> None:
    for profile in (TWO, ONE):
        save_profile(tmp_path, profile)
    assert load_profiles(tmp_path) == [replace(one, home=tmp_path) for one in (ONE, TWO)]
    assert find_profile(tmp_path, "Zenith").host == "db.example.com"
    assert find_profile(tmp_path, str(UUID(int=1))).name == "Acme"
    remove_profile(find_profile(tmp_path, "Acme"))
    assert find_profile(tmp_path).name == "Zenith"


def test_which_one_is_meant_when_none_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match="no workspace"):
        find_profile(tmp_path)
    for profile in (ONE, TWO):
        save_profile(tmp_path, profile)
    with pytest.raises(BadInputError, match="several workspaces: Acme, Zenith"):
        find_profile(tmp_path)
    remember_last(find_profile(tmp_path, "Zenith"))
    assert find_profile(tmp_path).name == "Zenith"
    with pytest.raises(BadInputError, match="No workspace is called Nowhere"):
        find_profile(tmp_path, "Nowhere")


def test_broken_profile_is_named(tmp_path: Path) -> None:
    (tmp_path / "profiles").mkdir()
    (tmp_path / "profiles" / "x.json").write_text("{", encoding="utf-8")
    with pytest.raises(KnownError, match=r"x\.json"):
        load_profiles(tmp_path)


def test_data_folder_follows_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MOVEINSYNC_HOME", str(tmp_path / "x"))
    assert data_home() == tmp_path / "x"
    monkeypatch.delenv("MOVEINSYNC_HOME")
    assert data_home().name == "moveinsync-desktop"


@pytest.mark.parametrize(
    ("host", "here"),
    [("localhost", True), ("127.0.0.1", True), ("::1", True), ("/run/pg", True), ("", True), ("db.acme.in", False)],
)
def test_loopback(host: str, here: bool) -> None:
    assert is_loopback(host) is here


def test_administrators_password_is_not_shown() -> None:
    assert "hush" not in repr(Administrator("h", 1, "u", "hush"))


@pytest.fixture
def log_home(tmp_path: Path) -> Iterator[Path]:
    log.open_log(tmp_path)
    yield tmp_path
    log.close_log()


def test_log_lines_hold_operation_time_rows_and_state_only(log_home: Path) -> None:
    with log.timed("trips.import") as operation:
        operation.rows = 2597
    with pytest.raises(ZeroDivisionError), log.timed("bill"):
        raise ZeroDivisionError("secret value 4711")
    lines = (log.log_folder(log_home) / "operations.log").read_text(encoding="utf-8").splitlines()
    shape = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z \d+ (\S+) ms=\d+\.\d rows=(\S+) sqlstate=(\S+)"
    found = [re.fullmatch(shape, line) for line in lines]
    assert [one.groups() if one else None for one in found] == [
        ("trips.import", "2597", "-"),
        ("bill", "-", "ZeroDivisionError"),
    ]


def test_log_turns_over(log_home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("billing.store.logging._BYTES", 500)
    log.close_log()
    log.open_log(log_home)
    for _ in range(30):
        log.write_line("x", 0.001)
    names = sorted(path.name for path in log.log_folder(log_home).iterdir())
    assert names[:2] == ["operations.log", "operations.log.1"]
