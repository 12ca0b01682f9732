"""Tax: the percentage that holds on a date, and the tax on an amount or a column of amounts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

import numpy as np

from billing.money import half_down, half_up
from billing.schemas.rating import DEFAULT_TAX_PERCENT, TaxRounding
from billing.schemas.trip_columns import IntArray
from billing.strategies.block import TripBlock
from billing.strategies.clock import local_day_of, local_days
from billing.strategies.exact import as_paise, divided_half_down, divided_half_up, plus, times
from billing.strategies.terms import Terms

CGST_SGST, IGST = "CGST_SGST", "IGST"


@dataclass(frozen=True, slots=True)
class TaxStyle:
    """How a bill's tax is computed and shown; from the version that owns the last owned day.

    Attributes:
        split: CGST_SGST, IGST or None where nothing says.
        per_line: every line is taxed on its own (`tax_level: line`).
        reverse_charge: the client owes the tax to the government, the bill does not charge it.
        rounding: HALF_UP, or HALF_DOWN to compare with older reports.
    """

    split: str | None = None
    per_line: bool = False
    reverse_charge: bool = False
    rounding: TaxRounding = TaxRounding.HALF_UP

    def of(self, taxable: int, percent: Decimal) -> int:
        """The tax on an amount in paise; as two halves, each rounded, under CGST and SGST."""
        share = Fraction(percent) / (200 if self.split == CGST_SGST else 100) * taxable
        rounded = (half_up if self.rounding is TaxRounding.HALF_UP else half_down)(share.numerator, share.denominator)
        return 2 * rounded if self.split == CGST_SGST else rounded

    def of_column(self, taxable: IntArray, percent: Decimal) -> IntArray:
        """The same for a column of amounts."""
        share = Fraction(percent) / (200 if self.split == CGST_SGST else 100)
        product = times(taxable, share.numerator)
        divided = divided_half_up if self.rounding is TaxRounding.HALF_UP else divided_half_down
        rounded = divided(product, share.denominator)
        return as_paise(plus(rounded, rounded) if self.split == CGST_SGST else rounded)


def style_of(terms: Terms | None, rounding: TaxRounding = TaxRounding.HALF_UP) -> TaxStyle:
    """The tax style that these rules ask for."""
    if terms is None:
        return TaxStyle(rounding=rounding)
    return TaxStyle(
        split=terms.get("tax_split"),
        per_line=terms.get("tax_level") == "line",
        reverse_charge=bool(terms.get("reverse_charge", False)),
        rounding=rounding,
    )


def percent_on(terms: Terms, day: date) -> Decimal:
    """The tax percentage of these rules on a date."""
    begun = [entry for entry in terms.get("tax_rates_by_date", ()) if entry["from"] <= day]
    if begun:
        return max(begun, key=lambda entry: entry["from"])["percent"]  # type: ignore[no-any-return]
    return terms.get("tax_percentage", DEFAULT_TAX_PERCENT)  # type: ignore[no-any-return]


def percents_by_start(terms: Terms, block: TripBlock) -> list[tuple[Decimal, IntArray | None]]:
    """The percentages that hold for trips by their local start date, with the rows of each (None: all)."""
    dated = sorted(terms.get("tax_rates_by_date", ()), key=lambda entry: entry["from"])
    plain: Decimal = terms.get("tax_percentage", DEFAULT_TAX_PERCENT)
    if not dated:
        return [(plain, None)]
    bounds = np.array([local_day_of(entry["from"]) for entry in dated], np.int64)
    places = np.searchsorted(bounds, local_days(block.local_start), side="right")
    percents = [plain, *(entry["percent"] for entry in dated)]
    return [(percents[place], np.flatnonzero(places == place)) for place in np.unique(places).tolist()]
