"""Inviting people and their other computers; one's own password and sessions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from billing.errors import BadInputError, ConflictError, NotAllowedError, NotSignedInError
from billing.schemas.workspace import Administrator
from billing.services.account import change_password, end_sessions, own_account
from billing.services.invitations import accept_invitation, invitation_text, invite
from billing.services.users import list_users
from billing.services.workspace import create_shared_workspace, open_session
from billing.store.profiles import Profile, find_profile
from billing.store.secrets import forget_memory
from billing.store.session import Session
from moveinsync_desktop.cli import main
from tests.support.folders import short_folder
from tests.support.people import ADMIN, PASSWORD, Pair, People
from tests.support.pg import throwaway_cluster

NEW_PASSWORD = "another four words here"


@pytest.fixture(scope="module")
def office() -> Iterator[Profile]:
    """A workspace on a shared server, as the administrator's computer knows it."""
    with throwaway_cluster(tcp=True) as cluster, short_folder() as folder:
        admin = Administrator("127.0.0.1", cluster.address.port, cluster.user, cluster.password)
        yield create_shared_workspace(folder, admin, "office", ADMIN, PASSWORD, name="Office")


@pytest.fixture
def boss(office: Profile) -> Iterator[Session]:
    with open_session(profile=office, email=ADMIN, password=PASSWORD) as session:
        yield session


def test_from_an_invitation_to_a_password_of_ones_own(home: Path, boss: Session) -> None:
    invited = invite(boss, email="Bina@Example.com", role="SUPER_ADMIN", name="Bina")
    forget_memory()
    profile, email = accept_invitation(home, invited.invitation)
    assert (profile.kind, profile.name, email) == ("shared", "Office", "bina@example.com")
    assert find_profile(home) == profile
    with open_session(home, email=email, password=invited.password) as session:
        assert own_account(session).user.must_change
        with pytest.raises(BadInputError) as refused:
            change_password(session, old="not this one", new=NEW_PASSWORD)
        assert refused.value.where == "old"
        with pytest.raises(BadInputError) as refused:
            change_password(session, old=invited.password, new="short")
        assert refused.value.where == "password"
        change_password(session, old=invited.password, new=NEW_PASSWORD)
        assert not own_account(session).user.must_change
    with pytest.raises(NotSignedInError):
        open_session(home, email=email, password=invited.password)
    open_session(home, email=email, password=NEW_PASSWORD).close()


def test_lost_device_is_one_step(home: Path, boss: Session) -> None:
    first = invite(boss, email="carl@example.com", role="SUPER_ADMIN")
    accept_invitation(home, first.invitation)
    lost = open_session(home, email="carl@example.com", password=first.password)
    second = invite(boss, email="carl@example.com")
    with pytest.raises(NotSignedInError), lost.unit_of_work() as uow:
        uow.users.all()
    lost.close()
    with pytest.raises(NotSignedInError):
        open_session(home, email="carl@example.com", password=first.password)
    open_session(home, email="carl@example.com", password=second.password).close()
    assert [user.must_change for user in list_users(boss) if user.email == "carl@example.com"] == [True]


def test_new_user_needs_a_role_and_only_a_super_admin_invites(boss: Session, client_admin: Session) -> None:
    with pytest.raises(BadInputError) as refused:
        invite(boss, email="nobody@example.com")
    assert refused.value.code == "ROLE_REQUIRED"
    with pytest.raises(NotAllowedError):
        invite(client_admin, email="new@example.com", role="SUPER_ADMIN")


def test_embedded_workspace_has_no_invitation(people: People, pair: Pair) -> None:
    made = invite(people.super_admin, email="dev@example.com", role="VIEWER", client_id=pair.client_id)
    assert made.invitation == ""
    assert made.password


def test_invitation_to_a_workspace_that_lives_here_is_refused(profile: Profile, office: Profile) -> None:
    from dataclasses import replace

    from billing.store.secrets import SecretStore, key_entry

    SecretStore(office.home).keep(key_entry(profile.workspace_id), "00" * 16, file_allowed=True)
    text = invitation_text(replace(office, workspace_id=profile.workspace_id))
    with pytest.raises(ConflictError):
        accept_invitation(profile.home, text)


def test_own_sessions_are_listed_and_ended(people: People, client_admin: Session) -> None:
    others = [
        _again(people, client_admin),
        _again(people, client_admin),
    ]
    found = own_account(client_admin)
    assert [one.is_this for one in found.sessions].count(True) == 1
    assert len(found.sessions) == 3
    end_sessions(client_admin, next(one.id for one in found.sessions if not one.is_this))
    assert len(own_account(client_admin).sessions) == 2
    end_sessions(client_admin)
    assert [one.is_this for one in own_account(client_admin).sessions] == [True]
    for other in others:
        with pytest.raises(NotSignedInError), other.unit_of_work() as uow:
            uow.users.all()
        other.close()


def test_nobody_ends_sessions_of_others(people: People, client_admin: Session, viewer: Session) -> None:
    own = next(one.id for one in own_account(viewer).sessions if one.is_this)
    end_sessions(client_admin, own)
    assert own_account(viewer).user.email == viewer.email


def _again(people: People, session: Session) -> Session:
    from billing.store.session import sign_in

    return sign_in(session.profile, session.email, people.secret_of(session.email))


def test_commands(
    home: Path, office: Profile, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MOVEINSYNC_PASSWORD", PASSWORD)
    monkeypatch.setenv("MOVEINSYNC_HOME", str(office.home))
    words = ["--as", ADMIN, "user", "invite", "eve@example.com", "--role", "SUPER_ADMIN", "--out", "eve.txt", "--json"]
    assert main(words) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["invitation"] == "eve.txt"
    monkeypatch.setenv("MOVEINSYNC_HOME", str(home))
    forget_memory()
    assert main(["db", "connect", "eve.txt", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["email"] == "eve@example.com"
    monkeypatch.setenv("MOVEINSYNC_PASSWORD", made["password"])
    monkeypatch.setenv("MOVEINSYNC_NEW_PASSWORD", NEW_PASSWORD)
    assert main(["--as", "eve@example.com", "user", "password", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["must_change"] is False
    monkeypatch.setenv("MOVEINSYNC_PASSWORD", NEW_PASSWORD)
    assert main(["--as", "eve@example.com", "user", "sessions"]) == 0
    assert "this session" in capsys.readouterr().out
    assert main(["db", "connect", "no-such-file"]) == 2
