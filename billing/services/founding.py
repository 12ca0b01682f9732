"""Making a workspace, embedded or on a shared server, and removing the demo (DESIGN.md section 4)."""

from __future__ import annotations

import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from billing.errors import ConflictError, RefusedError
from billing.schemas.ids import new_id
from billing.schemas.workspace import Administrator
from billing.server.attached import attach, release
from billing.server.embedded import EmbeddedServer
from billing.server.folder import prepare_home
from billing.server.locks import FileLock
from billing.server.system_user import server_user
from billing.store.files import write_private
from billing.store.keys import (
    check_password,
    derive_secret,
    new_workspace_key,
    normalise_email,
    role_name,
    scram_verifier,
)
from billing.store.logging import close_log, open_log, timed
from billing.store.profiles import EMBEDDED_DATABASE, Profile, demo_home, load_profiles, save_profile
from billing.store.secrets import SecretStore, key_entry, owner_entry, user_entry


def create_workspace(
    home: Path,
    admin_email: str,
    admin_password: str,
    *,
    name: str,
    demo: bool = False,
    server_settings: Mapping[str, str] | None = None,
) -> Profile:
    """Make an embedded workspace with its first SUPER_ADMIN; what `db init` does.

    A run that was killed leaves a mark and is simply repeated. Raises ConflictError when the data folder holds an
    embedded workspace already, BadInputError for the e-mail or password.
    """
    email = normalise_email(admin_email)
    check_password(admin_password, email, name)
    home = home.absolute()
    with creation(home):
        if any(profile.embedded for profile in load_profiles(home)):
            raise ConflictError("WORKSPACE_EXISTS", f"There is a workspace in {home} already.", where=str(home))
        clear_unfinished(home)
        workspace_id = new_id()
        write_private(home / "unfinished", f"{workspace_id}\n")
        owner = secrets.token_hex(32)
        SecretStore(home).keep(owner_entry(workspace_id), owner, file_allowed=True)
        EmbeddedServer(home, extra=server_settings).init(owner)
        profile = Profile(workspace_id, name, "embedded", EMBEDDED_DATABASE, demo=demo, home=home)
        try:
            address = attach(home, server_settings)
            _found(profile, Administrator(address.host, address.port, "mis_boot", owner), email, admin_password)
        except BaseException:
            release(home)
            raise
        (home / "unfinished").unlink()
    return profile


def create_shared_workspace(
    home: Path,
    administrator: Administrator,
    database: str,
    admin_email: str,
    admin_password: str,
    *,
    name: str,
    pooler: tuple[str, int] | None = None,
) -> Profile:
    """Make a workspace in a database of a shared PostgreSQL, as its administrator; `db init` with a host.

    `pooler`: host and port of the PgBouncer that users connect to; the administrator never works through it.
    Raises ConflictError when that database holds a workspace, UnavailableError when the server cannot be reached.
    """
    email = normalise_email(admin_email)
    check_password(admin_password, email, name)
    home = home.absolute()
    with creation(home):
        host, port = pooler or (administrator.host, administrator.port)
        profile = Profile(
            new_id(), name, "shared", database, host, port, administrator.ca_file, pooler is not None, home=home
        )
        _found(profile, administrator, email, admin_password)
    return profile


@contextmanager
def creation(home: Path) -> Iterator[None]:
    """A data folder made ready, for this process alone to make a workspace in."""
    who = server_user()
    if home == demo_home(home.parent):
        prepare_home(home.parent, who)  # the data folder itself, which may not exist yet
    prepare_home(home, who)
    open_log(home)
    with FileLock(home / "create.lock"), timed("db.init"):
        yield


def _found(profile: Profile, administrator: Administrator, email: str, password: str) -> None:
    """Roles, database, migrations, then the workspace with its key and first user, then the profile: in that order."""
    from billing.store.install import found_workspace, install

    install(administrator, profile.database)
    key = new_workspace_key()
    secret = derive_secret(key, profile.workspace_id, email, password)
    store = SecretStore(profile.home)
    store.keep(key_entry(profile.workspace_id), key.hex(), file_allowed=True)
    found_workspace(
        administrator,
        profile.database,
        workspace_id=profile.workspace_id,
        name=profile.name,
        demo=profile.demo,
        email=email,
        pg_role=role_name(profile.workspace_id, email),
        verifier=scram_verifier(secret),
    )
    save_profile(profile.home, profile)


def clear_unfinished(home: Path) -> None:
    """Remove what a killed `db init` or `db restore` left; nobody can sign in to it, as its profile is written last."""
    mark = home / "unfinished"
    if mark.exists():
        left, *restored = mark.read_text(encoding="ascii").split(maxsplit=1)
        EmbeddedServer(home).remove()
        if not restored:  # a restore works with the secrets of a workspace that may exist elsewhere
            for entry in (owner_entry(UUID(left)), key_entry(UUID(left))):
                SecretStore(home).forget(entry)
        mark.unlink()
    elif EmbeddedServer(home).initialised:
        raise RefusedError(
            "DATABASE_WITHOUT_PROFILE",
            f"{home} holds a database but no profile of it.",
            where=str(home),
            hint="Put its profile and secrets back, or choose another MOVEINSYNC_HOME.",
        )


def remove_demo(home: Path | None = None) -> None:
    """Remove the demo workspace, to make it anew; does nothing when there is none.

    Raises RefusedError for a folder that holds anything but a demo, and when another process uses it.
    """
    folder = demo_home(home)
    known = load_profiles(folder)
    if any(not profile.demo for profile in known):
        raise RefusedError("NOT_A_DEMO", f"{folder} holds a workspace that is no demo.", where=str(folder))
    if not known and not (folder / "unfinished").exists():
        return
    release(folder)
    EmbeddedServer(folder).remove()
    store = SecretStore(folder)
    for profile in known:
        for entry in (owner_entry(profile.workspace_id), key_entry(profile.workspace_id)):
            store.forget(entry)
        for email, _ in profile.users:
            store.forget(user_entry(profile.workspace_id, email))
    close_log()
    shutil.rmtree(folder)
