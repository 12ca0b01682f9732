"""Stored trips as they are read one by one; a month's columns for rating are in trip_columns.py."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from billing.schemas.trips import TripRecord

_RIDERS = (
    "ARRAY(SELECT r.employee_code FROM app.trip_riders r"
    " WHERE r.client_id = t.client_id AND r.trip_id = t.id ORDER BY r.seq) AS employees"
)
_STORED = ", ".join(f"t.{field.name}" for field in fields(TripRecord) if field.name != "employees")
_SELECT = f"SELECT {_STORED}, {_RIDERS} FROM app.trips t WHERE t.superseded_at IS NULL"


class Trips:
    """Trips of the clients that the user may see."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def get(self, trip_id: UUID, client_id: UUID | None = None) -> TripRecord | None:
        """The trip of that id, or None; with the client it is found by its key."""
        return next(iter(self._read("t.id = :id", client_id, {"id": trip_id}, 1)), None)

    def find(self, ref: str, *, client_id: UUID | None = None, vendor_id: UUID | None = None) -> list[TripRecord]:
        """Trips of that external reference: unique per client and vendor, so several only over several of them."""
        where = "t.external_ref = :ref" + (" AND t.vendor_id = :vendor" if vendor_id else "")
        return self._read(where, client_id, {"ref": ref, "vendor": vendor_id}, 100)

    def starting_with(self, text: str, *, client_id: UUID | None = None, limit: int = 20) -> list[TripRecord]:
        """The first trips whose reference begins with a text, by reference: for type-ahead."""
        # a range and not LIKE, which row-level security keeps out of the index condition
        values = {"low": text, "high": text + "\U0010ffff"}
        return self._read(
            "t.external_ref >= :low AND t.external_ref < :high", client_id, values, limit, "t.external_ref, t.id"
        )

    def between(self, client_id: UUID, start: datetime | None, until: datetime | None) -> list[TripRecord]:
        """All trips of a client that start in [start, until), by start; None is open."""
        where = "(CAST(:start AS timestamptz) IS NULL OR t.start_time >= :start)"
        where += " AND (CAST(:until AS timestamptz) IS NULL OR t.start_time < :until)"
        return self._read(where, client_id, {"start": start, "until": until}, 2**31 - 1, "t.start_time, t.id")

    def _read(
        self, where: str, client_id: UUID | None, values: dict[str, Any], limit: int, order: str = "t.client_id, t.id"
    ) -> list[TripRecord]:
        tenant = " AND t.client_id = :client" if client_id else ""
        query = sa.text(f"{_SELECT} AND {where}{tenant} ORDER BY {order} LIMIT {limit:d}")
        rows = self._connection.execute(query, {**values, "client": client_id}).mappings()
        return [TripRecord(**{**row, "employees": tuple(row["employees"])}) for row in rows]
