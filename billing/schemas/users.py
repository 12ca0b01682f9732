"""The people of a workspace. Their passwords are nowhere; see billing/store/keys.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

ROLES = ("SUPER_ADMIN", "CLIENT_ADMIN", "VENDOR_ADMIN", "VIEWER")


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
