"""Vendors' bills, disputes and payouts as JSON and as text."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from billing.money import format_inr, group_indian, plain
from billing.schemas.vendor_bills import BUCKET_WORDS
from moveinsync_desktop.commands.listing import print_rows

if TYPE_CHECKING:
    from billing.schemas.vendor_bills import BillLine, Dispute, Payout, VendorBill
    from billing.services.payouts import PayoutView
    from billing.services.vendor_bills import BillView


def bill_json(bill: VendorBill) -> dict[str, Any]:
    """One bill of the list."""
    return {
        "id": bill.id, "number": bill.number, "vendor": bill.vendor_code, "date": bill.bill_date,
        "period": [bill.first_day, bill.last_day], "file": bill.file_name, "basis": bill.basis, "rows": bill.rows,
        "rejected": bill.rejected, "theirs": plain(bill.amount), "their_tax": plain(bill.tax),
        "stated_total": None if bill.stated_total is None else plain(bill.stated_total),
        "ours": None if bill.ours_amount is None else plain(bill.ours_amount),
        "our_tax": None if bill.ours_tax is None else plain(bill.ours_tax),
        "difference": None if bill.difference is None else plain(bill.difference),
        "tolerance": plain(bill.tolerance), "window_minutes": bill.window_s // 60, "status": bill.status,
        "disputes": bill.disputes, "open_disputes": bill.open_disputes, "paid": plain(bill.paid),
    }  # fmt: skip


def line_json(line: BillLine) -> dict[str, Any]:
    """One line of the comparison."""
    money = {name: getattr(line, name) for name in ("theirs", "their_tax", "ours", "our_tax", "difference", "pay")}
    return {
        "row": line.row_no, "sheet_row": line.sheet_row, "ref": line.ref, "how": line.how, "bucket": line.bucket,
        **{name: None if value is None else plain(value) for name, value in money.items()},
        "our_state": line.our_state, "cause": line.cause, "cause_text": line.cause_text,
        "explained": plain(line.explained), "dispute": line.dispute_id, "dispute_status": line.dispute_status,
    }  # fmt: skip


def view_json(view: BillView, bucket: str | None = None) -> dict[str, Any]:
    """A bill with buckets, causes and lines."""
    return {
        **bill_json(view.bill),
        "buckets": [
            {"bucket": one.bucket, "lines": one.lines, "theirs": plain(one.theirs), "ours": plain(one.ours),
             "their_tax": plain(one.their_tax), "our_tax": plain(one.our_tax)}
            for one in view.buckets
        ],
        "causes": [
            {"cause": one["cause"], "lines": one["lines"], "difference": plain(one["difference"]),
             "explained": plain(one["explained"])}
            for one in view.causes
        ],
        "lines": [line_json(line) for line in view.lines if bucket in (None, line.bucket)],
    }  # fmt: skip


def print_view(view: BillView) -> None:
    """Buckets and totals."""
    bill = view.bill
    out = sys.stdout.write
    out(f"{bill.number or bill.file_name} of {bill.vendor_name}, {bill.first_day} to {bill.last_day}, id {bill.id}\n")
    out(f"  {'':<20}{'lines':>8}{'theirs':>18}{'ours':>18}\n")
    for one in view.buckets:
        money = f"{format_inr(one.theirs):>18}{format_inr(one.ours):>18}"
        out(f"  {BUCKET_WORDS[one.bucket]:<20}{group_indian(one.lines):>8}{money}\n")
    out(f"  {'Total':<20}{'':>8}{format_inr(bill.amount):>18}{format_inr(bill.ours_amount or 0):>18}\n")
    if bill.stated_total is not None and bill.stated_total not in (bill.amount, bill.amount + bill.tax):
        out(f"  The bill says {format_inr(bill.stated_total)}, its rows come to {format_inr(bill.amount)}.\n")


def dispute_json(one: Dispute) -> dict[str, Any]:
    """One dispute."""
    return {
        "id": one.id, "bill": one.bill_number or one.bill_id, "row": one.row_no, "ref": one.ref, "reason": one.reason,
        "note": one.note, "owner": one.owner, "age_days": one.age_days(datetime.now(UTC)), "raised_at": one.raised_at,
        "raised_by": one.raised_by, "status": one.status, "resolution": one.resolution, "theirs": plain(one.theirs),
        "ours": plain(one.ours), "payable": plain(one.pay_amount), "files": one.files, "resolved_by": one.resolved_by,
        "resolve_reason": one.resolve_reason,
    }  # fmt: skip


def payout_json(one: Payout) -> dict[str, Any]:
    """One payout, made or proposed."""
    money: Mapping[str, int] = {name: getattr(one, name) for name in ("amount", "tax", "tds_base", "tds", "net")}
    percent = f"{one.tds_milli // 1000}.{one.tds_milli % 1000:03d}"
    return {
        "id": one.id, "status": one.status, "date": one.paid_on, "fy": one.fy,
        **{name: plain(value) for name, value in money.items()},
        "tds_percent": percent, "tds_reason": one.tds_reason, "reference": one.reference,
        "reverse_reason": one.reverse_reason,
    }  # fmt: skip


def payout_view_json(view: PayoutView, files: list[str]) -> dict[str, Any]:
    """Statement, proposal and what was paid."""
    from billing.services.payouts import statement_rows

    return {
        "bill": bill_json(view.bill),
        "tds_status": view.tds_status,
        "statement": [
            {"line": row.words, "amount": plain(row.amount), "tax": None if row.tax is None else plain(row.tax)}
            for row in statement_rows(view)
        ],
        "debit_notes": [note.number for note in view.notes],
        "proposal": payout_json(view.proposal),
        "payouts": [payout_json(one) for one in view.payouts],
        "files": files,
    }


def print_payout(view: PayoutView, made: Payout | None = None) -> None:
    """The statement of the payout just made, else of what could be paid out now; and what was paid."""
    from billing.services.payouts import statement_rows

    shown = made or view.proposal
    for row in statement_rows(view, made):
        tax = "" if row.tax is None else format_inr(row.tax)
        sys.stdout.write(f"  {row.words:<50}{format_inr(row.amount):>18}{tax:>16}\n")
    for name, amount in (("TDS", -shown.tds), ("Net paid" if made else "Net payable", shown.net)):
        sys.stdout.write(f"  {name:<50}{format_inr(amount):>18}\n")
    rows = [payout_json(one) for one in view.payouts]
    columns = ("id", "status", "date", "amount", "tax", "tds", "net", "reference")
    print_rows(rows, columns, "Nothing was paid out yet.")
