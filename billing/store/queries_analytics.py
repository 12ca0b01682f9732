"""Sums for the Overview, made by the database: from the ledger where a month is billed, from the trips for volumes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from billing.schemas.analytics import RecentTrip
from billing.store.charging import CHARGING, MODEL, NEWEST_MODEL

_IN_MONTH = """t.client_id = :client AND t.superseded_at IS NULL AND t.start_time >= :start AND t.start_time < :until"""
_CHARGING = f"r.client_id = :client AND r.month = :month AND {CHARGING}"
_CURRENT = """r.client_id = :client AND r.month = :month AND r.kind = 'BILL' AND r.status IN ('DRAFT', 'ISSUED')"""


@dataclass(frozen=True, slots=True)
class Volume:
    """Completed trips of one day, contract and vendor."""

    day: date
    contract_id: UUID | None
    vendor_id: UUID
    trips: int
    distance_m: int
    carpools: int


@dataclass(frozen=True, slots=True)
class Charged:
    """What the ledger charged: for trips of a day, or (day None) for the month itself."""

    contract_id: UUID
    billing_model: str
    day: date | None
    amount: int


class AnalyticsQueries:
    """Aggregates of one client's month."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def _rows(self, query: str, **values: Any) -> list[Any]:
        return list(self._connection.execute(sa.text(query), values))

    def volumes(self, client_id: UUID, zone: str, start: datetime, until: datetime) -> list[Volume]:
        """Completed trips by local day, contract and vendor."""
        query = f"""
SELECT (t.start_time AT TIME ZONE :zone)::date, t.contract_id, t.vendor_id, count(*), sum(t.distance_m)::bigint,
       count(*) FILTER (WHERE t.is_carpool)
  FROM app.trips t WHERE {_IN_MONTH} AND t.status = 'COMPLETED' GROUP BY 1, 2, 3"""
        rows = self._rows(query, client=client_id, zone=zone, start=start, until=until)
        return [Volume(*row) for row in rows]

    def by_hour(self, client_id: UUID, zone: str, start: datetime, until: datetime) -> dict[tuple[int, int], int]:
        """Completed trips by local weekday (Monday is 1) and hour of their start."""
        query = f"""
SELECT extract(isodow FROM t.start_time AT TIME ZONE :zone)::integer,
       extract(hour FROM t.start_time AT TIME ZONE :zone)::integer, count(*)
  FROM app.trips t WHERE {_IN_MONTH} AND t.status = 'COMPLETED' GROUP BY 1, 2"""
        rows = self._rows(query, client=client_id, zone=zone, start=start, until=until)
        return {(row[0], row[1]): row[2] for row in rows}

    def charged(self, client_id: UUID, month: date, zone: str) -> list[Charged]:
        """What drafted and issued runs of the month charged, notes included, by contract, model and local day."""
        query = f"""
WITH {MODEL}
SELECT r.contract_id, {NEWEST_MODEL}, (t.start_time AT TIME ZONE :zone)::date, sum(x.taxable + x.non_taxable)::bigint
  FROM app.billing_runs r
  JOIN app.trip_charges x ON x.client_id = r.client_id AND x.run_id = r.id
  JOIN app.trips t ON t.client_id = x.client_id AND t.id = x.trip_id
  LEFT JOIN model m ON m.client_id = r.client_id AND m.run_id = r.id AND m.version_number = x.version_number
 WHERE {_CHARGING} GROUP BY 1, 2, 3
UNION ALL
SELECT r.contract_id, {NEWEST_MODEL}, NULL, sum(p.amount)::bigint
  FROM app.billing_runs r
  JOIN app.period_charges p ON p.client_id = r.client_id AND p.run_id = r.id
  LEFT JOIN model m ON m.client_id = r.client_id AND m.run_id = r.id AND m.version_number = p.version_number
 WHERE {_CHARGING} GROUP BY 1, 2
UNION ALL
SELECT r.contract_id, {NEWEST_MODEL}, NULL, sum(r.taxable + r.non_taxable)::bigint
  FROM app.billing_runs r JOIN app.invoices i ON i.client_id = r.client_id AND i.run_id = r.id AND i.note_kind = 'LINES'
  LEFT JOIN model m ON false
 WHERE {_CHARGING} GROUP BY 1, 2"""
        return [Charged(*row) for row in self._rows(query, client=client_id, month=month, zone=zone)]

    def billed_contracts(self, client_id: UUID, month: date) -> set[UUID]:
        """Contracts with a drafted or issued run of the month."""
        rows = self._rows(
            f"SELECT r.contract_id FROM app.billing_runs r WHERE {_CURRENT}", client=client_id, month=month
        )
        return {row[0] for row in rows}

    def last_month(self, client_id: UUID, zone: str) -> date | None:
        """The first day of the client's last month with trips."""
        query = """
SELECT date_trunc('month', max(t.start_time) AT TIME ZONE :zone)::date FROM app.trips t
 WHERE t.client_id = :client AND t.superseded_at IS NULL"""
        found: date | None = self._rows(query, client=client_id, zone=zone)[0][0]
        return found

    def recent(
        self, client_id: UUID, start: datetime, until: datetime, limit: int, *, with_amounts: bool
    ) -> list[RecentTrip]:
        """The newest trips of the month."""
        charge = """(SELECT x.taxable + x.non_taxable FROM app.trip_charges x
            WHERE x.client_id = t.client_id AND x.trip_id = t.id AND x.kind = 'BILL' AND x.released_at IS NULL)"""
        query = f"""
SELECT t.id, t.external_ref, t.start_time, v.name, t.distance_m, t.status, t.is_carpool,
       {charge if with_amounts else "NULL::bigint"}
  FROM app.trips t JOIN app.vendors v ON v.id = t.vendor_id
 WHERE {_IN_MONTH} ORDER BY t.start_time DESC, t.id DESC LIMIT :limit"""
        return [RecentTrip(*row) for row in self._rows(query, client=client_id, start=start, until=until, limit=limit)]
