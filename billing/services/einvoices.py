"""E-invoices: the portal's answers compared and stored, cancellations, and what still waits (GST.md section 9, R9)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from billing.errors import RefusedError
from billing.exchange.paper.declarations import needs_irn
from billing.schemas.changes import Changes
from billing.schemas.invoices import InvoiceDocument, InvoiceStatus
from billing.services import portal_keys
from billing.services.documents import document_of
from billing.services.ims import credit_until, ims_message
from billing.services.invoices import find_invoice
from billing.services.lookup import find_client
from billing.services.month_inputs import next_month

if TYPE_CHECKING:
    from billing.exchange.einvoice.answers import Answer, Refusal
    from billing.exchange.einvoice.signature import PortalKey
    from billing.store.ims import ImsAnswer
    from billing.store.papers import StoredEinvoice
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork

TABLES = frozenset({"einvoices", "invoices"})
CANCEL_HOURS = 24
REASONS = {"1": "Duplicate", "2": "Data entry mistake", "3": "Order cancelled", "4": "Other"}
"""Why an IRN is cancelled, as the portal numbers it."""


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """What became of one answer: stored, cancelled, unchanged or refused; `signature`: was it checked, in words."""

    number: str
    irn: str
    state: str
    message: str = ""
    signature: str = ""


@dataclass(frozen=True, slots=True)
class AnswersRead:
    """What became of a response file."""

    rows: tuple[AnswerRow, ...]
    changes: Changes


@dataclass(frozen=True, slots=True)
class IrnCancelled:
    """A recorded cancellation; its time is the portal's."""

    number: str
    cancelled_at: datetime
    changes: Changes


@dataclass(frozen=True, slots=True)
class Registration:
    """Where a document stands with the portal: registered, cancelled, waiting, late, invalid, not needed, left out."""

    invoice_id: UUID
    number: str
    title: str
    invoice_date: date
    recipient: str
    total: int
    state: str
    irn: str = ""
    due: date | None = None
    message: str = ""
    credit_until: date | None = None
    """Of a credit note: the last day on which it may reduce the tax (30 November, s.34(2))."""
    ims: str = ""
    """Of a credit note: what the client did with it on the portal (ACCEPTED, REJECTED, PENDING); "": nothing known."""
    ims_on: date | None = None
    signature: str = ""
    """Of a registered document: whether the portal's signature was checked, in words."""


def import_answers(session: Session, *, path: Path, client: str | None = None) -> AnswersRead:
    """Read a response file; each answer that fits its document is stored, the others are told with what differs.

    Raises BadInputError when the file is not the portal's.
    """
    from billing.exchange.einvoice.answers import read_answers

    rows, stored = [], set()
    answers = read_answers(path)
    with session.unit_of_work(name="einvoices.import") as uow:
        keys = portal_keys.stored_keys(uow)
        for answer in answers:
            row, invoice_id = _take(uow, answer, client, keys)
            rows.append(row)
            if row.state in ("stored", "cancelled") and invoice_id is not None:
                stored.add(invoice_id)
        uow.commit()
    return AnswersRead(tuple(rows), Changes(TABLES if stored else frozenset(), frozenset(stored)))


def _take(
    uow: UnitOfWork, answer: Answer | Refusal, client: str | None, keys: Sequence[PortalKey]
) -> tuple[AnswerRow, UUID | None]:
    from billing.exchange.einvoice.answers import Refusal, differences
    from billing.exchange.einvoice.inv01 import TYPES

    if isinstance(answer, Refusal):
        return _told(uow, answer, client), None
    kind = next((ours for ours, theirs in TYPES.items() if theirs == answer.typ), "")
    name = answer.number or answer.irn[:16]
    owner = find_client(uow, client) if client else None
    found = uow.papers.by_answer(answer.irn, answer.number, answer.seller, kind, owner.id if owner else None)
    if found is None:
        return AnswerRow(name, answer.irn, "refused", "No document here has this number and GSTIN."), None
    client_id, invoice_id = found
    document = document_of(uow, find_invoice(uow, str(invoice_id), str(client_id)))
    number = document.number or name
    if answer.cancelled_at is not None:
        return _cancelled(uow, answer, number, client_id, invoice_id), invoice_id
    wrong = differences(answer, document)
    if wrong:
        return AnswerRow(number, answer.irn, "refused", "; ".join(wrong) + "."), None
    signature = portal_keys.check_answer(answer, keys)
    if not signature.holds:
        return AnswerRow(number, answer.irn, "refused", signature.words, signature.words), None
    state = uow.papers.store_einvoice(client_id, invoice_id, answer.printed())
    return AnswerRow(number, answer.irn, state, signature=signature.words), invoice_id


def _cancelled(uow: UnitOfWork, answer: Answer, number: str, client_id: UUID, invoice_id: UUID) -> AnswerRow:
    """The portal's word that an IRN is cancelled: it has neither acknowledgement nor QR code, so ours is kept."""
    stored = uow.papers.einvoice(client_id, invoice_id)
    if stored is None or stored.irn != answer.irn:
        words = "The portal cancelled an IRN that is not stored here."
        return AnswerRow(number, answer.irn, "refused", words)
    printed = replace(stored.printed(), is_cancelled=True)
    state = uow.papers.store_einvoice(client_id, invoice_id, printed)
    day = f"{answer.cancelled_at:%d-%m-%Y %H:%M}"
    return AnswerRow(number, answer.irn, state, f"The IRN was cancelled on the portal on {day}.")


def _told(uow: UnitOfWork, refusal: Refusal, client: str | None) -> AnswerRow:
    """What the portal refused, in words; of a duplicate, whether the IRN that it names is this document's own."""
    from billing.exchange.einvoice.inv01 import TYPES
    from billing.exchange.einvoice.irn import irn_of

    owner = find_client(uow, client) if client else None
    ours = uow.papers.numbered(owner.id if owner else None) if refusal.irn else []
    known = next(
        (
            one.number
            for one in ours
            if one.doc_type in TYPES
            and irn_of(one.supplier_gstin or "", TYPES[one.doc_type], one.number, one.invoice_date) == refusal.irn
        ),
        None,
    )
    return AnswerRow(known or refusal.number, refusal.irn, "refused", refusal.words(known))


def cancel_irn(session: Session, *, invoice: str, reason: str, remark: str, client: str | None = None) -> IrnCancelled:
    """Record that an IRN was cancelled on the portal, within 24 hours of its acknowledgement.

    Raises RefusedError NO_IRN, TOO_LATE_TO_CANCEL; BadInputError REASON_REQUIRED.
    """
    with session.unit_of_work(name="einvoices.cancel") as uow:
        stored = find_invoice(uow, invoice, client)
        invoice_id = stored.summary.invoice_id
        when = uow.papers.cancel_einvoice(stored.client_id, invoice_id, reason, remark)
        uow.commit()
    return IrnCancelled(stored.summary.number or "", when, Changes(TABLES, frozenset({invoice_id})))


def read_registration(session: Session, *, invoice: str) -> tuple[Registration, StoredEinvoice | None]:
    """Where one document stands, and the portal's answer as stored."""
    with session.unit_of_work(name="einvoices.read") as uow:
        stored = find_invoice(uow, invoice, None)
        document = document_of(uow, stored)
        answer = uow.papers.einvoice(stored.client_id, stored.summary.invoice_id)
        ims = uow.ims_answers.last(stored.client_id, [stored.summary.invoice_id]).get(stored.summary.invoice_id)
        keys = portal_keys.stored_keys(uow)
    found = registration_of(document, answer, _today(session), ims=ims)
    if answer is not None and answer.signed_qr:
        found = replace(found, signature=portal_keys.words_of(answer.signed_qr, keys))
    return found, answer


def reconcile(session: Session, *, client: str | None, month: date) -> list[Registration]:
    """Every numbered document dated in a month, and where it stands with the portal."""
    first = month.replace(day=1)
    with session.unit_of_work(name="einvoices.reconcile", snapshot=True) as uow:
        owner = find_client(uow, client)
        keys = uow.papers.documents(owner.id, first, next_month(first) - timedelta(days=1))
        ids = [key.invoice_id for key in keys]
        answers, ims = uow.papers.einvoices(owner.id, ids), uow.ims_answers.last(owner.id, ids)
        documents = [_document(uow, owner.id, key.invoice_id) for key in keys]
    today = _today(session)
    return [registration_of(one, answers.get(one.invoice_id), today, ims=ims.get(one.invoice_id)) for one in documents]


def _today(session: Session) -> date:
    """The portal's day, by the server's clock."""
    from billing.exchange.einvoice.file import portal_day

    return portal_day(session.now())


def _document(uow: UnitOfWork, client_id: UUID, invoice_id: UUID) -> InvoiceDocument:
    stored = uow.invoices.get(client_id, invoice_id)
    if stored is None:
        raise RefusedError("UNKNOWN_INVOICE", "There is no such document that you may see.")
    return document_of(uow, stored)


def registration_of(
    document: InvoiceDocument, answer: StoredEinvoice | None, today: date, *, ims: ImsAnswer | None = None
) -> Registration:
    """Where a document stands; `today` is the portal's day, `ims` the client's last answer to a credit note."""
    from billing.exchange.einvoice.file import check
    from billing.exchange.einvoice.inv01 import why_not
    from billing.exchange.einvoice.rules import CLOCK_DAYS, CLOCK_TURNOVER

    words: dict[str, object] = {}
    has_clock = document.aato is not None and document.aato >= CLOCK_TURNOVER
    due = document.invoice_date + timedelta(days=CLOCK_DAYS) if has_clock else None
    left_out = why_not(document)
    if answer is not None:
        state = "cancelled" if answer.status == "CNL" else "registered"
        words["irn"] = answer.irn
    elif document.status is InvoiceStatus.VOID:
        state = "void"
    elif left_out:
        state, words["message"] = "left out", left_out
    elif not needs_irn(document):
        state = "not needed"
    else:
        problems = check(document, today)
        is_late = due is not None and today > due
        state = "late" if is_late else "invalid" if problems else "waiting"
        words |= {"due": due, "message": "; ".join(str(one) for one in problems)}
    words["credit_until"] = credit_until(document)
    if ims is not None and document.status is InvoiceStatus.ISSUED:
        told = (ims_message(document, ims), words.get("message"))
        words |= {"ims": ims.status, "ims_on": ims.acted_on, "message": " ".join(str(one) for one in told if one)}
    return Registration(
        document.invoice_id, document.number or "", document.title, document.invoice_date, document.recipient.name,
        document.draft.totals.total, state, **words,  # type: ignore[arg-type]
    )  # fmt: skip


def cancel_until(answer: StoredEinvoice) -> datetime:
    """The last moment, portal time, at which the portal cancels."""
    return answer.ack_date + timedelta(hours=CANCEL_HOURS)
