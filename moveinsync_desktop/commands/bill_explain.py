"""A bill explained on the command line: its charges, the trips behind them, the lines of a trip with their rules."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from billing.counting import plural
from billing.money import format_inr, plain
from moveinsync_desktop.commands.listing import print_json

if TYPE_CHECKING:
    from billing.services.bill_explain import Charge, ExplainedBill, Reason, TripLines
    from billing.store.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The options of `invoice explain`."""
    parser.add_argument("invoice", metavar="INVOICE", help="id or number")
    parser.add_argument("--charge", metavar="CODE", help="only this charge, with the trips that it comes from")
    parser.add_argument("--trip", metavar="TRIP", help="the lines of one trip, by its sheet's id")
    parser.add_argument("--trips", action="store_true", help="the lines of every trip as well")
    parser.add_argument("--client", help="code or id")
    parser.add_argument("--json", action="store_true", help="machine-readable output")


def explain(session: Session, args: argparse.Namespace) -> int:
    """`invoice explain`: exit status 1 where the invoice no longer comes out as it was billed."""
    from billing.services.bill_explain import explain_invoice

    bill = explain_invoice(session, invoice=args.invoice, client=args.client)
    if args.trip:
        found = bill.trip(bill.row_of(args.trip))
        if args.json:
            print_json(trip_json(found))
        else:
            _tell_trip(found)
    elif args.json:
        print_json(bill_json(bill, charge=args.charge, trips=args.trips))
    else:
        _tell_bill(bill, args.charge, trips=args.trips)
    for words in bill.differences:
        sys.stderr.write(f"Comes out otherwise: {words}\n")
    return 1 if bill.differences else 0


def bill_json(bill: ExplainedBill, *, charge: str | None = None, trips: bool = False) -> dict[str, Any]:
    """A bill from its total down; `charge` limits it to a code and names its trips, `trips` adds every trip's lines."""
    wanted = [one for one in bill.charges if charge in (None, one.code)]
    made: dict[str, Any] = {
        "bill": bill.title,
        "charges": [_charge_json(bill, one, with_parts=charge is not None) for one in wanted],
        "totals": {name: plain(paise) for name, paise in bill.totals},
        "differences": list(bill.differences),
    }
    return made | ({"trips": trips_json(bill)} if trips else {})


def trips_json(bill: ExplainedBill) -> list[dict[str, Any]]:
    """Every trip of the bill with its lines and how they came about."""
    return [trip_json(bill.trip(row)) for row in range(bill.trips)]


def trip_json(trip: TripLines) -> dict[str, Any]:
    """One trip's lines as `rate --explain` prints them."""
    from billing.rating.bundle import told

    return {
        "trip_id": trip.ref,
        "start": trip.start.isoformat(),
        "version": trip.version,
        "lines": {code: plain(amount) for code, amount in trip.lines.items()},
        "base_cost": plain(trip.base_cost),
        "tax_amount": plain(trip.tax_amount),
        "non_taxable": plain(trip.non_taxable),
        "employee_incentive": plain(trip.employee_incentive),
        "explain": {code: [told(one) for one in found] for code, found in trip.explanations.items()},
    }


def _charge_json(bill: ExplainedBill, charge: Charge, *, with_parts: bool) -> dict[str, Any]:
    from billing.rating.bundle import told

    made: dict[str, Any] = {
        "code": charge.code,
        "source": charge.level.value,
        "description": charge.name,
        "taxable": charge.is_taxable,
        "tax_percent": f"{charge.percent_milli // 1000}.{charge.percent_milli % 1000:03d}".rstrip("0").rstrip("."),
        "count": charge.count,
        "amount": plain(charge.amount),
    }
    reasons = bill.reasons(charge)
    if reasons:
        made["explain"] = [told(one.explanation) | ({"slot": one.slot} if one.slot else {}) for one in reasons]
    if with_parts:
        made["trips"] = [{"trip_id": part.ref, "amount": plain(part.amount)} for part in bill.parts(charge)]
    return made


def _tell_bill(bill: ExplainedBill, code: str | None, *, trips: bool) -> None:
    _say(bill.title)
    for charge in bill.charges:
        if code not in (None, charge.code):
            continue
        count = f", {plural(charge.count, 'trip')}" if not bill.reasons(charge) else ""
        _say(f"  {charge.name + count:<56}{format_inr(charge.amount):>18}  {charge.code}")
        for reason in bill.reasons(charge):
            _say(f"      {_reason(reason)}")
        for part in bill.parts(charge) if code else ():
            _say(f"      {part.ref:<24}{format_inr(part.amount):>14}")
    for name, paise in bill.totals:
        _say(f"  {name:<56}{format_inr(paise):>18}")
    for row in range(bill.trips) if trips else ():
        _tell_trip(bill.trip(row))


def _tell_trip(trip: TripLines) -> None:
    _say(f"Trip {trip.ref}, version {trip.version}: {format_inr(trip.base_cost)} before tax")
    for code, amount in trip.lines.items():
        _say(f"  {code:<20}{format_inr(amount):>14}  {_reasons(trip.explanations.get(code, ()))}")


def _reason(reason: Reason) -> str:
    told = reason.explanation
    return f"{told.text}  [{told.key}, version {told.version}]" if told.key else f"{reason.name} {told.text}".strip()


def _reasons(found: Iterable[Any]) -> str:
    return "; ".join(f"{one.text}  [{one.key}]" if one.key else one.text for one in found)


def _say(text: str) -> None:
    sys.stdout.write(text.rstrip() + "\n")
