"""Data folders with a workspace, for tests that kill, copy and remove them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from billing.services.workspace import release_server
from billing.store.profiles import Profile, load_profiles
from billing.store.secrets import forget_memory
from tests.support.folders import copy_with_owners, short_folder
from tests.support.people import made_workspace


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data folder of its own, as MOVEINSYNC_HOME says; no .env of the developer's is read."""
    with short_folder() as folder:
        monkeypatch.setenv("MOVEINSYNC_HOME", str(folder / "home"))
        monkeypatch.chdir(folder)
        forget_memory()
        yield folder / "home"
        for one in (folder / "home", folder / "home" / "demo"):
            release_server(one)


@pytest.fixture(scope="package")
def template() -> Iterator[Path]:
    """A data folder with a workspace, to be copied."""
    with short_folder() as folder:
        made_workspace(folder)
        release_server(folder)
        yield folder


@pytest.fixture
def profile(template: Path, home: Path) -> Profile:
    """The only workspace of this test's data folder."""
    home.mkdir()
    copy_with_owners(template, home)
    return load_profiles(home)[0]
