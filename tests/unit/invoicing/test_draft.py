"""Charges to lines to totals: grouping, order, sums."""

from __future__ import annotations

from dataclasses import replace

import pytest

from billing.errors import RefusedError
from billing.invoicing.draft import assemble, draft_lines, tax_groups_of, totals_of
from billing.invoicing.tax import decide_nature
from billing.schemas.invoices import ChargeLevel, ChargeSum

TRIP, PERIOD = ChargeLevel.TRIP, ChargeLevel.PERIOD
CHARGES = [
    ChargeSum("TOLL", TRIP, 18000, False, 4200, 2),
    ChargeSum("NIGHT", TRIP, 18000, True, 30000, 1),
    ChargeSum("SLA_PENALTY", PERIOD, 18000, True, -5000, 1),
    ChargeSum("DISTANCE", TRIP, 18000, True, 75000, 3),
    ChargeSum("MONTHLY_FEE", PERIOD, 18000, True, 2500000, 1),
    ChargeSum("MONTHLY_FEE", PERIOD, 18000, True, 3000000, 1),
    ChargeSum("DISTANCE", TRIP, 5000, True, 1253, 1),
]


def test_lines_are_sums_per_code_percent_and_level_in_printing_order() -> None:
    lines = draft_lines(CHARGES, "996601")
    assert [(line.code, line.percent_milli, line.amount, line.count) for line in lines] == [
        ("MONTHLY_FEE", 18000, 5500000, 2),
        ("DISTANCE", 5000, 1253, 1),
        ("DISTANCE", 18000, 75000, 3),
        ("NIGHT", 18000, 30000, 1),
        ("TOLL", 0, 4200, 2),
        ("SLA_PENALTY", 18000, -5000, 1),
    ]
    assert [line.position for line in lines] == [1, 2, 3, 4, 5, 6]
    assert lines[4].description == "Toll, at cost (pure agent)"


def test_totals_add_up_with_the_round_off_outside_tax() -> None:
    lines = draft_lines(CHARGES, "996601")
    nature = decide_nature("29", "29")
    groups = tax_groups_of(lines, nature)
    totals = totals_of(lines, groups, round_to_rupee=True, incentive=5000)
    draft = assemble(lines, groups, totals, nature)
    assert [(group.percent_milli, group.taxable, group.cgst) for group in groups] == [
        (5000, 1253, 31),
        (18000, 5600000, 504000),
    ]
    assert draft.totals.taxable == 5601253
    assert draft.totals.tax == 1008062
    assert draft.totals.total == 5601253 + 4200 + 1008062 + draft.totals.round_off
    assert draft.totals.total % 100 == 0


def test_reverse_charge_shows_the_rate_and_charges_nothing() -> None:
    lines = draft_lines(CHARGES, "996601")
    groups = tax_groups_of(lines, decide_nature("29", "29"), reverse_charge=True)
    totals = totals_of(lines, groups, round_to_rupee=False, rcm_tax=1008062)
    assert totals.tax == 0
    assert totals.total == totals.taxable + totals.non_taxable
    assert {group.percent_milli for group in groups} == {5000, 18000}


@pytest.mark.parametrize("field", ["taxable", "non_taxable", "tax", "cgst", "total"])
def test_a_paisa_too_much_stops_the_draft(field: str) -> None:
    lines = draft_lines(CHARGES, "996601")
    nature = decide_nature("29", "29")
    groups = tax_groups_of(lines, nature)
    totals = totals_of(lines, groups, round_to_rupee=True)
    wrong = replace(totals, **{field: getattr(totals, field) + 1})
    with pytest.raises(RefusedError, match="does not add up"):
        assemble(lines, groups, wrong, nature)


def test_nothing_charged_is_an_empty_draft() -> None:
    nature = decide_nature(None, None)
    draft = assemble((), (), totals_of((), (), round_to_rupee=True), nature)
    assert draft.totals.total == 0
