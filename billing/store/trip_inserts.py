"""Many trips at once: COPY into a temporary table of the user's own, then INSERT..SELECT under row-level security.

The contract that a record names is not taken over: what is in force decides. COPY straight into a table with
row-level security is refused by PostgreSQL; never one statement a row.
"""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from billing.schemas.trips import TripRecord
from billing.store.assignment import CONTRACTS_IN_FORCE, FITS

if TYPE_CHECKING:
    from billing.store.unit_of_work import UnitOfWork

# Holding is an act of its own with a reason and a time; revisions belong to the database.
_NOT_INSERTED = {"employees", "hold_reason", "rev"}
COLUMNS = tuple(field.name for field in dataclasses.fields(TripRecord) if field.name not in _NOT_INSERTED)

ENOUGH_TO_ANALYZE = 500


class TripInserts:
    """Adds trips and their riders."""

    def __init__(self, uow: UnitOfWork) -> None:
        self._uow = uow

    def add(self, trips: Sequence[TripRecord]) -> None:
        """Insert the trips in the order given, with their riders; each finds its contract as it goes in.

        Raises:
            ConflictError: A trip with the same reference is stored already.
            NotAllowedError: A trip is not the user's to add.
        """
        names = ", ".join(COLUMNS)
        self._stage("new_trips", f"SELECT {names} FROM app.trips WITH NO DATA")
        self._copy("new_trips", COLUMNS, [[_plain(getattr(trip, name)) for name in COLUMNS] for trip in trips])
        self._run(_insert_statement())
        rider_columns = ("client_id", "trip_id", "seq", "employee_code")
        self._stage("new_riders", f"SELECT {', '.join(rider_columns)} FROM app.trip_riders WITH NO DATA")
        riders = [
            [trip.client_id, trip.id, seq, code] for trip in trips for seq, code in enumerate(trip.employees, start=1)
        ]
        self._copy("new_riders", rider_columns, riders)
        listed = ", ".join(rider_columns)
        self._run(f"INSERT INTO app.trip_riders ({listed}) SELECT {listed} FROM pg_temp.new_riders")
        analyze_after(self._uow, len(trips))

    def _stage(self, table: str, select: str) -> None:
        self._run(f"DROP TABLE IF EXISTS pg_temp.{table}")
        self._run(f"CREATE TEMPORARY TABLE {table} ON COMMIT DROP AS {select}")

    def _run(self, statement: str) -> None:
        self._uow.connection.execute(sa.text(statement))

    def _copy(self, table: str, columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
        buffer = io.StringIO()
        csv.writer(buffer, lineterminator="\n").writerows(rows)
        buffer.seek(0)
        self._uow.cursor.copy_expert(f"COPY pg_temp.{table} ({', '.join(columns)}) FROM STDIN (FORMAT csv)", buffer)


def analyze_after(uow: UnitOfWork, rows: int) -> None:
    """Let the planner know of many new trips now; autovacuum would tell it minutes later."""
    if rows >= ENOUGH_TO_ANALYZE:
        uow.connection.execute(sa.text("SELECT api.analyze_trips()"))


def _insert_statement() -> str:
    """INSERT..SELECT of the staged trips with the one contract that fits each, or the reason why there is none."""
    found = {
        "contract_id": "CASE WHEN f.many = 1 THEN f.only_one END",
        "exception": "CASE WHEN f.many IS NULL THEN 'NO_CONTRACT' WHEN f.many > 1 THEN 'AMBIGUOUS_CONTRACT' END",
    }
    return f"""
        WITH fit AS (
            SELECT t.id, count(*) AS many, (array_agg(c.id))[1] AS only_one
              FROM pg_temp.new_trips t JOIN {CONTRACTS_IN_FORCE} ON {FITS}
             GROUP BY t.id
        )
        INSERT INTO app.trips ({", ".join(COLUMNS)})
        SELECT {", ".join(found.get(name, f"n.{name}") for name in COLUMNS)}
          FROM pg_temp.new_trips n LEFT JOIN fit f ON f.id = n.id"""


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value
