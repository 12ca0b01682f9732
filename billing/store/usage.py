"""Where month inputs, vehicle slots and fuel prices are stored."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import sqlalchemy as sa

from billing.schemas.usage import EmployeeMonth, FuelPrice, MonthUsage, SlotMonth, VehicleSlot
from billing.store.records import Spec

FUEL_PRICES = Spec(
    FuelPrice,
    "fuel_prices",
    "fuel price",
    ("client_id", "id"),
    frozenset({"client_id", "id", "valid_from"}),
    ("client_id", "valid_from"),
)


def _days(value: int | None) -> Decimal | None:
    """Hundredths as stored -> days."""
    return None if value is None else Decimal(value) / 100


def _hundredths(value: Decimal | None) -> int | None:
    return None if value is None else int(value * 100)


class MonthUsages:
    """The inputs of contracts' months; saving goes through a definer function, as a whole."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def get(self, client_id: UUID, contract_id: UUID, month: date) -> MonthUsage:
        """What is stored for the month; an empty one with rev 0 when there is nothing."""
        values = {"client": client_id, "contract": contract_id, "month": month}
        where = "WHERE x.client_id = :client AND x.contract_id = :contract AND x.month = :month"
        head = self._rows(
            f"SELECT x.sla_breaches, x.vehicles_count, x.note, x.rev, x.updated_at, x.updated_by "
            f"FROM app.month_inputs x {where}",
            values,
        )
        if not head:
            return MonthUsage(client_id, contract_id, month)
        slots = self._rows(
            f"SELECT x.slot, x.distance_m, x.duty_s, x.duty_by_day::text AS duty_by_day, x.active_days, x.absent_days "
            f"FROM app.slot_months x {where} ORDER BY x.slot",
            values,
        )
        employees = self._rows(
            f"SELECT x.employee_code, x.active_days FROM app.employee_months x {where} ORDER BY x.employee_code", values
        )
        return MonthUsage(
            client_id,
            contract_id,
            month,
            **head[0],
            slots=tuple(_slot(row) for row in slots),
            employees=tuple(EmployeeMonth(row["employee_code"], _days(row["active_days"])) for row in employees),
        )

    def save(self, usage: MonthUsage, reason: str = "") -> int:
        """Store the month's inputs as a whole; gives the new revision. `reason`: of an invoiced month, why they change.

        Raises:
            ConflictError: Somebody saved them meanwhile.
            RefusedError: The month is invoiced and no reason is given (MONTH_ISSUED), or there is no such contract.
        """
        statement = sa.text(
            "SELECT api.save_month_inputs(:client, :contract, :month, :rev, :breaches, :vehicles, :note, "
            "CAST(:slots AS jsonb), CAST(:employees AS jsonb), :reason)"
        )
        saved: int = self._connection.execute(
            statement,
            {
                "client": usage.client_id,
                "contract": usage.contract_id,
                "month": usage.month,
                "rev": usage.rev,
                "breaches": usage.sla_breaches,
                "vehicles": usage.vehicles_count,
                "note": usage.note,
                "reason": reason,
                "slots": json.dumps([_slot_json(slot) for slot in usage.slots]),
                "employees": json.dumps(
                    [{"code": one.code, "active_days": _hundredths(one.active_days)} for one in usage.employees]
                ),
            },
        ).scalar_one()
        return saved

    def invoice_of(self, client_id: UUID, contract_id: UUID, month: date) -> str:
        """The number of the month's issued invoice; "" where there is none."""
        statement = sa.text(
            "SELECT i.number FROM app.invoices i WHERE i.client_id = :client AND i.contract_id = :contract "
            "AND i.month = :month AND i.status = 'ISSUED' AND i.corrects_id IS NULL"
        )
        values = {"client": client_id, "contract": contract_id, "month": month}
        return self._connection.execute(statement, values).scalar() or ""

    def fuel_price(self, client_id: UUID, day: date) -> int | None:
        """The price of a litre in force on a day, in paise."""
        statement = sa.text(
            "SELECT f.price_paise FROM app.fuel_prices f WHERE f.client_id = :client AND f.valid_from <= :day "
            "ORDER BY f.valid_from DESC LIMIT 1"
        )
        found: int | None = self._connection.execute(statement, {"client": client_id, "day": day}).scalar_one_or_none()
        return found

    def slots_state(self, client_id: UUID, contract_id: UUID, month: date) -> str:
        """What stands in the contract's vehicle slots in a month, as one text to compare; "" without slots."""
        statement = sa.text("SELECT api.slots_state(:client, :contract, :month)")
        values = {"client": client_id, "contract": contract_id, "month": month}
        return str(self._connection.execute(statement, values).scalar_one())

    def vehicle_slots(self, client_id: UUID, contract_id: UUID) -> list[VehicleSlot]:
        """All slots of a contract with their vehicles, by slot and day."""
        rows = self._rows(
            "SELECT x.id, x.client_id, x.contract_id, x.slot, x.vehicle_no, x.valid_from, x.valid_until, x.rev "
            "FROM app.vehicle_slots x WHERE x.client_id = :client AND x.contract_id = :contract "
            "ORDER BY x.slot, x.valid_from",
            {"client": client_id, "contract": contract_id},
        )
        return [VehicleSlot(**row) for row in rows]

    def add_vehicle_slots(self, slots: list[VehicleSlot]) -> None:
        """Put vehicles into slots from a day on. Raises ConflictError for a vehicle that is in another slot then."""
        statement = sa.text(
            "INSERT INTO app.vehicle_slots (client_id, id, contract_id, slot, vehicle_no, valid_from, valid_until) "
            "VALUES (:client_id, :id, :contract_id, :slot, :vehicle_no, :valid_from, :valid_until)"
        )
        names = ("client_id", "id", "contract_id", "slot", "vehicle_no", "valid_from", "valid_until")
        if slots:
            self._connection.execute(statement, [{name: getattr(slot, name) for name in names} for slot in slots])

    def end_vehicle_slot(self, slot: VehicleSlot, until: date) -> bool:
        """The vehicle leaves its slot on that day; False when somebody changed the row meanwhile."""
        statement = sa.text(
            "UPDATE app.vehicle_slots SET valid_until = :until WHERE client_id = :client AND id = :id AND rev = :rev"
        )
        values = {"client": slot.client_id, "id": slot.id, "rev": slot.rev, "until": until}
        return self._connection.execute(statement, values).rowcount == 1

    def _rows(self, statement: str, values: dict[str, Any]) -> list[dict[str, Any]]:
        return [dict(row) for row in self._connection.execute(sa.text(statement), values).mappings()]


def _slot(row: dict[str, Any]) -> SlotMonth:
    by_day = row["duty_by_day"]
    return SlotMonth(
        row["slot"],
        row["distance_m"],
        row["duty_s"],
        {date.fromisoformat(day): seconds for day, seconds in json.loads(by_day).items()} if by_day else None,
        _days(row["active_days"]),
        _days(row["absent_days"]),
    )


def _slot_json(slot: SlotMonth) -> dict[str, Any]:
    by_day = slot.duty_by_day
    return {
        "slot": slot.slot,
        "distance_m": slot.distance_m,
        "duty_s": slot.duty_s,
        "duty_by_day": {day.isoformat(): seconds for day, seconds in by_day.items()} if by_day else None,
        "active_days": _hundredths(slot.active_days),
        "absent_days": _hundredths(slot.absent_days),
    }
