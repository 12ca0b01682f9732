"""What a debit note and a payout statement say, as memos: words and figures in printing order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from billing.exchange.paper.content import Figure, PrintedParty, registration_text, state_text
from billing.exchange.paper.memo import Memo, MemoColumn
from billing.money import format_inr, words
from billing.schemas.debit_notes import DebitLine, DebitNote
from billing.schemas.invoices import PartyPrint
from billing.schemas.vendor_bills import REASONS, Payee, Payout, StatementRow

_NOTE_COLUMNS = (
    MemoColumn("#", "count", 5), MemoColumn("Trip", "text", 18), MemoColumn("Date", "date", 12),
    MemoColumn("Reason", "text", 17), MemoColumn("Billed ₹", "money", 12), MemoColumn("Agreed ₹", "money", 12),
    MemoColumn("Less ₹", "money", 12), MemoColumn("GST ₹", "money", 12),
)  # fmt: skip
_STATEMENT_COLUMNS = (
    MemoColumn("From the bill to this payout", "text", 52), MemoColumn("Before tax ₹", "money", 16),
    MemoColumn("GST ₹", "money", 16), MemoColumn("Total ₹", "money", 16),
)  # fmt: skip
NO_TAX_DOCUMENT = (
    "A debit memo of the recipient. It is not a tax document under section 34 of the CGST Act, and no input tax is "
    "claimed or reversed by it. The GST shown is the part of the vendor's own tax that goes with what is taken off."
)
ASKS_FOR_CREDIT = (
    "Please issue your credit note under section 34(1) for it; it can reduce your tax until 30 November after the "
    "financial year of the supply."
)


def debit_note_memo(note: DebitNote, lines: Sequence[DebitLine], zone: ZoneInfo) -> Memo:
    """The debit note as it was issued."""
    bill = note.parties["bill"]
    rows = tuple(
        (at, line.ref, line.started.astimezone(zone).date() if line.started else None,
         REASONS.get(line.reason, line.reason), line.billed, line.agreed, line.amount, line.tax)
        for at, line in enumerate(lines, start=1)
    )  # fmt: skip
    notes = [f"For: {note.reason}", NO_TAX_DOCUMENT, ASKS_FOR_CREDIT]
    if note.status == "VOID" and note.voided_at is not None:
        notes.insert(0, f"Void since {note.voided_at.astimezone(zone):%d-%m-%Y}: {note.void_reason}")
    return Memo(
        title="Debit note", subtitle="Debit memo to the vendor", state="VOID" if note.status == "VOID" else "",
        issuer=_party("", note.parties["payer"]), recipient=_party("To the vendor", note.parties["vendor"]),
        facts=(("Debit note number", note.number), ("Date", f"{note.note_date:%d-%m-%Y}"), *_bill_facts(bill)),
        columns=_NOTE_COLUMNS, rows=rows,
        figures=(
            Figure("amount", "Taken off before tax", note.amount), Figure("tax", "GST that goes with it", note.tax),
        ),
        total=Figure("total", "Debited", note.total), words=words(note.total), notes=tuple(notes),
        signatures=(f"For {note.parties['payer']['name']}", "Received for the vendor"),
        name=f"Debit note {note.number}",
    )  # fmt: skip


def payout_memo(
    payout: Payout, rows: Sequence[StatementRow], parties: Mapping[str, Any], payee: Payee | None, notes: Sequence[str]
) -> Memo:
    """The payout statement: how the bill comes down to what is paid, what is withheld, where the money goes."""
    bill = parties["bill"]
    is_made = payout.status == "MADE"
    facts = [("Paid on" if is_made else "To be paid on", f"{payout.paid_on:%d-%m-%Y}")]
    facts += [("Bank reference (UTR)", payout.reference or "not recorded yet"), *_bill_facts(bill)]
    cells = tuple((row.words, row.amount, row.tax, _total(row)) for row in rows)
    figures = [Figure("amount", "This payout before tax", payout.amount), Figure("tax", "GST", payout.tax)]
    figures.append(Figure("tds", tds_words(payout), -payout.tds))
    state = {"MADE": "", "REVERSED": f"REVERSED: {payout.reverse_reason}"}.get(payout.status, "Proposed, not paid yet")
    return Memo(
        title="Payout statement", subtitle=f"Financial year 20{payout.fy}", state=state,
        issuer=_party("", parties["payer"]),
        recipient=_party("Paid to" if is_made else "To be paid to", parties["vendor"]),
        facts=tuple(facts), columns=_STATEMENT_COLUMNS, rows=cells,
        strong=frozenset(at for at, row in enumerate(rows) if row.is_sum), figures=tuple(figures),
        total=Figure("net", "Net paid" if is_made else "Net payable", payout.net), words=words(payout.net),
        notes=(_bank(payee), _tds_note(payout), *notes),
        signatures=("Prepared by", "Checked by", "Authorised signatory"),
        name=f"Payout statement {parties['vendor']['name']} {payout.paid_on:%d-%m-%Y}",
    )  # fmt: skip


def tds_words(payout: Payout) -> str:
    """`TDS 2 % of 1,10,000.00, section 393(1)`; the section stands before the reason where something is deducted."""
    if not payout.tds_base:
        return "TDS"
    percent = f"{Decimal(payout.tds_milli).scaleb(-3).normalize():f}"
    section, mark, _ = payout.tds_reason.partition(": ")
    return f"TDS {percent} % of {format_inr(payout.tds_base)}" + (f", section {section}" if mark else "")


def _tds_note(payout: Payout) -> str:
    _, mark, why = payout.tds_reason.partition(": ")
    return f"Tax deducted at source: {why if mark else payout.tds_reason}. Its base has no GST in it."


def _bank(payee: Payee | None) -> str:
    if payee is None:
        return "Bank account: not recorded."
    return f"Bank account: {payee.beneficiary}, account {payee.account_no}, IFSC {payee.ifsc}"


def _total(row: StatementRow) -> int | None:
    return None if row.tax is None else row.amount + row.tax


def _bill_facts(bill: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    facts = [("Vendor's bill", bill["number"] or bill["file"])]
    if bill.get("date"):
        facts.append(("Bill date", _day(bill["date"])))
    return (*facts, ("Billing period", f"{_day(bill['from'])} to {_day(bill['to'])}"))


def _day(text: str) -> str:
    return f"{date.fromisoformat(text):%d-%m-%Y}"


def _party(heading: str, frozen: Mapping[str, Any]) -> PrintedParty:
    party = PartyPrint(
        name=frozen["name"], gstin=frozen.get("gstin"), pan=frozen.get("pan"), state_code=frozen.get("state_code")
    )
    address = tuple(part for part in (frozen.get("address") or "").split("\n") if part)
    registration = (registration_text(party), f"State: {state_text(party.state_code)}")
    return PrintedParty(heading, party.name, address, registration)
