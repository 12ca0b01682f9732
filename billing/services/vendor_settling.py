"""Disputes about a vendor's bill with their evidence, and what is paid out on it: statement, TDS, bank file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from billing.errors import BadInputError, RefusedError
from billing.invoicing.payout import ROUNDINGS, propose
from billing.money import format_inr
from billing.schemas.changes import Changes
from billing.schemas.ids import new_id
from billing.schemas.vendor_bills import REASONS, RESOLUTIONS, Dispute, Evidence, Payable, Payee, Payout, VendorBill
from billing.services.lookup import find_client, find_link, read_id
from billing.services.taxes import tds_rate_for
from billing.services.vendor_bills import find_bill

if TYPE_CHECKING:
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork

MOST_BYTES = 5 * 1024 * 1024
_SIGNATURES: dict[str, tuple[str, tuple[bytes, ...]]] = {
    ".pdf": ("application/pdf", (b"%PDF-",)),
    ".png": ("image/png", (b"\x89PNG\r\n\x1a\n",)),
    ".jpg": ("image/jpeg", (b"\xff\xd8\xff",)),
    ".jpeg": ("image/jpeg", (b"\xff\xd8\xff",)),
    ".xlsx": ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", (b"PK\x03\x04",)),
    ".csv": ("text/csv", ()),
    ".txt": ("text/plain", ()),
}
DISPUTE_TABLES = frozenset({"vendor_disputes", "vendor_dispute_files", "vendor_bills"})
PAYOUT_TABLES = frozenset({"vendor_payouts", "vendor_bills"})


@dataclass(frozen=True, slots=True)
class PayoutView:
    """A bill's payouts and what could be paid out now, with everything that the statement and the bank need."""

    bill: VendorBill
    payable: Payable
    proposal: Payout
    payouts: tuple[Payout, ...]
    payee: Payee | None
    tds_status: str


@dataclass(frozen=True, slots=True)
class PaidOut:
    """A payout just recorded."""

    payout: Payout
    changes: Changes


def raise_disputes(
    session: Session,
    bill: str,
    rows: list[int],
    *,
    reason: str,
    note: str = "",
    owner: str = "",
    pay: int | None = None,
    client: str | None = None,
) -> Changes:
    """Question rows of a vendor's bill (by their number), all or none.

    Args:
        owner: who sees to it; empty: the user.
        pay: the part of each that is payable all the same, in paise before tax; None: our amount where they ask for
            more, else nothing.

    Raises:
        RefusedError: DISPUTED, ROW_NOT_FOUND.
        BadInputError: An unknown reason, or a part outside what the vendor asks.
    """
    session.require("vendor_bills.edit")
    if reason not in REASONS:
        raise BadInputError("BAD_REASON", f"A reason is one of {', '.join(REASONS)}.", where="--reason")
    with session.unit_of_work(name="disputes.raise") as uow:
        found = find_bill(uow, bill, client)
        ids = [new_id() for _ in rows]
        for dispute_id, row in zip(ids, rows, strict=True):
            uow.vendor_settling.raise_dispute(
                found.client_id, found.id, row, id=dispute_id, reason=reason, note=note, owner=owner, pay=pay
            )
        uow.commit()
    return Changes(DISPUTE_TABLES, frozenset(ids))


def list_disputes(
    session: Session, *, client: str | None = None, bill: str | None = None, open_only: bool = True
) -> list[Dispute]:
    """Disputes, oldest first."""
    with session.unit_of_work(name="disputes.list") as uow:
        owner = find_client(uow, client).id if client else None
        bill_id = find_bill(uow, bill, client).id if bill else None
        return uow.vendor_settling.disputes(owner, bill_id, open_only=open_only)


def open_dispute(session: Session, dispute: str) -> tuple[UUID, Dispute, list[Evidence]]:
    """(client, dispute, its files). Raises RefusedError UNKNOWN_DISPUTE."""
    with session.unit_of_work(name="disputes.show") as uow:
        client_id, found = _dispute(uow, dispute)
        return client_id, found, uow.vendor_settling.evidence(client_id, found.id)


def _dispute(uow: UnitOfWork, text: str) -> tuple[UUID, Dispute]:
    wanted = read_id(text)
    found = uow.vendor_settling.dispute(None, wanted) if wanted else None
    if found is None:
        raise RefusedError("UNKNOWN_DISPUTE", "There is no such dispute that you may see.", where="DISPUTE")
    return found


def attach_evidence(session: Session, dispute: str, path: Path) -> Changes:
    """Attach a file: .pdf, .png, .jpg, .xlsx, .csv or .txt that is what its name says, of at most 5 MB.

    Raises BadInputError: FILE_TOO_LARGE, FILE_TYPE; RefusedError TOO_MANY_FILES.
    """
    session.require("vendor_bills.edit")
    kind, content = read_evidence(path)
    with session.unit_of_work(name="disputes.attach") as uow:
        client_id, found = _dispute(uow, dispute)
        name = "".join(c for c in path.name if c.isprintable())[-200:]
        uow.vendor_settling.attach(client_id, found.id, new_id(), name, kind, content)
        uow.commit()
    return Changes(DISPUTE_TABLES, frozenset({found.id}))


def read_evidence(path: Path) -> tuple[str, bytes]:
    """(media type, content) of a file that may be attached."""
    known = _SIGNATURES.get(path.suffix.lower())
    if known is None:
        kinds = ", ".join(sorted(_SIGNATURES))
        raise BadInputError("FILE_TYPE", f"{path.name} cannot be attached; these can: {kinds}.", where=path.name)
    try:
        size = path.stat().st_size
        content = path.read_bytes() if 0 < size <= MOST_BYTES else b""
    except OSError:
        raise BadInputError("FILE_MISSING", f"{path.name} cannot be read.", where=path.name) from None
    if not content:
        raise BadInputError("FILE_TOO_LARGE", f"{path.name} is empty or larger than 5 MB.", where=path.name)
    kind, starts = known
    is_text = kind.startswith("text/") and b"\x00" not in content
    if not (is_text or any(content.startswith(start) for start in starts)):
        raise BadInputError("FILE_TYPE", f"{path.name} is not what its name says.", where=path.name)
    return kind, content


def save_evidence(session: Session, dispute: str, evidence_id: UUID, target: Path) -> Path:
    """Write an attached file to `target`; gives the path."""
    from billing.exchange.files import replacing

    with session.unit_of_work(name="disputes.file") as uow:
        client_id, _ = _dispute(uow, dispute)
        found = uow.vendor_settling.content(client_id, evidence_id)
    if found is None:
        raise RefusedError("UNKNOWN_FILE", "There is no such file.", where="FILE")
    with replacing(target) as temporary:
        temporary.write_bytes(found[1])
    return target


def resolve_dispute(
    session: Session, dispute: str, resolution: str | None, *, reason: str, amount: int | None = None
) -> Changes:
    """Settle a dispute: THEIRS, OURS, or SPLIT at `amount` (paise before tax); None opens it again.

    Raises:
        RefusedError: DISPUTE_STATE; MORE_THAN_AGREED when more was paid out already.
        BadInputError: BAD_RESOLUTION; a split that lies not between both amounts; no reason.
        ConflictError: Somebody else changed it meanwhile.
    """
    session.require("vendor_bills.edit")
    if resolution is not None and resolution not in RESOLUTIONS:
        raise BadInputError("BAD_RESOLUTION", f"It is {', '.join(RESOLUTIONS)}.", where="--as")
    with session.unit_of_work(name="disputes.resolve") as uow:
        client_id, found = _dispute(uow, dispute)
        uow.vendor_settling.resolve(client_id, found, resolution, amount, reason)
        uow.commit()
    return Changes(DISPUTE_TABLES, frozenset({found.id}))


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
    payable = uow.vendor_settling.payable(bill.client_id, bill.id, paid_on)
    rounding = uow.client_settings.get(bill.client_id, "vendor_bill.tds_rounding", ROUNDINGS[0])
    return PayoutView(
        bill,
        payable,
        propose(
            bill.id,
            payable,
            rate,
            paid_on,
            rounding,
        ),
        tuple(uow.vendor_settling.payouts(bill.client_id, bill.id)),
        uow.vendor_settling.payee(bill.client_id, bill.vendor_id),
        status,
    )


def pay_out(
    session: Session, bill: str, *, client: str | None = None, day: date | None = None, payout_id: UUID | None = None
) -> PaidOut:
    """Record the payout of all that is agreed and not paid yet. The same `payout_id` again does nothing.

    Raises RefusedError: NOTHING_PAYABLE, MORE_THAN_AGREED (somebody was faster), NO_TDS_RATE.
    """
    session.require("payouts.make")
    with session.unit_of_work(name="payouts.make") as uow:
        found = find_bill(uow, bill, client)
        made = replace(_payout_view(uow, found, day).proposal, id=payout_id or new_id(), status="MADE")
        names = ("id", "paid_on", "amount", "tax", "tds_base", "tds_milli", "tds", "tds_reason", "net")
        uow.vendor_settling.pay_out(found.client_id, {name: getattr(made, name) for name in names}, found.id)
        uow.commit()
    assert made.id is not None
    return PaidOut(made, Changes(PAYOUT_TABLES, frozenset({made.id})))


def reverse_payout(session: Session, bill: str, payout: str, *, reason: str, client: str | None = None) -> Changes:
    """Reverse a payout with a reason; its figures stay. Raises RefusedError UNKNOWN_PAYOUT, REVERSED."""
    session.require("payouts.make")
    wanted = read_id(payout)
    if wanted is None:
        raise RefusedError("UNKNOWN_PAYOUT", "There is no such payout.", where="PAYOUT")
    with session.unit_of_work(name="payouts.reverse") as uow:
        found = find_bill(uow, bill, client)
        uow.vendor_settling.reverse_payout(found.client_id, wanted, reason)
        uow.commit()
    return Changes(PAYOUT_TABLES, frozenset({wanted}))


def save_payee(session: Session, *, client: str, vendor: str, payee: Payee) -> Changes:
    """Set a vendor's bank account. Raises BadInputError for an account number or IFSC that cannot be right."""
    session.require("payouts.make")
    clean = Payee(payee.beneficiary.strip(), _plain(payee.account_no), _plain(payee.ifsc))
    if not clean.beneficiary or not (6 <= len(clean.account_no) <= 34 and clean.account_no.isalnum()):
        raise BadInputError("BAD_ACCOUNT", "An account has a beneficiary and a number of 6 to 34 letters and digits.")
    if len(clean.ifsc) != 11 or not clean.ifsc[:4].isalpha() or clean.ifsc[4] != "0" or not clean.ifsc.isalnum():
        raise BadInputError("BAD_IFSC", "An IFSC has four letters, a zero and six letters or digits.", where="ifsc")
    with session.unit_of_work(name="payouts.payee") as uow:
        owner = find_client(uow, client)
        link = find_link(uow, owner, vendor)
        uow.vendor_settling.save_payee(owner.id, link.vendor_id, clean)
        uow.commit()
    return Changes(frozenset({"vendor_payees"}), frozenset({link.vendor_id}))


def _plain(text: str) -> str:
    return "".join(text.split()).replace("-", "").upper()


def statement_lines(view: PayoutView, payout: Payout | None = None) -> list[tuple[str, int]]:
    """The payout statement: from what the vendor billed to what is paid, each a name and paise."""
    bill, payable, shown = view.bill, view.payable, payout or view.proposal
    earlier = payable.paid_amount - (shown.amount if payout is not None and payout.status == "MADE" else 0)
    found = [
        ("Billed by the vendor, before tax", bill.amount),
        ("Not agreed yet", -payable.withheld),
        ("Settled against the vendor (debit memo)", -payable.settled_against),
        ("Agreed, before tax", payable.amount),
        ("Paid before", -earlier),
        ("This payout, before tax", shown.amount),
        ("GST on it", shown.tax),
        (_tds_words(shown), -shown.tds),
        ("Net payable", shown.net),
    ]
    always = {"Billed by the vendor, before tax", "Agreed, before tax", "This payout, before tax", "Net payable"}
    return [line for line in found if line[1] or line[0] in always]


def _tds_words(payout: Payout) -> str:
    percent = f"{Decimal(payout.tds_milli).scaleb(-3).normalize():f}"
    return f"TDS {percent} % on {format_inr(payout.tds_base)}" if payout.tds_base else "TDS"


def write_bank_file(session: Session, bill: str, target: Path, *, client: str | None = None) -> Path:
    """The made payouts of a bill as the bank's upload wants them (CSV); gives the path.

    Raises RefusedError: NO_PAYOUT; NO_PAYEE where the vendor's account is not known.
    """
    from billing.exchange.bank_file import write_bank_csv

    session.require("payouts.make")
    with session.unit_of_work(name="payouts.bank") as uow:
        found = find_bill(uow, bill, client)
        payouts = [p for p in uow.vendor_settling.payouts(found.client_id, found.id) if p.status == "MADE" and p.net]
        payee = uow.vendor_settling.payee(found.client_id, found.vendor_id)
    if not payouts:
        raise RefusedError("NO_PAYOUT", "No payout was made on this bill yet.", where="BILL")
    if payee is None:
        raise RefusedError(
            "NO_PAYEE", f"The bank account of {found.vendor_name} is not known.", where="payee",
            hint="Enter beneficiary, account number and IFSC first.",
        )  # fmt: skip
    return write_bank_csv(target, payee, [(found.number or found.file_name, payout) for payout in payouts])
