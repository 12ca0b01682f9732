"""Saved views of lists: a user's own, and those that a client's administrator shares with its staff (UX.md 1)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from billing.schemas.changes import Changes
from billing.schemas.views import SavedView

if TYPE_CHECKING:
    from billing.store.session import Session

_OWN, _SHARED = frozenset({"app.saved_views"}), frozenset({"app.shared_views"})


def list_views(session: Session, screen: str, client_id: UUID | None = None) -> list[SavedView]:
    """The views of a list: those shared with the client's staff first, then the user's own.

    `client_id` is the client that a SUPER_ADMIN works for; the client's staff sees its own, a vendor's staff none.
    """
    client = client_id or session.client_id
    with session.unit_of_work(name="views") as uow:
        return uow.saved_views.all(screen, client if session.may("views.shared") else None)


def save_view(session: Session, screen: str, name: str, state: Mapping[str, Any]) -> Changes:
    """Keep a view for oneself, on every computer; the same name again replaces it."""
    with session.unit_of_work(name="views.save") as uow:
        uow.saved_views.save(screen, name, state)
        uow.commit()
    return Changes(_OWN)


def drop_view(session: Session, screen: str, name: str) -> Changes:
    """Forget a view of one's own."""
    with session.unit_of_work(name="views.drop") as uow:
        uow.saved_views.drop(screen, name)
        uow.commit()
    return Changes(_OWN)


def share_view(session: Session, screen: str, name: str, state: Mapping[str, Any], client_id: UUID) -> Changes:
    """Give a view to everybody of the client. Raises NotAllowedError for who may not share."""
    session.require("views.share")
    with session.unit_of_work(name="views.share") as uow:
        uow.saved_views.share(client_id, screen, name, state)
        uow.commit()
    return Changes(_SHARED)


def withdraw_view(session: Session, screen: str, name: str, client_id: UUID) -> Changes:
    """Take a shared view back. Raises NotAllowedError for who may not share."""
    session.require("views.share")
    with session.unit_of_work(name="views.withdraw") as uow:
        uow.saved_views.withdraw(client_id, screen, name)
        uow.commit()
    return Changes(_SHARED)
