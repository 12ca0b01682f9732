"""Facts for reports, summed or listed by the database: trips with what was charged, payouts, women aboard."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from billing.store.statements import Statements

# Trips with all that unreleased ledger rows charged for them together (a note's rows are signed).
_TRIPS = """
SELECT t.id, t.external_ref AS ref, t.vendor_id, t.contract_id, t.start_time, t.end_time, t.distance_m, t.status,
       coalesce(t.vehicle_no, '') AS vehicle_no, coalesce(t.site, '') AS site, t.escort,
       coalesce(t.seats_boarded, 0) AS seats, x.amount, x.tax, x.night, x.escort_charge,
       CASE WHEN x.amount IS NOT NULL THEN 'BILLED' WHEN t.acceptance <> 'ACCEPTED' THEN t.acceptance
            WHEN t.hold_reason IS NOT NULL THEN 'HELD'
            WHEN t.contract_id IS NULL THEN coalesce(t.exception, 'NO_CONTRACT') ELSE 'PREVIEW' END AS state,
       coalesce(r.riders, '{}') AS riders
  FROM app.trips t
  LEFT JOIN LATERAL (SELECT sum(c.taxable + c.non_taxable)::bigint AS amount, sum(c.tax)::bigint AS tax,
                            sum(c.night)::bigint AS night, sum(c.escort)::bigint AS escort_charge
                       FROM app.trip_charges c WHERE c.client_id = t.client_id AND c.trip_id = t.id
                        AND c.released_at IS NULL) x ON true
  LEFT JOIN LATERAL (SELECT array_agg(p.employee_code ORDER BY p.seq) AS riders FROM app.trip_riders p
                      WHERE p.client_id = t.client_id AND p.trip_id = t.id) r ON true
 WHERE t.client_id = :client AND t.superseded_at IS NULL AND t.start_time >= :start AND t.start_time < :until
   AND (CAST(:vendor AS uuid) IS NULL OR t.vendor_id = :vendor)
 ORDER BY t.start_time, t.external_ref, t.id"""
_MONTHLY = """
SELECT r.contract_id, sum(p.amount)::bigint AS amount
  FROM app.billing_runs r JOIN app.period_charges p ON p.client_id = r.client_id AND p.run_id = r.id
 WHERE r.client_id = :client AND r.month = :month
   AND (r.kind = 'BILL' AND r.status IN ('DRAFT', 'ISSUED') OR r.kind = 'NOTE' AND r.status = 'ISSUED')
 GROUP BY 1"""
_PAYOUTS = """
SELECT p.id, p.bill_id, p.paid_on, v.name AS vendor_name, coalesce(nullif(b.number, ''), b.file_name) AS bill,
       b.first_day, p.amount, p.tax, p.tds_base, p.tds_milli, p.tds, p.net, p.settled_against, p.reference,
       p.status, p.made_by
  FROM app.vendor_payouts p
  JOIN app.vendor_bills b ON b.client_id = p.client_id AND b.id = p.bill_id
  JOIN app.vendors v ON v.id = p.vendor_id
 WHERE p.client_id = :client AND p.paid_on >= :first AND p.paid_on <= :last
   AND (CAST(:vendor AS uuid) IS NULL OR p.vendor_id = :vendor)
 ORDER BY p.paid_on, p.made_at, p.id"""


class ReportQueries(Statements):
    """Facts of one client."""

    def trips(
        self, client_id: UUID, start: datetime, until: datetime, vendor_id: UUID | None = None
    ) -> list[Mapping[str, Any]]:
        """Every trip that starts in [start, until), with what it was charged or why it was not."""
        return self._rows(_TRIPS, client=client_id, start=start, until=until, vendor=vendor_id)

    def monthly(self, client_id: UUID, month: date) -> dict[UUID, int]:
        """What billed contracts were charged for the month itself."""
        return {row["contract_id"]: row["amount"] for row in self._rows(_MONTHLY, client=client_id, month=month)}

    def women(self, client_id: UUID) -> set[str]:
        """Codes of the client's employees who are recorded as women."""
        query = "SELECT e.code FROM app.employees e WHERE e.client_id = :client AND e.gender = 'F'"
        return {row["code"] for row in self._rows(query, client=client_id)}

    def names(self, client_id: UUID) -> dict[str, str]:
        """Names of employees by code."""
        query = "SELECT e.code, e.name FROM app.employees e WHERE e.client_id = :client"
        return {row["code"]: row["name"] for row in self._rows(query, client=client_id)}

    def payouts(
        self, client_id: UUID, first: date, last: date, vendor_id: UUID | None = None
    ) -> list[Mapping[str, Any]]:
        """Payouts to vendors on days from first to last."""
        return self._rows(_PAYOUTS, client=client_id, first=first, last=last, vendor=vendor_id)
