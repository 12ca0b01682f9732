"""From a rated period to what is posted and printed: ledger columns, period charges, invoice draft, totals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from billing.errors import BadInputError
from billing.invoicing.draft import assemble, draft_lines
from billing.invoicing.tax import PERCENT_SCALE, in_whole_rupees, rupee_round_off
from billing.rating.result import RatedPeriod
from billing.schemas.invoices import ChargeLevel, ChargeSum, InvoiceDraft, InvoiceTotals, TaxGroup, TaxKind, TaxNature
from billing.schemas.rating import LINE_BIT
from billing.schemas.runs import LedgerColumns, PeriodCharge, RunFigures
from billing.strategies.exact import total


def milli(percent: Decimal) -> int:
    """A tax percent in thousandths. Raises BadInputError when it has more than three decimals."""
    scaled = percent * PERCENT_SCALE
    if scaled != int(scaled):
        raise BadInputError("BAD_INPUT", f"A tax percent has at most three decimals: {percent}", where="tax_percentage")
    return int(scaled)


def ledger_of(rated: RatedPeriod, ids: NDArray[Any], revs: NDArray[np.int32]) -> LedgerColumns:
    """The ledger rows of a rated period; `ids` and `revs` belong to the trips as they were given to rating."""
    trips = rated.trips
    numbers = np.array(rated.version_numbers, np.int16)
    percents = np.array([milli(percent) for percent in trips.percents], np.int32)
    return LedgerColumns(
        trips=ids[trips.order],
        revs=revs[trips.order],
        versions=numbers[trips.version] if len(trips) else np.empty(0, np.int16),
        tax_milli=percents[trips.percent] if len(trips) else np.empty(0, np.int32),
        shown=trips.lines_shown,
        toll_taxable=_taxable(rated, "TOLL"),
        parking_taxable=_taxable(rated, "PARKING"),
        taxable=trips.base,
        non_taxable=trips.non_taxable,
        tax=trips.tax,
        incentive=trips.incentive,
        charges=trips.amounts,
    )


def _taxable(rated: RatedPeriod, code: str) -> NDArray[np.bool_]:
    """Which trips are taxed on this code: all, but those of versions that pass it on."""
    by_version = np.array([code not in untaxed for untaxed in rated.untaxed], np.bool_)
    return by_version[rated.trips.version] if len(rated.trips) else np.empty(0, np.bool_)


def period_of(rated: RatedPeriod) -> tuple[PeriodCharge, ...]:
    """The period charges by version number; equal (version, code, slot) are one charge."""
    sums: dict[tuple[int, str, str, int], int] = {}
    for line in rated.period_lines:
        key = (rated.version_numbers[line.version], line.code, line.slot, milli(line.tax_percent))
        sums[key] = sums.get(key, 0) + line.amount
    return tuple(PeriodCharge(version, code, slot, amount, tax) for (version, code, slot, tax), amount in sums.items())


def charge_sums(rated: RatedPeriod) -> list[ChargeSum]:
    """The rated period summed as invoice lines are: per (code, tax percent, taxed, from trips or period)."""
    sums = [
        ChargeSum(charge.code, ChargeLevel.PERIOD, charge.tax_milli, True, charge.amount, 1)
        for charge in period_of(rated)
    ]
    trips = rated.trips
    for code, amounts in trips.amounts.items():
        shown = (trips.lines_shown & LINE_BIT[code]) != 0
        taxed = _taxable(rated, code)
        for is_taxed in (True, False):
            for place, percent in enumerate(trips.percents):
                rows = shown & (taxed == is_taxed) & (trips.percent == place)
                count = int(np.count_nonzero(rows))
                if count:
                    amount = total(amounts[rows])
                    sums.append(ChargeSum(code, ChargeLevel.TRIP, milli(percent), is_taxed, amount, count))
    return sums


def draft_of(
    rated: RatedPeriod, nature: TaxNature, sac: str, *, tax_to_rupee: bool = False, per_line: bool = False
) -> InvoiceDraft:
    """The invoice that a rated period makes, checked against itself.

    Lines untaxed or at 0.00 are shown where trips show them. The incentive is not on the invoice, so the round-off
    brings the invoice's own total to the rupee. `tax_to_rupee`: the vendor's branch charges tax in whole rupees;
    `per_line`: the rules tax line by line.
    """
    lines = draft_lines(charge_sums(rated), sac)
    reverse = rated.rcm_tax_payable_by_client is not None
    wanted = {line.percent_milli for line in lines if line.is_taxable}
    groups = tuple(
        group for group in (_group(group, nature, reverse=reverse) for group in rated.tax_groups)
        if group.percent_milli in wanted
    )  # fmt: skip
    if tax_to_rupee and not reverse:
        groups = in_whole_rupees(groups, nature.kind, per_line=per_line)
    taxable, tax = rated.taxable_subtotal, sum(group.tax for group in groups)
    before = taxable + rated.non_taxable + tax
    round_off = rupee_round_off(before) if rated.round_off is not None else 0
    totals = InvoiceTotals(
        taxable=taxable,
        non_taxable=rated.non_taxable,
        tax=tax,
        cgst=sum(group.cgst for group in groups),
        sgst=sum(group.sgst for group in groups),
        igst=sum(group.igst for group in groups),
        round_off=round_off,
        total=before + round_off,
        incentive=rated.incentive,
        tds=rated.tds or 0,
        rcm_tax=rated.rcm_tax_payable_by_client or 0,
    )
    ordered = tuple(sorted(groups, key=lambda group: group.percent_milli))
    return assemble(lines, ordered, totals, nature, reverse_charge=reverse)


def _group(group: Any, nature: TaxNature, *, reverse: bool) -> TaxGroup:
    if reverse:
        return TaxGroup(milli(group.percent), group.taxable, 0, 0, 0, 0)
    half = group.tax // 2 if nature.kind is TaxKind.CGST_SGST else 0
    igst = group.tax if nature.kind is TaxKind.IGST else 0
    return TaxGroup(milli(group.percent), group.taxable, half, half, igst, group.tax)


def figures_of(rated: RatedPeriod, draft: InvoiceDraft) -> RunFigures:
    """The run's totals: those of its invoice, and the incentive beside it."""
    totals = draft.totals
    return RunFigures(
        trips=len(rated.trips),
        distance_m=total(rated.trips.columns.distance_m[rated.trips.order]),
        taxable=totals.taxable,
        non_taxable=totals.non_taxable,
        tax=totals.tax,
        cgst=totals.cgst,
        sgst=totals.sgst,
        igst=totals.igst,
        rcm_tax=totals.rcm_tax,
        round_off=totals.round_off,
        incentive=totals.incentive,
        total=totals.total + totals.incentive,
        tds=totals.tds,
    )
