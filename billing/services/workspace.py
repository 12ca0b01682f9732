"""Opening a workspace: its server, the user's secret, the signed-in session (DESIGN.md sections 4 and 5)."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from billing.errors import NotSignedInError, RefusedError, UnavailableError
from billing.schemas.workspace import Administrator
from billing.server.attached import attach
from billing.server.attached import release as release_server
from billing.services.founding import create_shared_workspace, create_workspace, remove_demo
from billing.store.keys import derive_secret, normalise_email
from billing.store.logging import open_log, timed
from billing.store.preload import preload
from billing.store.profiles import Profile, data_home, demo_home, find_profile, remember_last, save_profile
from billing.store.secrets import SecretStore, key_entry, owner_entry, user_entry

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator

    from billing.store.session import Session

__all__ = [
    "ask_on_terminal",
    "create_shared_workspace",
    "create_workspace",
    "derive_for",
    "offer_users",
    "open_session",
    "owner_of",
    "reach",
    "release_server",
    "remember_user",
    "remove_demo",
    "session_from_args",
]

AskPassword = Callable[[str], str | None]


def open_session(
    home: Path | None = None,
    *,
    demo: bool = False,
    profile: str | Profile | None = None,
    email: str | None = None,
    password: str | None = None,
    ask_password: AskPassword | None = None,
) -> Session:
    """Start the embedded server where needed, find the user's secret, sign in.

    The secret comes from the password given, else from memory, file or keyring, else from MOVEINSYNC_PASSWORD, else
    from `ask_password`. The user is `email`, else MOVEINSYNC_USER, else in a demo its first client's CLIENT_ADMIN.
    Raises NotSignedInError when there is no user or no secret, or the sign-in is refused.
    """
    base = home.absolute() if home else data_home()
    found = profile if isinstance(profile, Profile) else find_profile(demo_home(base) if demo else base, profile)
    imports = threading.Thread(target=preload, daemon=True)
    imports.start()  # while the server starts
    open_log(found.home)
    with timed("session.open"):
        reached = _reach_or_upgrade(found)
        who = _user_of(found, email)
        session = _sign_in(found, reached, who, _secrets_of(found, who, password, ask_password))
        secret = session.secret
        if not _schema_fits(found, session):
            session = _sign_in(found, reached, who, iter([secret]))
    remember_last(found)
    return session


def _reach_or_upgrade(found: Profile) -> Profile:
    """The server's address; a cluster of an older PostgreSQL is moved over first, as a schema is migrated."""
    try:
        return reach(found)
    except RefusedError as error:
        if error.code != "OLDER_CLUSTER":
            raise
    from billing.services.upgrade import upgrade_cluster

    upgrade_cluster(found)
    return reach(found)


def _sign_in(found: Profile, reached: Profile, email: str, candidates: Iterator[str]) -> Session:
    """Try a remembered secret first; where the password was changed meanwhile it fails, and the typed one counts."""
    from billing.store.session import sign_in

    refused: NotSignedInError | None = None
    for secret in candidates:
        try:
            return sign_in(reached, email, secret, revive=lambda: reach(found))
        except NotSignedInError as error:
            refused = error
    raise refused or NotSignedInError(
        "NO_PASSWORD",
        f"There is no password for {email}.",
        hint="Set MOVEINSYNC_PASSWORD, or run the command on a terminal, which asks for it.",
    )


def _schema_fits(found: Profile, session: Session) -> bool:
    """Whether the database has this program's schema; an embedded one that is older is migrated now.

    Raises RefusedError for a newer one, and for a shared one that its administrator has not migrated yet.
    """
    from billing.store.migrate import differences, migrate, newest

    unknown, missing = differences(session)
    if not unknown and not missing:
        return True
    session.close()
    if unknown:
        raise RefusedError(
            "SCHEMA_NEWER",
            f"The workspace {found.name} has schema {max(unknown)}; this program knows {newest()}.",
            hint="Install the newer program on this workstation too.",
        )
    if not found.embedded:
        raise RefusedError(
            "SCHEMA_OLDER",
            f"The workspace {found.name} has not the schema {newest()} of this program.",
            hint="The server's administrator brings it up to date with `moveinsync db migrate`.",
        )
    migrate(owner_of(found), found.database)
    return False


def session_from_args(args: Namespace) -> Session:
    """The session of a command: honours --demo, --profile, --as and MOVEINSYNC_*; asks on a terminal.

    What an earlier command left undecided is told on standard error. Raises as `open_session`.
    """
    import sys

    from billing.services.account import clock_warning
    from billing.services.intents import settle_pending

    session = open_session(demo=args.demo, profile=args.profile, email=args.user, ask_password=ask_on_terminal)
    if warning := clock_warning(session):
        sys.stderr.write(f"{warning}\n")
    for settled in settle_pending(session):
        sys.stderr.write(f"{settled.words}\n")
    session.on_checking = lambda: sys.stderr.write("The answer of the database was lost; checking what became of it.\n")
    return session


def ask_on_terminal(question: str) -> str | None:
    """A password typed at the terminal; None where nobody can type."""
    import getpass
    import sys

    if not sys.stdin.isatty():
        return None
    return getpass.getpass(f"{question}: ")


def reach(profile: Profile) -> Profile:
    """The profile with the address where its server listens now; an embedded server is started where needed.

    Also the way back after the server died: it is started again and recovers.
    """
    if not profile.embedded:
        return profile
    address = attach(profile.home)
    return profile.at(address.host, address.port)


def remember_user(profile: Profile, email: str, secret: str) -> bool:
    """Keep a user's derived secret for the next start ("Remember me"); False when there is no keyring to keep it.

    Those of a demo are always kept, without a keyring in its secrets.json.
    """
    return SecretStore(profile.home).keep(
        user_entry(profile.workspace_id, normalise_email(email)), secret, file_allowed=profile.demo
    )


def offer_users(profile: Profile, users: Sequence[tuple[str, str]]) -> Profile:
    """Note a demo's users as (e-mail, role), to be offered at sign-in; the first CLIENT_ADMIN is `--demo`'s own."""
    noted = replace(profile, users=tuple(users))
    save_profile(profile.home, noted)
    return noted


def derive_for(profile: Profile, email: str, password: str) -> str:
    """The derived secret of a user of this workspace. Takes 0.2 s.

    Raises NotSignedInError when this machine does not have the workspace key.
    """
    key = SecretStore(profile.home).get(key_entry(profile.workspace_id))
    if key is None:
        raise NotSignedInError(
            "NO_WORKSPACE_KEY",
            f"This machine has no key for the workspace {profile.name}.",
            hint="Ask a SUPER_ADMIN for an invitation.",
        )
    return derive_secret(bytes.fromhex(key), profile.workspace_id, email, password)


def owner_of(profile: Profile) -> Administrator:
    """The bootstrap login of an embedded workspace, for migration and backup; starts the server where needed."""
    owner = SecretStore(profile.home).get(owner_entry(profile.workspace_id)) if profile.embedded else None
    if owner is None:
        raise UnavailableError(
            "NO_OWNER_SECRET",
            f"The owner's secret of the workspace {profile.name} is not on this machine.",
            hint="Only an embedded workspace has one here; of a shared server, ask the administrator.",
        )
    reached = reach(profile)
    return Administrator(reached.host, reached.port, "mis_boot", owner)


def _user_of(profile: Profile, email: str | None) -> str:
    wanted = email or os.environ.get("MOVEINSYNC_USER")
    if wanted:
        return normalise_email(wanted)
    if profile.demo:
        for known, role in profile.users:
            if role == "CLIENT_ADMIN":
                return known
    raise NotSignedInError("NO_USER", "Nobody is named to sign in.", hint="Use --as EMAIL, or set MOVEINSYNC_USER.")


def _secrets_of(profile: Profile, email: str, password: str | None, ask: AskPassword | None) -> Iterator[str]:
    if password is None:
        kept = SecretStore(profile.home).get(user_entry(profile.workspace_id, email))
        if kept is not None:
            yield kept
        password = os.environ.get("MOVEINSYNC_PASSWORD") or (ask(f"Password of {email}") if ask else None)
    if password:
        yield derive_for(profile, email, password)
