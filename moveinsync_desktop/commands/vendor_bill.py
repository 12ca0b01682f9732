"""`moveinsync vendor-bill`: import a vendor's own bill, compare it with ours, settle disputes, pay out."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from billing.errors import BadInputError
from billing.money import format_inr
from billing.schemas.vendor_bills import BUCKET_WORDS, REASONS, RESOLUTIONS
from moveinsync_desktop.commands.bill_output import Meter
from moveinsync_desktop.commands.listing import print_json, print_rows
from moveinsync_desktop.commands.typed import read_amount, read_day
from moveinsync_desktop.commands.vendor_bill_output import (
    bill_json,
    dispute_json,
    line_json,
    payout_view_json,
    print_payout,
    print_view,
    view_json,
)

if TYPE_CHECKING:
    from billing.store.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-commands."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    made = _add_import(actions)
    listed = actions.add_parser("list", help="vendors' bills, newest period first")
    listed.add_argument("--undone", action="store_true", help="undone imports, too")
    shown = actions.add_parser("show", help="one bill: buckets, causes, lines")
    shown.add_argument("--bucket", choices=tuple(BUCKET_WORDS), help="lines of this bucket only")
    again = actions.add_parser("compare", help="compare again with our trips and bills as they are now")
    undone = actions.add_parser("undo", help="take an import back; the file may come again")
    disputed = actions.add_parser("dispute", help="question rows of theirs, or list disputes")
    disputed.add_argument("--row", type=int, action="append", default=[], help="row number (see show); may be repeated")
    disputed.add_argument("--why", choices=tuple(REASONS), help="the reason")
    disputed.add_argument("--note", default="")
    disputed.add_argument("--owner", default="", help="who sees to it (default: you)")
    disputed.add_argument("--pay", metavar="AMOUNT", help="what is payable all the same, before tax")
    disputed.add_argument("--attach", type=Path, action="append", default=[], metavar="FILE", help="evidence")
    settled = actions.add_parser("resolve", help="settle a dispute")
    settled.add_argument("dispute", metavar="DISPUTE", help="its id")
    settled.add_argument("--how", choices=(*RESOLUTIONS, "REOPEN"), required=True)
    settled.add_argument("--amount", help="of a split, before tax")
    paid = actions.add_parser("payout", help="what is payable now; with --make record it")
    paid.add_argument("--make", action="store_true", help="record the payout")
    paid.add_argument("--reference", default="", metavar="UTR", help="with --make: the bank's reference")
    paid.add_argument("--reverse", metavar="PAYOUT", help="reverse a payout")
    paid.add_argument("--date", metavar="DATE", help="the day of payment (default: today)")
    paid.add_argument("--bank-file", type=Path, metavar="FILE", help="write the made payouts as the bank's CSV")
    payee = actions.add_parser("payee", help="set a vendor's bank account")
    payee.add_argument("--vendor", required=True, help="code or id")
    for name in ("beneficiary", "account", "ifsc"):
        payee.add_argument(f"--{name}", required=True)
    for action in (shown, again, undone, paid):
        action.add_argument("bill", metavar="BILL", help="id or number")
    disputed.add_argument("bill", metavar="BILL", nargs="?", help="id or number")
    for action in (undone, settled):
        action.add_argument("--reason", required=True)
    paid.add_argument("--reason", default="")
    for action in (made, listed, shown, again, undone, disputed, settled, paid, payee):
        action.add_argument("--client", help="code or id")
        action.add_argument("--json", action="store_true", help="machine-readable output")


def _add_import(actions: Any) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = actions.add_parser("import", help="read a bill and compare it")
    made.add_argument("file", type=Path)
    made.add_argument("--vendor", required=True, help="code or id")
    made.add_argument("--map", action="append", default=[], metavar="FIELD=HEADER", help="name a column by hand; saved")
    made.add_argument("--number", help="the bill's number, where the file does not say it")
    for name, words in (("date", "of the bill"), ("from", "first day"), ("to", "last day, included")):
        made.add_argument(f"--{name}", dest=f"{name}_day", metavar="DATE", help=words)
    made.add_argument("--total", help="what the bill says it comes to")
    made.add_argument("--with-tax", action="store_true", help="its amounts have the tax in them")
    made.add_argument("--tolerance", metavar="AMOUNT", help="a trip (default: the client's setting, else 1.00)")
    made.add_argument("--window", type=int, metavar="MINUTES", help="between starts (default: the setting, else 30)")
    made.add_argument("--lenient", action="store_true", help="take the readable rows although others are refused")
    made.add_argument("--preview", action="store_true", help="compare, store nothing")
    return made


def run(args: argparse.Namespace) -> int:
    """Do it; gives the exit status."""
    from billing.services.workspace import session_from_args

    actions = {
        "import": _import, "list": _list, "show": _show, "compare": _compare, "undo": _undo, "dispute": _dispute,
        "resolve": _resolve, "payout": _payout, "payee": _payee,
    }  # fmt: skip
    with session_from_args(args) as session:
        return actions[args.action](session, args)


def _import(session: Session, args: argparse.Namespace) -> int:
    from billing.services.vendor_bill_import import BillChoices, import_bill

    pairs = [part.partition("=") for part in args.map]
    if any(not mark for _, mark, _ in pairs):
        raise BadInputError("BAD_MAPPING", "A column is named like trip_id=Duty Slip No.", where="--map")
    choices = BillChoices(
        mapping={name.strip(): header.strip() for name, _, header in pairs}, number=args.number,
        bill_date=read_day(args.date_day, "--date"), stated_total=read_amount(args.total, "--total"),
        first_day=read_day(args.from_day, "--from"), last_day=read_day(args.to_day, "--to"), with_tax=args.with_tax,
        tolerance=read_amount(args.tolerance, "--tolerance"), window_minutes=args.window, lenient=args.lenient,
    )  # fmt: skip
    meter = Meter()
    done = import_bill(
        session, args.file, vendor=args.vendor, client=args.client, choices=choices, preview=args.preview,
        progress=meter,
    )  # fmt: skip
    meter.done()
    rejected = [
        {"row": one.row, "sheet": one.sheet, "trip_id": one.trip_id, "column": one.column, "value": one.value,
         "code": one.code, "message": one.message}
        for one in done.rejected
    ]  # fmt: skip
    if args.json:
        shown = view_json(done.view) if done.view else None
        print_json({"written": done.written, "mapping": done.mapping, "rejected": rejected, "bill": shown})
    else:
        for one in done.rejected:
            sys.stderr.write(f"Row {one.row}: {one.message}\n")
        if done.view:
            print_view(done.view)
    return 0 if done.view is not None else 1


def _list(session: Session, args: argparse.Namespace) -> int:
    from billing.services.vendor_bills import list_bills

    rows = [bill_json(bill) for bill in list_bills(session, client=args.client, with_undone=args.undone)]
    if args.json:
        print_json(rows)
    else:
        for row in rows:
            row["number"] = row["number"] or row["id"]
        columns = ("number", "vendor", "period", "theirs", "ours", "difference", "open_disputes", "paid")
        print_rows(rows, columns, "There are no vendor bills.")
    return 0


def _show(session: Session, args: argparse.Namespace) -> int:
    from billing.services.vendor_bills import show_bill

    view = show_bill(session, args.bill, client=args.client)
    if args.json:
        print_json(view_json(view, args.bucket))
        return 0
    print_view(view)
    rows = [line_json(line) for line in view.lines if args.bucket in (None, line.bucket)]
    shown = [row for row in rows if args.bucket or row["bucket"] != "EXACT"]
    print_rows(shown, ("row", "ref", "bucket", "theirs", "ours", "pay", "dispute_status", "cause_text"), "All agree.")
    return 0


def _compare(session: Session, args: argparse.Namespace) -> int:
    from billing.services.vendor_bills import compare_again

    compare_again(session, args.bill, client=args.client)
    return _show(session, argparse.Namespace(**{**vars(args), "bucket": None}))


def _undo(session: Session, args: argparse.Namespace) -> int:
    from billing.services.vendor_bills import undo_bill

    undo_bill(session, args.bill, reason=args.reason, client=args.client)
    if args.json:
        print_json({"state": "undone"})
    else:
        sys.stdout.write("The import was undone; the file may come again.\n")
    return 0


def _dispute(session: Session, args: argparse.Namespace) -> int:
    from billing.services.vendor_settling import attach_evidence, list_disputes, raise_disputes, read_evidence

    if args.row:
        if not (args.bill and args.why):
            raise BadInputError("REASON_REQUIRED", "Say which bill, and --why.", where="--why")
        for path in args.attach:
            read_evidence(path)  # before anything is written
        raise_disputes(
            session, args.bill, args.row, reason=args.why, note=args.note, owner=args.owner,
            pay=read_amount(args.pay, "--pay"), client=args.client,
        )  # fmt: skip
    found = list_disputes(session, client=args.client, bill=args.bill, open_only=False)
    if args.row:
        found = [one for one in found if one.row_no in args.row]
        for one in found:
            for path in args.attach:
                attach_evidence(session, str(one.id), path)
    rows = [dispute_json(one) for one in found]
    if args.json:
        print_json(rows)
    else:
        columns = ("id", "bill", "row", "ref", "reason", "owner", "age_days", "status", "theirs", "ours", "payable")
        print_rows(rows, columns, "There are no disputes.")
    return 0


def _resolve(session: Session, args: argparse.Namespace) -> int:
    from billing.services.vendor_settling import open_dispute, resolve_dispute

    how = None if args.how == "REOPEN" else args.how
    amount = read_amount(args.amount, "--amount")
    resolve_dispute(session, args.dispute, how, reason=args.reason, amount=amount)
    _, one, _ = open_dispute(session, args.dispute)
    if args.json:
        print_json(dispute_json(one))
    else:
        words = RESOLUTIONS.get(one.resolution or "", "Open again")
        sys.stdout.write(f"{words}: {format_inr(one.pay_amount)} payable.\n")
    return 0


def _payout(session: Session, args: argparse.Namespace) -> int:
    from billing.services.payouts import pay_out, read_payout, reverse_payout, write_bank_file

    day = read_day(args.date, "--date")
    made = None
    if args.make:
        made = pay_out(session, args.bill, client=args.client, day=day, reference=args.reference).payout.id
    elif args.reverse:
        reverse_payout(session, args.bill, args.reverse, reason=args.reason, client=args.client)
    files = [str(write_bank_file(session, args.bill, args.bank_file, client=args.client))] if args.bank_file else []
    view = read_payout(session, args.bill, client=args.client, day=day)
    if args.json:
        print_json(payout_view_json(view, files))
    else:
        print_payout(view, next((one for one in view.payouts if one.id == made), None))
    return 0


def _payee(session: Session, args: argparse.Namespace) -> int:
    from billing.schemas.vendor_bills import Payee
    from billing.services.payouts import save_payee

    payee = Payee(args.beneficiary, args.account, args.ifsc)
    save_payee(session, client=args.client, vendor=args.vendor, payee=payee)
    if args.json:
        print_json({"state": "saved"})
    else:
        sys.stdout.write("The account was saved.\n")
    return 0
