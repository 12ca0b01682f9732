"""What a month is billed from beside trips (TARIFF.md section 4, `vehicles`, `employees`, `sla_breaches`)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from uuid import UUID

from billing.schemas.parties import Saved


@dataclass(frozen=True, slots=True)
class SlotMonth:
    """One vehicle slot in a month. None is "not given": the slot's trips are added up, all days are active.

    Distances are metres, duty is seconds (of the month, or by day), days may be halves.
    """

    slot: str
    distance_m: int | None = None
    duty_s: int | None = None
    duty_by_day: Mapping[date, int] | None = field(default=None, hash=False)
    active_days: Decimal | None = None
    absent_days: Decimal | None = None


@dataclass(frozen=True, slots=True)
class EmployeeMonth:
    """An employee of a per-employee fee; `active_days` None means the whole month."""

    code: str
    active_days: Decimal | None = None


@dataclass(frozen=True, slots=True)
class MonthUsage(Saved):
    """The inputs of a contract's month as one document; rev 0 is one that is not stored yet."""

    client_id: UUID
    contract_id: UUID
    month: date
    sla_breaches: int | None = None
    vehicles_count: int | None = None
    note: str = ""
    slots: tuple[SlotMonth, ...] = ()
    employees: tuple[EmployeeMonth, ...] = ()


@dataclass(frozen=True, slots=True)
class FuelPrice(Saved):
    """The price of a litre from a day on, in paise."""

    id: UUID
    client_id: UUID
    valid_from: date
    price_paise: int
    source: str = ""


@dataclass(frozen=True, slots=True)
class VehicleSlot(Saved):
    """Which vehicle stands in a slot of a package: [valid_from, valid_until). A replacement cab uses the same slot."""

    id: UUID
    client_id: UUID
    contract_id: UUID
    slot: str
    vehicle_no: str | None
    valid_from: date
    valid_until: date | None = None
