"""What the calculator asks of a trip; rows that the chosen rules have no use for are not there."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from billing.schemas.rating import BillingModelType, ContractRuleConfig, TripData, TripStatus
from billing.schemas.trips import TripRecord
from moveinsync_desktop import formats
from moveinsync_desktop.views.widgets.basics import column
from moveinsync_desktop.views.widgets.choices import Check, Segmented
from moveinsync_desktop.views.widgets.fields import AmountField, DateField, KmField, NumberField, TextField, TimeField
from moveinsync_desktop.views.widgets.forms import Form, FormRow

STATUSES = ((TripStatus.COMPLETED, "Completed"), (TripStatus.NO_SHOW, "No-show"), (TripStatus.CANCELLED, "Cancelled"))
NUMBER = 150


class TripForm(QWidget):
    """Attributes: form. Signals: changed(), before_changed() when the km before were typed."""

    changed = Signal()
    before_changed = Signal()

    def __init__(self, zone: ZoneInfo, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.zone = zone
        self.form = Form()
        self.employees: tuple[str, ...] = ()
        self._more: dict[str, Any] = {}
        self._make_fields()
        self.rows: dict[str, FormRow] = {}
        for key, text, fields in self._layout():
            self.rows[key] = self.form.add(FormRow(text, fields, key=key))
        self.form.changed.connect(self._on_changed)
        self.setLayout(column(self.form))
        self.start_over()

    def start_over(self) -> None:
        """An ordinary trip of last month."""
        self.form.blockSignals(True)  # ticks tell of every change, also of ours
        day = (datetime.now(self.zone).date().replace(day=1) - timedelta(days=1)).replace(day=9)
        self._more, self.employees = {}, ()
        self._start_day.set_value(day)
        self._start_time.set_value(time(9, 0))
        self._end_day.set_value(day)
        self._end_time.set_value(time(9, 45))
        self._distance.set_value(18_500)
        self._riders.set_value(1)
        for check in (self._carpool, self._escort):
            check.setChecked(False)
        for field in (self._type, self._zone_field, self._site, self._waiting, self._toll, self._parking, self._ahead):
            field.set_value(None)
        self._status.set_value(TripStatus.COMPLETED)
        self._before.set_value(None)
        self.form.blockSignals(False)
        self._show_hints()

    def fill(self, trip: TripRecord) -> None:
        """Take the figures of a stored trip."""
        self.form.blockSignals(True)
        start, end = trip.start_time.astimezone(self.zone), trip.end_time.astimezone(self.zone)
        self.employees = trip.employees
        self._more = {
            "seats_boarded": trip.seats_boarded, "vehicle_slot": trip.vehicle_slot, "garage_m": trip.garage_m,
            "claimed_m": trip.claimed_m, "gps_m": trip.gps_m, "calendar_days": trip.calendar_days,
            "late_minutes": minutes_of(trip.late_s),
        }  # fmt: skip
        self._start_day.set_value(start.date())
        self._start_time.set_value(start.time())
        self._end_day.set_value(end.date())
        self._end_time.set_value(end.time())
        self._distance.set_value(trip.distance_m)
        self._type.set_value(trip.vehicle_type)
        self._zone_field.set_value(trip.zone)
        self._site.set_value(trip.site)
        self._riders.set_value(trip.seats_boarded if trip.seats_boarded is not None else len(trip.employees))
        self._carpool.setChecked(trip.is_carpool)
        self._escort.setChecked(trip.escort)
        self._waiting.set_value(minutes_of(trip.waiting_s))
        self._ahead.set_value(minutes_of(trip.cancelled_before_s))
        self._toll.set_value(trip.toll_paise)
        self._parking.set_value(trip.parking_paise)
        self._status.set_value(trip.status)
        self._before.set_value(None)
        self.form.blockSignals(False)
        self._show_hints()

    def figures(self) -> tuple[Any, ...]:
        """Every field as it stands, for a draft; `take_figures` gives them back."""
        return tuple(field.isChecked() if isinstance(field, Check) else field.value for field in self._fields())

    def take_figures(self, figures: tuple[Any, ...]) -> None:
        """Show figures that were kept. Raises ValueError when they are not of this form."""
        fields = self._fields()
        if len(fields) != len(figures):
            raise ValueError(f"{len(figures)} figures for {len(fields)} fields")
        self.form.blockSignals(True)
        try:
            self._more, self.employees = {}, ()
            for field, value in zip(fields, figures, strict=True):
                if isinstance(field, Check):
                    field.setChecked(bool(value))
                else:
                    field.set_value(value)
            self._more["before_typed"] = self._before.value is not None
        finally:
            self.form.blockSignals(False)
        self._show_hints()

    def _fields(self) -> tuple[Any, ...]:
        return (
            self._start_day, self._start_time, self._end_day, self._end_time, self._distance, self._riders,
            self._carpool, self._escort, self._type, self._zone_field, self._site, self._waiting, self._toll,
            self._parking, self._ahead, self._status, self._before,
        )  # fmt: skip

    def show_rules(self, rules: ContractRuleConfig) -> None:
        """Show the rows these rules price by."""
        status = self._status.value
        for key, is_used in (
            ("status", "no_show" in rules or "cancellation" in rules or status != TripStatus.COMPLETED),
            ("ahead", status == TripStatus.CANCELLED),
            ("type", "vehicle_rates" in rules or bool(self._type.value)),
            ("zone", "zone_rates" in rules),
            ("site", rules.get("free_km_scope") == "site"),
            ("escort", "escort_charge_per_trip" in rules or self._escort.isChecked()),
            ("waiting", "waiting" in rules),
            ("before", rules.model is BillingModelType.HYBRID),
        ):
            self.rows[key].setVisible(is_used)
        self.rows["toll"].set_hint("taxable" if rules.get("toll_taxable", True) else "at cost, untaxed")
        self.rows["parking"].set_hint("taxable" if rules.get("parking_taxable", True) else "at cost, untaxed")
        waiting = rules.get("waiting")
        if waiting:
            free = Decimal(waiting.get("free_minutes", 0)).normalize()
            self.rows["waiting"].set_hint(f"{free:f} min are free")

    def show_before(self, metres: int) -> None:
        """The km that the month's trips used before, unless typed."""
        if not self.is_before_typed:
            self._before.set_value(metres)
        self.rows["before"].set_hint("typed" if self.is_before_typed else "from the month's trips")

    @property
    def is_before_typed(self) -> bool:
        """Did the user type the km before?"""
        return bool(self._more.get("before_typed"))

    @property
    def before_m(self) -> int | None:
        """Metres typed as used before; None: the month's own."""
        return self._before.value if self.is_before_typed else None

    @property
    def is_carpool(self) -> bool:
        """The carpool mark."""
        return self._carpool.isChecked()

    def start(self) -> datetime | None:
        """When the trip starts, in the contract's zone."""
        return self._moment(self._start_day, self._start_time)

    def trip(self) -> TripData | None:
        """The trip as typed; None (with errors shown) while it is not one."""
        start, end = self.start(), self._moment(self._end_day, self._end_time)
        errors = {made.key: sentence for made in self.form.rows if (sentence := self._problem_of(made))}
        if start is None:
            errors.setdefault("start", "a date and a time are needed")
        if end is None:
            errors.setdefault("end", "a date and a time are needed")
        elif start is not None and end < start:
            errors["end"] = "before the start"
        if self._distance.value is None:
            errors.setdefault("distance", "a distance is needed")
        for made in self.form.rows:
            made.set_error(errors.get(made.key, ""))
        self._show_hints()
        if errors or start is None or end is None:
            return None
        more = {name: value for name, value in self._more.items() if name != "before_typed"}
        riders = self._riders.value
        more["seats_boarded"] = riders if riders is not None else more.get("seats_boarded")
        return TripData(
            trip_id="typed",
            start_time=start,
            end_time=end,
            distance_m=self._distance.value,
            status=str(self._status.value),
            is_carpool=self._carpool.isChecked(),
            escort=self._escort.isChecked(),
            employees=self.employees or tuple(f"rider {at + 1}" for at in range(int(riders or 0))),
            vehicle_type=self._type.value,
            site=self._site.value,
            zone=self._zone_field.value,
            waiting_minutes=self._waiting.value,
            toll=self._toll.value,
            parking=self._parking.value,
            cancelled_minutes_before=self._ahead.value,
            **more,
        )

    @staticmethod
    def _problem_of(made: FormRow) -> str:
        problems = (field.problem() for field in made.fields if hasattr(field, "problem"))
        return next((sentence for sentence in problems if sentence), "")

    def _moment(self, day: DateField, clock: TimeField) -> datetime | None:
        if day.value is None or clock.value is None:
            return None
        return datetime.combine(day.value, clock.value, tzinfo=self.zone)

    def _on_changed(self, made: FormRow) -> None:
        if made.key == "before":
            self._more["before_typed"] = self._before.value is not None
            self.before_changed.emit()
        elif made.key == "start":
            self._follow_start()
        self.changed.emit()

    def _on_riders(self) -> None:
        """Two or more riders are a carpool, until the mark is switched by hand."""
        self.employees = ()
        if self._riders.value is not None:
            self._carpool.setChecked(int(self._riders.value) >= 2)

    def _follow_start(self) -> None:
        """The end stays after the start when the start's day moves."""
        day, end = self._start_day.value, self._end_day.value
        if day is not None and (end is None or abs((end - day).days) > 1):
            is_after = (self._end_time.value or time(23, 59)) >= (self._start_time.value or time(0))
            self._end_day.set_value(day if is_after else day + timedelta(days=1))

    def _show_hints(self) -> None:
        start, end = self.start(), self._moment(self._end_day, self._end_time)
        self.rows["start"].set_hint(formats.WEEKDAYS[start.weekday()] if start is not None else "")
        self.rows["end"].set_hint(
            formats.minutes(end - start) if start is not None and end is not None and end >= start else ""
        )

    def _make_fields(self) -> None:
        self._start_day, self._start_time = DateField(name="Start date"), TimeField(name="Start time")
        self._end_day, self._end_time = DateField(name="End date"), TimeField(name="End time")
        self._distance = KmField(width=NUMBER)
        self._type = TextField(name="Vehicle type", width=NUMBER)
        self._zone_field = TextField(name="Zone", width=NUMBER)
        self._site = TextField(name="Site", width=NUMBER)
        self._riders = NumberField(whole=True, most=60, name="Riders", width=58)
        self._riders.changed.connect(self._on_riders)
        self._carpool, self._escort = Check("Carpool"), Check("Escorted")
        self._status = Segmented(STATUSES, "What became of it")
        self._ahead = NumberField(unit="min before", name="Cancelled", width=NUMBER)
        self._waiting = NumberField(unit="min", name="Waiting", width=NUMBER)
        self._toll, self._parking = AmountField(name="Toll", width=NUMBER), AmountField(name="Parking", width=NUMBER)
        self._before = KmField(name="Km before this trip", width=NUMBER)

    def _layout(self) -> list[tuple[str, str, list[QWidget | str]]]:
        return [
            ("status", "Trip", [self._status]),
            ("start", "Start", [self._start_day, self._start_time]),
            ("end", "End", [self._end_day, self._end_time]),
            ("distance", "Distance", [self._distance]),
            ("type", "Vehicle type", [self._type]),
            ("zone", "Zone", [self._zone_field]),
            ("site", "Site", [self._site]),
            ("riders", "Riders", [self._riders, self._carpool]),
            ("escort", "Escort", [self._escort]),
            ("ahead", "Cancelled", [self._ahead]),
            ("waiting", "Waiting", [self._waiting]),
            ("toll", "Toll", [self._toll]),
            ("parking", "Parking", [self._parking]),
            ("before", "Km before this trip", [self._before]),
        ]


def minutes_of(seconds: int | None) -> Decimal | None:
    """Stored seconds as minutes, to the millionth."""
    return None if seconds is None else (Decimal(seconds) / 60).quantize(Decimal("0.000001")).normalize()
