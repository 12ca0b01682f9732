"""Place of supply, tax type and the rounding of tax (GST.md sections 2 and 7)."""

from __future__ import annotations

from collections.abc import Sequence

from billing.money import half_up, split_largest_remainder
from billing.schemas.invoices import TaxGroup, TaxKind, TaxNature

PERCENT_SCALE = 1000
"""Tax percents are integers in thousandths of a percent: 18 percent is 18000."""

PAISE_PER_RUPEE = 100


def decide_nature(
    supplier_state: str | None,
    recipient_state: str | None,
    *,
    recipient_is_sez: bool = False,
    tax_split: str | None = None,
) -> TaxNature:
    """Place of supply and tax type: the parties' states decide; `tax_split` only where one is missing.

    The place of supply of a registered recipient is the state of the registration that receives the service;
    a trip's route is irrelevant. A SEZ unit is always inter-state. With neither states nor a split in the
    rules the tax is one line (GST.md R0).
    """
    if recipient_is_sez:
        return TaxNature(TaxKind.IGST, recipient_state, True, "the client's site is a SEZ unit")
    if supplier_state and recipient_state:
        inter = supplier_state != recipient_state
        kind = TaxKind.IGST if inter else TaxKind.CGST_SGST
        reason = "supplier and place of supply differ" if inter else "supplier and place of supply are one state"
        return TaxNature(kind, recipient_state, inter, reason)
    if tax_split:
        kind = TaxKind(tax_split)
        return TaxNature(kind, recipient_state, kind is TaxKind.IGST, "tax_split of the contract")
    return TaxNature(TaxKind.SINGLE, recipient_state, None, "the states of the parties are not recorded")


def tax_group(taxable: int, percent_milli: int, kind: TaxKind) -> TaxGroup:
    """The tax on `taxable` paise: each half of CGST + SGST rounded from the taxable value, never from a total."""
    if kind is TaxKind.CGST_SGST:
        half = half_up(taxable * percent_milli, 2 * 100 * PERCENT_SCALE)
        return TaxGroup(percent_milli, taxable, half, half, 0, 2 * half)
    whole = half_up(taxable * percent_milli, 100 * PERCENT_SCALE)
    igst = whole if kind is TaxKind.IGST else 0
    return TaxGroup(percent_milli, taxable, 0, 0, igst, whole)


def in_whole_rupees(groups: Sequence[TaxGroup], kind: TaxKind, *, per_line: bool = False) -> tuple[TaxGroup, ...]:
    """The same groups with each component of the document's tax in whole rupees (section 170; GST.md section 7).

    A component is rounded once, half up, from the taxable values, never from what was rounded to paise before; with
    `per_line` (`tax_level: line`) from the sum of the lines' taxes, which is then the tax. What rounding adds or takes
    is given to the rates by largest remainder, so that no rate's tax changes its sign.
    """
    parts = [group.cgst if kind is TaxKind.CGST_SGST else group.tax for group in groups]
    if per_line:
        whole = half_up(sum(parts), PAISE_PER_RUPEE) * PAISE_PER_RUPEE
    else:
        whole = whole_rupees(sum(group.taxable * group.percent_milli for group in groups), kind)
    weights = [max(part, 0) if whole >= 0 else max(-part, 0) for part in parts]
    if not any(weights):
        weights = [abs(part) for part in parts]
    moved = split_largest_remainder(whole - sum(parts), weights)
    return tuple(_group_of(group, part + more, kind) for group, part, more in zip(groups, parts, moved, strict=True))


def whole_rupees(milli_paise: int, kind: TaxKind) -> int:
    """One component in whole rupees, as paise: half up from the sum of taxable paise x thousandths of a percent."""
    halves = 2 if kind is TaxKind.CGST_SGST else 1
    return half_up(milli_paise, halves * 100 * PERCENT_SCALE * PAISE_PER_RUPEE) * PAISE_PER_RUPEE


def _group_of(group: TaxGroup, part: int, kind: TaxKind) -> TaxGroup:
    if kind is TaxKind.CGST_SGST:
        return TaxGroup(group.percent_milli, group.taxable, part, part, 0, 2 * part)
    return TaxGroup(group.percent_milli, group.taxable, 0, 0, part if kind is TaxKind.IGST else 0, part)


def rupee_round_off(amount: int) -> int:
    """The signed paise that bring `amount` to the whole rupee, 50 paise up (-0.49 to +0.50)."""
    return half_up(amount, PAISE_PER_RUPEE) * PAISE_PER_RUPEE - amount


def percent_text(percent_milli: int) -> str:
    """`18`, `2.5`, `0.125`: the percent without trailing zeros and without its sign."""
    whole, part = divmod(percent_milli, PERCENT_SCALE)
    return f"{whole}.{part:03d}".rstrip("0").rstrip(".")


def half_percent_text(percent_milli: int) -> str:
    """The percent of one of two equal halves: `9` of 18, `2.5` of 5."""
    whole, part = divmod(percent_milli, 2 * PERCENT_SCALE)
    return f"{whole}.{part * 5:04d}".rstrip("0").rstrip(".")
