"""Users as lines of a list and as facts of the side panel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from billing.rights import role_about, role_words
from billing.schemas.users import User
from moveinsync_desktop import formats
from moveinsync_desktop.models.columns import Column


@dataclass(frozen=True, slots=True)
class UserRow:
    """A user in the list."""

    id: UUID
    name: str
    email: str
    role: str
    place: str
    last_sign_in: datetime | None
    sessions: int
    state: str
    record: User


USER_COLUMNS = (
    Column("name", "Name", "id", 140),
    Column("email", "E-mail", "text", 210, stretch=True),
    Column("role", "Role", "text", 106),
    Column("place", "Belongs to", "text", 196),
    Column("state", "State", "state", 108),
    Column("last_sign_in", "Last sign-in", "stamp", 140, from_width=880),
    Column("sessions", "Sessions", "count", 82, total=True, from_width=980),
)


def user_rows(users: Sequence[User]) -> list[UserRow]:
    """One line a user."""
    return [
        UserRow(
            one.id,
            one.name or one.email.partition("@")[0],
            one.email,
            role_words(one.role),
            place_of(one),
            one.last_sign_in_at,
            one.open_sessions,
            "DISABLED" if not one.active else "WAITING" if one.must_change else "ACTIVE",
            one,
        )
        for one in users
    ]


def place_of(user: User) -> str:
    """The client, the vendor, or both that a user is bound to."""
    return ", ".join(word for word in (user.client_code, user.vendor_name) if word) or "the whole workspace"


def user_facts(shown: UserRow) -> list[tuple[str, str]]:
    """What the side panel says."""
    user = shown.record
    waits = "one-time, to be changed at the next sign-in" if user.must_change else ""
    return [
        ("E-mail", user.email),
        ("Role", f"{shown.role}: {role_about(user.role)}"),
        ("Belongs to", shown.place),
        ("Last sign-in", formats.long_stamp(user.last_sign_in_at) if user.last_sign_in_at else "never"),
        ("Sessions", formats.plural(user.open_sessions, "open session") if user.open_sessions else "none open"),
        ("Password", waits),
    ]
