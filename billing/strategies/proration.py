"""Parts of a period: 1 when all its days are active, else active / basis, at most 1."""

from __future__ import annotations

from fractions import Fraction

from billing.schemas.rating import ContractRuleConfig

FIXED_BASIS = 30


def active_share(rules: ContractRuleConfig, active_days: Fraction, period_days: int) -> Fraction:
    """The share of a monthly figure that `active_days` of the period are worth under the rules' proration."""
    if active_days >= period_days:
        return Fraction(1)
    proration = rules.get("proration", {})
    basis = {
        "calendar_days": Fraction(period_days),
        "fixed_30": Fraction(FIXED_BASIS),
        "working_days": Fraction(proration.get("working_days", 1)),
    }[proration.get("basis", "calendar_days")]
    return min(Fraction(1), active_days / basis)
