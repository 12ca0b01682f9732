"""`moveinsync report`: the client's trips as CSV, a month's figures, incentives, spend, and all of the catalogue."""

from __future__ import annotations

import argparse
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from billing.errors import BadInputError
from billing.money import format_inr, group_indian, plain
from moveinsync_desktop.commands import report_kinds, report_tax
from moveinsync_desktop.commands.bill_output import Meter, km_text, read_month
from moveinsync_desktop.commands.listing import print_json, print_rows
from moveinsync_desktop.commands.typed import read_day

if TYPE_CHECKING:
    from billing.schemas.analytics import Overview, PartSpend
    from billing.store.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-commands."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    table = actions.add_parser("csv", help="every trip of the client in the dates; unbilled ones are marked PREVIEW")
    table.add_argument("--vendor", help="code or id")
    table.add_argument("--from", dest="first", metavar="DATE", help="first day, like 2026-10-01")
    table.add_argument("--to", dest="last", metavar="DATE", help="last day, included")
    table.add_argument("--out", type=Path, default=Path(), help="folder or file (default: this folder)")
    stats = actions.add_parser("stats", help="spend, trips, cost per km, carpool share of a month")
    incentives = actions.add_parser("incentives", help="what employees earned by carpooling in a month")
    spend = actions.add_parser("spend", help="a financial year by month and vendor, contract, model, site or type")
    spend.add_argument("--by", default="vendor", help="vendor (default), contract, model, site, vehicle_type")
    spend.add_argument(
        "--figure", default="amount", help="amount (default), cost_per_km, cost_per_trip, trips, distance_m"
    )
    spend.add_argument("--fy", metavar="2026-27", required=True, help="financial year, April to March")
    spend.add_argument("--out", type=Path, help="write a workbook, too")
    for action in (table, stats, incentives, spend, *report_tax.add(actions), *report_kinds.add(actions)):
        action.add_argument("--client", help="code or id")
        action.add_argument("--month", metavar="YYYY-MM")
        action.add_argument("--json", action="store_true", help="machine-readable output")


def run(args: argparse.Namespace) -> int:
    """Make the report; gives the exit status."""
    from billing.services.workspace import session_from_args

    actions = {
        "csv": _csv, "stats": _stats, "incentives": _incentives, "spend": _spend, "gstr1": report_tax.gstr1,
        "tds": report_tax.tds, "itc": report_tax.itc, **dict.fromkeys(report_kinds.names(), report_kinds.run),
    }  # fmt: skip
    with session_from_args(args) as session:
        return actions[args.action](session, args)


def dates_of(args: argparse.Namespace) -> tuple[date, date]:
    """The days asked for: a month, or from and to. Raises BadInputError."""
    from billing.services.month_inputs import next_month

    if args.month:
        month = read_month(args.month)
        return month, next_month(month) - timedelta(days=1)
    if not (args.first and args.last):
        raise BadInputError("DATES_REQUIRED", "Say which month, or --from and --to.", where="--month")
    return read_day(args.first, "--from"), read_day(args.last, "--to")


def _csv(session: Session, args: argparse.Namespace) -> int:
    from billing.services.reports import write_client_report

    first, last = dates_of(args)
    meter = Meter()
    path = write_client_report(
        session, client=args.client, vendor=args.vendor, first=first, last=last, target=args.out, progress=meter
    )
    meter.done()
    if args.json:
        print_json({"files": [str(path)]})
    else:
        sys.stdout.write(f"{path}\n")
    return 0


def _stats(session: Session, args: argparse.Namespace) -> int:
    from billing.services.analytics import read_overview

    overview = read_overview(session, client=args.client, month=read_month(args.month) if args.month else None)
    content = overview_json(overview)
    if args.json:
        print_json(content)
        return 0
    sys.stdout.write(f"{overview.month:%B %Y}\n")
    for label, amount in (("Spend before tax", overview.now.spend), ("The month before", overview.before.spend)):
        sys.stdout.write(f"  {label:<24}{format_inr(amount):>18}\n")
    cost = overview.now.cost_per_km
    sys.stdout.write(f"  {'Trips':<24}{group_indian(overview.now.trips):>18}\n")
    sys.stdout.write(f"  {'Cost per km':<24}{'' if cost is None else format_inr(cost):>18}\n")
    sys.stdout.write(f"  {'Carpool share':<24}{content['carpool_percent'] or '':>17}%\n")
    return 0


def overview_json(overview: Overview) -> dict[str, Any]:
    """The month's figures as JSON values."""
    share = overview.now.carpool_permille
    cost = overview.now.cost_per_km
    return {
        "month": f"{overview.month:%Y-%m}",
        "spend": plain(overview.now.spend),
        "spend_before": plain(overview.before.spend),
        "fees": plain(overview.fees),
        "trips": overview.now.trips,
        "distance_km": km_text(overview.now.distance_m),
        "cost_per_km": None if cost is None else plain(cost),
        "carpool_percent": None if share is None else f"{share // 10}.{share % 10}",
        "by_day": [{"day": day.day, "trips": day.trips, "amount": plain(day.amount)} for day in overview.days],
        "by_model": [_part(part) for part in overview.by_model],
        "by_vendor": [_part(part) for part in overview.by_vendor],
        "previewed": list(overview.previewed),
        "refused": [{"contract": name, "message": message} for name, message in overview.refused],
    }


def _part(part: PartSpend) -> dict[str, Any]:
    return {"name": part.name, "trips": part.trips, "amount": plain(part.amount)}


def _incentives(session: Session, args: argparse.Namespace) -> int:
    from billing.services.reports import read_incentives

    if not args.month:
        raise BadInputError("MONTH_REQUIRED", "Say which month.", where="--month")
    found = read_incentives(session, client=args.client, month=read_month(args.month))
    rows = [{"employee": one.employee, "trips": one.trips, "amount": plain(one.amount)} for one in found]
    if args.json:
        print_json(rows)
    else:
        print_rows(rows, ("employee", "trips", "amount"), "No incentives in this month.")
    return 0


def _spend(session: Session, args: argparse.Namespace) -> int:
    from billing.services.spend import month_titles, read_pivot, write_pivot

    year = first_year(args.fy)
    table = read_pivot(session, client=args.client, first_year=year, dimension=args.by, measure=args.figure)
    files = [str(write_pivot(session, args.out, table, client=args.client))] if args.out else []
    write = km_text if table.measure == "distance_m" else str if table.measure == "trips" else plain
    titles = (*month_titles(year), "year")
    rows = [
        {
            "name": row.name,
            **{title: None if cell is None else write(cell) for title, cell in zip(titles, cells, strict=True)},
        }
        for row in (*table.rows, table.totals)
        for cells in [(*row.months, row.total)]
    ]
    if args.json:
        print_json(
            {"by": table.dimension, "figure": table.measure, "rows": rows, "unbilled": table.unbilled, "files": files}
        )
        return 0
    shown = [title for title in titles if any(row[title] for row in rows)]
    print_rows(rows, ("name", *shown), "Nothing in this year.")
    if table.unbilled:
        sys.stderr.write(
            f"{group_indian(table.unbilled)} completed trips are not billed yet; their cost is not here.\n"
        )
    return 0


def first_year(text: str) -> int:
    """2026 of `2026-27` (or of `2026`). Raises BadInputError."""
    first, _, second = text.partition("-")
    if len(first) == 4 and first.isdecimal() and (not second or second == f"{(int(first) + 1) % 100:02d}"):
        return int(first)
    raise BadInputError("BAD_YEAR", f'"{text}" is not a financial year like 2026-27.', where="--fy")
