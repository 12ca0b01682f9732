"""`moveinsync opening`: start in the middle of a year; opening values by sheet, listed, taken back."""

from __future__ import annotations

import argparse
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from billing.money import plain
from moveinsync_desktop.commands.listing import print_json, print_rows

if TYPE_CHECKING:
    from billing.schemas.openings import Openings
    from billing.store.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-commands."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listed = actions.add_parser("list", help="km and hours used before, open invoices, number series")
    template = actions.add_parser("template", help="write the sheet to fill in (.xlsx)")
    template.add_argument("file", type=Path, metavar="FILE")
    taken = actions.add_parser("import", help="take the values of a filled sheet, all or none")
    taken.add_argument("file", type=Path, metavar="FILE")
    removed = actions.add_parser("remove", help="take one value back")
    removed.add_argument("id", type=UUID, metavar="ID")
    removed.add_argument("--reason", required=True)
    for action in (listed, template, taken, removed):
        action.add_argument("--client", help="code or id")
        action.add_argument("--json", action="store_true", help="machine-readable output")


def run(args: argparse.Namespace) -> int:
    """Do it; gives the exit status."""
    from billing.services.workspace import session_from_args

    if args.action == "template":
        return _template(args)
    actions = {"list": _list, "import": _import, "remove": _remove}
    with session_from_args(args) as session:
        return actions[args.action](session, args)


def _template(args: argparse.Namespace) -> int:
    from billing.exchange.opening_sheet import write_opening_template

    path = write_opening_template(args.file)
    if args.json:
        print_json({"files": [str(path)]})
    else:
        sys.stdout.write(f"{path}\n")
    return 0


def _records(openings: Openings) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = [
        {
            "what": "Usage",
            "id": one.id,
            "vendor": one.vendor_code,
            "name": one.contract_name,
            "when": f"{one.month:%Y-%m}",
            "km": f"{Decimal(one.distance_m) / 1000:f}",
            "hours": f"{round(Decimal(one.duty_s) / 3600, 2):f}",
        }
        for one in openings.usage
    ]
    rows += [
        {
            "what": "Open invoice",
            "id": one.id,
            "vendor": one.vendor_code,
            "name": one.number,
            "when": one.invoice_date,
            "document": one.doc_type,
            "total": plain(one.total),
            "open": plain(one.open_amount),
        }
        for one in openings.invoices
    ]
    return rows + [
        {
            "what": "Series",
            "vendor": one.vendor_code,
            "name": one.prefix,
            "when": one.year,
            "document": one.doc_type,
            "next_number": one.next_number,
        }
        for one in openings.series
    ]


def _list(session: Session, args: argparse.Namespace) -> int:
    from billing.services.openings import read_openings

    rows = _records(read_openings(session, client=args.client))
    if args.json:
        print_json(rows)
    else:
        columns = ("what", "vendor", "name", "when", "document", "km", "hours", "total", "open", "next_number")
        print_rows(rows, columns, "No opening value was entered.")
    return 0


def _import(session: Session, args: argparse.Namespace) -> int:
    from billing.services.openings import import_openings

    taken, changes = import_openings(session, path=args.file, client=args.client)
    counts = {"usage": len(taken.usage), "invoices": len(taken.invoices), "series": len(taken.series)}
    if args.json:
        print_json({**counts, "state": "saved" if changes.tables else "unchanged"})
    else:
        what = ", ".join(f"{count} {name}" for name, count in counts.items())
        sys.stdout.write(f"{what}{'' if changes.tables else ': nothing changed'}\n")
    return 0


def _remove(session: Session, args: argparse.Namespace) -> int:
    from billing.services.openings import remove_opening

    remove_opening(session, opening_id=args.id, reason=args.reason, client=args.client)
    if args.json:
        print_json({"id": args.id, "state": "removed"})
    else:
        sys.stdout.write("Removed.\n")
    return 0
