"""The tax parts of `moveinsync report`: GSTR-1, the TDS register, the split of input tax credit."""

from __future__ import annotations

import argparse
import dataclasses
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from billing.errors import BadInputError
from billing.money import plain
from moveinsync_desktop.commands.bill_output import Meter, read_month
from moveinsync_desktop.commands.listing import print_json, print_rows

if TYPE_CHECKING:
    from billing.exchange.returns.gstr1 import Gstr1
    from billing.schemas.taxes import ItcEntry, TdsEntry
    from billing.store.session import Session


def add(actions: Any) -> list[argparse.ArgumentParser]:
    """Declare gstr1, tds and itc."""
    gstr1 = actions.add_parser("gstr1", help="GSTR-1 of each supplier for a month: b2b, cdnr, hsn, docs")
    gstr1.add_argument("--format", default="xlsx", metavar="FORMATS", help="xlsx, csv, json, with commas between")
    gstr1.add_argument("--out", type=Path, help="folder for the files; without it the tables are summed up here")
    tds = actions.add_parser("tds", help="TDS register of a financial year")
    tds.add_argument("--fy", metavar="2026-27", required=True, help="financial year, April to March")
    tds.add_argument("--round-up", action="store_true", help="deductions to the next rupee instead of the nearest")
    itc = actions.add_parser("itc", help="tax of a month's documents that the client may credit, and may not")
    for register in (tds, itc):
        register.add_argument("--out", type=Path, metavar="FILE", help=".xlsx or .csv")
    for one in (gstr1, tds, itc):
        one.add_argument("--vendor", help="code or id")
    return [gstr1, tds, itc]


def _month(args: argparse.Namespace) -> Any:
    if not args.month:
        raise BadInputError("MONTH_REQUIRED", "Say which month.", where="--month")
    return read_month(args.month)


def gstr1(session: Session, args: argparse.Namespace) -> int:
    """Write or sum up the returns; what is left out is told on standard error."""
    from billing.services.returns import read_gstr1, write_gstr1

    meter = Meter()
    words = {"client": args.client, "vendor": args.vendor, "month": _month(args), "progress": meter}
    files: list[Path] = []
    if args.out:
        formats = tuple(part.strip() for part in args.format.split(",") if part.strip())
        files, warnings = write_gstr1(session, target=args.out, formats=formats, **words)
        contents: list[Gstr1] = []
    else:
        contents, unregistered = read_gstr1(session, **words)
        warnings = [f"{one.gstin}: {said}" for one in contents for said in one.warnings]
        if unregistered:
            warnings.append(f"{unregistered} documents of suppliers without a GSTIN left out.")
    meter.done()
    for warning in warnings:
        sys.stderr.write(f"{warning}\n")
    rows = [gstr1_summary(one) for one in contents]
    if args.json:
        print_json({"files": [str(path) for path in files], "returns": rows, "warnings": warnings})
    elif files:
        sys.stdout.writelines(f"{path}\n" for path in files)
    else:
        columns = ("gstin", "documents", "taxable", "igst", "cgst", "sgst", "numbers", "cancelled")
        print_rows(rows, columns, "No document is dated in this month.")
    return 0


def gstr1_summary(content: Gstr1) -> dict[str, Any]:
    """One return in figures."""
    sums = {name: sum(getattr(group, name) for _, group in content.hsn) for name in ("taxable", "igst", "cgst", "sgst")}
    return {
        "gstin": content.gstin,
        "name": content.name,
        "documents": len(content.documents),
        **{name: plain(amount) for name, amount in sums.items()},
        "numbers": sum(one.total for one in content.ranges),
        "cancelled": sum(one.cancelled for one in content.ranges),
    }


def tds(session: Session, args: argparse.Namespace) -> int:
    """The register, printed or written."""
    from billing.services.taxes import read_tds, tds_sheet
    from moveinsync_desktop.commands.report import first_year

    year = first_year(args.fy)
    found = read_tds(session, client=args.client, first_year=year, vendor=args.vendor, round_up=args.round_up)
    columns = ("number", "day", "vendor_code", "section", "percent", "base", "year_total", "due", "on_document")
    return _register(args, tds_sheet(found), [_tds_row(one) for one in found], columns)


def itc(session: Session, args: argparse.Namespace) -> int:
    """The split, printed or written."""
    from billing.services.taxes import itc_sheet, read_itc

    found = read_itc(session, client=args.client, month=_month(args), vendor=args.vendor)
    columns = ("number", "supplier", "taxable", "eligible", "ineligible", "reason")
    return _register(args, itc_sheet(found), [_itc_row(one) for one in found], columns)


def _register(args: argparse.Namespace, table: Any, rows: list[dict[str, Any]], columns: tuple[str, ...]) -> int:
    from billing.services.taxes import write_table

    files = [str(write_table(args.out, table))] if args.out else []
    if args.json:
        print_json({"files": files, "rows": rows})
    elif files:
        sys.stdout.write(f"{files[0]}\n")
    else:
        print_rows(rows, columns, "No documents.")
    return 0


def _tds_row(entry: TdsEntry) -> dict[str, Any]:
    amounts = {name: plain(getattr(entry, name)) for name in ("base", "year_total", "due", "on_document")}
    return {**dataclasses.asdict(entry), **amounts, "percent": format(entry.percent.normalize() + 0, "f")}


def _itc_row(entry: ItcEntry) -> dict[str, Any]:
    names = ("igst", "cgst", "sgst")
    return {
        **dataclasses.asdict(entry),
        "taxable": plain(entry.taxable),
        "eligible": plain(sum(entry.eligible)),
        "ineligible": plain(sum(entry.ineligible)),
        **{f"eligible_{name}": plain(amount) for name, amount in zip(names, entry.eligible, strict=True)},
        **{f"ineligible_{name}": plain(amount) for name, amount in zip(names, entry.ineligible, strict=True)},
    }
