"""Absences: a deduction for every day on which a slot's vehicle was not there."""

from __future__ import annotations

from fractions import Fraction

from billing.money import format_inr, paise_of
from billing.schemas.rating import PeriodLine, VehicleUsage
from billing.strategies.period.view import PeriodView
from billing.strategies.proration import FIXED_BASIS
from billing.strategies.words import counted, money, number


def absence_line(view: PeriodView, vehicle: VehicleUsage) -> list[PeriodLine]:
    """ABSENCE, negative: fee / basis x absent days x multiplier."""
    fee, absent = view.terms.get("base_monthly_fee"), vehicle.absent_days
    if fee is None or not absent:
        return []
    basis = view.period_days if view.terms.get("absence_basis") == "calendar_days" else FIXED_BASIS
    factor = Fraction(view.terms.get("absence_multiplier", 1))
    rate = Fraction(fee) / basis
    unrounded = -rate * Fraction(absent) * factor
    times = "" if factor == 1 else f" × {number(factor)}"
    text = (
        f"{counted(Fraction(absent), 'days')} absent × {money(Fraction(fee))} / {basis}{times} = "
        f"{format_inr(paise_of(unrounded))}"
    )
    line = view.line(
        "ABSENCE", "absence_basis", unrounded, text, slot=vehicle.slot, quantity=Fraction(absent), rate=rate
    )
    return [line] if line.amount else []
