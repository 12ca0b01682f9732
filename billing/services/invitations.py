"""Bringing a person, or a person's new computer, into a workspace (SECURITY.md (a) 1, R14)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from billing.errors import BadInputError, ConflictError, UnavailableError
from billing.schemas.changes import Changes
from billing.schemas.users import Invitation, User
from billing.services.users import add_user, find_user, reset_password
from billing.store.files import write_private
from billing.store.invitations import pack, unpack
from billing.store.keys import normalise_email
from billing.store.profiles import Profile, load_profiles, save_profile
from billing.store.secrets import SecretStore, key_entry

if TYPE_CHECKING:
    from billing.store.session import Session

ONE_TIME_HOURS = 72


@dataclass(frozen=True, slots=True)
class Invited:
    """A one-time password, valid for 72 hours, and the invitation for the person's computer.

    The two go different ways. `invitation` is empty for an embedded workspace, which no other computer can reach.
    """

    user: User
    changes: Changes
    password: str = field(repr=False)
    invitation: str = field(default="", repr=False)


def invite(
    session: Session,
    *,
    email: str,
    role: str | None = None,
    client_id: UUID | None = None,
    vendor_id: UUID | None = None,
    name: str = "",
) -> Invited:
    """Invite a new user; or one whose device or password is lost: their sessions end and the old secret is void.

    Raises BadInputError for a new user without a role, NotAllowedError for anybody but a SUPER_ADMIN.
    """
    address, password = normalise_email(email), one_time_password()
    if find_user(session, address) is not None:
        saved = reset_password(session, email=address, password=password)
    elif role is None:
        raise BadInputError("ROLE_REQUIRED", f"{address} is new here: say in which role.", where="role")
    else:
        saved = add_user(
            session,
            email=address,
            password=password,
            role=role,
            client_id=client_id,
            vendor_id=vendor_id,
            name=name,
            must_change=True,
        )
    return Invited(saved.user, saved.changes, password, invitation_text(session.profile, address))


def replace_lost(session: Session, *, email: str) -> Invited:
    """A computer is lost: in one step the user's sessions end, the derived secret on it is void, and they are invited.

    Raises BadInputError for an address that is no user's, NotAllowedError for anybody but a SUPER_ADMIN.
    """
    address = normalise_email(email)
    if find_user(session, address) is None:
        raise BadInputError("USER_NOT_FOUND", f"There is no user {email}.", where="email")
    return invite(session, email=address)


def one_time_password() -> str:
    """Twenty characters that are easy to read out: no letters that look alike."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(5)) for _ in range(4))


def invitation_text(profile: Profile, email: str = "") -> str:
    """The invitation to a shared workspace as one line; empty for an embedded one.

    Raises UnavailableError when this machine does not have the workspace key or the certificate file.
    """
    if profile.embedded:
        return ""
    key = SecretStore(profile.home).get(key_entry(profile.workspace_id))
    if key is None:
        raise UnavailableError("NO_WORKSPACE_KEY", f"This machine has no key for the workspace {profile.name}.")
    try:
        ca = Path(profile.ca_file).read_text(encoding="utf-8") if profile.ca_file else ""
    except OSError as error:
        raise UnavailableError("CA_FILE", f"The certificate file {profile.ca_file} cannot be read.") from error
    key_bytes = bytes.fromhex(key)
    return pack(
        Invitation(
            profile.workspace_id,
            profile.name,
            profile.host,
            profile.port,
            profile.database,
            key_bytes,
            ca,
            email,
            profile.pooled,
        )
    )


def accept_invitation(home: Path, text: str) -> tuple[Profile, str]:
    """Take the workspace of an invitation into this data folder; gives its profile and the address invited.

    An invitation to a workspace that is known already brings its address and key up to date.
    Raises BadInputError for what is no invitation, ConflictError for one to a workspace embedded here.
    """
    found = unpack(text)
    for known in load_profiles(home):
        if known.workspace_id == found.workspace_id and known.embedded:
            raise ConflictError("EMBEDDED_HERE", f"The workspace {known.name} lives in this data folder itself.")
    ca_file = ""
    if found.ca:
        path = home / "profiles" / f"{found.workspace_id}.pem"
        write_private(path, found.ca)
        ca_file = str(path)
    profile = Profile(
        found.workspace_id,
        found.name,
        "shared",
        found.database,
        found.host,
        found.port,
        ca_file,
        found.pooled,
        home=home,
    )
    SecretStore(home).keep(key_entry(found.workspace_id), found.key.hex(), file_allowed=True)
    save_profile(home, profile)
    return profile, found.email
