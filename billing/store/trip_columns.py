"""A contract's month of trips as columns for rating: one COPY of what the month really has (DESIGN.md section 3).

Only accepted trips that are neither held nor superseded are read, in rating order (start, external reference), which
is the order of the index trips_contract.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from billing.schemas.trip_columns import EmployeeColumn, TextColumn, TripColumns
from billing.store.copy import Column, copy_out, decode_texts, text_key

_MONTH = """app.trips t
 WHERE t.client_id = {client} AND t.contract_id = {contract} AND t.start_time >= {start} AND t.start_time < {until}
   AND """
_TO_BILL = "(t.acceptance = 'ACCEPTED' AND t.hold_reason IS NULL OR t.id = {also}) AND t.superseded_at IS NULL"
# What runs billed, as it stood at a moment: a trip that was superseded later is among them.
_BILLED = """EXISTS (SELECT 1 FROM app.trip_charges c WHERE c.client_id = t.client_id AND c.trip_id = t.id
       AND c.kind = 'BILL' AND c.run_id = ANY ({runs})) AND ({as_of} IS NULL OR t.superseded_at IS NULL
       OR t.superseded_at > {as_of})"""
_NAMES = ("client", "contract", "start", "until")


@dataclass(frozen=True, slots=True)
class _Source:
    """FROM and WHERE of the trips that are read: with :name for a statement, with %(name)s for COPY."""

    bound: str
    copied: str

    @classmethod
    def of(cls, picked: str, casts: Mapping[str, str]) -> _Source:
        bound = {name: f":{name}" for name in _NAMES} | {n: f"CAST(:{n} AS {kind})" for n, kind in casts.items()}
        copied = {name: f"%({name})s" for name in _NAMES} | {n: f"%({n})s::{kind}" for n, kind in casts.items()}
        return cls((_MONTH + picked).format(**bound), (_MONTH + picked).format(**copied))


_RATED = _Source.of(_TO_BILL, {"also": "uuid"})
_CHARGED = _Source.of(_BILLED, {"runs": "uuid[]", "as_of": "timestamptz"})
_ORDER = " ORDER BY t.start_time, t.external_ref"
_STATUS = "CASE t.status WHEN 'COMPLETED' THEN 0 WHEN 'NO_SHOW' THEN 1 WHEN 'CANCELLED' THEN 2 ELSE 3 END"
# Field of TripColumns: SQL column and what stands for "not known" (0 or -1, as TripColumns says).
_FIGURES = {
    "seats": ("seats_boarded", 0),
    "garage_m": ("garage_m", 0),
    "claimed_m": ("claimed_m", -1),
    "gps_m": ("gps_m", -1),
    "toll": ("toll_paise", 0),
    "parking": ("parking_paise", 0),
    "calendar_days": ("calendar_days", -1),
}
# Stored in seconds, rated in millionths of a minute: rounded half up, exact for whole minutes and any multiple of 3 s.
_MINUTES = {"waiting": ("waiting_s", 0), "late": ("late_s", 0), "cancelled_before": ("cancelled_before_s", -1)}
_TEXTS = ("vehicle_type", "vehicle_slot", "site", "zone")
# A trip that names no slot is in the one where its vehicle stood that day, by the client's calendar.
_SLOT = """coalesce(t.vehicle_slot, (SELECT s.slot FROM app.vehicle_slots s JOIN app.clients z ON z.id = s.client_id
    WHERE s.client_id = t.client_id AND s.contract_id = t.contract_id AND s.vehicle_no = t.vehicle_no
      AND s.valid_from <= (t.start_time AT TIME ZONE z.time_zone)::date
      AND (s.valid_until IS NULL OR s.valid_until > (t.start_time AT TIME ZONE z.time_zone)::date)
    ORDER BY s.slot LIMIT 1))"""
_FLAGS = {"status": "t.status <> 'COMPLETED'", "carpool": "t.is_carpool", "escort": "t.escort"}


@dataclass(frozen=True, slots=True)
class RatedTrips:
    """The trips of a contract's month: columns for rating and, row by row, which stored trip each is.

    Attributes:
        columns: in rating order; `trip_ids` are the row's place, so that no text is read for a million trips.
        ids: 16 raw bytes a trip (V16), as trip_charges wants them.
        revs: the revision of each trip row that was read; `issue` refuses another one.
    """

    columns: TripColumns
    ids: NDArray[Any]
    revs: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.ids)

    def id_of(self, row: int) -> UUID:
        """The stored trip of a row."""
        return UUID(bytes=self.ids[row].tobytes())


def read_rated_trips(
    connection: sa.Connection,
    client_id: UUID,
    contract_id: UUID,
    start: datetime,
    until: datetime,
    *,
    also: UUID | None = None,
    unread: Set[str] = frozenset(),
) -> RatedTrips:
    """The trips that a run of this contract over [start, until) bills, or would bill.

    `also` is a trip that is read although it is held or not accepted, for a price at its place in the month.
    `unread` are fields of TripColumns that nobody will look at (a text costs as much as all the figures of a trip).
    Several statements read them: use a unit of work with `snapshot=True`, so that they all see the same moment.
    """
    values = {"client": client_id, "contract": contract_id, "start": start, "until": until, "also": also}
    return _read(connection, _RATED, values, unread)


def read_billed_trips(
    connection: sa.Connection,
    client_id: UUID,
    contract_id: UUID,
    start: datetime,
    until: datetime,
    *,
    runs: Sequence[UUID],
    as_of: datetime | None = None,
) -> RatedTrips:
    """The trips that these runs of a contract's month billed, to rate them again.

    Those superseded before `as_of` are left out; None leaves out none. Otherwise as `read_rated_trips`.
    """
    values = {"client": client_id, "contract": contract_id, "start": start, "until": until, "as_of": as_of}
    return _read(connection, _CHARGED, {**values, "runs": [str(run) for run in runs]})


def _read(
    connection: sa.Connection, source: _Source, values: Mapping[str, Any], unread: Set[str] = frozenset()
) -> RatedTrips:
    has = _what_is_there(connection, source, values) - unread
    columns = [
        Column("ids", "t.id", "uuid"),
        Column("revs", "t.rev", "integer"),
        Column("start", "t.start_time", "timestamptz"),
        Column("end", "t.end_time", "timestamptz"),
        Column("distance_m", "t.distance_m", "integer"),
        *_wanted(has),
    ]
    bound = _for_copy(values)
    read = copy_out(connection, columns, source.copied + _ORDER, bound)
    return RatedTrips(_columns(connection, source, read, values, has), read["ids"], read["revs"])


def _for_copy(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values as the driver binds them into COPY: it knows no UUIDs."""
    return {name: str(value) if isinstance(value, UUID) else value for name, value in values.items()}


def _what_is_there(connection: sa.Connection, source: _Source, values: Mapping[str, Any]) -> set[str]:
    """The optional columns in which any trip of the month has a value: no other is worth its bytes."""
    checks = {name: f"count(t.{column}) > 0" for name, (column, _) in {**_FIGURES, **_MINUTES}.items()}
    checks |= {name: f"count(t.{name}) > 0" for name in _TEXTS}
    checks |= {name: f"bool_or({condition})" for name, condition in _FLAGS.items()}
    listed = ", ".join(f"{check} AS {name}" for name, check in checks.items())
    row = connection.execute(sa.text(f"SELECT {listed} FROM {source.bound}"), values).mappings().one()
    slots = "SELECT EXISTS (SELECT 1 FROM app.vehicle_slots WHERE client_id = :client AND contract_id = :contract)"
    found = {name for name, there in row.items() if there}
    return found | {"slots"} if connection.execute(sa.text(slots), values).scalar_one() else found


def _texts(has: set[str]) -> dict[str, str]:
    """Text columns that have values, each with its expression."""
    texts = {name: f"t.{name}" for name in _TEXTS if name in has}
    return texts | {"vehicle_slot": _SLOT} if "slots" in has else texts


def _wanted(has: set[str]) -> list[Column]:
    columns = [
        Column(name, f"coalesce(t.{column}, {missing})", "bigint")
        for name, (column, missing) in _FIGURES.items()
        if name in has
    ]
    columns += [
        Column(name, f"coalesce((t.{column}::bigint * 1000000 + 30) / 60, {missing})", "bigint")
        for name, (column, missing) in _MINUTES.items()
        if name in has
    ]
    columns += [text_key(name, expression) for name, expression in _texts(has).items()]
    if "status" in has:
        columns.append(Column("status", _STATUS, "smallint"))
    columns += [Column(name, _FLAGS[name], "boolean") for name in ("carpool", "escort") if name in has]
    return columns


def _columns(
    connection: sa.Connection, source: _Source, read: dict[str, NDArray[Any]], values: Mapping[str, Any], has: set[str]
) -> TripColumns:
    optional: dict[str, Any] = {name: read[name] for name in (*_FIGURES, *_MINUTES, "carpool", "escort") if name in has}
    optional |= {name: _text_column(connection, source, text, read[name], values) for name, text in _texts(has).items()}
    return TripColumns(
        trip_ids=np.arange(len(read["ids"]), dtype=np.int64),
        start=read["start"],
        end=read["end"],
        distance_m=read["distance_m"].astype(np.int64),
        status=read["status"].astype(np.int8) if "status" in has else None,
        employees=_riders(connection, source, read["ids"], values),
        ids_are_unique=True,
        **optional,
    )


def _text_column(
    connection: sa.Connection, source: _Source, text: str, keys: NDArray[Any], values: Mapping[str, Any]
) -> TextColumn:
    query = sa.text(f"SELECT DISTINCT {text}, hashtextextended({text}, 0) FROM {source.bound} AND {text} IS NOT NULL")
    rows = connection.execute(query, values).all()
    return TextColumn(*decode_texts(keys, [row[0] for row in rows], [row[1] for row in rows]))


def _riders(
    connection: sa.Connection, source: _Source, ids: NDArray[Any], values: Mapping[str, Any]
) -> EmployeeColumn | None:
    """Who rode, first rider first; None when nobody is recorded for the month."""
    joined = "app.trip_riders r JOIN " + source.copied.replace(
        " WHERE", " ON t.client_id = r.client_id AND t.id = r.trip_id\n WHERE r.client_id = %(client)s AND", 1
    )
    bound = _for_copy(values)
    columns = [
        Column("trip", "r.trip_id", "uuid"),
        Column("seq", "r.seq", "smallint"),
        text_key("who", "r.employee_code"),
    ]
    read = copy_out(connection, columns, joined, bound)
    if not len(read["trip"]):
        return None
    query = sa.text(
        "SELECT DISTINCT r.employee_code, hashtextextended(r.employee_code, 0) FROM app.trip_riders r "
        "WHERE r.client_id = :client"
    )
    rows = connection.execute(query, values).all()
    codes, names = decode_texts(read["who"], [row[0] for row in rows], [row[1] for row in rows])
    places = _places(ids, read["trip"])
    order = np.lexsort((read["seq"], places))
    offsets = np.zeros(len(ids) + 1, np.int64)
    np.cumsum(np.bincount(places, minlength=len(ids)), out=offsets[1:])
    return EmployeeColumn(offsets, codes[order], names)


def _places(ids: NDArray[Any], wanted: NDArray[Any]) -> NDArray[np.int64]:
    """The row of each wanted id; UUIDs are compared as two 64-bit halves, the random half first."""
    have, want = (one.view(np.uint64).reshape(-1, 2) for one in (ids, wanted))
    order = np.argsort(have[:, 1])
    ranked = have[order]
    found = np.minimum(np.searchsorted(ranked[:, 1], want[:, 1]), len(ranked) - 1)
    if not (ranked[found] == want).all():
        raise ValueError("a rider of a trip that was not read")
    return order[found]
