"""The dump that docs/server.md tells administrators to make is whole; the doctor notices what would make it empty."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from billing.errors import NotSignedInError, RefusedError
from billing.schemas.ids import new_id
from billing.schemas.parties import Client
from billing.schemas.workspace import Administrator
from billing.server.binaries import program
from billing.services.founding import create_shared_workspace
from billing.services.move import to_embedded
from billing.services.users import add_user
from billing.services.workspace import open_session, release_server
from billing.store import dump
from billing.store.administration import administrator
from billing.store.doctor import LINTS, examine
from billing.store.doctor_more import expected_triggers
from billing.store.install import prepare
from billing.store.migrate import shipped
from billing.store.profiles import Profile
from billing.store.remedies import REMEDIES
from tests.support.folders import short_folder
from tests.support.people import ADMIN, PASSWORD
from tests.support.pg import throwaway_cluster

DATABASE = "moveinsync_db"
_PAGE = Path(__file__).resolve().parents[3] / "docs" / "server.md"


@dataclass(frozen=True, slots=True)
class Server:
    """A server whose administrator is no superuser, as clouds give one, and its superuser."""

    admin: Administrator
    root: Administrator
    profile: Profile

    def psql(self, sql: str, *, database: str = DATABASE) -> None:
        with administrator(self.root, database, autocommit=True) as link, link.cursor() as cursor:
            cursor.execute(sql)


@pytest.fixture(scope="module")
def cloud() -> Iterator[Server]:
    with throwaway_cluster() as cluster, short_folder() as folder:
        link = cluster.connect()
        link.autocommit = True
        with link.cursor() as cursor:
            cursor.execute("CREATE ROLE cloud LOGIN CREATEROLE CREATEDB PASSWORD 'x'")
            cursor.execute("GRANT CONNECT ON DATABASE postgres TO cloud")  # as docs/server.md says
        link.close()
        place = cluster.address.host, cluster.address.port
        admin, root = Administrator(*place, "cloud", "x"), Administrator(*place, cluster.user, cluster.password)
        profile = create_shared_workspace(folder / "home", admin, DATABASE, ADMIN, PASSWORD, name="Cloud")
        with open_session(profile.home, email=ADMIN, password=PASSWORD) as session, session.unit_of_work() as uow:
            uow.clients.add([Client(id=new_id(), code=f"C{n}", name=f"Client {n}") for n in range(3)])
            uow.commit()
        yield Server(admin, root, profile)
        release_server(profile.home)


def documented(mark: str, language: str = "") -> str:
    block = _PAGE.read_text(encoding="utf-8").split(f"<!-- example: {mark} -->")[1]
    return block.split(f"```{language}\n")[1].split("```")[0]


def run_dump(server: Server, words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    place = {"PGHOST": server.admin.host, "PGPORT": str(server.admin.port)}
    login = {"PGUSER": server.admin.user, "PGPASSWORD": server.admin.password}
    return subprocess.run(
        [str(program(words[0])), *words[1:]], env={**os.environ, **place, **login}, cwd=folder, capture_output=True,
        text=True, check=False,
    )  # fmt: skip


def counts(server: Server, database: str) -> dump.Contents:
    with dump.snapshot(server.root, database) as (_, cursor):
        return dump.contents(cursor)


def test_the_documented_dump_is_whole_without_a_superuser(cloud: Server, tmp_path: Path) -> None:
    done = run_dump(cloud, shlex.split(documented("dump")), tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    prepare(cloud.root, "again")
    dump.load(cloud.root, "again", tmp_path / "moveinsync.dump")
    assert counts(cloud, "again") == counts(cloud, DATABASE)
    assert counts(cloud, "again").rows["app.clients"] == 3


def test_a_dump_without_the_role_is_empty_and_found_out(cloud: Server, tmp_path: Path) -> None:
    """SECURITY.md (b) 12: pg_dump exits with 0 and holds nothing."""
    words = [word.replace("mis_backup", "mis_owner") for word in shlex.split(documented("dump"))]
    assert run_dump(cloud, words, tmp_path).returncode == 0
    prepare(cloud.root, "empty")
    dump.load(cloud.root, "empty", tmp_path / "moveinsync.dump")
    assert counts(cloud, "empty").rows["app.clients"] == 0
    with pytest.raises(RefusedError) as refused:
        dump.refuse_difference(counts(cloud, DATABASE), counts(cloud, "empty"))
    assert refused.value.code == "BACKUP_DIFFERS"


@pytest.mark.parametrize(
    ("code", "harm", "repair"),
    [
        (
            "TRIGGER_MISSING",
            "DROP TRIGGER workspace_rev ON app.workspace",
            "CREATE TRIGGER workspace_rev BEFORE UPDATE ON app.workspace"
            " FOR EACH ROW EXECUTE FUNCTION private.count_revision()",
        ),
        (
            "BACKUP_BLIND",
            "REVOKE SELECT ON app.trips FROM mis_backup",
            "GRANT SELECT ON app.trips TO mis_backup",
        ),
        (
            "BACKUP_BLIND",
            "ALTER POLICY backup ON app.trips USING (false)",
            "ALTER POLICY backup ON app.trips USING (true)",
        ),
        (
            "SCHEMA_UNKNOWN",
            "INSERT INTO app.schema_versions (version, name, sha256) VALUES (9999, 'later.sql', '')",
            "DELETE FROM app.schema_versions WHERE version = 9999",
        ),
        (
            "RLS_OFF",
            "ALTER TABLE app.trips NO FORCE ROW LEVEL SECURITY",
            "ALTER TABLE app.trips FORCE ROW LEVEL SECURITY",
        ),
        (
            "DEFINER_PATH",
            "ALTER FUNCTION auth.sign_out() RESET search_path",
            "ALTER FUNCTION auth.sign_out() SET search_path = pg_catalog, pg_temp",
        ),
    ],
)
def test_the_doctor_finds_it_and_says_what_to_do(cloud: Server, code: str, harm: str, repair: str) -> None:
    healthy = {"OPEN_DATABASE", "UNSAFE_DISK"}  # other databases are not this administrator's; tests do not sync
    assert {one.code for one in examine(cloud.admin, DATABASE)} <= healthy
    cloud.psql(harm)
    try:
        found = [one for one in examine(cloud.admin, DATABASE) if one.code not in healthy]
    finally:
        cloud.psql(repair)
    assert code in {one.code for one in found}
    assert all(one.remedy and one.offender for one in found)
    assert {one.code for one in examine(cloud.admin, DATABASE)} <= healthy


def test_every_rule_has_a_remedy_and_every_trigger_is_read() -> None:
    assert {lint.code for lint in LINTS} <= set(REMEDIES)
    versions = {one.version for one in shipped()}
    assert len(expected_triggers(versions)) > 40
    assert ("events_append_only", "audit.events") in expected_triggers(versions)


def test_moved_away_without_a_superuser_a_named_super_admin_gets_in(cloud: Server) -> None:
    """The last test of this server: nobody may enter it afterwards."""
    with open_session(cloud.profile.home, email=ADMIN, password=PASSWORD) as session:
        add_user(session, email="two@example.com", password=PASSWORD, role="SUPER_ADMIN")
    with pytest.raises(NotSignedInError) as refused:
        to_embedded(cloud.profile, cloud.admin)
    assert refused.value.code == "NO_LOGINS"
    new_password = "another four words here"
    made = to_embedded(cloud.profile, cloud.admin, admin_email=ADMIN, admin_password=new_password)
    assert made.without_login == ["two@example.com"]
    with open_session(cloud.profile.home, email=ADMIN, password=new_password) as session, session.unit_of_work() as uow:
        assert len(uow.clients.find()) == 3
