"""Contracts of a month with their inputs, and vehicle slots, as lines of lists."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from billing.schemas.usage import SlotMonth
from billing.services.usage import ContractMonth
from moveinsync_desktop import formats
from moveinsync_desktop.models.columns import Column

ASKED = {
    "breaches": "SLA breaches",
    "vehicles": "vehicles",
    "absences": "absent days",
    "employees": "employees",
    "fuel": "fuel price",
}


@dataclass(frozen=True, slots=True)
class MonthRow:
    """A contract and how far its inputs are."""

    id: UUID
    client: str
    vendor: str
    name: str
    asked: str
    state: str
    missing: int | None
    found: ContractMonth


@dataclass(frozen=True, slots=True)
class SlotRow:
    """A slot's figures; what is not entered is empty."""

    id: str
    distance_m: int | None
    hours: str
    active: str
    absent: str
    record: SlotMonth


MONTH_COLUMNS = (
    Column("vendor", "Vendor", "text", 186),
    Column("client", "Client", "text", 80, hidden=True),
    Column("name", "Contract", "id", 160, stretch=True),
    Column("asked", "Asks for", "text", 130),
    Column("missing", "Missing", "count", 64),
    Column("state", "Inputs", "state", 134),
)
SLOT_COLUMNS = (
    Column("id", "Slot", "id", 90, stretch=True),
    Column("distance_m", "Km", "km", 74),
    Column("hours", "Hours", "number", 66),
    Column("active", "Active", "number", 62),
    Column("absent", "Absent", "number", 66),
)


def month_row(found: ContractMonth) -> MonthRow:
    """A contract as a line: what it asks for, and whether that is entered."""
    view = found.view
    asked = ", ".join(words for key, words in ASKED.items() if key in found.asked)
    state = "NEEDS_REVIEW" if found.missing else "READY" if found.asked else ""
    return MonthRow(
        view.contract.id,
        view.client.code,
        view.vendor.name,
        view.contract.name,
        asked or "trips only",
        state,
        len(found.missing) or None,
        found,
    )


def slot_rows(found: ContractMonth) -> list[SlotRow]:
    """Every slot of the month, with figures or without."""
    given = {slot.slot: slot for slot in found.usage.slots}
    return [_slot_row(given.get(name) or SlotMonth(name)) for name in found.slots]


def _slot_row(slot: SlotMonth) -> SlotRow:
    hours = None if slot.duty_s is None else Decimal(slot.duty_s) / 3600
    return SlotRow(
        slot.slot, slot.distance_m, _number(hours), _number(slot.active_days), _number(slot.absent_days), slot
    )


def _number(value: Decimal | None) -> str:
    if value is None:
        return formats.NONE
    text = f"{value.quantize(Decimal('0.01')):f}"
    return text.rstrip("0").rstrip(".")
