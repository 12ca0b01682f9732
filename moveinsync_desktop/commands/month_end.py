"""`moveinsync month-end`: import trip sheets, bill the month, issue and export, in one go."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from billing.counting import plural
from billing.errors import BadInputError
from moveinsync_desktop.commands.bill_output import Meter, is_refused, outcome_json, print_outcome, read_month
from moveinsync_desktop.commands.listing import print_json

if TYPE_CHECKING:
    from billing.services.month_end import MonthEnd
    from billing.store.session import Session

DEMO_FOLDER = Path("month-end-demo")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--client", help="code or id")
    parser.add_argument("--vendor", help="code or id")
    parser.add_argument("--month", metavar="YYYY-MM")
    parser.add_argument("--trips", nargs="+", action="extend", default=[], type=Path, metavar="FILE")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where invoices and rejected rows go")
    parser.add_argument("--lenient", action="store_true", help="import the accepted rows although others are rejected")
    parser.add_argument("--create-parties", action="store_true", help="create clients and vendors named in the files")
    parser.add_argument("--derive-ids", action="store_true", help="make trip ids from each row's own content")
    parser.add_argument("--distance-unit", choices=("km", "mile", "m"))
    parser.add_argument("--confirm", action="store_true", help="issue bills beyond three times last month's, too")
    parser.add_argument("--json", action="store_true", help="machine-readable output")


def run(args: argparse.Namespace) -> int:
    """Close the month; exit status 1 when something was refused."""
    from billing.services.workspace import session_from_args

    is_demo_story = args.demo and not args.month
    if not is_demo_story and not args.month:
        raise BadInputError("MONTH_REQUIRED", "Say which month is closed.", where="--month")
    if is_demo_story:
        _make_demo_if_missing()
    meter = Meter()
    with session_from_args(args) as session, _story(args, demo=is_demo_story) as words:
        result = _close(session, args, words, meter)
    meter.done()
    if args.json:
        print_json({**outcome_json(result.billing), "imports": [_import_json(one) for one in result.imports]})
    else:
        _print_imports(result)
        print_outcome(result.billing)
    return 1 if is_refused(result.billing) else 0


@contextmanager
def _story(args: argparse.Namespace, *, demo: bool) -> Iterator[dict[str, Any]]:
    """What is closed: as the options say, or the demo's October with its generated sheet of defects."""
    if not demo:
        yield {
            "month": read_month(args.month), "out": args.out or Path(), "sheets": args.trips, "lenient": args.lenient,
            "client": args.client, "vendor": args.vendor,
        }  # fmt: skip
        return
    from billing.exchange.demo.parties import BLUE_HERON, MOONBRIDGE
    from billing.exchange.demo.sheet import write_october_sheet

    with tempfile.TemporaryDirectory() as folder:
        sheet = Path(folder) / "october-trips.xlsx"
        write_october_sheet(sheet)
        yield {
            "month": date(2026, 10, 1), "out": args.out or DEMO_FOLDER, "sheets": [sheet], "lenient": True,
            "client": str(MOONBRIDGE), "vendor": str(BLUE_HERON),
        }  # fmt: skip


def _close(session: Session, args: argparse.Namespace, words: dict[str, Any], meter: Meter) -> MonthEnd:
    from billing.services.month_end import close_month
    from moveinsync_desktop.printing import write_pdf

    return close_month(
        session, create_parties=args.create_parties, confirm=args.confirm,
        derive_ids=args.derive_ids, distance_unit=args.distance_unit, pdf=write_pdf, progress=meter, **words,
    )  # fmt: skip


def _make_demo_if_missing() -> None:
    from billing.services.demo import create_demo, find_demo

    if find_demo() is None:
        print("Making the demo company...", file=sys.stderr)  # noqa: T201
        create_demo()


def _import_json(result: Any) -> dict[str, Any]:
    checked = result.checked
    return {
        "file": Path(checked.file).name,
        "accepted": len(checked.accepted),
        "rejected": len(checked.rejected),
        "duplicates": len(checked.duplicates),
        "written": result.written,
    }


def _print_imports(result: MonthEnd) -> None:
    for one in result.imports:
        facts = _import_json(one)
        sys.stdout.write(
            f"{facts['file']}: {plural(facts['accepted'], 'trip')} accepted, "
            f"{plural(facts['rejected'], 'row')} rejected, {plural(facts['duplicates'], 'duplicate')}\n"
        )
