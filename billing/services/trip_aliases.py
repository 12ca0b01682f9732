"""A name in a sheet that nobody knew, matched once by a person and remembered (never by similarity)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from billing.errors import BadInputError, RefusedError
from billing.schemas.changes import Changes
from billing.services.lookup import find_client, find_link, fold
from billing.services.trip_parties import KnownParties

if TYPE_CHECKING:
    from billing.store.session import Session


def remember_vendor(session: Session, *, client: str, vendor: str, text: str) -> Changes:
    """From now on this text in a sheet of the client means this vendor.

    Raises:
        RefusedError: The text means another vendor already.
        EditConflictError: Somebody else changed the vendor meanwhile.
    """
    name = _checked(text)
    with session.unit_of_work(name="trips.alias") as uow:
        owner = find_client(uow, client)
        link = find_link(uow, owner, vendor)
        known = KnownParties.read(uow).link(owner, name)
        if known is not None:
            if known.vendor_id == link.vendor_id:
                return Changes(frozenset())
            raise RefusedError("NAME_IN_USE", f'"{name}" means vendor {known.code} already.', where=name)
        uow.client_vendors.update(replace(link, aliases=(*link.aliases, name)))
        uow.commit()
    return Changes(frozenset({"client_vendors"}), frozenset({link.vendor_id}))


def remember_client(session: Session, *, client: str, text: str) -> Changes:
    """From now on this text in a sheet means this client (a SUPER_ADMIN's decision).

    Raises:
        RefusedError: The text means another client already.
    """
    name = _checked(text)
    with session.unit_of_work(name="trips.alias") as uow:
        owner = find_client(uow, client)
        known = KnownParties.read(uow).client(name)
        if known is not None:
            if known.id == owner.id:
                return Changes(frozenset())
            raise RefusedError("NAME_IN_USE", f'"{name}" means client {known.code} already.', where=name)
        uow.clients.update(replace(owner, aliases=(*owner.aliases, name)))
        uow.commit()
    return Changes(frozenset({"clients"}), frozenset({owner.id}))


def _checked(text: str) -> str:
    name = " ".join(text.split())
    if not 1 <= len(name) <= 200 or not fold(name):
        raise BadInputError("BAD_NAME", "A name has 1 to 200 characters.", where="text")
    return name
