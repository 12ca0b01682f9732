"""A vendor's own bill compared with ours trip by trip: paired, explained, listed, compared again, undone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from billing.errors import RefusedError
from billing.invoicing.reconciliation import bucket_of, pair_up
from billing.money import half_up
from billing.schemas.changes import Changes
from billing.schemas.parties import Client
from billing.schemas.vendor_bills import BUCKETS, BillLine, BucketSum, OurLine, Pair, VendorBill
from billing.services.lookup import find_client
from billing.services.vendor_bill_causes import explain
from billing.services.vendor_bill_ours import OurSide, read_ours

if TYPE_CHECKING:
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork

SECONDS = 600
TABLES = frozenset({"vendor_bills", "vendor_bill_matches", "vendor_disputes"})
_NOTHING = OurLine("", 0, 0, 0, 0, "")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class BillView:
    """A bill with its comparison: buckets in their order, and how far the difference is explained."""

    bill: VendorBill
    buckets: tuple[BucketSum, ...]
    causes: tuple[Mapping[str, Any], ...]
    lines: tuple[BillLine, ...] = ()


def day_of(zone: ZoneInfo) -> Callable[[int], int]:
    """The local day of an instant in epoch microseconds, as a number."""
    return lambda at: (_EPOCH + timedelta(microseconds=at)).astimezone(zone).toordinal()


def compare(uow: UnitOfWork, owner: Client, vendor_id: UUID, bill_id: UUID, side: OurSide | None = None) -> None:
    """Pair, explain and store a bill's comparison with ours as it is now."""
    bill = uow.vendor_bills.find(owner.id, str(bill_id))[0]
    rows = uow.vendor_bills.their_rows(owner.id, bill_id)
    refs = sorted({row.ref for row in rows if row.ref})
    if side is None:
        side = read_ours(uow, owner, vendor_id, bill_id, bill.first_day, bill.last_day, refs)
    pairs = pair_up(rows, side.lines, window_s=bill.window_s, day_of=day_of(side.zone))
    with_tax = bill.basis == "WITH_TAX"
    pairs = explain(side, pairs, with_tax=with_tax)
    lone = [pair.their.ref for pair in pairs if pair.their and pair.our is None and pair.their.ref]
    before = uow.vendor_bills.billed_before(owner.id, vendor_id, bill_id, lone)
    pairs = [_lone(pair, before) for pair in pairs]
    usual = 0 if with_tax else _usual_percent(pairs)
    matches = [
        _match(place, pair, bucket_of(pair, with_tax=with_tax, tolerance=bill.tolerance), usual)
        for place, pair in enumerate(pairs, start=1)
    ]
    uow.vendor_bills.match(owner.id, bill_id, matches)
    uow.rows = len(matches)


def _lone(pair: Pair, before: Mapping[str, str]) -> Pair:
    """A row of theirs that has no trip: was it billed before, or do we not know it?"""
    if pair.their is None or pair.our is not None or pair.cause:
        return pair
    if pair.their.ref in before:
        words = f"The trip is on their bill {before[pair.their.ref]} already"
        return replace(pair, cause="BILLED_BEFORE", cause_text=words, explained=pair.their.amount)
    return replace(pair, cause="UNKNOWN", cause_text="We have no such trip of this vendor in these days")


def _usual_percent(pairs: Sequence[Pair]) -> int:
    """What most of the bill's trips are taxed at: what a row without a trip is, too, where no row says its tax."""
    known = Counter(_charged(pair.our) for pair in pairs if pair.their is not None and pair.our is not None)
    return max(known, key=lambda percent: (known[percent], percent)) if known else 0


def _match(place: int, pair: Pair, bucket: str, usual: int) -> dict[str, Any]:
    their, our = pair.their, pair.our
    side = our or _NOTHING
    name = our.ref if our else (their.ref or their.description or f"row {their.sheet_row}") if their else ""
    return {
        "place": place, "row_no": their.row_no if their else None, "trip_id": side.trip_id,
        "contract_id": side.contract_id, "code": side.code, "ref": name, "how": pair.how,
        "bucket": bucket, "theirs": their.amount if their else 0, "their_tax": their.tax if their else 0,
        "ours": side.amount, "our_tax": side.tax, "untaxed": side.untaxed,
        "tax_milli": _percent(pair, our, usual), "our_state": side.state, "cause": pair.cause,
        "cause_text": pair.cause_text, "explained": pair.explained, "members": side.members,
    }  # fmt: skip


def _percent(pair: Pair, our: OurLine | None, usual: int) -> int:
    """The percentage that we pay; of a row without a trip the one that its own tax comes to, else the bill's usual."""
    if our is not None:
        return _charged(our)
    their = pair.their
    return half_up(their.tax * 100_000, their.amount) if their and their.amount > 0 and their.tax > 0 else usual


def _charged(our: OurLine) -> int:
    """Our percentage; none under reverse charge, where the client owes the tax to the government, not to the vendor."""
    owed = half_up((our.amount - our.untaxed) * our.tax_milli, 100_000)
    return 0 if owed and not our.tax else our.tax_milli


def view_of(uow: UnitOfWork, client_id: UUID, bill_id: UUID, *, with_lines: bool) -> BillView:
    """A stored bill with its comparison."""
    bill = uow.vendor_bills.find(client_id, str(bill_id))[0]
    found = {one.bucket: one for one in uow.vendor_bills.buckets(client_id, bill_id)}
    buckets = tuple(found.get(name, BucketSum(name, 0, 0, 0, 0, 0)) for name in BUCKETS)
    lines = tuple(uow.vendor_bills.lines(client_id, bill_id)) if with_lines else ()
    return BillView(bill, buckets, tuple(uow.vendor_bills.causes(client_id, bill_id)), lines)


def find_bill(uow: UnitOfWork, text: str, client: str | None = None) -> VendorBill:
    """The bill of that id or number. Raises RefusedError UNKNOWN_BILL, AMBIGUOUS."""
    owner = find_client(uow, client) if client else None
    found = uow.vendor_bills.find(owner.id if owner else None, text)
    if len(found) > 1:
        raise RefusedError(
            "AMBIGUOUS", f"More than one vendor bill is called {text}.", where="BILL", hint="Give its id."
        )
    if not found:
        raise RefusedError("UNKNOWN_BILL", f"There is no vendor bill {text} that you may see.", where="BILL")
    return found[0]


def list_bills(session: Session, *, client: str | None = None, with_undone: bool = False) -> list[VendorBill]:
    """Vendors' bills, newest period first."""
    with session.unit_of_work(name="vendor_bills.list") as uow:
        owner = find_client(uow, client) if client else None
        return uow.vendor_bills.page(owner.id if owner else None, with_undone=with_undone)


def show_bill(session: Session, bill: str, *, client: str | None = None) -> BillView:
    """A bill with its buckets, causes and lines. Raises RefusedError UNKNOWN_BILL."""
    with session.unit_of_work(timeout_s=SECONDS, name="vendor_bills.show", snapshot=True) as uow:
        found = find_bill(uow, bill, client)
        return view_of(uow, found.client_id, found.id, with_lines=True)


def compare_again(session: Session, bill: str, *, client: str | None = None) -> Changes:
    """Compare a bill with ours as it is now; disputes keep what was decided. RefusedError BILL_PAID after a payout."""
    session.require("vendor_bills.edit")
    with session.unit_of_work(timeout_s=SECONDS, name="vendor_bills.match", snapshot=True) as uow:
        found = find_bill(uow, bill, client)
        owner = uow.clients.get(found.client_id)
        assert owner is not None
        compare(uow, owner, found.vendor_id, found.id)
        uow.commit()
    return Changes(TABLES, frozenset({found.id}))


def undo_bill(session: Session, bill: str, *, reason: str, client: str | None = None) -> Changes:
    """Take an import back, so that the file may come again. RefusedError BILL_PAID."""
    session.require("vendor_bills.edit")
    with session.unit_of_work(name="vendor_bills.undo") as uow:
        found = find_bill(uow, bill, client)
        uow.vendor_bills.undo(found.client_id, found.id, reason)
        uow.commit()
    return Changes(TABLES, frozenset({found.id}))
