"""Set-up by an administrator who is no superuser, as managed PostgreSQL gives one: CREATEROLE and CREATEDB do (R17)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from billing.errors import RefusedError
from billing.schemas.ids import new_id
from billing.schemas.workspace import Administrator
from billing.store.doctor import examine
from billing.store.install import found_workspace, install
from billing.store.keys import role_name, scram_verifier
from billing.store.migrate import newest, status
from billing.store.profiles import Profile
from billing.store.session import sign_in
from tests.support.pg import Cluster, throwaway_cluster

EMAIL, SECRET = "boss@example.com", "s" * 44


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with throwaway_cluster() as found:
        connection = found.connect()
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("CREATE ROLE cloud LOGIN CREATEROLE CREATEDB PASSWORD 'x'")
            cursor.execute("CREATE ROLE nobody LOGIN PASSWORD 'x'")
        connection.close()
        yield found


def test_install_found_sign_in_and_manage_users(cluster: Cluster) -> None:
    admin = Administrator(cluster.address.host, cluster.address.port, "cloud", "x")
    assert install(admin, "cloudy")
    assert install(admin, "cloudy") == []
    assert status(admin, "cloudy") == (newest(), newest())
    workspace = new_id()
    found_workspace(
        admin, "cloudy", workspace, "Cloudy", demo=False, email=EMAIL,
        pg_role=role_name(workspace, EMAIL), verifier=scram_verifier(SECRET),
    )  # fmt: skip
    profile = Profile(workspace, "Cloudy", "embedded", "cloudy", cluster.address.host, cluster.address.port)
    with sign_in(profile, EMAIL, SECRET) as session:
        with session.unit_of_work() as uow:
            uow.connection.exec_driver_sql(
                "SELECT auth.create_user(uuidv7(), 'two@example.com', '', 'SUPER_ADMIN', NULL, NULL, %s, false)",
                (scram_verifier(SECRET),),
            )
            uow.commit()
        with sign_in(profile, "two@example.com", SECRET) as second:
            second_id = str(second.user_id)
        with session.unit_of_work() as uow:
            uow.connection.exec_driver_sql("SELECT auth.set_active(%s, false)", (second_id,))
            uow.commit()
    # other databases of the server are not this administrator's to close, and tests do not wait for the disk
    assert {one.code for one in examine(admin, "cloudy")} <= {"OPEN_DATABASE", "UNSAFE_DISK"}


def test_a_login_without_rights_is_refused_by_name(cluster: Cluster) -> None:
    admin = Administrator(cluster.address.host, cluster.address.port, "nobody", "x")
    with pytest.raises(RefusedError) as refused:
        install(admin, "never")
    assert refused.value.code == "ADMIN_RIGHTS"
