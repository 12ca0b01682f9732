"""Fixtures for all tests. Nothing heavy is started before a test asks for it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from tests.support.reaper import REAPER

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
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
REAPER.watch(Path(_HOME.name))

from moveinsync_desktop.compat import ensure_qt  # noqa: E402

ensure_qt()

import functools  # noqa: E402
import gc  # noqa: E402
from collections.abc import Iterator  # noqa: E402
from typing import TYPE_CHECKING  # noqa: E402

import pytest  # noqa: E402

from billing.store import keys  # noqa: E402

# The same people sign in hundreds of times: their secret is derived by the real bcrypt, but only once each (0.2 s).
keys.derive_secret = functools.cache(keys.derive_secret)

from tests.support.folders import short_folder  # noqa: E402
from tests.support.people import ADMIN, PASSWORD, Pair, People  # noqa: E402
from tests.support.pg import FAST, Cluster, throwaway_cluster  # noqa: E402

if TYPE_CHECKING:
    from billing.store.profiles import Profile
    from billing.store.session import Session


@pytest.fixture(autouse=True)
def _collect_in_this_thread(request: pytest.FixtureRequest) -> Iterator[None]:
    """While a window is open no worker may collect Qt objects (moveinsync_desktop/garbage.py)."""
    if not {"qapp", "qtbot"} & set(request.fixturenames):
        yield
        return
    gc.disable()
    yield
    gc.enable()


@pytest.fixture(scope="session")
def empty_cluster() -> Iterator[Cluster]:
    """One embedded server without a workspace, for tests of installation and migration."""
    with throwaway_cluster() as cluster:
        yield cluster


@pytest.fixture(scope="session")
def workspace() -> Iterator[Profile]:
    """One embedded workspace for the whole run, made by the service of `db init`."""
    from billing.services.workspace import create_workspace, release_server

    with short_folder() as folder:
        yield create_workspace(folder, ADMIN, PASSWORD, name="Tests", server_settings=FAST)
        release_server(folder)


@pytest.fixture(scope="session")
def everybody(workspace: Profile) -> Iterator[People]:
    """The people of the run; tests take `people`."""
    found = People(workspace)
    yield found
    found.close()


@pytest.fixture
def people(everybody: People) -> Iterator[People]:
    """Sign-ins for this test: `people.sign_in(role, pair)`, `people.new_pair()`, `people.super_admin`."""
    yield everybody
    everybody.after_test()


@pytest.fixture
def pair(people: People) -> Pair:
    """A client and a vendor that no other test uses."""
    return people.new_pair()


@pytest.fixture
def super_admin(people: People) -> Session:
    """The session of the first SUPER_ADMIN."""
    return people.super_admin


@pytest.fixture
def client_admin(people: People, pair: Pair) -> Session:
    """A session of a CLIENT_ADMIN of this test's client."""
    return people.sign_in("CLIENT_ADMIN", pair)


@pytest.fixture
def vendor_admin(people: People, pair: Pair) -> Session:
    """A session of a VENDOR_ADMIN of this test's vendor, bound to its client."""
    return people.sign_in("VENDOR_ADMIN", pair)


@pytest.fixture
def viewer(people: People, pair: Pair) -> Session:
    """A session of a VIEWER of this test's client."""
    return people.sign_in("VIEWER", pair)
