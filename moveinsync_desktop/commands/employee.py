"""`moveinsync employee`: import employees from a sheet, add one, list them."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from billing.money import group_indian
from moveinsync_desktop.commands.listing import print_json, print_rows
from moveinsync_desktop.commands.typed import day_argument

if TYPE_CHECKING:
    from billing.schemas.parties import Employee
    from billing.store.session import Session

_COLUMNS = ("code", "name", "site", "gender", "active_from", "active_until")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-commands."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    imported = actions.add_parser("import", help="take employees from .xlsx, .xls, .csv or .tsv")
    imported.add_argument(
        "file", metavar="FILE", help="columns Code, Name, Site, Gender, From, Until; Code is required"
    )
    imported.add_argument("--lenient", action="store_true", help="take the good rows though others are rejected")
    imported.add_argument("--preview", action="store_true", help="write nothing")
    add = actions.add_parser("add", help="add one employee")
    add.add_argument("--code", required=True)
    add.add_argument("--name", default="")
    add.add_argument("--site", metavar="CODE")
    add.add_argument("--gender", choices=("F", "M", "X"))
    add.add_argument("--from", dest="active_from", type=day_argument, metavar="DATE", help="YYYY-MM-DD")
    add.add_argument("--until", dest="active_until", type=day_argument, metavar="DATE", help="first day gone")
    listed = actions.add_parser("list", help="the employees of a client")
    for action in (imported, add, listed):
        action.add_argument("--client", help="code or id")
        action.add_argument("--json", action="store_true", help="machine-readable output")


def run(args: argparse.Namespace) -> int:
    """Do it; gives the exit status."""
    from billing.services.workspace import session_from_args

    with session_from_args(args) as session:
        return {"import": _import, "add": _add, "list": _list}[args.action](session, args)


def _import(session: Session, args: argparse.Namespace) -> int:
    from billing.services.employees import import_employees
    from billing.services.lookup import find_client

    with session.unit_of_work() as uow:
        client = find_client(uow, args.client)
    done = import_employees(
        session, client_id=client.id, path=Path(args.file), lenient=args.lenient, preview=args.preview
    )
    counts = {"added": done.added, "updated": done.updated, "unchanged": done.unchanged}
    if args.json:
        print_json({**counts, "rejected": [asdict(row) for row in done.rejected]})
    else:
        for row in done.rejected:
            value = "" if row.value is None else f" {row.value!r}"
            print(f"row {row.row}, {row.column}{value}: {row.message}", file=sys.stderr)  # noqa: T201
        verb = "would be " if args.preview else ""
        sys.stdout.write(", ".join(f"{group_indian(count)} {verb}{name}" for name, count in counts.items()))
        sys.stdout.write(f", {group_indian(len(done.rejected))} rejected\n")
    return 0


def _row(employee: Employee, site_codes: dict[Any, str]) -> dict[str, Any]:
    return {
        "id": employee.id,
        "code": employee.code,
        "name": employee.name,
        "site": site_codes.get(employee.site_id),
        "gender": employee.gender,
        "active_from": employee.active_from,
        "active_until": employee.active_until,
    }


def _add(session: Session, args: argparse.Namespace) -> int:
    from billing.schemas.ids import new_id
    from billing.schemas.parties import Employee
    from billing.services.lookup import find_client, find_place
    from billing.services.staff_and_cabs import add_employees

    with session.unit_of_work() as uow:
        client = find_client(uow, args.client)
        sites = uow.client_sites.find(client_id=client.id)
    employee = Employee(
        new_id(),
        client.id,
        args.code,
        args.name,
        site_id=find_place(sites, args.site, "site").id if args.site else None,
        gender=args.gender,
        active_from=args.active_from,
        active_until=args.active_until,
    )
    add_employees(session, employees=[employee])
    row = _row(employee, {site.id: site.code for site in sites})
    if args.json:
        print_json(row)
    else:
        print_rows([row], _COLUMNS, "")
    return 0


def _list(session: Session, args: argparse.Namespace) -> int:
    from billing.services.lookup import find_client

    with session.unit_of_work() as uow:
        client = find_client(uow, args.client)
        site_codes: dict[Any, str] = {site.id: site.code for site in uow.client_sites.find(client_id=client.id)}
        rows = [_row(employee, site_codes) for employee in uow.employees.find(client_id=client.id)]
    if args.json:
        print_json(rows)
    else:
        print_rows(rows, _COLUMNS, "There are no employees yet.")
    return 0
