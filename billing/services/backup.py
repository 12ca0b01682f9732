"""Backup and restore of an embedded workspace (DESIGN.md section 8; SECURITY.md (b) 12).

A restore makes a second cluster beside the one that is there, if any, compares rows and totals with the backup and
only then puts it in place; what was there before is kept.
"""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from billing.errors import BadInputError, ConflictError, RefusedError
from billing.schemas.workspace import Administrator
from billing.server.attached import release
from billing.server.embedded import EmbeddedServer
from billing.server.exchange import beside_folder, clear_beside, exchange
from billing.server.folder import prepare_home
from billing.server.system_user import server_user
from billing.services.backup_file import Manifest, Opened, opened, read_manifest, sealed_refusal, write_backup
from billing.services.founding import clear_unfinished, creation
from billing.services.recovery import key_is_lost, key_of, rekey_workspace, reset_super_admin
from billing.services.workspace import owner_of
from billing.store import dump
from billing.store.install import prepare
from billing.store.keys import check_password, normalise_email
from billing.store.logging import timed
from billing.store.migrate import migrate, status
from billing.store.profiles import EMBEDDED_DATABASE, Profile, load_profiles, save_profile
from billing.store.secrets import SecretStore, key_entry, owner_entry


@dataclass(frozen=True, slots=True)
class Restored:
    """A workspace that came back, its users who have no login and wait for a reset, and what was there before."""

    profile: Profile
    manifest: Manifest
    without_login: list[str]
    kept: Path | None = None


@dataclass(frozen=True, slots=True)
class Prospect:
    """What a restore of a file into a data folder would mean, told before anything is done.

    `key_here`: no recovery kit is needed. `replaces`: the same workspace is there and would be put aside.
    `in_the_way`: the name of another workspace, which stops it; empty where none does.
    """

    manifest: Manifest
    key_here: bool
    replaces: bool
    in_the_way: str = ""


def look_at(home: Path, source: Path) -> Prospect:
    """Look at a backup and at the data folder it would go to. Raises as `read_manifest`."""
    manifest = read_manifest(source)
    key = key_of(home, manifest.workspace_id, "")
    if key is not None and manifest.sealed:
        try:
            manifest = read_manifest(source, key)
        except BadInputError as error:
            if error.code != "OTHER_KEY":
                raise
            key = None
    there = [known for known in load_profiles(home) if known.embedded]
    same = bool(there) and there[0].workspace_id == manifest.workspace_id
    return Prospect(manifest, key is not None, same, there[0].name if there and not same else "")


def back_up(profile: Profile, target: Path, *, plain: bool = False) -> Manifest:
    """Write the workspace into one file, encrypted unless `plain`. Others may go on working meanwhile.

    Raises UnavailableError when the file cannot be written; an older file of that name then stays as it was.
    NotSignedInError where the workspace key is not on this machine.
    """
    owner, database = owner_of(profile), profile.database
    key = key_of(profile.home, profile.workspace_id, "")
    if key is None and not plain:
        raise key_is_lost(profile.name)
    schema = status(owner, database)[0]
    # The dump is plain until it is whole: it never lies on the disk of the backups, only in the private data folder.
    with tempfile.TemporaryDirectory(dir=profile.home, prefix=".backup-") as scratch:
        folder = Path(scratch)
        with timed("db.backup"), dump.snapshot(owner, database) as (name, cursor):
            made = Manifest(*dump.workspace_row(cursor), schema, datetime.now(UTC), dump.contents(cursor), not plain)
            logins = dump.logins(cursor)
            dump.dump(owner, database, folder / "database.dump", name)
        write_backup(folder, made, logins, target, None if plain else key)
    return made


def restore(
    home: Path,
    source: Path,
    *,
    kit: str = "",
    admin_email: str = "",
    admin_password: str = "",
    replace: bool = False,
) -> Restored:
    """Make the workspace of a backup anew and compare rows and totals with the backup before it counts.

    Users sign in as before when the workspace key is here: in the keyring, or in the recovery kit given. A SUPER_ADMIN
    who is named gets a new password; without the key all others then wait for a reset. `replace`: the same workspace
    is there already and is put aside (`Restored.kept`).
    Raises ConflictError for a folder that is in use, RefusedError when what came back differs; nothing has changed
    then.
    """
    home, label = home.absolute(), read_manifest(source)
    key = key_of(home, label.workspace_id, kit)
    if key is None and label.sealed:
        raise sealed_refusal(label)
    if key is None and not admin_email:
        raise key_is_lost(label.name)
    if admin_email:
        check_password(admin_password, normalise_email(admin_email), label.name)
    with creation(home), opened(source, key) as found:
        there = _place_for(home, found.manifest, replace=replace)
        profile = there or Profile(
            label.workspace_id, label.name, "embedded", EMBEDDED_DATABASE, demo=label.demo, home=home
        )
        owner_secret = SecretStore(home).get(owner_entry(profile.workspace_id)) or secrets.token_hex(32)
        with beside(home) as second:
            second.init(owner_secret)
            with second as address:
                owner = Administrator(address.host, address.port, "mis_boot", owner_secret)
                without = fill(owner, EMBEDDED_DATABASE, found)
                key, without = _let_in(profile, owner, key, admin_email, admin_password, without)
            kept = exchange(home, "before-restore")
        store = SecretStore(home)
        store.keep(owner_entry(profile.workspace_id), owner_secret, file_allowed=True)
        store.keep(key_entry(profile.workspace_id), key.hex(), file_allowed=True)
        save_profile(home, profile)
    return Restored(profile, found.manifest, without, kept)


def try_out(source: Path, home: Path, *, kit: str = "") -> Manifest:
    """Restore a backup into a cluster that is thrown away, to know that it is whole."""
    label, scratch = read_manifest(source), home.absolute() / f"check-{secrets.token_hex(4)}"
    server, owner_secret = EmbeddedServer(scratch), secrets.token_hex(32)
    with opened(source, key_of(home, label.workspace_id, kit)) as found:
        try:
            server.init(owner_secret)
            with server as address:
                fill(Administrator(address.host, address.port, "mis_boot", owner_secret), EMBEDDED_DATABASE, found)
            server.remove()
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return found.manifest


def fill(admin: Administrator, database: str, found: Opened) -> list[str]:
    """An empty database filled from a backup, compared, migrated; gives the users who have no login in it."""
    prepare(admin, database)
    dump.load(admin, database, found.dump)
    with dump.snapshot(admin, database) as (_, cursor):
        dump.refuse_difference(found.contents, dump.contents(cursor))
    migrate(admin, database)
    return dump.restore_logins(admin, database, found.logins)


@contextmanager
def dumped(admin: Administrator, profile: Profile) -> Iterator[Opened]:
    """A workspace's dump with what it must come to, in a private folder that is removed afterwards.

    Raises RefusedError where the database holds another workspace.
    """
    schema = status(admin, profile.database)[0]
    with tempfile.TemporaryDirectory(dir=profile.home, prefix=".dump-") as scratch:
        file = Path(scratch) / "database.dump"
        with dump.snapshot(admin, profile.database) as (name, cursor):
            contents = dump.contents(cursor)
            workspace_id, title, is_demo = dump.workspace_row(cursor)
            logins = dump.logins(cursor)
            dump.dump(admin, profile.database, file, name)
        if workspace_id != profile.workspace_id:
            raise RefusedError(
                "OTHER_WORKSPACE", f"The database {profile.database} holds another workspace ({title}).", where="--host"
            )
        manifest = Manifest(workspace_id, title, is_demo, schema, datetime.now(UTC), contents)
        yield Opened(manifest, contents, logins, file)


@contextmanager
def beside(home: Path, first: EmbeddedServer | None = None) -> Iterator[EmbeddedServer]:
    """A second server of a data folder, not yet made, while nobody can use the first one.

    What is not exchanged at the end of the block is removed. Raises RefusedError while a process uses the first one.
    """
    release(home)
    with (first or EmbeddedServer(home)).alone():
        clear_beside(home)
        inner = beside_folder(home)
        prepare_home(inner, server_user())
        second = EmbeddedServer(inner)
        try:
            yield second
        finally:
            second.stop()
            clear_beside(home)


def _place_for(home: Path, manifest: Manifest, *, replace: bool) -> Profile | None:
    """The profile of the same workspace where it is to be replaced; None for an empty folder."""
    there = [known for known in load_profiles(home) if known.embedded]
    if there and not (replace and there[0].workspace_id == manifest.workspace_id):
        raise ConflictError(
            "WORKSPACE_EXISTS",
            f"There is a workspace in {home} already.",
            where=str(home),
            hint="With --replace the same workspace is put aside; another one needs a folder of its own.",
        )
    if not there:
        clear_unfinished(home)
    return there[0] if there else None


def _let_in(
    profile: Profile, owner: Administrator, key: bytes | None, email: str, password: str, without: list[str]
) -> tuple[bytes, list[str]]:
    """Who can sign in afterwards: the workspace key that counts, and the users left without a login."""
    if key is None:
        return rekey_workspace(profile, owner, email, password), []
    if email:
        reset_super_admin(profile, owner, key, email, password)
        without = [one for one in without if one != normalise_email(email)]
    return key, without
