"""Trip sheets into the database: COPY to a temporary table, look there for what is stored already, INSERT..SELECT.

COPY into a table with row-level security is refused by PostgreSQL, so the rows go through a temporary table of the
user's own and are inserted as the user, with their contract, in one statement (DESIGN.md section 3, Bulk paths).
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa

from billing.schemas.imports import ImportBatch
from billing.store.assignment import CONTRACTS_IN_FORCE, FITS
from billing.store.copy import TEXT_BREAK, send
from billing.store.trip_inserts import analyze_after

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from billing.store.unit_of_work import UnitOfWork

RIDER_BREAK = "\x1f"
# Columns of the temporary table.
COLUMNS = {
    "n": "integer", "id": "uuid", "client_id": "uuid", "vendor_id": "uuid", "batch_id": "uuid",
    "start_time": "timestamptz", "end_time": "timestamptz", "distance_m": "integer", "batch_row": "integer",
    "batch_sheet": "text", "external_ref": "text", "status": "text", "vehicle_no": "text", "vehicle_type": "text",
    "vehicle_slot": "text", "site": "text", "zone": "text", "riders": "text", "seats_boarded": "smallint",
    "is_carpool": "boolean", "escort": "boolean", "garage_m": "integer", "claimed_m": "integer", "gps_m": "integer",
    "waiting_s": "integer", "late_s": "integer", "cancelled_before_s": "integer", "toll_paise": "bigint",
    "parking_paise": "bigint", "calendar_days": "smallint",
}  # fmt: skip
# How a column of that type is sent (else as bigint), and what it is made of again: -1 is NULL.
_SENT = {"uuid": "uuid", "text": "text", "timestamptz": "timestamptz"}
_UNPACKED = dict.fromkeys(_SENT, "{name}") | {"boolean": "CASE WHEN {name} >= 0 THEN {name} = 1 END"}
_NUMBER = "nullif({name}, -1)::{kind}"
_TEXTS = f"string_to_array({{}}, '{TEXT_BREAK}', '')"
_SAME = (
    "start_time", "end_time", "distance_m", "status", "vehicle_no", "vehicle_type", "vehicle_slot", "site", "zone",
    "seats_boarded", "is_carpool", "escort", "garage_m", "claimed_m", "gps_m", "waiting_s", "late_s",
    "cancelled_before_s", "toll_paise", "parking_paise", "calendar_days",
)  # fmt: skip
_PLAIN = ("batch_row", "batch_sheet", "external_ref", *_SAME)


class StoredTrip(NamedTuple):
    """A staged row whose trip is stored; `same` where every figure agrees, `returned` where it was sent back."""

    n: int
    batch_id: UUID | None
    same: bool
    trip_id: UUID
    client_id: UUID
    returned: bool


class Written(NamedTuple):
    """Trips of one batch as they were inserted."""

    batch_id: UUID
    trips: int
    no_contract: int
    ambiguous_contract: int


class TripImports:
    """Batches of imported trips."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    def stage(self, columns: Mapping[str, Any], progress: Callable[[int], None] | None = None) -> None:
        """Bring rows to the temporary table: uuids as 16 bytes, texts as lists, numbers (-1: none), by name of COLUMNS.

        A column that is not given is NULL; one that has the same value in every row is not sent row by row.
        `progress` gets the rows so far.
        """
        self._run("DROP TABLE IF EXISTS pg_temp.import_rows, pg_temp.import_blocks")
        same = {name: _one(values) for name, values in columns.items() if name != "n" and _is_one(values)}
        sent = {name: (_SENT.get(COLUMNS[name], "bigint"), columns[name]) for name in columns if name not in same}
        shape = ", ".join(
            f"{name} {kind}{'' if kind == 'text' else '[]'} STORAGE EXTERNAL" for name, (kind, _) in sent.items()
        )
        self._run(f"CREATE TEMPORARY TABLE import_blocks ({shape}) ON COMMIT DROP")
        send(self._uow.connection, "pg_temp.import_blocks", {}, sent, progress=progress)
        unpacked = ", ".join(
            f"unnest({_TEXTS.format(name) if kind == 'text' else name}) AS {name}" for name, (kind, _) in sent.items()
        )
        listed = ", ".join(f"{_unpacked(name, same, sent)} AS {name}" for name in COLUMNS)
        self._run(
            f"CREATE TEMPORARY TABLE import_rows ON COMMIT DROP AS "
            f"SELECT {listed} FROM (SELECT {unpacked} FROM pg_temp.import_blocks) b",
            same,
        )
        self._run("DROP TABLE pg_temp.import_blocks")
        # How many rows, and how many of a vendor, is all that the planner must know: a small sample says it.
        self._run("SET LOCAL default_statistics_target = 10")
        self._run("ANALYZE pg_temp.import_rows (n, id, client_id, vendor_id, external_ref)")
        self._run("SET LOCAL default_statistics_target = DEFAULT")

    def already_stored(self) -> list[StoredTrip]:
        """The staged rows whose trip id of that client and vendor is stored."""
        same = " AND ".join(f"t.{name} IS NOT DISTINCT FROM r.{name}" for name in _SAME)
        same = same.replace("r.is_carpool", "coalesce(r.is_carpool, false)").replace(
            "r.escort", "coalesce(r.escort, false)"
        )
        statement = f"""
            SELECT r.n, t.batch_id, {same}
                   AND coalesce((SELECT string_agg(x.employee_code, '{RIDER_BREAK}' ORDER BY x.seq)
                                   FROM app.trip_riders x
                                  WHERE x.client_id = t.client_id AND x.trip_id = t.id), '') = coalesce(r.riders, ''),
                   t.id, t.client_id, t.acceptance = 'REJECTED'
              FROM pg_temp.import_rows r
              JOIN app.trips t ON t.client_id = r.client_id AND t.vendor_id = r.vendor_id
                              AND t.external_ref = r.external_ref AND t.superseded_at IS NULL
             ORDER BY r.n"""
        return [StoredTrip(*row) for row in self._uow.connection.execute(sa.text(statement))]

    def supersede_returned(self, client_id: UUID, trip_ids: Sequence[UUID]) -> None:
        """Give up trips that were sent back and now come corrected. ConflictError when one was decided meanwhile."""
        statement = sa.text("SELECT api.supersede_returned(:client, CAST(:ids AS uuid[]))")
        self._uow.connection.execute(statement, {"client": client_id, "ids": list(trip_ids)})

    def drop_staged(self, numbers: Sequence[int]) -> None:
        """Take rows out of the temporary table."""
        statement = sa.text("DELETE FROM pg_temp.import_rows WHERE n = ANY (:numbers)")
        self._uow.connection.execute(statement, {"numbers": list(numbers)})

    def add_batch(self, batch: ImportBatch, mapping: dict[str, str], options: dict[str, Any]) -> None:
        """Record a batch before its trips."""
        statement = sa.text(
            """INSERT INTO app.import_batches
                      (client_id, id, file_id, vendor_id, file_name, file_sha256, sheet, mapping, options, rows_read,
                       accepted, rejected, duplicates, distance_m)
               VALUES (:client_id, :id, :file_id, :vendor_id, :file_name, decode(:sha, 'hex'), :sheet,
                       CAST(:mapping AS jsonb), CAST(:options AS jsonb), :rows_read, :accepted, :rejected, :duplicates,
                       :distance_m)"""
        )
        names = ("client_id", "id", "file_id", "vendor_id", "sheet", "rows_read", "accepted", "rejected", "duplicates")
        values = {name: getattr(batch, name) for name in names}
        values |= {"file_name": batch.file_name[:255], "sha": batch.file_sha256, "distance_m": batch.distance_m}
        values |= {"mapping": json.dumps(mapping), "options": json.dumps(options)}
        self._uow.connection.execute(statement, values)

    def insert_staged(self, acceptance: str) -> list[Written]:
        """Insert all staged rows with their contract and riders; gives what each batch got."""
        names = ", ".join(name for name in _PLAIN if name not in ("is_carpool", "escort"))
        statement = f"""
            WITH c AS MATERIALIZED (  -- few; joined to the rows by hash, whatever the planner thinks of their number
                SELECT c.id, c.client_id, c.vendor_id, c.scope_sites, c.scope_vehicle_types, v.validity
                  FROM {CONTRACTS_IN_FORCE}
            ), fit AS (
                SELECT t.n, count(*) AS many, (array_agg(c.id))[1] AS only_one
                  FROM pg_temp.import_rows t JOIN c ON {FITS.replace("v.validity", "c.validity")}
                 GROUP BY t.n
            ), written AS (  -- in the order of the staged rows: by their starts, as their ids rise
                INSERT INTO app.trips (id, client_id, vendor_id, batch_id, is_carpool, escort,
                                       acceptance, contract_id, exception, {names})
                SELECT r.id, r.client_id, r.vendor_id, r.batch_id,
                       coalesce(r.is_carpool, false), coalesce(r.escort, false), :acceptance,
                       CASE WHEN f.many = 1 THEN f.only_one END,
                       CASE WHEN f.many IS NULL THEN 'NO_CONTRACT' WHEN f.many > 1 THEN 'AMBIGUOUS_CONTRACT' END,
                       {", ".join("r." + name for name in _PLAIN if name not in ("is_carpool", "escort"))}
                  FROM pg_temp.import_rows r LEFT JOIN fit f ON f.n = r.n
                RETURNING batch_id, exception
            )
            SELECT batch_id, count(*), count(*) FILTER (WHERE exception = 'NO_CONTRACT'),
                   count(*) FILTER (WHERE exception = 'AMBIGUOUS_CONTRACT')
              FROM written GROUP BY batch_id"""
        written = [
            Written(*row) for row in self._uow.connection.execute(sa.text(statement), {"acceptance": acceptance})
        ]
        self._run(
            f"""INSERT INTO app.trip_riders (client_id, trip_id, seq, employee_code)
                SELECT r.client_id, r.id, x.seq, x.code
                  FROM pg_temp.import_rows r,
                       unnest(string_to_array(r.riders, '{RIDER_BREAK}')) WITH ORDINALITY AS x (code, seq)
                 WHERE r.riders IS NOT NULL"""
        )
        analyze_after(self._uow, sum(item.trips for item in written))
        return written

    def of_file(self, sha256: str) -> list[ImportBatch]:
        """Batches of the very same file that were not undone."""
        return self._batches("encode(file_sha256, 'hex') = :value AND status = 'IMPORTED'", sha256)

    def known_files(self, sha256s: set[str]) -> set[str]:
        """Those of the files (by SHA-256, hexadecimal) that were imported and not undone."""
        statement = sa.text(
            """SELECT DISTINCT encode(file_sha256, 'hex') FROM app.import_batches
                WHERE status = 'IMPORTED' AND file_sha256 = ANY (
                      SELECT decode(x, 'hex') FROM unnest(CAST(:known AS text[])) AS x)"""
        )
        return set(self._uow.connection.execute(statement, {"known": list(sha256s)}).scalars())

    def find(self, identity: UUID) -> list[ImportBatch]:
        """The batch of that id, or all batches of the file of that id."""
        return self._batches("(id = CAST(:value AS uuid) OR file_id = CAST(:value AS uuid))", str(identity))

    def recent(self, client_id: UUID | None = None, limit: int = 100) -> list[ImportBatch]:
        """The newest batches that the user may see."""
        condition = "(CAST(:value AS uuid) IS NULL OR client_id = CAST(:value AS uuid))"
        return self._batches(condition, None if client_id is None else str(client_id), limit)

    def undo(self, client_id: UUID, batch_id: UUID) -> int:
        """Remove the trips of a batch; gives their number. RefusedError where one of them is billed."""
        statement = sa.text("SELECT api.undo_batch(:client, :batch)")
        result: int = self._uow.connection.execute(statement, {"client": client_id, "batch": batch_id}).scalar_one()
        return result

    def _batches(self, condition: str, value: str | None, limit: int = 1000) -> list[ImportBatch]:
        names = (
            "id", "client_id", "file_id", "file_name", "file_sha256", "vendor_id", "sheet", "status", "rows_read",
            "accepted", "rejected", "duplicates", "distance_m", "created_at",
        )  # fmt: skip
        listed = ", ".join("encode(file_sha256, 'hex')" if name == "file_sha256" else name for name in names)
        statement = f"""SELECT {listed} FROM app.import_batches WHERE {condition}
                        ORDER BY created_at DESC, id DESC LIMIT :limit"""
        rows = self._uow.connection.execute(sa.text(statement), {"value": value, "limit": limit})
        return [ImportBatch(**dict(zip(names, row, strict=True))) for row in rows]

    def _run(self, statement: str, values: Mapping[str, Any] | None = None) -> None:
        self._uow.connection.execute(sa.text(statement), values)


def _is_one(values: Any) -> bool:
    """Whether all rows of a column have the same value."""
    if isinstance(values, list):
        return values.count(values[0]) == len(values)
    return bool((values == values[0]).all())


def _one(values: Any) -> Any:
    """The value of all rows as it is bound."""
    first = values[0]
    if isinstance(values, list):
        return first
    return UUID(bytes=first.tobytes()) if values.dtype.kind == "V" else int(first)


def _unpacked(name: str, same: Mapping[str, Any], sent: Mapping[str, Any]) -> str:
    """The SQL of a staged row's value."""
    kind = COLUMNS[name]
    if name not in same and name not in sent:
        return f"NULL::{kind}"
    if name in same and kind == "timestamptz":
        return f"timestamptz 'epoch' + CAST(:{name} AS bigint) * interval '1 microsecond'"
    value = name if name in sent else f"CAST(:{name} AS {_SENT.get(kind, 'bigint')})"
    return _UNPACKED.get(kind, _NUMBER).format(name=value, kind=kind)


def bulk_ids(count: int) -> NDArray[Any]:
    """So many UUIDv7 of now (16 bytes), rising; a million in well under a second."""
    import numpy as np

    drawn = np.frombuffer(os.urandom(count * 16), np.uint8).reshape(count, 16).copy()
    drawn[:, :6] = np.frombuffer((time.time_ns() // 1_000_000).to_bytes(6, "big"), np.uint8)
    drawn[:, 6] = drawn[:, 6] & 0x0F | 0x70
    drawn[:, 8] = drawn[:, 8] & 0x3F | 0x80
    halves = drawn.view(">u8")
    return drawn[np.lexsort((halves[:, 1], halves[:, 0]))].view("V16").reshape(count)
