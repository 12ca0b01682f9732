"""Settling issued months: late and corrected trips, corrected and backdated rules, by one note an invoice (GST.md 8).

The month is rated again by the function that billed it, with what is true now; the difference to what its issued runs
charged is the note: a credit or a debit by its sign, or, where nothing is owed, only rows in the ledger.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import numpy as np

from billing.errors import BadInputError, KnownError, RefusedError
from billing.invoicing.charges import ledger_of
from billing.invoicing.doc_types import CREDIT_NOTE
from billing.invoicing.lines import describe
from billing.invoicing.notes import draft_note
from billing.invoicing.settle import Difference, difference
from billing.rating.engine import ENGINE_VERSION
from billing.schemas.changes import Changes
from billing.schemas.ids import new_id
from billing.schemas.invoices import ChargeLevel
from billing.schemas.notes import ChargedMonth, LateTrip, NoteRoom, SettledTrip, Settlement, TripShift, Unsettled
from billing.schemas.runs import LedgerColumns
from billing.services.lookup import find_client
from billing.services.month_inputs import MonthInputs, load_inputs
from billing.services.notes import TABLES, finish, hash_of, room_of
from billing.store.intents import Intent

if TYPE_CHECKING:
    from billing.rating.result import RatedPeriod
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork

READ_SECONDS = 600
SHOWN_TRIPS = 200
"""How many changed trips a settlement explains one by one; all of them are counted and billed."""
Progress = Callable[[int, int, str], None]
_ROW_COLUMNS = (
    "trips", "revs", "versions", "tax_milli", "shown", "toll_taxable", "parking_taxable", "taxable", "non_taxable",
    "tax", "incentive",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Found:
    """A settlement with what it is written from."""

    settlement: Settlement
    inputs: MonthInputs
    charged: ChargedMonth
    diff: Difference


def list_unsettled(
    session: Session, *, client: str | None = None, month: date | None = None, contract_id: UUID | None = None
) -> list[Unsettled]:
    """Issued months that something touched since; without rating them."""
    with session.unit_of_work(READ_SECONDS, name="settle.list", snapshot=True) as uow:
        owner = find_client(uow, client) if client else None
        first = month.replace(day=1) if month else None
        return uow.notes.unsettled(client_id=owner.id if owner else None, contract_id=contract_id, month=first)


def late_trips(session: Session, *, month: date, client: str | None = None) -> list[LateTrip]:
    """Trips that are late for a month: it is closed or invoiced, and they are on no bill."""
    with session.unit_of_work(name="settle.late") as uow:
        return uow.notes.late_trips(find_client(uow, client).id, month.replace(day=1))


def preview_settlement(session: Session, *, invoice: str, client: str | None = None) -> Settlement:
    """What settling the month of an issued invoice comes to; nothing is written.

    Raises RefusedError UNKNOWN_INVOICE, NOT_ISSUED. What stands in the way of settling is in `error`.
    """
    with session.unit_of_work(READ_SECONDS, name="settle.preview", snapshot=True) as uow:
        room = room_of(uow, invoice, client)
        try:
            return _settle(uow, room).settlement
        except (BadInputError, RefusedError) as error:
            return _refused(uow, room, error)


def write_settlement(session: Session, *, invoice: str, reason: str = "", client: str | None = None) -> Settlement:
    """Draft the note that settles the month of an issued invoice; an older draft of it gives way.

    `state` is drafted, moved (nothing is owed, the trips are on the ledger now) or unchanged (nothing to settle).

    Raises:
        RefusedError: Not issued; a bad trip; more than is left of a line (CREDIT_EXCEEDS); another rate (NOTE_RATE).
        ConflictError: Another note or a change came in between.
        NotAllowedError: The role writes no notes.
    """
    session.require("invoices.note")
    with session.unit_of_work(READ_SECONDS, name="settle.read", snapshot=True) as uow:
        room = room_of(uow, invoice, client)
        found = _settle(uow, room)
    settlement = found.settlement
    if found.diff.is_empty and not settlement.versions:
        return replace(settlement, state="unchanged")
    words = reason.strip() or _reason(settlement)
    run_id, note_id = new_id(), new_id()
    intent = Intent("settle", f"The settlement of {settlement.number}", run_id)
    with session.unit_of_work(READ_SECONDS, name="settle.write", intent=intent) as uow:
        uow.rows = int(found.diff.fresh.sum()) + len(found.diff.moved)
        _write(uow, found, run_id, note_id, words)
        uow.commit()
    state = "drafted" if settlement.note else "moved"
    changes = Changes(TABLES | {"trip_charges"}, frozenset({run_id, note_id}))
    return replace(settlement, state=state, stored=note_id if settlement.note else None, changes=changes)


def settle_many(
    session: Session, *, invoices: list[str], reason: str = "", progress: Progress | None = None
) -> list[Settlement | tuple[str, str]]:
    """Settle several months, each in a transaction of its own; what was refused is (invoice, why)."""
    results: list[Settlement | tuple[str, str]] = []
    for place, invoice in enumerate(invoices):
        if progress is not None:
            progress(place, len(invoices), "")
        try:
            results.append(write_settlement(session, invoice=invoice, reason=reason))
        except KnownError as error:
            results.append((invoice, error.message))
    return results


def _settle(uow: UnitOfWork, room: NoteRoom) -> _Found:
    from billing.rating.period import rate_period

    inputs = load_inputs(uow, room.client_id, room.contract_id, room.month)
    charged = uow.notes.charged(room.client_id, room.contract_id, room.month)
    rated = rate_period(inputs.rating, explain=True)
    ledger = ledger_of(rated, inputs.trips.ids, inputs.trips.revs)
    diff = difference(rated, ledger, charged)
    note = draft_note(room, diff.sums, counts=diff.counts)
    if note is not None and note.doc_type == CREDIT_NOTE and room.is_past_deadline:
        note = draft_note(room, diff.sums, counts=diff.counts, commercial=True)
    base = _base(uow, room)
    settlement = replace(
        base,
        note=note,
        trips=_trips(uow, room, rated, diff, charged),
        counts=_counts(diff, charged),
        versions=_other_versions(uow, room, inputs),
        incentive=diff.incentive,
        reasons=_reasons(rated, diff),
    )
    return _Found(settlement, inputs, charged, diff)


def _base(uow: UnitOfWork, room: NoteRoom) -> Settlement:
    stored = uow.invoices.get(room.client_id, room.invoice_id)
    assert stored is not None, room.number
    summary = stored.summary
    return Settlement(
        client_id=room.client_id,
        contract_id=room.contract_id,
        contract_name=summary.contract_name,
        vendor_name=summary.vendor_name,
        vendor_code=summary.vendor_code,
        month=room.month,
        original_id=room.invoice_id,
        number=room.number,
        total=summary.total,
        note=None,
        room=room,
        trips=(),
        counts={},
        versions=(),
    )


def _refused(uow: UnitOfWork, room: NoteRoom, error: KnownError) -> Settlement:
    return replace(_base(uow, room), error=error.message, state="refused")


def _counts(diff: Difference, charged: ChargedMonth) -> dict[TripShift, int]:
    corrected, withdrawn = _replaced(diff, charged)
    counts = {
        TripShift.LATE: int(diff.fresh.sum()) - corrected,
        TripShift.CORRECTED: corrected,
        TripShift.WITHDRAWN: withdrawn,
        TripShift.SHIFTED: int(np.count_nonzero(diff.now[diff.moved] >= 0)),
    }
    return {why: count for why, count in counts.items() if count}


def _replaced(diff: Difference, charged: ChargedMonth) -> tuple[int, int]:
    """(trips that stand for superseded ones, superseded ones without another): by number."""
    gone = int(np.count_nonzero(diff.now[diff.moved] < 0))
    fresh = int(diff.fresh.sum())
    corrected = min(gone, fresh)
    return corrected, gone - corrected


def _other_versions(uow: UnitOfWork, room: NoteRoom, inputs: MonthInputs) -> tuple[int, ...]:
    found = uow.notes.unsettled(client_id=room.client_id, contract_id=room.contract_id, month=room.month)
    if not any(one.versions_changed for one in found if one.invoice_id == room.invoice_id):
        return ()
    return tuple(version.number for version in inputs.rating.versions)


def _reasons(rated: RatedPeriod, diff: Difference) -> tuple[tuple[str, str, int], ...]:
    """The month's own charges that move: name, today's arithmetic, signed difference."""
    texts = {
        (rated.version_numbers[line.version], line.code, line.slot): line.explanation.text
        for line in rated.period_lines
    }
    return tuple(
        (
            describe(charge.code, ChargeLevel.PERIOD) + (f", {charge.slot}" if charge.slot else ""),
            texts.get((charge.version, charge.code, charge.slot), "no such charge any more"),
            charge.amount,
        )
        for charge in diff.period
    )


def _trips(
    uow: UnitOfWork, room: NoteRoom, rated: RatedPeriod, diff: Difference, charged: ChargedMonth
) -> tuple[SettledTrip, ...]:
    """The first changed trips with what they cost before and now."""
    fresh = np.flatnonzero(diff.fresh)[:SHOWN_TRIPS].tolist()
    moved = diff.moved[: max(0, SHOWN_TRIPS - len(fresh))].tolist()
    ids = [UUID(bytes=diff.ledger.trips[row].tobytes()) for row in fresh]
    old = [UUID(bytes=charged.numbers["ids"][at].tobytes()) for at in moved]
    facts = uow.notes.trip_facts(room.client_id, [*ids, *old])
    gone = {facts[one].ref: at for one, at in zip(old, moved, strict=True) if diff.now[at] < 0}
    rows, corrected = [], set()
    for one, row in zip(ids, fresh, strict=True):
        ref = facts[one].ref
        why = TripShift.CORRECTED if ref in gone else TripShift.LATE
        corrected |= {ref} & gone.keys()
        before = _charged(charged, gone[ref]) if ref in gone else 0
        rows.append(_row(one, facts[one], why, before, _cost(diff, row), _text(rated, row)))
    for one, at in zip(old, moved, strict=True):
        row = int(diff.now[at])
        if row >= 0:
            text = _text(rated, row)
            rows.append(_row(one, facts[one], TripShift.SHIFTED, _charged(charged, at), _cost(diff, row), text))
        elif facts[one].ref not in corrected:
            rows.append(_row(one, facts[one], TripShift.WITHDRAWN, _charged(charged, at), 0, facts[one].reason))
    return tuple(sorted(rows, key=lambda trip: (trip.start, trip.ref, trip.after)))


def _charged(charged: ChargedMonth, at: int) -> int:
    return int(charged.numbers["taxable"][at] + charged.numbers["non_taxable"][at])


def _cost(diff: Difference, row: int) -> int:
    return int(diff.ledger.taxable[row] + diff.ledger.non_taxable[row])


def _row(one: UUID, fact: Any, why: TripShift, before: int, after: int, text: str) -> SettledTrip:
    return SettledTrip(one, fact.ref, fact.start, why, before, after, text)


def _text(rated: RatedPeriod, row: int) -> str:
    if rated.explain_trip is None:
        return ""
    told = rated.explain_trip(row)
    return "; ".join(f"{describe(code, ChargeLevel.TRIP)}: {one.text}" for code, ones in told.items() for one in ones)


def _reason(settlement: Settlement) -> str:
    """What the note gives as its ground when nobody said more."""
    words = {
        TripShift.LATE: "late trips",
        TripShift.CORRECTED: "corrected trips",
        TripShift.WITHDRAWN: "withdrawn trips",
    }
    grounds = [text for why, text in words.items() if settlement.counts.get(why)]
    if settlement.versions:
        grounds.append("corrected contract rules")
    return f"Settlement of {settlement.month:%B %Y}: {' and '.join(grounds) or 'rated again'}"


def _write(uow: UnitOfWork, found: _Found, run_id: UUID, note_id: UUID, reason: str) -> None:
    room, diff = found.settlement.room, found.diff
    note = found.settlement.note
    inputs = dict(found.inputs.bundle) | {
        "kind": "SETTLEMENT",
        "settles": [str(run) for run in found.charged.runs],
        "lines": _deltas(diff),
        "commercial": bool(note and note.commercial),
        "settled_at": datetime.now(UTC).isoformat(),
    }
    uow.notes.start(
        room.client_id,
        run_id,
        room.invoice_id,
        inputs=inputs,
        inputs_hash=hash_of(inputs),
        engine_version=ENGINE_VERSION,
        versions=found.inputs.versions,
    )
    uow.runs.post(room.client_id, run_id, _taken(diff.ledger, diff.fresh))
    uow.notes.post_deltas(room.client_id, run_id, diff.delta_rows(found.charged))
    period = [
        {"version": one.version, "code": one.code, "slot": one.slot, "amount": one.amount, "tax_milli": one.tax_milli}
        for one in diff.period
    ]
    run = {"trips": int(diff.fresh.sum()) + len(diff.moved), "incentive": diff.incentive}
    if note is None:
        uow.notes.finish_shift(room.client_id, run_id, period=period, totals=run, reason=reason)
    else:
        finish(uow, room, run_id, note_id, note, reason, period=period, run=run)


def _deltas(diff: Difference) -> list[dict[str, Any]]:
    return [
        {"source": key[0].value, "code": key[1], "taxable": key[2], "tax_milli": key[3], "delta": delta}
        for key, delta in diff.sums.items()
        if delta
    ]


def _taken(ledger: LedgerColumns, rows: Any) -> LedgerColumns:
    """The rows of a ledger that were on no bill."""
    columns = {name: getattr(ledger, name)[rows] for name in _ROW_COLUMNS}
    return replace(ledger, **columns, charges={code: amounts[rows] for code, amounts in ledger.charges.items()})
