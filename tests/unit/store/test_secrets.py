from __future__ import annotations

import stat
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import InitError, PasswordDeleteError

from billing.store import secrets as store

ENTRY = store.owner_entry(UUID(int=7))


class MemoryKeyring(KeyringBackend):
    priority = 1  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        if (service, username) not in self.kept:
            raise PasswordDeleteError(username)
        del self.kept[service, username]


class LockedKeyring(MemoryKeyring):
    """Looks fine by its name, as a locked Secret Service does, and refuses every call."""

    def set_password(self, service: str, username: str, password: str) -> None:
        raise InitError("Prompt dismissed")


class HangingKeyring(MemoryKeyring):
    """A prompt that nobody answers."""

    def set_password(self, service: str, username: str, password: str) -> None:
        time.sleep(1.0)


@pytest.fixture(autouse=True)
def forget() -> Iterator[None]:
    before = keyring.get_keyring()
    store.forget_memory()
    yield
    store.forget_memory()
    keyring.set_keyring(before)


def test_a_working_keyring_keeps_everything_and_no_file_appears(tmp_path: Path) -> None:
    backend = MemoryKeyring()
    keyring.set_keyring(backend)
    assert store.SecretStore(tmp_path).keep(ENTRY, "secret", file_allowed=True)
    assert backend.kept == {("moveinsync-desktop", ENTRY): "secret"}
    store.forget_memory()
    assert store.SecretStore(tmp_path).get(ENTRY) == "secret"
    assert store.SecretStore(tmp_path).fallback_file is None


@pytest.mark.parametrize("kind", [LockedKeyring, HangingKeyring])
def test_without_one_owner_and_key_go_to_a_private_file_that_says_so(
    tmp_path: Path, kind: type[MemoryKeyring], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "PROBE_SECONDS", 0.1)
    keyring.set_keyring(kind())
    secrets = store.SecretStore(tmp_path)
    assert secrets.keep(ENTRY, "secret", file_allowed=True)
    file = secrets.fallback_file
    assert file is not None
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert "No keyring was found" in file.read_text(encoding="utf-8")
    store.forget_memory()
    assert store.SecretStore(tmp_path).get(ENTRY) == "secret"
    secrets.forget(ENTRY)
    assert secrets.fallback_file is None
    assert secrets.get(ENTRY) is None


def test_without_one_a_users_secret_stays_in_memory(tmp_path: Path) -> None:
    keyring.set_keyring(LockedKeyring())
    secrets = store.SecretStore(tmp_path)
    entry = store.user_entry(UUID(int=7), "anna@acme.in")
    assert not secrets.keep(entry, "derived", file_allowed=False)
    assert secrets.fallback_file is None
    assert secrets.get(entry) == "derived"
    store.forget_memory()
    assert secrets.get(entry) is None


def test_forgetting_what_was_never_kept_is_no_error(tmp_path: Path) -> None:
    keyring.set_keyring(MemoryKeyring())
    store.SecretStore(tmp_path).forget("nothing")


def test_plain_text_backends_are_refused_by_their_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(MemoryKeyring, "__module__", "keyrings.alt.file")
    keyring.set_keyring(MemoryKeyring())
    assert store.working_keyring() is None
