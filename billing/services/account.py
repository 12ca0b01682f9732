"""One's own account: password and sessions (SECURITY.md (c) 1)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from billing.errors import BadInputError, NotSignedInError
from billing.schemas.changes import Changes
from billing.schemas.users import OwnSession, User
from billing.services.workspace import derive_for, remember_user
from billing.store.keys import check_password, scram_verifier
from billing.store.secrets import SecretStore, user_entry

if TYPE_CHECKING:
    from billing.store.session import Session


CLOCK_SLACK_S = 120.0


@dataclass(frozen=True, slots=True)
class Account:
    """Who is signed in, and where else. `user.must_change`: the password is a one-time one.

    `idle_minutes`: after so long without a touch the window asks for the password again.
    """

    user: User
    sessions: tuple[OwnSession, ...]
    idle_minutes: int


def own_account(session: Session) -> Account:
    """The signed-in user with their open sessions."""
    with session.unit_of_work(name="account") as uow:
        user = uow.users.by_email(session.email)
        if user is None:
            raise NotSignedInError("SESSION_OVER", "The session is over: sign in again.")
        return Account(user, tuple(uow.users.own_sessions()), uow.users.idle_minutes())


def clock_warning(session: Session) -> str:
    """A sentence when this computer's clock was more than two minutes off the server's at sign-in, else empty."""
    off = session.clock_off_s
    if abs(off) <= CLOCK_SLACK_S:
        return ""
    minutes = round(abs(off) / 60)
    much = f"{minutes} minutes" if minutes < 120 else f"{minutes // 60} hours"
    much = f"{minutes // 1440} days" if minutes >= 2880 else much
    side = "ahead of" if off > 0 else "behind"
    return (
        f"This computer's clock is {much} {side} the database's. Amounts and dates follow the database; set the clock."
    )


def change_password(session: Session, *, old: str, new: str) -> Changes:
    """Set the signed-in user's password; every other session of theirs ends. Takes half a second.

    Raises BadInputError (where: old, password) when the old one is not right or the new one may not be chosen.
    """
    email, profile = session.email, session.profile
    if derive_for(profile, email, old) != session.secret:
        raise BadInputError("WRONG_PASSWORD", "The present password is not right.", where="old")
    check_password(new, email, f"{profile.name} {_company(session)}")
    secret = derive_for(profile, email, new)
    if secret == session.secret:
        raise BadInputError("SAME_PASSWORD", "The new password is the old one.", where="password")
    was_kept = SecretStore(profile.home).get(user_entry(profile.workspace_id, email)) is not None
    session.change_password(scram_verifier(secret), secret)
    if was_kept:
        remember_user(profile, email, secret)
    return Changes(frozenset({"auth.users", "auth.sessions"}), frozenset({session.user_id}))


def _company(session: Session) -> str:
    """The name of the client that the user is bound to."""
    if session.client_id is None:
        return ""
    with session.unit_of_work(name="company") as uow:
        client = uow.clients.get(session.client_id)
    return client.name if client else ""


def end_sessions(session: Session, session_id: UUID | None = None) -> Changes:
    """End one of the own sessions, or without an id all but the present one."""
    with session.unit_of_work(name="end sessions") as uow:
        uow.users.end_own_sessions(session_id)
        uow.commit()
    return Changes(frozenset({"auth.sessions"}), frozenset({session.user_id}))
