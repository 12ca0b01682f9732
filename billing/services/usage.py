"""Month inputs as users enter them: read, save, and the vehicles and fuel prices that belong to them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from billing.errors import ConflictError
from billing.rules.parse import parse_rules
from billing.schemas.changes import Changes
from billing.schemas.ids import new_id
from billing.schemas.rating import ContractRuleConfig
from billing.schemas.usage import EmployeeMonth, FuelPrice, MonthUsage, SlotMonth, VehicleSlot
from billing.services.checks import Checks
from billing.services.contracts import ContractView, list_contracts, show_contract
from billing.services.month_inputs import month_bounds, next_month
from billing.services.party_checks import clean_vehicle_no
from billing.services.usage_rules import MissingInput, asked_for, missing_inputs

if TYPE_CHECKING:
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork

TABLES = frozenset({"month_inputs", "vehicle_slots", "fuel_prices"})
_MOST_DAYS = Decimal(31)


@dataclass(frozen=True, slots=True)
class ContractMonth:
    """A contract in a month: what its rules ask for, what is entered, what is missing."""

    view: ContractView
    month: date
    asked: frozenset[str]
    usage: MonthUsage
    slots: tuple[str, ...]
    missing: tuple[MissingInput, ...]
    fuel_paise: int | None = None
    invoice: str = ""
    """The number of the month's invoice: then figures change with a reason, and a settlement bills the difference."""


def list_contract_months(session: Session, *, month: date, client_id: UUID | None = None) -> list[ContractMonth]:
    """The contracts in force in a month with their inputs, those with something missing first."""
    first = month.replace(day=1)
    views = list_contracts(session, client_id=client_id)
    with session.unit_of_work(name="usage.list") as uow:
        found = [_month_of(uow, view, first) for view in views]
    in_force = [one for one in found if one is not None]
    return sorted(in_force, key=lambda one: (not one.missing, not one.asked))


def read_contract_month(session: Session, *, client_id: UUID, contract_id: UUID, month: date) -> ContractMonth:
    """One contract's inputs of a month. Raises RefusedError NOT_FOUND; a contract not in force asks for nothing."""
    view = show_contract(session, client_id=client_id, contract_id=contract_id)
    with session.unit_of_work(name="usage.read") as uow:
        found = _month_of(uow, view, month.replace(day=1))
        usage = uow.month_usages.get(client_id, contract_id, month.replace(day=1))
    return found or ContractMonth(view, month.replace(day=1), frozenset(), usage, (), ())


def _month_of(uow: UnitOfWork, view: ContractView, first: date) -> ContractMonth | None:
    contract = view.contract
    rules = rules_of_month(view, first)
    if not rules:
        return None
    rows = uow.months.slots(contract.client_id, contract.id, first, next_month(first))
    usage = uow.month_usages.get(contract.client_id, contract.id, first)
    slots = tuple(sorted({row["slot"] for row in rows} | {slot.slot for slot in usage.slots}))
    asked = asked_for(rules)
    employees = len(usage.employees)
    if "employees" in asked and not employees:
        employees = len(uow.months.employees(contract.client_id, first, next_month(first) - timedelta(days=1)))
    missing = missing_inputs(asked, usage, slots, employees)
    price = uow.month_usages.fuel_price(contract.client_id, first) if "fuel" in asked else None
    invoice = uow.month_usages.invoice_of(contract.client_id, contract.id, first)
    return ContractMonth(view, first, asked, usage, slots, missing, price, invoice)


def rules_of_month(view: ContractView, first: date) -> list[ContractRuleConfig]:
    """The rules of the versions that are in force in a month."""
    from zoneinfo import ZoneInfo

    start, until = month_bounds(first, ZoneInfo(view.client.time_zone))
    return [
        parse_rules(version.billing_model, version.rules)
        for version in view.versions
        if version.status == "ACTIVE"
        and version.valid_from < until
        and (version.valid_until is None or version.valid_until > start)
    ]


def save_usage(session: Session, *, usage: MonthUsage, reason: str = "") -> tuple[MonthUsage, Changes]:
    """Store the inputs of a contract's month as a whole; of an invoiced month with a `reason`: then it is settled.

    Raises:
        InvalidFieldsError: A figure is out of range, or a slot or employee stands there twice.
        ConflictError: Somebody saved them meanwhile.
        RefusedError: The month is invoiced and no reason is given (MONTH_ISSUED); or it is closed and was not invoiced.
    """
    usage = checked_usage(usage)
    with session.unit_of_work(name="usage.save") as uow:
        uow.month_usages.save(usage, reason.strip())
        stored = uow.month_usages.get(usage.client_id, usage.contract_id, usage.month)
        uow.commit()
    return stored, Changes(TABLES, frozenset({usage.contract_id}))


def checked_usage(usage: MonthUsage) -> MonthUsage:
    """The inputs as they may be stored. Raises InvalidFieldsError."""
    checks = Checks()
    slots = tuple(replace(slot, slot=slot.slot.strip()) for slot in usage.slots)
    employees = tuple(EmployeeMonth(one.code.strip(), one.active_days) for one in usage.employees)
    for field, value in (("sla_breaches", usage.sla_breaches), ("vehicles_count", usage.vehicles_count)):
        if value is not None and value < 0:
            checks.add(field, "NEGATIVE_AMOUNT", "This cannot be negative.")
    checks.text("note", usage.note, most=500, least=0)
    for names, field in (([slot.slot for slot in slots], "slots"), ([one.code for one in employees], "employees")):
        twice = {name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else set()
        if twice or "" in names:
            checks.add(field, "DUPLICATE", f"Named twice or not at all: {', '.join(sorted(twice)) or 'an empty name'}.")
    for slot in slots:
        _check_slot(checks, slot, usage.month)
    for one in employees:
        _check_days(checks, "employees", one.code, one.active_days)
    checks.done()
    return replace(usage, month=usage.month.replace(day=1), slots=slots, employees=employees)


def _check_slot(checks: Checks, slot: SlotMonth, month: date) -> None:
    figures = (slot.distance_m, slot.duty_s, *(slot.duty_by_day or {}).values())
    if any(figure is not None and figure < 0 for figure in figures):
        checks.add("slots", "NEGATIVE_AMOUNT", f"{slot.slot}: km and hours cannot be negative.")
    if slot.duty_s is not None and slot.duty_by_day:
        checks.add("slots", "BAD_INPUT", f"{slot.slot}: hours are given for the month or by day, not both.")
    if any((day.year, day.month) != (month.year, month.month) for day in slot.duty_by_day or {}):
        checks.add("slots", "BAD_DATE", f"{slot.slot}: a day of duty lies in another month.")
    _check_days(checks, "slots", slot.slot, slot.active_days)
    _check_days(checks, "slots", slot.slot, slot.absent_days)


def _check_days(checks: Checks, field: str, name: str, days: Decimal | None) -> None:
    if days is not None and not 0 <= days <= _MOST_DAYS:
        checks.add(field, "OUT_OF_RANGE", f"{name}: days are 0 to 31.")
    elif days is not None and days * 100 != int(days * 100):
        checks.add(field, "BAD_INPUT", f"{name}: days have at most two decimals.")


def put_vehicle_in_slot(
    session: Session, *, client_id: UUID, contract_id: UUID, slot: str, vehicle_no: str, first_day: date
) -> Changes:
    """From a day on this vehicle stands in the slot; the one that stood there leaves on that day.

    Raises:
        InvalidFieldsError: No slot or no number.
        ConflictError: The vehicle is in another slot then, or somebody changed the slot meanwhile.
    """
    number = clean_vehicle_no(vehicle_no)
    checks = Checks()
    checks.code("slot", slot.strip())
    checks.text("vehicle_no", number, most=20, title="Vehicle number")
    checks.done()
    with session.unit_of_work(name="usage.slot") as uow:
        for old in uow.month_usages.vehicle_slots(client_id, contract_id):
            stays = old.slot == slot.strip() and old.valid_from < first_day
            stays = stays and (old.valid_until is None or old.valid_until > first_day)
            if stays and not uow.month_usages.end_vehicle_slot(old, first_day):
                raise ConflictError("CHANGED_MEANWHILE", "Somebody else changed this slot meanwhile.")
        new = VehicleSlot(new_id(), client_id, contract_id, slot.strip(), number, first_day)
        uow.month_usages.add_vehicle_slots([new])
        uow.commit()
    return Changes(TABLES, frozenset({contract_id}))


def set_fuel_price(session: Session, *, price: FuelPrice) -> Changes:
    """Store the price of a litre from a day on, or correct the one of that day (rev not 0).

    Raises InvalidFieldsError, EditConflictError; ConflictError when the day has a price.
    """
    checks = Checks()
    if price.price_paise <= 0:
        checks.add("price_paise", "OUT_OF_RANGE", "A price is above 0.")
    checks.text("source", price.source, most=200, least=0)
    checks.done()
    with session.unit_of_work(name="usage.fuel") as uow:
        if price.rev:
            uow.fuel_prices.update(price)
        else:
            uow.fuel_prices.add([price])
        uow.commit()
    return Changes(TABLES, frozenset({price.id}))
