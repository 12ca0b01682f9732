"""Which contract a trip belongs to: the one in force at its start whose scope fits (DESIGN.md section 3, Trips)."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

import sqlalchemy as sa

# A contract c in a version v that is in force at the start of a trip t and whose scope fits it.
FITS = """c.client_id = t.client_id AND c.vendor_id = t.vendor_id AND v.validity @> t.start_time
       AND (c.scope_sites = '{}' OR lower(t.site) = ANY (lower(c.scope_sites::text)::text[]))
       AND (c.scope_vehicle_types = '{}' OR lower(t.vehicle_type) = ANY (lower(c.scope_vehicle_types::text)::text[]))"""
CONTRACTS_IN_FORCE = """(app.contracts c
                 JOIN app.contract_versions v ON v.client_id = c.client_id AND v.contract_id = c.id
                                             AND v.status = 'ACTIVE' AND v.superseded_at IS NULL)"""

_ASSIGN = """
WITH fit AS (
    SELECT t.client_id, t.id, count(c.id) AS many, (array_agg(c.id))[1] AS only_one,
           coalesce(bool_or(c.id = t.contract_id), false) AS keeps
      FROM app.trips t
      LEFT JOIN {contracts}
        ON {fits}
     WHERE t.client_id = :client AND t.superseded_at IS NULL
       AND (CAST(:vendors AS uuid[]) IS NULL OR t.vendor_id = ANY (CAST(:vendors AS uuid[])))
       AND (CAST(:batch AS uuid) IS NULL OR t.batch_id = CAST(:batch AS uuid))
       AND (CAST(:trip AS uuid) IS NULL OR t.id = CAST(:trip AS uuid))
       AND t.start_time >= coalesce(CAST(:since AS timestamptz), '-infinity')
       {unbilled}
     GROUP BY t.client_id, t.id
), meant AS (
    SELECT f.client_id, f.id, CASE WHEN f.many = 1 THEN f.only_one END AS contract_id,
           CASE WHEN f.many = 0 THEN 'NO_CONTRACT' WHEN f.many > 1 THEN 'AMBIGUOUS_CONTRACT' END AS exception
      FROM fit f WHERE NOT f.keeps
)
UPDATE app.trips t SET contract_id = m.contract_id, exception = m.exception
  FROM meant m
 WHERE t.client_id = :client AND t.client_id = m.client_id AND t.id = m.id
   AND (t.contract_id, t.exception) IS DISTINCT FROM (m.contract_id, m.exception)
"""

# A batch just imported has no charges yet, a trip just corrected none that was issued; and a vendor's staff, who may
# import and correct, may not read them.
_UNBILLED = """AND NOT EXISTS (
           SELECT 1 FROM app.trip_charges x JOIN app.billing_runs r ON r.client_id = x.client_id AND r.id = x.run_id
            WHERE x.client_id = t.client_id AND x.trip_id = t.id AND x.kind = 'BILL' AND x.released_at IS NULL
              AND r.status = 'ISSUED')"""


class TripContracts:
    """Assigns trips to contracts."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def assign(
        self,
        client_id: UUID,
        *,
        vendor_ids: Collection[UUID] | None = None,
        batch_id: UUID | None = None,
        since: datetime | None = None,
        trip_id: UUID | None = None,
    ) -> int:
        """Give the trips of a client (of these vendors, of one import batch, that start at or after `since`, or one
        trip) their contract; how many were changed.

        None or several contracts leave NULL and the exception NO_CONTRACT or AMBIGUOUS_CONTRACT; a contract set by
        hand stays as long as it fits; trips on an issued invoice are left alone.
        """
        values = {
            "client": client_id,
            "vendors": None if vendor_ids is None else list(vendor_ids),
            "batch": batch_id,
            "since": since,
            "trip": trip_id,
        }
        statement = _ASSIGN.replace("{contracts}", CONTRACTS_IN_FORCE).replace("{fits}", FITS)
        statement = statement.replace("{unbilled}", _UNBILLED if batch_id is None and trip_id is None else "")
        return self._connection.execute(sa.text(statement), values).rowcount
