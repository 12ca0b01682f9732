"""Tax returns as lines of lists: e-invoices, GSTR-1 by supplier, TDS register, input tax credit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from billing.exchange.returns.gstr1 import Gstr1
from billing.invoicing.sac_groups import owed_by_sac
from billing.schemas.invoices import InvoiceDocument
from billing.schemas.taxes import ItcEntry, TdsEntry
from billing.services.einvoices import Registration
from moveinsync_desktop import formats
from moveinsync_desktop.models.columns import Column
from moveinsync_desktop.models.rate_rows import STATUS

PORTAL_WORDS = {
    "registered": "Registered", "cancelled": "Cancelled", "waiting": "Waits", "late": "Too late", "invalid": "Invalid",
    "not needed": "Not required", "left out": "Left out", "void": "Void",
}  # fmt: skip
IMS_WORDS = {"": "", "ACCEPTED": "Accepted", "REJECTED": "Rejected", "PENDING": "Pending"}
_IMS_TONES = {"REJECTED": "overdue", "PENDING": "review", "ACCEPTED": "paid"}
_PORTAL_TONES = {"late": "overdue", "invalid": "overdue", "waiting": "review"}

PORTAL_COLUMNS = (
    Column("number", "Number", "id", 150),
    Column("title", "Document", "text", 92),
    Column("invoice_date", "Date", "date", 92),
    Column("recipient", "Buyer", "text", 120, stretch=True),
    Column("total", "Total ₹", "money", 108, total=True),
    Column("state", "Portal", "text", 100, filter="choice", show=lambda state: PORTAL_WORDS[state],
           tone=lambda row: _PORTAL_TONES.get(row.state, "")),
    Column("due", "Report by", "date", 92),
    Column("credit_until", "Credit until", "date", 96),
    Column("ims", "Client (IMS)", "text", 96, filter="choice", show=lambda status: IMS_WORDS[status],
           tone=lambda row: _IMS_TONES.get(row.ims, "")),
    Column("message", "What to do", "text", 160, stretch=True),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReturnRow:
    """One supplier's GSTR-1 in figures."""

    gstin: str
    name: str
    documents: int
    notes: int
    taxable: int
    igst: int
    cgst: int
    sgst: int
    numbers: int
    cancelled: int
    agrees: str
    warnings: str
    content: Gstr1


RETURN_COLUMNS = (
    Column("gstin", "GSTIN", "id", 150),
    Column("name", "Supplier", "text", 150, stretch=True),
    Column("documents", "Invoices", "count", 70, total=True),
    Column("notes", "Notes", "count", 64, total=True),
    Column("taxable", "Taxable ₹", "money", 112, total=True),
    Column("igst", "IGST ₹", "money", 96, total=True),
    Column("cgst", "CGST ₹", "money", 96, total=True),
    Column("sgst", "SGST ₹", "money", 96, total=True),
    Column("numbers", "Numbers", "count", 80, total=True),
    Column("cancelled", "Cancelled", "count", 84, total=True),
    Column("agrees", "HSN table", "text", 84, tone=lambda row: "" if row.agrees == "agree" else "overdue"),
    Column("warnings", "Left out", "text", 180, from_width=1320),
)
TDS_COLUMNS = (
    Column("number", "Document", "id", 150),
    Column("day", "Date", "date", 104),
    Column("vendor_name", "Vendor", "text", 170, stretch=True),
    Column("pan", "PAN", "text", 110, from_width=1320),
    Column("status", "Status", "text", 130, from_width=1320, show=lambda status: STATUS.get(status, status)),
    Column("section", "Section", "text", 112),
    Column("percent", "TDS %", "percent", 68, get=lambda row: format(row.percent.normalize() + 0, "f")),
    Column("base", "Before GST ₹", "money", 116, total=True),
    Column("year_total", "Year to date ₹", "money", 116),
    Column("due", "TDS due ₹", "money", 108, total=True),
    Column("on_document", "On document ₹", "money", 112, total=True),
)


@dataclass(frozen=True, slots=True)
class CreditRow:
    """One document's tax by what may be credited."""

    number: str
    day: date
    supplier: str
    gstin: str | None
    taxable: int
    eligible: int
    blocked: int
    reason: str


CREDIT_COLUMNS = (
    Column("number", "Document", "id", 150),
    Column("day", "Date", "date", 104),
    Column("supplier", "Supplier", "text", 170, stretch=True),
    Column("gstin", "GSTIN", "text", 150, from_width=1320),
    Column("taxable", "Taxable ₹", "money", 124, total=True),
    Column("eligible", "May be credited ₹", "money", 132, total=True),
    Column("blocked", "Blocked ₹", "money", 112, total=True),
    Column("reason", "Because", "text", 260),
)


def return_row(content: Gstr1) -> ReturnRow:
    """A return in figures; whether its HSN table is the sum of its documents."""
    taxable, igst, cgst, sgst = (
        sum(getattr(group, name) for _, group in content.hsn) for name in ("taxable", "igst", "cgst", "sgst")
    )
    documents = sum(_signed(one) for one in content.documents)
    agrees = documents == sum(group.taxable + group.tax for _, group in content.hsn)
    notes = sum(one.doc_type != "INVOICE" for one in content.documents)
    return ReturnRow(
        content.gstin, content.name, len(content.documents) - notes, notes, taxable, igst, cgst, sgst,
        sum(one.total for one in content.ranges), sum(one.cancelled for one in content.ranges),
        "agree" if agrees else "differ", " ".join(content.warnings), content,
    )  # fmt: skip


def _signed(document: InvoiceDocument) -> int:
    amount = sum(group.taxable + group.tax for _, group in owed_by_sac(document.draft))
    return -amount if document.doc_type == "CREDIT_NOTE" else amount


def credit_row(entry: ItcEntry) -> CreditRow:
    """An entry with its taxes added up."""
    return CreditRow(
        entry.number, entry.day, entry.supplier, entry.gstin, entry.taxable, sum(entry.eligible), sum(entry.ineligible),
        entry.reason,
    )  # fmt: skip


def summary_of(rows: list[Registration]) -> str:
    """What has to be done about e-invoices this month."""
    todo = {"waiting": "waiting for the portal", "late": "too late for it", "invalid": "it would refuse"}
    found = [f"{sum(row.state == state for row in rows)} {words}" for state, words in todo.items()
             if any(row.state == state for row in rows)]  # fmt: skip
    rejected = [row for row in rows if row.ims == "REJECTED"]
    if rejected:
        notes = formats.plural(len(rejected), "credit note")
        found.append(f"{notes} rejected by the client: the tax is the supplier's liability again")
    return ", ".join(found)


def tds_due(entries: list[TdsEntry]) -> str:
    """The register's sums in a sentence."""
    due, own = sum(one.due for one in entries), sum(one.on_document for one in entries)
    words = []
    if due != own:
        words.append(f"{formats.money(due)} is due by the rates and limits; the documents say {formats.money(own)}.")
    unknown = sorted({one.vendor_name for one in entries if not one.pan and one.status != "NO_PAN"})
    if unknown:
        words.append(f"No PAN is recorded of {', '.join(unknown)}: without one 20 % is deducted.")
    return " ".join(words)
