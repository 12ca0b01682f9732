"""Numbers and splits that other GST programs publish, made by our own code.

ic: india-compliance (github.com/resilient-tech/india-compliance), its tests and issues, as GST.md 12 and 13 list them.
"""

from __future__ import annotations

from decimal import Decimal

import pytest

from billing.exchange.einvoice.inv01 import payload_of
from billing.invoicing.numbering import is_valid_number
from billing.invoicing.stored import stored_lines
from billing.invoicing.tax import rupee_round_off, tax_group
from billing.money import half_up, words
from billing.schemas.invoices import ChargeSum, TaxKind
from tests.unit.papers.documents import PERIOD, TRIP, document, in_maharashtra

CGST_SGST, IGST = TaxKind.CGST_SGST, TaxKind.IGST


@pytest.mark.parametrize(
    ("source", "taxable", "percent", "kind", "cgst", "igst"),
    [
        ("ic goods_item", 100_000_00, 18, CGST_SGST, 9_000_00, 0),
        ("ic service_item", 100_00, 18, CGST_SGST, 9_00, 0),
        ("ic nil_exempted_item", 10_00, 12, CGST_SGST, 60, 0),
        ("ic return_invoice", 15_20, 12, CGST_SGST, 91, 0),
        ("GST.md 7, issue 3391", 62_51, 18, CGST_SGST, 5_63, 0),
        ("GST.md 7, issue 3391", 62_51, 18, IGST, 0, 11_25),
        ("GST.md 7, 1000 trips at 87.30", 87_300_00, 5, IGST, 0, 4_365_00),
        ("GST.md 7, 300 trips at 110.10", 33_030_00, 5, CGST_SGST, 825_75, 0),
        ("GST.md 8, note of 100.20", 100_20, 5, CGST_SGST, 2_51, 0),
    ],
)
def test_published_taxes(source: str, taxable: int, percent: int, kind: TaxKind, cgst: int, igst: int) -> None:
    group = tax_group(taxable, percent * 1000, kind)
    assert (group.cgst, group.sgst, group.igst) == (cgst, cgst, igst), source


def test_tax_of_lines_carries_the_remainder() -> None:
    """ic return_invoice: two lines of 7.60 at 12 % carry CGST 0.46 and 0.45, the document 0.91; payable 17.00."""
    made = document(
        (ChargeSum("DISTANCE", TRIP, 12000, True, 760, 1), ChargeSum("MONTHLY_FEE", PERIOD, 12000, True, 760, 1))
    )
    assert [line["cgst"] for line in stored_lines(made.draft)] == [46, 45]
    totals = made.draft.totals
    assert (totals.cgst, totals.sgst, totals.round_off, totals.total) == (91, 91, -2, 1700)
    values = payload_of(made)["ValDtls"]
    assert (values["CgstVal"], values["RndOffAmt"], values["TotInvVal"]) == (Decimal("0.91"), Decimal("-0.02"), 17)


@pytest.mark.parametrize(("amount", "off"), [(1_702, -2), (111_20, -20), (50, 50), (49, -49), (100, 0), (-1_702, 2)])
def test_published_round_offs(amount: int, off: int) -> None:
    """ic: 17.02 -> -0.02; 111.20 -> -0.20 (nil_exempted_item); a return mirrors it."""
    assert rupee_round_off(amount) == off


@pytest.mark.parametrize(("numerator", "paise"), [(267_5, 268), (-267_5, -268), (255, 26), (-255, -26)])
def test_halves_mirror(numerator: int, paise: int) -> None:
    """ic PR 4763: -2.675 must mirror 2.675, not bankers' rounding."""
    assert half_up(numerator, 10) == paise


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("SINV-CFY-00067", True), ("SINV/2023-24/01", True), ("SI/26-27/0000001", True), ("ABC/26-27/0000001", False),
        ("0001", False), ("-INV1", False), ("/INV1", False), ("SI#1", False), ("SI 1", False), ("SI1\n", False),
        ("एक1", False), ("", False),
    ],
)  # fmt: skip
def test_published_numbers(number: str, valid: bool) -> None:
    """ic issues 1350, 1573, 2608; NIC rejects a leading 0, - or /; 16 characters."""
    assert is_valid_number(number) is valid


@pytest.mark.parametrize(
    ("paise", "text"),
    [
        (17_00, "Rupees Seventeen Only"),
        (1_18_000_00, "Rupees One Lakh Eighteen Thousand Only"),
        (12_34_567_50, "Rupees Twelve Lakh Thirty-Four Thousand Five Hundred Sixty-Seven and Fifty Paise Only"),
        (1_00_00_000_00, "Rupees One Crore Only"),
    ],
)
def test_amounts_in_words(paise: int, text: str) -> None:
    assert words(paise) == text


def test_nature_of_tax_follows_the_place_of_supply() -> None:
    """ic validates CGST and SGST within a state, IGST to another; never both, never one half."""
    for made, halves in ((document(), True), (document(buyer=in_maharashtra()), False)):
        totals = made.draft.totals
        assert (totals.cgst == totals.sgst > 0) is halves
        assert (totals.igst > 0) is not halves
