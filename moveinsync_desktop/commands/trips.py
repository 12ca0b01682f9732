"""`moveinsync trips ...`: check and import trip sheets, decide about stored trips (DESIGN.md sections 6 and 8)."""

from __future__ import annotations

import argparse
from pathlib import Path

_DECISIONS = {
    "hold": "keep trips out of billing until released",
    "release": "let held trips be billed",
    "accept": "accept submitted trips for billing",
    "reject": "send submitted trips back with a reason",
    "cancel": "make trips cancelled ones, with a reason",
    "assign": "give trips a contract by hand; without trips: look again for every trip's contract",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The actions and their options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    check = actions.add_parser(
        "check", help="check files, with a user against the workspace, else alone; nothing is stored"
    )
    _file_arguments(check)
    load = actions.add_parser("import", help="check files against the workspace and store their trips")
    _file_arguments(load)
    load.add_argument("--save-mapping", metavar="NAME", help="save the columns as used under this name for the vendor")
    load.add_argument("--preview", action="store_true", help="show what would be stored, store nothing")
    for name, text in _DECISIONS.items():
        _decision_arguments(actions.add_parser(name, help=text), name)
    bill = actions.add_parser("bill", help="rate one stored trip now, at its place in its month")
    bill.add_argument("trip", metavar="TRIP_ID", help="id or external reference")
    bill.add_argument("--client", metavar="CODE")
    bill.add_argument("--carpool", choices=("yes", "no"), help="try it with the carpool mark switched")
    bill.add_argument("--explain", action="store_true", help="how each line came about")
    bill.add_argument("--json", action="store_true")
    odd = actions.add_parser("odd", help="odd trips of a month: overlaps, repeats, km far from usual, no escort")
    odd.add_argument("--client", metavar="CODE")
    odd.add_argument("--vendor", metavar="CODE")
    odd.add_argument("--month", required=True, metavar="YYYY-MM")
    odd.add_argument("--json", action="store_true")
    review = actions.add_parser("pass", help="let odd trips pass in one respect, with a reason")
    review.add_argument("trips", nargs="+", metavar="TRIP", help="id or external reference")
    review.add_argument("--kind", required=True, type=str.upper, help="OVERLAP, REPEATED, FAR_FROM_USUAL or NO_ESCORT")
    review.add_argument("--reason", required=True)
    review.add_argument("--client", metavar="CODE")
    review.add_argument("--json", action="store_true")
    _by_hand_arguments(actions)
    inbox = actions.add_parser("inbox", help="what vendors sent in and nobody has decided about, by sheet")
    inbox.add_argument("--client", metavar="CODE")
    inbox.add_argument("--json", action="store_true")
    undo = actions.add_parser("undo", help="take back an import, or all of a file, while none of it is billed")
    undo.add_argument("identity", metavar="BATCH_OR_FILE_ID")
    undo.add_argument("--json", action="store_true")
    listing = actions.add_parser("imports", help="the newest imports")
    listing.add_argument("--client", metavar="CODE")
    listing.add_argument("--json", action="store_true")


def _by_hand_arguments(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    words = "field and value as a trip sheet would have them, e.g. distance=12.4 start='01-10-2026 09:00'"
    correct = actions.add_parser("correct", help="correct fields of one trip; a billed one is settled by a note")
    correct.add_argument("trip", metavar="TRIP", help="id or external reference")
    correct.add_argument("fields", nargs="+", metavar="FIELD=VALUE", help=words)
    correct.add_argument("--reason", required=True)
    withdrawn = actions.add_parser("withdraw", help="take an invoiced trip back that never ran; settled by a note")
    withdrawn.add_argument("trip", metavar="TRIP", help="id or external reference")
    withdrawn.add_argument("--reason", required=True)
    add = actions.add_parser("add", help="store one trip that is typed here")
    add.add_argument("fields", nargs="+", metavar="FIELD=VALUE", help=words)
    add.add_argument("--vendor", metavar="CODE")
    for parser in (correct, withdrawn, add):
        parser.add_argument("--client", metavar="CODE")
        parser.add_argument("--json", action="store_true")


def _file_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
    parser.add_argument("--client", metavar="CODE", help="client of the whole file, where the file names none")
    parser.add_argument("--vendor", metavar="CODE", help="vendor of the whole file, where the file names none")
    parser.add_argument("--derive-ids", action="store_true", help="make trip ids from each row's own content")
    parser.add_argument("--distance-unit", choices=("km", "mile", "m"), help="unit, where the header names none")
    parser.add_argument(
        "--date-order", choices=("day_first", "month_first"), help="instead of what the dates themselves prove"
    )
    parser.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="FIELD=HEADER",
        help="take a field from this column (repeatable)",
    )
    parser.add_argument("--mapping", metavar="NAME", help="a column mapping saved for the vendor")
    parser.add_argument("--lenient", action="store_true", help="take the accepted rows although others are rejected")
    parser.add_argument("--create-parties", action="store_true", help="create clients and vendors named in the file")
    parser.add_argument(
        "--strict-names", action="store_true", help="reject rows whose cab or employee is not on record"
    )
    parser.add_argument("--timezone", metavar="ZONE", help="zone of wall-clock times (default: the client's)")
    parser.add_argument("--rejects", metavar="FILE", type=Path, help="write rejected rows and reasons to this .xlsx")
    parser.add_argument("--json", action="store_true", help="one JSON object a file on standard output")


def _decision_arguments(parser: argparse.ArgumentParser, name: str) -> None:
    parser.add_argument("trips", nargs="*", metavar="TRIP", help="id or external reference")
    parser.add_argument("--client", metavar="CODE")
    parser.add_argument("--vendor", metavar="CODE")
    parser.add_argument("--batch", metavar="ID", help="all trips of this import")
    parser.add_argument(
        "--reason", default="", help="why" + (" (required)" if name in ("hold", "reject", "cancel") else "")
    )
    parser.add_argument("--json", action="store_true")
    if name == "assign":
        parser.add_argument("--contract", metavar="NAME_OR_ID")


def run(args: argparse.Namespace) -> int:
    """Run the chosen action; gives the exit status."""
    from moveinsync_desktop.commands import trips_files, trips_stored

    if args.action == "check":
        return trips_files.check(args)
    from billing.services.workspace import session_from_args

    actions = {
        "import": trips_files.load,
        "undo": trips_stored.undo,
        "imports": trips_stored.imports,
        "bill": trips_stored.bill,
        "odd": trips_stored.odd,
        "inbox": trips_stored.inbox,
        "pass": trips_stored.let_pass,
        "correct": trips_stored.correct,
        "withdraw": trips_stored.withdraw,
        "add": trips_stored.add,
    }
    with session_from_args(args) as session:
        return actions.get(args.action, trips_stored.decide)(session, args)
