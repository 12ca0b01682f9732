"""`moveinsync trips ...`: check and import trip sheets, decide about stored trips (DESIGN.md sections 6 and 8)."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from billing.errors import BadInputError, KnownError

ACTIONS = ("check", "import")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The actions and their options."""
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    check = actions.add_parser("check", help="read and check files; nothing is written, no database is needed")
    _file_arguments(check)
    check.add_argument(
        "--rejects", metavar="FILE", type=Path, help="write the rejected rows with their reasons to this .xlsx"
    )


def _file_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", type=Path)
    parser.add_argument("--client", metavar="CODE", help="client of the whole file, where the file names none")
    parser.add_argument("--vendor", metavar="CODE", help="vendor of the whole file, where the file names none")
    parser.add_argument("--derive-ids", action="store_true", help="make trip ids from each row's own content")
    parser.add_argument(
        "--distance-unit", choices=("km", "mile", "m"), help="unit of distances whose header names none"
    )
    parser.add_argument(
        "--date-order",
        choices=("day_first", "month_first"),
        help="order of day and month, instead of the column's own proof",
    )
    parser.add_argument(
        "--column",
        action="append",
        default=[],
        metavar="FIELD=HEADER",
        help="take a field from this column; may be given several times",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object a file on standard output")
    parser.add_argument(
        "--timezone", default=None, metavar="ZONE", help="zone of wall-clock times (default: Asia/Kolkata)"
    )


def run(args: argparse.Namespace) -> int:
    """Run the chosen action; gives the exit status."""
    runs: dict[str, Callable[[argparse.Namespace], int]] = {"check": _check}
    return runs[args.action](args)


def mapping_of(pairs: list[str]) -> dict[str, str]:
    """FIELD=HEADER pairs as a mapping."""
    mapping = {}
    for pair in pairs:
        name, equals, header = pair.partition("=")
        if not equals or not header.strip():
            raise BadInputError("BAD_OPTION", f'"{pair}" is not FIELD=HEADER.', where="--column")
        mapping[name.strip().replace("-", "_")] = header.strip()
    return mapping


def _check(args: argparse.Namespace) -> int:
    from billing.exchange.sheets import process, rejects, report
    from billing.exchange.sheets.options import DEFAULT_TIMEZONE, ReadOptions

    options = ReadOptions(
        client=args.client, vendor=args.vendor, mapping=mapping_of(args.column), derive_ids=args.derive_ids,
        distance_unit=args.distance_unit, timezone=args.timezone or DEFAULT_TIMEZONE, date_order=args.date_order,
    )  # fmt: skip
    status = 0
    for path in args.files:
        try:
            checked = process.check_file(path, options)
        except KnownError as error:
            status = max(status, report_refusal(path, error, as_json=args.json))
            continue
        if args.json:
            for piece in report.as_json(checked):
                sys.stdout.write(piece)
            sys.stdout.write("\n")
        else:
            print("\n".join(report.summary(checked)))  # noqa: T201
        if args.rejects is not None and (count := rejects.write_rejects(checked, path, args.rejects)):
            print(f"{count:,} rows with their reasons are in {args.rejects}", file=sys.stderr)  # noqa: T201
        status = max(status, 1 if checked.rejected else 0)
    return status


def report_refusal(path: Path, error: KnownError, *, as_json: bool) -> int:
    """A file refused as a whole: one object, or a sentence on standard error; exit status 1 (2 for bad options)."""
    from billing.exchange.sheets.report import refusal

    if as_json:
        print(refusal(path, error))  # noqa: T201
    hint = f" {error.hint}" if error.hint else ""
    print(f"{path.name}: {error.message}{hint}", file=sys.stderr)  # noqa: T201
    return error.exit_code
