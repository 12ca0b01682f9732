"""Clients and vendors that a trip sheet names and nobody has entered yet (`--create-parties`, SUPER_ADMIN)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from billing.schemas.ids import new_id
from billing.schemas.parties import Client, ClientVendor, Vendor
from billing.services.lookup import fold, match
from billing.services.party_checks import checked_client, checked_link, checked_vendor

if TYPE_CHECKING:
    from billing.store.unit_of_work import UnitOfWork

_LONGEST_CODE = 40


@dataclass(slots=True)
class NewParties:
    """What the sheet's words mean now: every client and every link, and which of them were made."""

    clients: dict[str, Client] = field(default_factory=dict)
    links: dict[tuple[str, str], ClientVendor] = field(default_factory=dict)
    created_clients: list[Client] = field(default_factory=list)
    created_vendors: list[Vendor] = field(default_factory=list)
    created_links: list[ClientVendor] = field(default_factory=list)


def create_missing(
    uow: UnitOfWork, wanted: Mapping[str, Collection[str]], *, time_zone: str = "Asia/Kolkata"
) -> NewParties:
    """Find or make each client (a code or name) and its vendors; all in the caller's transaction.

    A vendor that other clients of the workspace know under the same code is the same vendor. What is made has the
    sheet's word as code and name, and a default site or branch to be completed later; a new client lives in the time
    zone in which the sheet was read.

    Raises:
        InvalidFieldsError: A word cannot be a code (too long, control characters).
    """
    result = NewParties()
    known_clients = uow.clients.find()
    known_links = uow.client_vendors.find()
    vendor_names = {vendor.id: vendor.name for vendor in uow.vendors.find()}
    vendors_by_code = _vendors_by_code(known_links)
    for client_text, vendor_texts in wanted.items():
        found = match(known_clients, client_text, key="id")
        client = found[0] if found else _new_client(client_text, time_zone, result)
        result.clients[client_text] = client
        own = [link for link in known_links if link.client_id == client.id]
        for text in vendor_texts:
            link = _known_link(own, text, vendor_names)
            if link is None:
                link = _new_link(client, text, vendors_by_code, result)
                own.append(link)
            result.links[client_text, text] = link
    uow.clients.add(result.created_clients)
    uow.vendors.add(result.created_vendors)
    uow.client_vendors.add(result.created_links)
    return result


def _vendors_by_code(links: list[ClientVendor]) -> dict[str, Vendor | ClientVendor]:
    """Codes that mean one vendor only, whichever client uses them."""
    meant: dict[str, set[object]] = {}
    for link in links:
        meant.setdefault(fold(link.code), set()).add(link.vendor_id)
    return {fold(link.code): link for link in links if len(meant[fold(link.code)]) == 1}


def _known_link(own: list[ClientVendor], text: str, names: Mapping[UUID, str]) -> ClientVendor | None:
    found = match(own, text, key="vendor_id", names=("code",))
    found = found or [link for link in own if fold(names.get(link.vendor_id, "")) == fold(text)]
    return found[0] if found else None


def _new_client(text: str, time_zone: str, result: NewParties) -> Client:
    client = checked_client(Client(new_id(), text.strip()[:_LONGEST_CODE], text.strip(), time_zone=time_zone))
    result.created_clients.append(client)
    return client


def _new_link(
    client: Client, text: str, vendors_by_code: dict[str, Vendor | ClientVendor], result: NewParties
) -> ClientVendor:
    known = vendors_by_code.get(fold(text))
    if known is None:
        known = checked_vendor(Vendor(new_id(), text.strip()))
        result.created_vendors.append(known)
        vendors_by_code[fold(text)] = known
    vendor_id = known.id if isinstance(known, Vendor) else known.vendor_id
    link = checked_link(ClientVendor(client.id, vendor_id, text.strip()[:_LONGEST_CODE]))
    result.created_links.append(link)
    return link
