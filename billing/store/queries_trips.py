"""The list of trips: any length, filtered, sorted, counted and summed in SQL (UX.md 10, DESIGN.md 9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from billing.errors import BadInputError
from billing.schemas.lists import ANYWHERE, Listing, Opened
from billing.store.keyset import Filter, ListColumn, ListSpec, Order, count_and_totals, every_nth_key, order_of, tables
from billing.store.session import Session
from billing.store.unit_of_work import UnitOfWork

PAGE = 256
LIST_SECONDS = 120
VIEWS = {
    "all": "true",
    "unassigned": "t.contract_id IS NULL",
    "held": "t.hold_reason IS NOT NULL",
    "submitted": "t.acceptance = 'SUBMITTED'",
    "rejected": "t.acceptance = 'REJECTED'",
    "billed": "c.run_id IS NOT NULL",
    "unbilled": "c.run_id IS NULL AND t.contract_id IS NOT NULL AND t.hold_reason IS NULL"
    " AND t.acceptance = 'ACCEPTED'",
}
_CHARGE = (
    "LEFT JOIN app.trip_charges c ON c.client_id = t.client_id AND c.trip_id = t.id "
    "AND c.kind = 'BILL' AND c.released_at IS NULL"
)
# Who sees no amounts has no right on the charges, so for them there is none.
_NO_CHARGE = (
    "LEFT JOIN (SELECT NULL::uuid AS run_id, NULL::bigint AS taxable, NULL::bigint AS non_taxable,"
    " NULL::bigint AS night) c ON false"
)
_JOINS = {
    "client": "JOIN app.clients z ON z.id = t.client_id",
    "link": "LEFT JOIN app.client_vendors l ON l.client_id = t.client_id AND l.vendor_id = t.vendor_id",
    "vendor": "LEFT JOIN app.vendors w ON w.id = t.vendor_id",
    "contract": "LEFT JOIN app.contracts k ON k.client_id = t.client_id AND k.id = t.contract_id",
    "charge": _CHARGE,
    "batch": "LEFT JOIN app.import_batches b ON b.client_id = t.client_id AND b.id = t.batch_id",
}
_RIDERS = "(SELECT count(*) FROM app.trip_riders r WHERE r.client_id = t.client_id AND r.trip_id = t.id)"
_EMPLOYEES = (
    "(SELECT string_agg(r.employee_code, ', ' ORDER BY r.seq) FROM app.trip_riders r"
    " WHERE r.client_id = t.client_id AND r.trip_id = t.id)"
)
_ABOARD = (
    "EXISTS (SELECT 1 FROM app.trip_riders r WHERE r.client_id = t.client_id AND r.trip_id = t.id"
    " AND r.employee_code IN ({0}, upper({0})))"
)
_ID = ListColumn("t.id", "uuid")
_CLIENT = ListColumn("t.client_id", "uuid")
_COLUMNS = {
    # what "search in this list" looks at
    ANYWHERE: ListColumn(
        "concat_ws(' ', t.external_ref, t.vehicle_no, t.vehicle_type, t.site, t.zone, w.name, k.name)",
        joins=("vendor", "contract"),
    ),
    "ref": ListColumn("t.external_ref"),
    "start": ListColumn("t.start_time", "moment"),
    "end": ListColumn("t.end_time", "moment"),
    "distance_m": ListColumn("t.distance_m", "number", total=True),
    "client_code": ListColumn("z.code", joins=("client",)),
    "vendor_code": ListColumn("l.code", joins=("link",), nullable=True),
    "vendor_name": ListColumn("w.name", joins=("vendor",), nullable=True),
    "contract_name": ListColumn("k.name", joins=("contract",), nullable=True),
    "site": ListColumn("t.site", nullable=True),
    "zone": ListColumn("t.zone", nullable=True),
    "from_place": ListColumn("t.site", nullable=True),
    "to_place": ListColumn("t.zone", nullable=True),
    "riders": ListColumn(_RIDERS, "number"),
    "employees": ListColumn(_EMPLOYEES, nullable=True, within=_ABOARD),
    "seats_boarded": ListColumn("t.seats_boarded", "number", nullable=True),
    "is_carpool": ListColumn("t.is_carpool", "flag"),
    "is_escorted": ListColumn("t.escort", "flag"),
    "is_night": ListColumn("coalesce(c.night, 0) <> 0", "flag", joins=("charge",)),
    "vehicle_no": ListColumn("t.vehicle_no", nullable=True),
    "vehicle_type": ListColumn("t.vehicle_type", nullable=True),
    "rated_paise": ListColumn("(c.taxable + c.non_taxable)", "number", joins=("charge",), nullable=True, total=True),
    "status": ListColumn("t.status"),
    "acceptance": ListColumn("t.acceptance"),
    "exception": ListColumn("t.exception", nullable=True),
    "hold_reason": ListColumn("t.hold_reason", nullable=True),
    "file_name": ListColumn("b.file_name", joins=("batch",), nullable=True),
}


@dataclass(frozen=True, slots=True)
class TripRow:
    """One line of the list.

    `rated_paise` is the charge before tax (taxable and untaxed lines) of the run that bills the trip, None while no run
    does; `is_night` says that the run charged it as a night trip. `key` is its place in the list, for `sums`.
    """

    id: UUID
    client_id: UUID
    client_code: str
    ref: str
    start: datetime
    end: datetime
    from_place: str | None
    to_place: str | None
    distance_m: int
    riders: int
    seats_boarded: int | None
    is_carpool: bool
    is_night: bool
    is_escorted: bool
    vehicle_no: str | None
    vehicle_type: str | None
    vendor_code: str | None
    vendor_name: str | None
    contract_id: UUID | None
    contract_name: str | None
    run_id: UUID | None
    rated_paise: int | None
    status: str
    acceptance: str
    exception: str | None
    hold_reason: str | None
    employees: str | None
    file_name: str | None
    rev: int
    key: tuple[Any, ...]


_OTHER_FIELDS = {
    "id": "t.id",
    "client_id": "t.client_id",
    "contract_id": "t.contract_id",
    "run_id": "c.run_id",
    "rev": "t.rev",
}
_FIELDS = {
    name: _OTHER_FIELDS.get(name) or _COLUMNS[name].sql for name in TripRow.__dataclass_fields__ if name != "key"
}


class TripList:
    """A list of trips; `open` and `page` each use a unit of work of their own, from any thread.

    Args:
        session: who looks; row-level security decides what is there.
        listing: filters and order, by the column keys of TripRow; the default order is `start`.
        month: first day of a month, in each client's own zone; None for all months.
        view: one of VIEWS.
        client_id: one client; None: all that the user may see (then the default order is by client first).
        vendor_id: one vendor.

    Raises:
        BadInputError: An unknown column, view or operator.
    """

    page_size = PAGE

    def __init__(
        self,
        session: Session,
        listing: Listing,
        *,
        month: date | None = None,
        view: str = "all",
        client_id: UUID | None = None,
        vendor_id: UUID | None = None,
    ) -> None:
        if view not in VIEWS:
            raise BadInputError("UNKNOWN_VIEW", "There is no such view of trips.", where=view)
        self._session = session
        self._listing = listing
        self._month = month
        self._view = view
        self._client_id = client_id or session.client_id
        self._vendor_id = vendor_id or session.vendor_id
        joins = _JOINS if session.may("billing.amounts") else dict(_JOINS, charge=_NO_CHARGE)
        self._spec = ListSpec(
            source="app.trips t",
            columns=_COLUMNS,
            joins=joins,
            last=_ID,
            first=() if self._client_id else (_CLIENT,),
            day=self._day,
        )
        self._order = order_of(self._spec, listing, "start")
        self._where()  # refuses bad conditions at once, not on a worker

    def open(self) -> Opened:
        """Count, totals (distance_m, riders, rated_paise) and anchors of all trips that match."""
        where = self._where()
        with self._work("list trips") as uow:
            row = uow.connection.execute(sa.text(count_and_totals(self._spec, where)), where.values).mappings().one()
            totals = {name: int(value) for name, value in row.items() if name != "count"}
            totals["riders"] = self._count_riders(uow, where)
            anchors: list[Any] = [None]
            if row["count"] > PAGE:
                query = every_nth_key(self._spec, where, self._order, PAGE)
                anchors += [tuple(key) for key in uow.connection.execute(sa.text(query), where.values)]
            uow.rows = row["count"]
        # the last key of a full last page is followed by nothing
        return Opened(row["count"], totals, anchors[: max(1, -(-row["count"] // PAGE))])

    def page(self, anchor: Any) -> Sequence[TripRow]:
        """The trips after an anchor (None: the first ones), PAGE at most, in order."""
        where, inner = self._page_keys(anchor)
        with self._work("trips page") as uow:
            rows = uow.connection.execute(sa.text(self._page_query(inner)), where.values).all()
            uow.rows = len(rows)
        width = len(_FIELDS)
        return [TripRow(*(*row[:width], tuple(row[width:]))) for row in rows]

    def sums(self, ranges: Sequence[tuple[Any, Any]]) -> dict[str, int]:
        """Count and totals of a selection, given as (first key, last key) of stretches of the list, both included."""
        total: dict[str, int] = {}
        with self._work("sum trips") as uow:
            for first, last in ranges:
                where = self._where()
                where.clauses.append(self._order.compare(where, ">=", first))
                where.clauses.append(self._order.compare(where, "<=", last))
                where.joins |= self._order.joins
                query = sa.text(count_and_totals(self._spec, where))
                found = dict(uow.connection.execute(query, where.values).mappings().one())
                found["riders"] = self._count_riders(uow, where)
                total = {name: total.get(name, 0) + int(value) for name, value in found.items()}
        return total

    def _work(self, name: str) -> UnitOfWork:
        return self._session.unit_of_work(LIST_SECONDS, name=name, snapshot=True)

    def _day(self, bound: str) -> str:
        """The instant at which a local day begins, in the client's zone."""
        if self._client_id is None:
            return f"({bound}::timestamp AT TIME ZONE z.time_zone)"
        zone = "(SELECT x.time_zone FROM app.clients x WHERE x.id = CAST(:client AS uuid))"
        return f"({bound}::timestamp AT TIME ZONE {zone})"

    def _where(self, *, without: str = "") -> Filter:
        """The conditions of the list; `without` the lower or the upper bound of the month, where a key implies it."""
        where = Filter(self._spec, ["t.superseded_at IS NULL", VIEWS[self._view]])
        if self._view in ("billed", "unbilled"):
            where.joins.add("charge")
        if self._client_id is None:
            where.joins.add("client")
        else:
            where.values["client"] = self._client_id
            where.clauses.append("t.client_id = CAST(:client AS uuid)")
        if self._vendor_id is not None:
            where.values["vendor"] = self._vendor_id
            where.clauses.append("t.vendor_id = CAST(:vendor AS uuid)")
        if self._month is not None:
            where.values["month"] = self._month
            if without != "lower":
                where.clauses.append(f"t.start_time >= {self._month_edge('lower')}")
            if without != "upper":
                where.clauses.append(f"t.start_time < {self._month_edge('upper')}")
        for condition in self._listing.conditions:
            where.add(condition)
        return where

    def _month_edge(self, side: str) -> str:
        """The instant at which the month begins (lower) or is over (upper), or infinity for all months."""
        if self._month is None:
            return "CAST('-infinity' AS timestamptz)" if side == "lower" else "CAST('infinity' AS timestamptz)"
        later = "" if side == "lower" else " + interval '1 month'"
        return self._day(f"(CAST(:month AS date){later})")

    def _page_keys(self, anchor: Any) -> tuple[Filter, str]:
        """The keys of one page, found with no more joins than order and filter need.

        In the order of start a key implies the month's bound behind it, which is then left out: with two bounds on one
        side the index may be entered at the wrong one, and a late page takes longer than an early one.
        """
        order = self._order
        behind = "upper" if order.descending else "lower"
        by_start = _COLUMNS["start"] in order.columns
        where = self._where(without=behind if by_start and anchor is not None else "")
        if by_start and self._client_id is None:
            return where, self._keys_client_by_client(where, anchor, behind)
        if anchor is not None:
            where.clauses.append(order.compare(where, ">", anchor))
        names = (f"{key} AS k{place}" for place, key in enumerate(order.keys))
        return where, (
            f"SELECT t.client_id AS page_client, t.id AS page_trip, {', '.join(names)} "
            f"FROM {tables(self._spec, where.joins | order.joins)} WHERE {' AND '.join(where.clauses)} "
            f"ORDER BY {order.by} LIMIT {PAGE}"
        )

    def _keys_client_by_client(self, where: Filter, anchor: Any, behind: str) -> str:
        """The same over several clients: a page of each at most, so that every one is an index range of its own."""
        sign, direction = ("<", " DESC") if self._order.descending else (">", "")
        clients = "true"
        if anchor is not None:
            client, start, trip = (
                where.bind(value, column.kind) for value, column in zip(anchor, self._order.columns, strict=True)
            )
            clients = f"z.id {sign}= {client}"
            nobody = "CAST('00000000-0000-0000-0000-000000000000' AS uuid)"
            begin = f"CASE WHEN z.id = {client} THEN {start} ELSE {self._month_edge(behind)} END"
            last = f"CASE WHEN z.id = {client} THEN {trip} ELSE {nobody} END"
            where.clauses.append(f"(t.start_time, t.id) {sign} ({begin}, {last})")
        return (
            "SELECT x.page_client, x.page_trip, x.page_client AS k0, x.k1, x.k2 FROM app.clients z CROSS JOIN LATERAL ("
            "SELECT t.client_id AS page_client, t.id AS page_trip, t.start_time AS k1, t.id AS k2 "
            f"FROM {tables(self._spec, where.joins - {'client'})} "
            f"WHERE t.client_id = z.id AND {' AND '.join(where.clauses)} "
            f"ORDER BY t.start_time{direction}, t.id{direction} LIMIT {PAGE}) x "
            f"WHERE {clients} ORDER BY z.id{direction}, x.k1{direction}, x.k2{direction} LIMIT {PAGE}"
        )

    def _page_query(self, inner: str) -> str:
        """All fields of the rows whose keys were found."""
        order: Order = self._order
        names = [f"k{place}" for place in range(len(order.keys))]
        direction = " DESC" if order.descending else ""
        by = ", ".join(f"p.{name}{direction}" for name in names)
        fields = ", ".join(f"{sql} AS {name}" for name, sql in _FIELDS.items())
        rest = f"{self._spec.source} ON t.client_id = page_client AND t.id = page_trip "
        rest += " ".join(self._spec.joins.values())
        return f"SELECT {fields}, {', '.join(f'p.{name}' for name in names)} FROM ({inner}) p JOIN {rest} ORDER BY {by}"

    def _count_riders(self, uow: UnitOfWork, where: Filter) -> int:
        query = (
            f"SELECT count(*) FROM {tables(self._spec, where.joins)} "
            "JOIN app.trip_riders q ON q.client_id = t.client_id AND q.trip_id = t.id "
            f"WHERE {' AND '.join(where.clauses)}"
        )
        return int(uow.connection.execute(sa.text(query), where.values).scalar_one())
