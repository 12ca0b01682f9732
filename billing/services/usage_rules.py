"""Which month inputs a contract's rules ask for, what is missing, and the inputs as the engine takes them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from billing.errors import RefusedError
from billing.schemas.rating import ContractRuleConfig, VehicleUsage
from billing.schemas.usage import MonthUsage, SlotMonth

WHERE_TO_ENTER = (
    "Enter it under Month inputs, or import it: moveinsync contract inputs CONTRACT --month MONTH --sheet FILE."
)
_CENTI_HOUR, _HOUR, _MINUTE = 36, 3600, 60
# Columns of a trip that one rule key alone reads; rates by vehicle type may hold any key.
_READ_BY = {"seats": "per_seat_rate", "vehicle_type": "vehicle_rates", "zone": "zone_rates", "site": "free_km_scope"}


@dataclass(frozen=True, slots=True)
class MissingInput:
    """An input that the rules ask for and nobody has entered: which one, and a sentence."""

    field: str
    message: str


def unread_columns(rules: Iterable[ContractRuleConfig]) -> frozenset[str]:
    """Columns of trips that rating under these rules never looks at, so that a run need not load them."""
    keys = {key for config in rules for key in _READ_BY.values() if key in config}
    if "vehicle_rates" in keys:
        return frozenset()
    return frozenset(name for name, key in _READ_BY.items() if key not in keys)


def asked_for(rules: Iterable[ContractRuleConfig]) -> frozenset[str]:
    """Among breaches, vehicles, absences, employees, fuel: what these rules read beside trips."""
    asked: set[str] = set()
    for config in rules:
        if "sla_penalty_amount" in config:
            asked.add("breaches")
        guarantee = config.get("min_guarantee")
        per_vehicle = isinstance(guarantee, Mapping) and "km_per_vehicle" in guarantee
        if per_vehicle or "max_vehicles" in config or "extra_vehicle_fee" in config:
            asked.add("vehicles")
        if "absence_basis" in config or "absence_multiplier" in config:
            asked.add("absences")
        if "per_employee_fee" in config:
            asked.add("employees")
        if "fuel" in config:
            asked.add("fuel")
    return frozenset(asked)


def missing_inputs(
    asked: frozenset[str], usage: MonthUsage, slots: Collection[str], employees: int
) -> tuple[MissingInput, ...]:
    """What the rules ask for and `usage`, the vehicle slots and the employees do not say. 0 is an answer."""
    given = {slot.slot: slot for slot in usage.slots}
    missing = []
    if "breaches" in asked and usage.sla_breaches is None:
        missing.append(MissingInput("sla_breaches", "The number of SLA breaches is not entered; 0 if none."))
    if "vehicles" in asked and usage.vehicles_count is None and not slots:
        missing.append(MissingInput("vehicles_count", "The number of vehicles is not entered."))
    if "absences" in asked:
        open_slots = [slot for slot in slots if slot not in given or given[slot].absent_days is None]
        if open_slots:
            missing.append(MissingInput("absent_days", f"Absent days are not entered for {', '.join(open_slots)}."))
        elif not slots:
            missing.append(MissingInput("slots", "No vehicle slot is entered, so absences have no place."))
    if "employees" in asked and not employees:
        missing.append(MissingInput("employees", "No employee is active in the month."))
    return tuple(missing)


def refuse_missing(missing: Collection[MissingInput]) -> None:
    """Raise RefusedError MONTH_INPUT_MISSING for what is not entered; it says where to enter it."""
    if missing:
        first = next(iter(missing))
        raise RefusedError(
            "MONTH_INPUT_MISSING", " ".join(one.message for one in missing), where=first.field, hint=WHERE_TO_ENTER
        )


def vehicle_usage(usage: MonthUsage, slots: Iterable[str]) -> tuple[VehicleUsage, ...]:
    """The slots of the month with what is known of each, by name."""
    given = {slot.slot: slot for slot in usage.slots}
    return tuple(_usage_of(given.get(name) or SlotMonth(name)) for name in sorted({*slots, *given}))


def _usage_of(slot: SlotMonth) -> VehicleUsage:
    hours, minutes = _duty(slot.duty_s)
    by_day = slot.duty_by_day
    return VehicleUsage(
        slot.slot,
        km=None if slot.distance_m is None else Decimal(slot.distance_m) / 1000,
        hours=hours,
        minutes=minutes,
        hours_by_day={day: Decimal(seconds) / _HOUR for day, seconds in by_day.items()} if by_day else None,
        active_days=slot.active_days,
        absent_days=slot.absent_days,
    )


def _duty(seconds: int | None) -> tuple[Decimal | None, Decimal | None]:
    """Duty as hours where hundredths say it exactly, else as minutes."""
    if seconds is None:
        return None, None
    if seconds % _CENTI_HOUR == 0:
        return Decimal(seconds) / _HOUR, None
    return None, Decimal(seconds) / _MINUTE


def usage_json(vehicles: Iterable[VehicleUsage]) -> list[dict[str, Any]]:
    """The slots as they stand in a rating bundle; what is not given has no key."""
    names = ("km", "hours", "minutes", "active_days", "absent_days")
    rows: list[dict[str, Any]] = []
    for one in vehicles:
        row: dict[str, Any] = {"slot": one.slot}
        row |= {name: plain(getattr(one, name)) for name in names if getattr(one, name) is not None}
        if one.hours_by_day:
            row["hours_by_day"] = {day.isoformat(): plain(hours) for day, hours in sorted(one.hours_by_day.items())}
        rows.append(row)
    return rows


def plain(value: Decimal) -> str:
    """A Decimal without exponent and without zeros at the end."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
