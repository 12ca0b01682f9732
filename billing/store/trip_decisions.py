"""What people decide about stored trips: hold, release, accept, reject, assign, cancel, correct. Each leaves a row."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from billing.schemas.imports import Submission

# What each decision sets, and which trips it applies to; others are left as they are.
_ACTIONS = {
    "HOLD": ("hold_reason = :reason, held_at = now(), held_by = auth.user_id()", "t.hold_reason IS NULL"),
    "RELEASE": ("hold_reason = NULL, held_at = NULL, held_by = NULL", "t.hold_reason IS NOT NULL"),
    "ACCEPT": ("acceptance = 'ACCEPTED'", "t.acceptance <> 'ACCEPTED'"),
    "REJECT": ("acceptance = 'REJECTED'", "t.acceptance <> 'REJECTED'"),
    "ASSIGN": ("contract_id = CAST(:contract AS uuid), exception = NULL",
               "t.contract_id IS DISTINCT FROM CAST(:contract AS uuid)"),
    "CANCEL": ("status = 'CANCELLED'", "t.status <> 'CANCELLED'"),
}  # fmt: skip


class TripName(NamedTuple):
    """A stored trip by its names."""

    id: UUID
    external_ref: str
    vendor_id: UUID
    start_time: object


class TripDecisions:
    """Decides about trips of one client."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def find(self, client_id: UUID, references: Sequence[str], vendor_id: UUID | None = None) -> list[TripName]:
        """The trips with these ids or external references."""
        statement = sa.text(
            """SELECT id, external_ref, vendor_id, start_time FROM app.trips
                WHERE client_id = :client AND superseded_at IS NULL
                  AND (external_ref = ANY (:texts) OR id::text = ANY (:texts))
                  AND (CAST(:vendor AS uuid) IS NULL OR vendor_id = CAST(:vendor AS uuid))"""
        )
        values = {"client": client_id, "texts": list(references), "vendor": vendor_id}
        return [TripName(*row) for row in self._connection.execute(statement, values)]

    def of_batch(self, client_id: UUID, batch_id: UUID, *, waiting: bool = False) -> list[UUID]:
        """The trips of one import; with `waiting` those that were submitted and not decided about."""
        statement = sa.text(
            """SELECT id FROM app.trips
                WHERE client_id = :client AND batch_id = :batch AND superseded_at IS NULL
                  AND (NOT :waiting OR acceptance = 'SUBMITTED')"""
        )
        values = {"client": client_id, "batch": batch_id, "waiting": waiting}
        return list(self._connection.execute(statement, values).scalars())

    def first_start(self, client_id: UUID, batch_id: UUID) -> datetime | None:
        """The start of the earliest trip of one import."""
        statement = sa.text(
            "SELECT min(start_time) FROM app.trips WHERE client_id = :client AND batch_id = :batch"
            " AND superseded_at IS NULL"
        )
        found: datetime | None = self._connection.execute(
            statement, {"client": client_id, "batch": batch_id}
        ).scalar_one()
        return found

    def submissions(self, client_id: UUID | None) -> list[Submission]:
        """What waits for acceptance, sheet by sheet, the oldest first."""
        statement = sa.text(
            """SELECT c.id, c.code, l.vendor_id, l.code, v.name, w.batch_id, b.file_name, w.sent_at, w.trips,
                      w.distance_m, w.first, w.last
                 FROM (SELECT t.client_id, t.vendor_id, t.batch_id, max(t.created_at) AS sent_at, count(*) AS trips,
                              sum(t.distance_m)::bigint AS distance_m, min(t.start_time) AS first,
                              max(t.start_time) AS last
                         FROM app.trips t
                        WHERE t.acceptance = 'SUBMITTED' AND t.superseded_at IS NULL
                          AND (CAST(:client AS uuid) IS NULL OR t.client_id = CAST(:client AS uuid))
                        GROUP BY t.client_id, t.vendor_id, t.batch_id) w
                 JOIN app.clients c ON c.id = w.client_id
                 JOIN app.client_vendors l ON l.client_id = w.client_id AND l.vendor_id = w.vendor_id
                 JOIN app.vendors v ON v.id = w.vendor_id
                 LEFT JOIN app.import_batches b ON b.client_id = w.client_id AND b.id = w.batch_id
                ORDER BY w.sent_at, l.code"""
        )
        return [Submission(*row) for row in self._connection.execute(statement, {"client": client_id})]

    def waiting_in(self, submission: Submission) -> list[UUID]:
        """The trips of a submission that nobody has decided about."""
        statement = sa.text(
            """SELECT id FROM app.trips
                WHERE client_id = :client AND vendor_id = :vendor AND superseded_at IS NULL
                  AND acceptance = 'SUBMITTED' AND batch_id IS NOT DISTINCT FROM CAST(:batch AS uuid)"""
        )
        values = {"client": submission.client_id, "vendor": submission.vendor_id, "batch": submission.batch_id}
        return list(self._connection.execute(statement, values).scalars())

    def decide(
        self,
        client_id: UUID,
        trip_ids: Sequence[UUID],
        action: str,
        *,
        reason: str = "",
        contract_id: UUID | None = None,
    ) -> list[UUID]:
        """Carry out one decision (HOLD, RELEASE, ACCEPT, REJECT, ASSIGN, CANCEL); gives the trips it changed."""
        sets, condition = _ACTIONS[action]
        statement = sa.text(
            f"""WITH changed AS (
                    UPDATE app.trips t SET {sets}
                     WHERE t.client_id = :client AND t.id = ANY (:ids) AND t.superseded_at IS NULL AND {condition}
                    RETURNING t.id
                ), noted AS (
                    INSERT INTO app.trip_actions (client_id, id, trip_id, action, reason, by_user)
                    SELECT :client, uuidv7(), id, :action, :reason, auth.user_id() FROM changed
                )
                SELECT id FROM changed"""
        )
        values = {"client": client_id, "ids": list(trip_ids), "action": action, "reason": reason}
        if contract_id is not None:
            values["contract"] = contract_id
        return list(self._connection.execute(statement, values).scalars())

    def correct(self, client_id: UUID, trip_id: UUID, rev: int, changes: Mapping[str, Any], reason: str) -> None:
        """Correct a trip in place: columns of app.trips by name, riders as codes.

        Raises:
            ConflictError: Somebody changed it since `rev`.
            RefusedError: An issued invoice bills it.
        """
        statement = sa.text("SELECT api.correct_trip(:client, :trip, :rev, CAST(:changes AS jsonb), :reason)")
        content = json.dumps(dict(changes), ensure_ascii=False)
        values = {"client": client_id, "trip": trip_id, "rev": rev, "changes": content, "reason": reason}
        self._connection.execute(statement, values)

    def is_invoiced(self, client_id: UUID, trip_id: UUID) -> bool:
        """Does an issued invoice bill the trip? A vendor's staff may not know: no."""
        statement = sa.text(
            """SELECT EXISTS (SELECT 1 FROM app.trip_charges x
                                JOIN app.billing_runs r ON r.client_id = x.client_id AND r.id = x.run_id
                               WHERE x.client_id = :client AND x.trip_id = :trip AND x.kind = 'BILL'
                                 AND x.released_at IS NULL AND r.status = 'ISSUED')"""
        )
        found: bool = self._connection.execute(statement, {"client": client_id, "trip": trip_id}).scalar_one()
        return found
