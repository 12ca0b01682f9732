"""Cabs and employees of a trip sheet that nobody has entered: a warning, or an error where the user wants that.

A client without any vehicle (or employee) on record keeps no such list, so nothing is said about its rows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from billing.exchange.sheets.result import CheckedFile, Rejected, Warned
from billing.services.trip_parties import Resolved

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from billing.store.unit_of_work import UnitOfWork

UNKNOWN_VEHICLE = "UNKNOWN_VEHICLE"
UNKNOWN_EMPLOYEE = "UNKNOWN_EMPLOYEE"


def check_names(uow: UnitOfWork, checked: CheckedFile, resolved: Resolved, *, as_errors: bool) -> None:
    """Warn of each row with an unknown cab or rider; with `as_errors` the row is rejected instead."""
    found: dict[int, list[tuple[str, str, str, str]]] = {}
    for client_id in {client.id for client in resolved.clients.values()}:
        of_client = _rows_of(checked, resolved, client_id)
        vehicles = {vehicle.vehicle_no for vehicle in uow.vehicles.find(client_id=client_id)}
        _look(checked, of_client, "vehicle_no", vehicles, _vehicle, found)
        if not uow.session.may("employees.view"):
            continue  # a vendor's staff may not read the client's employees
        employees = {employee.code for employee in uow.employees.find(client_id=client_id)}
        _look(checked, of_client, "employees", employees, _employee, found)
    if as_errors:
        _reject(checked, found)
    else:
        _warn(checked, found)


Words = Callable[[Any, set[str]], tuple[str, str, str] | None]


def _vehicle(name: Any, known: set[str]) -> tuple[str, str, str] | None:
    return None if name in known else (UNKNOWN_VEHICLE, name, f"Cab {name} is not on record.")


def _employee(codes: Any, known: set[str]) -> tuple[str, str, str] | None:
    new = [code for code in codes if code not in known]
    return (UNKNOWN_EMPLOYEE, ", ".join(new), f"Employee {', '.join(new)} is not on record.") if new else None


def _rows_of(checked: CheckedFile, resolved: Resolved, client_id: UUID) -> NDArray[np.bool_]:
    import numpy as np

    clients = checked.accepted.texts["client"]
    codes = [
        code
        for code, name in enumerate(clients.names)
        if name in resolved.clients and resolved.clients[name].id == client_id
    ]
    return np.isin(clients.codes, codes)


def _look(
    checked: CheckedFile,
    rows: NDArray[np.bool_],
    field: str,
    known: set[str],
    words: Words,
    found: dict[int, list[tuple[str, str, str, str]]],
) -> None:
    import numpy as np

    column = checked.accepted.texts.get(field)
    if column is None or not known:
        return
    said = {code: text for code, name in enumerate(column.names) if (text := words(name, known)) is not None}
    for position in np.flatnonzero(rows & np.isin(column.codes, list(said))).tolist():
        found.setdefault(position, []).append((field, *said[int(column.codes[position])]))


def _warn(checked: CheckedFile, found: dict[int, list[tuple[str, str, str, str]]]) -> None:
    table = checked.accepted
    for position in sorted(found):
        for _field, code, _value, message in found[position]:
            row = int(table.row[position])
            checked.warnings.append(Warned(row, table.sheet[position], table.trip_id[position], code, message))
            table.warnings.setdefault(position, []).append(code)


def _reject(checked: CheckedFile, found: dict[int, list[tuple[str, str, str, str]]]) -> None:
    import numpy as np

    table = checked.accepted
    for position in sorted(found):
        field, code, value, message = found[position][0]
        checked.rejected.append(
            Rejected(
                int(table.row[position]), table.sheet[position], table.trip_id[position], checked.mapping.get(field),
                value, code, message,
            )
        )  # fmt: skip
    keep = np.setdiff1d(np.arange(len(table)), np.array(sorted(found), np.int64))
    checked.accepted = table.take(keep)
    checked.rejected.sort(key=lambda item: (item.sheet or "", item.row))
