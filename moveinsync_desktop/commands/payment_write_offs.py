"""The parts of `moveinsync payment` about what is not paid: written off, set off against a credit, reversed."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from billing.money import plain
from billing.schemas.payments import WRITE_OFFS
from moveinsync_desktop.commands.listing import print_json, print_rows
from moveinsync_desktop.commands.typed import read_amount

if TYPE_CHECKING:
    from billing.store.session import Session

Day = Callable[["Session", argparse.Namespace], date]


def add(actions: Any) -> list[argparse.ArgumentParser]:
    """Declare the sub-commands."""
    rest = actions.add_parser("write-off", help="let what is open of an invoice rest, with a reason")
    rest.add_argument("invoice", metavar="INVOICE", help="number or id")
    rest.add_argument("--why", choices=tuple(WRITE_OFFS), required=True)
    credit = actions.add_parser("set-off", help="let what an invoice was credited beyond its payment pay another")
    credit.add_argument("credited", metavar="CREDITED", help="the invoice whose credit is left: number or id")
    credit.add_argument("invoice", metavar="INVOICE", help="the invoice that it pays")
    for action in (rest, credit):
        action.add_argument("--amount", help="default: all of it")
        action.add_argument("--date", metavar="DATE", help="default: today")
        action.add_argument("--note", default="")
    listed = actions.add_parser("write-offs", help="what was written off or set off, newest first")
    undone = actions.add_parser("reverse-write-off", help="reverse one (of a set-off both sides); it stays on record")
    undone.add_argument("write_off", metavar="ID")
    undone.add_argument("--reason", required=True)
    return [rest, credit, listed, undone]


def write_off(session: Session, args: argparse.Namespace, day: Day) -> int:
    """Let what is open rest."""
    from billing.services.write_offs import write_off as record

    done = record(
        session, args.invoice, reason=args.why, written_on=day(session, args), note=args.note, client=args.client,
        amount=read_amount(args.amount, "--amount"),
    )  # fmt: skip
    return show(session, args, done.ids)


def set_off(session: Session, args: argparse.Namespace, day: Day) -> int:
    """Let a credit pay another invoice."""
    from billing.services.write_offs import set_off as record

    done = record(
        session, args.credited, args.invoice, written_on=day(session, args), note=args.note, client=args.client,
        amount=read_amount(args.amount, "--amount"),
    )  # fmt: skip
    return show(session, args, done.ids)


def reverse(session: Session, args: argparse.Namespace) -> int:
    """Reverse one."""
    from billing.services.write_offs import reverse_write_off

    done = reverse_write_off(session, args.write_off, reason=args.reason, client=args.client)
    return show(session, args, done.ids)


def show(session: Session, args: argparse.Namespace, ids: frozenset[UUID] | None = None) -> int:
    """List them; only these, where ids are given."""
    from billing.services.write_offs import list_write_offs

    rows = [
        {"id": one.id, "date": one.written_on, "invoice": one.number, "vendor": one.vendor_code,
         "amount": plain(one.amount), "reason": one.reason, "note": one.note, "recorded_by": one.recorded_by,
         "reverse_reason": one.reverse_reason}
        for one in list_write_offs(session, client=args.client) if ids is None or one.id in ids
    ]  # fmt: skip
    if args.json:
        print_json(rows)
    else:
        columns = ("id", "date", "invoice", "vendor", "amount", "reason", "note", "reverse_reason")
        print_rows(rows, columns, "Nothing was written off.")
    return 0
