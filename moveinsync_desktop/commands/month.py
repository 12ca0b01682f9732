"""`moveinsync month`: close a month, open it again, see what is late for it, ask for two people; a client's terms."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from billing.counting import plural
from moveinsync_desktop.commands.bill_output import read_month
from moveinsync_desktop.commands.listing import print_json, print_rows

if TYPE_CHECKING:
    from billing.schemas.openings import BillingPeriod
    from billing.store.session import Session

_CONTROLS = ("approval", "issuer_may_not_void", "review_odd_trips")
_TERMS = ("due_days", "bill_tolerance (rupees)", "bill_window (minutes)", "tds_rounding")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-commands."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listed = actions.add_parser("list", help="months that were closed, newest first")
    closed = actions.add_parser("close", help="end a month: trips that come later are late for it")
    opened = actions.add_parser("reopen", help="open a closed month again, with a reason (super admin)")
    opened.add_argument("--reason", required=True)
    late = actions.add_parser("late", help="trips of a closed or invoiced month that are on no bill")
    controls = actions.add_parser("controls", help="what asks for two people; switch with --set (super admin)")
    controls.add_argument("--set", action="append", default=[], metavar="NAME=on|off", help=", ".join(_CONTROLS))
    terms = actions.add_parser("terms", help="due days and how vendors' bills are compared; change with --set")
    terms.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help=", ".join(_TERMS))
    for action in (closed, opened, late):
        action.add_argument("--month", required=True, metavar="YYYY-MM")
    for action in (listed, closed, opened, late, controls, terms):
        action.add_argument("--client", help="code or id")
        action.add_argument("--json", action="store_true", help="machine-readable output")


def run(args: argparse.Namespace) -> int:
    """Do it; gives the exit status."""
    from billing.services.workspace import session_from_args

    actions = {
        "list": _list, "close": _close, "reopen": _reopen, "late": _late, "controls": _controls, "terms": _terms,
    }  # fmt: skip
    with session_from_args(args) as session:
        return actions[args.action](session, args)


def _period(one: BillingPeriod) -> dict[str, Any]:
    return {
        "month": f"{one.month:%Y-%m}",
        "closed": one.is_closed,
        "closed_at": one.closed_at,
        "reopened_at": one.reopened_at,
        "reason": one.reason,
        "late": one.late,
    }


def _list(session: Session, args: argparse.Namespace) -> int:
    from billing.services.periods import list_periods

    rows = [_period(one) for one in list_periods(session, client=args.client)]
    if args.json:
        print_json(rows)
    else:
        print_rows(rows, ("month", "closed", "closed_at", "late", "reason"), "No month was closed yet.")
    return 0


def _close(session: Session, args: argparse.Namespace) -> int:
    from billing.services.periods import close_month

    result = close_month(session, month=read_month(args.month), client=args.client)
    return _told(args, result.state, result.period)


def _reopen(session: Session, args: argparse.Namespace) -> int:
    from billing.services.periods import reopen_month

    result = reopen_month(session, month=read_month(args.month), reason=args.reason, client=args.client)
    return _told(args, result.state, result.period)


def _told(args: argparse.Namespace, state: str, period: BillingPeriod) -> int:
    if args.json:
        print_json({"state": state, **_period(period)})
    else:
        late = f", late for it: {plural(period.late, 'trip')}" if period.late else ""
        sys.stdout.write(f"{period.month:%B %Y}: {state}{late}.\n")
    return 0


def _late(session: Session, args: argparse.Namespace) -> int:
    from billing.services.settle import late_trips

    rows = [
        {
            "trip_id": trip.ref,
            "start": trip.start,
            "distance_m": trip.distance_m,
            "vendor": trip.vendor_name,
            "contract": trip.contract_name,
            "state": trip.state,
        }
        for trip in late_trips(session, month=read_month(args.month), client=args.client)
    ]
    if args.json:
        print_json(rows)
    else:
        print_rows(rows, ("trip_id", "start", "distance_m", "vendor", "contract", "state"), "No trip is late.")
    return 0


def _controls(session: Session, args: argparse.Namespace) -> int:
    from billing.errors import BadInputError
    from billing.services.periods import CONTROLS, read_controls, set_control

    for text in args.set:
        name, _, value = text.partition("=")
        if value not in ("on", "off"):
            raise BadInputError("BAD_INPUT", f"A control is set by NAME=on or NAME=off, not {text}.", where="--set")
        set_control(session, key=name, on=value == "on", client=args.client)
    found = read_controls(session, client=args.client)
    if args.json:
        print_json(found)
    else:
        for key, on in found.items():
            sys.stdout.write(f"{'on ' if on else 'off'}  {key:<22} {CONTROLS[key]}\n")
    return 0


def _terms(session: Session, args: argparse.Namespace) -> int:
    from billing.money import plain
    from billing.services.client_terms import TERMS, read_terms, set_terms

    if args.set:
        typed = dict(text.partition("=")[::2] for text in args.set)
        set_terms(session, values={name: _term(name, value) for name, value in typed.items()}, client=args.client)
    found = {
        name: plain(int(value)) if TERMS[name].unit == "paise" else value
        for name, value in read_terms(session, client=args.client).items()
    }
    if args.json:
        print_json(found)
    else:
        for name, value in found.items():
            unit = "rupees" if TERMS[name].unit == "paise" else TERMS[name].unit
            sys.stdout.write(f"{name:<16} {value} {unit}".rstrip() + f": {TERMS[name].words}, {TERMS[name].hint}\n")
    return 0


def _term(name: str, value: str) -> int | str:
    """A term as it is stored: rupees become paise; the service refuses what is no value of it."""
    from billing.money import parse_amount
    from billing.services.client_terms import TERMS

    if name in TERMS and TERMS[name].unit == "paise":
        try:
            return parse_amount(value)
        except ValueError:
            return value
    return int(value) if value.isascii() and value.isdigit() else value
