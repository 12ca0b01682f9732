"""Which stored trips are odd. Read only; what was reviewed before is left out."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from billing.schemas.quality import Oddity


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
            """SELECT count(*) OVER (), t.id, t.external_ref, l.code, t.vehicle_no, t.start_time, t.distance_m,
                      o.other_ref, o.usual_m, t.hold_reason IS NOT NULL
                 FROM api.odd_trips(:client, :start, :until, :zone, :kind) o
                 JOIN app.trips t ON t.client_id = :client AND t.id = o.trip_id
                 JOIN app.client_vendors l ON l.client_id = t.client_id AND l.vendor_id = t.vendor_id
                WHERE (CAST(:vendor AS uuid) IS NULL OR t.vendor_id = CAST(:vendor AS uuid))
                  AND NOT EXISTS (SELECT 1 FROM app.trip_reviews r
                                   WHERE r.client_id = :client AND r.trip_id = o.trip_id AND r.kind = :kind)
                ORDER BY t.start_time, t.external_ref LIMIT :limit"""
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
