"""Contracts as they are read: with everything that names them, and which of their versions is in force when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from billing.errors import RefusedError
from billing.schemas.contracts import Contract, ContractVersion
from billing.schemas.parties import Client, ClientSite, ClientVendor, Vendor, VendorBranch
from billing.store.contract_cache import InForce

if TYPE_CHECKING:
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork

FARTHEST_ZONE = timedelta(hours=14)
"""No local calendar is further from UTC: a day of any zone lies within its UTC day and this much on both sides."""


@dataclass(frozen=True, slots=True)
class ContractView:
    """A contract with everything that names it, and its versions by number."""

    contract: Contract
    client: Client
    link: ClientVendor
    vendor: Vendor
    site: ClientSite
    branch: VendorBranch
    versions: tuple[ContractVersion, ...]

    def current(self, now: datetime | None = None) -> ContractVersion | None:
        """The version in force now, else the next to come, else the last that was, else the newest draft."""
        moment = now or datetime.now(UTC)
        active = sorted((v for v in self.versions if v.status == "ACTIVE"), key=lambda version: version.valid_from)
        started = [version for version in active if version.valid_from <= moment]
        if started and (started[-1].valid_until is None or moment < started[-1].valid_until):
            return started[-1]
        coming = [version for version in active if version.valid_from > moment]
        if coming:
            return coming[0]
        return started[-1] if started else (self.versions[-1] if self.versions else None)

    def state(self, now: datetime | None = None) -> str:
        """DRAFT, UPCOMING, ACTIVE or ENDED."""
        moment, version = now or datetime.now(UTC), self.current(now)
        if version is None or version.status == "DRAFT":
            return "DRAFT"
        if version.valid_from > moment:
            return "UPCOMING"
        return "ENDED" if version.valid_until is not None and version.valid_until <= moment else "ACTIVE"


def local_start(day: date | datetime, client: Client) -> datetime:
    """The instant at which a version begins or ends: local midnight of a day, or the time that was typed."""
    return instant_of(day, ZoneInfo(client.time_zone))


def list_contracts(session: Session, *, client_id: UUID | None = None) -> list[ContractView]:
    """The contracts that the user may see, by client, vendor code and name."""
    with session.unit_of_work() as uow:
        return read_views(uow, client_id)


def show_contract(session: Session, *, client_id: UUID, contract_id: UUID) -> ContractView:
    """One contract. Raises RefusedError NOT_FOUND."""
    with session.unit_of_work() as uow:
        return read_view(uow, client_id, contract_id)


def read_views(uow: UnitOfWork, client_id: UUID | None) -> list[ContractView]:
    """All views with a fixed number of queries, whatever the number of contracts."""
    scope = {} if client_id is None else {"client_id": client_id}
    clients = {client.id: client for client in uow.clients.find()}
    links = {(link.client_id, link.vendor_id): link for link in uow.client_vendors.find(**scope)}
    vendors = {vendor.id: vendor for vendor in uow.vendors.find()}
    sites = {site.id: site for site in uow.client_sites.find(**scope)}
    branches = {branch.id: branch for branch in uow.vendor_branches.find()}
    versions: dict[UUID, list[ContractVersion]] = {}
    for version in uow.contract_versions.all_of(client_id):
        versions.setdefault(version.contract_id, []).append(version)
    views = [
        ContractView(
            contract,
            clients[contract.client_id],
            links[contract.client_id, contract.vendor_id],
            vendors[contract.vendor_id],
            sites[contract.site_id],
            branches[contract.branch_id],
            tuple(versions.get(contract.id, ())),
        )
        for contract in uow.contracts.find(**scope)
    ]
    return sorted(views, key=lambda view: (view.client.code, view.link.code, view.contract.name))


def read_view(uow: UnitOfWork, client_id: UUID, contract_id: UUID) -> ContractView:
    """One contract. Raises RefusedError NOT_FOUND."""
    for view in read_views(uow, client_id):
        if view.contract.id == contract_id:
            return view
    raise RefusedError("NOT_FOUND", "There is no such contract.")


def contracts_in_force(
    session: Session, *, client_id: UUID, vendor_id: UUID, at: datetime | date | None = None
) -> list[tuple[Contract, ContractVersion]]:
    """The contracts of a client and vendor in force at an instant, a day of the client's, or now; with their versions.

    The last 128 answers are kept until somebody saves a contract (billing.store.contract_cache).
    """
    moment = datetime.now(UTC) if at is None else at
    day = moment.astimezone(UTC).date() if isinstance(moment, datetime) and moment.tzinfo else moment
    key = day.date() if isinstance(day, datetime) else day

    def read() -> InForce:
        with session.unit_of_work(name="contracts.in_force") as uow:
            return _in_force_around(uow, client_id, vendor_id, key)

    found = session.contracts_in_force.find(client_id, vendor_id, key, read)
    instant = instant_of(moment, ZoneInfo(found.zone))
    return [(contract, version) for contract, version in found.contracts if covers(version, instant)]


def _in_force_around(uow: UnitOfWork, client_id: UUID, vendor_id: UUID, day: date) -> InForce:
    """All versions in force at some time of a day, whatever the zone in which the day is meant."""
    client = uow.clients.get(client_id)
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC) - FARTHEST_ZONE
    end = begin + timedelta(days=1) + 2 * FARTHEST_ZONE
    contracts = uow.contracts.find(client_id=client_id, vendor_id=vendor_id)
    return InForce(
        client.time_zone if client is not None else "UTC",
        tuple(
            (contract, version)
            for contract in contracts
            for version in uow.contract_versions.of_contract(client_id, contract.id)
            if version.status == "ACTIVE"
            and version.valid_from < end
            and (version.valid_until is None or version.valid_until > begin)
        ),
    )


def covers(version: ContractVersion, moment: datetime) -> bool:
    """Does the version's time hold the moment?"""
    return version.valid_from <= moment and (version.valid_until is None or moment < version.valid_until)


def instant_of(value: date | datetime, zone: ZoneInfo) -> datetime:
    """A time as it is; a naive one, or the first moment of a day, in the zone."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=zone)
    return datetime(value.year, value.month, value.day, tzinfo=zone)
