"""What clients did with credit notes in the portal's invoice management system (GST.md section 8, R9).

A client that rejects a note keeps its input tax credit; the reduction of the supplier's tax is taken back: the
amount is the supplier's liability again in the next GSTR-3B.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from billing.invoicing.doc_types import CREDIT_NOTE
from billing.invoicing.notes import credit_deadline
from billing.money import format_inr
from billing.schemas.changes import Changes
from billing.schemas.invoices import InvoiceDocument

if TYPE_CHECKING:
    from billing.store.ims import ImsAnswer
    from billing.store.session import Session

STATUSES = ("ACCEPTED", "REJECTED", "PENDING")
TABLES = frozenset({"ims_answers"})


@dataclass(frozen=True, slots=True)
class ImsRecorded:
    """A note with what is recorded for it, oldest first; `state` is recorded or unchanged, "" when only read."""

    number: str
    state: str
    answers: tuple[ImsAnswer, ...]
    changes: Changes


def record_ims(
    session: Session, *, invoice: str, status: str, remark: str = "", on: date | None = None, client: str | None = None
) -> ImsRecorded:
    """Record what the client did with an issued credit note on the portal; `on`: the day there (default: today).

    Raises:
        RefusedError: It is no credit note of a GSTR-1 (NO_CREDIT_NOTE).
        BadInputError: A rejection without a remark (REASON_REQUIRED), a day before the note or after today (BAD_DATE).
        NotAllowedError: The role may not.
    """
    from billing.services.invoices import find_invoice

    session.require("ims.record")
    with session.unit_of_work(name="ims.record") as uow:
        stored = find_invoice(uow, invoice, client)
        invoice_id = stored.summary.invoice_id
        state = uow.ims_answers.record(stored.client_id, invoice_id, status, remark.strip(), on)
        answers = uow.ims_answers.history(stored.client_id, invoice_id)
        uow.commit()
    tables = TABLES if state == "recorded" else frozenset[str]()
    return ImsRecorded(stored.summary.number or "", state, tuple(answers), Changes(tables, frozenset({invoice_id})))


def read_ims(session: Session, *, invoice: str, client: str | None = None) -> ImsRecorded:
    """What is recorded for a note. Raises RefusedError UNKNOWN_INVOICE."""
    from billing.services.invoices import find_invoice

    with session.unit_of_work(name="ims.read") as uow:
        stored = find_invoice(uow, invoice, client)
        answers = uow.ims_answers.history(stored.client_id, stored.summary.invoice_id)
    return ImsRecorded(stored.summary.number or "", "", tuple(answers), Changes(frozenset()))


def reduces_tax(document: InvoiceDocument) -> bool:
    """Whether it is a credit note that takes tax back: one without GST has no deadline and no answer."""
    totals = document.draft.totals
    return document.doc_type == CREDIT_NOTE and bool(totals.tax or totals.rcm_tax)


def credit_until(document: InvoiceDocument) -> date | None:
    """The last day on which the note may reduce the tax: 30 November after the year of the supply (s.34(2))."""
    return credit_deadline(document.period_from) if reduces_tax(document) else None


def ims_message(document: InvoiceDocument, answer: ImsAnswer | None) -> str:
    """What the client's answer means for the supplier; empty where nothing is to be done."""
    if answer is None or answer.status == "ACCEPTED":
        return ""
    tax = format_inr(document.draft.totals.tax or document.draft.totals.rcm_tax)
    if answer.status == "PENDING":
        return f"The client left the note pending: {tax} of tax is not reduced until it is accepted."
    return (
        f"The client rejected the note ({answer.remark}): {tax} of tax is the supplier's liability again in the next "
        "GSTR-3B, and the client keeps its credit."
    )
