"""The fee per employee: unrounded shares summed, then rounded once."""

from __future__ import annotations

from fractions import Fraction

from billing.money import format_inr, paise_of
from billing.schemas.rating import PeriodLine
from billing.strategies.period.view import PeriodView, summed
from billing.strategies.words import counted, money


def employee_fee_lines(view: PeriodView) -> list[PeriodLine]:
    """EMPLOYEE_FEES, shown whenever the key is there."""
    fee = view.terms.get("per_employee_fee")
    if fee is None:
        return []
    shares = summed([view.share_of(employee.active_days) for employee in view.inputs.employees])
    rate = Fraction(fee)
    unrounded = rate * shares
    people = counted(Fraction(len(view.inputs.employees)), "employees")
    text = f"{people}, {counted(shares, 'months')} × {money(rate)} = {format_inr(paise_of(unrounded))}"
    return [view.line("EMPLOYEE_FEES", "per_employee_fee", unrounded, text, quantity=shares, rate=rate)]
