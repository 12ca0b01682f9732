"""Tax type and rounding: the published cases of GST.md sections 2 and 7."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.invoicing.tax import (
    decide_nature,
    half_percent_text,
    percent_text,
    rupee_round_off,
    tax_group,
)
from billing.schemas.invoices import TaxGroup, TaxKind, TaxNature


def test_same_state_is_cgst_and_sgst() -> None:
    nature = decide_nature("29", "29")
    assert (nature.kind, nature.place_of_supply, nature.is_inter_state) == (TaxKind.CGST_SGST, "29", False)


def test_other_state_is_igst_whatever_the_rules_say() -> None:
    nature = decide_nature("29", "27", tax_split="CGST_SGST")
    assert (nature.kind, nature.place_of_supply) == (TaxKind.IGST, "27")


def test_sez_is_inter_state_within_one_state() -> None:
    assert decide_nature("29", "29", recipient_is_sez=True).kind is TaxKind.IGST


@pytest.mark.parametrize(("supplier", "recipient"), [(None, "29"), ("29", None), (None, None), ("", "29")])
def test_rules_decide_where_a_state_is_missing(supplier: str | None, recipient: str | None) -> None:
    assert decide_nature(supplier, recipient, tax_split="IGST").kind is TaxKind.IGST
    assert decide_nature(supplier, recipient).kind is TaxKind.SINGLE


@pytest.mark.parametrize(
    ("states", "words", "nature"),
    [
        (("29", "29"), {}, TaxNature(TaxKind.CGST_SGST, "29", False, "supplier and place of supply are one state")),
        (("29", "27"), {}, TaxNature(TaxKind.IGST, "27", True, "supplier and place of supply differ")),
        (
            ("29", "29"),
            {"recipient_is_sez": True},
            TaxNature(TaxKind.IGST, "29", True, "the client's site is a SEZ unit"),
        ),
        ((None, "29"), {"tax_split": "IGST"}, TaxNature(TaxKind.IGST, "29", True, "tax_split of the contract")),
        (
            (None, "29"),
            {"tax_split": "CGST_SGST"},
            TaxNature(TaxKind.CGST_SGST, "29", False, "tax_split of the contract"),
        ),
        ((None, "29"), {}, TaxNature(TaxKind.SINGLE, "29", None, "the states of the parties are not recorded")),
    ],
)
def test_the_nature_says_which_way_and_why(
    states: tuple[str | None, str | None], words: dict[str, Any], nature: TaxNature
) -> None:
    assert decide_nature(*states, **words) == nature


@pytest.mark.parametrize(
    ("kind", "group"),
    [
        (TaxKind.CGST_SGST, TaxGroup(18000, 6251, 563, 563, 0, 1126)),
        (TaxKind.IGST, TaxGroup(18000, 6251, 0, 0, 1125, 1125)),
        (TaxKind.SINGLE, TaxGroup(18000, 6251, 0, 0, 0, 1125)),
    ],
)
def test_a_kind_of_tax_has_its_own_columns_and_no_other(kind: TaxKind, group: TaxGroup) -> None:
    assert tax_group(6251, 18000, kind) == group


def test_halves_are_rounded_from_the_taxable_value() -> None:
    intra = tax_group(6251, 18000, TaxKind.CGST_SGST)
    assert (intra.cgst, intra.sgst, intra.tax) == (563, 563, 1126)
    inter = tax_group(6251, 18000, TaxKind.IGST)
    assert (inter.igst, inter.tax, inter.cgst) == (1125, 1125, 0)


def test_float_trap_is_rounded_up() -> None:
    assert tax_group(47175, 18000, TaxKind.SINGLE).tax == 8492


def test_thousand_trips_are_taxed_on_the_total() -> None:
    assert tax_group(1000 * 8730, 5000, TaxKind.IGST).tax == 436500
    assert tax_group(300 * 11010, 5000, TaxKind.CGST_SGST).cgst == 82575


def test_negative_amounts_mirror_positive_ones() -> None:
    assert tax_group(-6251, 18000, TaxKind.CGST_SGST).cgst == -563


@pytest.mark.parametrize(
    ("amount", "expected"), [(10049, -49), (10050, 50), (10000, 0), (10099, 1), (1702, -2), (-1702, 2)]
)
def test_round_off_to_the_rupee(amount: int, expected: int) -> None:
    assert rupee_round_off(amount) == expected


@pytest.mark.parametrize(
    ("milli", "whole", "half"),
    [(18000, "18", "9"), (5000, "5", "2.5"), (2500, "2.5", "1.25"), (125, "0.125", "0.0625"), (0, "0", "0")],
)
def test_percents_are_written_without_trailing_zeros(milli: int, whole: str, half: str) -> None:
    assert (percent_text(milli), half_percent_text(milli)) == (whole, half)


@given(st.integers(-(10**15), 10**15), st.sampled_from([5000, 12000, 18000, 28000, 250]))
def test_tax_is_within_half_a_paisa_of_the_exact_figure(taxable: int, percent: int) -> None:
    group = tax_group(taxable, percent, TaxKind.IGST)
    assert abs(group.tax * 100_000 - taxable * percent) * 2 <= 100_000
    halves = tax_group(taxable, percent, TaxKind.CGST_SGST)
    assert halves.cgst == halves.sgst
    assert abs(halves.tax - group.tax) <= 1
