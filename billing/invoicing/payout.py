"""What is paid out to a vendor on its bill, and what tax is deducted at source from it (GST.md section 11).

Tax is deducted when one payment of the year, or all of them together, are above the limits. Once the year's sum is, the
earlier payments without deduction are caught up. The base never has GST in it, where it is shown apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from billing.money import PAISE_IN_RUPEE, format_inr, half_up
from billing.schemas.vendor_bills import Payable, Payout

ROUNDINGS = ("NEAREST_RUPEE", "UP_TO_RUPEE", "PAISA")


@dataclass(frozen=True, slots=True)
class TdsRule:
    """The rate of a day for a kind of deductee: percent in thousandths, limits in paise."""

    percent_milli: int
    single_limit: int
    year_limit: int
    section: str


def tds_rule(percent: Decimal, single_limit: int, year_limit: int, section: str) -> TdsRule:
    """The rule of a row of the rate table."""
    return TdsRule(int(percent * 1000), single_limit, year_limit, section)


def deductible(rule: TdsRule, *, amount: int, year_amount: int, year_base: int, rounding: str) -> tuple[int, int, str]:
    """(base, tax, why) for a payment of `amount` after `year_amount`, of which `year_base` had its deduction."""
    total = year_amount + amount
    if total > rule.year_limit:
        base = total - year_base
        why = f"the year's payments of {format_inr(total)} are above {format_inr(rule.year_limit)}"
        if base > amount:
            why += f"; {format_inr(base - amount)} of earlier payments is caught up"
    elif amount > rule.single_limit:
        base, why = amount, f"one payment above {format_inr(rule.single_limit)}"
    else:
        return 0, 0, f"none: below {format_inr(rule.single_limit)} a payment and {format_inr(rule.year_limit)} a year"
    return base, _rounded(base * rule.percent_milli, rounding), f"{rule.section}: {why}"


def _rounded(micro: int, rounding: str) -> int:
    """Paise x 100,000 to paise by the client's choice; to the nearest rupee unless told otherwise."""
    if rounding == "PAISA":
        return half_up(micro, 100_000)
    if rounding == "UP_TO_RUPEE":
        return -(-micro // (100_000 * PAISE_IN_RUPEE)) * PAISE_IN_RUPEE
    return half_up(micro, 100_000 * PAISE_IN_RUPEE) * PAISE_IN_RUPEE


def propose(bill_id: UUID, payable: Payable, rule: TdsRule, day: date, rounding: str) -> Payout:
    """The payout of all that is agreed and not paid yet."""
    amount = max(payable.amount - payable.paid_amount, 0)
    tax = max(payable.tax - payable.paid_tax, 0)
    base, tds, why = deductible(
        rule,
        amount=amount,
        year_amount=payable.year_amount,
        year_base=payable.year_tds_base,
        rounding=rounding,
    )
    return Payout(
        id=None, bill_id=bill_id, paid_on=day, fy=payable.fy, amount=amount, tax=tax, tds_base=base,
        tds_milli=rule.percent_milli if base else 0, tds=tds, tds_reason=why, net=amount + tax - tds,
        settled_against=payable.settled_against,
    )  # fmt: skip
