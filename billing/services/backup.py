"""Backup and restore of an embedded workspace (DESIGN.md section 8; SECURITY.md (b) 12).

A backup is one zip: `manifest.json` (what it is, rows and totals), `logins.json` (roles with their SCRAM verifiers) and
`database.dump`. It holds neither the workspace key nor the owner's secret: with it alone nobody can sign in. Those are
in the keyring and in the recovery kit.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from billing.errors import BadInputError, ConflictError, RefusedError, UnavailableError
from billing.schemas.workspace import Administrator
from billing.server.attached import attach, release
from billing.server.embedded import EmbeddedServer
from billing.services.founding import clear_unfinished, creation
from billing.services.recovery import key_is_lost, key_of, rekey_workspace
from billing.services.workspace import owner_of
from billing.store import dump
from billing.store.files import write_private
from billing.store.keys import check_password, normalise_email
from billing.store.logging import timed
from billing.store.migrate import migrate, newest, status
from billing.store.profiles import EMBEDDED_DATABASE, Profile, load_profiles, save_profile
from billing.store.secrets import SecretStore, key_entry, owner_entry

FORMAT = 1
_MEMBERS = ("manifest.json", "logins.json", "database.dump")


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself; `made_at` is UTC."""

    workspace_id: UUID
    name: str
    demo: bool
    schema: int
    made_at: datetime
    contents: dump.Contents


@dataclass(frozen=True, slots=True)
class Restored:
    """A workspace that came back, and its users who have no login and wait for a reset."""

    profile: Profile
    manifest: Manifest
    without_login: list[str]


def back_up(profile: Profile, target: Path) -> Manifest:
    """Write the workspace into one file, by rename when it is complete. Others may go on working meanwhile.

    Raises UnavailableError when the file cannot be written; an older file of that name then stays as it was.
    """
    owner, database = owner_of(profile), profile.database
    schema = status(owner, database)[0]
    try:
        scratch = Path(tempfile.mkdtemp(dir=target.absolute().parent, prefix=".backup-"))
        try:
            with timed("db.backup"), dump.snapshot(owner, database) as (name, cursor):
                made = Manifest(*dump.workspace_row(cursor), schema, datetime.now(UTC), dump.contents(cursor))
                logins = dump.logins(cursor)
                dump.dump(owner, database, scratch / "database.dump", name)
            _write_whole(scratch, made, logins).replace(target)
        finally:
            shutil.rmtree(scratch)
    except OSError as error:
        raise UnavailableError(
            "BACKUP_FILE", f"The backup {target} cannot be written: {error.strerror}.", where=str(target)
        ) from error
    return made


def _write_whole(scratch: Path, made: Manifest, logins: list[dump.Login]) -> Path:
    _write_json(scratch / "manifest.json", {"format": FORMAT, **_as_json(made)})
    _write_json(scratch / "logins.json", [asdict(one) for one in logins])
    whole = scratch / "whole"
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_STORED) as archive:
        for member in _MEMBERS:
            archive.write(scratch / member, member)
    with whole.open("rb") as file:
        os.fsync(file.fileno())
    whole.chmod(0o600)
    return whole


def read_manifest(source: Path) -> Manifest:
    """What a backup says of itself. Raises BadInputError for a file that is none, RefusedError for a newer one."""
    try:
        with zipfile.ZipFile(source) as whole:
            content = json.loads(whole.read("manifest.json"))
        found = Manifest(
            UUID(content["workspace_id"]),
            str(content["name"]),
            bool(content["demo"]),
            int(content["schema"]),
            datetime.fromisoformat(content["made_at"]),
            dump.Contents(dict(content["contents"]["rows"]), dict(content["contents"]["totals"])),
        )
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError) as error:
        raise BadInputError("NO_BACKUP", f"{source.name} is no backup of a workspace.", where=str(source)) from error
    if content["format"] > FORMAT or found.schema > newest():
        raise RefusedError(
            "BACKUP_NEWER",
            f"The backup was made by a newer program (schema {found.schema}; this one knows {newest()}).",
            where=str(source),
        )
    return found


def restore(home: Path, source: Path, *, kit: str = "", admin_email: str = "", admin_password: str = "") -> Restored:
    """Make the workspace of a backup anew in an empty data folder and compare rows and totals with the backup.

    Users sign in as before when the workspace key is here: in the keyring, or in the recovery kit given. Without it a
    SUPER_ADMIN is named, who gets a new password; all others wait for a reset.
    Raises ConflictError for a folder that is in use, RefusedError when what came back differs (nothing is left then).
    """
    manifest, home = read_manifest(source), home.absolute()
    key = key_of(home, manifest.workspace_id, kit)
    if key is None and not admin_email:
        raise key_is_lost(manifest.name)
    if key is None:
        check_password(admin_password, normalise_email(admin_email))
    with creation(home):
        if any(known.embedded for known in load_profiles(home)):
            raise ConflictError("WORKSPACE_EXISTS", f"There is a workspace in {home} already.", where=str(home))
        clear_unfinished(home)
        write_private(home / "unfinished", f"{manifest.workspace_id}\nits secrets are not ours to forget\n")
        profile = Profile(
            manifest.workspace_id, manifest.name, "embedded", EMBEDDED_DATABASE, demo=manifest.demo, home=home
        )
        with _new_cluster(profile) as owner:
            without = _fill(owner, source, manifest)
            if key is None:
                rekey_workspace(profile, owner, admin_email, admin_password)
                without = []
            else:
                SecretStore(home).keep(key_entry(profile.workspace_id), key.hex(), file_allowed=True)
            save_profile(home, profile)
        (home / "unfinished").unlink()
    return Restored(profile, manifest, without)


def try_out(source: Path, scratch_parent: Path) -> Manifest:
    """Restore a backup into a cluster that is thrown away, to know that it is whole."""
    manifest = read_manifest(source)
    scratch = scratch_parent.absolute() / f"check-{secrets.token_hex(4)}"
    profile = Profile(manifest.workspace_id, manifest.name, "embedded", EMBEDDED_DATABASE, home=scratch)
    server = EmbeddedServer(scratch)
    owner_secret = secrets.token_hex(32)
    try:
        server.init(owner_secret)
        with server as address:
            _fill(Administrator(address.host, address.port, "mis_boot", owner_secret), source, manifest)
        server.remove()
    finally:
        shutil.rmtree(profile.home, ignore_errors=True)
    return manifest


def _fill(owner: Administrator, source: Path, manifest: Manifest) -> list[str]:
    from billing.store.install import prepare

    prepare(owner, EMBEDDED_DATABASE)
    with tempfile.TemporaryDirectory(prefix="mis-restore-") as scratch, zipfile.ZipFile(source) as whole:
        file = Path(whole.extract("database.dump", scratch))
        logins = [dump.Login(**one) for one in json.loads(whole.read("logins.json"))]
        dump.load(owner, EMBEDDED_DATABASE, file)
    with dump.snapshot(owner, EMBEDDED_DATABASE) as (_, cursor):
        dump.refuse_difference(manifest.contents, dump.contents(cursor))
    migrate(owner, EMBEDDED_DATABASE)
    return dump.restore_logins(owner, EMBEDDED_DATABASE, logins)


@contextmanager
def _new_cluster(profile: Profile) -> Iterator[Administrator]:
    """A running empty cluster; removed again when the block fails.

    Where the workspace is on this machine already, in another data folder, both have the one owner's secret that the
    keyring can hold.
    """
    home, store, entry = profile.home, SecretStore(profile.home), owner_entry(profile.workspace_id)
    known = store.get(entry)
    owner = known or secrets.token_hex(32)
    store.keep(entry, owner, file_allowed=True)
    EmbeddedServer(home).init(owner)
    try:
        address = attach(home)
        yield Administrator(address.host, address.port, "mis_boot", owner)
    except BaseException:
        release(home)
        EmbeddedServer(home).remove()
        if known is None:
            store.forget(entry)
        (home / "unfinished").unlink(missing_ok=True)
        raise


def _as_json(manifest: Manifest) -> dict[str, Any]:
    content = asdict(manifest)
    return {**content, "workspace_id": str(manifest.workspace_id), "made_at": manifest.made_at.isoformat()}


def _write_json(path: Path, content: Any) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1), encoding="utf-8")
