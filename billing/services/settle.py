"""Settling issued months: what changed since in trips, rules, inputs or tax, by one note an invoice (GST.md 8).

The month is rated again by the function that billed it, with what is true now; the difference to what its issued runs
charged is the note: a credit or a debit by its sign, or, where nothing is owed, only rows in the ledger. Where a tax
rate changed it is two: what was billed at the wrong rate is credited in full, and billed again at the right one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from billing.errors import BadInputError, KnownError, RefusedError
from billing.invoicing.charges import ledger_of
from billing.invoicing.doc_types import CREDIT_NOTE
from billing.invoicing.inputs_changed import changed_parts
from billing.invoicing.notes import draft_note, room_after
from billing.invoicing.settle import Difference, differences
from billing.rating.engine import ENGINE_VERSION
from billing.schemas.changes import Changes
from billing.schemas.ids import new_id
from billing.schemas.notes import Cause, ChargedMonth, LateTrip, NoteDraft, NoteRoom, Settlement, Unsettled
from billing.schemas.runs import LedgerColumns
from billing.services.lookup import find_client
from billing.services.month_inputs import MonthInputs, load_bundle, load_inputs
from billing.services.notes import TABLES, finish, hash_of, room_of
from billing.services.settle_story import counts_of, ground_of, reasons_of, trips_of
from billing.store.intents import Intent

if TYPE_CHECKING:
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork

READ_SECONDS = 600
Progress = Callable[[int, int, str], None]
_ROW_COLUMNS = (
    "trips", "revs", "versions", "tax_milli", "shown", "toll_taxable", "parking_taxable", "taxable", "non_taxable",
    "tax", "incentive",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Half:
    """One note of a settlement: its rows, itself, and what is left of the document before it."""

    diff: Difference
    note: NoteDraft | None
    room: NoteRoom


@dataclass(frozen=True, slots=True)
class _Found:
    """A settlement with what it is written from: one half, or two where a tax rate changed."""

    settlement: Settlement
    inputs: MonthInputs
    charged: ChargedMonth
    halves: tuple[_Half, ...]
    open_half: UUID | None = None
    """An issued run whose second half is missing: its note was voided."""

    @property
    def is_empty(self) -> bool:
        return all(half.diff.is_empty for half in self.halves)

    @property
    def rows(self) -> int:
        return sum(int(half.diff.fresh.sum()) + len(half.diff.moved) for half in self.halves)


def list_unsettled(
    session: Session, *, client: str | None = None, month: date | None = None, contract_id: UUID | None = None
) -> list[Unsettled]:
    """Issued months that something touched since, with what it was; without rating them."""
    with session.unit_of_work(READ_SECONDS, name="settle.list", snapshot=True) as uow:
        owner = find_client(uow, client) if client else None
        first = month.replace(day=1) if month else None
        found = uow.notes.unsettled(client_id=owner.id if owner else None, contract_id=contract_id, month=first)
        return _with_causes(uow, found)


def _with_causes(uow: UnitOfWork, found: Iterable[tuple[Unsettled, UUID | None]]) -> list[Unsettled]:
    """Where something that inputs are made from was saved since, the inputs are made again and compared."""
    told = []
    for one, run_id in found:
        if run_id is not None:
            one = replace(one, causes=_causes(uow, one, run_id))
        if one.late or one.withdrawn or one.versions_changed or one.causes or one.draft_id:
            told.append(one)
    return told


def _causes(uow: UnitOfWork, one: Unsettled, run_id: UUID) -> tuple[Cause, ...]:
    try:
        now = load_bundle(uow, one.client_id, one.contract_id, one.month)
    except (BadInputError, RefusedError) as error:
        return (Cause("inputs", "corrected inputs", error.message),)
    return changed_parts(uow.notes.inputs_of(one.client_id, run_id), now)


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
    """Draft the note that settles the month of an issued invoice, or both notes; older drafts of it give way.

    `state` is drafted, moved (nothing is owed, the trips are on the ledger now) or unchanged (nothing to settle).

    Raises:
        RefusedError: Not issued; a bad trip; more than is left of a line (CREDIT_EXCEEDS); another tax rate after the
            deadline for credits (NOTE_RATE).
        ConflictError: Another note or a change came in between.
        NotAllowedError: The role writes no notes.
    """
    session.require("invoices.note")
    with session.unit_of_work(READ_SECONDS, name="settle.read", snapshot=True) as uow:
        room = room_of(uow, invoice, client)
        found = _settle(uow, room)
    settlement = found.settlement
    if found.is_empty and not settlement.versions and not settlement.causes:
        return replace(settlement, state="unchanged")
    words = reason.strip() or ground_of(settlement)
    runs = [new_id() for _ in found.halves]
    notes = [new_id() if half.note else None for half in found.halves]
    intent = Intent("settle", f"The settlement of {settlement.number}", runs[-1])
    with session.unit_of_work(READ_SECONDS, name="settle.write", intent=intent) as uow:
        uow.rows = found.rows
        for place in range(len(found.halves)):
            _write(uow, found, place, runs, notes[place], words)
        uow.commit()
    drafted = [one for one in notes if one is not None]
    changes = Changes(TABLES | {"trip_charges"}, frozenset({*runs, *drafted}))
    state = "drafted" if drafted else "moved"
    return replace(
        settlement, state=state, stored=drafted[0] if drafted else None, drafts=tuple(drafted), changes=changes
    )


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
    back, rest = differences(rated, ledger, charged)
    halves = _halves(room, back, rest)
    versions, causes = _touched(uow, room, inputs)
    settlement = replace(
        _base(uow, room),
        note=halves[-1].note,
        reversal=halves[0].note if len(halves) > 1 else None,
        void_first=_void_first(uow, room) if back is not None else "",
        trips=trips_of(uow, room, rated, rest, charged, back),
        counts=counts_of(rest, charged, back),
        versions=versions,
        causes=causes,
        incentive=rest.incentive,
        reasons=reasons_of(rated, rest),
    )
    open_half = uow.notes.open_half(room.client_id, charged.runs) if back is None else None
    return _Found(settlement, inputs, charged, halves, open_half)


def _halves(room: NoteRoom, back: Difference | None, rest: Difference) -> tuple[_Half, ...]:
    """The notes: one, or what is taken back at the old rate and then what is billed at the new one."""
    if back is None:
        return (_Half(rest, _note(room, rest), room),)
    if room.is_past_deadline:
        raise RefusedError(
            "NOTE_RATE",
            f"The tax rate of this month changed, but no credit can reduce its tax since {room.credit_until:%d-%m-%Y}.",
            where="tax_percentage",
            hint="Put the tax rate back, or agree with the client on a commercial credit without GST.",
        )
    first = draft_note(room, back.sums, counts=back.counts)
    if first is None:
        raise RefusedError("NOTE_RATE", "What changes its tax rate comes to nothing: there is nothing to credit.")
    halves = (_Half(back, first, room),)
    if rest.is_empty:
        return halves
    left = room_after(room, first)
    second = _note(left, rest)
    if second is None:
        words = "What is billed again at the new rate comes to nothing beside the other changes of the month."
        raise RefusedError("NOTE_RATE", words, hint="Settle the other changes first, then the tax rate.")
    return (*halves, _Half(rest, second, left))


def _note(room: NoteRoom, diff: Difference) -> NoteDraft | None:
    note = draft_note(room, diff.sums, counts=diff.counts)
    if note is not None and note.doc_type == CREDIT_NOTE and room.is_past_deadline:
        return draft_note(room, diff.sums, counts=diff.counts, commercial=True)
    return note


def _void_first(uow: UnitOfWork, room: NoteRoom) -> str:
    """Where two notes can be spared: the invoice was not reported yet, and nothing stands on it."""
    same_month = (room.today.year, room.today.month) == (room.invoice_date.year, room.invoice_date.month)
    if not same_month or not uow.notes.is_voidable(room.client_id, room.invoice_id):
        return ""
    return (
        f"{room.number} is of this month, so its GSTR-1 is not filed, and nothing stands on it: voiding it and billing "
        "the month again gives one invoice at the right rate instead of three documents."
    )


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


def _touched(uow: UnitOfWork, room: NoteRoom, inputs: MonthInputs) -> tuple[tuple[int, ...], tuple[Cause, ...]]:
    """The numbers of the versions that hold now, where others were billed; what changed in the other inputs."""
    found = uow.notes.unsettled(client_id=room.client_id, contract_id=room.contract_id, month=room.month)
    mine = next((pair for pair in found if pair[0].invoice_id == room.invoice_id), None)
    if mine is None:
        return (), ()
    one, run_id = mine
    versions = tuple(version.number for version in inputs.rating.versions) if one.versions_changed else ()
    if run_id is None:
        return versions, ()
    return versions, changed_parts(uow.notes.inputs_of(room.client_id, run_id), inputs.bundle)


def _write(uow: UnitOfWork, found: _Found, place: int, runs: list[UUID], note_id: UUID | None, reason: str) -> None:
    """One half; of two the second follows the first and settles it as well."""
    half, run_id = found.halves[place], runs[place]
    room, diff, note = half.room, half.diff, half.note
    settled = [str(run) for run in (*found.charged.runs, *runs[:place])]
    inputs = dict(found.inputs.bundle) | {
        "kind": "SETTLEMENT",
        "settles": settled,
        "lines": _deltas(diff),
        "commercial": bool(note and note.commercial),
        "settled_at": datetime.now(UTC).isoformat(),
        **_half(found.open_half or (runs[0] if place else None), is_first=len(runs) > 1),
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
    if note is None or note_id is None:
        uow.notes.finish_shift(room.client_id, run_id, period=period, totals=run, reason=reason)
    else:
        finish(uow, room, run_id, note_id, note, reason, period=period, run=run)


def _half(follows: UUID | None, *, is_first: bool) -> dict[str, str]:
    if follows is not None:
        return {"half": "second", "follows": str(follows)}
    return {"half": "first"} if is_first else {}


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
