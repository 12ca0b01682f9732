"""`db init` from nothing: embedded, interrupted, twice, and on a shared server reached over TCP."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from billing.errors import ConflictError, NotSignedInError, RefusedError, UnavailableError
from billing.schemas.workspace import Administrator
from billing.server.embedded import EmbeddedServer
from billing.services import founding
from billing.services.workspace import (
    create_shared_workspace,
    offer_users,
    open_session,
    reach,
    remember_user,
    remove_demo,
)
from billing.store.profiles import Profile, demo_home, load_profiles
from billing.store.secrets import SecretStore, forget_memory, key_entry, owner_entry, user_entry
from moveinsync_desktop.cli import main
from tests.support.people import ADMIN, PASSWORD, made_workspace
from tests.support.pg import Cluster, throwaway_cluster


@pytest.fixture(scope="module")
def shared() -> Iterator[Cluster]:
    """The shared server: a second embedded one that listens on TCP."""
    with throwaway_cluster(tcp=True) as cluster:
        yield cluster


def test_embedded_workspace_keeps_its_promises(home: Path) -> None:
    profile = made_workspace(home)
    assert load_profiles(home) == [profile]
    content = (home / "profiles" / f"{profile.workspace_id}.json").read_text(encoding="utf-8")
    secrets = SecretStore(home)
    owner, key = secrets.get(owner_entry(profile.workspace_id)), secrets.get(key_entry(profile.workspace_id))
    assert owner
    assert key
    assert len(bytes.fromhex(key)) == 16
    assert owner not in content
    assert key not in content
    assert stat.S_IMODE((home / "secrets.json").stat().st_mode) == 0o600
    assert not (home / "unfinished").exists()
    with open_session(home, email=ADMIN, password=PASSWORD) as session:
        assert session.role == "SUPER_ADMIN"
    for text in (home / "logs" / "operations.log", home / "pg" / "server.log"):
        assert not {owner, key, PASSWORD} & set(text.read_text(encoding="utf-8").split())


def test_second_workspace_in_the_same_folder_is_refused_and_the_first_unharmed(home: Path, profile: Profile) -> None:
    with pytest.raises(ConflictError) as refused:
        made_workspace(home)
    assert refused.value.code == "WORKSPACE_EXISTS"
    open_session(home, email=ADMIN, password=PASSWORD).close()


def test_interrupted_init_is_simply_repeated(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(founding, "save_profile", interrupted)
        with pytest.raises(KeyboardInterrupt):
            made_workspace(home)
    assert (home / "unfinished").exists()
    assert load_profiles(home) == []
    profile = made_workspace(home)
    assert load_profiles(home) == [profile]
    kept = json.loads((home / "secrets.json").read_text(encoding="utf-8"))["secrets"]
    assert set(kept) == {owner_entry(profile.workspace_id), key_entry(profile.workspace_id)}


def test_database_without_a_profile_is_never_overwritten(home: Path, profile: Profile) -> None:
    (home / "profiles" / f"{profile.workspace_id}.json").unlink()
    with pytest.raises(RefusedError) as refused:
        made_workspace(home)
    assert refused.value.code == "DATABASE_WITHOUT_PROFILE"
    assert EmbeddedServer(home).initialised


def test_wrong_password_unknown_user_and_nobody(home: Path, profile: Profile, monkeypatch: pytest.MonkeyPatch) -> None:
    forget_memory()
    messages = []
    for email, password in ((ADMIN, "not the right words"), ("nobody@example.com", PASSWORD)):
        with pytest.raises(NotSignedInError) as refused:
            open_session(home, email=email, password=password)
        messages.append(refused.value.message)
    assert len(set(messages)) == 1
    with pytest.raises(NotSignedInError) as refused:
        open_session(home)
    assert refused.value.code == "NO_USER"
    with pytest.raises(NotSignedInError) as refused:
        open_session(home, email=ADMIN)
    assert refused.value.code == "NO_PASSWORD"
    monkeypatch.setenv("MOVEINSYNC_PASSWORD", PASSWORD)
    monkeypatch.setenv("MOVEINSYNC_USER", ADMIN.upper())
    open_session(home).close()


def test_remembered_secret_that_no_longer_fits_gives_way_to_the_password(
    home: Path, profile: Profile, monkeypatch: pytest.MonkeyPatch
) -> None:
    SecretStore(home).keep(user_entry(profile.workspace_id, ADMIN), "b2xk" * 11, file_allowed=False)
    monkeypatch.setenv("MOVEINSYNC_PASSWORD", PASSWORD)
    open_session(home, email=ADMIN).close()


def test_after_signing_out_the_password_is_asked_for_again(home: Path, profile: Profile) -> None:
    open_session(home, email=ADMIN, password=PASSWORD).close()
    with pytest.raises(NotSignedInError) as refused:
        open_session(home, email=ADMIN)
    assert refused.value.code == "NO_PASSWORD"


def test_demo_has_its_own_folder_permanent_users_and_is_the_only_one_removed(home: Path, profile: Profile) -> None:
    remove_demo(home)
    folder = demo_home(home)
    demo = made_workspace(folder, demo=True)
    remember_user(demo, ADMIN, _secret(demo))
    forget_memory()
    offer_users(demo, [(ADMIN, "SUPER_ADMIN")])
    with open_session(home, demo=True, email=ADMIN) as session:
        assert session.profile.demo
    with pytest.raises(NotSignedInError):
        open_session(home, demo=True)
    remove_demo(home)
    assert not folder.exists()
    assert len(load_profiles(home)) == 1
    folder.mkdir()
    made_workspace(folder)
    with pytest.raises(RefusedError) as refused:
        remove_demo(home)
    assert refused.value.code == "NOT_A_DEMO"


def _secret(profile: Profile) -> str:
    from billing.services.workspace import derive_for

    return derive_for(profile, ADMIN, PASSWORD)


def administrator(shared: Cluster) -> Administrator:
    return Administrator("127.0.0.1", shared.address.port, shared.user, shared.password)


def test_shared_server_gets_the_same_workspace(home: Path, shared: Cluster) -> None:
    profile = create_shared_workspace(home, administrator(shared), "acme_db", ADMIN, PASSWORD, name="Acme shared")
    assert (profile.kind, profile.host, profile.database) == ("shared", "127.0.0.1", "acme_db")
    assert reach(profile) == profile
    with open_session(home, email=ADMIN, password=PASSWORD) as session, session.unit_of_work() as uow:
        assert [user.email for user in uow.users.all()] == [ADMIN]
    with pytest.raises(ConflictError) as refused:
        create_shared_workspace(home, administrator(shared), "acme_db", ADMIN, PASSWORD, name="Again")
    assert refused.value.code == "WORKSPACE_EXISTS"
    assert load_profiles(home) == [profile]


def test_two_workspaces_on_one_server_are_strangers(home: Path, shared: Cluster) -> None:
    for name in ("north", "south"):
        create_shared_workspace(home, administrator(shared), name, ADMIN, PASSWORD, name=name)
    north, south = load_profiles(home)
    with pytest.raises(NotSignedInError):
        open_session(home, profile=south, email=ADMIN, password="another four words")
    with open_session(home, profile=north, email=ADMIN, password=PASSWORD) as session:
        assert session.profile.name == "north"


def test_command_reads_the_usual_env_file(
    home: Path, shared: Cluster, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = ["DB_HOST=127.0.0.1", f"DB_PORT={shared.address.port}", "DB_NAME=from_env", f"DB_USER={shared.user}"]
    Path(".env").write_text("\n".join([*lines, f"DB_PASSWORD={shared.password}"]), encoding="utf-8")
    monkeypatch.setenv("MOVEINSYNC_PASSWORD", PASSWORD)
    assert main(["db", "init", "--admin", ADMIN, "--name", "Envy", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["kind"], found["place"]) == ("shared", f"127.0.0.1:{shared.address.port}/from_env")
    monkeypatch.setenv("MOVEINSYNC_USER", ADMIN)
    assert main(["user", "list", "--json"]) == 0
    assert [user["email"] for user in json.loads(capsys.readouterr().out)] == [ADMIN]
    assert main(["db", "migrate", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"applied": [], "database": "from_env"}


def test_command_without_a_server_named_makes_an_embedded_one(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["db", "init", "--admin", ADMIN]) == 3
    assert "No password was given" in capsys.readouterr().err
    monkeypatch.setenv("MOVEINSYNC_PASSWORD", PASSWORD)
    assert main(["db", "init", "--admin", ADMIN, "--json"]) == 0
    out, err = capsys.readouterr()
    assert json.loads(out)["kind"] == "embedded"
    assert str(home / "secrets.json") in err
    assert main(["db", "status", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["up_to_date"] is True
    assert main(["--as", ADMIN, "db", "psql", "--env"]) == 0
    out, err = capsys.readouterr()
    assert "export PGOPTIONS='-c mis.jwt=" in out
    assert "act as you" in err
    reach(load_profiles(home)[0])


def test_administrators_password_that_is_wrong_is_a_clear_refusal(home: Path, shared: Cluster) -> None:
    wrong = Administrator("127.0.0.1", shared.address.port, shared.user, "wrong")
    with pytest.raises((NotSignedInError, UnavailableError)):
        create_shared_workspace(home, wrong, "acme_db2", ADMIN, PASSWORD, name="x")
    assert load_profiles(home) == []


def test_administrator_who_is_no_superuser_can_found_a_workspace(home: Path) -> None:
    with throwaway_cluster(tcp=True) as server:
        link = server.connect()
        link.autocommit = True
        with link.cursor() as cursor:
            cursor.execute("CREATE ROLE cloud_admin LOGIN CREATEROLE CREATEDB PASSWORD 'cloud'")
        link.close()
        cloud = Administrator("127.0.0.1", server.address.port, "cloud_admin", "cloud")
        create_shared_workspace(home, cloud, "acme_db", ADMIN, PASSWORD, name="Acme on a cloud")
        with open_session(home, email=ADMIN, password=PASSWORD) as session, session.unit_of_work() as uow:
            assert [user.email for user in uow.users.all()] == [ADMIN]
