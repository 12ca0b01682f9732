"""Our side of a vendor's bill: its trips and monthly charges as the ledger has them, else rated as a preview."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from billing.errors import BadInputError, RefusedError
from billing.invoicing.charges import milli
from billing.invoicing.lines import describe
from billing.money import half_up
from billing.schemas.invoices import ChargeLevel
from billing.schemas.parties import Client
from billing.schemas.trip_columns import micros
from billing.schemas.vendor_bills import OurLine
from billing.services.month_inputs import MonthInputs, load_inputs, next_month

if TYPE_CHECKING:
    from billing.rating.result import RatedPeriod
    from billing.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class RatedMonth:
    """A contract's month rated; `place` tells each stored trip's place in rating order."""

    inputs: MonthInputs
    rated: RatedPeriod
    place: Mapping[UUID, int]

    def price(self, trip: UUID) -> tuple[int, int, int, int]:
        """(amount before tax, tax, untaxed part, percent in thousandths) of a trip."""
        trips, at = self.rated.trips, self.place[trip]
        untaxed = int(trips.non_taxable[at])
        percent = milli(trips.percents[int(trips.percent[at])])
        return int(trips.base[at]) + untaxed, int(trips.tax[at]), untaxed, percent


@dataclass(slots=True)
class OurSide:
    """What stands on our side. `month` rates a contract's month once, None where it cannot be rated."""

    uow: UnitOfWork
    owner: Client
    lines: list[OurLine] = field(default_factory=list)
    _months: dict[tuple[UUID, date], RatedMonth | None] = field(default_factory=dict)

    @property
    def zone(self) -> ZoneInfo:
        """Days and months are those of the client's calendar."""
        return ZoneInfo(self.owner.time_zone)

    def month(self, contract_id: UUID, month: date) -> RatedMonth | None:
        """The contract's month as it is rated now."""
        key = (contract_id, month)
        if key not in self._months:
            self._months[key] = self._rate(contract_id, month)
        return self._months[key]

    def _rate(self, contract_id: UUID, month: date) -> RatedMonth | None:
        from billing.rating.period import rate_period

        try:
            inputs = load_inputs(self.uow, self.owner.id, contract_id, month)
            rated = rate_period(inputs.rating)
        except (BadInputError, RefusedError):
            return None
        order = rated.trips.order.tolist()
        return RatedMonth(inputs, rated, {inputs.trips.id_of(row): place for place, row in enumerate(order)})


def read_ours(
    uow: UnitOfWork, owner: Client, vendor_id: UUID, bill_id: UUID, first: date, last: date, refs: Sequence[str]
) -> OurSide:
    """Trips of the vendor in [first, last], those of the ids named whenever they were, and charges of whole months."""
    side = OurSide(uow, owner)
    start = datetime(first.year, first.month, first.day, tzinfo=side.zone)
    after = last + timedelta(days=1)
    until = datetime(after.year, after.month, after.day, tzinfo=side.zone)
    for row in uow.vendor_bills.our_trips(owner.id, vendor_id, bill_id, start, until, refs):
        side.lines.append(_trip(side, row))
    for month in whole_months(first, last):
        side.lines.extend(_charges(side, vendor_id, month))
    return side


def whole_months(first: date, last: date) -> Iterator[date]:
    """First days of the months that lie wholly in [first, last]."""
    month = first if first.day == 1 else next_month(first)
    while next_month(month) - timedelta(days=1) <= last:
        yield month
        month = next_month(month)


def _trip(side: OurSide, row: Mapping[str, Any]) -> OurLine:
    state, money = row["state"], (row["amount"] or 0, row["tax"] or 0, row["untaxed"] or 0, row["tax_milli"] or 0)
    if state == "PREVIEW":
        month = row["start_time"].astimezone(side.zone).date().replace(day=1)
        rated = side.month(row["contract_id"], month)
        if rated is None or row["id"] not in rated.place:
            state = "NOT_RATED"
        else:
            money = rated.price(row["id"])
    return OurLine(
        ref=row["external_ref"], amount=money[0], tax=money[1], untaxed=money[2], tax_milli=money[3], state=state,
        contract_id=row["contract_id"], trip_id=row["id"], vehicle_no=row["vehicle_no"],
        start=micros(row["start_time"]), distance_m=row["distance_m"], status=row["status"],
        in_period=row["in_period"],
    )  # fmt: skip


def _charges(side: OurSide, vendor_id: UUID, month: date) -> Iterator[OurLine]:
    """What the month itself costs: from the ledger where a contract is billed, else as it would be."""
    uow, owner = side.uow, side.owner
    billed = set()
    for _, contract_id in uow.months.contracts_with_work(client_id=owner.id, vendor_id=vendor_id, month=month):
        if uow.runs.current(owner.id, contract_id, month) is not None:
            billed.add(contract_id)
            continue
        rated = side.month(contract_id, month)
        for line in rated.rated.period_lines if rated else ():
            yield _charge(side, contract_id, line.code, line.slot, line.amount, milli(line.tax_percent), "PREVIEW")
    for row in uow.vendor_bills.our_charges(owner.id, vendor_id, month):
        yield _charge(side, row["contract_id"], row["code"], row["slot"], row["amount"], row["tax_milli"], "BILLED")


def _charge(side: OurSide, contract_id: UUID, code: str, slot: str, amount: int, percent: int, state: str) -> OurLine:
    contract = side.uow.contracts.get(side.owner.id, contract_id)
    tax = 0 if contract is not None and contract.reverse_charge else half_up(amount * percent, 100_000)
    words = describe(code, ChargeLevel.PERIOD) + (f", {slot}" if slot else "")
    return OurLine(words, amount, tax, 0, percent, state, contract_id, code=code)
