"""A workspace moves: from its own computer to a shared server, or back (DESIGN.md section 4).

Nobody works on the source meanwhile. Everything goes into an empty place, is counted and added up there, and only when
rows and totals agree does the profile point to it. The source is kept as it was, closed: the embedded cluster put aside
in the data folder, the shared database without the right to connect. The workspace key stays what it is and logins
keep their verifiers, so passwords and "remember me" work on; sessions end, tokens of before are void.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from billing.errors import ConflictError, NotSignedInError, RefusedError
from billing.schemas.workspace import Administrator
from billing.server.attached import release
from billing.server.embedded import EmbeddedServer
from billing.server.exchange import exchange, put_aside
from billing.services.backup import beside, dumped, fill
from billing.services.founding import creation
from billing.services.recovery import key_is_lost, key_of, reset_super_admin
from billing.store import dump
from billing.store.keys import check_password, normalise_email
from billing.store.logging import timed
from billing.store.profiles import EMBEDDED_DATABASE, Profile, load_profiles, save_profile
from billing.store.secrets import SecretStore, owner_entry


@dataclass(frozen=True, slots=True)
class Moved:
    """Where the workspace is now, what arrived there, users without a login, and where the source is kept."""

    profile: Profile
    contents: dump.Contents
    without_login: list[str]
    kept: str


def to_shared(profile: Profile, admin: Administrator, database: str, *, pooler: tuple[str, int] | None = None) -> Moved:
    """Move an embedded workspace into a new database of a shared server, as its superuser.

    `pooler`: the PgBouncer that users connect to. Raises ConflictError where the database holds something,
    RefusedError for an administrator who is no superuser, while a process uses the workspace, and when what arrived
    differs: the workspace is then where it was, and works.
    """
    home = profile.home
    if key_of(home, profile.workspace_id, "") is None:
        raise key_is_lost(profile.name)
    if not dump.is_superuser(admin):
        raise RefusedError(
            "SUPERUSER_NEEDED",
            "Bringing a whole workspace into a server takes a superuser: owners and row-level security come along.",
            hint="Use the superuser's login (DB_USER), or let the server's administrator do it.",
        )
    if not dump.is_empty(admin, database):
        raise ConflictError("DATABASE_IN_USE", f"The database {database} holds something already.", where=database)
    host, port = pooler or (admin.host, admin.port)
    moved = replace(
        profile, kind="shared", database=database, host=host, port=port, ca_file=admin.ca_file,
        pooled=pooler is not None,
    )  # fmt: skip
    owner_secret = SecretStore(home).get(owner_entry(profile.workspace_id)) or ""
    release(home)
    source = EmbeddedServer(home)
    with creation(home), timed("db.move"), source.alone():
        with source.running_alone() as address:
            owner = Administrator(address.host, address.port, "mis_boot", owner_secret)
            with dumped(owner, profile) as found, _dropped_on_failure(admin, database):
                without = fill(admin, database, found)
                dump.note_move(admin, database, str(home), f"{admin.host}:{admin.port}/{database}")
        save_profile(home, moved)
        kept = put_aside(home, "moved")
    return Moved(moved, found.contents, without, str(kept))


@contextmanager
def _dropped_on_failure(admin: Administrator, database: str) -> Iterator[None]:
    """The target was empty before: where the move fails, nothing of it stays."""
    try:
        yield
    except BaseException:
        dump.drop(admin, database)
        raise


def to_embedded(profile: Profile, admin: Administrator, *, admin_email: str = "", admin_password: str = "") -> Moved:
    """Bring a shared workspace into this data folder, as the server's administrator.

    One who is no superuser cannot read the users' verifiers: then a SUPER_ADMIN must be named, who gets a new
    password, and all others wait for a reset. Raises as `to_shared`; NotSignedInError when nobody could sign in.
    """
    home = profile.home
    key = key_of(home, profile.workspace_id, "")
    if key is None:
        raise key_is_lost(profile.name)
    if not admin_email and not dump.is_superuser(admin):
        raise NotSignedInError(
            "NO_LOGINS",
            f"{admin.user} is no superuser and may not read the users' logins, so nobody could sign in afterwards.",
            hint="Name a super admin who gets a new password (--admin), or use the superuser's login.",
        )
    if admin_email:
        check_password(admin_password, normalise_email(admin_email))
    owner_secret = secrets.token_hex(32)
    moved = replace(profile, kind="embedded", database=EMBEDDED_DATABASE, host="", port=5432, ca_file="", pooled=False)
    with creation(home), timed("db.move"), _closed(admin, profile.database), dumped(admin, profile) as found:
        _refuse_second_embedded(home)
        with beside(home) as second:
            second.init(owner_secret)
            with second as address:
                owner = Administrator(address.host, address.port, "mis_boot", owner_secret)
                without = fill(owner, EMBEDDED_DATABASE, found)
                if admin_email:
                    reset_super_admin(moved, owner, key, admin_email, admin_password)
                    without = [one for one in without if one != normalise_email(admin_email)]
                dump.note_move(owner, EMBEDDED_DATABASE, f"{admin.host}:{admin.port}/{profile.database}", str(home))
            exchange(home, "before-move")
        SecretStore(home).keep(owner_entry(profile.workspace_id), owner_secret, file_allowed=True)
        save_profile(home, moved)
    return Moved(moved, found.contents, without, f"{admin.host}:{admin.port}/{profile.database}, closed to users")


@contextmanager
def _closed(admin: Administrator, database: str) -> Iterator[None]:
    """A shared database that users cannot enter; open again where the block fails."""
    dump.close_to_users(admin, database)
    try:
        yield
    except BaseException:
        dump.open_to_users(admin, database)
        raise


def _refuse_second_embedded(home: Path) -> None:
    there = [known for known in load_profiles(home) if known.embedded]
    if there:
        raise ConflictError("WORKSPACE_EXISTS", f"{there[0].name} is embedded in {home} already.", where=str(home))
