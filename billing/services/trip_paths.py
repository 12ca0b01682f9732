"""Where a trip leads: the contracts of its vendor in force at its start, and the bill that charges it.

found = read_paths(session, client_id=client_id, trip_id=trip_id, run_id=run_id)
found.contracts, found.invoice_id
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from billing.services.contract_views import contracts_in_force

if TYPE_CHECKING:
    from billing.schemas.contracts import Contract, ContractVersion
    from billing.schemas.trips import TripRecord
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork

MANY = 500


@dataclass(frozen=True, slots=True)
class TripPaths:
    """Contracts with the version in force when the trip started, by name; the invoice, None while none charges it."""

    contracts: tuple[tuple[Contract, ContractVersion], ...]
    invoice_id: UUID | None = None
    invoice: str = ""


def read_paths(session: Session, *, client_id: UUID, trip_id: UUID, run_id: UUID | None = None) -> TripPaths:
    """As far as the user may see contracts and invoices; `run_id` is the run that charges the trip."""
    with session.unit_of_work(name="trips.paths") as uow:
        record = uow.trips.get(trip_id, client_id)
        if record is None:
            return TripPaths(())
        bill = _invoice_of(uow, record, run_id) if run_id and session.may("invoices.view") else (None, "")
    if not session.may("contracts.view"):
        return TripPaths((), *bill)
    found = contracts_in_force(session, client_id=client_id, vendor_id=record.vendor_id, at=record.start_time)
    return TripPaths(tuple(sorted(found, key=lambda pair: pair[0].name)), *bill)


def _invoice_of(uow: UnitOfWork, record: TripRecord, run_id: UUID) -> tuple[UUID | None, str]:
    owner = uow.clients.get(record.client_id)
    zone = ZoneInfo(owner.time_zone if owner else "Asia/Kolkata")
    month = record.start_time.astimezone(zone).date().replace(day=1)
    page = uow.invoices.page(client_id=record.client_id, vendor_id=record.vendor_id, month=month, limit=MANY)
    for row in page:
        if row.run_id == run_id and row.status != "VOID":
            return row.invoice_id, row.number or ""
    return None, ""
