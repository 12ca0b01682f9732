"""Where secrets are kept: the operating system's keyring, and what happens where there is none (DESIGN.md section 4).

Entries of the service `moveinsync-desktop`:

    <workspace_id>:owner            password of `mis_boot` (embedded only)
    <workspace_id>:key              the workspace key, as hexadecimal
    <workspace_id>:secret:<email>   a user's derived secret K, if they want to be remembered; demo users always

Never a password, never a token. A keyring's name proves nothing (PLATFORM.md A6), so it is tried with a random value.
Where that fails, owner and key, and the secrets of demo users, go into `secrets.json` (0600); others stay in memory.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from billing.store.files import write_private

if TYPE_CHECKING:
    from collections.abc import Callable

    from keyring.backend import KeyringBackend

SERVICE = "moveinsync-desktop"
PROBE_SECONDS = 5.0
_REFUSED_MODULES = ("keyring.backends.fail", "keyring.backends.null", "keyrings.alt")
_Result = TypeVar("_Result")

_memory: dict[str, str] = {}
_probed: dict[int, bool] = {}
_lock = threading.Lock()


def owner_entry(workspace_id: UUID) -> str:
    """The entry with the password of the embedded superuser."""
    return f"{workspace_id}:owner"


def key_entry(workspace_id: UUID) -> str:
    """The entry with the workspace key."""
    return f"{workspace_id}:key"


def user_entry(workspace_id: UUID, email: str) -> str:
    """The entry with a user's derived secret."""
    return f"{workspace_id}:secret:{email}"


class SecretStore:
    """The secrets of the workspaces of one data folder."""

    def __init__(self, home: Path) -> None:
        self._file = home / "secrets.json"

    @property
    def fallback_file(self) -> Path | None:
        """The file that holds secrets because there was no keyring; None when the keyring holds them."""
        return self._file if self._file.exists() else None

    def get(self, entry: str) -> str | None:
        """The secret, from memory, the file or the keyring, in the order of what they cost."""
        found = _memory.get(entry) or self._read_file().get(entry)
        if found is None:
            backend = working_keyring()
            found = _guarded(lambda: backend.get_password(SERVICE, entry), None) if backend else None
        if found is not None:
            _memory[entry] = found
        return found

    def keep(self, entry: str, value: str, *, file_allowed: bool) -> bool:
        """Keep a secret beyond this process; False when only memory has it.

        `file_allowed`: without a keyring it may go into secrets.json (owner, key, demo users), else not.
        """
        _memory[entry] = value
        backend = working_keyring()
        if backend is not None and _guarded(lambda: backend.set_password(SERVICE, entry, value) or True, False):
            self._change_file(entry, None)
            return True
        if file_allowed:
            self._change_file(entry, value)
        return file_allowed

    def forget(self, entry: str) -> None:
        """Remove a secret everywhere; one that is not there is no error."""
        _memory.pop(entry, None)
        self._change_file(entry, None)
        backend = working_keyring()
        if backend is not None:
            _guarded(lambda: backend.delete_password(SERVICE, entry), None)

    def _read_file(self) -> dict[str, str]:
        try:
            found = json.loads(self._file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        return {str(key): str(value) for key, value in found["secrets"].items()}

    def _change_file(self, entry: str, value: str | None) -> None:
        kept = self._read_file()
        if kept.get(entry) == value:
            return
        if value is None:
            del kept[entry]
        else:
            kept[entry] = value
        if kept:
            note = "No keyring was found on this machine. Whoever reads this file owns the workspaces named here."
            write_private(self._file, json.dumps({"note": note, "secrets": kept}, indent=1))
        else:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._file)


def forget_memory() -> None:
    """Drop every secret this process holds (sign-out, lock screen)."""
    _memory.clear()


def working_keyring() -> KeyringBackend | None:
    """The keyring, if a value can be set, read and deleted in it; tried once a process.

    A desktop's prompt may stand open for ever, so the trial has a time limit; call it off the GUI thread.
    """
    import keyring
    from keyring.backends.chainer import ChainerBackend

    chosen = keyring.get_keyring()
    for backend in chosen.backends if isinstance(chosen, ChainerBackend) else [chosen]:
        if type(backend).__module__.startswith(_REFUSED_MODULES):
            continue
        with _lock:
            if id(backend) not in _probed:
                _probed[id(backend)] = _guarded(partial(_try_out, backend), False)
        return backend if _probed[id(backend)] else None
    return None


def _try_out(backend: KeyringBackend) -> bool:
    entry, value = f"probe:{secrets.token_hex(8)}", secrets.token_hex(16)
    backend.set_password(SERVICE, entry, value)
    try:
        return backend.get_password(SERVICE, entry) == value
    finally:
        backend.delete_password(SERVICE, entry)


def _guarded(call: Callable[[], _Result], otherwise: _Result) -> _Result:
    """The call's result, or `otherwise` when the keyring fails or does not answer in time."""
    results: list[_Result] = []
    worker = threading.Thread(target=lambda: results.append(_quietly(call, otherwise)), daemon=True)
    worker.start()
    worker.join(PROBE_SECONDS)
    return results[0] if results else otherwise


def _quietly(call: Callable[[], _Result], otherwise: _Result) -> _Result:
    from keyring.errors import KeyringError

    try:
        return call()
    except (KeyringError, OSError, RuntimeError):
        return otherwise
