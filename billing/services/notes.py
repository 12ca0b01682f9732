"""Credit and debit notes against the lines of an issued document (GST.md 8). Settlements stand in services.settle."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from billing.errors import BadInputError, RefusedError
from billing.invoicing.notes import check_note, draft_note, stored_note_lines
from billing.money import format_inr
from billing.rating.engine import ENGINE_VERSION
from billing.schemas.changes import Changes
from billing.schemas.ids import new_id
from billing.schemas.notes import LineKey, NoteDraft, NoteRoom
from billing.store.intents import Intent

if TYPE_CHECKING:
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork

TABLES = frozenset({"invoices", "billing_runs", "trips"})


@dataclass(frozen=True, slots=True)
class NoteWritten:
    """A note that was drafted."""

    invoice_id: UUID
    original: str
    draft: NoteDraft
    changes: Changes


def read_room(session: Session, *, invoice: str, client: str | None = None) -> NoteRoom:
    """What is left of an issued document, line by line. Raises RefusedError UNKNOWN_INVOICE, NOT_ISSUED."""
    with session.unit_of_work(name="notes.room", snapshot=True) as uow:
        return room_of(uow, invoice, client)


def room_of(uow: UnitOfWork, invoice: str, client: str | None) -> NoteRoom:
    """The same, inside a unit of work."""
    from billing.services.invoices import find_invoice

    stored = find_invoice(uow, invoice, client)
    room = uow.notes.room(stored.client_id, stored.summary.invoice_id)
    if room is None:
        raise RefusedError("NOT_ISSUED", "A note corrects an issued invoice, and no note.", where="INVOICE")
    return room


def draft_against(
    room: NoteRoom, amounts: Mapping[int, int] | None, *, is_debit: bool = False, commercial: bool | None = None
) -> NoteDraft:
    """The note against lines: nothing is written.

    Args:
        room: what is left of the document.
        amounts: positive paise by line number; a deduction's are below zero, as it is printed. None: all that is left.
        is_debit: add to the lines instead.
        commercial: without GST; None: as the deadline asks.

    Raises:
        BadInputError: UNKNOWN_LINE, WRONG_SIGN, NOTHING_TO_CREDIT.
        RefusedError: CREDIT_EXCEEDS.
    """
    by_number = {line.line_no: line for line in room.lines if line.line_no is not None}
    if amounts is None:
        amounts = {number: line.left for number, line in by_number.items() if line.left}
    sign = 1 if is_debit else -1
    deltas: dict[LineKey, int] = {}
    for number, amount in amounts.items():
        line = by_number.get(number)
        if line is None:
            raise BadInputError("UNKNOWN_LINE", f"{room.number} has no line {number}.", where=f"line {number}")
        if amount and (amount > 0) != (line.billed > 0):
            message = f"Line {number}, {line.description}: {format_inr(amount)} has another sign than the line."
            raise BadInputError("WRONG_SIGN", message, where=f"line {number}")
        deltas[line.key] = sign * amount
    without_tax = room.is_past_deadline if commercial is None else commercial
    draft = draft_note(room, deltas, commercial=without_tax and not is_debit)
    if draft is None or draft.totals.total <= 0:
        raise BadInputError("NOTHING_TO_CREDIT", "The note comes to nothing.", where="amounts")
    return draft


def preview_note(
    session: Session,
    *,
    invoice: str,
    amounts: Mapping[int, int] | None,
    client: str | None = None,
    is_debit: bool = False,
    commercial: bool | None = None,
) -> tuple[NoteRoom, NoteDraft]:
    """What a note against lines would say. Raises as `draft_against` and `read_room`."""
    room = read_room(session, invoice=invoice, client=client)
    return room, draft_against(room, amounts, is_debit=is_debit, commercial=commercial)


def write_note(
    session: Session,
    *,
    invoice: str,
    amounts: Mapping[int, int] | None,
    reason: str,
    client: str | None = None,
    is_debit: bool = False,
    commercial: bool | None = None,
) -> NoteWritten:
    """Draft a credit (or debit) note against lines; it gets its number when it is issued.

    Raises:
        BadInputError: REASON_REQUIRED, and as `draft_against`.
        RefusedError: Not issued, or more than is left (CREDIT_EXCEEDS).
        NotAllowedError: The role writes no notes.
    """
    if not reason.strip():
        raise BadInputError("REASON_REQUIRED", "Say why: the reason is printed on the note.", where="--reason")
    session.require("invoices.note")
    intent = Intent("note", f"The note to {invoice}")
    with session.unit_of_work(name="notes.write", intent=intent) as uow:
        room = room_of(uow, invoice, client)
        draft = draft_against(room, amounts, is_debit=is_debit, commercial=commercial)
        run_id, note_id = new_id(), new_id()
        inputs = {
            "kind": "LINES",
            "versions": [],
            "lines": [_moved(line.key, line.after - line.before) for line in draft.lines],
            "commercial": draft.commercial,
        }
        uow.notes.start(
            room.client_id,
            run_id,
            room.invoice_id,
            inputs=inputs,
            inputs_hash=hash_of(inputs),
            engine_version=ENGINE_VERSION,
        )
        finish(uow, room, run_id, note_id, draft, reason)
        uow.commit()
    return NoteWritten(note_id, room.number, draft, Changes(TABLES, frozenset({note_id})))


def _moved(key: LineKey, delta: int) -> dict[str, Any]:
    level, code, is_taxable, percent = key
    return {"source": level.value, "code": code, "taxable": is_taxable, "tax_milli": percent, "delta": delta}


def hash_of(inputs: Mapping[str, Any]) -> bytes:
    """SHA-256 of what a note was made from."""
    text = json.dumps(inputs, sort_keys=True, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).digest()


def finish(
    uow: UnitOfWork,
    room: NoteRoom,
    run_id: UUID,
    note_id: UUID,
    draft: NoteDraft,
    reason: str,
    *,
    period: list[dict[str, Any]] | None = None,
    run: Mapping[str, int] | None = None,
) -> None:
    """Close the run of a note with its draft; `run` has trips, distance_m and incentive of a settlement."""
    check_note(draft, "")
    totals = asdict(draft.totals) | {"trips": 0, "distance_m": 0, "incentive": 0} | dict(run or {})
    note = {"id": str(note_id), "doc_type": draft.doc_type, "reason": reason.strip(), "commercial": draft.commercial}
    uow.notes.finish(
        room.client_id, run_id, period=period or [], totals=totals, note=note, lines=stored_note_lines(draft)
    )
