"""Every trip of some days with its price: what the ledger charged, else rated as a preview by the same function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from billing.schemas.parties import Client
from billing.services.lookup import find_client, find_link
from billing.services.vendor_bill_ours import OurSide, whole_months

if TYPE_CHECKING:
    from billing.schemas.reports import Asked
    from billing.store.queries_reports import ReportQueries
    from billing.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class PricedTrip:
    """A trip and what it costs, in paise before tax; `state` BILLED, PREVIEW, NOT_RATED, or why no bill takes it."""

    id: UUID
    ref: str
    vendor_id: UUID
    contract_id: UUID | None
    start: datetime
    end: datetime
    distance_m: int
    status: str
    vehicle_no: str
    escort: bool
    seats: int
    riders: tuple[str, ...]
    amount: int
    tax: int
    night: int
    escort_charge: int
    state: str

    @property
    def aboard(self) -> int:
        """Seats that were used: boarded, else the riders named."""
        return self.seats or len(self.riders)


@dataclass(slots=True)
class PricedDays:
    """The trips of some days, what the months themselves cost by contract, and the names that rows are shown with."""

    owner: Client
    trips: list[PricedTrip]
    monthly: dict[UUID, int]
    unbilled_monthly: dict[UUID, int]
    contracts: dict[UUID, str]
    vendor_of: dict[UUID, UUID]
    vendors: dict[UUID, str]

    def contract(self, trip: PricedTrip) -> str:
        """The contract's name."""
        return self.contracts.get(trip.contract_id, "") if trip.contract_id else "No contract"


def read_priced(uow: UnitOfWork, asked: Asked) -> PricedDays:
    """Price the trips of the days asked for."""
    from billing.store.queries_reports import ReportQueries

    owner = find_client(uow, asked.client)
    vendor_id = find_link(uow, owner, asked.vendor).vendor_id if asked.vendor else None
    side, queries = OurSide(uow, owner), ReportQueries(uow.connection)
    first, last = asked.span
    start = datetime(first.year, first.month, first.day, tzinfo=side.zone)
    after = last + timedelta(days=1)
    until = datetime(after.year, after.month, after.day, tzinfo=side.zone)
    trips = [_priced(side, row) for row in queries.trips(owner.id, start, until, vendor_id)]
    contracts = uow.contracts.find(client_id=owner.id)
    mine = {one.id for one in contracts if vendor_id in (None, one.vendor_id)}
    monthly, unbilled = _monthly(side, queries, first, last)
    return PricedDays(
        owner,
        trips,
        {key: amount for key, amount in monthly.items() if key in mine},
        {key: amount for key, amount in unbilled.items() if key in mine},
        {one.id: one.name for one in contracts},
        {one.id: one.vendor_id for one in contracts},
        {one.id: one.name for one in uow.vendors.find()},
    )


def _priced(side: OurSide, row: Mapping[str, Any]) -> PricedTrip:
    state = row["state"]
    money = (row["amount"] or 0, row["tax"] or 0, row["night"] or 0, row["escort_charge"] or 0)
    if state == "PREVIEW":
        month = side.month(row["contract_id"], row["start_time"].astimezone(side.zone).date().replace(day=1))
        if month is None or row["id"] not in month.place:
            state = "NOT_RATED"
        else:
            amount, tax, _, _ = month.price(row["id"])
            place, amounts = month.place[row["id"]], month.rated.trips.amounts
            night, escort = (int(amounts[code][place]) if code in amounts else 0 for code in ("NIGHT", "ESCORT"))
            money = (amount, tax, night, escort)
    return PricedTrip(
        row["id"], row["ref"], row["vendor_id"], row["contract_id"], row["start_time"], row["end_time"],
        row["distance_m"], row["status"], row["vehicle_no"], row["escort"], row["seats"], tuple(row["riders"]),
        *money, state,
    )  # fmt: skip


def _monthly(side: OurSide, queries: ReportQueries, first: date, last: date) -> tuple[dict[UUID, int], dict[UUID, int]]:
    """What whole months cost beside their trips: billed and rated, and of it what is not billed."""
    sums: dict[UUID, int] = {}
    unbilled: dict[UUID, int] = {}
    for month in whole_months(first, last):
        for contract_id, amount in queries.monthly(side.owner.id, month).items():
            sums[contract_id] = sums.get(contract_id, 0) + amount
        for contract_id, amount in _unbilled(side, month):
            sums[contract_id] = sums.get(contract_id, 0) + amount
            unbilled[contract_id] = unbilled.get(contract_id, 0) + amount
    return sums, unbilled


def _unbilled(side: OurSide, month: date) -> Iterator[tuple[UUID, int]]:
    uow, owner = side.uow, side.owner
    for _, contract_id in uow.months.contracts_with_work(client_id=owner.id, vendor_id=None, month=month):
        if uow.runs.current(owner.id, contract_id, month) is None:
            rated = side.month(contract_id, month)
            if rated is not None:
                yield contract_id, sum(line.amount for line in rated.rated.period_lines)
