"""Fixtures for all tests. Nothing heavy is started before a test asks for it."""

from __future__ import annotations

import os
import tempfile

# Before anything else is imported: tests never see the user's home, keyring or display.
_HOME = tempfile.TemporaryDirectory(prefix="mis-home-")
os.chmod(_HOME.name, 0o711)  # as root, the server's system user passes through it
for _name in ("HOME", "XDG_RUNTIME_DIR", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
    os.environ[_name] = _HOME.name
os.environ["MOVEINSYNC_HOME"] = os.path.join(_HOME.name, "moveinsync")
os.environ["QT_QPA_PLATFORM"] = "offscreen"
for _name in ("MOVEINSYNC_USER", "MOVEINSYNC_PASSWORD", "DISPLAY", "WAYLAND_DISPLAY", "DBUS_SESSION_BUS_ADDRESS"):
    os.environ.pop(_name, None)
for _name in [name for name in os.environ if name.startswith(("PG", "DB_"))]:
    os.environ.pop(_name)

from collections.abc import Iterator  # noqa: E402

import pytest  # noqa: E402

from tests.support.pg import Cluster, throwaway_cluster  # noqa: E402


@pytest.fixture(scope="session")
def empty_cluster() -> Iterator[Cluster]:
    """One embedded server without a workspace, for tests of installation and migration."""
    with throwaway_cluster() as cluster:
        yield cluster
