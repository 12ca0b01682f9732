"""Everything about parties that one page shows, read in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

from billing.schemas.parties import Client, ClientSite, ClientVendor, Employee, Vehicle, Vendor, VendorBranch
from billing.schemas.taxes import GstRate, TdsRate

if TYPE_CHECKING:
    from billing.store.session import Session

STEPS = ("vendor", "contract", "trips", "invoice")
"""What leads from a new client to its first billed month, in this order."""


@dataclass(frozen=True, slots=True)
class PartyBook:
    """The parties of one client, or of all that the user may see.

    `clients` are those in question, `all_clients` every one that the user sees with its (sites, vendors, employees) in
    `counts`; `missing` are the steps of a single client not done yet, in order.
    """

    clients: tuple[Client, ...]
    sites: tuple[ClientSite, ...]
    links: tuple[ClientVendor, ...]
    vendors: tuple[Vendor, ...]
    branches: tuple[VendorBranch, ...]
    employees: tuple[Employee, ...]
    vehicles: tuple[Vehicle, ...]
    gst_rates: tuple[GstRate, ...] = ()
    tds_rates: tuple[TdsRate, ...] = ()
    all_clients: tuple[Client, ...] = ()
    counts: Mapping[UUID, tuple[int, int, int]] = field(default_factory=dict, hash=False)
    missing: tuple[str, ...] = ()


def read_party_book(session: Session, *, client_id: UUID | None = None) -> PartyBook:
    """The book of a client, or of all clients; what is missing is told for one client only."""
    scope = {} if client_id is None else {"client_id": client_id}
    with session.unit_of_work(name="parties.read") as uow:
        everyone = uow.clients.find()
        clients = [client for client in everyone if client_id in (None, client.id)]
        links = uow.client_vendors.find(**scope)
        return PartyBook(
            tuple(clients),
            tuple(uow.client_sites.find(**scope)),
            tuple(links),
            tuple(uow.vendors.find()),
            tuple(uow.vendor_branches.find()),
            tuple(uow.employees.find(**scope)),
            tuple(uow.vehicles.find(**scope)),
            tuple(uow.gst_rates.find()),
            tuple(uow.tds_rates.find()),
            tuple(everyone),
            uow.setup_steps.counts(),
            _missing(bool(links), *uow.setup_steps.of_client(clients[0].id)) if len(clients) == 1 else (),
        )


def _missing(*done: bool) -> tuple[str, ...]:
    return tuple(step for step, is_done in zip(STEPS, done, strict=True) if not is_done)
