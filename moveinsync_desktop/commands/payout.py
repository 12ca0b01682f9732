"""`moveinsync payout`: every payout to vendors, its printed statement, the bank's reference, the bank's upload file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from billing.errors import BadInputError
from billing.invoicing.numbering import file_stem
from moveinsync_desktop.commands.listing import print_json, print_rows
from moveinsync_desktop.commands.typed import read_day
from moveinsync_desktop.commands.vendor_bill_output import payout_json

if TYPE_CHECKING:
    from billing.exchange.paper.memo import Memo
    from billing.schemas.vendor_bills import PayoutRow
    from billing.store.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-commands."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listed = actions.add_parser("list", help="payouts that were recorded, oldest first")
    listed.add_argument("--vendor", help="code or id")
    stated = actions.add_parser("statement", help="the payout statement as PDF or workbook")
    stated.add_argument("--payout", help="id or bank reference; without it what could be paid out now")
    add_paper_options(stated)
    named = actions.add_parser("reference", help="add the bank's reference (UTR) to a payout")
    named.add_argument("payout", metavar="PAYOUT", help="its id")
    named.add_argument("reference", metavar="UTR")
    bank = actions.add_parser("bank-file", help="payouts of all vendors on the days as the bank's upload (CSV)")
    bank.add_argument("--out", type=Path, required=True, metavar="FILE")
    for action in (stated, named):
        action.add_argument("--bill", required=True, help="id or number")
    for action in (listed, bank):
        action.add_argument("--from", dest="first", metavar="DATE", help="first day of payment")
        action.add_argument("--to", dest="last", metavar="DATE", help="last day, included")
    for action in (listed, stated, named, bank):
        action.add_argument("--client", help="code or id")
        action.add_argument("--json", action="store_true", help="machine-readable output")


def add_paper_options(parser: argparse.ArgumentParser) -> None:
    """Options of whatever writes a paper."""
    parser.add_argument("--format", default="pdf", metavar="FORMATS", help="pdf, xlsx, or both with a comma")
    parser.add_argument("--out", type=Path, default=Path(), help="folder or file (default: this folder)")


def run(args: argparse.Namespace) -> int:
    """Do it; gives the exit status."""
    from billing.services.workspace import session_from_args

    actions = {"list": _list, "statement": _statement, "reference": _reference, "bank-file": _bank_file}
    with session_from_args(args) as session:
        return actions[args.action](session, args)


def _list(session: Session, args: argparse.Namespace) -> int:
    from billing.services.payouts import list_payouts

    first, last = read_day(args.first, "--from"), read_day(args.last, "--to")
    found = list_payouts(session, client=args.client, vendor=args.vendor, first=first, last=last)
    rows = [row_json(one) for one in found]
    if args.json:
        print_json(rows)
    else:
        columns = ("id", "date", "vendor", "bill", "amount", "tax", "tds", "net", "reference", "status")
        print_rows(rows, columns, "No payout was made.")
    return 0


def row_json(row: PayoutRow) -> dict[str, Any]:
    """One payout with whose bill it paid."""
    return {**payout_json(row.payout), "vendor": row.vendor_code, "bill": row.bill_name}


def _statement(session: Session, args: argparse.Namespace) -> int:
    from billing.services.payouts import read_payout_memo

    memo = read_payout_memo(session, args.bill, args.payout, client=args.client)
    return print_files(write_papers(memo, args), args)


def write_papers(memo: Memo, args: argparse.Namespace) -> list[Path]:
    """The paper in the formats asked for, named by itself where a folder is given."""
    from billing.services.payouts import write_memo

    kinds = [kind.strip() for kind in args.format.split(",") if kind.strip()]
    wrong = next((kind for kind in kinds if kind not in ("pdf", "xlsx")), None)
    if wrong is not None or not kinds:
        raise BadInputError("UNKNOWN_FORMAT", "A paper is written as pdf, xlsx, or pdf,xlsx.", where="--format")
    stem = "".join(character for character in file_stem(memo.name) if character.isalnum() or character in " -_")
    named = args.out.suffix.lower() in (".pdf", ".xlsx") and len(kinds) == 1
    targets = [args.out if named else args.out / f"{stem}.{kind}" for kind in kinds]
    return [write_memo(target, memo, pdf=_pdf_writer(target)) for target in targets]


def _pdf_writer(target: Path) -> Any:
    if target.suffix.lower() != ".pdf":
        return None
    from moveinsync_desktop.printing import write_pdf

    return write_pdf


def print_files(files: list[Path], args: argparse.Namespace) -> int:
    """Tell which files were written."""
    if args.json:
        print_json({"files": [str(path) for path in files]})
    else:
        sys.stdout.write("".join(f"{path}\n" for path in files))
    return 0


def _reference(session: Session, args: argparse.Namespace) -> int:
    from billing.services.payouts import list_payouts, set_payout_reference

    done = set_payout_reference(session, args.bill, args.payout, args.reference, client=args.client)
    row = next(one for one in list_payouts(session, client=args.client) if one.payout.id in done.ids)
    if args.json:
        print_json(row_json(row))
    else:
        sys.stdout.write(f"The payout of {row.payout.paid_on:%d-%m-%Y} has the reference {row.payout.reference}.\n")
    return 0


def _bank_file(session: Session, args: argparse.Namespace) -> int:
    from billing.services.payouts import write_bank_file

    first, last = read_day(args.first, "--from"), read_day(args.last, "--to")
    return print_files([write_bank_file(session, None, args.out, client=args.client, first=first, last=last)], args)
