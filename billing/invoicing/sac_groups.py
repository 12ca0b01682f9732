"""The tax of a document by (SAC, rate): what the tax table, an e-invoice item and the HSN summary are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from billing.invoicing.tax import tax_group
from billing.money import split_largest_remainder
from billing.schemas.invoices import InvoiceDraft, InvoiceLine, TaxGroup, TaxKind


def split_group(group: TaxGroup, lines: Iterable[InvoiceLine]) -> list[tuple[str, TaxGroup]]:
    """A rate's tax by SAC; the SACs' taxable values and taxes add up to the group's exactly.

    One SAC, as every contract has, keeps the figures as they are; several share each tax by largest remainder.
    """
    taxable: dict[str, int] = {}
    for line in lines:
        if line.is_taxable and line.percent_milli == group.percent_milli:
            taxable[line.sac] = taxable.get(line.sac, 0) + line.amount
    if len(taxable) < 2:
        return [(sac, group) for sac in taxable]
    weights = list(taxable.values())
    cgst, sgst, igst = (split_largest_remainder(getattr(group, name), weights) for name in ("cgst", "sgst", "igst"))
    whole = split_largest_remainder(group.tax, weights)
    is_split = group.tax == group.cgst + group.sgst + group.igst
    parts = []
    for place, (sac, value) in enumerate(taxable.items()):
        halves = cgst[place], sgst[place], igst[place]
        parts.append((sac, TaxGroup(group.percent_milli, value, *halves, sum(halves) if is_split else whole[place])))
    return parts


def by_sac(groups: Sequence[TaxGroup], lines: Sequence[InvoiceLine]) -> list[tuple[str, TaxGroup]]:
    """All of a document's taxable value and tax by (SAC, rate), in the order of the rates."""
    return [part for group in groups for part in split_group(group, lines)]


def owed_by_sac(draft: InvoiceDraft) -> list[tuple[str, TaxGroup]]:
    """As `by_sac`, but under reverse charge with the tax that the recipient owes: returns and the portal are told it.

    It is rounded once for each rate, as on the document, before the SACs share it.
    """
    groups = draft.tax_groups
    if draft.reverse_charge and draft.nature.kind is not TaxKind.SINGLE:
        groups = tuple(tax_group(group.taxable, group.percent_milli, draft.nature.kind) for group in groups)
    return by_sac(groups, draft.lines)
