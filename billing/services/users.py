"""Users of a workspace: add, list, disable, change their role, reset and change passwords (SECURITY.md (c) 17)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from uuid import UUID

from billing.errors import BadInputError
from billing.rights import binds
from billing.schemas.changes import Changes
from billing.schemas.ids import new_id
from billing.schemas.users import ROLES, User
from billing.services.workspace import derive_for
from billing.store.keys import check_password, normalise_email, scram_verifier

if TYPE_CHECKING:
    from billing.store.session import Session

_TABLES = frozenset({"auth.users"})


@dataclass(frozen=True, slots=True)
class SavedUser:
    """A user as stored now; `secret` is the derived login secret where this call set a password, else empty."""

    user: User
    changes: Changes
    secret: str = field(default="", repr=False)


def list_users(session: Session) -> list[User]:
    """The users this session may see, by e-mail."""
    with session.unit_of_work() as uow:
        return list(uow.users.all())


def find_user(session: Session, email: str) -> User | None:
    """The user of that e-mail address, as far as this session may see it."""
    with session.unit_of_work(name="user") as uow:
        return uow.users.by_email(normalise_email(email))


def end_sessions(session: Session, *, email: str) -> SavedUser:
    """End a user's sessions and connections; they may sign in again."""
    with session.unit_of_work(name="end sessions") as uow:
        user = _existing(uow.users.by_email(normalise_email(email)), email)
        uow.users.end_sessions(user)
        uow.commit()
    return SavedUser(replace(user, open_sessions=0), _changed(user))


def add_user(
    session: Session,
    *,
    email: str,
    password: str,
    role: str,
    client_id: UUID | None = None,
    vendor_id: UUID | None = None,
    name: str = "",
    must_change: bool = False,
) -> SavedUser:
    """Make a user. Only a SUPER_ADMIN may. Takes 0.3 s (the secret is derived on this machine).

    Raises BadInputError for e-mail, password, role or a binding that does not fit it; ConflictError for a known e-mail.
    """
    address = normalise_email(email)
    check_password(password, address, session.profile.name)
    check_binding(role, client_id, vendor_id)
    user = User(new_id(), address, name.strip(), role, client_id, vendor_id, must_change=must_change)
    secret = derive_for(session.profile, address, password)
    with session.unit_of_work() as uow:
        uow.users.add(user, scram_verifier(secret))
        uow.commit()
    return SavedUser(user, _changed(user), secret)


def set_active(session: Session, *, email: str, active: bool) -> SavedUser:
    """Disable a user, or let them in again. The last active SUPER_ADMIN cannot be disabled."""
    with session.unit_of_work() as uow:
        user = _existing(uow.users.by_email(normalise_email(email)), email)
        uow.users.set_active(user, active)
        uow.commit()
    if not active:
        _end_latecomers(session, user)
    return SavedUser(replace(user, active=active), _changed(user))


def set_role(
    session: Session, *, email: str, role: str, client_id: UUID | None = None, vendor_id: UUID | None = None
) -> SavedUser:
    """Change a user's role and binding; their open sessions end."""
    check_binding(role, client_id, vendor_id)
    with session.unit_of_work() as uow:
        user = _existing(uow.users.by_email(normalise_email(email)), email)
        uow.users.set_role(user, role, client_id, vendor_id)
        uow.commit()
    return SavedUser(replace(user, role=role, client_id=client_id, vendor_id=vendor_id), _changed(user))


def reset_password(session: Session, *, email: str, password: str) -> SavedUser:
    """Give a user a one-time password that they must change within 72 hours."""
    address = normalise_email(email)
    check_password(password, address, session.profile.name)
    secret = derive_for(session.profile, address, password)
    with session.unit_of_work() as uow:
        user = _existing(uow.users.by_email(address), email)
        uow.users.reset_password(user, scram_verifier(secret))
        uow.commit()
    _end_latecomers(session, user)
    return SavedUser(replace(user, must_change=True), _changed(user), secret)


def check_binding(role: str, client_id: UUID | None, vendor_id: UUID | None) -> None:
    """Raise BadInputError when a role does not go with the client and vendor given (SECURITY.md (c), row checks)."""
    if role not in ROLES:
        raise BadInputError("UNKNOWN_ROLE", f"There is no role {role}; roles are {', '.join(ROLES)}.", where="role")
    for party, bound in (("client", client_id), ("vendor", vendor_id)):
        wanted = binds(role, party)
        if wanted == "yes" and bound is None:
            raise BadInputError("BINDING", f"A {role} belongs to a {party}.", where=party)
        if wanted == "no" and bound is not None:
            raise BadInputError("BINDING", f"A {role} belongs to no {party}.", where=party)


def _end_latecomers(session: Session, user: User) -> None:
    """End what was connected with the old secret while the deed was being committed."""
    with session.unit_of_work(name="end sessions") as uow:
        uow.users.end_sessions(user)
        uow.commit()


def _existing(user: User | None, email: str) -> User:
    if user is None:
        raise BadInputError("USER_NOT_FOUND", f"There is no user {email}.", where="email")
    return user


def _changed(user: User) -> Changes:
    return Changes(_TABLES, frozenset({user.id}))
