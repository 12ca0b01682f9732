"""The public door for scripts: contracts, trips and what prices them, without knowing the tables (DESIGN.md 8).

Without a session of its own a repository signs in as MOVEINSYNC_USER on the default workspace, once a process.
"""

from __future__ import annotations

import atexit
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from billing.errors import RefusedError
from billing.schemas.contracts import Contract, ContractVersion
from billing.schemas.parties import Client, Vendor
from billing.schemas.rating import TripData
from billing.schemas.trips import TripRecord

if TYPE_CHECKING:
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork

_SECONDS = Decimal(60)


class TripNotFoundError(RefusedError):
    """There is no such trip that the user may see."""


class ContractNotFoundError(RefusedError):
    """No such contract, or none in force, that the user may see."""


class _Default:
    """The session of this process, opened when first asked for and closed at the end."""

    session: Session | None = None


def default_session() -> Session:
    """Signed in as MOVEINSYNC_USER on the default workspace; with none yet, on the demo. Raises NotSignedInError."""
    from billing.services.demo import find_demo
    from billing.services.workspace import open_session
    from billing.store.profiles import data_home, load_profiles

    if _Default.session is None:
        has_workspace = bool(load_profiles(data_home()))
        _Default.session = open_session(demo=not has_workspace and find_demo() is not None)
        atexit.register(close_default_session)
    return _Default.session


def close_default_session() -> None:
    """Sign the process's session out; the next use signs in again."""
    session, _Default.session = _Default.session, None
    if session is not None:
        session.close()


def as_id(value: UUID | str) -> UUID:
    """An id given as UUID or text. Raises ValueError for other text."""
    return value if isinstance(value, UUID) else UUID(value)


def trip_data(record: TripRecord) -> TripData:
    """A stored trip as the engine rates it."""

    def minutes(seconds: int | None) -> Decimal | None:
        return None if seconds is None else (Decimal(seconds) / _SECONDS).quantize(Decimal("0.000001"))

    return TripData(
        trip_id=record.external_ref,
        start_time=record.start_time,
        end_time=record.end_time,
        distance_m=record.distance_m,
        status=record.status,
        is_carpool=record.is_carpool,
        escort=record.escort,
        employees=record.employees,
        vehicle_type=record.vehicle_type,
        vehicle_slot=record.vehicle_slot,
        site=record.site,
        zone=record.zone,
        seats_boarded=record.seats_boarded,
        garage_m=record.garage_m,
        waiting_minutes=minutes(record.waiting_s),
        toll=record.toll_paise,
        parking=record.parking_paise,
        late_minutes=minutes(record.late_s),
        cancelled_minutes_before=minutes(record.cancelled_before_s),
        claimed_m=record.claimed_m,
        gps_m=record.gps_m,
        calendar_days=record.calendar_days,
    )


@dataclass(frozen=True, slots=True)
class TripContext:
    """A trip with everything that prices it; contract and version are None where none covers it."""

    trip: TripRecord
    client: Client
    vendor: Vendor
    contract: Contract | None
    version: ContractVersion | None

    @property
    def data(self) -> TripData:
        """The trip as the engine rates it."""
        return trip_data(self.trip)


@dataclass(frozen=True, slots=True)
class ActiveContract:
    """A contract and its version in force at an instant."""

    contract: Contract
    version: ContractVersion

    @property
    def name(self) -> str:
        """The contract's name."""
        return self.contract.name

    @property
    def billing_model(self) -> str:
        """How it is billed: PER_TRIP, HYBRID or FIXED_PACKAGE."""
        return self.version.billing_model


class ContractRepository:
    """Contracts of a tenant."""

    def __init__(self, session: Session | None = None) -> None:
        self._session = session

    def get_contracts_by_tenant(self, tenant_id: UUID | str) -> list[ActiveContract]:
        """The client's contracts with the version in force now, else the next, else the last; by vendor and name.

        Contracts that have only drafts are left out.
        """
        from billing.services.contracts import list_contracts

        views = list_contracts(self._session or default_session(), client_id=as_id(tenant_id))
        pairs = [(view, view.current()) for view in views]
        return [
            ActiveContract(view.contract, version)
            for view, version in pairs
            if version is not None and version.status == "ACTIVE"
        ]


class PostgresRepository:
    """Trips and contracts as they are stored, as far as the signed-in user may see them."""

    def __init__(self, session: Session | None = None) -> None:
        self._given = session

    @property
    def session(self) -> Session:
        """The session given, or the default one."""
        return self._given or default_session()

    def fetch_trip_context(self, trip_id: UUID | str, client_id: UUID | str | None = None) -> TripContext:
        """A trip (by id or by its sheet's own id) with client, vendor, contract and version.

        Raises TripNotFoundError; RefusedError AMBIGUOUS where several clients use the id.
        """
        from billing.services.trip_price import find_trip

        with self.session.unit_of_work(name="repository.trip") as uow:
            try:
                trip = find_trip(uow, str(trip_id), str(client_id) if client_id else None)
            except RefusedError as error:
                if error.code != "UNKNOWN_TRIP":
                    raise
                raise TripNotFoundError(error.code, error.message, where="trip_id") from None
            client, vendor = uow.clients.get(trip.client_id), uow.vendors.get(trip.vendor_id)
            assert client is not None, "a visible trip belongs to a visible client"
            assert vendor is not None, "a visible trip belongs to a visible vendor"
            contract = uow.contracts.get(trip.client_id, trip.contract_id) if trip.contract_id else None
            version = _version_at(uow, contract, trip.start_time) if contract else None
        return TripContext(trip, client, vendor, contract, version)

    def fetch_active_contract(
        self, client_id: UUID | str, vendor_id: UUID | str, at: datetime | date | None = None
    ) -> ActiveContract:
        """The one contract of client and vendor in force at an instant, a local day, or now.

        Raises ContractNotFoundError when none is in force, or several are.
        """
        from billing.services.contracts import contracts_in_force

        found = contracts_in_force(self.session, client_id=as_id(client_id), vendor_id=as_id(vendor_id), at=at)
        if len(found) != 1:
            code, many = ("CONTRACT_NOT_FOUND", "No contract") if not found else ("AMBIGUOUS", "More than one contract")
            raise ContractNotFoundError(code, f"{many} of this client and vendor is in force then.", where="vendor_id")
        return ActiveContract(*found[0])

    def fetch_client_trips(
        self, client_id: UUID | str, start: date | datetime | None = None, end: date | datetime | None = None
    ) -> list[TripRecord]:
        """A client's trips that start in [start, end], by start; days are the client's own, the last included."""
        owner_id = as_id(client_id)
        with self.session.unit_of_work(timeout_s=600, name="repository.trips") as uow:
            owner = uow.clients.get(owner_id)
            if owner is None:
                raise RefusedError("UNKNOWN_CLIENT", "There is no such client that you may see.", where="client_id")
            zone = ZoneInfo(owner.time_zone)
            return uow.trips.between(owner_id, _instant(start, zone), _instant(end, zone, last=True))


def _version_at(uow: UnitOfWork, contract: Contract, moment: datetime) -> ContractVersion | None:
    from billing.services.contract_views import covers

    versions = uow.contract_versions.of_contract(contract.client_id, contract.id)
    return next((one for one in versions if one.status == "ACTIVE" and covers(one, moment)), None)


def _instant(value: date | datetime | None, zone: ZoneInfo, *, last: bool = False) -> datetime | None:
    """A time as it is, a naive time or a day in the client's zone; `last` takes the instant after the day."""
    if value is None:
        return None
    from billing.services.contract_views import instant_of

    whole_day = last and not isinstance(value, datetime)
    return instant_of(value + timedelta(days=1) if whole_day else value, zone)
