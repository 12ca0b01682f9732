"""Whether a client's vendors see what their own issued trips cost: setting `vendor_sees_amounts`, SECURITY.md (c)."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from billing.schemas.changes import Changes

if TYPE_CHECKING:
    from billing.store.session import Session

KEY = "vendor_sees_amounts"


def vendors_see_amounts(session: Session, client_id: UUID) -> bool:
    """Whether the client lets its vendors see amounts; off where nobody said anything."""
    with session.unit_of_work(name="settings.read") as uow:
        return uow.client_settings.get(client_id, KEY, False) is True


def let_vendors_see_amounts(session: Session, client_id: UUID, on: bool) -> Changes:
    """Let them, or no longer; vendors' staff sees it from its next sign-in, the database obeys at once.

    Raises NotAllowedError for anybody but a SUPER_ADMIN.
    """
    session.require("settings.workspace")
    with session.unit_of_work(name="settings.vendor_amounts") as uow:
        uow.client_settings.set(client_id, KEY, on)
        uow.commit()
    return Changes(frozenset({"app.settings"}))
