"""Two workspaces on one server share the group roles and nothing else (SECURITY.md R1)."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID

import psycopg2
import pytest

from billing.errors import NotSignedInError, RefusedError
from billing.schemas.ids import new_id
from billing.schemas.workspace import Administrator
from billing.store.install import found_workspace, install
from billing.store.keys import role_name, scram_verifier
from billing.store.profiles import Profile
from billing.store.session import sign_in
from tests.support.pg import Cluster

EMAIL = "boss@example.com"
SECRETS = {"first": "a" * 44, "second": "b" * 44}


@pytest.fixture(scope="module")
def workspaces(empty_cluster: Cluster) -> Iterator[dict[str, Profile]]:
    """Two databases, the same person's e-mail in both."""
    cluster = empty_cluster
    admin = Administrator(cluster.address.host, cluster.address.port, cluster.user, cluster.password)
    made = {}
    for name, secret in SECRETS.items():
        workspace: UUID = new_id()
        install(admin, name)
        found_workspace(
            admin, name, workspace, name, demo=False, email=EMAIL,
            pg_role=role_name(workspace, EMAIL), verifier=scram_verifier(secret),
        )  # fmt: skip
        made[name] = Profile(workspace, name, "embedded", name, cluster.address.host, cluster.address.port)
    yield made
    connection = cluster.connect()
    connection.autocommit = True
    with connection.cursor() as cursor:
        for name in made:
            cursor.execute(f"DROP DATABASE {name} WITH (FORCE)")
        for profile in made.values():
            cursor.execute(f"DROP ROLE {role_name(profile.workspace_id, EMAIL)}")
    connection.close()


def test_a_login_of_one_workspace_is_nobody_in_the_other(workspaces: dict[str, Profile]) -> None:
    first, second = workspaces["first"], workspaces["second"]
    connection = psycopg2.connect(
        host=first.host,
        port=first.port,
        dbname=second.database,
        user=role_name(first.workspace_id, EMAIL),
        password=SECRETS["first"],
    )
    connection.autocommit = True
    with connection.cursor() as cursor:
        with pytest.raises(psycopg2.Error) as refused:
            cursor.execute("SELECT auth.sign_in()")
        assert refused.value.pgcode == "28000"
        with sign_in(first, EMAIL, SECRETS["first"]) as session:
            cursor.execute("SELECT set_config('mis.jwt', %s, false)", (session.token,))
            for table in ("app.workspace", "app.clients", "auth.users", "app.gst_rates"):
                cursor.execute(f"SELECT count(*) FROM {table}")
                assert cursor.fetchone() == (0,), table
    connection.close()


def test_each_signs_in_to_its_own(workspaces: dict[str, Profile]) -> None:
    for name, profile in workspaces.items():
        with sign_in(profile, EMAIL, SECRETS[name]) as session, session.unit_of_work() as uow:
            rows = uow.connection.exec_driver_sql("SELECT name FROM app.workspace").all()
            assert rows == [(name,)]
    with pytest.raises(NotSignedInError):
        sign_in(workspaces["first"], EMAIL, SECRETS["second"])


def test_the_last_super_admin_stays(workspaces: dict[str, Profile]) -> None:
    """Here, because the run's own workspace may have several."""
    from billing.services.users import set_active, set_role

    with sign_in(workspaces["first"], EMAIL, SECRETS["first"]) as session:
        with pytest.raises(RefusedError) as disabled:
            set_active(session, email=EMAIL, active=False)
        with pytest.raises(RefusedError) as demoted:
            set_role(session, email=EMAIL, role="VIEWER", client_id=new_id(), vendor_id=None)
    assert {disabled.value.code, demoted.value.code} == {"LAST_SUPER_ADMIN"}
