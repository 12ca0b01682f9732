"""The reports of the catalogue on the command line: the same options and outputs for each."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moveinsync_desktop.commands.bill_output import read_month
from moveinsync_desktop.commands.listing import print_json, print_rows
from moveinsync_desktop.commands.typed import read_day

if TYPE_CHECKING:
    from billing.schemas.reports import ReportKind
    from billing.store.session import Session

OWN_COMMANDS = ("incentives",)
"""Reports that were commands of their own before and keep their form."""


def add(actions: Any) -> list[argparse.ArgumentParser]:
    """Declare a sub-command for every report."""
    from billing.services.reporting.catalogue import REPORTS

    return [_declare(actions, kind) for kind in REPORTS if kind.id not in OWN_COMMANDS]


def names() -> tuple[str, ...]:
    """The sub-commands that `add` declares."""
    from billing.services.reporting.catalogue import REPORTS

    return tuple(kind.id for kind in REPORTS if kind.id not in OWN_COMMANDS)


def _declare(actions: Any, kind: ReportKind) -> argparse.ArgumentParser:
    made: argparse.ArgumentParser = actions.add_parser(kind.id, help=kind.about[0].lower() + kind.about[1:])
    made.set_defaults(first=None, last=None, day=None)
    if kind.asks == "span":
        made.add_argument("--from", dest="first", metavar="DATE", help="first day, like 2026-10-01")
        made.add_argument("--to", dest="last", metavar="DATE", help="last day, included")
    if kind.asks == "day":
        made.add_argument("--day", metavar="DATE", help="as of (default: today)")
    made.add_argument("--vendor", help="code or id")
    made.add_argument("--xlsx", type=Path, metavar="FILE", help="write a workbook")
    made.add_argument("--csv", type=Path, metavar="FILE", help="write CSV")
    return made


def run(session: Session, args: argparse.Namespace) -> int:
    """Read one; exit status 1 where an invariant fails."""
    from billing.schemas.reports import Asked
    from billing.services.reporting import read_report, report_json, write_report

    asked = Asked(
        client=args.client, vendor=args.vendor, month=read_month(args.month) if args.month else None,
        first=read_day(args.first, "--from"), last=read_day(args.last, "--to"), day=read_day(args.day, "--day"),
    )  # fmt: skip
    found = read_report(session, args.action, asked)
    files = [str(write_report(path, found)) for path in (args.xlsx, args.csv) if path is not None]
    content = report_json(found)
    if args.json:
        print_json({**content, "files": files})
    elif files:
        sys.stdout.write("\n".join(files) + "\n")
    else:
        print_rows(content["rows"], [column["key"] for column in content["columns"]], "Nothing to report.")
        sys.stderr.write(f"{found.note}\n" if found.note else "")
    fails = args.action == "invariants" and any(row["state"] == "FAILS" for row in found.rows)
    return 1 if fails else 0
