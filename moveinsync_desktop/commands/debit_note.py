"""`moveinsync debit-note`: what settled disputes take off a vendor's bill, as a numbered paper of the client."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Any

from billing.money import format_inr, plain
from billing.services.debit_notes import KINDS, OPEN, SETTLED, UNDISPUTED
from moveinsync_desktop.commands.listing import print_json, print_rows
from moveinsync_desktop.commands.payout import add_paper_options, print_files, write_papers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from billing.schemas.debit_notes import DebitLine, DebitNote
    from billing.store.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-commands."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    preview = actions.add_parser("preview", help="what a debit note on a bill could say now")
    issued = actions.add_parser("issue", help="issue one about the settled disputes of a bill")
    issued.add_argument("--reason", required=True, help="what it is for")
    issued.add_argument("--open", action="store_true", help="settle open disputes at our amount with it")
    issued.add_argument("--over", action="store_true", help="and rows that ask more and were never questioned")
    issued.add_argument("--row", type=int, action="append", help="only this row of the bill; may be repeated")
    listed = actions.add_parser("list", help="debit notes, newest first")
    listed.add_argument("--bill", help="id or number")
    shown = actions.add_parser("show", help="one debit note, line by line")
    voided = actions.add_parser("void", help="void one; its number stays used")
    voided.add_argument("--reason", required=True)
    exported = actions.add_parser("export", help="write one as PDF or workbook")
    add_paper_options(exported)
    prefix = actions.add_parser("prefix", help="what the numbers begin with (default: DM)")
    prefix.add_argument("prefix", metavar="PREFIX", help="1 to 4 letters or digits")
    for action in (preview, issued):
        action.add_argument("bill", metavar="BILL", help="id or number")
    for action in (shown, voided, exported):
        action.add_argument("note", metavar="NOTE", help="number or id")
    for action in (preview, issued, listed, shown, voided, exported, prefix):
        action.add_argument("--client", help="code or id")
        action.add_argument("--json", action="store_true", help="machine-readable output")


def run(args: argparse.Namespace) -> int:
    """Do it; gives the exit status."""
    from billing.services.workspace import session_from_args

    actions = {
        "preview": _preview, "issue": _issue, "list": _list, "show": _show, "void": _void, "export": _export,
        "prefix": _prefix,
    }  # fmt: skip
    with session_from_args(args) as session:
        return actions[args.action](session, args)


def note_json(note: DebitNote, lines: Sequence[DebitLine] | None = None) -> dict[str, Any]:
    """One note; with its lines where they are given."""
    content: dict[str, Any] = {
        "id": note.id, "number": note.number, "date": note.note_date, "vendor": note.vendor_code,
        "bill": note.bill_name, "rows": note.lines, "amount": plain(note.amount), "tax": plain(note.tax),
        "total": plain(note.total), "reason": note.reason, "status": note.status, "issued_by": note.issued_by,
        "void_reason": note.void_reason,
    }  # fmt: skip
    return content if lines is None else {**content, "lines": [line_json(line) for line in lines]}


def line_json(line: DebitLine) -> dict[str, Any]:
    """One line: what was billed, agreed and taken off."""
    money = {name: plain(getattr(line, name)) for name in ("billed", "agreed", "amount", "tax", "total")}
    return {
        "row": line.row_no, "ref": line.ref, "dispute": line.dispute_id, "reason": line.reason, "why": line.words,
        **money,
    }  # fmt: skip


def _preview(session: Session, args: argparse.Namespace) -> int:
    from billing.services.debit_notes import read_notable

    found = read_notable(session, args.bill, client=args.client)
    rows = [{"kind": kind, "rows": found.rows(kind), "amount": plain(found.taken_off(kind))} for kind in KINDS]
    if args.json:
        print_json({"kinds": rows, "lines": [line_json(line) for line in found.settled]})
        return 0
    print_rows(rows, ("kind", "rows", "amount"), "")
    print_rows([line_json(line) for line in found.settled], _LINE_COLUMNS, "No settled dispute takes anything off.")
    return 0


_LINE_COLUMNS = ("row", "ref", "reason", "billed", "agreed", "amount", "tax")


def _issue(session: Session, args: argparse.Namespace) -> int:
    from billing.services.debit_notes import issue_debit_note, open_debit_note

    kinds = [SETTLED, *([OPEN] if args.open else []), *([UNDISPUTED] if args.over else [])]
    done = issue_debit_note(session, args.bill, reason=args.reason, kinds=kinds, rows=args.row, client=args.client)
    note, lines = open_debit_note(session, str(done.note.id), client=args.client)
    if args.json:
        print_json(note_json(note, lines))
    else:
        sys.stdout.write(f"{note.number}: {len(lines)} rows, {format_inr(note.total)} with GST.\n")
    return 0


def _list(session: Session, args: argparse.Namespace) -> int:
    from billing.services.debit_notes import list_debit_notes

    rows = [note_json(note) for note in list_debit_notes(session, client=args.client, bill=args.bill)]
    if args.json:
        print_json(rows)
    else:
        columns = ("number", "date", "vendor", "bill", "rows", "amount", "tax", "total", "status")
        print_rows(rows, columns, "No debit note was issued.")
    return 0


def _show(session: Session, args: argparse.Namespace) -> int:
    from billing.services.debit_notes import open_debit_note

    note, lines = open_debit_note(session, args.note, client=args.client)
    if args.json:
        print_json(note_json(note, lines))
    else:
        sys.stdout.write(f"{note.number} of {note.note_date:%d-%m-%Y}, {note.status.lower()}: {note.reason}\n")
        print_rows([line_json(line) for line in lines], _LINE_COLUMNS, "")
        sys.stdout.write(f"Before tax {format_inr(note.amount)}, GST {format_inr(note.tax)}\n")
    return 0


def _void(session: Session, args: argparse.Namespace) -> int:
    from billing.services.debit_notes import open_debit_note, void_debit_note

    void_debit_note(session, args.note, reason=args.reason, client=args.client)
    note, _ = open_debit_note(session, args.note, client=args.client)
    if args.json:
        print_json(note_json(note))
    else:
        sys.stdout.write(f"{note.number} is void.\n")
    return 0


def _export(session: Session, args: argparse.Namespace) -> int:
    from billing.services.debit_notes import read_note_memo

    return print_files(write_papers(read_note_memo(session, args.note, client=args.client), args), args)


def _prefix(session: Session, args: argparse.Namespace) -> int:
    from billing.services.debit_notes import set_debit_prefix

    set_debit_prefix(session, args.prefix, client=args.client)
    if args.json:
        print_json({"prefix": args.prefix.strip().upper()})
    else:
        sys.stdout.write(f"Debit notes are numbered {args.prefix.strip().upper()}/... from now on.\n")
    return 0
