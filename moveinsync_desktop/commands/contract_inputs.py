"""`moveinsync contract inputs|slot|fuel-price`: what a month is billed from beside trips."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moveinsync_desktop.commands.bill_output import read_month
from moveinsync_desktop.commands.listing import print_json, print_rows
from moveinsync_desktop.commands.typed import day_argument, read_amount

if TYPE_CHECKING:
    from billing.services.contracts import ContractView
    from billing.services.usage import ContractMonth
    from billing.store.session import Session

INPUT_ACTIONS = ("inputs", "slot", "fuel-price")
Find = Callable[["Session", argparse.Namespace], "ContractView"]


def add_input_arguments(actions: Any) -> None:
    """Declare inputs, slot and fuel-price."""
    inputs = actions.add_parser("inputs", help="what a month is billed from beside trips")
    inputs.add_argument("--month", required=True, metavar="YYYY-MM")
    inputs.add_argument("--sheet", metavar="FILE", help="take the figures of this sheet")
    inputs.add_argument("--template", metavar="FILE", help="write the sheet to fill in (.xlsx)")
    inputs.add_argument("--breaches", type=int, help="number of SLA breaches")
    inputs.add_argument("--vehicles", type=int, help="number of vehicles")
    inputs.add_argument("--reason", default="", help="of an invoiced month: why its inputs change; then settle it")
    slot = actions.add_parser("slot", help="put a vehicle into a slot of the contract from a day on")
    slot.add_argument("--slot", required=True)
    slot.add_argument("--vehicle", required=True, metavar="NUMBER")
    slot.add_argument("--from", dest="first_day", required=True, type=day_argument, metavar="DATE")
    fuel = actions.add_parser("fuel-price", help="the price of a litre from a day on")
    fuel.add_argument("--client", help="code or id")
    fuel.add_argument("--from", dest="first_day", required=True, type=day_argument, metavar="DATE")
    fuel.add_argument("--price", required=True, metavar="RUPEES")
    fuel.add_argument("--source", default="", help="where it was published")


def run_inputs(session: Session, args: argparse.Namespace, find: Find) -> int:
    """Do it; gives the exit status. `find` looks the contract up."""
    if args.action == "fuel-price":
        return _fuel(session, args)
    view = find(session, args)
    if args.action == "slot":
        from billing.services.usage import put_vehicle_in_slot

        put_vehicle_in_slot(
            session,
            client_id=view.contract.client_id,
            contract_id=view.contract.id,
            slot=args.slot,
            vehicle_no=args.vehicle,
            first_day=args.first_day,
        )
        _say({"slot": args.slot, "vehicle": args.vehicle, "from": args.first_day}, args)
        return 0
    return _inputs(session, args, view)


def _inputs(session: Session, args: argparse.Namespace, view: ContractView) -> int:
    from billing.services.usage import read_contract_month, save_usage

    ids: dict[str, Any] = {
        "client_id": view.contract.client_id,
        "contract_id": view.contract.id,
        "month": read_month(args.month),
    }
    found = read_contract_month(session, **ids)
    if args.template:
        from billing.exchange.usage_sheet import template_rows, write_template

        write_template(Path(args.template), template_rows(found.usage, found.slots, found.asked))
        print(f"Wrote {args.template}.", file=sys.stderr)  # noqa: T201
    usage = found.usage
    if args.sheet:
        from billing.exchange.usage_sheet import read_sheet

        usage = read_sheet(Path(args.sheet)).applied_to(usage)
    if args.breaches is not None:
        usage = replace(usage, sla_breaches=args.breaches)
    if args.vehicles is not None:
        usage = replace(usage, vehicles_count=args.vehicles)
    if usage != found.usage:
        save_usage(session, usage=usage, reason=args.reason)
        found = read_contract_month(session, **ids)
    _show(found, args)
    return 0


def _fuel(session: Session, args: argparse.Namespace) -> int:
    from billing.schemas.ids import new_id
    from billing.schemas.usage import FuelPrice
    from billing.services.lookup import find_client
    from billing.services.usage import set_fuel_price

    with session.unit_of_work() as uow:
        client = find_client(uow, args.client)
        known = uow.fuel_prices.find(client_id=client.id, valid_from=args.first_day)
    new = known[0] if known else FuelPrice(new_id(), client.id, args.first_day, 0)
    price = replace(new, price_paise=read_amount(args.price, "--price"), source=args.source or new.source)
    set_fuel_price(session, price=price)
    _say({"client": client.code, "from": args.first_day, "price_paise": price.price_paise}, args)
    return 0


def _say(content: dict[str, Any], args: argparse.Namespace) -> None:
    if args.json:
        print_json(content)
    else:
        print_rows([content], tuple(content), "")


def _show(found: ContractMonth, args: argparse.Namespace) -> None:
    usage = found.usage
    slots = [
        {
            "slot": slot.slot,
            "distance_m": slot.distance_m,
            "duty_s": slot.duty_s,
            "active_days": slot.active_days,
            "absent_days": slot.absent_days,
        }
        for slot in usage.slots
    ]
    content = {
        "contract": found.view.contract.name,
        "month": f"{found.month:%Y-%m}",
        "asked": sorted(found.asked),
        "sla_breaches": usage.sla_breaches,
        "vehicles_count": usage.vehicles_count,
        "fuel_price_paise": found.fuel_paise,
        "vehicle_slots": list(found.slots),
        "slots": slots,
        "employees": [{"code": one.code, "active_days": one.active_days} for one in usage.employees],
        "missing": [{"field": one.field, "message": one.message} for one in found.missing],
    }
    if args.json:
        print_json(content)
        return
    print_rows([content], ("contract", "month", "asked", "sla_breaches", "vehicles_count"), "")
    if slots:
        sys.stdout.write("\n")
        print_rows(slots, ("slot", "distance_m", "duty_s", "active_days", "absent_days"), "")
    for one in found.missing:
        sys.stdout.write(f"Missing: {one.message}\n")
