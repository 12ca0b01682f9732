"""`moveinsync payment`: what is open, record, write off, set off and reverse, ageing, reminders."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from billing.money import format_inr, plain
from billing.schemas.payments import AGES, MODES, WRITE_OFFS
from moveinsync_desktop.commands import payment_write_offs
from moveinsync_desktop.commands.listing import print_json, print_rows
from moveinsync_desktop.commands.typed import read_amount, read_day

if TYPE_CHECKING:
    from billing.schemas.payments import OpenDocument, Receipt
    from billing.store.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-commands."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    opened = actions.add_parser("open", help="issued documents that are not paid, oldest due date first")
    opened.add_argument("--all", action="store_true", help="paid ones, too")
    listed = actions.add_parser("list", help="recorded payments, newest first")
    made = actions.add_parser("record", help="record a payment; without --invoice it pays the oldest first")
    made.add_argument("--amount", required=True)
    made.add_argument("--date", metavar="DATE", help="the day of the payment (default: today)")
    made.add_argument("--invoice", action="append", default=[], help="number or id; may be repeated")
    made.add_argument("--tds", default="0", help="tax withheld beside the payment")
    made.add_argument("--mode", choices=tuple(MODES), default="BANK")
    made.add_argument("--reference", default="", help="of the transfer")
    made.add_argument("--note", default="")
    made.add_argument("--short", choices=tuple(WRITE_OFFS), default="", help="write off what stays open, with why")
    spread = actions.add_parser("spread", help="spread what is left of a payment over open invoices")
    spread.add_argument("--invoice", action="append", default=[], help="number or id; may be repeated")
    reverse = actions.add_parser("reverse", help="reverse a payment; it stays on record")
    reverse.add_argument("--reason", required=True)
    aged = actions.add_parser("ageing", help="what is open by days after the due date")
    reminder = actions.add_parser("reminder", help="the text of a reminder for one vendor's open invoices")
    reminder.add_argument("--out", type=Path, metavar="FILE", help="write it as .txt, or as a mail draft (.eml)")
    rests = payment_write_offs.add(actions)
    for action in (aged, reminder):
        action.add_argument("--date", metavar="DATE", help="as of (default: today)")
    for action in (spread, reverse):
        action.add_argument("payment", metavar="PAYMENT", help="id or reference")
    for action, required in ((opened, False), (listed, False), (made, True), (reminder, True)):
        action.add_argument("--vendor", required=required, help="code or id")
    for action in (opened, listed, made, spread, reverse, aged, reminder, *rests):
        action.add_argument("--client", help="code or id")
        action.add_argument("--json", action="store_true", help="machine-readable output")


def run(args: argparse.Namespace) -> int:
    """Do it; gives the exit status."""
    from billing.services.workspace import session_from_args

    actions: dict[str, Callable[[Session, argparse.Namespace], int]] = {
        "open": _open, "list": _list, "record": _record, "spread": _spread, "reverse": _reverse, "ageing": _ageing,
        "reminder": _reminder, "write-offs": payment_write_offs.show, "reverse-write-off": payment_write_offs.reverse,
        "write-off": partial(payment_write_offs.write_off, day=_day),
        "set-off": partial(payment_write_offs.set_off, day=_day),
    }  # fmt: skip
    with session_from_args(args) as session:
        return actions[args.action](session, args)


def _day(session: Session, args: argparse.Namespace) -> date:
    """The date that was typed, else today in the client's zone."""
    text: str | None = getattr(args, "date", None)
    if text:
        return read_day(text, "--date")
    from billing.services.lookup import find_client

    with session.unit_of_work(name="payments.zone") as uow:
        zone = find_client(uow, args.client).time_zone
    return session.now().astimezone(ZoneInfo(zone)).date()


def document_json(one: OpenDocument, day: date) -> dict[str, Any]:
    """One open document."""
    names = ("total", "notes", "received", "tds", "written_off", "open_amount")
    money = {name: plain(getattr(one, name)) for name in names}
    return {
        "id": one.id, "number": one.number, "vendor": one.vendor_code, "contract": one.contract_name,
        "date": one.invoice_date, "due": one.due_date, "days_overdue": max(one.days_overdue(day), 0),
        "state": one.state(day), "opening": one.is_opening, **money,
    }  # fmt: skip


def receipt_json(one: Receipt) -> dict[str, Any]:
    """One payment with its lines."""
    return {
        "id": one.id, "date": one.received_on, "vendor": one.vendor_code, "amount": plain(one.amount), "mode": one.mode,
        "reference": one.reference, "note": one.note, "tds": plain(one.tds), "advance": plain(one.advance),
        "recorded_by": one.recorded_by, "reversed_at": one.reversed_at, "reverse_reason": one.reverse_reason,
        "lines": [{"invoice": x.number, "amount": plain(x.amount), "tds": plain(x.tds)} for x in one.lines],
    }  # fmt: skip


def _open(session: Session, args: argparse.Namespace) -> int:
    from billing.services.payments import list_open

    day = _day(session, args)
    found = list_open(session, client=args.client, vendor=args.vendor, with_paid=args.all)
    rows = [document_json(one, day) for one in found]
    if args.json:
        print_json(rows)
    else:
        columns = ("number", "vendor", "date", "due", "state", "total", "notes", "received", "tds", "open_amount")
        print_rows(rows, columns, "Nothing is open.")
    return 0


def _list(session: Session, args: argparse.Namespace) -> int:
    from billing.services.payments import list_receipts

    rows = [receipt_json(one) for one in list_receipts(session, client=args.client, vendor=args.vendor)]
    if args.json:
        print_json(rows)
    else:
        columns = ("id", "date", "vendor", "reference", "amount", "tds", "advance", "reverse_reason")
        print_rows(rows, columns, "No payments are recorded.")
    return 0


def _record(session: Session, args: argparse.Namespace) -> int:
    from billing.services.payments import record_payment

    done = record_payment(
        session, vendor=args.vendor, client=args.client, received_on=_day(session, args), short=args.short,
        amount=read_amount(args.amount, "--amount"), tds=read_amount(args.tds, "--tds"), invoices=args.invoice,
        mode=args.mode, reference=args.reference, note=args.note,
    )  # fmt: skip
    content = receipt_json(done.receipt)
    if args.json:
        print_json(content)
    else:
        for line in content["lines"]:
            sys.stdout.write(f"  {line['invoice']:<20}{line['amount']:>16}{line['tds']:>14} TDS\n")
        sys.stdout.write(f"Recorded as {content['id']}, advance {content['advance']}.\n")
    return 0


def _spread(session: Session, args: argparse.Namespace) -> int:
    from billing.services.payments import spread_advance

    spread_advance(session, args.payment, client=args.client, invoices=args.invoice)
    return _done(args, "spread", "The advance was spread.")


def _reverse(session: Session, args: argparse.Namespace) -> int:
    from billing.services.payments import reverse_payment

    reverse_payment(session, args.payment, reason=args.reason, client=args.client)
    return _done(args, "reversed", "The payment was reversed; its invoices are open again.")


def _done(args: argparse.Namespace, state: str, words: str) -> int:
    if args.json:
        print_json({"state": state})
    else:
        sys.stdout.write(f"{words}\n")
    return 0


def _ageing(session: Session, args: argparse.Namespace) -> int:
    from billing.services.payments import read_ageing

    found = read_ageing(session, client=args.client, day=_day(session, args))
    rows: list[dict[str, Any]] = [
        {"vendor": one.vendor_code, "name": one.vendor_name, "documents": one.documents}
        | {age.lower(): plain(one.ages[age]) for age in AGES}
        | {"open": plain(one.open_amount), "advance": plain(one.advance)}
        for one in found
    ]
    if args.json:
        print_json(rows)
    else:
        columns = ("vendor", "name", "documents", *(age.lower() for age in AGES), "open", "advance")
        print_rows(rows, columns, "Nothing is open.")
        sys.stdout.write(f"Open {format_inr(sum(one.open_amount for one in found))}\n" if found else "")
    return 0


def _reminder(session: Session, args: argparse.Namespace) -> int:
    from billing.services.lookup import find_client
    from billing.services.payments import list_open, reminder_text

    day = _day(session, args)
    documents = [one for one in list_open(session, client=args.client, vendor=args.vendor) if one.open_amount > 0]
    with session.unit_of_work(name="payments.client") as uow:
        owner = find_client(uow, args.client)
    text = reminder_text(documents, client_name=owner.name, day=day)
    files = []
    if args.out is not None:
        from billing.exchange.reminder_file import write_reminder

        files.append(str(write_reminder(args.out, text)))
    if args.json:
        print_json({"text": text, "files": files})
    elif files:
        sys.stdout.write(f"{files[0]}\n")
    else:
        sys.stdout.write(text + "\n")
    return 0
