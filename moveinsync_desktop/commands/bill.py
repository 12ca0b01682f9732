"""`moveinsync bill`: a billing run of a month, or its preview; prints its totals."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from moveinsync_desktop.commands.bill_output import Meter, is_refused, outcome_json, print_outcome, read_month
from moveinsync_desktop.commands.listing import print_json

if TYPE_CHECKING:
    from billing.schemas.runs import BillingOutcome
    from billing.store.session import Session


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--client", help="code or id")
    parser.add_argument("--vendor", help="code or id (default: all vendors)")
    parser.add_argument("--contract", metavar="NAME_OR_ID", help="only this contract")
    parser.add_argument("--month", required=True, metavar="YYYY-MM")
    parser.add_argument("--preview", action="store_true", help="show what it would be, write nothing")
    parser.add_argument("--confirm", action="store_true", help="let bills beyond three times last month's go on")
    parser.add_argument("--explain", action="store_true", help="tell how the month's own charges came about (JSON)")
    parser.add_argument("--trips", action="store_true", help="with --explain: the lines of every trip too")
    parser.add_argument("--json", action="store_true", help="machine-readable output")


def run(args: argparse.Namespace) -> int:
    """Bill or preview; exit status 1 when a contract was refused."""
    from billing.services.billing import preview_bill, run_bill
    from billing.services.lookup import find_client, find_contract
    from billing.services.workspace import session_from_args

    month = read_month(args.month)
    meter = Meter()
    with session_from_args(args) as session:
        contract_id = None
        if args.contract:
            with session.unit_of_work() as uow:
                contract_id = find_contract(uow, find_client(uow, args.client), args.contract).id
        words = {"month": month, "client": args.client, "vendor": args.vendor, "contract_id": contract_id}
        if args.preview:
            outcome = preview_bill(session, progress=meter, **words)
        else:
            outcome = run_bill(session, confirm=args.confirm, progress=meter, **words)
        meter.done()
        answer = outcome_json(outcome, explain=args.explain)
        if args.explain and args.trips:
            _add_trips(session, outcome, answer)
    if args.json or args.explain:
        print_json(answer)
    else:
        print_outcome(outcome)
    return 1 if is_refused(outcome) else 0


def _add_trips(session: Session, outcome: BillingOutcome, answer: dict[str, Any]) -> None:
    """The lines of every trip of the contracts that could be rated, each with how it came about."""
    from billing.services.bill_explain import explain_month
    from moveinsync_desktop.commands.bill_explain import trips_json

    for run, made in zip(outcome.runs, answer["runs"], strict=True):
        if run.figures is not None:
            bill = explain_month(session, client_id=run.client_id, contract_id=run.contract_id, month=run.month)
            made["trip_lines"] = trips_json(bill)
