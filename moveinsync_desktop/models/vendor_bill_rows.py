"""Vendors' bills, lines of the comparison and disputes as table rows."""

from __future__ import annotations

from datetime import UTC, date, datetime

from billing.schemas.vendor_bills import BUCKET_WORDS, REASONS, RESOLUTIONS, BillLine, Dispute, VendorBill
from moveinsync_desktop import formats
from moveinsync_desktop.models.columns import Column

BUCKET_STATES = {
    "EXACT": "ACCEPTED",
    "TOLERANCE": "ACCEPTED",
    "OVER": "NEEDS_REVIEW",
    "UNDER": "NEEDS_REVIEW",
    "ONLY_VENDOR": "CONFLICT",
    "ONLY_US": "CONFLICT",
}


def period_words(first: date, last: date) -> str:
    """October 2026 for a whole month, else both days."""
    if first.day == 1 and (last.year, last.month) == (first.year, first.month) and last.day >= 28:
        return formats.month(first)
    return f"{formats.day(first)} to {formats.day(last)}"


def _name(bill: VendorBill) -> str:
    return bill.number or bill.file_name


def _signed(paise: int | None) -> str:
    return formats.signed(formats.money(paise)) if paise else formats.money(paise)


BILL_COLUMNS = (
    Column("vendor_name", "Vendor and bill", "two", 220, second="bill_name", stretch=True),
    Column("period", "Period", "text", 150, get=lambda row: period_words(row.bill.first_day, row.bill.last_day)),
    Column("rows", "Rows", "count", 70, total=True, get=lambda row: row.bill.rows),
    Column("theirs", "Theirs ₹", "money", 118, total=True, get=lambda row: row.bill.amount),
    Column("ours", "Ours ₹", "money", 118, total=True, get=lambda row: row.bill.ours_amount),
    Column("difference", "Difference ₹", "money", 112, total=True, get=lambda row: row.bill.difference),
    Column("open_disputes", "In dispute", "count", 80, total=True, get=lambda row: row.bill.open_disputes),
    Column("paid", "Paid out ₹", "money", 112, total=True, get=lambda row: row.bill.paid, from_width=1150),
    Column("state", "State", "state", 120, get=lambda row: row.bill.state),
)


class BillRow:
    """A bill as the list shows it."""

    def __init__(self, bill: VendorBill) -> None:
        self.bill = bill
        self.id = bill.id
        self.vendor_name = bill.vendor_name
        self.bill_name = _name(bill)


def line_mark(line: BillLine) -> str:
    """A disputed amount is marked as such, an unexplained one as wrong."""
    if line.dispute_status == "OPEN":
        return "disputed"
    return "danger" if line.bucket in ("OVER", "ONLY_VENDOR") and not line.explained else ""


LINE_COLUMNS = (
    Column("ref", "Trip", "id", 128),
    Column("when", "Start", "stamp", 138, get=lambda line: line.our_start or line.their_start, from_width=900),
    Column("vehicle", "Vehicle", "text", 116, get=lambda line: line.vehicle_no or line.our_vehicle, from_width=1000),
    Column("their_m", "Their km", "km", 78, total=True, from_width=1300),
    Column("our_m", "Our km", "km", 78, total=True, from_width=1300),
    Column("theirs", "Theirs ₹", "money", 104, total=True, mark=line_mark),
    Column("ours", "Ours ₹", "money", 104, total=True),
    Column("difference", "Difference ₹", "money", 104, total=True),
    Column("cause_text", "Why", "text", 220, stretch=True, tip=lambda line: line.cause_text),
    Column("pay", "Payable ₹", "money", 104, total=True, from_width=1100),
    Column("dispute", "Dispute", "state", 104, get=lambda line: dispute_state(line.dispute_status)),
)


def dispute_state(status: str | None) -> str:
    """The look of a dispute's status."""
    return {"OPEN": "DISPUTED", "RESOLVED": "SETTLED"}.get(status or "", "")


DISPUTE_COLUMNS = (
    Column("ref", "Trip", "id", 128),
    Column(
        "bill", "Bill", "two", 150, second="vendor_code", get=lambda one: one.bill_number or "no number", stretch=True
    ),
    Column("reason", "Reason", "text", 104, show=lambda code: REASONS.get(code, code)),
    Column("note", "Note", "text", 170, from_width=1250),
    Column("theirs", "Theirs ₹", "money", 104, total=True),
    Column("ours", "Ours ₹", "money", 104, total=True),
    Column("pay_amount", "Payable ₹", "money", 104, total=True),
    Column("owner", "Owner", "text", 150),
    Column("age", "Days", "count", 60, get=lambda one: one.age_days(datetime.now(UTC))),
    Column("state", "State", "state", 104, get=lambda one: dispute_state(one.status)),
)


def resolution_words(one: Dispute) -> str:
    """How a dispute was settled, in words."""
    if one.resolution is None:
        return ""
    by = f" by {one.resolved_by}" if one.resolved_by else ""
    return f"{RESOLUTIONS[one.resolution]}{by}: {one.resolve_reason or ''}"


def bucket_title(code: str) -> str:
    """The bucket's words."""
    return BUCKET_WORDS[code]


BUCKET_TABS = {
    "EXACT": "Exact",
    "TOLERANCE": "Tolerance",
    "OVER": "Over",
    "UNDER": "Under",
    "ONLY_VENDOR": "Theirs only",
    "ONLY_US": "Ours only",
}
