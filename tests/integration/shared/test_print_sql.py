"""What `db init --print-sql` shows is what would be run: psql makes the same database from it."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from billing.schemas.workspace import Administrator
from billing.server.binaries import program
from billing.services.founding import create_shared_workspace
from billing.store.administration import administrator
from billing.store.doctor import examine
from billing.store.install import install
from billing.store.migrate import newest, status
from moveinsync_desktop.cli import main
from tests.support.catalogue import schema_statements
from tests.support.people import ADMIN, PASSWORD
from tests.support.pg import throwaway_cluster


def psql(admin: Administrator, script: Path) -> subprocess.CompletedProcess[str]:
    """Run a script as docs/server.md says."""
    place = {"PGHOST": admin.host, "PGPORT": str(admin.port), "PGUSER": admin.user, "PGPASSWORD": admin.password}
    words = [str(program("psql")), "-X", "-q", "-v", "ON_ERROR_STOP=1", "-f", str(script), "postgres"]
    return subprocess.run(words, env={**os.environ, **place}, capture_output=True, text=True, check=False)


def test_psql_makes_the_same_database(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["db", "init", "--print-sql", "--database", "by hand"]) == 0
    script = tmp_path / "statements.sql"
    script.write_text(capsys.readouterr().out, encoding="utf-8")
    assert not home.exists(), "nothing is done"
    with throwaway_cluster() as cluster:
        admin = Administrator(cluster.address.host, cluster.address.port, cluster.user, cluster.password)
        done = psql(admin, script)
        assert done.returncode == 0, done.stderr
        assert "ERROR" not in done.stderr
        assert status(admin, "by hand") == (newest(), newest())
        assert install(admin, "by hand") == [], "nothing is missing"
        install(admin, "by program")
        assert schema_statements(admin, "by hand") == schema_statements(admin, "by program")
        create_shared_workspace(home, admin, "by hand", ADMIN, PASSWORD, name="By hand")
        assert {one.code for one in examine(admin, "by hand")} <= {"UNSAFE_DISK"}


def test_the_documented_removal_leaves_nothing(home: Path, tmp_path: Path) -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "server.md").read_text(encoding="utf-8")
    script = tmp_path / "removal.sql"
    block = page.split("<!-- example: removal -->")[1].split("```sql\n")[1].split("```")[0]
    script.write_text(block, encoding="utf-8")
    with throwaway_cluster() as cluster:
        admin = Administrator(cluster.address.host, cluster.address.port, cluster.user, cluster.password)
        create_shared_workspace(home, admin, "moveinsync_db", ADMIN, PASSWORD, name="Gone")
        done = psql(admin, script)
        assert done.returncode == 0, done.stderr
        with administrator(admin) as link, link.cursor() as cursor:
            cursor.execute(
                "SELECT rolname FROM pg_roles WHERE rolname ~ '^(mis|moveinsync)_' AND rolname <> 'mis_boot'"
            )
            assert cursor.fetchall() == []
            cursor.execute("SELECT datname FROM pg_database WHERE datname ~ 'moveinsync'")
            assert cursor.fetchall() == []
