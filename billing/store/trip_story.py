"""Riders and history of one trip, for the panel beside the list."""

from __future__ import annotations

from uuid import UUID

import sqlalchemy as sa

from billing.schemas.trip_story import TripEvent, TripRider, TripStory

_RIDERS = """
SELECT r.employee_code, coalesce(e.name, '') FROM app.trip_riders r
  LEFT JOIN app.employees e ON e.client_id = r.client_id AND e.code = r.employee_code
 WHERE r.client_id = :client AND r.trip_id = :trip ORDER BY r.seq"""
_RIDER_CODES = """
SELECT r.employee_code, '' FROM app.trip_riders r WHERE r.client_id = :client AND r.trip_id = :trip ORDER BY r.seq"""
_ARRIVAL = """
SELECT t.created_at AS at, CASE WHEN b.id IS NULL THEN 'ENTERED' ELSE 'IMPORTED' END AS what,
       concat_ws(', ', b.file_name, CASE WHEN t.batch_row IS NULL THEN NULL ELSE 'row ' || t.batch_row END) AS detail
  FROM app.trips t LEFT JOIN app.import_batches b ON b.client_id = t.client_id AND b.id = t.batch_id
 WHERE t.client_id = :client AND t.id = :trip"""
_DECISIONS = """
SELECT a.at, a.action, a.reason FROM app.trip_actions a WHERE a.client_id = :client AND a.trip_id = :trip"""
_BILLED = """
SELECT r.created_at, 'BILLED', coalesce(i.number, 'draft invoice') FROM app.trip_charges c
  JOIN app.billing_runs r ON r.client_id = c.client_id AND r.id = c.run_id
  LEFT JOIN app.invoices i ON i.client_id = r.client_id AND i.run_id = r.id
 WHERE c.client_id = :client AND c.trip_id = :trip AND c.kind = 'BILL' AND c.released_at IS NULL"""


class TripStories:
    """Of the trips that the user may see."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def read(self, client_id: UUID, trip_id: UUID, *, for_vendor: bool = False) -> TripStory:
        """Riders and events; a vendor's staff sees neither names nor what the client decided and billed."""
        values = {"client": client_id, "trip": trip_id}
        riders = self._connection.execute(sa.text(_RIDER_CODES if for_vendor else _RIDERS), values)
        parts = [_ARRIVAL] if for_vendor else [_ARRIVAL, _DECISIONS, _BILLED]
        query = " UNION ALL ".join(parts) + " ORDER BY 1 DESC"
        events = self._connection.execute(sa.text(query), values)
        return TripStory(
            tuple(TripRider(code, name) for code, name in riders), tuple(TripEvent(*event) for event in events)
        )
