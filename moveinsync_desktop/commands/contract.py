"""`moveinsync contract`: add, list, show, renew and end contracts, and their month inputs."""

from __future__ import annotations

import argparse
import json
import sys
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from billing.errors import BadInputError
from moveinsync_desktop.commands import party_edits
from moveinsync_desktop.commands.contract_drafts import activate, correct, propose, read_rules
from moveinsync_desktop.commands.contract_inputs import INPUT_ACTIONS, add_input_arguments, run_inputs
from moveinsync_desktop.commands.listing import print_json, print_rows

if TYPE_CHECKING:
    from billing.schemas.contracts import Contract, ContractVersion
    from billing.services.contracts import ContractView
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-commands."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    _add_arguments(actions.add_parser("add", help="add a contract with its first version"))
    listed = actions.add_parser("list", help="the contracts")
    listed.add_argument("--client", help="code or id")
    listed.add_argument("--vendor", help="code or id")
    actions.add_parser("show", help="one contract with its versions and rules")
    party_edits.add_fields(actions.add_parser("edit", help="change a contract's own facts"), party_edits.CONTRACT)
    _life_arguments(actions)
    add_input_arguments(actions)
    for name in ("show", "edit", "renew", "activate", "correct", "end", "inputs", "slot"):
        actions.choices[name].add_argument("contract", help="name or id")
        actions.choices[name].add_argument("--client", help="code or id")
        actions.choices[name].add_argument("--vendor", help="code or id")
    for action in actions.choices.values():
        action.add_argument("--json", action="store_true", help="machine-readable output")


def _add_arguments(add: argparse.ArgumentParser) -> None:
    add.add_argument("--client", help="code or id")
    add.add_argument("--vendor", required=True, help="code or id")
    add.add_argument("--name", required=True)
    _rule_arguments(add, model_required=True)
    add.add_argument("--site", metavar="CODE", help="site that is invoiced (default: the client's default site)")
    add.add_argument("--branch", metavar="CODE", help="branch that invoices (default: the vendor's default branch)")
    add.add_argument("--sac", default="996601", help="service accounting code (default: 996601)")
    add.add_argument("--itc", choices=("RESTRICTED", "FULL"), default="RESTRICTED", help="input tax credit option")
    add.add_argument("--reverse-charge", action="store_true")
    add.add_argument("--only-site", action="append", default=[], metavar="CODE", help="cover only trips of this site")
    add.add_argument("--only-vehicle-type", action="append", default=[], metavar="TYPE", help="cover only this type")
    add.add_argument("--draft", action="store_true", help="keep the first version as a draft")


def _life_arguments(actions: Any) -> None:
    """What happens to a contract after it was made."""
    renew = actions.add_parser("renew", help="begin a new version; the one in force ends at the same instant")
    _rule_arguments(renew, model_required=False)
    renew.add_argument("--escalation", type=_percent, metavar="PERCENT", help="raise the prices by so many percent")
    activate = actions.add_parser("activate", help="put a draft in force; the version before it ends on that day")
    activate.add_argument("--from", dest="valid_from", required=True, type=_day, metavar="DATE")
    activate.add_argument("--until", dest="valid_until", type=_day, metavar="DATE")
    correct = actions.add_parser("correct", help="put right the version in force; issued months are settled by notes")
    correct.add_argument("--model", help="HYBRID, PER_TRIP or FIXED_PACKAGE")
    correct.add_argument("--rules", required=True, metavar="RULES.json")
    correct.add_argument("--from", dest="valid_from", type=_day, metavar="DATE", help="only from this day on")
    correct.add_argument("--reason", required=True)
    propose = actions.add_parser("propose", help="drafts for contracts that renew within their notice")
    propose.add_argument("--client", help="code or id")
    end = actions.add_parser("end", help="end a contract")
    end.add_argument("--on", required=True, type=_day, metavar="DATE", help="first day without the contract")
    end.add_argument("--reason", default="")


def _rule_arguments(parser: argparse.ArgumentParser, *, model_required: bool) -> None:
    parser.add_argument("--model", required=model_required, help="HYBRID, PER_TRIP or FIXED_PACKAGE")
    parser.add_argument("--rules", required=model_required, metavar="RULES.json", help="file (- for standard input)")
    parser.add_argument("--from", dest="valid_from", required=True, type=_day, metavar="DATE", help="YYYY-MM-DD")
    parser.add_argument("--until", dest="valid_until", type=_day, metavar="DATE", help="first day that it is over")
    parser.add_argument("--note", default="")


def _day(text: str) -> date | datetime:
    """YYYY-MM-DD: local midnight of the client's zone; with a time, that time."""
    try:
        return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no date; write it as 2026-04-01") from None


def _percent(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:
        raise argparse.ArgumentTypeError(f"{text} is no number") from None


def run(args: argparse.Namespace) -> int:
    """Do it; gives the exit status."""
    from billing.services.workspace import session_from_args

    with session_from_args(args) as session:
        if args.action == "list":
            _print_list(_list(session, args), as_json=args.json)
        elif args.action == "propose":
            _print_list(propose(session, args), as_json=args.json)
        elif args.action in INPUT_ACTIONS:
            return run_inputs(session, args, _find)
        else:
            _print_one(_ACTIONS[args.action](session, args), as_json=args.json)
    return 0


def _list(session: Session, args: argparse.Namespace) -> list[ContractView]:
    from billing.services.contracts import list_contracts
    from billing.services.lookup import find_client, find_link

    client_id = vendor_id = None
    if args.client or args.vendor:
        with session.unit_of_work() as uow:
            client = find_client(uow, args.client)
            client_id = client.id
            vendor_id = find_link(uow, client, args.vendor).vendor_id if args.vendor else None
    views = list_contracts(session, client_id=client_id)
    return [view for view in views if vendor_id is None or view.contract.vendor_id == vendor_id]


def _add(session: Session, args: argparse.Namespace) -> ContractView:
    from billing.services.contracts import create_contract

    rules = read_rules(args.rules)
    with session.unit_of_work() as uow:
        contract = _new_contract(uow, args)
    return create_contract(
        session,
        contract=contract,
        model=args.model,
        rules=rules,
        valid_from=args.valid_from,
        valid_until=args.valid_until,
        activate=not args.draft,
        note=args.note,
    ).view


def _new_contract(uow: UnitOfWork, args: argparse.Namespace) -> Contract:
    from billing.schemas.contracts import Contract
    from billing.schemas.ids import new_id
    from billing.services.lookup import find_client, find_link, find_place

    client = find_client(uow, args.client)
    link = find_link(uow, client, args.vendor)
    site = find_place(uow.client_sites.find(client_id=client.id), args.site, "site")
    branch = find_place(uow.vendor_branches.find(vendor_id=link.vendor_id), args.branch, "branch")
    return Contract(
        new_id(),
        client.id,
        link.vendor_id,
        args.name,
        site.id,
        branch.id,
        sac=args.sac,
        itc_option=args.itc,
        reverse_charge=args.reverse_charge,
        scope_sites=tuple(args.only_site),
        scope_vehicle_types=tuple(args.only_vehicle_type),
    )


def _find(session: Session, args: argparse.Namespace) -> ContractView:
    from billing.services.contracts import show_contract
    from billing.services.lookup import find_client, find_contract, find_link

    with session.unit_of_work() as uow:
        client = find_client(uow, args.client)
        link = find_link(uow, client, args.vendor) if args.vendor else None
        contract = find_contract(uow, client, args.contract, link)
    return show_contract(session, client_id=client.id, contract_id=contract.id)


def _renew(session: Session, args: argparse.Namespace) -> ContractView:
    from billing.services.contracts import renew_contract

    given = read_rules(args.rules) if args.rules else None
    view = _find(session, args)
    current = view.current()
    model = args.model or (current.billing_model if current else "")
    rules = given if given is not None else dict(current.rules) if current else {}
    if args.escalation is not None:
        from billing.rules.escalate import escalated

        rules = escalated(rules, args.escalation)
    elif given is None:
        raise BadInputError("BAD_INPUT", "Give --rules, --escalation or both.", where="--rules")
    return renew_contract(
        session,
        contract=view.contract,
        model=model,
        rules=rules,
        valid_from=args.valid_from,
        valid_until=args.valid_until,
        note=args.note,
    ).view


def _end(session: Session, args: argparse.Namespace) -> ContractView:
    from billing.services.contracts import end_contract

    view = _find(session, args)
    return end_contract(session, contract=view.contract, until=args.on, reason=args.reason).view


_ACTIONS = {
    "add": _add,
    "show": _find,
    "edit": lambda session, args: party_edits.edit_contract(session, _find(session, args).contract, args),
    "renew": _renew,
    "activate": lambda session, args: activate(session, args, _find),
    "correct": lambda session, args: correct(session, args, _find),
    "end": _end,
}


def _version_row(version: ContractVersion, zone: ZoneInfo) -> dict[str, Any]:
    names = ("id", "number", "billing_model", "status", "note", "rules")
    return {name: getattr(version, name) for name in names} | _validity(version, zone)


def _validity(version: ContractVersion | None, zone: ZoneInfo) -> dict[str, Any]:
    """The bounds in the client's own time, where they are midnights."""
    bounds = {"valid_from": version and version.valid_from, "valid_until": version and version.valid_until}
    return {name: moment.astimezone(zone) if moment else None for name, moment in bounds.items()}


def _row(view: ContractView) -> dict[str, Any]:
    current = view.current()
    return {
        "id": view.contract.id,
        "client": view.client.code,
        "vendor": view.link.code,
        "name": view.contract.name,
        "site": view.site.code,
        "branch": view.branch.code,
        "sac": view.contract.sac,
        "fuel_included": view.contract.fuel_included,
        "itc_option": view.contract.itc_option,
        "reverse_charge": view.contract.reverse_charge,
        "po_number": view.contract.po_number,
        "seating_capacity": view.contract.seating_capacity,
        "statutory_obligation": view.contract.statutory_obligation,
        "state": view.state(),
        "billing_model": current.billing_model if current else None,
        "version": current.number if current else None,
        **_validity(current, ZoneInfo(view.client.time_zone)),
    }


def _print_list(views: list[ContractView], *, as_json: bool) -> None:
    rows = [_row(view) for view in views]
    if as_json:
        print_json(rows)
    else:
        columns = ("client", "vendor", "name", "billing_model", "version", "state", "site")
        print_rows(rows, columns, "There are no contracts yet.")


def _print_one(view: ContractView, *, as_json: bool) -> None:
    zone = ZoneInfo(view.client.time_zone)
    versions = [_version_row(version, zone) for version in view.versions]
    if as_json:
        print_json({**_row(view), "versions": versions})
        return
    _print_list([view], as_json=False)
    sys.stdout.write("\n")
    print_rows(versions, ("number", "billing_model", "status", "valid_from", "valid_until"), "It has no version.")
    for version in view.versions:
        sys.stdout.write(f"\nRules of version {version.number}:\n")
        sys.stdout.write(json.dumps(version.rules, ensure_ascii=False, indent=1) + "\n")
