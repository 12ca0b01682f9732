"""A client's employees and the cabs that vendors run for it: read, add, edit. One unit of work for each function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from billing.errors import ConflictError
from billing.schemas.changes import Changes
from billing.schemas.parties import Employee, Vehicle
from billing.services.parties import Stored, refuse_same_code
from billing.services.party_checks import checked_employee, checked_vehicle

if TYPE_CHECKING:
    from billing.store.session import Session


@dataclass(frozen=True, slots=True)
class Added:
    """How many records were added, and what changed."""

    count: int
    changes: Changes


def list_employees(session: Session, *, client_id: UUID) -> list[Employee]:
    """A client's employees, by code."""
    with session.unit_of_work() as uow:
        return uow.employees.find(client_id=client_id)


def add_employees(session: Session, *, employees: Sequence[Employee]) -> Added:
    """Add employees of one client, all or none.

    Raises:
        InvalidFieldsError: Fields of one are wrong.
        ConflictError: A code is there already, or twice among them.
    """
    checked = [checked_employee(employee) for employee in employees]
    with session.unit_of_work() as uow:
        for client_id in {employee.client_id for employee in checked}:
            taken = {employee.code for employee in uow.employees.find(client_id=client_id)}
            for employee in (one for one in checked if one.client_id == client_id):
                if employee.code in taken:
                    raise ConflictError("ALREADY_THERE", f"There is already an employee {employee.code}.", where="code")
                taken.add(employee.code)
        uow.employees.add(checked)
        uow.commit()
    return Added(len(checked), Changes(frozenset({"employees"})))


def update_employee(session: Session, *, employee: Employee) -> Stored[Employee]:
    """Save an edit of an employee. Raises InvalidFieldsError, EditConflictError."""
    employee = checked_employee(employee)
    with session.unit_of_work() as uow:
        stored = uow.employees.update(employee)
        uow.commit()
    return Stored(stored, Changes(frozenset({"employees"}), frozenset({employee.id})))


def list_vehicles(session: Session, *, client_id: UUID) -> list[Vehicle]:
    """The cabs that vendors run for a client, by number."""
    with session.unit_of_work() as uow:
        return uow.vehicles.find(client_id=client_id)


def add_vehicles(session: Session, *, vehicles: Sequence[Vehicle]) -> Added:
    """Add vehicles, all or none. Raises InvalidFieldsError; ConflictError when a number is there already."""
    checked = [checked_vehicle(vehicle) for vehicle in vehicles]
    with session.unit_of_work() as uow:
        for vehicle in checked:
            found = uow.vehicles.find(client_id=vehicle.client_id, vehicle_no=vehicle.vehicle_no)
            refuse_same_code(found, "vehicle", vehicle.vehicle_no, "vehicle_no")
        uow.vehicles.add(checked)
        uow.commit()
    return Added(len(checked), Changes(frozenset({"vehicles"})))


def update_vehicle(session: Session, *, vehicle: Vehicle) -> Stored[Vehicle]:
    """Save an edit of a vehicle. Raises InvalidFieldsError, EditConflictError."""
    vehicle = checked_vehicle(vehicle)
    with session.unit_of_work() as uow:
        stored = uow.vehicles.update(vehicle)
        uow.commit()
    return Stored(stored, Changes(frozenset({"vehicles"}), frozenset({vehicle.id})))
