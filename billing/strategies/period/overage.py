"""Overage of a package: km and hours beyond what the fee covers, of each slot or pooled."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from billing.money import format_inr, paise_of
from billing.schemas.rating import PeriodLine, VehicleUsage
from billing.strategies.period.view import WHOLE_CONTRACT, PeriodView, summed
from billing.strategies.terms import prorated_hours, prorated_km
from billing.strategies.words import money, number


def overage_lines(view: PeriodView) -> list[PeriodLine]:
    """EXTRA_KM and EXTRA_HOUR: one line a slot, or one for all where the rules pool them."""
    if view.terms.get("pooled", False):
        groups: list[tuple[str, tuple[VehicleUsage, ...]]] = [(WHOLE_CONTRACT, view.slots)]
    else:
        groups = [(vehicle.slot, (vehicle,)) for vehicle in view.slots]
    return [line for slot, vehicles in groups for line in (*_km(view, slot, vehicles), *_hours(view, slot, vehicles))]


def _km(view: PeriodView, slot: str, vehicles: Sequence[VehicleUsage]) -> list[PeriodLine]:
    included: Decimal | None = view.terms.get("free_km_included")
    if included is None:
        return []
    used = sum(view.km_of(vehicle) for vehicle in vehicles)
    limit = sum(prorated_km(included, view.share_of(vehicle.active_days)) for vehicle in vehicles)
    if used <= limit:
        return []
    rate = view.terms.get("per_km_rate_after_limit")
    if rate is None:
        raise view.missing_rate("per_km_rate_after_limit", f"{number(Fraction(used, 1000))} km exceed the limit")
    over = Fraction(used - limit, 1000)
    unrounded = over * Fraction(rate)
    text = (
        f"{number(Fraction(used, 1000))} km − {number(Fraction(limit, 1000))} km included = {number(over)} km × "
        f"{money(Fraction(rate))} = {format_inr(paise_of(unrounded))}"
    )
    return [
        view.line("EXTRA_KM", "per_km_rate_after_limit", unrounded, text, slot=slot, quantity=over, rate=Fraction(rate))
    ]


def _hours(view: PeriodView, slot: str, vehicles: Sequence[VehicleUsage]) -> list[PeriodLine]:
    over = _hours_by_day(view, vehicles) if view.terms.get("hour_basis") == "day" else _hours_of_month(view, vehicles)
    if over <= 0:
        return []
    rate = view.terms.get("extra_hour_rate")
    if rate is None:
        raise view.missing_rate("extra_hour_rate", f"{number(over)} hours exceed the limit")
    step: Decimal | None = view.terms.get("hour_rounding_minutes")
    minutes = over * 60
    if step is not None:
        minutes = -(-minutes // Fraction(step)) * Fraction(step)
    unrounded = minutes * Fraction(rate) / 60
    stepped = "" if step is None else f" rounded up to {number(minutes)} min"
    text = f"{number(over)} h over{stepped} × {money(Fraction(rate))} = {format_inr(paise_of(unrounded))}"
    return [
        view.line(
            "EXTRA_HOUR", "extra_hour_rate", unrounded, text, slot=slot, quantity=minutes / 60, rate=Fraction(rate)
        )
    ]


def _hours_of_month(view: PeriodView, vehicles: Sequence[VehicleUsage]) -> Fraction:
    included: Decimal | None = view.terms.get("included_hours")
    if included is None:
        return Fraction(0)
    limit = summed([prorated_hours(included, view.share_of(vehicle.active_days)) for vehicle in vehicles])
    return max(Fraction(0), summed([view.hours_of(vehicle) for vehicle in vehicles]) - limit)


def _hours_by_day(view: PeriodView, vehicles: Sequence[VehicleUsage]) -> Fraction:
    """The sum over days of what exceeds the hours of a day, pooled or of one slot."""
    limit = Fraction(view.terms.get("hours_per_day")) * len(vehicles)
    worked: dict[date, Fraction] = {}
    for vehicle in vehicles:
        for day, hours in view.hours_by_day(vehicle).items():
            worked[day] = worked.get(day, Fraction(0)) + hours
    return summed([max(Fraction(0), hours - limit) for hours in worked.values()])
