"""Which stored trips are odd. Read only; what was reviewed before is left out."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from billing.schemas.quality import Oddity

# Completed trips of the dates, with the local hour of their start.
_SCOPE = """
    scope AS MATERIALIZED (
        SELECT t.id, t.client_id, t.vendor_id, t.external_ref, t.vehicle_no, t.start_time, t.end_time, t.distance_m,
               t.site, t.zone, t.escort, t.exception, t.hold_reason IS NOT NULL AS is_held,
               date_trunc('minute', t.start_time) AS minute,
               extract(hour FROM t.start_time AT TIME ZONE :zone) AS hour
          FROM app.trips t
         WHERE t.client_id = :client AND t.start_time >= :start AND t.start_time < :until AND t.superseded_at IS NULL
           AND t.status = 'COMPLETED' AND t.acceptance <> 'REJECTED'
           AND (CAST(:vendor AS uuid) IS NULL OR t.vendor_id = CAST(:vendor AS uuid))
    )"""
# A route is known when it was driven often enough; half or half again as much is far from its usual.
_ROUTE_TRIPS = 10
_FINDERS = {
    "OVERLAP": """
        SELECT id, before AS other_ref, NULL::integer AS usual_m
          FROM (SELECT s.*, lag(s.external_ref) OVER w AS before,
                       max(s.end_time) OVER (w ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS busy_until
                  FROM scope s WHERE s.vehicle_no IS NOT NULL
                WINDOW w AS (PARTITION BY s.vehicle_no ORDER BY s.start_time, s.external_ref)) x
         WHERE x.start_time < x.busy_until""",
    "REPEATED": """
        SELECT x.id, x.first AS other_ref, NULL::integer AS usual_m
          FROM (SELECT s.id, first_value(s.external_ref) OVER w AS first, row_number() OVER w AS place
                  FROM scope s WHERE s.vehicle_no IS NOT NULL
                WINDOW w AS (PARTITION BY s.vehicle_no, s.minute, s.distance_m ORDER BY s.external_ref)) x
         WHERE x.place > 1""",
    "FAR_FROM_USUAL": f"""
        SELECT s.id, NULL::text AS other_ref, u.usual_m
          FROM scope s
          JOIN (SELECT g.site, g.zone, percentile_disc(0.5) WITHIN GROUP (ORDER BY g.distance_m) AS usual_m
                  FROM scope g WHERE g.site IS NOT NULL AND g.zone IS NOT NULL
                 GROUP BY g.site, g.zone HAVING count(*) >= {_ROUTE_TRIPS}) u ON u.site = s.site AND u.zone = s.zone
         WHERE s.distance_m * 2 > u.usual_m * 3 OR s.distance_m * 2 < u.usual_m""",
    "NO_ESCORT": """
        SELECT s.id, NULL::text AS other_ref, NULL::integer AS usual_m
          FROM scope s
         WHERE NOT s.escort AND (s.hour >= 20 OR s.hour < 6)
           AND EXISTS (SELECT 1 FROM app.trip_riders r JOIN app.employees e ON e.client_id = r.client_id
                                                                           AND e.code = r.employee_code
                        WHERE r.client_id = s.client_id AND r.trip_id = s.id AND e.gender = 'F')""",
    "NO_CONTRACT": """
        SELECT id, NULL::text AS other_ref, NULL::integer AS usual_m FROM scope WHERE exception = 'NO_CONTRACT'""",
    "AMBIGUOUS_CONTRACT": """
        SELECT id, NULL::text AS other_ref, NULL::integer AS usual_m
          FROM scope WHERE exception = 'AMBIGUOUS_CONTRACT'""",
}  # fmt: skip


class TripQuality:
    """Finds odd trips of one client."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def find(
        self,
        kind: str,
        client_id: UUID,
        start: datetime,
        until: datetime,
        zone: str,
        vendor_id: UUID | None,
        limit: int,
    ) -> tuple[int, list[Oddity]]:
        """How many trips are odd in this way, and the first of them by start."""
        statement = sa.text(
            f"""WITH {_SCOPE}, odd AS ({_FINDERS[kind]}), open AS (
                    SELECT o.* FROM odd o
                     WHERE NOT EXISTS (SELECT 1 FROM app.trip_reviews r
                                        WHERE r.client_id = :client AND r.trip_id = o.id AND r.kind = :kind))
                SELECT count(*) OVER (), s.id, s.external_ref, l.code, s.vehicle_no, s.start_time, s.distance_m,
                       o.other_ref, o.usual_m, s.is_held
                  FROM open o JOIN scope s ON s.id = o.id
                  JOIN app.client_vendors l ON l.client_id = s.client_id AND l.vendor_id = s.vendor_id
                 ORDER BY s.start_time, s.external_ref LIMIT :limit"""
        )
        values: dict[str, Any] = {
            "client": client_id, "start": start, "until": until, "zone": zone, "vendor": vendor_id, "kind": kind,
            "limit": limit,
        }  # fmt: skip
        rows = list(self._connection.execute(statement, values))
        return (int(rows[0][0]) if rows else 0), [Oddity(kind, *row[1:]) for row in rows]

    def review(self, client_id: UUID, trip_ids: list[UUID], kind: str, reason: str) -> int:
        """Let trips pass in one respect; those reviewed before stay as they are. Gives how many are new."""
        statement = sa.text(
            """INSERT INTO app.trip_reviews (client_id, trip_id, kind, reason)
               SELECT :client, unnest(CAST(:ids AS uuid[])), :kind, :reason
               ON CONFLICT DO NOTHING"""
        )
        values = {"client": client_id, "ids": trip_ids, "kind": kind, "reason": reason}
        return self._connection.execute(statement, values).rowcount
