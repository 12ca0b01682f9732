"""The ledger row by row, for annexures and reports: numbers by COPY BINARY, texts by COPY, in one order."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from numpy.typing import NDArray

from billing.store.copy import Column, copy_out
from billing.store.runs import CODES

_RUN = """app.trip_charges x JOIN app.trips t ON t.client_id = x.client_id AND t.id = x.trip_id
 WHERE x.client_id = %(client)s AND x.run_id = %(run)s"""
_ORDER = " ORDER BY t.start_time, t.external_ref"
_RIDERS = """(SELECT string_agg(r.employee_code, ', ' ORDER BY r.seq) FROM app.trip_riders r
  WHERE r.client_id = t.client_id AND r.trip_id = t.id)"""
_COPY_CHUNK = 1 << 20
_FEW = 20_000
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


@dataclass(frozen=True, slots=True)
class LedgerRows:
    """The trips of one run in rating order: `numbers` and `texts` by name, a value a trip."""

    numbers: dict[str, NDArray[Any]]
    texts: dict[str, list[str]]


class Ledger:
    """Charges of the clients that the user may see."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def rows(self, client_id: UUID, run_id: UUID) -> LedgerRows:
        """Every trip of a run with its charges; codes that no trip has are left out."""
        values = {"client": str(client_id), "run": str(run_id)}
        used = self._codes_used(client_id, run_id)
        columns = [
            Column("trip", "t.id", "uuid"),
            Column("start", "t.start_time", "timestamptz"),
            Column("end", "t.end_time", "timestamptz"),
            Column("distance_m", "t.distance_m", "bigint"),
            Column("lines_shown", "x.lines_shown", "bigint"),
            *(Column(name, f"x.{name}", "bigint") for name in ("taxable", "non_taxable", "tax", "incentive")),
            *(Column(name, f"x.{name}", "bigint") for name in ("tax_milli", "version_number")),
            *(Column(name, f"x.{name}", "boolean") for name in ("toll_taxable", "parking_taxable")),
            *(Column(code, f"x.{code}", "bigint") for code in used),
        ]
        numbers = copy_out(self._connection, columns, _RUN + _ORDER, values)
        names = ("trip_id", "status", "vehicle", "rider")
        sources = ("t.external_ref", "t.status", "coalesce(t.vehicle_no, '')", f"coalesce({_RIDERS}, '')")
        texts = self._texts(sources, _RUN + _ORDER, values)
        return LedgerRows(numbers, dict(zip(names, texts, strict=True)))

    def trip_ids(self, client_id: UUID, run_id: UUID) -> NDArray[Any]:
        """The trips of a run, 16 raw bytes each, in rating order."""
        values = {"client": str(client_id), "run": str(run_id)}
        return copy_out(self._connection, [Column("trip", "t.id", "uuid")], _RUN + _ORDER, values)["trip"]

    def trip_names(self, client_id: UUID, contract_id: UUID, start: datetime, until: datetime) -> list[str]:
        """The sheets' own ids of the trips that `read_rated_trips` gives for the same month, in its order."""
        source = """app.trips t WHERE t.client_id = %(client)s AND t.contract_id = %(contract)s
   AND t.start_time >= %(start)s AND t.start_time < %(until)s AND t.acceptance = 'ACCEPTED' AND t.hold_reason IS NULL
   AND t.superseded_at IS NULL"""
        values = {"client": str(client_id), "contract": str(contract_id), "start": start, "until": until}
        return self._texts(("t.external_ref",), source + _ORDER, values)[0]

    def left_out(self, client_id: UUID, vendor_id: UUID | None, start: datetime, until: datetime) -> list[Any]:
        """Trips that no run takes: (ref, start, end, metres, why), by start."""
        query = """
SELECT t.external_ref, t.start_time, t.end_time, t.distance_m,
       CASE WHEN t.acceptance <> 'ACCEPTED' THEN t.acceptance WHEN t.hold_reason IS NOT NULL THEN 'HELD'
            ELSE coalesce(t.exception, 'NO_CONTRACT') END
  FROM app.trips t WHERE t.client_id = :client AND (CAST(:vendor AS uuid) IS NULL OR t.vendor_id = :vendor)
   AND t.start_time >= :start AND t.start_time < :until AND t.superseded_at IS NULL
   AND (t.contract_id IS NULL OR t.acceptance <> 'ACCEPTED' OR t.hold_reason IS NOT NULL)
 ORDER BY t.start_time, t.external_ref"""
        values = {"client": client_id, "vendor": vendor_id, "start": start, "until": until}
        return list(self._connection.execute(sa.text(query), values))

    def _codes_used(self, client_id: UUID, run_id: UUID) -> list[str]:
        checks = ", ".join(
            f"bool_or(x.{code} <> 0) OR coalesce(bit_or(x.lines_shown), 0) & {1 << place} <> 0"
            for place, code in enumerate(CODES)
        )
        query = f"SELECT {checks} FROM app.trip_charges x WHERE x.client_id = :client AND x.run_id = :run"
        row = self._connection.execute(sa.text(query), {"client": client_id, "run": run_id}).one()
        return [code for code, used in zip(CODES, row, strict=True) if used]

    def period(self, client_id: UUID, run_id: UUID) -> list[dict[str, Any]]:
        """The period charges of a run."""
        query = """
SELECT p.version_number, p.code, p.slot, p.amount, p.tax_milli FROM app.period_charges p
 WHERE p.client_id = :client AND p.run_id = :run ORDER BY p.version_number, p.code, p.slot"""
        rows = self._connection.execute(sa.text(query), {"client": client_id, "run": run_id}).mappings()
        return [dict(row) for row in rows]

    def _texts(self, expressions: Sequence[str], source: str, values: Mapping[str, Any]) -> list[list[str]]:
        """Text columns of a query, none of them NULL."""
        cursor: Any = self._connection.connection.cursor()
        with cursor:
            query = cursor.mogrify(f"SELECT {', '.join(expressions)} FROM {source}", dict(values)).decode()
            buffer = io.BytesIO()
            cursor.copy_expert(f"COPY ({query}) TO STDOUT", buffer, _COPY_CHUNK)
        columns: list[list[str]] = [[] for _ in expressions]
        known: list[dict[str, str]] = [{} for _ in expressions]
        for piece in _pieces(buffer.getvalue()):
            rows = [line.split("\t") for line in piece.split("\n")]
            for column, same, cells in zip(columns, known, zip(*rows, strict=True), strict=True):
                plain = [_unescape(cell) for cell in cells] if "\\" in piece else cells
                # of a status or a cab there is one text for all rows, not one a row
                column.extend([same.setdefault(cell, cell) for cell in plain] if len(same) < _FEW else plain)
        return columns


def _pieces(data: bytes) -> Iterator[str]:
    """Whole lines of about a MB at a time, without the last line end: a million rows are never split at once."""
    start = 0
    while start < len(data):
        end = data.find(b"\n", min(start + _COPY_CHUNK, len(data) - 1))
        yield data[start:end].decode()
        start = end + 1


def _unescape(value: str) -> str:
    """A value of COPY's text format as it is stored."""
    if "\\" not in value:
        return value
    parts, place = [], 0
    while (mark := value.find("\\", place)) >= 0:
        parts.append(value[place:mark])
        parts.append(_ESCAPES.get(value[mark + 1], value[mark + 1]))
        place = mark + 2
    return "".join(parts) + value[place:]
