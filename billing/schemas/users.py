"""The people of a workspace. Their passwords are nowhere; see billing/store/keys.py."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from billing.rights import roles

ROLES = tuple(roles())


@dataclass(frozen=True, slots=True)
class User:
    """A user as an administrator sees them. Bound to a client, a vendor, both (a vendor's user) or neither."""

    id: UUID
    email: str
    name: str
    role: str
    client_id: UUID | None = None
    vendor_id: UUID | None = None
    active: bool = True
    must_change: bool = False
    last_sign_in_at: datetime | None = None
    rev: int = 1
    client_code: str | None = None
    vendor_name: str | None = None
    open_sessions: int = 0


@dataclass(frozen=True, slots=True)
class OwnSession:
    """A session of the signed-in user; `is_this` is the one that asks. Times are the server's."""

    id: UUID
    started_at: datetime
    renewed_at: datetime
    expires_at: datetime
    address: str | None
    is_this: bool


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a workstation needs to know of a shared workspace. Who has it may begin to guess passwords (SECURITY (a) 1).

    `ca` is the text of the certificates to verify the server by; it holds no password and no derived secret.
    """

    workspace_id: UUID
    name: str
    host: str
    port: int
    database: str
    key: bytes = field(repr=False)
    ca: str = ""
    email: str = ""
    pooled: bool = False
