"""Backup, restore, and coming back when secrets are lost."""

from __future__ import annotations

import json
import stat
import zipfile
from pathlib import Path

import pytest

from billing.errors import BadInputError, ConflictError, NotSignedInError, RefusedError, UnavailableError
from billing.schemas.ids import new_id
from billing.schemas.parties import Client
from billing.server.embedded import EmbeddedServer
from billing.services.backup import back_up, restore, try_out
from billing.services.backup_file import read_manifest
from billing.services.recovery import _grouped, key_of, recover, recovery_kit
from billing.services.users import add_user
from billing.services.workspace import open_session, owner_of, release_server
from billing.store.profiles import Profile, load_profiles
from billing.store.secrets import SecretStore, forget_memory, key_entry, owner_entry
from moveinsync_desktop.cli import main
from tests.support.people import ADMIN, PASSWORD

VIEWER = "viewer@example.com"
NEW_PASSWORD = "another four words here"


@pytest.fixture
def filled(profile: Profile) -> Profile:
    """A workspace with a client and a second user."""
    client = Client(id=new_id(), code="KEPT", name="Kept")
    with open_session(profile.home, email=ADMIN, password=PASSWORD) as session:
        with session.unit_of_work() as uow:
            uow.clients.add([client])
            uow.commit()
        add_user(session, email=VIEWER, password=PASSWORD, role="VIEWER", client_id=client.id)
    return profile


@pytest.fixture
def backup(filled: Profile) -> Path:
    """A backup beside the data folder."""
    target = filled.home.parent / "one.misbackup"
    back_up(filled, target)
    return target


@pytest.fixture
def plain(filled: Profile) -> Path:
    """The same, not encrypted."""
    target = filled.home.parent / "plain.misbackup"
    back_up(filled, target, plain=True)
    return target


@pytest.fixture
def other(home: Path) -> Path:
    """Another data folder, as on a new computer."""
    forget_memory()
    return home.parent / "other"


def codes(home: Path, email: str = ADMIN, password: str = PASSWORD) -> list[str]:
    with open_session(home, email=email, password=password) as session, session.unit_of_work() as uow:
        return [client.code for client in uow.clients.find()]


def test_backup_says_what_is_in_it_and_holds_no_secret(filled: Profile, backup: Path, plain: Path) -> None:
    for file in (backup, plain):
        manifest = read_manifest(file, key_of(filled.home, filled.workspace_id, ""))
        assert (manifest.workspace_id, manifest.name, manifest.sealed) == (filled.workspace_id, "Acme", file is backup)
        assert manifest.contents is not None
        assert manifest.contents.rows["app.clients"] == 1
        assert manifest.contents.rows["auth.users"] == 2
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        secrets = SecretStore(filled.home)
        content = file.read_bytes()
        for entry in (owner_entry(filled.workspace_id), key_entry(filled.workspace_id)):
            assert (secrets.get(entry) or "?").encode() not in content
    for folder in (backup.parent, filled.home):
        assert [path.name for path in folder.iterdir() if path.name.startswith(".backup")] == []


def test_encrypted_backup_tells_a_stranger_its_name_and_age_only(backup: Path, plain: Path) -> None:
    label = read_manifest(backup)
    assert (label.name, label.contents, label.sealed) == ("Acme", None, True)
    for word in (b"CREATE TABLE", b"SCRAM-SHA-256", b"PK\x03\x04", b"app.clients"):
        assert word in plain.read_bytes()
        assert word not in backup.read_bytes()


def test_encrypted_backup_opens_with_its_own_key_only(filled: Profile, backup: Path, other: Path) -> None:
    with pytest.raises(NotSignedInError) as refused:
        restore(other, backup, admin_email=ADMIN, admin_password=NEW_PASSWORD)
    assert refused.value.code == "BACKUP_SEALED"
    recover_with = recovery_kit(filled)
    key = SecretStore(filled.home).get(key_entry(filled.workspace_id))
    assert key is not None
    another = recover_with.replace(_key_line(recover_with), f"Key        {_grouped('00' * 16)}")
    with pytest.raises(BadInputError) as refused_kit:
        restore(other, backup, kit=another)
    assert refused_kit.value.code == "OTHER_KEY"
    raw = bytearray(backup.read_bytes())
    raw[-100] ^= 1
    (backup.parent / "bent").write_bytes(bytes(raw))
    with pytest.raises(BadInputError) as damaged:
        restore(other, backup.parent / "bent", kit=recover_with)
    assert damaged.value.code == "DAMAGED"
    assert not EmbeddedServer(other).initialised


def _key_line(kit: str) -> str:
    return next(line for line in kit.splitlines() if line.startswith("Key"))


def test_restored_with_the_kit_everybody_signs_in_as_before(filled: Profile, backup: Path, other: Path) -> None:
    kit = recovery_kit(filled)
    forget_memory()
    made = restore(other, backup, kit=kit)
    try:
        assert made.without_login == []
        assert codes(other) == ["KEPT"]
        assert codes(other, VIEWER) == ["KEPT"]
        assert load_profiles(other) == [made.profile]
        assert SecretStore(other).get(key_entry(filled.workspace_id))
        with pytest.raises(ConflictError):
            restore(other, backup, kit=kit)
    finally:
        release_server(other)


def test_restored_in_place_the_old_workspace_is_put_aside(filled: Profile, backup: Path) -> None:
    with open_session(filled.home, email=ADMIN, password=PASSWORD) as session, session.unit_of_work() as uow:
        uow.clients.add([Client(id=new_id(), code="LATER", name="Later")])
        uow.commit()
    with pytest.raises(ConflictError):
        restore(filled.home, backup)
    assert codes(filled.home) == ["KEPT", "LATER"]
    made = restore(filled.home, backup, replace=True)
    assert made.kept is not None
    assert made.kept.parent == filled.home
    assert (made.kept / "data" / "PG_VERSION").exists()
    assert codes(filled.home) == ["KEPT"]
    assert sorted(p.name for p in filled.home.iterdir() if p.name.startswith(("beside", "exchange"))) == []


def test_a_restore_in_place_that_fails_changes_nothing(filled: Profile, plain: Path) -> None:
    broken = _changed(plain, plain.parent / "broken", database=b"no dump")
    with pytest.raises(UnavailableError):
        restore(filled.home, broken, replace=True)
    assert codes(filled.home) == ["KEPT"]
    assert not [p.name for p in filled.home.iterdir() if p.name.startswith(("beside", "pg-"))]


def test_an_exchange_cut_between_its_two_renames_is_completed(filled: Profile) -> None:
    release_server(filled.home)
    (filled.home / "beside").mkdir(mode=0o711)
    (filled.home / "pg").rename(filled.home / "beside" / "pg")
    (filled.home / "exchange").write_text("pg-before-restore-20261120-170000", encoding="ascii")
    assert codes(filled.home) == ["KEPT"]
    assert not (filled.home / "beside").exists()


def test_kit_and_a_forgotten_password(filled: Profile, backup: Path, other: Path) -> None:
    kit = recovery_kit(filled)
    forget_memory()
    restore(other, backup, kit=kit, admin_email=ADMIN, admin_password=NEW_PASSWORD)
    try:
        assert codes(other, ADMIN, NEW_PASSWORD) == ["KEPT"]
        assert codes(other, VIEWER) == ["KEPT"], "all others keep their passwords"
        with pytest.raises(NotSignedInError):
            open_session(other, email=ADMIN, password=PASSWORD)
    finally:
        release_server(other)


def test_restored_on_an_empty_computer_a_named_super_admin_gets_in(plain: Path, other: Path) -> None:
    with pytest.raises(NotSignedInError) as refused:
        restore(other, plain)
    assert refused.value.code == "NO_WORKSPACE_KEY"
    assert not (other / "pg").exists()
    restore(other, plain, admin_email=ADMIN, admin_password=NEW_PASSWORD)
    try:
        assert codes(other, ADMIN, NEW_PASSWORD) == ["KEPT"]
        for password in (PASSWORD, NEW_PASSWORD):
            with pytest.raises(NotSignedInError):
                open_session(other, email=VIEWER, password=password)
    finally:
        release_server(other)


def test_only_a_super_admin_can_be_named(plain: Path, other: Path) -> None:
    with pytest.raises(RefusedError) as refused:
        restore(other, plain, admin_email=VIEWER, admin_password=NEW_PASSWORD)
    assert refused.value.code == "NO_SUPER_ADMIN"
    assert not EmbeddedServer(other).initialised
    assert load_profiles(other) == []


def _changed(source: Path, target: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            new.writestr(name, members.get(name.partition(".")[0], old.read(name)))
    return target


def test_backup_that_lost_rows_is_found_out_and_nothing_is_left(filled: Profile, plain: Path, other: Path) -> None:
    with zipfile.ZipFile(plain) as whole:
        manifest = json.loads(whole.read("manifest.json"))
    manifest["contents"]["rows"]["app.clients"] = 2
    false = _changed(plain, plain.parent / "false", manifest=json.dumps(manifest).encode())
    kit = recovery_kit(filled)
    for attempt in (lambda: restore(other, false, kit=kit), lambda: try_out(false, filled.home)):
        with pytest.raises(RefusedError) as refused:
            attempt()
        assert refused.value.code == "BACKUP_DIFFERS"
    assert not EmbeddedServer(other).initialised
    assert [path for path in filled.home.iterdir() if path.name.startswith("check-")] == []


def test_damaged_newer_and_foreign_files_are_refused_first(plain: Path, other: Path) -> None:
    short = plain.parent / "short"
    short.write_bytes(plain.read_bytes()[:5000])
    with pytest.raises(BadInputError):
        read_manifest(short)
    with zipfile.ZipFile(plain) as whole:
        manifest = json.loads(whole.read("manifest.json"))
    newer = _changed(plain, plain.parent / "newer", manifest=json.dumps({**manifest, "schema": 9999}).encode())
    with pytest.raises(RefusedError) as refused:
        read_manifest(newer)
    assert refused.value.code == "BACKUP_NEWER"
    broken = _changed(plain, plain.parent / "broken", database=b"no dump")
    with pytest.raises(UnavailableError):
        restore(other, broken, admin_email=ADMIN, admin_password=NEW_PASSWORD)
    assert not EmbeddedServer(other).initialised


def test_trying_a_backup_out_changes_nothing(filled: Profile, backup: Path) -> None:
    before = sorted(path.name for path in filled.home.iterdir())
    assert try_out(backup, filled.home) == read_manifest(backup, key_of(filled.home, filled.workspace_id, ""))
    assert sorted(path.name for path in filled.home.iterdir()) == before
    assert codes(filled.home) == ["KEPT"]


def test_kit_is_checked(filled: Profile, tmp_path: Path) -> None:
    kit = recovery_kit(filled)
    key = SecretStore(filled.home).get(key_entry(filled.workspace_id))
    assert key is not None
    assert key_of(tmp_path, filled.workspace_id, kit) == bytes.fromhex(key)
    line = next(line for line in kit.splitlines() if line.startswith("Key"))
    other_letter = line[:-4] + ("0" if line[-4] != "0" else "1") + line[-3:]
    with pytest.raises(BadInputError) as refused:
        key_of(tmp_path, filled.workspace_id, kit.replace(line, other_letter))
    assert refused.value.code == "BAD_KIT"
    with pytest.raises(BadInputError) as refused:
        key_of(tmp_path, new_id(), kit)
    assert refused.value.code == "OTHER_KIT"


def test_lost_owner_secret_and_profile_come_back(filled: Profile) -> None:
    secrets = SecretStore(filled.home)
    secrets.forget(owner_entry(filled.workspace_id))
    (filled.home / "profiles" / f"{filled.workspace_id}.json").unlink()
    release_server(filled.home)
    assert recover(filled.home) == filled
    assert codes(filled.home) == ["KEPT"]
    owner_of(filled)


def test_lost_key_is_replaced_by_naming_a_super_admin(filled: Profile) -> None:
    SecretStore(filled.home).forget(key_entry(filled.workspace_id))
    with pytest.raises(NotSignedInError):
        recover(filled.home)
    recover(filled.home, admin_email=ADMIN, admin_password=NEW_PASSWORD)
    assert codes(filled.home, ADMIN, NEW_PASSWORD) == ["KEPT"]
    with pytest.raises(NotSignedInError):
        open_session(filled.home, email=VIEWER, password=PASSWORD)


def test_commands(
    filled: Profile, other: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["db", "backup", "two.misbackup", "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["bytes"] > 10_000
    assert main(["db", "kit", "--out", "kit.txt"]) == 0
    assert main(["db", "restore", "two.misbackup", "--check", "--json"]) == 0
    monkeypatch.setenv("MOVEINSYNC_HOME", str(other))
    forget_memory()
    capsys.readouterr()
    assert main(["db", "restore", "two.misbackup", "--json"]) == 3
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "BACKUP_SEALED"
    assert main(["db", "restore", "two.misbackup", "--kit", "kit.txt", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["rows"], found["without_login"]) == (made["rows"], [])
    release_server(other)
    assert main(["db", "recover", "--json"]) == 0
    release_server(other)
    assert codes(other) == ["KEPT"]
    release_server(other)
