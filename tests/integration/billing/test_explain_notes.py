"""A note opened from its total: what a settlement moved, by trip and charge; what a credit left of a line."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from billing.services.bill_explain import ExplainedBill, explain_invoice
from billing.services.corrections import withdraw_trip
from billing.services.invoices import get_invoice, issue_invoice
from billing.services.notes import write_note
from billing.services.settle import write_settlement
from tests.integration.billing.conftest import Month
from tests.integration.billing.test_explain import RULES, ask
from tests.integration.billing.test_notes import issued


def check(month: Month, note: str) -> ExplainedBill:
    """Trips add up to printed lines, their lines to them, explanations to lines; nothing comes out otherwise."""
    found = explain_invoice(month.session, invoice=note)
    assert found.differences == ()
    draft = get_invoice(month.session, invoice=note).draft
    printed = [(line.code, line.level, line.amount) for line in draft.lines]
    assert [(one.code, one.level, one.amount) for one in found.charges] == printed
    totals = dict(found.totals)
    assert totals["Total"] == draft.totals.total
    assert sum(paise for name, paise in found.totals if name != "Total") == totals["Total"]
    for charge in found.charges:
        parts, reasons = found.parts(charge), found.reasons(charge)
        assert sum(part.amount for part in parts) + sum(one.explanation.amount for one in reasons) == charge.amount
        for part in parts:
            trip = found.trip(part.row)
            assert trip.lines[charge.code] == part.amount
            assert sum(trip.lines.values()) == trip.base_cost + trip.non_taxable
            for code, amount in trip.lines.items():
                assert sum(one.amount for one in trip.explanations[code]) == amount
    return found


@pytest.mark.parametrize("is_issued", [False, True])
def test_a_debit_note_of_a_late_trip_names_it_and_those_that_shift(october: Month, *, is_issued: bool) -> None:
    number = issued(october)
    october.add(october.trip(1, "80"))
    note = str(write_settlement(october.session, invoice=number).stored)
    if is_issued:
        note = issue_invoice(october.session, invoice=note).number
    found = check(october, note)
    (distance,) = found.charges
    assert [(part.ref, part.amount) for part in found.parts(distance)] == [
        ("T00004", 0),
        ("T00001", 1000_00),
        ("T00002", 1000_00),
    ]
    told = found.trip(found.row_of("T00002")).explanations["DISTANCE"]
    assert [one.text for one in told] == ["50 km × 25.00 = 1,250.00", "250.00 charged before"]


def test_a_credit_note_of_a_withdrawn_trip_and_a_true_up(make_month: Callable[..., Month]) -> None:
    month = make_month(model="PER_TRIP", rules=RULES)
    month.add(*(month.trip(1 + n, f"{20 + n}", toll_paise=45_50) for n in range(26)))
    number = issued(month)
    withdraw_trip(month.session, "T00003", reason="did not happen", client=month.pair.client.code)
    note = str(write_settlement(month.session, invoice=number).stored)
    found = check(month, note)
    told = found.trip(found.row_of("T00003"))
    assert "did not happen" in told.explanations["DISTANCE"][-1].text
    assert {"DISTANCE", "TOLL", "MIN_GUARANTEE"} <= {one.code for one in found.charges}
    (true_up,) = (one for one in found.charges if one.code == "MIN_GUARANTEE")
    assert "charged before" in found.reasons(true_up)[0].explanation.text


def test_a_note_against_lines_says_what_is_left(october: Month, capsys: pytest.CaptureFixture[str]) -> None:
    number = issued(october)
    write = {"invoice": number, "reason": "goodwill"}
    first = write_note(october.session, amounts={1: 1000_00}, **write)
    issue_invoice(october.session, invoice=str(first.invoice_id))
    second = str(write_note(october.session, amounts={1: 333_33}, **write).invoice_id)
    check(october, str(first.invoice_id))
    found = check(october, second)
    assert (found.trips, found.against) == (0, number)
    text = "line 1: 30,000.00 billed, 29,000.00 left before this note, 333.33 credited, 28,666.67 left"
    assert found.reasons(found.charges[0])[0].explanation.text == text
    assert ask(october, second) == 0
    assert text in capsys.readouterr().out
    assert ask(october, second, "--json", "--trips") == 0
    answer = json.loads(capsys.readouterr().out)
    assert (answer["trips"], answer["charges"][0]["explain"][0]["text"]) == ([], text)
