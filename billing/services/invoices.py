"""Invoices: listed, opened, issued, voided, exported. One unit of work for each function."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from billing.errors import RefusedError
from billing.invoicing.numbering import series_type, suggest_prefixes
from billing.invoicing.unit_rates import unit_rates
from billing.money import words
from billing.schemas.annexure import Annexure
from billing.schemas.changes import Changes
from billing.schemas.invoices import InvoiceDocument, InvoiceStatus, InvoiceSummary
from billing.services.documents import annexure_of, document_of
from billing.services.lookup import find_client, find_link
from billing.services.replay import explain_stored
from billing.store.intents import Intent

if TYPE_CHECKING:
    from billing.store.invoices import StoredInvoice
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork

Progress = Callable[[int, int, str], None]
TABLES = frozenset({"invoices", "billing_runs", "trips"})
READ_SECONDS = 600


@dataclass(frozen=True, slots=True)
class InvoiceChanged:
    """An invoice after a command: `state` is issued, approved, draft, unchanged or void.

    `also` are the numbers that notes of the same settlement got with it.
    """

    invoice_id: UUID
    number: str
    invoice_date: date | None
    state: str
    changes: Changes
    also: tuple[str, ...] = ()


def list_invoices(
    session: Session,
    *,
    client: str | None = None,
    vendor: str | None = None,
    month: date | None = None,
    status: str | None = None,
    after: tuple[date, UUID] | None = None,
    limit: int = 200,
) -> list[InvoiceSummary]:
    """Invoices that the user may see, newest month first; `after` is (month, id) of the last one seen."""
    with session.unit_of_work(name="invoices.list") as uow:
        owner = find_client(uow, client) if client else None
        link = find_link(uow, owner, vendor) if owner and vendor else None
        return uow.invoices.page(
            client_id=owner.id if owner else None,
            vendor_id=link.vendor_id if link else None,
            month=month.replace(day=1) if month else None,
            status=status,
            after=after,
            limit=limit,
        )


def get_invoice(session: Session, *, invoice: str, client: str | None = None) -> InvoiceDocument:
    """An invoice as it is printed. Raises RefusedError UNKNOWN_INVOICE."""
    with session.unit_of_work(name="invoices.get") as uow:
        return document_of(uow, find_invoice(uow, invoice, client))


def open_invoice(
    session: Session, *, invoice: str, client: str | None = None
) -> tuple[InvoiceSummary, InvoiceDocument, list[tuple[datetime, str]]]:
    """An invoice's row of the list, its document and its history, read at one moment. Raises as `get_invoice`."""
    with session.unit_of_work(name="invoices.open", snapshot=True) as uow:
        stored = find_invoice(uow, invoice, client)
        what = uow.invoices.history(stored.client_id, stored.summary.invoice_id)
        return stored.summary, document_of(uow, stored), what


def issue_invoice(session: Session, *, invoice: str, client: str | None = None) -> InvoiceChanged:
    """Give a draft its number; asked again, the same number comes back and nothing changes.

    Raises:
        RefusedError: Unknown, void, below zero, or trips, versions or parties changed after the run; not approved where
            the client asks for it (NOT_APPROVED); of a note, no room left or past its deadline.
        NotAllowedError: The role may not issue.
    """
    with session.unit_of_work(name="invoices.issue", intent=Intent("issue", "The issue of an invoice")) as uow:
        stored = find_invoice(uow, invoice, client)
        together = _together(uow, stored)
        for one in together:
            _refuse_unfit(uow, one, session.now())
        issued = {one.summary.invoice_id: _issue(uow, one) for one in together}
        uow.commit()
    number, day, state = issued.pop(stored.summary.invoice_id)
    changes = Changes(TABLES if state == "issued" else frozenset(), frozenset({stored.summary.invoice_id, *issued}))
    also = tuple(other for other, _day, _state in issued.values())
    return InvoiceChanged(stored.summary.invoice_id, number, day, state, changes, also)


def _together(uow: UnitOfWork, stored: StoredInvoice) -> list[StoredInvoice]:
    """The drafts that are approved and issued with this one, in order: both notes of a settlement at two tax rates."""
    if stored.figures["note_kind"] != "SETTLEMENT":
        return [stored]
    ids = uow.notes.pair_of(stored.client_id, stored.summary.invoice_id)
    found = [stored if one == stored.summary.invoice_id else uow.invoices.get(stored.client_id, one) for one in ids]
    return [one for one in found if one is not None]


def _issue(uow: UnitOfWork, stored: StoredInvoice) -> tuple[str, date, str]:
    series = series_type(stored.doc_type, stored.figures["corrects_doc_type"])
    prefixes = suggest_prefixes(stored.summary.vendor_name, series)
    return uow.invoices.issue(stored.client_id, stored.summary.invoice_id, prefixes, words(stored.summary.total))


def _refuse_unfit(uow: UnitOfWork, stored: StoredInvoice, now: datetime) -> None:
    """What the e-invoice portal would refuse is told before the document is frozen."""
    from billing.exchange.einvoice.file import portal_day, refuse_unfit

    if stored.summary.status in (InvoiceStatus.DRAFT, InvoiceStatus.APPROVED):
        refuse_unfit(document_of(uow, stored), portal_day(now))


def approve_invoice(session: Session, *, invoice: str, client: str | None = None) -> InvoiceChanged:
    """Say that a draft is right as it stands; `state` is approved or unchanged.

    Raises:
        RefusedError: It could not be issued as it stands; or the client asks for two people and this user ran it.
        NotAllowedError: The role may not approve.
    """
    session.require("invoices.approve")
    with session.unit_of_work(name="invoices.approve", intent=Intent("approve", "An approval")) as uow:
        stored = find_invoice(uow, invoice, client)
        states = {
            one.summary.invoice_id: uow.invoices.approve(one.client_id, one.summary.invoice_id)
            for one in _together(uow, stored)
        }
        uow.commit()
    state = states[stored.summary.invoice_id]
    return _changed(stored, state)


def send_back_invoice(session: Session, *, invoice: str, reason: str, client: str | None = None) -> InvoiceChanged:
    """Take an approval back: the document is a draft again. Raises RefusedError NOT_APPROVED, BadInputError."""
    with session.unit_of_work(name="invoices.send_back", intent=Intent("send_back", "A return to draft")) as uow:
        stored = find_invoice(uow, invoice, client)
        uow.invoices.send_back(stored.client_id, stored.summary.invoice_id, reason)
        uow.commit()
    return _changed(stored, "draft")


def _changed(stored: StoredInvoice, state: str) -> InvoiceChanged:
    summary = stored.summary
    tables = frozenset[str]() if state == "unchanged" else TABLES
    changes = Changes(tables, frozenset({summary.invoice_id}))
    return InvoiceChanged(summary.invoice_id, summary.number or "", summary.invoice_date, state, changes)


def notes_of(session: Session, *, invoice: str, client: str | None = None) -> list[InvoiceSummary]:
    """The notes that correct an invoice, oldest first."""
    with session.unit_of_work(name="invoices.notes") as uow:
        stored = find_invoice(uow, invoice, client)
        return uow.invoices.notes_of(stored.client_id, stored.summary.invoice_id)


def void_invoice(session: Session, *, invoice: str, reason: str, client: str | None = None) -> InvoiceChanged:
    """Void an issued invoice: its number stays used, its trips can be billed again.

    Raises RefusedError NOT_ISSUED, BadInputError REASON_REQUIRED.
    """
    intent = Intent("void", f"The voiding of invoice {invoice}")
    with session.unit_of_work(READ_SECONDS, name="invoices.void", intent=intent) as uow:
        stored = find_invoice(uow, invoice, client)
        number = uow.invoices.void(stored.client_id, stored.summary.invoice_id, reason)
        uow.commit()
    invoice_id = stored.summary.invoice_id
    return InvoiceChanged(
        invoice_id, number, stored.summary.invoice_date, "void", Changes(TABLES, frozenset({invoice_id}))
    )


def export_invoice(
    session: Session,
    *,
    invoice: str,
    target: Path,
    kind: str = "xlsx",
    client: str | None = None,
    progress: Progress | None = None,
) -> Path:
    """Write one document as one file; gives it. A folder as `target` gets a file named by number.

    Raises as services.exports.export_documents, which writes several.
    """
    from billing.services.exports import export_documents

    words = {"invoices": [invoice], "target": target, "formats": (kind,), "client": client, "progress": progress}
    return export_documents(session, **words).files[0]  # type: ignore[arg-type]


def read_document(session: Session, *, invoice: str, client: str | None = None) -> tuple[InvoiceDocument, Annexure]:
    """The document and the rows behind it, as workbook, CSV and PDF print them."""
    with session.unit_of_work(READ_SECONDS, name="invoices.read", snapshot=True) as uow:
        stored = find_invoice(uow, invoice, client)
        reasons = tuple((one.label, one.text, one.amount) for one in explain_stored(uow, stored))
        document = replace(document_of(uow, stored), reasons=reasons)
        rows = annexure_of(uow, stored, document)
        uow.rows = len(rows)
    return replace(document, unit_rates=unit_rates(document.draft, rows)), rows


def history(session: Session, *, client_id: UUID, invoice_id: UUID) -> list[tuple[datetime, str]]:
    """When the invoice was drafted, issued, voided, oldest first."""
    with session.unit_of_work(name="invoices.history") as uow:
        return uow.invoices.history(client_id, invoice_id)


def set_series(
    session: Session,
    *,
    client: str,
    vendor: str,
    year: str,
    prefix: str,
    template: str | None = None,
    first: int = 1,
    doc_type: str = "INVOICE",
) -> str:
    """Set prefix and first number of a series before its first use; gives what its first number looks like.

    Raises BadInputError for a template whose numbers the portal would refuse, NotAllowedError for all but SUPER_ADMIN.
    """
    from billing.invoicing.numbering import DEFAULT_TEMPLATE, SeriesTemplate

    series = SeriesTemplate(prefix.upper(), template or DEFAULT_TEMPLATE)
    with session.unit_of_work(name="invoices.series") as uow:
        owner = find_client(uow, client)
        link = find_link(uow, owner, vendor)
        branch = next(one for one in uow.vendor_branches.find(vendor_id=link.vendor_id) if one.is_default)
        sample = uow.invoices.set_series(
            owner.id, link.vendor_id, branch.id, doc_type, year, series.prefix, series.template, first
        )
        uow.commit()
    return sample


def find_invoice(uow: UnitOfWork, text: str, client: str | None) -> StoredInvoice:
    """The invoice of that id or number. Raises RefusedError UNKNOWN_INVOICE or AMBIGUOUS."""
    owner = find_client(uow, client) if client else None
    found = uow.invoices.find(text, client_id=owner.id if owner else None)
    if len(found) > 1:
        raise RefusedError(
            "AMBIGUOUS",
            f"Several clients have an invoice {text}.",
            where="INVOICE",
            hint="Say which client, or its id.",
        )
    stored = uow.invoices.get(*found[0]) if found else None
    if stored is None:
        raise RefusedError("UNKNOWN_INVOICE", f"There is no invoice {text} that you may see.", where="INVOICE")
    return stored
