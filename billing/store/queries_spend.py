"""What a client's months cost, by contract, site and vehicle type: summed by the database, pivoted by the report."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from billing.store.charging import CHARGING, MODEL, NEWEST_MODEL

NAMES = ("month", "vendor", "contract", "model", "site", "vehicle_type")
FIGURES = ("trips", "distance_m", "billed_trips", "billed_m", "amount")
"""A fact is a local month, names ('' where there is none), completed trips and their metres, the part of both that a
drafted or issued invoice or an issued note takes, and what the ledger charges in paise before tax."""

_TRIPS = """
SELECT date_trunc('month', t.start_time AT TIME ZONE :zone)::date, v.name, coalesce(c.name, ''), {model},
       coalesce(t.site, ''), coalesce(t.vehicle_type, ''), count(*) FILTER (WHERE {counted}),
       coalesce(sum(t.distance_m) FILTER (WHERE {counted}), 0)::bigint,
       count(*) FILTER (WHERE {counted} AND {billed}),
       coalesce(sum(t.distance_m) FILTER (WHERE {counted} AND {billed}), 0)::bigint, {amount}
  FROM app.trips t
  JOIN app.vendors v ON v.id = t.vendor_id
  LEFT JOIN app.contracts c ON c.client_id = t.client_id AND c.id = t.contract_id
  {ledger}
 WHERE t.client_id = :client AND {shown} AND t.start_time >= :start AND t.start_time < :until
 GROUP BY 1, 2, 3, 4, 5, 6"""
_COUNTED = "t.status = 'COMPLETED' AND t.superseded_at IS NULL"

# a late trip of a drafted note waits for the note; a superseded trip stays charged until a note takes it back
_LEDGER = f"""LEFT JOIN (app.trip_charges x JOIN app.billing_runs r ON r.client_id = x.client_id AND r.id = x.run_id
                                                  AND {CHARGING})
    ON x.client_id = t.client_id AND x.trip_id = t.id AND x.kind = 'BILL' AND x.released_at IS NULL
  LEFT JOIN app.billing_run_versions b
    ON b.client_id = x.client_id AND b.run_id = x.run_id AND b.version_number = x.version_number
  LEFT JOIN app.contract_versions n ON n.client_id = b.client_id AND n.id = b.version_id"""

_PARTIES = """JOIN app.contracts c ON c.client_id = r.client_id AND c.id = r.contract_id
  JOIN app.vendors v ON v.id = c.vendor_id"""
_RUNS = f"""r.client_id = :client AND {CHARGING}
   AND r.month >= (:start AT TIME ZONE :zone)::date AND r.month < (:until AT TIME ZONE :zone)::date"""

# what notes changed in trips that were billed before, the charges of the months themselves, notes against lines
_OTHERS = f"""
SELECT r.month, v.name, c.name, {NEWEST_MODEL}, coalesce(t.site, ''), coalesce(t.vehicle_type, ''), 0, 0, 0, 0,
       sum(x.taxable + x.non_taxable)::bigint
  FROM app.billing_runs r {_PARTIES}
  JOIN app.trip_charges x ON x.client_id = r.client_id AND x.run_id = r.id AND x.kind = 'DELTA'
  JOIN app.trips t ON t.client_id = x.client_id AND t.id = x.trip_id
  LEFT JOIN model m ON m.client_id = r.client_id AND m.run_id = r.id AND m.version_number = x.version_number
 WHERE r.kind = 'NOTE' AND {_RUNS} GROUP BY 1, 2, 3, 4, 5, 6
UNION ALL
SELECT r.month, v.name, c.name, {NEWEST_MODEL}, '', '', 0, 0, 0, 0, sum(p.amount)::bigint
  FROM app.billing_runs r {_PARTIES}
  JOIN app.period_charges p ON p.client_id = r.client_id AND p.run_id = r.id
  LEFT JOIN model m ON m.client_id = r.client_id AND m.run_id = r.id AND m.version_number = p.version_number
 WHERE {_RUNS} GROUP BY 1, 2, 3, 4
UNION ALL
SELECT r.month, v.name, c.name, {NEWEST_MODEL}, '', '', 0, 0, 0, 0, sum(r.taxable + r.non_taxable)::bigint
  FROM app.billing_runs r {_PARTIES}
  JOIN app.invoices i ON i.client_id = r.client_id AND i.run_id = r.id AND i.note_kind = 'LINES'
  LEFT JOIN model m ON false
 WHERE {_RUNS} GROUP BY 1, 2, 3, 4"""


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
                counted=_COUNTED,
                shown="(t.superseded_at IS NULL OR x.trip_id IS NOT NULL)",
            )
            query = f"WITH {MODEL} {trips} UNION ALL {_OTHERS}"
        else:
            query = _TRIPS.format(
                model="''",
                amount="0::bigint",
                billed="true",
                ledger="",
                counted=_COUNTED,
                shown="t.superseded_at IS NULL",
            )
        values = {"client": client_id, "zone": zone, "start": start, "until": until}
        return [tuple(row) for row in self._connection.execute(sa.text(query), values)]
