"""The demo company's vendor sends its August bill: mostly as we have it, with the slips that such bills have.

Every amount that differs comes from the one rating function under another assumption, so that the comparison can
explain it; some rows are unknown to us, one trip stands there twice, and a payment of July is recorded.
"""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from billing.money import half_up, plain
from billing.schemas.ids import new_id
from billing.schemas.vendor_bills import OurLine, Pair, TheirRow
from billing.services.lookup import find_client
from billing.services.payments import list_open, record_payment
from billing.services.vendor_bill_causes import hypotheses
from billing.services.vendor_bill_import import BillChoices, import_bill
from billing.services.vendor_bill_ours import OurSide, read_ours
from billing.services.vendor_bills import show_bill
from billing.services.vendor_settling import raise_disputes

if TYPE_CHECKING:
    from billing.services.vendor_bill_ours import RatedMonth
    from billing.store.session import Session

VENDOR, FIRST, LAST = "VN001", date(2026, 8, 1), date(2026, 8, 31)
NUMBER = "BHC/08/0412"
HEADER = ("Duty Slip No", "Vehicle No", "Pickup Date Time", "Total KMs", "Amount", "GST")
EACH, EVERY = 9, 151
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SLIPS = ("KM", "NIGHT_BY_DAY", "CARPOOL", "FREE_KM", "ESCORT")


def load_vendor_bill(session: Session, client: str) -> None:
    """Import the bill, question two of its rows, record a payment."""
    with session.unit_of_work(timeout_s=600, name="demo.vendor_bill", snapshot=True) as uow:
        owner = find_client(uow, client)
        link = next(one for one in uow.client_vendors.find(client_id=owner.id) if one.code == VENDOR)
        side = read_ours(uow, owner, link.vendor_id, new_id(), FIRST, LAST, ())
        rows = list(_rows(side))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "Blue Heron August 2026.csv"
        with path.open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows([HEADER, *rows])
        choices = BillChoices(number=NUMBER, bill_date=date(2026, 9, 4))
        done = import_bill(session, path, vendor=VENDOR, client=client, choices=choices)
    if done.view is not None:
        lines = show_bill(session, str(done.view.bill.id)).lines
        odd = [line.row_no for line in lines if line.bucket in ("OVER", "ONLY_VENDOR") and line.row_no][:3:2]
        raise_disputes(session, str(done.view.bill.id), odd, reason="RATE", note="Ask for the duty slip")
    _pay(session, client)


def _pay(session: Session, client: str) -> None:
    """The first invoice is paid in part, with its tax withheld."""
    first = list_open(session, client=client, vendor=VENDOR)[0]
    record_payment(
        session, vendor=VENDOR, client=client, received_on=session.now().date(), amount=half_up(first.open_amount, 2),
        tds=half_up(first.total, 5900) * 100, invoices=[first.number], reference="UTR26080412",
    )  # fmt: skip


def _rows(side: OurSide) -> Iterator[tuple[str, ...]]:
    trips = [line for line in side.lines if line.trip_id is not None and line.state == "BILLED"]
    slips = _slips(side, trips)
    for place, line in enumerate(trips):
        amount, metres = slips.get(line.trip_id, (line.amount, line.distance_m)) if line.trip_id else (0, 0)
        if place % 700 == 350:
            continue  # the vendor forgot it
        tax = line.tax if amount == line.amount else half_up((amount - line.untaxed) * line.tax_milli, 100_000)
        yield _row(side, line, line.ref, metres, amount, tax)
        if place == 200:
            yield _row(side, line, line.ref, metres, amount, tax)  # and billed that one twice
    for number in range(3):
        yield _row(side, trips[number], f"BH2608-X{number + 1}", 14_000, 480_00, 24_00)
    for line in side.lines:
        if line.code is not None:
            yield (line.ref, "", "", "", plain(line.amount), plain(line.tax))


def _row(side: OurSide, line: OurLine, ref: str, metres: int, amount: int, tax: int) -> tuple[str, ...]:
    start = (_EPOCH + timedelta(microseconds=line.start)).astimezone(side.zone)
    km = f"{metres // 1000}.{metres % 1000:03d}"
    return (ref, line.vehicle_no, f"{start:%d-%m-%Y %H:%M}", km, plain(amount), plain(tax))


def _slips(side: OurSide, trips: Sequence[OurLine]) -> dict[UUID, tuple[int, int]]:
    """Some trips with what the vendor's amount and metres are under one assumption each."""
    found: dict[UUID, tuple[int, int]] = {}
    for contract_id in sorted({line.contract_id for line in trips if line.contract_id}):
        month = side.month(contract_id, FIRST)
        mine = [line for line in trips if line.contract_id == contract_id]
        if month is not None:
            found |= _of_contract(side, month, mine)
    return found


def _of_contract(side: OurSide, month: RatedMonth, trips: Sequence[OurLine]) -> dict[UUID, tuple[int, int]]:
    from billing.rating.period import rate_period

    longer = {line.trip_id: line.distance_m * 112 // 100 for line in trips[40::EVERY][:EACH]}
    pairs = [Pair(_their(line, longer[line.trip_id]), line, "ID") for line in trips if line.trip_id in longer]
    found: dict[UUID, tuple[int, int]] = {}
    for number, one in enumerate(hypotheses(side, month, pairs)):
        if one.code not in _SLIPS:
            continue
        rated = rate_period(one.given).trips
        amounts = rated.base + rated.non_taxable
        moved = 0
        for line in trips if one.code == "KM" else trips[17 * number :: 23]:
            if line.trip_id is None or line.trip_id not in month.place or line.trip_id in found or moved == EACH:
                continue
            amount = int(amounts[month.place[line.trip_id]])
            if amount > line.amount and (one.code != "KM" or line.trip_id in longer):
                metres = longer[line.trip_id] if one.code == "KM" else line.distance_m
                found[line.trip_id] = (amount, metres)
                moved += 1
    return found


def _their(line: OurLine, metres: int) -> TheirRow:
    return TheirRow(1, line.ref, line.vehicle_no, line.start, True, metres, line.amount, line.tax)
