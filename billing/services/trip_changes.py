"""Trips by hand: correct one, add one (SECURITY.md (c) 3 and 4). What is typed is read by the rules of a trip sheet.

A trip that no issued invoice bills is corrected in place; one that is billed is superseded, and what follows from that
is settled by a note (DESIGN.md section 3).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from billing.errors import BadInputError, ConflictError, RefusedError
from billing.schemas.changes import Changes
from billing.schemas.ids import new_id
from billing.schemas.parties import Client, ClientVendor
from billing.schemas.trips import TripRecord
from billing.services.checks import InvalidFieldsError, Problem
from billing.services.lookup import find_client, find_link
from billing.services.trip_decisions import trips_named

if TYPE_CHECKING:
    from billing.exchange.sheets.result import TripTable
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork

TABLES = frozenset({"trips", "trip_riders", "trip_actions"})
_MINUTES = {"waiting_s": "waiting_minutes", "late_s": "late_minutes", "cancelled_before_s": "cancelled_minutes_before"}
_METRES = {"distance_m": "distance", "garage_m": "garage_km", "claimed_m": "claimed_km", "gps_m": "gps_km"}
_PAISE = {"toll_paise": "toll", "parking_paise": "parking"}
_FIELD_OF = {**_MINUTES, **_METRES, **_PAISE, "start_time": "start", "end_time": "end"}
_TEXTS = ("status", "vehicle_no", "vehicle_type", "vehicle_slot", "site", "zone")
_FLAGS = ("is_carpool", "escort")
_COUNTS = ("seats_boarded", "calendar_days")
_FIXED = frozenset({"trip_id", "client", "vendor"})
_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class ChangedTrip:
    """The trip as it is stored now; `is_superseded` says that it took the place of a billed one."""

    trip: TripRecord
    changed: tuple[str, ...]
    is_superseded: bool
    changes: Changes


def trip_texts(trip: TripRecord, zone: ZoneInfo) -> dict[str, str]:
    """The trip's values as a sheet would have them, by field; wall clock in `zone`, "" where nothing is known."""
    from decimal import Decimal

    from billing.money import plain

    texts = {name: _or_blank(getattr(trip, name)) for name in (*_TEXTS, *_COUNTS)}
    texts |= {name: "yes" if getattr(trip, name) else "no" for name in _FLAGS}
    texts |= {"start": _wall(trip.start_time, zone), "end": _wall(trip.end_time, zone)}
    for column, name in _METRES.items():
        metres = getattr(trip, column)
        texts[name] = "" if metres is None else f"{(Decimal(metres) / 1000).normalize():f}"
    for column, name in _MINUTES.items():
        seconds = getattr(trip, column)
        texts[name] = "" if seconds is None else f"{(Decimal(seconds) / 60).normalize():f}"
    for column, name in _PAISE.items():
        paise = getattr(trip, column)
        texts[name] = "" if paise is None else plain(paise)
    return {**texts, "employees": "; ".join(trip.employees), "trip_id": trip.external_ref}


def _or_blank(value: object) -> str:
    return "" if value is None else str(value)


def _wall(moment: datetime, zone: ZoneInfo) -> str:
    return moment.astimezone(zone).replace(tzinfo=None).isoformat(sep=" ")


def read_trip(session: Session, reference: str, *, client: str | None = None) -> tuple[TripRecord, dict[str, str]]:
    """A trip by its id or its sheet's own id, and its texts for a form, in the client's zone.

    Raises RefusedError when it is not there or several vendors have one of that name.
    """
    with session.unit_of_work(name="trips.one") as uow:
        owner = find_client(uow, client)
        trip = _stored(uow, owner, reference)
    return trip, trip_texts(trip, ZoneInfo(owner.time_zone))


def correct_trip(
    session: Session,
    reference: str,
    texts: Mapping[str, str],
    *,
    reason: str,
    client: str | None = None,
    rev: int | None = None,
) -> ChangedTrip:
    """Correct fields of a trip, typed as in a trip sheet; what is not named stays.

    Raises:
        InvalidFieldsError: A value cannot be read or is impossible, as in an import.
        BadInputError: A field cannot be corrected, or the reason is missing.
        ConflictError: The trip was changed since revision `rev`.
        RefusedError: There is no such trip.
        NotAllowedError: The role may not correct it.
    """
    words = _reason(reason)
    _only_known(texts)
    with session.unit_of_work(name="trips.correct") as uow:
        owner = find_client(uow, client)
        trip = _stored(uow, owner, reference)
        if rev is not None and rev != trip.rev:
            raise ConflictError(
                "CHANGED_MEANWHILE", "Somebody else changed this trip meanwhile.", hint="Look at it again first."
            )
        zone = ZoneInfo(owner.time_zone)
        read = _read({**trip_texts(trip, zone), **texts}, owner.time_zone, session.now())
        typed = {column: value for column, value in read.items() if _FIELD_OF.get(column, column) in texts}
        wanted = replace(trip, **typed)
        changed = tuple(one.name for one in fields(trip) if getattr(trip, one.name) != getattr(wanted, one.name))
        if not changed:
            return ChangedTrip(trip, (), False, Changes(frozenset()))
        superseded = session.may("trips.correct_billed") and uow.trip_decisions.is_invoiced(owner.id, trip.id)
        if superseded:
            wanted = replace(wanted, id=new_id())
            uow.notes.correct_trip(owner.id, trip.id, trip.rev, wanted.id, _columns(wanted, changed), words)
        else:
            uow.trip_decisions.correct(owner.id, trip.id, trip.rev, _columns(wanted, changed), words)
            uow.trip_contracts.assign(owner.id, trip_id=trip.id)
        stored = uow.trips.get(wanted.id, owner.id)
        uow.commit()
    assert stored is not None
    return ChangedTrip(stored, changed, superseded, Changes(TABLES, frozenset({stored.id})))


def add_trip(
    session: Session, texts: Mapping[str, str], *, vendor: str | None = None, client: str | None = None
) -> ChangedTrip:
    """Store one trip that was typed; a vendor's own waits for acceptance. `texts` are fields as in a trip sheet.

    Raises:
        InvalidFieldsError: A value is missing, cannot be read, or is impossible, as in an import.
        ConflictError: The vendor has a trip with this id already.
        RefusedError: Client or vendor are not there.
    """
    session.require("trips.submit")
    _only_known(texts, fixed=_FIXED - {"trip_id"})
    with session.unit_of_work(name="trips.add") as uow:
        owner = find_client(uow, client)
        link = _own_link(uow, session, owner, vendor)
        values = _read(texts, owner.time_zone, session.now())
        moment = session.now()
        blank = TripRecord(new_id(), owner.id, link.vendor_id, texts.get("trip_id", "").strip(), moment, moment, 0)
        acceptance = "ACCEPTED" if session.may("trips.add") else "SUBMITTED"
        trip = replace(blank, acceptance=acceptance, **values)
        uow.trip_inserts.add([trip])
        stored = uow.trips.get(trip.id, owner.id)
        uow.commit()
    assert stored is not None
    return ChangedTrip(stored, (), False, Changes(TABLES, frozenset({stored.id})))


def _own_link(uow: UnitOfWork, session: Session, owner: Client, vendor: str | None) -> ClientVendor:
    return find_link(uow, owner, vendor or (str(session.vendor_id) if session.vendor_id else ""))


def _stored(uow: UnitOfWork, owner: Client, reference: str) -> TripRecord:
    (trip_id,) = trips_named(uow, owner.id, [reference])
    trip = uow.trips.get(trip_id, owner.id)
    if trip is None:
        raise RefusedError("TRIP_NOT_FOUND", f"There is no trip {reference} that you may see.", where=reference)
    return trip


def _reason(reason: str) -> str:
    words = reason.strip()
    if not 1 <= len(words) <= _LONGEST_REASON:
        text = f"Say why the trip is corrected, in at most {_LONGEST_REASON} characters."
        raise BadInputError("REASON_REQUIRED", text, where="--reason")
    return words


def _only_known(texts: Mapping[str, str], fixed: frozenset[str] = _FIXED) -> None:
    from billing.exchange.sheets.one_trip import TYPED

    for name in texts:
        if name not in TYPED or name in fixed:
            raise BadInputError("UNKNOWN_FIELD", f'A trip has no field "{name}" that can be typed.', where=name)


def _read(texts: Mapping[str, str], zone: str, now: datetime) -> dict[str, Any]:
    """The typed values by field of TripRecord."""
    from billing.exchange.sheets.one_trip import check_trip
    from billing.exchange.sheets.options import ReadOptions

    whole = {"client": "own", "vendor": "own", **texts}
    checked = check_trip(whole, ReadOptions(timezone=zone, now=now))
    if checked.rejected:
        wrong = checked.rejected[0]
        raise InvalidFieldsError([Problem(wrong.column or "trip_id", wrong.code, wrong.message)])
    return _values(checked.accepted)


def _values(table: TripTable) -> dict[str, Any]:
    values: dict[str, Any] = {name: table.text(name, 0) for name in _TEXTS}
    values["status"] = values["status"] or "COMPLETED"
    values["employees"] = tuple(table.text("employees", 0) or ())
    values |= {name: bool(table.number(name, 0)) for name in _FLAGS}
    values |= {name: table.number(name, 0) for name in _COUNTS}
    for names in (_METRES, _MINUTES, _PAISE):
        values |= {column: table.number(name, 0) for column, name in names.items()}
    values |= {"distance_m": int(table.distance_m[0]), "start_time": _moment(table.start[0])}
    return {**values, "end_time": _moment(table.end[0])}


def _moment(microseconds: Any) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=int(microseconds))


def _columns(trip: TripRecord, names: tuple[str, ...]) -> dict[str, Any]:
    """What the database is told: columns of app.trips by name, riders by code."""
    told: dict[str, Any] = {}
    for name in names:
        value = getattr(trip, name)
        told["riders" if name == "employees" else name] = value.isoformat() if isinstance(value, datetime) else value
    return {name: list(value) if isinstance(value, tuple) else value for name, value in told.items()}
