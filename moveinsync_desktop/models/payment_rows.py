"""Open documents, payments and ages as table rows."""

from __future__ import annotations

from datetime import date

from billing.schemas.payments import AGE_WORDS, AGES, MODES, WRITE_OFFS, OpenDocument, Receipt, WriteOff
from moveinsync_desktop.models.columns import Column


class OpenRow:
    """An open document on a day."""

    def __init__(self, document: OpenDocument, day: date) -> None:
        self.document, self.day = document, day
        self.id = document.id
        self.overdue = max(document.days_overdue(day), 0) or None
        self.state = document.state(day)
        self.vendor_name = document.vendor_name
        self.contract_name = document.contract_name or "from the program before"


OPEN_COLUMNS = (
    Column("number", "Invoice", "id", 140, get=lambda row: row.document.number),
    Column("vendor_name", "Vendor and contract", "two", 190, second="contract_name", stretch=True),
    Column("invoice_date", "Date", "date", 96, get=lambda row: row.document.invoice_date, from_width=1300),
    Column("due_date", "Due", "date", 96, get=lambda row: row.document.due_date),
    Column("overdue", "Days late", "count", 74),
    Column("total", "Total ₹", "money", 104, total=True, get=lambda row: row.document.total),
    Column("notes", "Notes ₹", "money", 92, total=True, get=lambda row: row.document.notes, from_width=1000),
    Column("received", "Paid ₹", "money", 102, total=True, get=lambda row: row.document.received),
    Column("tds", "TDS ₹", "money", 84, total=True, get=lambda row: row.document.tds, from_width=1000),
    Column(
        "written_off", "Let rest ₹", "money", 92, total=True, get=lambda row: row.document.written_off, from_width=1400
    ),
    Column("open_amount", "Open ₹", "money", 104, total=True, get=lambda row: row.document.open_amount),
    Column("state", "State", "state", 104),
)


def _state(receipt: Receipt) -> str:
    return "VOID" if receipt.reversed_at else "PART_PAID" if receipt.advance else "PAID"


RECEIPT_COLUMNS = (
    Column("received_on", "Date", "date", 100),
    Column("vendor_name", "Vendor", "text", 180, stretch=True),
    Column("reference", "Reference", "id", 150),
    Column("mode", "By", "text", 104, show=lambda code: MODES.get(code, code), from_width=1000),
    Column("amount", "Paid ₹", "money", 116, total=True, get=lambda one: 0 if one.reversed_at else one.amount),
    Column("tds", "TDS ₹", "money", 96, total=True, get=lambda one: 0 if one.reversed_at else one.tds),
    Column("advance", "Advance ₹", "money", 104, total=True),
    Column(
        "invoices", "For", "text", 190, get=lambda one: ", ".join(line.number for line in one.lines), from_width=1100
    ),
    Column("why", "Reversed because", "text", 160, get=lambda one: one.reverse_reason or "", from_width=1400),
    Column("state", "State", "state", 104, get=_state),
)


def _reason(one: WriteOff) -> str:
    if one.reason == "SET_OFF":
        return "Its credit paid another" if one.amount < 0 else "Paid by a credit"
    return WRITE_OFFS.get(one.reason, one.reason)


WRITE_OFF_COLUMNS = (
    Column("written_on", "Date", "date", 100),
    Column("number", "Invoice", "id", 150),
    Column("vendor_name", "Vendor", "text", 180, stretch=True),
    Column("reason", "Reason", "text", 190, get=_reason),
    Column("note", "Note", "text", 200, from_width=1000),
    Column("amount", "Amount ₹", "money", 116, total=True, get=lambda one: 0 if one.reversed_at else one.amount),
    Column("recorded_by", "Recorded by", "text", 170, from_width=1250),
    Column("why", "Reversed because", "text", 170, get=lambda one: one.reverse_reason or "", from_width=1400),
    Column("state", "State", "state", 96, get=lambda one: "VOID" if one.reversed_at else "ACCEPTED"),
)


def _age(code: str) -> Column:
    return Column(code, f"{AGE_WORDS[code]} ₹", "money", 126, total=True, get=lambda row: row.ages[code])


AGEING_COLUMNS = (
    Column("vendor_name", "Vendor", "id", 200, stretch=True),
    Column("documents", "Invoices", "count", 80, total=True),
    *(_age(code) for code in AGES),
    Column("open_amount", "Open ₹", "money", 124, total=True),
    Column("advance", "Advances ₹", "money", 110, total=True),
)
