"""`moveinsync tax-rate`: percents by date, GST by SAC, fuel and credit option, TDS by status (super admin edits)."""

from __future__ import annotations

import argparse
import dataclasses
from typing import TYPE_CHECKING, Any

from billing.errors import RefusedError
from moveinsync_desktop.commands.listing import print_json, print_rows
from moveinsync_desktop.commands.typed import read_day, read_number

if TYPE_CHECKING:
    from billing.schemas.taxes import GstRate, TdsRate
    from billing.store.session import Session

_GST = ("sac_prefix", "fuel_included", "itc_option", "percent", "valid_from", "valid_until", "source")
_TDS = ("section", "code", "status", "percent", "valid_from", "valid_until", "source")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-commands."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listed = actions.add_parser("list", help="all rates with their dates")
    listed.add_argument("--kind", choices=("gst", "tds"), default="gst")
    gst = actions.add_parser("add-gst", help="a rate of a service from a day on")
    gst.add_argument("--sac", required=True, help="a SAC, or the beginning of one; the longest that fits counts")
    gst.add_argument("--fuel", choices=("included", "extra"), default="included")
    gst.add_argument("--itc", choices=("restricted", "full"), default="restricted")
    tds = actions.add_parser("add-tds", help="a rate of tax deducted at source from a day on")
    tds.add_argument("--section", required=True)
    tds.add_argument("--code", default="")
    tds.add_argument("--status", required=True, choices=("INDIVIDUAL", "OTHER", "NO_PAN"))
    tds.add_argument("--single-limit", default="0", metavar="RUPEES")
    tds.add_argument("--year-limit", default="0", metavar="RUPEES")
    for action in (gst, tds):
        action.add_argument("--percent", required=True)
        action.add_argument("--from", dest="first", required=True, metavar="DATE")
        action.add_argument("--until", metavar="DATE", help="first day on which it no longer holds")
        action.add_argument("--source", default="", help="which notification it comes from")
    ended = actions.add_parser("end", help="let a rate end: the day is the first without it")
    ended.add_argument("rate", metavar="ID")
    ended.add_argument("--until", required=True, metavar="DATE")
    for action in (listed, gst, tds, ended):
        action.add_argument("--json", action="store_true", help="machine-readable output")


def run(args: argparse.Namespace) -> int:
    """Do it; gives the exit status."""
    from billing.services.workspace import session_from_args

    actions = {"list": _list, "add-gst": _add_gst, "add-tds": _add_tds, "end": _end}
    with session_from_args(args) as session:
        rows = actions[args.action](session, args)
    if args.json:
        print_json([dataclasses.asdict(one) for one in rows])
    else:
        columns = ("id", *(_TDS if rows and hasattr(rows[0], "section") else _GST))
        print_rows([dataclasses.asdict(one) for one in rows], columns, "No rates.")
    return 0


def _list(session: Session, args: argparse.Namespace) -> list[Any]:
    from billing.services.taxes import list_gst_rates, list_tds_rates

    return list(list_gst_rates(session) if args.kind == "gst" else list_tds_rates(session))


def _add_gst(session: Session, args: argparse.Namespace) -> list[GstRate]:
    from billing.schemas.ids import new_id
    from billing.schemas.taxes import GstRate
    from billing.services.taxes import save_gst_rate

    rate = GstRate(
        new_id(), args.sac, args.fuel == "included", args.itc.upper(), read_number(args.percent, "--percent"),
        read_day(args.first, "--from"), read_day(args.until, "--until"), args.source,
    )  # fmt: skip
    return [save_gst_rate(session, rate=rate).record]


def _add_tds(session: Session, args: argparse.Namespace) -> list[TdsRate]:
    from billing.money import to_paise
    from billing.schemas.ids import new_id
    from billing.schemas.taxes import TdsRate
    from billing.services.taxes import save_tds_rate

    rate = TdsRate(
        new_id(), args.section, args.status, read_number(args.percent, "--percent"), read_day(args.first, "--from"),
        read_day(args.until, "--until"), args.code, to_paise(read_number(args.single_limit, "--single-limit")),
        to_paise(read_number(args.year_limit, "--year-limit")), args.source,
    )  # fmt: skip
    return [save_tds_rate(session, rate=rate).record]


def _end(session: Session, args: argparse.Namespace) -> list[Any]:
    from billing.services.taxes import list_gst_rates, list_tds_rates, save_gst_rate, save_tds_rate

    until = read_day(args.until, "--until")
    for gst in list_gst_rates(session):
        if str(gst.id) == args.rate:
            return [save_gst_rate(session, rate=dataclasses.replace(gst, valid_until=until)).record]
    for tds in list_tds_rates(session):
        if str(tds.id) == args.rate:
            return [save_tds_rate(session, rate=dataclasses.replace(tds, valid_until=until)).record]
    raise RefusedError("NOT_FOUND", f"There is no rate {args.rate}.", where="ID")
