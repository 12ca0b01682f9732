"""What `moveinsync trips` does with stored trips: decide, undo, list imports, price one trip."""

from __future__ import annotations

import argparse
import json
from typing import TYPE_CHECKING, Any

from billing.counting import plural
from billing.money import group_indian

if TYPE_CHECKING:
    from billing.services.trip_changes import ChangedTrip
    from billing.services.trip_price import TripPrice
    from billing.store.session import Session


def bill(session: Session, args: argparse.Namespace) -> int:
    """`trips bill`: base cost, tax, total and the lines of one stored trip, as it would be rated now."""
    from billing.services.trip_price import price_trip

    carpool = None if args.carpool is None else args.carpool == "yes"
    price = price_trip(session, trip=args.trip, client=args.client, carpool=carpool)
    if args.json:
        _say(json.dumps(_price(price, explain=args.explain), ensure_ascii=False))
        return 0
    from billing.money import format_inr

    _say(f"{price.trip.external_ref}  {price.contract_name}, version {price.version} ({price.billing_model})")
    for code, amount in price.lines.items():
        _say(f"  {code:18} {format_inr(amount):>14}")
        if args.explain:
            for item in price.explanations.get(code, ()):
                _say(f"    {item.text}")
    totals = {
        "base_cost": price.base_cost, "tax_amount": price.tax_amount, "non_taxable": price.non_taxable,
        "employee_incentive": price.employee_incentive, "total_cost": price.total_cost,
    }  # fmt: skip
    for name, amount in totals.items():
        _say(f"  {name:18} {format_inr(amount):>14}")
    return 0


def _price(price: TripPrice, *, explain: bool) -> dict[str, Any]:
    from billing.money import plain

    found: dict[str, Any] = {
        "trip_id": str(price.trip.id), "external_ref": price.trip.external_ref, "contract": price.contract_name,
        "contract_id": str(price.contract_id), "version": price.version, "billing_model": price.billing_model,
        "is_carpool": price.is_carpool, "base_cost": plain(price.base_cost), "tax_amount": plain(price.tax_amount),
        "non_taxable": plain(price.non_taxable), "employee_incentive": plain(price.employee_incentive),
        "total_cost": plain(price.total_cost),
        "breakdown": {code: plain(amount) for code, amount in price.lines.items()},
    }  # fmt: skip
    if explain:
        from billing.rating.bundle import told

        found["explain"] = {code: [told(item) for item in items] for code, items in price.explanations.items()}
    return found


def odd(session: Session, args: argparse.Namespace) -> int:
    """`trips odd`: what somebody should look at before the month is billed."""
    from billing.services.trip_quality import find_oddities
    from moveinsync_desktop.commands.bill_output import read_month

    groups = find_oddities(session, month=read_month(args.month), client=args.client, vendor=args.vendor)
    if args.json:
        found = [
            {"kind": group.kind, "count": group.count, "trips": [_oddity(trip) for trip in group.trips]}
            for group in groups
        ]
        _say(json.dumps(found, ensure_ascii=False))
        return 0
    for group in groups:
        _say(f"{group_indian(group.count):>8}  {group.title}")
        for trip in group.trips[:10]:
            _say(f"          {trip.external_ref}  {trip.vendor_code}  {trip.text}")
    return 0


def _oddity(trip: Any) -> dict[str, Any]:
    return {
        "trip_id": str(trip.trip_id), "external_ref": trip.external_ref, "vendor": trip.vendor_code,
        "vehicle_no": trip.vehicle_no, "start": trip.start_time.isoformat(), "distance_m": trip.distance_m,
        "other": trip.other_ref, "usual_m": trip.usual_m, "held": trip.is_held, "text": trip.text,
    }  # fmt: skip


def inbox(session: Session, args: argparse.Namespace) -> int:
    """`trips inbox`: submissions that wait; `trips accept|reject --batch` decides."""
    from billing.services.trip_inbox import list_submissions

    found = list_submissions(session, client=args.client)
    if args.json:
        _say(json.dumps([_submission(one) for one in found], ensure_ascii=False))
        return 0
    for one in found:
        name = one.file_name or "typed one by one"
        trips = f"{plural(one.trips, 'trip'):>15}"
        _say(f"{one.batch_id or '-'!s:36}  {one.client_code}  {one.vendor_code}  {trips}  {name}")
    return 0


def _submission(one: Any) -> dict[str, Any]:
    return {
        "batch_id": str(one.batch_id) if one.batch_id else None, "client": one.client_code, "vendor": one.vendor_code,
        "file_name": one.file_name, "sent_at": one.sent_at.isoformat(), "trips": one.trips,
        "distance_m": one.distance_m, "first": one.first.isoformat(), "last": one.last.isoformat(),
    }  # fmt: skip


def let_pass(session: Session, args: argparse.Namespace) -> int:
    """`trips pass`: these trips are not listed again for that oddity."""
    from billing.services.trip_quality import review_trips

    result = review_trips(session, args.kind, args.trips, reason=args.reason, client=args.client)
    if args.json:
        _say(json.dumps({"kind": args.kind, "changed": result.changed, "unchanged": result.unchanged}))
    else:
        _say(f"{plural(result.changed, 'trip')} may pass, {group_indian(result.unchanged)} might already.")
    return 0


def decide(session: Session, args: argparse.Namespace) -> int:
    """hold, release, accept, reject, assign."""
    from billing.services.trip_decisions import decide_trips, reassign_trips

    if args.action == "assign" and not args.trips and not args.batch:
        result = reassign_trips(session, client=args.client, vendor=args.vendor)
    else:
        result = decide_trips(
            session, args.action.upper(), args.trips, client=args.client, vendor=args.vendor, batch=args.batch,
            reason=args.reason, contract=getattr(args, "contract", None),
        )  # fmt: skip
    if args.json:
        _say(json.dumps({"action": result.action, "changed": result.changed, "unchanged": result.unchanged}))
    else:
        already = f", {group_indian(result.unchanged)} were so already" if result.unchanged else ""
        _say(f"{args.action}: {plural(result.changed, 'trip')} changed{already}")
    return 0


def correct(session: Session, args: argparse.Namespace) -> int:
    """`trips correct`: fields of one trip."""
    from billing.services.trip_changes import correct_trip

    result = correct_trip(session, args.trip, _typed(args.fields), reason=args.reason, client=args.client)
    if not result.changed:
        words = f"{result.trip.external_ref} is so already."
    elif result.is_superseded:
        words = f"{result.trip.external_ref} was corrected; what was invoiced is settled by a note."
    else:
        words = f"{result.trip.external_ref} was corrected."
    _say(_told(result) if args.json else words)
    return 0


def withdraw(session: Session, args: argparse.Namespace) -> int:
    """`trips withdraw`: an invoiced trip that never ran."""
    from billing.services.corrections import withdraw_trip

    withdraw_trip(session, args.trip, reason=args.reason, client=args.client)
    words = f"{args.trip} was taken back; what was invoiced is settled by a note."
    _say(json.dumps({"trip": args.trip, "state": "withdrawn"}) if args.json else words)
    return 0


def add(session: Session, args: argparse.Namespace) -> int:
    """`trips add`: one typed trip."""
    from billing.services.trip_changes import add_trip

    result = add_trip(session, _typed(args.fields), vendor=args.vendor, client=args.client)
    _say(_told(result) if args.json else f"{result.trip.external_ref} was stored.")
    return 0


def _typed(pairs: list[str]) -> dict[str, str]:
    from billing.errors import BadInputError

    found = dict[str, str]()
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name.strip():
            raise BadInputError("BAD_FIELD", f'"{pair}" is not FIELD=VALUE.', where=pair)
        found[name.strip()] = value
    return found


def _told(result: ChangedTrip) -> str:
    trip = result.trip
    found = {
        "trip_id": str(trip.id), "external_ref": trip.external_ref, "changed": list(result.changed),
        "superseded": result.is_superseded, "status": trip.status, "acceptance": trip.acceptance, "rev": trip.rev,
        "start": trip.start_time.isoformat(), "end": trip.end_time.isoformat(), "distance_m": trip.distance_m,
        "contract_id": str(trip.contract_id) if trip.contract_id else None, "exception": trip.exception,
    }  # fmt: skip
    return json.dumps(found, ensure_ascii=False)


def undo(session: Session, args: argparse.Namespace) -> int:
    """`trips undo`."""
    from billing.services.trip_decisions import undo_import

    result = undo_import(session, args.identity)
    if args.json:
        batches = [str(batch.id) for batch in result.batches]
        _say(json.dumps({"undone": batches, "trips": result.trips}))
    else:
        taken = f"{plural(result.trips, 'trip')} of {plural(len(result.batches), 'import')}"
        _say(f"Taken back: {taken}; the ids are free again.")
    return 0


def imports(session: Session, args: argparse.Namespace) -> int:
    """`trips imports`."""
    from billing.services.trip_decisions import list_imports

    batches = list_imports(session, client=args.client)
    if args.json:
        _say(json.dumps([_batch(batch) for batch in batches], ensure_ascii=False))
    else:
        for batch in batches:
            when = f"{batch.created_at:%Y-%m-%d %H:%M}"
            _say(f"{batch.id}  {when}  {batch.status:8}  {group_indian(batch.accepted):>8}  {batch.file_name}")
    return 0


def _batch(batch: Any) -> dict[str, Any]:
    names = ("file_name", "status", "rows_read", "accepted", "rejected", "duplicates", "distance_m")
    ids = {"batch_id": str(batch.id), "file_id": str(batch.file_id), "client_id": str(batch.client_id)}
    return {**ids, **{name: getattr(batch, name) for name in names}, "created_at": batch.created_at.isoformat()}


def _say(text: str) -> None:
    print(text)  # noqa: T201
