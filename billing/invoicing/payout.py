"""What is paid out to a vendor on its bill, and what tax is deducted at source from it (GST.md section 11).

What is covered by the deduction is the rule of billing.invoicing.tds: a payment above its limit alone, the whole year
once its limit is passed. The base never has GST in it, where it is shown apart.
"""

from __future__ import annotations

from datetime import date
from uuid import UUID

from billing.invoicing.tds import PayeeYear, to_rupee
from billing.money import format_inr, half_up
from billing.schemas.taxes import TdsRate
from billing.schemas.vendor_bills import Payable, Payout

ROUNDINGS = ("NEAREST_RUPEE", "UP_TO_RUPEE")


def deductible(
    rate: TdsRate, *, amount: int, year_amount: int, year_base: int, rounding: str = ROUNDINGS[0]
) -> tuple[int, int, str]:
    """(base, tax, why) for a payment of `amount` after `year_amount`, of which `year_base` had its deduction."""
    year = PayeeYear(total=year_amount, covered=year_base)
    year.add(amount, rate)
    base = year.covered - year_base
    if base <= 0:
        limits = f"{format_inr(rate.single_limit)} a payment and {format_inr(rate.year_limit)} a year"
        return 0, 0, f"none, not above {limits}"
    top, bottom = rate.percent.as_integer_ratio()
    tax = to_rupee(half_up(base * top, 100 * bottom), up=rounding == "UP_TO_RUPEE")
    if year.total > rate.year_limit:
        why = f"the year's payments of {format_inr(year.total)} are above {format_inr(rate.year_limit)}"
    else:
        why = f"one payment above {format_inr(rate.single_limit)}"
    if base > amount:
        why += f"; {format_inr(base - amount)} of earlier payments is caught up"
    return base, tax, f"{rate.section}: {why}"


def propose(bill_id: UUID, payable: Payable, rate: TdsRate, day: date, rounding: str) -> Payout:
    """The payout of all that is agreed and not paid yet."""
    amount = max(payable.amount - payable.paid_amount, 0)
    tax = max(payable.tax - payable.paid_tax, 0)
    base, tds, why = deductible(
        rate, amount=amount, year_amount=payable.year_amount, year_base=payable.year_tds_base, rounding=rounding
    )
    return Payout(
        id=None, bill_id=bill_id, paid_on=day, fy=payable.fy, amount=amount, tax=tax, tds_base=base,
        tds_milli=int(rate.percent * 1000) if base else 0, tds=tds, tds_reason=why, net=amount + tax - tds,
        settled_against=payable.settled_against,
    )  # fmt: skip
