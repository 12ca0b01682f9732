"""The totals of a bill: taxable value, tax by rate, untaxed items, incentives, rounding, memo items."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from fractions import Fraction

import numpy as np

from billing.money import PAISE_IN_RUPEE, half_up, paise_of
from billing.rating.bill_lines import RatedVersion
from billing.rating.gather import trip_taxes
from billing.rating.result import RatedPeriod, RatedTrips
from billing.schemas.rating import ContractVersion, Explanation, PeriodLine, TaxGroup, TaxRounding
from billing.strategies.exact import check_amount, total
from billing.strategies.tax import CGST_SGST, IGST, TaxStyle, style_of
from billing.strategies.terms import Terms

_PASS_THROUGH = {"TOLL": "toll_taxable", "PARKING": "parking_taxable"}


def bill_totals(
    contract: Sequence[ContractVersion],
    trips: RatedTrips,
    versions: Sequence[RatedVersion],
    last: RatedVersion | None,
    charges: Sequence[PeriodLine],
    rounding: TaxRounding,
    explain_trip: Callable[[int], dict[str, list[Explanation]]] | None,
) -> RatedPeriod:
    """Add everything up."""
    terms = last.terms if last else None
    style = style_of(terms, rounding)
    groups = tax_groups(trips, charges, style)
    owed = sum(group.tax for group in groups)
    tax = 0 if style.reverse_charge else owed
    subtotal = total(trips.base) + sum(line.amount for line in charges)
    non_taxable, incentive = total(trips.non_taxable), total(trips.incentive)
    exact = subtotal + tax + non_taxable + incentive
    round_off = _round_off(exact) if terms and terms.get("round_off") == "rupee" else None
    whole = exact + (round_off or 0)
    for amount in (subtotal, owed, non_taxable, incentive, whole):
        check_amount(amount, "total")
    tds = _tds(subtotal, terms)
    return RatedPeriod(
        trips=trips,
        period_lines=tuple(charges),
        version_numbers=tuple(version.number for version in contract),
        untaxed=tuple(_untaxed(version) for version in contract),
        taxable_subtotal=subtotal,
        non_taxable=non_taxable,
        tax=tax,
        incentive=incentive,
        total=whole,
        tax_groups=tuple(groups),
        cgst=tax // 2 if style.split == CGST_SGST else None,
        sgst=tax // 2 if style.split == CGST_SGST else None,
        igst=tax if style.split == IGST else None,
        round_off=round_off,
        tds=tds,
        net_payable=None if tds is None else whole - tds,
        rcm_tax_payable_by_client=owed if style.reverse_charge else None,
        explain_trip=explain_trip,
    )


def tax_groups(trips: RatedTrips, charges: Iterable[PeriodLine], style: TaxStyle) -> list[TaxGroup]:
    """The taxable value and tax of each percentage, in the order in which the percentages occur.

    Under reverse charge this is the tax that would have been charged.
    """
    taxable: dict[Decimal, int] = {}
    taxes: dict[Decimal, int] = {}
    line_taxes = trip_taxes(trips.base, trips.percents, trips.percent, style) if style.per_line else None
    for place, percent in enumerate(trips.percents):
        rows = slice(None) if len(trips.percents) == 1 else np.flatnonzero(trips.percent == place)
        taxable[percent] = taxable.get(percent, 0) + total(trips.base[rows])
        if line_taxes is not None:
            taxes[percent] = taxes.get(percent, 0) + total(line_taxes[rows])
    for percent, amount in _by_version_and_code(charges):
        taxable[percent] = taxable.get(percent, 0) + amount
        if style.per_line:
            taxes[percent] = taxes.get(percent, 0) + style.of(amount, percent)
    if not style.per_line:
        taxes = {percent: style.of(amount, percent) for percent, amount in taxable.items()}
    return [_group(percent, amount, taxes[percent], style) for percent, amount in taxable.items()]


def _by_version_and_code(charges: Iterable[PeriodLine]) -> list[tuple[Decimal, int]]:
    """One code of period lines of one version is one line of the bill."""
    sums: dict[tuple[int, str], tuple[Decimal, int]] = {}
    for line in charges:
        percent, amount = sums.get((line.version, line.code), (line.tax_percent, 0))
        sums[line.version, line.code] = (percent, amount + line.amount)
    return list(sums.values())


def _group(percent: Decimal, taxable: int, tax: int, style: TaxStyle) -> TaxGroup:
    half = tax // 2 if style.split == CGST_SGST else None
    return TaxGroup(percent, taxable, tax, cgst=half, sgst=half, igst=tax if style.split == IGST else None)


def _round_off(exact: int) -> int:
    """What is added so that the total is a whole rupee, halves up."""
    return half_up(exact, PAISE_IN_RUPEE) * PAISE_IN_RUPEE - exact


def _tds(subtotal: int, terms: Terms | None) -> int | None:
    percent = terms.get("tds_percent") if terms else None
    return None if percent is None else paise_of(Fraction(subtotal, PAISE_IN_RUPEE) * Fraction(percent) / 100)


def _untaxed(version: ContractVersion) -> frozenset[str]:
    return frozenset(code for code, key in _PASS_THROUGH.items() if not version.rules.get(key, True))
