"""Employees from a list: new codes are added, known ones brought up to date, in one unit of work."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from billing.counting import plural
from billing.errors import RefusedError
from billing.exchange.employee_sheet import EmployeeRow, EmployeeSheet, RejectedRow, read_employees
from billing.schemas.changes import Changes
from billing.schemas.ids import new_id
from billing.schemas.parties import Employee
from billing.services.lookup import fold
from billing.services.party_checks import checked_employee

if TYPE_CHECKING:
    from billing.store.session import Session


@dataclass(frozen=True, slots=True)
class EmployeeImport:
    """What became of a list."""

    added: int
    updated: int
    unchanged: int
    rejected: tuple[RejectedRow, ...]
    changes: Changes


def import_employees(
    session: Session, *, client_id: UUID, path: Path, lenient: bool = False, preview: bool = False
) -> EmployeeImport:
    """Take a client's employees from a sheet; a cell left empty keeps what is stored.

    Any rejected row refuses the file, unless `lenient`. With `preview` nothing is written.

    Raises:
        RefusedError: The file cannot be read, or has rejected rows (REJECTED_ROWS, the first named).
    """
    sheet = read_employees(path)
    with session.unit_of_work(timeout_s=600, name="employees.import") as uow:
        sites = {fold(site.code): site.id for site in uow.client_sites.find(client_id=client_id)}
        known = {employee.code: employee for employee in uow.employees.find(client_id=client_id)}
        rows, rejected = _with_sites(sheet, sites)
        if rejected and not lenient and not preview:
            raise _refusal(path, rejected)
        wanted = [_employee(row, client_id, known.get(row.code), sites) for row in rows]
        new = [employee for employee in wanted if employee.code not in known]
        changed = [employee for employee in wanted if employee.code in known and employee != known[employee.code]]
        if not preview:
            uow.employees.add(new)
            uow.employees.update_many(changed)
            uow.rows = len(new) + len(changed)
            uow.commit()
    unchanged = len(wanted) - len(new) - len(changed)
    return EmployeeImport(len(new), len(changed), unchanged, rejected, Changes(frozenset({"employees"})))


def _with_sites(sheet: EmployeeSheet, sites: dict[str, UUID]) -> tuple[list[EmployeeRow], tuple[RejectedRow, ...]]:
    """Rows whose site is the client's, or that name none."""
    good = [row for row in sheet.rows if row.site is None or fold(row.site) in sites]
    strangers = [
        RejectedRow(row.row, "Site", row.site, "UNKNOWN_SITE", "The client has no site of this code.")
        for row in sheet.rows
        if row.site is not None and fold(row.site) not in sites
    ]
    return good, tuple(sorted((*sheet.rejected, *strangers), key=lambda entry: entry.row))


def _refusal(path: Path, rejected: tuple[RejectedRow, ...]) -> RefusedError:
    first = rejected[0]
    return RefusedError(
        "REJECTED_ROWS",
        f"{plural(len(rejected), 'row')} cannot be taken; row {first.row}, {first.column}: {first.message}",
        where=path.name,
        hint="Correct them, or use --lenient to take the others.",
    )


def _employee(row: EmployeeRow, client_id: UUID, stored: Employee | None, sites: dict[str, UUID]) -> Employee:
    base = stored or Employee(new_id(), client_id, row.code, row.name)
    return checked_employee(
        replace(
            base,
            name=row.name or base.name,
            site_id=sites[fold(row.site)] if row.site else base.site_id,
            gender=row.gender or base.gender,
            active_from=row.active_from or base.active_from,
            active_until=row.active_until or base.active_until,
        )
    )
