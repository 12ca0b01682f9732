"""Months that are closed, and opening values, of the clients that the user may see (0081, 0084)."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from billing.schemas.openings import BillingPeriod, OpeningInvoice, OpeningSeries, OpeningUsage

_USAGE = """
SELECT u.contract_id, u.month, u.distance_m, u.duty_s, u.note, u.rev, u.id, k.name AS contract_name,
       l.code AS vendor_code
  FROM app.opening_usage u JOIN app.contracts k ON k.client_id = u.client_id AND k.id = u.contract_id
  JOIN app.client_vendors l ON l.client_id = k.client_id AND l.vendor_id = k.vendor_id
 WHERE u.client_id = :client"""
_INVOICES = """
SELECT o.vendor_id, o.number, o.invoice_date, o.total, o.open_amount, o.doc_type, o.due_date, o.contract_id, o.note,
       o.id, l.code AS vendor_code, v.name AS vendor_name, coalesce(k.name, '') AS contract_name
  FROM app.opening_invoices o JOIN app.vendors v ON v.id = o.vendor_id
  JOIN app.client_vendors l ON l.client_id = o.client_id AND l.vendor_id = o.vendor_id
  LEFT JOIN app.contracts k ON k.client_id = o.client_id AND k.id = o.contract_id
 WHERE o.client_id = :client ORDER BY o.invoice_date, o.number"""
_SERIES = """
SELECT l.code, s.doc_type, s.fy, s.prefix, s.next_number, s.template, s.next_number > s.first_number
  FROM app.number_series s JOIN app.client_vendors l ON l.client_id = s.client_id AND l.vendor_id = s.vendor_id
 WHERE s.client_id = :client ORDER BY l.code, s.doc_type, s.fy"""
_PERIODS = """
SELECT p.client_id, p.month, p.is_closed, p.closed_at, p.reopened_at, p.reason,
       CASE WHEN p.is_closed THEN (SELECT count(*) FROM app.trips t JOIN app.clients c ON c.id = t.client_id
          WHERE t.client_id = p.client_id AND t.superseded_at IS NULL AND t.acceptance <> 'REJECTED'
            AND t.start_time >= p.month::timestamp AT TIME ZONE c.time_zone
            AND t.start_time < (p.month + interval '1 month')::timestamp AT TIME ZONE c.time_zone
            AND NOT EXISTS (SELECT 1 FROM app.trip_charges x WHERE x.client_id = t.client_id AND x.trip_id = t.id
                               AND x.kind = 'BILL' AND x.released_at IS NULL)) ELSE 0 END AS late
  FROM app.billing_periods p WHERE p.client_id = :client AND (CAST(:month AS date) IS NULL OR p.month = :month)
 ORDER BY p.month DESC"""


class Periods:
    """Closed months and opening values."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def page(self, client_id: UUID, month: date | None = None) -> list[BillingPeriod]:
        """Months that were ever closed, newest first."""
        rows = self._connection.execute(sa.text(_PERIODS), {"client": client_id, "month": month})
        return [BillingPeriod(*row) for row in rows]

    def is_closed(self, client_id: UUID, month: date) -> bool:
        """Whether the month is closed."""
        query = "SELECT 1 FROM app.billing_periods WHERE client_id = :client AND month = :month AND is_closed"
        return self._connection.execute(sa.text(query), {"client": client_id, "month": month}).first() is not None

    def late_of_batch(self, client_id: UUID, batch_id: UUID) -> tuple[tuple[date, int], ...]:
        """(month, trips) of an import whose trips came after their month was closed; nothing is read without one."""
        query = """
SELECT d.month, count(*)::integer FROM (
    SELECT date_trunc('month', t.start_time AT TIME ZONE c.time_zone)::date AS month
      FROM app.trips t JOIN app.clients c ON c.id = t.client_id
     WHERE t.client_id = :client AND t.batch_id = :batch
       AND (SELECT EXISTS (SELECT 1 FROM app.billing_periods p WHERE p.client_id = :client AND p.is_closed))) d
 WHERE d.month IN (SELECT p.month FROM app.billing_periods p WHERE p.client_id = :client AND p.is_closed)
 GROUP BY 1 ORDER BY 1"""
        rows = self._connection.execute(sa.text(query), {"client": client_id, "batch": batch_id})
        return tuple((row[0], row[1]) for row in rows)

    def close(self, client_id: UUID, month: date) -> str:
        """'closed' or 'unchanged'. Raises RefusedError DRAFTS_LEFT, MONTH_NOT_OVER."""
        statement = sa.text("SELECT api.close_month(:client, :month)")
        return str(self._connection.execute(statement, {"client": client_id, "month": month}).scalar_one())

    def reopen(self, client_id: UUID, month: date, reason: str) -> str:
        """'reopened' or 'unchanged'. Raises NotAllowedError, BadInputError REASON_REQUIRED."""
        statement = sa.text("SELECT api.reopen_month(:client, :month, :reason)")
        values = {"client": client_id, "month": month, "reason": reason}
        return str(self._connection.execute(statement, values).scalar_one())

    def usage(self, client_id: UUID) -> list[OpeningUsage]:
        """Opening usage of all contracts, by month."""
        query = _USAGE + " ORDER BY u.month, l.code, k.name"
        rows = self._connection.execute(sa.text(query), {"client": client_id}).mappings()
        return [OpeningUsage(**row) for row in rows]

    def usage_of(self, client_id: UUID, contract_id: UUID, month: date) -> OpeningUsage | None:
        """What a contract's month had used up before, or None."""
        query = _USAGE + " AND u.contract_id = :contract AND u.month = :month"
        values = {"client": client_id, "contract": contract_id, "month": month}
        row = self._connection.execute(sa.text(query), values).mappings().first()
        return OpeningUsage(**row) if row else None

    def open_invoices(self, client_id: UUID) -> list[OpeningInvoice]:
        """Documents of the program before, oldest first."""
        rows = self._connection.execute(sa.text(_INVOICES), {"client": client_id}).mappings()
        return [OpeningInvoice(**row) for row in rows]

    def series(self, client_id: UUID) -> list[OpeningSeries]:
        """The client's number series."""
        rows = self._connection.execute(sa.text(_SERIES), {"client": client_id})
        return [OpeningSeries(row[0], row[1], row[2], row[3], row[4], row[5], row[6]) for row in rows]

    def save_opening(
        self, client_id: UUID, usage: Sequence[Mapping[str, Any]], invoices: Sequence[Mapping[str, Any]]
    ) -> int:
        """Store opening values, all or none; gives how many rows changed. Raises RefusedError MONTH_ISSUED."""
        statement = sa.text("SELECT api.save_opening(:client, CAST(:usage AS jsonb), CAST(:invoices AS jsonb))")
        values = {
            "client": client_id,
            "usage": json.dumps(list(usage), default=str, ensure_ascii=False),
            "invoices": json.dumps(list(invoices), default=str, ensure_ascii=False),
        }
        return int(self._connection.execute(statement, values).scalar_one())

    def remove_opening(self, client_id: UUID, opening_id: UUID, reason: str) -> None:
        """Take an opening value back. Raises RefusedError MONTH_ISSUED, NOT_FOUND."""
        statement = sa.text("SELECT api.remove_opening(:client, :id, :reason)")
        self._connection.execute(statement, {"client": client_id, "id": opening_id, "reason": reason})
