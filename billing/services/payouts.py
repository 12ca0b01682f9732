"""What is paid out to a vendor on its bill: proposed with TDS, recorded, reversed, stated on paper, sent to a bank."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from billing.errors import BadInputError, RefusedError
from billing.invoicing.payout import ROUNDINGS, propose
from billing.money import format_inr
from billing.schemas.changes import Changes
from billing.schemas.debit_notes import DebitNote
from billing.schemas.ids import new_id
from billing.schemas.vendor_bills import Payable, Payee, Payout, PayoutRow, StatementRow, VendorBill
from billing.services.lookup import find_client, find_link, read_id
from billing.services.taxes import tds_rate_for
from billing.services.vendor_bills import find_bill
from billing.store.intents import Intent

if TYPE_CHECKING:
    from billing.exchange.paper.memo import Memo
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork

PAYOUT_TABLES = frozenset({"vendor_payouts", "vendor_bills"})
PdfWriter = Callable[..., Path]


@dataclass(frozen=True, slots=True)
class PayoutView:
    """A bill's payouts and what could be paid out now, with everything that the statement and the bank need.

    `settled_tax` is the vendor's tax that settled disputes took off, where its rows say their tax.
    """

    bill: VendorBill
    payable: Payable
    proposal: Payout
    payouts: tuple[Payout, ...]
    payee: Payee | None
    tds_status: str
    notes: tuple[DebitNote, ...]
    settled_tax: int

    @property
    def says_tax(self) -> bool:
        """Do the bill's rows say their tax?"""
        return self.bill.basis == "WITH_TAX"


@dataclass(frozen=True, slots=True)
class PaidOut:
    """A payout just recorded."""

    payout: Payout
    changes: Changes


def read_payout(session: Session, bill: str, *, client: str | None = None, day: date | None = None) -> PayoutView:
    """What could be paid out on a bill on a day (today), and what was."""
    session.require("payouts.make")
    with session.unit_of_work(name="payouts.show", snapshot=True) as uow:
        return _payout_view(uow, find_bill(uow, bill, client), day)


def _payout_view(uow: UnitOfWork, bill: VendorBill, day: date | None) -> PayoutView:
    owner, vendor = uow.clients.get(bill.client_id), uow.vendors.get(bill.vendor_id)
    assert owner is not None
    assert vendor is not None
    paid_on = day or uow.session.now().astimezone(ZoneInfo(owner.time_zone)).date()
    status = vendor.tds_status if vendor.pan else "NO_PAN"
    rate = tds_rate_for(uow, status, paid_on)
    if rate is None:
        raise RefusedError(
            "NO_TDS_RATE", f"No rate of tax deducted at source is known for {paid_on:%d-%m-%Y}.",
            hint="A super admin enters it in the rate table.",
        )  # fmt: skip
    settling = uow.vendor_settling
    payable = settling.payable(bill.client_id, bill.id, paid_on)
    rounding = uow.client_settings.get(bill.client_id, "vendor_bill.tds_rounding", ROUNDINGS[0])
    return PayoutView(
        bill,
        payable,
        propose(bill.id, payable, rate, paid_on, rounding),
        tuple(settling.payouts(bill.client_id, bill.id)),
        settling.payee(bill.client_id, bill.vendor_id),
        status,
        tuple(note for note in reversed(uow.debit_notes.page(bill.client_id, bill.id)) if note.status == "ISSUED"),
        settling.settled_tax(bill.client_id, bill.id),
    )


def pay_out(
    session: Session,
    bill: str,
    *,
    client: str | None = None,
    day: date | None = None,
    payout_id: UUID | None = None,
    reference: str = "",
) -> PaidOut:
    """Record the payout of all that is agreed and not paid yet. The same `payout_id` again does nothing.

    Raises RefusedError: NOTHING_PAYABLE, MORE_THAN_AGREED (somebody was faster), NO_TDS_RATE; BadInputError
    BAD_REFERENCE.
    """
    session.require("payouts.make")
    intent = Intent("payout", f"The payout on bill {bill}")
    with session.unit_of_work(name="payouts.make", intent=intent) as uow:
        found = find_bill(uow, bill, client)
        made = replace(_payout_view(uow, found, day).proposal, id=payout_id or new_id(), status="MADE")
        names = ("id", "paid_on", "amount", "tax", "tds_base", "tds_milli", "tds", "tds_reason", "net")
        uow.vendor_settling.pay_out(found.client_id, {name: getattr(made, name) for name in names}, found.id)
        assert made.id is not None
        if reference.strip():
            uow.vendor_settling.set_reference(found.client_id, made.id, reference.strip())
        uow.commit()
    return PaidOut(replace(made, reference=reference.strip().upper()), Changes(PAYOUT_TABLES, frozenset({made.id})))


def reverse_payout(session: Session, bill: str, payout: str, *, reason: str, client: str | None = None) -> Changes:
    """Reverse a payout with a reason; its figures stay. Raises RefusedError UNKNOWN_PAYOUT, REVERSED."""
    session.require("payouts.make")
    intent = Intent("reverse_payout", "The reversal of a payout")
    with session.unit_of_work(name="payouts.reverse", intent=intent) as uow:
        found = find_bill(uow, bill, client)
        wanted = _known(uow, found, payout)
        uow.vendor_settling.reverse_payout(found.client_id, wanted, reason)
        uow.commit()
    return Changes(PAYOUT_TABLES, frozenset({wanted}))


def set_payout_reference(
    session: Session, bill: str, payout: str, reference: str, *, client: str | None = None
) -> Changes:
    """Add the bank's reference (UTR) to a payout, in capitals. Raises BadInputError BAD_REFERENCE."""
    session.require("payouts.make")
    with session.unit_of_work(name="payouts.reference") as uow:
        found = find_bill(uow, bill, client)
        wanted = _known(uow, found, payout)
        uow.vendor_settling.set_reference(found.client_id, wanted, reference.strip())
        uow.commit()
    return Changes(PAYOUT_TABLES, frozenset({wanted}))


def _known(uow: UnitOfWork, bill: VendorBill, payout: str) -> UUID:
    """The payout of that id or bank reference, among those of the bill."""
    wanted = read_id(payout)
    for one in uow.vendor_settling.payouts(bill.client_id, bill.id):
        if one.id is not None and (one.id == wanted or (one.reference and one.reference == payout.strip().upper())):
            return one.id
    raise RefusedError("UNKNOWN_PAYOUT", "There is no such payout.", where="PAYOUT")


def list_payouts(
    session: Session,
    *,
    client: str | None = None,
    vendor: str | None = None,
    first: date | None = None,
    last: date | None = None,
) -> list[PayoutRow]:
    """Payouts that were recorded, oldest first, reversed ones too; [first, last] are days of payment."""
    session.require("payouts.make")
    with session.unit_of_work(name="payouts.list") as uow:
        owner = find_client(uow, client) if client or vendor else None
        vendor_id = find_link(uow, owner, vendor).vendor_id if owner and vendor else None
        return uow.vendor_settling.payout_rows(owner.id if owner else None, vendor_id=vendor_id, first=first, last=last)


def save_payee(session: Session, *, client: str | None, vendor: str, payee: Payee) -> Changes:
    """Set a vendor's bank account. Raises BadInputError: BAD_ACCOUNT or BAD_IFSC, naming what is wrong with it."""
    session.require("payouts.make")
    clean = Payee(payee.beneficiary.strip(), _plain(payee.account_no), _plain(payee.ifsc))
    for field, problem in payee_problems(clean).items():
        code = "BAD_IFSC" if field == "ifsc" else "BAD_ACCOUNT"
        raise BadInputError(code, problem, where=field)
    with session.unit_of_work(name="payouts.payee") as uow:
        owner = find_client(uow, client)
        link = find_link(uow, owner, vendor)
        uow.vendor_settling.save_payee(owner.id, link.vendor_id, clean)
        uow.commit()
    return Changes(frozenset({"vendor_payees"}), frozenset({link.vendor_id}))


def payee_problems(payee: Payee) -> dict[str, str]:
    """What is wrong with an account, by field: the shape that India's banks use, each rule named."""
    found = {}
    if not payee.beneficiary.strip():
        found["beneficiary"] = "The account's owner is missing."
    account, ifsc = _plain(payee.account_no), _plain(payee.ifsc)
    if not 9 <= len(account) <= 18:
        found["account_no"] = f"An account number has 9 to 18 characters, {account or 'it'} has {len(account)}."
    elif not (account.isascii() and account.isalnum()):
        found["account_no"] = f"An account number has digits and letters only: {account}."
    if len(ifsc) != 11:
        found["ifsc"] = f"An IFSC has 11 characters, {ifsc or 'it'} has {len(ifsc)}."
    elif not (ifsc.isascii() and ifsc.isalnum() and ifsc[:4].isalpha()):
        found["ifsc"] = f"An IFSC is four letters, a zero and six letters or digits: {ifsc}."
    elif ifsc[4] != "0":
        found["ifsc"] = f"The fifth character of an IFSC is a zero, in {ifsc} it is {ifsc[4]}."
    return found


def _plain(text: str) -> str:
    return "".join(text.split()).replace("-", "").upper()


def statement_rows(view: PayoutView, payout: Payout | None = None) -> list[StatementRow]:
    """The payout statement: from what the vendor billed to what this payout is (the proposal, where none is named)."""
    bill, payable, shown = view.bill, view.payable, payout or view.proposal
    with_tax = view.says_tax

    def row(words: str, amount: int, tax: int, *, is_sum: bool = False, taxed: bool = with_tax) -> StatementRow:
        return StatementRow(words, amount, tax if taxed else None, is_sum)

    noted = (sum(note.amount for note in view.notes), sum(note.tax for note in view.notes))
    settled = (payable.settled_against - noted[0], view.settled_tax - noted[1])
    withheld_tax = bill.tax - payable.tax - view.settled_tax
    rows = [row("Billed by the vendor", bill.amount, bill.tax, is_sum=True)]
    rows += [
        row(f"Less debit note {note.number} of {note.note_date:%d-%m-%Y}", -note.amount, -note.tax)
        for note in view.notes
    ]
    rows.append(row("Less settled, on no debit note yet", -settled[0], -settled[1]))
    rows.append(row("Less in dispute or not agreed yet", -payable.withheld, -withheld_tax))
    rows.append(row("Agreed", payable.amount, payable.tax, is_sum=True, taxed=True))
    before = [one for one in view.payouts if one.status == "MADE" and one.id != shown.id and _is_before(one, shown)]
    rows += [row(f"Less paid on {one.paid_on:%d-%m-%Y}{_by(one)}", -one.amount, -one.tax, taxed=True) for one in before]
    amount = payable.amount - sum(one.amount for one in before) - shown.amount
    tax = payable.tax - sum(one.tax for one in before) - shown.tax
    rows.append(row("Less not part of this payout", -amount, -tax, taxed=True))
    rows.append(row("This payout", shown.amount, shown.tax, is_sum=True, taxed=True))
    return [one for one in rows if one.is_sum or one.amount or one.tax]


def _is_before(one: Payout, shown: Payout) -> bool:
    return shown.made_at is None or (one.made_at is not None and one.made_at < shown.made_at)


def _by(payout: Payout) -> str:
    return f", {payout.reference}" if payout.reference else ""


def read_payout_memo(
    session: Session, bill: str, payout: str | None = None, *, client: str | None = None, day: date | None = None
) -> Memo:
    """The statement of a payout (by id or bank reference), or of what could be paid out now, ready to be printed."""
    from billing.exchange.paper.vendor_memos import payout_memo

    session.require("payouts.make")
    with session.unit_of_work(name="payouts.statement", snapshot=True) as uow:
        found = find_bill(uow, bill, client)
        view = _payout_view(uow, found, day)
        shown = view.proposal
        if payout is not None:
            wanted = _known(uow, found, payout)
            shown = next(one for one in view.payouts if one.id == wanted)
        parties = uow.vendor_settling.parties(found.client_id, found.id)
        disputes = uow.vendor_settling.disputes(found.client_id, found.id, open_only=True)
    notes = []
    if disputes:
        asked = sum(one.theirs - one.pay_amount for one in disputes)
        count = f"{len(disputes)} row" + ("s of the bill are" if len(disputes) > 1 else " of the bill is")
        notes.append(f"{count} in dispute, {format_inr(asked)} before tax not payable until it is settled.")
    payee = shown.payee if shown.id is not None else view.payee
    return payout_memo(shown, statement_rows(view, shown), parties, payee, notes)


def write_memo(target: Path, memo: Memo, *, pdf: PdfWriter | None = None) -> Path:
    """Write a debit note or payout statement as .pdf or .xlsx, by the target's ending; gives the path.

    Raises UnavailableError when the file is open elsewhere, BadInputError FILE_TYPE, NO_PDF_HERE without a writer.
    """
    if target.suffix.lower() == ".xlsx":
        from billing.exchange.memo_book import write_memo_book

        return write_memo_book(target, memo)
    if target.suffix.lower() != ".pdf":
        raise BadInputError("FILE_TYPE", f"{target.name}: it is written as .pdf or .xlsx.", where="--out")
    if pdf is None:
        raise BadInputError("NO_PDF_HERE", "PDF files are made by the window or the moveinsync command.", where="--out")
    from billing.exchange.paper.memo import memo_paper

    return pdf(target, [memo_paper(memo)])


def write_bank_file(
    session: Session,
    bill: str | None,
    target: Path,
    *,
    client: str | None = None,
    first: date | None = None,
    last: date | None = None,
) -> Path:
    """Made payouts as the bank's upload wants them (CSV): of one bill, or (None) of all vendors on the days.

    Raises RefusedError: NO_PAYOUT; NO_PAYEE or BAD_PAYEE, naming the vendors whose account is missing or misshapen.
    """
    from billing.exchange.bank_file import write_bank_csv

    session.require("payouts.make")
    with session.unit_of_work(name="payouts.bank") as uow:
        found = find_bill(uow, bill, client) if bill else None
        owner = found.client_id if found else find_client(uow, client).id
        rows = uow.vendor_settling.payout_rows(owner, bill_id=found.id if found else None, first=first, last=last)
        made = [row for row in rows if row.payout.status == "MADE" and row.payout.net]
        transfers = [(row, _payee_of(uow, owner, row)) for row in made]
    if not transfers:
        where = "on this bill yet" if bill else "on these days"
        raise RefusedError("NO_PAYOUT", f"No payout was made {where}.", where="BILL")
    return write_bank_csv(target, [(payee, row.bill_name, row.payout) for row, payee in transfers])


def _payee_of(uow: UnitOfWork, client_id: UUID, row: PayoutRow) -> Payee:
    """The account as it was when the payout was made, else as it is now."""
    payee = row.payout.payee
    if payee is None:
        links = uow.client_vendors.find(client_id=client_id)
        vendor = next(link.vendor_id for link in links if link.code == row.vendor_code)
        payee = uow.vendor_settling.payee(client_id, vendor)
    if payee is None:
        raise RefusedError(
            "NO_PAYEE", f"The bank account of {row.vendor_name} is not known.", where="payee",
            hint="Enter beneficiary, account number and IFSC first.",
        )  # fmt: skip
    problems: Sequence[str] = tuple(payee_problems(payee).values())
    if problems:
        hint = "Correct the account, then write again."
        raise RefusedError("BAD_PAYEE", f"{row.vendor_name}: {problems[0]}", where="payee", hint=hint)
    return payee
