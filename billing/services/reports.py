"""Reports of a client's trips: every trip of some dates with its cost, and what employees earned by carpooling.

Billed trips show what was billed, with the bill's tax spread over them; the others are rated as a preview and marked.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

import numpy as np

from billing.errors import BadInputError, RefusedError
from billing.invoicing.charges import milli
from billing.invoicing.spread import spread_by_group
from billing.schemas.annexure import Annexure
from billing.schemas.parties import Client
from billing.schemas.trip_columns import micros
from billing.services.documents import annexure_of, document_of
from billing.services.lookup import find_client, find_link
from billing.services.month_inputs import MonthInputs, load_inputs, month_bounds, next_month

if TYPE_CHECKING:
    from billing.rating.result import RatedPeriod
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork

Progress = Callable[[int, int, str], None]
BILLED, PREVIEW, NOT_RATED = "BILLED", "PREVIEW", "NOT_RATED"
READ_SECONDS = 600


@dataclass(frozen=True, slots=True)
class ReportTrip:
    """One line of the report; amounts in paise. `state` is BILLED, PREVIEW, NOT_RATED, or why no run takes it."""

    trip_id: str
    start: int
    end: int
    distance_m: int
    billing_model: str
    base_cost: int
    tax_amount: int
    non_taxable: int
    employee_incentive: int
    state: str

    @property
    def total_cost(self) -> int:
        """All that the client pays for the trip."""
        return self.base_cost + self.tax_amount + self.non_taxable + self.employee_incentive


@dataclass(frozen=True, slots=True)
class ClientReport:
    """The trips of a client in the dates, by start."""

    client: Client
    first: date
    last: date
    trips: tuple[ReportTrip, ...]
    shows_amounts: bool = True


@dataclass(frozen=True, slots=True)
class EmployeeIncentive:
    """What one employee earned by carpooling in a month, in paise."""

    employee: str
    trips: int
    amount: int


def read_client_report(
    session: Session,
    *,
    client: str | None = None,
    first: date,
    last: date,
    vendor: str | None = None,
    progress: Progress | None = None,
) -> ClientReport:
    """Every trip of the client that starts on a day from first to last; a vendor's staff gets its own, without amounts.

    Raises RefusedError for an unknown client or vendor, BadInputError for dates the wrong way round.
    """
    shows_amounts = session.may("invoices.view")
    if last < first:
        raise BadInputError("BAD_DATES", "The last day is before the first.", where="--to")
    with session.unit_of_work(READ_SECONDS, name="reports.trips", snapshot=True) as uow:
        owner = find_client(uow, client)
        vendor_id = find_link(uow, owner, vendor).vendor_id if vendor else None
        trips = [
            trip
            for month in _months(first, last)
            for trip in _month(uow, owner, vendor_id, month, progress, shows_amounts=shows_amounts)
        ]
        uow.rows = len(trips)
    zone = ZoneInfo(owner.time_zone)
    begin = micros(datetime(first.year, first.month, first.day, tzinfo=zone))
    after = last + timedelta(days=1)
    until = micros(datetime(after.year, after.month, after.day, tzinfo=zone))
    chosen = sorted((t for t in trips if begin <= t.start < until), key=lambda trip: (trip.start, trip.trip_id))
    return ClientReport(owner, first, last, tuple(chosen), shows_amounts)


def write_client_report(
    session: Session,
    *,
    target: Path,
    first: date,
    last: date,
    client: str | None = None,
    vendor: str | None = None,
    progress: Progress | None = None,
) -> Path:
    """Write the report as CSV; a folder as `target` gets a timestamped name. Gives the file."""
    from billing.exchange.csv_report import report_name, write_csv_report

    report = read_client_report(session, client=client, vendor=vendor, first=first, last=last, progress=progress)
    zone = report.client.time_zone
    if target.is_dir() or not target.suffix:
        name = report_name(report.client.code, f"{first}-{last}", datetime.now(ZoneInfo(zone)))
        target = target / name
    rows = _as_annexure(report)
    return write_csv_report(target, rows, zone, with_state=True, with_amounts=report.shows_amounts, progress=progress)


def _months(first: date, last: date) -> Iterator[date]:
    month = first.replace(day=1)
    while month <= last:
        yield month
        month = next_month(month)


def _month(
    uow: UnitOfWork,
    owner: Client,
    vendor_id: UUID | None,
    month: date,
    progress: Progress | None,
    *,
    shows_amounts: bool,
) -> Iterator[ReportTrip]:
    start, until = month_bounds(month, ZoneInfo(owner.time_zone))
    contracts = uow.months.contracts_with_work(client_id=owner.id, vendor_id=vendor_id, month=month)
    for place, (_, contract_id) in enumerate(contracts, start=1):
        if progress is not None:
            progress(place, len(contracts), f"{month:%B %Y}")
        yield from (_contract if shows_amounts else _volumes)(uow, owner, contract_id, month)
    for ref, begin, end, metres, why in uow.ledger.left_out(owner.id, vendor_id, start, until):
        yield ReportTrip(ref, micros(begin), micros(end), metres, "", 0, 0, 0, 0, why)


def _contract(uow: UnitOfWork, owner: Client, contract_id: UUID, month: date) -> Iterator[ReportTrip]:
    """The billed trips of a contract's month, and a preview of those that are not on the bill."""
    billed = _billed(uow, owner, contract_id, month)
    yield from _from_columns(billed, BILLED) if billed is not None else ()
    start, until = month_bounds(month, ZoneInfo(owner.time_zone))
    names = uow.ledger.trip_names(owner.id, contract_id, start, until)
    known = set(billed.trip_ids) if billed is not None else set()
    if known.issuperset(names):
        return
    try:
        inputs = load_inputs(uow, owner.id, contract_id, month)
        preview = preview_rows(inputs, names)
    except (BadInputError, RefusedError):
        inputs, preview = None, None
    if preview is not None:
        yield from (trip for trip in _from_columns(preview, PREVIEW) if trip.trip_id not in known)
        return
    yield from (trip for trip in _volumes(uow, owner, contract_id, month, NOT_RATED) if trip.trip_id not in known)


def _volumes(
    uow: UnitOfWork, owner: Client, contract_id: UUID, month: date, state: str = "ACCEPTED"
) -> Iterator[ReportTrip]:
    """A contract's trips as they happened, without any price."""
    start, until = month_bounds(month, ZoneInfo(owner.time_zone))
    for row in uow.months.trip_facts(owner.id, contract_id, start, until):
        yield ReportTrip(row[0], micros(row[1]), micros(row[2]), row[3], "", 0, 0, 0, 0, state)


def _billed(uow: UnitOfWork, owner: Client, contract_id: UUID, month: date) -> Annexure | None:
    current = uow.runs.current(owner.id, contract_id, month)
    if current is None or current[0].invoice_id is None:
        return None
    stored = uow.invoices.get(owner.id, current[0].invoice_id)
    return annexure_of(uow, stored, document_of(uow, stored)) if stored else None


def preview_rows(inputs: MonthInputs, names: list[str]) -> Annexure:
    """The trips of a rated month as rows, with the tax of the bill that would be made spread over them."""
    from billing.rating.period import rate_period

    rated = rate_period(inputs.rating)
    trips = rated.trips
    count = len(trips)
    percents = np.array([milli(percent) for percent in trips.percents] or [0], np.int64)[trips.percent]
    none = [""] * count
    columns = inputs.rating.trips
    models = [version.rules.model.value for version in inputs.rating.versions]
    return Annexure(
        trip_ids=[names[row] for row in trips.order.tolist()],
        starts=columns.start[trips.order],
        ends=columns.end[trips.order],
        statuses=none,
        vehicles=none,
        riders=none,
        models=[models[place] for place in trips.version.tolist()],
        distances=columns.distance_m[trips.order],
        versions=np.array(rated.version_numbers, np.int64)[trips.version],
        percents=percents,
        charges={},
        taxable=trips.base,
        tax=_spread_tax(inputs, rated, percents),
        non_taxable=trips.non_taxable,
        incentive=trips.incentive,
    )


def _spread_tax(inputs: MonthInputs, rated: RatedPeriod, percents: Any) -> Any:
    from billing.services.billing import draft_for

    draft = draft_for(inputs, rated)
    lines = rated.period_lines
    weights = np.concatenate([rated.trips.base, [line.amount for line in lines]]).astype(np.int64)
    rates = np.concatenate([percents, [milli(line.tax_percent) for line in lines]]).astype(np.int64)
    taxes = {group.percent_milli: group.tax for group in draft.tax_groups}
    return spread_by_group(taxes, rates, weights)[: len(rated.trips)]


def _from_columns(rows: Annexure, state: str) -> Iterator[ReportTrip]:
    facts = zip(rows.trip_ids, rows.starts.tolist(), rows.ends.tolist(), rows.distances.tolist(), strict=True)
    money = zip(
        rows.taxable.tolist(), rows.tax.tolist(), rows.non_taxable.tolist(), rows.incentive.tolist(), strict=True
    )
    for (ref, start, end, metres), model, (base, tax, untaxed, incentive) in zip(
        facts, rows.models, money, strict=True
    ):
        yield ReportTrip(ref, start, end, metres, model, base, tax, untaxed, incentive, state)


def _as_annexure(report: ClientReport) -> Annexure:
    """The report as the CSV writer takes it."""

    def column(name: str) -> Any:
        return np.array([getattr(trip, name) for trip in report.trips], np.int64)

    none = [""] * len(report.trips)
    nothing = np.zeros(len(report.trips), np.int64)
    return Annexure(
        trip_ids=[trip.trip_id for trip in report.trips],
        starts=column("start"),
        ends=column("end"),
        statuses=none,
        vehicles=none,
        riders=none,
        models=[trip.billing_model for trip in report.trips],
        distances=column("distance_m"),
        versions=nothing,
        percents=nothing,
        charges={},
        taxable=column("base_cost"),
        tax=column("tax_amount"),
        non_taxable=column("non_taxable"),
        incentive=column("employee_incentive"),
        states=[trip.state for trip in report.trips],
    )


def read_incentives(session: Session, *, client: str | None = None, month: date) -> tuple[EmployeeIncentive, ...]:
    """What each employee earned by carpooling in a month, highest first; rated now by the rules in force."""
    from billing.rating.period import rate_period

    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    with session.unit_of_work(READ_SECONDS, name="reports.incentives", snapshot=True) as uow:
        owner = find_client(uow, client)
        for _, contract_id in uow.months.contracts_with_work(client_id=owner.id, vendor_id=None, month=month):
            inputs = load_inputs(uow, owner.id, contract_id, month)
            bonuses = rate_period(inputs.rating).trips.bonuses
            people = inputs.rating.trips.employees
            for code, amount in zip(bonuses.employees.tolist(), bonuses.amounts.tolist(), strict=True):
                cell = sums[people.names[code] if people is not None and code >= 0 else ""]
                cell[0] += 1
                cell[1] += amount
    found = [EmployeeIncentive(name, trips, amount) for name, (trips, amount) in sums.items()]
    return tuple(sorted(found, key=lambda one: (-one.amount, one.employee)))
