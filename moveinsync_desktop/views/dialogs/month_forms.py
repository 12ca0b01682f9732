"""Small forms of month inputs: what one vehicle slot did, which vehicle stands in it, the price of fuel."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from billing.schemas.usage import FuelPrice, SlotMonth
from moveinsync_desktop.views.dialogs.party_dialog import PartyDialog, Save, text
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets.fields import AmountField, DateField, KmField, NumberField
from moveinsync_desktop.views.widgets.forms import FormRow

_SECONDS = 3600


def _days(name: str) -> NumberField:
    return NumberField(unit="days", name=name, most=31, decimals=2, width=150)


class SlotDialog(PartyDialog):
    """A slot's figures of the month; empty figures come from its trips."""

    def __init__(self, screen: Screen, slot: SlotMonth, save: Save) -> None:
        title = f"Vehicle slot {slot.slot}" if slot.slot else "New vehicle slot"
        super().__init__(screen, title, "Save figures", slot, save, width=640)

    def rows(self) -> list[FormRow]:
        """Usage and days."""
        return [
            FormRow("Slot", text("Slot", width=150), key="slot"),
            FormRow("Distance", KmField(width=150), key="distance_m", hint="empty: its trips are added up"),
            FormRow(
                "Duty", NumberField(unit="h", name="Duty", decimals=2, width=150), key="duty_s", hint="empty: as above"
            ),
            FormRow("Active", _days("Active days"), key="active_days", hint="empty: all days"),
            FormRow("Absent", _days("Absent days"), key="absent_days", hint="0 if it was always there"),
        ]

    def values_of(self, record: Any) -> dict[str, Any]:
        """Duty is shown in hours."""
        values = super().values_of(record)
        seconds = values.get("duty_s")
        return values | {"duty_s": None if seconds is None else Decimal(seconds) / _SECONDS}

    def typed(self) -> Any:
        """Duty is stored in seconds."""
        values = self.form.values()
        hours = values["duty_s"]
        seconds = None if hours is None else int(hours * _SECONDS)
        return replace(self.record, **values | {"slot": values["slot"] or "", "duty_s": seconds})


@dataclass(frozen=True, slots=True)
class Placement:
    """A vehicle in a slot from a day on."""

    slot: str
    vehicle_no: str
    first_day: date | None


class PlacementDialog(PartyDialog):
    """Which vehicle stands in a slot from a day on."""

    def __init__(self, screen: Screen, placement: Placement, save: Save) -> None:
        super().__init__(screen, "Vehicle in a slot", "Put into slot", placement, save, width=640)

    def rows(self) -> list[FormRow]:
        """Slot, vehicle, day."""
        return [
            FormRow("Slot", text("Slot", width=150), key="slot", hint="a replacement cab uses the same slot"),
            FormRow("Vehicle", text("Vehicle", width=150), key="vehicle_no", hint="its number"),
            FormRow("From", DateField(name="From"), key="first_day", hint="the cab before leaves on that day"),
        ]

    def accept(self) -> None:
        """A day is needed."""
        if self.form.values()["first_day"] is None:
            self.form.show_errors({"first_day": "a date is needed"})
            return
        super().accept()


class FuelDialog(PartyDialog):
    """The price of a litre from a day on."""

    def __init__(self, screen: Screen, price: FuelPrice, save: Save) -> None:
        super().__init__(screen, "Fuel price", "Save price", price, save, width=640)

    def rows(self) -> list[FormRow]:
        """Day, price, source."""
        return [
            FormRow("From", DateField(name="From"), key="valid_from", hint="a month uses its first day's price"),
            FormRow("Price", AmountField(unit="a litre"), key="price_paise"),
            FormRow("Source", text("Source"), key="source", hint="where it was published"),
        ]

    def accept(self) -> None:
        """Day and price are needed."""
        values = self.form.values()
        errors = {key: "is needed" for key in ("valid_from", "price_paise") if values[key] is None}
        if errors:
            self.form.show_errors(errors)
            return
        super().accept()
