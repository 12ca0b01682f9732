"""`moveinsync bench`: measure the figures of DESIGN.md section 10, side by side with the alternatives."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from typing import Any

DEFAULT_TRIPS = 1_000_000
DEFAULT_SAMPLE = 20_000
DEFAULT_SIZES = (1_000, 100_000)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `bench`."""
    subjects = parser.add_subparsers(dest="subject", required=True, metavar="SUBJECT")
    rating = subjects.add_parser("rating", help="rate trips in memory, against a loop of Decimals over the same rules")
    rating.add_argument("--trips", type=int, default=DEFAULT_TRIPS, help="trips to rate (default %(default)s)")
    rating.add_argument("--sample", type=int, default=DEFAULT_SAMPLE, help="trips of the loop (default %(default)s)")
    rating.add_argument("--repeat", type=int, default=3, help="runs of each; the fastest counts (default %(default)s)")
    rating.add_argument(
        "--sizes", type=_sizes, default=DEFAULT_SIZES, help="other sizes to rate, to see the growth: 1000,100000"
    )
    rating.add_argument("--json", action="store_true", help="print the figures as JSON")
    whatif = subjects.add_parser("whatif", help="rate a month again after one rule changed")
    whatif.add_argument("--trips", type=int, default=DEFAULT_TRIPS, help="trips of the month (default %(default)s)")
    whatif.add_argument("--repeat", type=int, default=5, help="runs; the fastest counts (default %(default)s)")
    whatif.add_argument("--json", action="store_true", help="print the figures as JSON")
    load = subjects.add_parser("import", help="a workbook validated and stored, against reading its sheet alone")
    load.add_argument("--rows", type=int, default=100_000, help="rows of the sheet (default %(default)s)")
    load.add_argument("--repeat", type=int, default=2, help="runs; the fastest counts (default %(default)s)")
    load.add_argument("--json", action="store_true", help="print the figures as JSON")

    close = subjects.add_parser("close", help="close a month: read, rate, write, draft; against one INSERT..SELECT")
    close.add_argument("--trips", type=int, default=DEFAULT_TRIPS, help="trips of the month (default %(default)s)")
    close.add_argument("--json", action="store_true", help="print the figures as JSON")
    rls = subjects.add_parser("rls", help="the price of row-level security, and pages of a long list at three depths")
    rls.add_argument("--trips", type=int, default=DEFAULT_TRIPS, help="trips of the list (default %(default)s)")
    rls.add_argument("--repeat", type=int, default=5, help="runs; the fastest counts (default %(default)s)")
    rls.add_argument("--json", action="store_true", help="print the figures as JSON")


def _sizes(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(",") if part)


def run(args: argparse.Namespace) -> int:
    """Print the measurements. Exit status 0, or 1 where a required figure is missed."""
    return {"rating": _rating, "whatif": _whatif, "import": _import, "close": _close, "rls": _rls}[args.subject](args)


def _rating(args: argparse.Namespace) -> int:
    from moveinsync_desktop.commands.bench_rating import REQUIRED_RATIO, measure

    found = measure(args.trips, sample=args.sample, repeat=args.repeat, sizes=args.sizes)
    if args.json:
        print(json.dumps(found, indent=2))  # noqa: T201
    else:
        _tell(found)
    return 0 if found["rows"][0]["ratio"] >= REQUIRED_RATIO else 1


def _whatif(args: argparse.Namespace) -> int:
    from moveinsync_desktop.commands.bench_rating import measure_whatif

    found = measure_whatif(args.trips, repeat=args.repeat)
    if args.json:
        print(json.dumps(found, indent=2))  # noqa: T201
    else:
        print(  # noqa: T201
            f"{found['trips']:,} trips: first rating {found['first_seconds'] * 1000:.0f} ms, under a changed rule "
            f"{found['seconds'] * 1000:.0f} ms (at most {found['required_seconds'] * 1000:.0f} ms)"
        )
    return 0 if found["seconds"] <= found["required_seconds"] else 1


def _import(args: argparse.Namespace) -> int:
    from moveinsync_desktop.commands.bench_import import measure_import

    found = measure_import(args.rows, repeat=args.repeat)
    if args.json:
        print(json.dumps(found, indent=2))  # noqa: T201
    else:
        print(  # noqa: T201
            f"{found['rows']:,} rows: reading alone {found['read_seconds']:.2f} s, "
            f"checked {found['check_seconds']:.2f} s, "
            f"checked and stored {found['import_seconds']:.2f} s = {found['ratio']:.1f} x "
            f"(at most {found['required_ratio']:.0f} x)"
        )
    return 0 if found["ratio"] <= found["required_ratio"] else 1


def _close(args: argparse.Namespace) -> int:
    from moveinsync_desktop.commands.bench_close import measure_close

    found = measure_close(args.trips)
    if args.json:
        print(json.dumps(found, indent=2))  # noqa: T201
    else:
        print(  # noqa: T201
            f"{found['trips']:,} trips closed in {found['seconds']:.1f} s, one INSERT..SELECT of the same rows "
            f"{found['rival_seconds']:.1f} s: {found['ratio']:.2f} x (at most {found['required_ratio']} x); "
            f"peak {found['peak_mb']} MB (under {found['required_mb']} MB)"
        )
    return 0 if found["ratio"] <= found["required_ratio"] and found["peak_mb"] < found["required_mb"] else 1


def _rls(args: argparse.Namespace) -> int:
    from moveinsync_desktop.commands.bench_close import measure_rls

    found = measure_rls(args.trips, args.repeat)
    pages = found["page_ms"]
    if args.json:
        print(json.dumps(found, indent=2))  # noqa: T201
    else:
        print(  # noqa: T201
            f"aggregate over {found['trips']:,} trips: {found['owner_ms']:.0f} ms, with row-level security and token "
            f"{found['user_ms']:.0f} ms: {found['ratio']:.2f} x (at most {found['required_ratio']} x); page of 256 "
            f"first {pages['first']} ms, middle {pages['middle']} ms, last {pages['last']} ms (under "
            f"{found['required_page_ms']} ms); 100 rows by key {found['hundred_by_key_ms']} ms; count, totals and keys "
            f"of all pages {found['open_ms']} ms"
        )
    slowest = max(pages.values())
    return 0 if found["ratio"] <= found["required_ratio"] and slowest < found["required_page_ms"] else 1


def _tell(found: dict[str, Any]) -> None:
    titles = ("what", "trips", "seconds", "trips a second", "Decimal loop", "ratio", "peak MB")
    rows = [
        (
            row["what"],
            f"{row['trips']:,}",
            f"{row['seconds']:.3f}",
            f"{row['per_second']:,}",
            f"{row['loop_per_second']:,} /s" if row["loop_per_second"] else "",
            f"{row['ratio']:.0f} x" if row["ratio"] else "",
            "" if row["peak_mb"] is None else f"{row['peak_mb']:.0f}",
        )
        for row in found["rows"]
    ]
    widths = [max(len(row[place]) for row in [titles, *rows]) for place in range(len(titles))]
    for row in [titles, *rows]:
        print("  ".join(_aligned(row, widths)))  # noqa: T201
    print(f"The loop agrees with the engine on all {found['sample']:,} trips of the sample.")  # noqa: T201


def _aligned(row: Sequence[str], widths: Sequence[int]) -> list[str]:
    return [text.ljust(widths[0]) if place == 0 else text.rjust(widths[place]) for place, text in enumerate(row)]
