"""One contract version's view of the period: what its period lines are made from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

import numpy as np

from billing.errors import BadInputError
from billing.money import paise_of
from billing.schemas.rating import Explanation, MonthInputs, PeriodLine, VehicleUsage
from billing.strategies.block import TripBlock, codes_present
from billing.strategies.clock import date_of, local_days
from billing.strategies.exact import check_amount, total
from billing.strategies.proration import active_share
from billing.strategies.tax import percent_on
from billing.strategies.terms import Terms

WHOLE_CONTRACT = ""
"""The one slot of a package whose vehicles are not listed."""
MICROS_IN_HOUR = 3_600_000_000


@dataclass
class PeriodView:
    """A version that owns days of the period, its trips and the month inputs."""

    version: int
    terms: Terms
    block: TripBlock
    period_days: int
    last_day: date
    inputs: MonthInputs = field(default_factory=MonthInputs)

    @cached_property
    def tax_percent(self) -> Decimal:
        """The tax percentage of period lines: that of the period's last day."""
        return percent_on(self.terms, self.last_day)

    @property
    def slots(self) -> tuple[VehicleUsage, ...]:
        """The vehicle slots; one for the whole contract where none are listed."""
        return (VehicleUsage(WHOLE_CONTRACT),) if self.inputs.vehicles is None else self.inputs.vehicles

    def share_of(self, active_days: Decimal | None) -> Fraction:
        """The share of active days, or the version's own share where they are not given."""
        if active_days is None:
            return self.terms.share
        return active_share(self.terms.rules, Fraction(active_days), self.period_days)

    def line(
        self,
        code: str,
        key: str,
        unrounded: Fraction,
        text: str,
        *,
        slot: str = WHOLE_CONTRACT,
        quantity: Fraction | None = None,
        rate: Fraction | None = None,
    ) -> PeriodLine:
        """A period line of this version, rounded once."""
        amount = check_amount(paise_of(unrounded), f"versions[{self.version}]")
        told = Explanation(key, self.terms.number, quantity, rate, unrounded, amount, text)
        return PeriodLine(self.version, code, slot, amount, self.tax_percent, told)

    def missing_rate(self, key: str, what: str) -> BadInputError:
        """The error of usage beyond a limit that has no price."""
        where = f"versions[{self.version}].rules_config.{key}"
        return BadInputError("NO_PRICE_COMPONENT", f"{what}, but {key} is missing", where=where)

    @cached_property
    def _slot_rows(self) -> dict[str, np.ndarray[tuple[int], np.dtype[np.int64]]]:
        rows = self.block.completed_where(np.ones(len(self.block), np.bool_))
        if self.inputs.vehicles is None:
            return {WHOLE_CONTRACT: rows}
        column = self.block.text(lambda columns: columns.vehicle_slot)
        codes = column.codes[rows]
        order = np.argsort(codes, kind="stable")
        found = {}
        for code in codes_present(codes):
            first, last = np.searchsorted(codes[order], [code, code + 1])
            found[column.names[code] if code >= 0 else None] = rows[order[first:last]]
        listed = {vehicle.slot for vehicle in self.inputs.vehicles}
        for slot, places in found.items():
            if slot not in listed:
                self.block.refuse(places, "BAD_INPUT", "vehicle_slot", "its vehicle slot is not in the list")
        return {slot: places for slot, places in found.items() if slot is not None}

    def check_slots(self) -> None:
        """Note completed trips of no listed slot."""
        _ = self._slot_rows

    def km_of(self, vehicle: VehicleUsage) -> int:
        """Metres of a slot: explicit, else what its completed trips add up to."""
        if vehicle.km is not None:
            return int(vehicle.km * 1000)
        rows = self._slot_rows.get(vehicle.slot)
        return 0 if rows is None else total(self.block.billable_m[rows])

    def hours_of(self, vehicle: VehicleUsage) -> Fraction:
        """Duty hours of a slot in the period."""
        if vehicle.hours_by_day is not None:
            return sum((Fraction(hours) for hours in vehicle.hours_by_day.values()), Fraction(0))
        if vehicle.hours is not None or vehicle.minutes is not None:
            return Fraction(vehicle.hours or 0) + Fraction(vehicle.minutes or 0) / 60
        rows = self._slot_rows.get(vehicle.slot)
        return Fraction(0) if rows is None else Fraction(total(self.block.duration[rows]), MICROS_IN_HOUR)

    def hours_by_day(self, vehicle: VehicleUsage) -> dict[date, Fraction]:
        """Duty hours of a slot by date; a trip counts to its start date."""
        if vehicle.hours_by_day is not None:
            return {day: Fraction(hours) for day, hours in vehicle.hours_by_day.items()}
        if vehicle.hours is not None or vehicle.minutes is not None:
            message = f"Hours are counted by day, but vehicle slot {vehicle.slot} has only its month's hours"
            raise BadInputError("BAD_INPUT", message, where="vehicles.hours_by_day")
        rows = self._slot_rows.get(vehicle.slot)
        if rows is None:
            return {}
        days = local_days(self.block.local_start[rows])
        durations = self.block.duration[rows]
        return {
            date_of(day): Fraction(total(durations[days == day]), MICROS_IN_HOUR) for day in np.unique(days).tolist()
        }


def summed(figures: Sequence[Fraction]) -> Fraction:
    """The exact sum of fractions."""
    return sum(figures, Fraction(0))
