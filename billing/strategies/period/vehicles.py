"""Vehicles beyond the number that the contract covers."""

from __future__ import annotations

from fractions import Fraction

from billing.errors import BadInputError
from billing.money import format_inr, paise_of
from billing.schemas.rating import PeriodLine
from billing.strategies.period.view import PeriodView
from billing.strategies.words import counted, money, number


def extra_vehicle_lines(view: PeriodView) -> list[PeriodLine]:
    """EXTRA_VEHICLES: those beyond `max_vehicles` x the extra fee, prorated like the fee."""
    covered: int | None = view.terms.get("max_vehicles")
    count = view.inputs.vehicles_count
    if count is None:
        count = len(view.inputs.vehicles or ())
    if covered is None or count <= covered:
        return []
    fee = view.terms.get("extra_vehicle_fee")
    if fee is None:
        message = f"{count} vehicles exceed the {covered} covered, and extra_vehicle_fee is missing"
        where = f"versions[{view.version}].rules_config.extra_vehicle_fee"
        raise BadInputError("MAX_VEHICLES_EXCEEDED", message, where=where)
    extra, rate = Fraction(count - covered), Fraction(fee)
    unrounded = extra * rate * view.terms.share
    part = "" if view.terms.share == 1 else f" × {number(view.terms.share)}"
    text = f"{counted(extra, 'extra vehicles')} × {money(rate)}{part} = {format_inr(paise_of(unrounded))}"
    return [view.line("EXTRA_VEHICLES", "extra_vehicle_fee", unrounded, text, quantity=extra, rate=rate)]
