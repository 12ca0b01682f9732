"""A migration is killed at any of its statements: the old schema is whole, and the next start goes on ((e) 12)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import psycopg2
import pytest

from billing.schemas.workspace import Administrator
from billing.store.migrate import migrate, shipped, status
from tests.integration.faults.conftest import NIGHTLY
from tests.support.pg import Cluster
from tests.support.processes import ROOT

_MIGRATE = """
import json, sys
from billing.schemas.workspace import Administrator
from billing.store import migrate
from tests.support.faults import fault
words = json.loads(sys.argv[1])
at = words.pop("at")
files = migrate.shipped()
with fault(0, "kill-after" if at < 0 else "kill") as made:
    made.arm(abs(at), made.kind)
    migrate.migrate(Administrator(**words["admin"]), words["database"])
"""
BEFORE = 51


@pytest.fixture
def old(empty_cluster: Cluster) -> tuple[Administrator, str]:
    """A database of the schema that was released first."""
    from billing.store.install import install

    admin = Administrator(
        empty_cluster.address.host, empty_cluster.address.port, empty_cluster.user, empty_cluster.password
    )
    name = f"killed_{os.urandom(4).hex()}"
    with pytest.MonkeyPatch.context() as patch:
        kept = [one for one in shipped() if one.version <= BEFORE]
        patch.setattr("billing.store.migrate.shipped", lambda: kept)
        install(admin, name)
    return admin, name


def _child(admin: Administrator, database: str, at: int) -> int:
    import json

    words = {"admin": {"host": admin.host, "port": admin.port, "user": admin.user, "password": admin.password}}
    text = json.dumps({**words, "database": database, "at": at})
    return subprocess.run([sys.executable, "-c", _MIGRATE, text], cwd=ROOT, check=False).returncode


@pytest.mark.parametrize("at", [1, 3, 5, 6, -6, -7] if NIGHTLY else [5, -6])
def test_killed_at_a_statement(old: tuple[Administrator, str], at: int) -> None:
    """Calls: the lock, the ledger, what is applied (two), then one a file. Negative: killed once it was carried out."""
    admin, name = old
    versions = [one.version for one in shipped()]
    new = [version for version in versions if version > BEFORE]
    assert _child(admin, name, at) == -signal.SIGKILL
    has = status(admin, name)[0]
    assert has == BEFORE or has in new
    assert _schemas_are_whole(admin, name, has)
    assert migrate(admin, name) == [version for version in new if version > has]
    assert status(admin, name) == (versions[-1], versions[-1])
    assert migrate(admin, name) == []


def _schemas_are_whole(admin: Administrator, name: str, has: int) -> bool:
    """What is recorded is there, and nothing of a file that is not."""
    connection = psycopg2.connect(
        host=admin.host, port=admin.port, user=admin.user, password=admin.password, dbname=name
    )
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(version), to_regclass('auth.intents') IS NOT NULL FROM app.schema_versions")
        found = cursor.fetchone()
    connection.close()
    return found == (has, has >= 70)


def test_two_workstations_migrate_at_once(old: tuple[Administrator, str], tmp_path: Path) -> None:
    admin, name = old
    import json

    words = {"admin": {"host": admin.host, "port": admin.port, "user": admin.user, "password": admin.password}}
    text = json.dumps({**words, "database": name, "at": 10_000})
    both = [subprocess.Popen([sys.executable, "-c", _MIGRATE, text], cwd=ROOT) for _ in range(2)]
    assert [one.wait(timeout=90) for one in both] == [0, 0]
    assert migrate(admin, name) == []
