"""Debit notes and payouts of vendors' bills as table rows."""

from __future__ import annotations

from billing.schemas.vendor_bills import PayoutRow
from moveinsync_desktop.models.columns import Column

NOTE_COLUMNS = (
    Column("number", "Debit note", "id", 150),
    Column("note_date", "Date", "date", 100),
    Column("vendor_name", "Vendor and bill", "two", 200, second="bill_name", stretch=True),
    Column("reason", "Reason", "text", 190, from_width=1150),
    Column("lines", "Rows", "count", 66, total=True),
    Column("amount", "Before tax ₹", "money", 116, total=True, get=lambda one: _standing(one, one.amount)),
    Column("tax", "GST ₹", "money", 96, total=True, get=lambda one: _standing(one, one.tax)),
    Column("total", "Total ₹", "money", 116, total=True, get=lambda one: _standing(one, one.total)),
    Column("state", "State", "state", 96, get=lambda one: "VOID" if one.status == "VOID" else "ISSUED"),
)


def _standing(note: object, paise: int) -> int:
    """A void note takes nothing off, so the sums below the list are true."""
    return 0 if getattr(note, "status", "") == "VOID" else paise


class PayoutListRow:
    """A payout as the list shows it; a reversed one paid nothing."""

    def __init__(self, row: PayoutRow) -> None:
        self.row, self.payout = row, row.payout
        self.id, self.bill_id = row.payout.id, row.payout.bill_id
        self.vendor_name, self.bill_name = row.vendor_name, row.bill_name
        self.reference = row.payout.reference
        self.state = "PAID" if row.payout.status == "MADE" else "VOID"

    def paise(self, name: str) -> int:
        """An amount of the payout, nothing where it was reversed."""
        return int(getattr(self.payout, name)) if self.state == "PAID" else 0


PAYOUT_COLUMNS = (
    Column("paid_on", "Paid on", "date", 100, get=lambda row: row.payout.paid_on),
    Column("vendor_name", "Vendor and bill", "two", 200, second="bill_name", stretch=True),
    Column("amount", "Before tax ₹", "money", 116, total=True, get=lambda row: row.paise("amount")),
    Column("tax", "GST ₹", "money", 100, total=True, get=lambda row: row.paise("tax")),
    Column("tds", "TDS ₹", "money", 96, total=True, get=lambda row: row.paise("tds")),
    Column("net", "Net ₹", "money", 116, total=True, get=lambda row: row.paise("net")),
    Column("reference", "Bank reference", "text", 206),
    Column("made_by", "Recorded by", "text", 170, get=lambda row: row.payout.made_by, from_width=1250),
    Column("state", "State", "state", 96),
)
