"""A bill opened from its total down to the rules of a trip's lines: everything adds up again on the way."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable

import pytest

from billing.errors import RefusedError
from billing.money import paise_of
from billing.schemas.invoices import ChargeLevel
from billing.services.bill_explain import ExplainedBill, explain_invoice, explain_month
from billing.services.billing import run_bill
from billing.services.invoices import get_invoice, issue_invoice
from billing.services.trip_price import price_trip
from moveinsync_desktop.commands import bill_explain
from tests.integration.billing.conftest import OCTOBER, Month
from tests.integration.billing.test_invoices import draft

RULES = {
    "base_fare": "50",
    "per_km_rate": "12.345",
    "carpool_discount": "0.05",
    "night_shift_surcharge": "75",
    "toll_taxable": False,
    "min_guarantee": {"amount": "30000"},
    "tax_rates_by_date": [{"from": "2026-10-15", "percent": "12"}],
    "tax_percentage": "5",
}


@pytest.fixture
def bill(make_month: Callable[..., Month]) -> tuple[Month, str]:
    """Forty trips with every kind of line, two tax rates and a true-up; the draft's id."""
    month = make_month(model="PER_TRIP", rules=RULES)
    trips = [month.trip(1 + n % 28, f"{3 + n}.{n:03d}", is_carpool=n % 3 == 0, employees=("E1",)) for n in range(36)]
    month.add(*trips, *(month.trip(20, "7", toll_paise=45_50, parking_paise=20_00) for _ in range(4)))
    return month, draft(month)


def check(bill: ExplainedBill) -> None:
    """Lines add up to trips, trips to charges, charges to the total; each explanation to its line."""
    of_trips = [charge for charge in bill.charges if charge.level is ChargeLevel.TRIP]
    for charge in of_trips:
        parts = bill.parts(charge)
        assert (len(parts), sum(part.amount for part in parts)) == (charge.count, charge.amount)
        assert all(bill.trip(part.row).lines[charge.code] == part.amount for part in parts)
    for charge in bill.charges:
        if charge.level is ChargeLevel.PERIOD:
            assert sum(reason.explanation.amount for reason in bill.reasons(charge)) == charge.amount
    for row in range(bill.trips):
        trip = bill.trip(row)
        assert sum(trip.lines.values()) == trip.base_cost + trip.non_taxable
        for code, amount in trip.lines.items():
            told = trip.explanations[code]
            assert sum(one.amount for one in told) == amount
            assert sum(paise_of(one.unrounded) for one in told) == amount
            assert all(one.key and one.text for one in told)
    totals = dict(bill.totals)
    assert sum(charge.amount for charge in bill.charges if charge.is_taxable) == totals["Taxable value"]
    assert sum(paise for name, paise in bill.totals if name != "Total") == totals["Total"]


def test_a_draft_opens_from_its_total_to_the_rules(bill: tuple[Month, str]) -> None:
    month, invoice = bill
    found = explain_invoice(month.session, invoice=invoice)
    check(found)
    document = get_invoice(month.session, invoice=invoice)
    assert dict(found.totals)["Total"] == document.draft.totals.total
    printed = [(line.code, line.percent_milli if line.is_taxable else 0, line.amount) for line in document.draft.lines]
    opened = [(one.code, one.percent_milli if one.is_taxable else 0, one.amount) for one in found.charges]
    assert sorted(opened) == sorted(printed)
    assert found.differences == ()


def test_an_issued_invoice_opens_and_its_trips_go_up_and_down(bill: tuple[Month, str]) -> None:
    month, invoice = bill
    number = issue_invoice(month.session, invoice=invoice).number
    found = explain_invoice(month.session, invoice=number, client=month.pair.client.code)
    check(found)
    assert number in found.title
    trip = found.trip(found.row_of("T00005"))
    price = price_trip(month.session, trip="T00005", client=month.pair.client.code)
    assert (trip.lines, trip.base_cost) == (dict(price.lines), price.base_cost)
    assert {code: [one.text for one in told] for code, told in trip.explanations.items()} == {
        code: [one.text for one in told] for code, told in price.explanations.items()
    }
    with pytest.raises(RefusedError):
        found.row_of("nobody")


def test_a_month_opens_before_it_is_billed(bill: tuple[Month, str]) -> None:
    month, invoice = bill
    as_it_would_be = explain_month(
        month.session, client_id=month.client_id, contract_id=month.contract_id, month=OCTOBER
    )
    check(as_it_would_be)
    assert as_it_would_be.charges == explain_invoice(month.session, invoice=invoice).charges


def ask(month: Month, *words: str) -> int:
    parser = ArgumentParser()
    bill_explain.add_arguments(parser)
    return bill_explain.explain(month.session, parser.parse_args([*words, "--client", month.pair.client.code]))


def test_the_command_tells_all_of_it(bill: tuple[Month, str], capsys: pytest.CaptureFixture[str]) -> None:
    month, invoice = bill
    assert ask(month, invoice, "--trips", "--json") == 0
    answer = json.loads(capsys.readouterr().out)
    assert len(answer["trips"]) == 40
    first = answer["trips"][0]
    assert first["explain"]["DISTANCE"][0]["key"] == "per_km_rate"
    (guarantee,) = [one for one in answer["charges"] if one["code"] == "MIN_GUARANTEE"]
    assert guarantee["explain"][0]["key"] == "min_guarantee"
    assert ask(month, invoice, "--charge", "CARPOOL_DISCOUNT", "--json") == 0
    charges = json.loads(capsys.readouterr().out)["charges"]
    assert sum(len(one["trips"]) for one in charges) == 12
    assert ask(month, invoice, "--trip", "T00001") == 0
    assert "[carpool_discount]" in capsys.readouterr().out
    assert ask(month, invoice) == 0
    assert "true-up" in capsys.readouterr().out.lower()


def test_bill_explains_every_trip_on_demand(bill: tuple[Month, str]) -> None:
    from moveinsync_desktop.commands.bill import _add_trips
    from moveinsync_desktop.commands.bill_output import outcome_json

    month, _ = bill
    outcome = run_bill(month.session, **month.words)
    answer = outcome_json(outcome, explain=True)
    _add_trips(month.session, outcome, answer)
    (run,) = answer["runs"]
    assert len(run["trip_lines"]) == run["trips"] == 40
    assert {"key", "version", "quantity", "rate", "unrounded", "amount", "text"} <= set(
        run["trip_lines"][0]["explain"]["DISTANCE"][0]
    )
