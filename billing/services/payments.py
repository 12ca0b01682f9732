"""Payments on issued documents: what is open, recording and reversing payments, ageing, reminders.

Open amount = total + debit notes - credit notes - received - tax withheld (TDS) - written off. What is recorded is
never changed. Write-offs and set-offs: billing.services.write_offs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from billing.counting import plural
from billing.errors import BadInputError, RefusedError
from billing.money import format_inr, split_largest_remainder
from billing.schemas.changes import Changes
from billing.schemas.ids import new_id
from billing.schemas.payments import AGES, MODES, WRITE_OFFS, OpenDocument, Receipt, ReceiptLine
from billing.services.lookup import find_client, find_link, read_id

if TYPE_CHECKING:
    from billing.schemas.parties import Client
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork

TERMS_DAYS = 30
TABLES = frozenset({"receipts", "receipt_lines", "invoices", "write_offs"})


@dataclass(frozen=True, slots=True)
class Ageing:
    """What a client owes one vendor on a day, by days overdue, in paise."""

    vendor_code: str
    vendor_name: str
    documents: int
    ages: dict[str, int]
    advance: int

    @property
    def open_amount(self) -> int:
        """All that is open, advances not taken off."""
        return sum(self.ages.values())


@dataclass(frozen=True, slots=True)
class Recorded:
    """A payment just recorded."""

    receipt: Receipt
    changes: Changes


def _terms(uow: UnitOfWork, client_id: UUID) -> int:
    return int(uow.client_settings.get(client_id, "payment.due_days", TERMS_DAYS))


def list_open(
    session: Session, *, client: str | None = None, vendor: str | None = None, with_paid: bool = False
) -> list[OpenDocument]:
    """Issued documents that are not paid yet, oldest due date first."""
    session.require("payments.view")
    with session.unit_of_work(name="payments.open", snapshot=True) as uow:
        owner = find_client(uow, client)
        link = find_link(uow, owner, vendor) if vendor else None
        vendor_id = link.vendor_id if link else None
        return uow.payments.documents(owner.id, terms=_terms(uow, owner.id), vendor_id=vendor_id, with_paid=with_paid)


def list_receipts(session: Session, *, client: str | None = None, vendor: str | None = None) -> list[Receipt]:
    """Payments, newest first."""
    session.require("payments.view")
    with session.unit_of_work(name="payments.list") as uow:
        owner = find_client(uow, client)
        link = find_link(uow, owner, vendor) if vendor else None
        return uow.payments.receipts(owner.id, vendor_id=link.vendor_id if link else None)


def record_payment(
    session: Session,
    *,
    vendor: str,
    received_on: date,
    amount: int,
    client: str | None = None,
    invoices: Sequence[str] = (),
    tds: int = 0,
    lines: Sequence[ReceiptLine] | None = None,
    mode: str = "BANK",
    reference: str = "",
    note: str = "",
    short: str = "",
    receipt_id: UUID | None = None,
) -> Recorded:
    """Record a payment to a vendor.

    Args:
        amount: paise that were paid.
        invoices: numbers or ids that it pays, oldest due date first; none: all that are open. What is over stays as an
            advance.
        tds: tax withheld beside the payment; it goes with the same invoices, by what is open of each.
        lines: how it is spread, in place of `invoices` and `tds`.
        short: why what stays open of those invoices is not paid (a key of WRITE_OFFS): it is written off at once.
        receipt_id: made by the caller; the same one again records nothing.

    Raises:
        RefusedError: UNKNOWN_INVOICE, MORE_THAN_OPEN, RECEIPT_KNOWN (the same reference of that day).
        BadInputError: BAD_AMOUNT, BAD_MODE.
    """
    session.require("payments.record")
    _check(amount, tds, mode, short)
    with session.unit_of_work(name="payments.record") as uow:
        owner = find_client(uow, client)
        link = find_link(uow, owner, vendor)
        made = receipt_id or new_id()
        lines = lines if lines is not None else spread(_chosen(uow, owner, link.vendor_id, invoices), amount, tds)
        content = {
            "id": made, "vendor_id": link.vendor_id, "received_on": received_on, "amount": amount, "mode": mode,
            "reference": reference.strip(), "note": note.strip(),
        }  # fmt: skip
        receipt = _store(uow, owner, content, lines, short)
        uow.commit()
    return Recorded(receipt, Changes(TABLES, frozenset({made})))


def _store(
    uow: UnitOfWork, owner: Client, content: Mapping[str, Any], lines: Sequence[ReceiptLine], short: str
) -> Receipt:
    """The payment, and what is written off with it; the same id again stores neither."""
    is_new = not uow.payments.receipts(owner.id, receipt_id=content["id"])
    uow.payments.record(owner.id, content, lines)
    if short and is_new:
        _let_rest(uow, owner, lines, content["received_on"], short, content["note"])
    return uow.payments.receipts(owner.id, receipt_id=content["id"])[0]


def _let_rest(uow: UnitOfWork, owner: Client, lines: Sequence[ReceiptLine], day: date, reason: str, note: str) -> None:
    """Write off what a payment leaves open of the documents it pays."""
    paid = {line.document_id for line in lines}
    for one in uow.payments.documents(owner.id, terms=_terms(uow, owner.id)):
        if one.id in paid and one.open_amount > 0:
            content = {
                "document_id": one.id, "written_on": day, "amount": one.open_amount, "reason": reason, "note": note,
            }  # fmt: skip
            uow.payments.write_off(owner.id, new_id(), content)


def _check(amount: int, tds: int, mode: str, short: str) -> None:
    if short and short not in WRITE_OFFS:
        raise BadInputError("BAD_REASON", f"A reason is one of {', '.join(WRITE_OFFS)}.", where="--short")
    if amount <= 0 or tds < 0:
        raise BadInputError("BAD_AMOUNT", "A payment is more than nothing, tax withheld not below it.", where="amount")
    if mode not in MODES:
        raise BadInputError("BAD_MODE", f"The mode is one of {', '.join(MODES)}.", where="--mode")


def _chosen(uow: UnitOfWork, owner: Client, vendor_id: UUID, invoices: Sequence[str]) -> list[OpenDocument]:
    found = uow.payments.documents(owner.id, terms=_terms(uow, owner.id), vendor_id=vendor_id)
    payable = [one for one in found if one.open_amount > 0]
    if not invoices:
        return payable
    wanted = {text.strip().upper() for text in invoices}
    chosen = [one for one in payable if one.number.upper() in wanted or str(one.id).upper() in wanted]
    missing = wanted - {one.number.upper() for one in chosen} - {str(one.id).upper() for one in chosen}
    if missing:
        raise RefusedError(
            "UNKNOWN_INVOICE", f"{', '.join(sorted(missing))}: no open invoice of this vendor.", where="invoices"
        )
    return chosen


def spread(documents: Sequence[OpenDocument], amount: int, tds: int = 0) -> list[ReceiptLine]:
    """A payment over documents: the tax withheld by what is open of each, the money oldest due date first.

    Raises BadInputError TDS_TOO_HIGH where more is withheld than is open.
    """
    if tds > sum(one.open_amount for one in documents):
        raise BadInputError("TDS_TOO_HIGH", "More tax is withheld than is open.", where="tds")
    withheld = split_largest_remainder(tds, [one.open_amount for one in documents]) if tds else [0] * len(documents)
    made, left = [], amount
    for one, part in zip(documents, withheld, strict=True):
        paid = min(left, one.open_amount - part)
        left -= paid
        if paid + part > 0:
            made.append(ReceiptLine(one.id, one.number, paid, part))
    return made


def spread_advance(
    session: Session, receipt: str, *, client: str | None = None, invoices: Sequence[str] = ()
) -> Changes:
    """Spread what is left of a payment over open invoices. Raises RefusedError NO_ADVANCE, UNKNOWN_RECEIPT."""
    session.require("payments.record")
    with session.unit_of_work(name="payments.spread") as uow:
        owner = find_client(uow, client)
        found = _receipt(uow, owner, receipt)
        lines = spread(_chosen(uow, owner, found.vendor_id, invoices), found.advance)
        if not lines:
            raise RefusedError("NO_ADVANCE", "Nothing of this payment is left, or nothing is open.", where="RECEIPT")
        uow.payments.spread(owner.id, found.id, lines)
        uow.commit()
    return Changes(TABLES, frozenset({found.id}))


def reverse_payment(session: Session, receipt: str, *, reason: str, client: str | None = None) -> Changes:
    """Reverse a payment: its invoices are open again, the payment stays on record with the reason."""
    session.require("payments.record")
    with session.unit_of_work(name="payments.reverse") as uow:
        owner = find_client(uow, client)
        found = _receipt(uow, owner, receipt)
        uow.payments.reverse(owner.id, found.id, reason)
        uow.commit()
    return Changes(TABLES, frozenset({found.id}))


def _receipt(uow: UnitOfWork, owner: Client, text: str) -> Receipt:
    """By id, or by its reference among payments that stand."""
    wanted = read_id(text)
    if wanted is not None:
        found = uow.payments.receipts(owner.id, receipt_id=wanted)
    else:
        standing = [one for one in uow.payments.receipts(owner.id) if one.reversed_at is None]
        found = [one for one in standing if one.reference.upper() == text.strip().upper() and one.reference]
    if len(found) > 1:
        raise RefusedError("AMBIGUOUS", f"More than one payment has the reference {text}.", where="RECEIPT")
    if not found:
        raise RefusedError("UNKNOWN_RECEIPT", f"There is no payment {text} that you may see.", where="RECEIPT")
    return found[0]


def read_ageing(session: Session, *, day: date, client: str | None = None) -> list[Ageing]:
    """What was open on a day by vendor and days after the due date, most overdue first.

    What is dated later is left out; vendors that only hold an advance are in it, too.
    """
    session.require("payments.view")
    with session.unit_of_work(name="payments.ageing", snapshot=True) as uow:
        owner = find_client(uow, client)
        documents = uow.payments.documents(owner.id, terms=_terms(uow, owner.id), as_of=day)
        receipts = [one for one in uow.payments.receipts(owner.id) if one.received_on <= day and one.advance]
    found: dict[UUID, Ageing] = {}
    everything: list[OpenDocument | Receipt] = [*documents, *receipts]
    for held in everything:
        row = found.setdefault(held.vendor_id, Ageing(held.vendor_code, held.vendor_name, 0, dict.fromkeys(AGES, 0), 0))
        if isinstance(held, OpenDocument):
            row.ages[held.age(day)] += held.open_amount
            found[held.vendor_id] = replace(row, documents=row.documents + 1)
        else:
            found[held.vendor_id] = replace(row, advance=row.advance + held.advance)
    return sorted(found.values(), key=lambda row: (*(-row.ages[age] for age in reversed(AGES)), row.vendor_name))


def reminder_text(documents: Sequence[OpenDocument], *, client_name: str, day: date) -> str:
    """A letter that reminds of these open invoices of one vendor, to be copied into a mail.

    Raises BadInputError for invoices of several vendors, or none.
    """
    vendors = {one.vendor_name for one in documents}
    if len(vendors) != 1:
        raise BadInputError("ONE_VENDOR", "A reminder is about the invoices of one vendor.", where="invoices")
    vendor = vendors.pop()
    width = max(len(one.number) for one in documents)
    lines = []
    for one in documents:
        late = one.days_overdue(day)
        words = f"{plural(late, 'day')} overdue" if late > 0 else f"due on {one.due_date:%d-%m-%Y}"
        money = f"Rs {format_inr(one.open_amount):>16}"
        lines.append(f"  {one.number:<{width}}  of {one.invoice_date:%d-%m-%Y}  {money}  {words}")
    total = format_inr(sum(one.open_amount for one in documents))
    count = f"{len(documents)} invoice" + ("s" if len(documents) > 1 else "")
    overdue = format_inr(sum(one.open_amount for one in documents if one.days_overdue(day) > 0))
    return "\n".join(
        [
            f"Subject: Payment reminder, {count} of {vendor}, Rs {total} open",
            "",
            f"To the accounts team of {client_name}",
            "",
            f"As of {day:%d-%m-%Y} these invoices of {vendor} are open:",
            "",
            *lines,
            "",
            f"  Total open Rs {total}, of it overdue Rs {overdue}.",
            "",
            "Kindly arrange the payment, or tell us which invoice you question and why.",
            "If you have paid meanwhile, please send the reference and date of the transfer,",
            "and the TDS certificate for tax that was withheld.",
            "",
            f"For {vendor}",
        ]
    )
