"""From charges to a document: lines per (code, tax percent, taxable, level), tax per rate, totals that add up."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from billing.errors import RefusedError
from billing.invoicing.lines import describe, line_order
from billing.invoicing.tax import rupee_round_off, tax_group
from billing.schemas.invoices import (
    ChargeLevel,
    ChargeSum,
    InvoiceDraft,
    InvoiceLine,
    InvoiceTotals,
    TaxGroup,
    TaxNature,
)


def draft_lines(charges: Iterable[ChargeSum], sac: str) -> tuple[InvoiceLine, ...]:
    """The invoice's lines in printing order: period charges first, then trips in the order of a trip's steps.

    Charges of the same (code, percent, taxable, level) are added, whatever version or slot they come from.
    """
    amounts: dict[tuple[str, int, bool, ChargeLevel], list[int]] = defaultdict(lambda: [0, 0])
    for charge in charges:
        percent = charge.percent_milli if charge.is_taxable else 0
        cell = amounts[(charge.code, percent, charge.is_taxable, charge.level)]
        cell[0] += charge.amount
        cell[1] += charge.count
    ordered = sorted(amounts.items(), key=lambda item: line_order(item[0][0], item[0][3], item[0][1]))
    return tuple(
        InvoiceLine(
            position,
            code,
            level,
            describe(code, level, is_taxable=is_taxable),
            sac,
            percent,
            is_taxable,
            amount,
            count,
        )
        for position, ((code, percent, is_taxable, level), (amount, count)) in enumerate(ordered, start=1)
    )


def tax_groups_of(
    lines: Sequence[InvoiceLine], nature: TaxNature, *, reverse_charge: bool = False
) -> tuple[TaxGroup, ...]:
    """The tax of each rate, rounded once from its taxable value; under reverse charge no tax is charged."""
    taxable: dict[int, int] = defaultdict(int)
    for line in lines:
        if line.is_taxable:
            taxable[line.percent_milli] += line.amount
    if reverse_charge:
        return tuple(TaxGroup(percent, value, 0, 0, 0, 0) for percent, value in sorted(taxable.items()))
    return tuple(tax_group(value, percent, nature.kind) for percent, value in sorted(taxable.items()))


def totals_of(
    lines: Sequence[InvoiceLine],
    groups: Sequence[TaxGroup],
    *,
    round_to_rupee: bool,
    incentive: int = 0,
    tds: int = 0,
    rcm_tax: int = 0,
) -> InvoiceTotals:
    """The figures under the lines; the round-off is outside taxable value and tax (GST.md section 7)."""
    taxable = sum(line.amount for line in lines if line.is_taxable)
    non_taxable = sum(line.amount for line in lines if not line.is_taxable)
    tax = sum(group.tax for group in groups)
    before = taxable + non_taxable + tax
    round_off = rupee_round_off(before) if round_to_rupee else 0
    return InvoiceTotals(
        taxable=taxable,
        non_taxable=non_taxable,
        tax=tax,
        cgst=sum(group.cgst for group in groups),
        sgst=sum(group.sgst for group in groups),
        igst=sum(group.igst for group in groups),
        round_off=round_off,
        total=before + round_off,
        incentive=incentive,
        tds=tds,
        rcm_tax=rcm_tax,
    )


def assemble(
    lines: Sequence[InvoiceLine],
    groups: Sequence[TaxGroup],
    totals: InvoiceTotals,
    nature: TaxNature,
    *,
    reverse_charge: bool = False,
) -> InvoiceDraft:
    """A draft whose parts have been checked against each other; a difference stops the operation."""
    check_adds_up(lines, groups, totals)
    return InvoiceDraft(tuple(lines), tuple(groups), totals, nature, reverse_charge)


def check_adds_up(lines: Sequence[InvoiceLine], groups: Sequence[TaxGroup], totals: InvoiceTotals) -> None:
    """The production assertion of SECURITY.md (e): lines, tax groups and totals of one document agree."""
    facts = (
        ("taxable value", sum(line.amount for line in lines if line.is_taxable), totals.taxable),
        ("taxable value of the rates", sum(group.taxable for group in groups), totals.taxable),
        ("untaxed amounts", sum(line.amount for line in lines if not line.is_taxable), totals.non_taxable),
        ("tax", sum(group.tax for group in groups), totals.tax),
        ("CGST", sum(group.cgst for group in groups), totals.cgst),
        ("SGST", sum(group.sgst for group in groups), totals.sgst),
        ("IGST", sum(group.igst for group in groups), totals.igst),
        ("total", totals.taxable + totals.non_taxable + totals.tax + totals.round_off, totals.total),
    )
    for what, found, stated in facts:
        if found != stated:
            raise RefusedError(
                "SUMS_DIFFER",
                f"The {what} of the invoice does not add up: {found} paise in its parts, {stated} in its total.",
                where=what,
            )
