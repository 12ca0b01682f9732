"""One shared server for the tests of this folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from billing.store.secrets import forget_memory
from tests.support.folders import short_folder
from tests.support.shared import Shared, tls_server


@pytest.fixture(scope="package")
def server() -> Iterator[Shared]:
    """PostgreSQL 18, far away and with TLS; skips where there is none."""
    with tls_server() as found:
        yield found


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A workstation: a data folder of its own, no .env of the developer's."""
    with short_folder() as folder:
        monkeypatch.setenv("MOVEINSYNC_HOME", str(folder / "home"))
        monkeypatch.chdir(folder)
        forget_memory()
        yield folder / "home"
        forget_memory()
