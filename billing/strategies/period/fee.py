"""The monthly fee: of the contract, or of every vehicle slot of a package."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from billing.money import format_inr, paise_of
from billing.schemas.rating import PeriodLine
from billing.strategies.period.view import WHOLE_CONTRACT, PeriodView
from billing.strategies.words import money, number, said


def fee_line(view: PeriodView, *, slot: str = WHOLE_CONTRACT, active_days: Decimal | None = None) -> list[PeriodLine]:
    """MONTHLY_FEE, prorated; shown whenever the key is there."""
    fee = view.terms.get("base_monthly_fee")
    if fee is None:
        return []
    share, rate = view.share_of(active_days), Fraction(fee)
    unrounded = rate * share
    of_slot = f" of {slot}" if slot else ""
    amount = format_inr(paise_of(unrounded))
    words = f"monthly fee{of_slot}"
    text = said(words, rate, amount) if share == 1 else f"{words} {money(rate)} × {number(share)} = {amount}"
    return [view.line("MONTHLY_FEE", "base_monthly_fee", unrounded, text, slot=slot, quantity=share, rate=rate)]
