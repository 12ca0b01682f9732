"""Debit notes to vendors: which rows of a bill they take off, issued with a number, voided, written as paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from billing.errors import BadInputError, RefusedError
from billing.invoicing.numbering import SeriesTemplate
from billing.schemas.changes import Changes
from billing.schemas.debit_notes import DebitLine, DebitNote
from billing.schemas.ids import new_id
from billing.schemas.vendor_bills import BillLine, VendorBill
from billing.services.lookup import find_client
from billing.services.vendor_bills import find_bill
from billing.store.intents import Intent

if TYPE_CHECKING:
    from billing.exchange.paper.memo import Memo
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork

TABLES = frozenset({"vendor_debit_notes", "vendor_bills", "vendor_disputes"})
PREFIX_SETTING, PREFIX = "vendor_bill.debit_prefix", "DM"
SETTLED, OPEN, UNDISPUTED = "settled", "open", "undisputed"
KINDS = {
    SETTLED: "settled disputes that take something off",
    OPEN: "open disputes, settled at our amount with the note",
    UNDISPUTED: "rows that ask more than ours and were not questioned, settled at our amount with the note",
}
"""What a note can be about; everything but settled disputes is settled by issuing it."""


@dataclass(frozen=True, slots=True)
class Notable:
    """What of a bill a debit note could say: settled lines exactly, the rest by the difference before tax."""

    bill: VendorBill
    settled: tuple[DebitLine, ...]
    open_rows: tuple[BillLine, ...]
    undisputed_rows: tuple[BillLine, ...]
    next_prefix: str

    def rows(self, kind: str) -> int:
        """How many rows of the bill a kind has."""
        return len({SETTLED: self.settled, OPEN: self.open_rows, UNDISPUTED: self.undisputed_rows}[kind])

    def taken_off(self, kind: str) -> int:
        """Before tax."""
        if kind == SETTLED:
            return sum(line.amount for line in self.settled)
        rows = self.open_rows if kind == OPEN else self.undisputed_rows
        return sum(max(line.difference, 0) for line in rows)


@dataclass(frozen=True, slots=True)
class Issued:
    """A note just issued."""

    note: DebitNote
    changes: Changes


def read_notable(session: Session, bill: str, *, client: str | None = None) -> Notable:
    """What of a bill a debit note could say now."""
    session.require("vendor_bills.view")
    with session.unit_of_work(name="debit_notes.notable", snapshot=True) as uow:
        found = find_bill(uow, bill, client)
        return _notable(uow, found)


def _notable(uow: UnitOfWork, bill: VendorBill) -> Notable:
    over = [line for line in uow.vendor_bills.lines(bill.client_id, bill.id) if _asks_more(line)]
    return Notable(
        bill,
        tuple(uow.debit_notes.notable(bill.client_id, bill.id)),
        tuple(line for line in over if line.dispute_status == "OPEN"),
        tuple(line for line in over if line.dispute_status is None),
        uow.client_settings.get(bill.client_id, PREFIX_SETTING, PREFIX),
    )


def _asks_more(line: BillLine) -> bool:
    theirs, ours = (line.theirs or 0) + (line.their_tax or 0), (line.ours or 0) + (line.our_tax or 0)
    return line.row_no is not None and line.bucket in ("OVER", "ONLY_VENDOR") and theirs > ours and line.difference >= 0


def issue_debit_note(
    session: Session,
    bill: str,
    *,
    reason: str,
    kinds: Sequence[str] = (SETTLED,),
    rows: Sequence[int] | None = None,
    client: str | None = None,
    note_id: UUID | None = None,
) -> Issued:
    """Issue a debit note about what is over-billed; disputes that are not settled yet are settled with it.

    Args:
        reason: what the note is for; it is also why those disputes are settled so.
        kinds: which rows, some of KINDS.
        rows: only these rows of the bill, by their number; None: all of the kinds.
        note_id: made by the caller; the same one again gives the note that was issued.

    Raises:
        RefusedError: NOTHING_TO_NOTE, NOT_NOTABLE, MORE_THAN_AGREED where more was paid out already.
        BadInputError: no reason; BAD_KIND; a row that no note can be about.
    """
    session.require("vendor_bills.edit")
    if unknown := set(kinds) - set(KINDS):
        raise BadInputError("BAD_KIND", f"{sorted(unknown)[0]}: it is {', '.join(KINDS)}.", where="kinds")
    if not reason.strip():
        raise BadInputError("REASON_REQUIRED", "Say what the debit note is for.", where="reason")
    made = note_id or new_id()
    with session.unit_of_work(600, name="debit_notes.issue", intent=Intent("debit", "A debit note")) as uow:
        found = find_bill(uow, bill, client)
        if not uow.debit_notes.find(found.client_id, str(made)):
            work = _Issue(uow, found, reason.strip(), frozenset(kinds), None if rows is None else frozenset(rows))
            disputes = work.disputes()
            prefix = uow.client_settings.get(found.client_id, PREFIX_SETTING, PREFIX)
            uow.debit_notes.issue(found.client_id, found.id, made, disputes, reason.strip(), prefix)
        note = uow.debit_notes.find(found.client_id, str(made))[0]
        uow.commit()
    return Issued(note, Changes(TABLES, frozenset({made})))


class _Issue:
    """What is settled before a note is issued, in its transaction."""

    def __init__(
        self, uow: UnitOfWork, bill: VendorBill, reason: str, kinds: frozenset[str], rows: frozenset[int] | None
    ) -> None:
        self._uow, self._bill, self._reason, self._rows = uow, bill, reason, rows
        self._kinds, self._notable = kinds, _notable(uow, bill)

    def disputes(self) -> list[UUID]:
        """The disputes that the note is about, all settled."""
        chosen: dict[int, UUID] = {}
        if SETTLED in self._kinds:
            chosen |= {line.row_no: line.dispute_id for line in self._notable.settled if self._wants(line.row_no)}
        for kind, lines in ((OPEN, self._notable.open_rows), (UNDISPUTED, self._notable.undisputed_rows)):
            for line in lines if kind in self._kinds else ():
                if line.row_no is not None and self._wants(line.row_no):
                    chosen[line.row_no] = self._settle(line)
        missing = (self._rows or frozenset()) - set(chosen)
        if missing:
            raise BadInputError(
                "ROW_NOT_NOTABLE", f"Row {min(missing)} of the bill takes nothing off, or was not chosen by its kind.",
                where="--row",
            )  # fmt: skip
        return list(chosen.values())

    def _wants(self, row: int) -> bool:
        return self._rows is None or row in self._rows

    def _settle(self, line: BillLine) -> UUID:
        client, settling = self._bill.client_id, self._uow.vendor_settling
        dispute_id = line.dispute_id or new_id()
        if line.dispute_id is None:
            assert line.row_no is not None
            why = "NOT_DRIVEN" if line.bucket == "ONLY_VENDOR" else "TAX" if line.difference == 0 else "RATE"
            settling.raise_dispute(
                client, self._bill.id, line.row_no, id=dispute_id, reason=_reason_of(line, why),
                note=line.cause_text, owner="", pay=None,
            )  # fmt: skip
        found = settling.dispute(client, dispute_id)
        assert found is not None
        settling.resolve(client, found[1], "OURS", None, self._reason)
        return dispute_id


def _reason_of(line: BillLine, otherwise: str) -> str:
    """The dispute's reason by what was found out about the row."""
    if line.cause.startswith("KM"):
        return "DISTANCE"
    return {"REPEATED": "TWICE", "BILLED_BEFORE": "TWICE", "TAX": "TAX", "UNKNOWN": "NOT_DRIVEN"}.get(
        line.cause, otherwise
    )


def void_debit_note(session: Session, note: str, *, reason: str, client: str | None = None) -> Changes:
    """Void a note with a reason; its number stays used, its disputes stay settled and can be noted again."""
    session.require("vendor_bills.edit")
    with session.unit_of_work(name="debit_notes.void", intent=Intent("void_debit", f"Voiding {note}")) as uow:
        found = _find(uow, note, client)
        uow.debit_notes.void(found.client_id, found.id, reason)
        uow.commit()
    return Changes(TABLES, frozenset({found.id}))


def list_debit_notes(session: Session, *, client: str | None = None, bill: str | None = None) -> list[DebitNote]:
    """Notes, newest first; of one bill, if it is named."""
    session.require("vendor_bills.view")
    with session.unit_of_work(name="debit_notes.list") as uow:
        owner = find_client(uow, client).id if client else None
        bill_id = find_bill(uow, bill, client).id if bill else None
        return uow.debit_notes.page(owner, bill_id)


def open_debit_note(
    session: Session, note: str, *, client: str | None = None
) -> tuple[DebitNote, tuple[DebitLine, ...]]:
    """A note and its lines. Raises RefusedError UNKNOWN_NOTE, AMBIGUOUS."""
    session.require("vendor_bills.view")
    with session.unit_of_work(name="debit_notes.show") as uow:
        found = _find(uow, note, client)
        return found, tuple(uow.debit_notes.lines(found.client_id, found.id))


def _find(uow: UnitOfWork, text: str, client: str | None) -> DebitNote:
    owner = find_client(uow, client).id if client else None
    found = uow.debit_notes.find(owner, text)
    if len(found) > 1:
        words = f"More than one debit note is called {text}."
        raise RefusedError("AMBIGUOUS", words, where="NOTE", hint="Give its id.")
    if not found:
        raise RefusedError("UNKNOWN_NOTE", f"There is no debit note {text} that you may see.", where="NOTE")
    return found[0]


def set_debit_prefix(session: Session, prefix: str, *, client: str | None = None) -> Changes:
    """Set what numbers of debit notes begin with: 1 to 4 letters or digits; another prefix begins at 1 again.

    Raises BadInputError BAD_SERIES_PREFIX.
    """
    session.require("vendor_bills.edit")
    series = SeriesTemplate(prefix.strip().upper())
    with session.unit_of_work(name="debit_notes.prefix") as uow:
        owner = find_client(uow, client)
        uow.client_settings.set(owner.id, PREFIX_SETTING, series.prefix)
        uow.commit()
    return Changes(frozenset({"settings"}))


def read_note_memo(session: Session, note: str, *, client: str | None = None) -> Memo:
    """A debit note ready to be printed or written (billing.services.payouts.write_memo)."""
    from billing.exchange.paper.vendor_memos import debit_note_memo

    session.require("vendor_bills.view")
    with session.unit_of_work(name="debit_notes.paper") as uow:
        found = _find(uow, note, client)
        lines = uow.debit_notes.lines(found.client_id, found.id)
        owner = uow.clients.get(found.client_id)
    assert owner is not None
    return debit_note_memo(found, lines, ZoneInfo(owner.time_zone))
