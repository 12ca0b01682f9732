"""The `moveinsync` command: everything the window does with data, without a window (DESIGN.md section 8).

Only the module of the command that is asked for is imported, so `moveinsync rate` never pays for a database driver
and nothing here ever pays for Qt unless a window or a PDF is wanted.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
from collections.abc import Sequence
from multiprocessing import freeze_support

from billing.errors import KnownError

COMMANDS = {
    "demo": "create or reset the demo company; prints its users",
    "rate": "rate a bundle of trips and rules (TARIFF.md section 4); no database",
    "rules": "validate and lint one rule set",
    "client": "add and list clients, their sites",
    "vendor": "add and list vendors",
    "employee": "import employees from a sheet",
    "contract": "add, list, show, renew and end contracts",
    "trips": "check, import, hold, release, accept, reject, bill trips",
    "bill": "run billing for a month, or preview it",
    "invoice": "list, approve, issue, credit, settle, export, void invoices",
    "month": "close a month, open it again, see what is late",
    "opening": "start in the middle of a year: opening values",
    "vendor-bill": "compare a vendor's own bill with ours; disputes, payouts",
    "debit-note": "what disputes take off a vendor's bill, as a numbered paper",
    "payout": "payouts to vendors: list, statement, bank reference, bank file",
    "payment": "record payments, write-offs, what is open, ageing, reminders",
    "month-end": "import, run, issue and export in one go",
    "report": "CSV report, statistics, incentives, GSTR-1, TDS, input tax credit",
    "tax-rate": "GST and TDS percents by date",
    "gstin": "validate GSTINs, naming the rule that failed",
    "db": "init, status, migrate, psql and care of the database",
    "archive": "write everything as plain files that verify themselves",
    "user": "add, list, disable users",
    "audit": "verify the audit chain",
    "bench": "measure the figures of DESIGN.md section 10",
}


def build_parser(command: str | None) -> argparse.ArgumentParser:
    """The argument parser; only `command`'s own arguments are filled in."""
    parser = argparse.ArgumentParser(prog="moveinsync", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--demo", action="store_true", help="use the demo company's workspace")
    parser.add_argument("--profile", metavar="NAME", help="use this workspace (name or id of its profile)")
    parser.add_argument("--as", dest="user", metavar="EMAIL", help="sign in as (default: MOVEINSYNC_USER)")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    for name, text in COMMANDS.items():
        sub = commands.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".")
        if name == command:
            _module(name).add_arguments(sub)
            add_common_options(sub)
    return parser


def add_common_options(parser: argparse.ArgumentParser) -> None:
    """The options of the whole program are understood after the command, too."""
    for flag, kind in (("--demo", {"action": "store_true"}), ("--profile", {}), ("--as", {"dest": "user"})):
        parser.add_argument(flag, default=argparse.SUPPRESS, help=argparse.SUPPRESS, **kind)  # type: ignore[arg-type]
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for nested in dict.fromkeys(action.choices.values()):
                add_common_options(nested)


def _module(command: str):  # type: ignore[no-untyped-def]
    return importlib.import_module(f"moveinsync_desktop.commands.{command.replace('-', '_')}")


def _named_command(arguments: Sequence[str]) -> str | None:
    return next((word for word in arguments if word in COMMANDS), None)


def report_error(error: KnownError, *, as_json: bool) -> int:
    """Say what was refused: one JSON object on standard output, or a sentence on standard error."""
    if as_json:
        print(json.dumps({"error": error.as_dict()}, ensure_ascii=False))  # noqa: T201
    place = f" ({error.where})" if error.where else ""
    hint = f"\n{error.hint}" if error.hint else ""
    print(f"{error.message}{place}{hint}", file=sys.stderr)  # noqa: T201
    return error.exit_code


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; without one, open the window. Gives the exit status."""
    freeze_support()
    words = list(sys.argv[1:] if arguments is None else arguments)
    if words == ["--sheet-worker"]:  # how the bundled program starts the child that reads a sheet
        from billing.exchange.sheets.worker import main as read_sheet

        read_sheet()
        return 0
    args = build_parser(_named_command(words)).parse_args(words)
    try:
        if args.command is None:
            from moveinsync_desktop.app import run_window

            return run_window(args)
        return int(_module(args.command).run(args))
    except KnownError as error:
        return report_error(error, as_json=bool(getattr(args, "json", False)))
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)  # noqa: T201
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
