"""What a client's months cost, by contract, site and vehicle type: summed by the database, pivoted by the report."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

NAMES = ("month", "vendor", "contract", "model", "site", "vehicle_type")
FIGURES = ("trips", "distance_m", "billed_trips", "billed_m", "amount")
"""A fact is a local month, names ('' where there is none), completed trips and their metres, the part of both that a
draft or an issued invoice takes, and what that part costs in paise before tax."""

_TRIPS = """
SELECT date_trunc('month', t.start_time AT TIME ZONE :zone)::date, v.name, coalesce(c.name, ''), {model},
       coalesce(t.site, ''), coalesce(t.vehicle_type, ''), count(*) FILTER (WHERE t.status = 'COMPLETED'),
       coalesce(sum(t.distance_m) FILTER (WHERE t.status = 'COMPLETED'), 0)::bigint,
       count(*) FILTER (WHERE t.status = 'COMPLETED' AND {billed}),
       coalesce(sum(t.distance_m) FILTER (WHERE t.status = 'COMPLETED' AND {billed}), 0)::bigint, {amount}
  FROM app.trips t
  JOIN app.vendors v ON v.id = t.vendor_id
  LEFT JOIN app.contracts c ON c.client_id = t.client_id AND c.id = t.contract_id
  {ledger}
 WHERE t.client_id = :client AND t.superseded_at IS NULL AND t.start_time >= :start AND t.start_time < :until
 GROUP BY 1, 2, 3, 4, 5, 6"""

_LEDGER = """LEFT JOIN app.trip_charges x
    ON x.client_id = t.client_id AND x.trip_id = t.id AND x.kind = 'BILL' AND x.released_at IS NULL
  LEFT JOIN app.billing_run_versions b
    ON b.client_id = x.client_id AND b.run_id = x.run_id AND b.version_number = x.version_number
  LEFT JOIN app.contract_versions n ON n.client_id = b.client_id AND n.id = b.version_id"""

_MONTHLY = """
SELECT r.month, v.name, c.name, n.billing_model, '', '', 0, 0, 0, 0, sum(p.amount)::bigint
  FROM app.billing_runs r
  JOIN app.period_charges p ON p.client_id = r.client_id AND p.run_id = r.id
  JOIN app.contracts c ON c.client_id = r.client_id AND c.id = r.contract_id
  JOIN app.vendors v ON v.id = c.vendor_id
  JOIN app.billing_run_versions b
    ON b.client_id = p.client_id AND b.run_id = p.run_id AND b.version_number = p.version_number
  JOIN app.contract_versions n ON n.client_id = b.client_id AND n.id = b.version_id
 WHERE r.client_id = :client AND r.kind = 'BILL' AND r.status IN ('DRAFT', 'ISSUED')
   AND r.month >= (:start AT TIME ZONE :zone)::date AND r.month < (:until AT TIME ZONE :zone)::date
 GROUP BY 1, 2, 3, 4"""


class SpendQueries:
    """Facts of one client's months."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def facts(
        self, client_id: UUID, zone: str, start: datetime, until: datetime, *, with_amounts: bool
    ) -> list[tuple[Any, ...]]:
        """Rows of NAMES and FIGURES for trips that start in the span; amount 0 for those who may not see costs."""
        if with_amounts:
            trips = _TRIPS.format(
                model="coalesce(n.billing_model, '')",
                amount="coalesce(sum(x.taxable + x.non_taxable), 0)::bigint",
                billed="x.trip_id IS NOT NULL",
                ledger=_LEDGER,
            )
            query = f"{trips} UNION ALL {_MONTHLY}"
        else:
            query = _TRIPS.format(model="''", amount="0::bigint", billed="true", ledger="")
        values = {"client": client_id, "zone": zone, "start": start, "until": until}
        return [tuple(row) for row in self._connection.execute(sa.text(query), values)]
