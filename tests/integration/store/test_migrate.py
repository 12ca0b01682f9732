"""Migrations: in order, once, whole or not at all, and never backwards (DESIGN.md section 3)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from billing.errors import ConflictError, KnownError, RefusedError
from billing.schemas.ids import new_id
from billing.schemas.workspace import Administrator
from billing.store import migrate as subject
from billing.store.install import found_workspace, install
from billing.store.keys import role_name, scram_verifier
from tests.support.pg import Cluster

DATABASE = "migrations"


@pytest.fixture
def admin(empty_cluster: Cluster) -> Iterator[Administrator]:
    """An administrator and no database of that name."""
    cluster = empty_cluster
    yield Administrator(cluster.address.host, cluster.address.port, cluster.user, cluster.password)
    connection = cluster.connect()
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        cursor.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE 'mis\\_u\\_%'")
        for (role,) in cursor.fetchall():
            cursor.execute(f"DROP ROLE {role}")
    connection.close()


def _ask(cluster: Cluster, sql: str) -> list[Any]:
    connection = cluster.connect(DATABASE)
    with connection.cursor() as cursor:
        cursor.execute(sql)
        rows: list[Any] = cursor.fetchall()
    connection.close()
    return rows


def test_every_file_once_in_order(admin: Administrator, empty_cluster: Cluster) -> None:
    done = install(admin, DATABASE)
    assert done == [one.version for one in subject.shipped()] == sorted(done)
    assert install(admin, DATABASE) == []
    assert subject.status(admin, DATABASE) == (subject.newest(), subject.newest())
    stored = _ask(empty_cluster, "SELECT version, name, sha256 FROM app.schema_versions ORDER BY 1")
    assert stored == [(one.version, one.name, one.sha256) for one in subject.shipped()]


def test_a_failing_file_leaves_nothing_behind(
    admin: Administrator, empty_cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(admin, DATABASE)
    shipped = subject.shipped()
    broken = subject.Migration(9001, "9001_broken.sql", "CREATE TABLE app.half (a int); SELECT 1/0;")
    monkeypatch.setattr(subject, "shipped", lambda: [*shipped, broken])
    with pytest.raises(KnownError):
        subject.migrate(admin, DATABASE)
    assert _ask(empty_cluster, "SELECT to_regclass('app.half')") == [(None,)]
    whole = subject.Migration(9001, "9001_whole.sql", "CREATE TABLE app.half (a int)")
    monkeypatch.setattr(subject, "shipped", lambda: [*shipped, whole])
    assert subject.migrate(admin, DATABASE) == [9001]


def test_an_older_program_refuses_a_newer_schema(admin: Administrator, monkeypatch: pytest.MonkeyPatch) -> None:
    install(admin, DATABASE)
    older = subject.shipped()[:-1]
    monkeypatch.setattr(subject, "shipped", lambda: older)
    with pytest.raises(RefusedError) as refused:
        subject.migrate(admin, DATABASE)
    assert refused.value.code == "SCHEMA_NEWER"


def test_a_changed_file_is_refused(admin: Administrator, monkeypatch: pytest.MonkeyPatch) -> None:
    install(admin, DATABASE)
    first, *rest = subject.shipped()
    changed = subject.Migration(first.version, first.name, first.sql + " ")
    monkeypatch.setattr(subject, "shipped", lambda: [changed, *rest])
    with pytest.raises(RefusedError) as refused:
        subject.migrate(admin, DATABASE)
    assert refused.value.code == "MIGRATION_CHANGED"


def test_a_workspace_is_founded_once(admin: Administrator, empty_cluster: Cluster) -> None:
    install(admin, DATABASE)
    workspace, email = new_id(), "first@example.com"
    words = {
        "demo": False,
        "email": email,
        "pg_role": role_name(workspace, email),
        "verifier": scram_verifier("k" * 44),
    }
    with pytest.raises(RefusedError):
        found_workspace(admin, DATABASE, workspace, "Acme", **{**words, "pg_role": "mis_u_other"})
    assert _ask(empty_cluster, "SELECT count(*) FROM app.workspace") == [(0,)], "refused as a whole"
    found_workspace(admin, DATABASE, workspace, "Acme", **words)
    with pytest.raises(ConflictError):
        found_workspace(admin, DATABASE, new_id(), "Other", **words)
    assert _ask(empty_cluster, "SELECT email, role, active FROM auth.users") == [(email, "SUPER_ADMIN", True)]
    assert _ask(empty_cluster, "SELECT count(*) FROM private.signing_key WHERE retired_at IS NULL") == [(1,)]


def test_install_completes_what_was_interrupted(admin: Administrator, monkeypatch: pytest.MonkeyPatch) -> None:
    shipped = subject.shipped()
    monkeypatch.setattr(subject, "shipped", lambda: shipped[:3])
    assert len(install(admin, DATABASE)) == 3
    monkeypatch.setattr(subject, "shipped", lambda: shipped)
    assert install(admin, DATABASE) == [one.version for one in shipped[3:]]
