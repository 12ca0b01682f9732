"""Payments: open = total + notes - received - TDS, recorded once, never changed, reversed with a reason."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from billing.errors import KnownError, RefusedError
from billing.schemas.ids import new_id
from billing.schemas.payments import ReceiptLine
from billing.services.billing import run_bill
from billing.services.invoices import issue_invoice, void_invoice
from billing.services.payments import (
    list_open,
    list_receipts,
    read_ageing,
    record_payment,
    reminder_text,
    reverse_payment,
    spread_advance,
)
from tests.integration.billing.conftest import Month, contract_for

RULES = {"base_fare": "1000", "tax_percentage": "5"}


@pytest.fixture
def issued(make_month: Callable[..., Month]) -> Month:
    """Two invoices of 2,100.00 and 1,050.00 of one vendor."""
    month = make_month(model="PER_TRIP", rules=RULES, name="First")
    month.add(month.trip(1), month.trip(2))
    run_bill(month.session, **month.words)
    other = Month(
        month.pair, month.session, contract_for(month.session, month.pair, model="PER_TRIP", rules=RULES, name="Second")
    )
    month.sql("UPDATE app.contracts SET scope_sites = '{X}' WHERE id = :id", id=other.contract_id)
    trip = other.trip(5, site="X", external_ref="S1")
    other.add(trip)
    month.sql("UPDATE app.trips SET contract_id = :k, exception = NULL WHERE external_ref = 'S1'", k=other.contract_id)
    run_bill(month.session, **month.words)
    for row in month.sql("SELECT id FROM app.invoices WHERE status = 'DRAFT' AND client_id = :c", c=month.client_id):
        issue_invoice(month.session, invoice=str(row[0]))
    return month


def pay(month: Month, amount: int, **words: Any) -> Any:
    given = {"received_on": date(2026, 11, 20), **words}
    return record_payment(month.session, vendor=month.pair.link.code, amount=amount, **given).receipt


def opens(month: Month) -> dict[int, int]:
    return {one.total: one.open_amount for one in list_open(month.session)}


def test_part_payments_tds_and_advance(issued: Month) -> None:
    assert opens(issued) == {2100_00: 2100_00, 1050_00: 1050_00}
    numbers = {one.total: one.number for one in list_open(issued.session)}
    first = pay(issued, 1000_00, invoices=[numbers[2100_00]], tds=40_00, reference="UTR1")
    assert (first.advance, first.tds) == (0, 40_00)
    assert opens(issued) == {2100_00: 1060_00, 1050_00: 1050_00}
    second = pay(issued, 3000_00, reference="UTR2")  # one payment over both; what is over is an advance
    assert opens(issued) == {}
    assert second.advance == 3000_00 - 1060_00 - 1050_00
    assert [one.advance for one in list_receipts(issued.session)] == [second.advance, 0]


def test_an_advance_is_spread_later(issued: Month) -> None:
    numbers = {one.total: one.number for one in list_open(issued.session)}
    receipt = pay(issued, 1500_00, invoices=[numbers[1050_00]], reference="A")
    assert receipt.advance == 450_00
    spread_advance(issued.session, "A")
    assert opens(issued) == {2100_00: 1650_00}
    with pytest.raises(RefusedError) as nothing:
        spread_advance(issued.session, "A")
    assert nothing.value.code == "NO_ADVANCE"


def test_a_payment_is_reversed_never_changed(issued: Month) -> None:
    receipt = pay(issued, 2000_00, reference="UTR1")
    reverse_payment(issued.session, "UTR1", reason="bounced")
    assert opens(issued) == {2100_00: 2100_00, 1050_00: 1050_00}
    assert list_receipts(issued.session)[0].reverse_reason == "bounced"
    with pytest.raises(KnownError) as twice:
        reverse_payment(issued.session, str(receipt.id), reason="again")
    assert twice.value.code == "REVERSED"
    pay(issued, 2000_00, reference="UTR1")  # typed in again, rightly this time
    for statement in (
        "UPDATE app.receipts SET amount = 1",
        "DELETE FROM app.receipts",
        "DELETE FROM app.receipt_lines",
    ):
        with pytest.raises(KnownError):
            issued.sql(statement)


def test_what_a_payment_refuses(issued: Month) -> None:
    number = next(one for one in list_open(issued.session) if one.total == 1050_00)
    pay(issued, 100_00, reference="UTR9")
    cases: list[tuple[str, Callable[[], Any]]] = [
        ("RECEIPT_KNOWN", lambda: pay(issued, 100_00, reference="utr9")),
        ("UNKNOWN_INVOICE", lambda: pay(issued, 1_00, invoices=["NO-1"])),
        ("BAD_AMOUNT", lambda: pay(issued, 0)),
        ("TDS_TOO_HIGH", lambda: pay(issued, 1_00, tds=9999_00)),
        ("MORE_THAN_OPEN", lambda: pay(issued, 9000_00, lines=[ReceiptLine(number.id, "", 2000_00, 0)])),
        ("MORE_THAN_RECEIVED", lambda: pay(issued, 10_00, lines=[ReceiptLine(number.id, "", 20_00, 0)])),
        ("NOT_PAYABLE", lambda: pay(issued, 10_00, lines=[ReceiptLine(new_id(), "", 5_00, 0)])),
        ("INVOICE_PAID", lambda: void_invoice(issued.session, invoice=oldest_paid(issued), reason="x")),
    ]
    for code, deed in cases:
        with pytest.raises(KnownError) as refused:
            deed()
        assert refused.value.code == code, code


def oldest_paid(month: Month) -> str:
    return next(str(one.id) for one in list_open(month.session) if one.received)


def test_the_same_intention_twice_is_one_payment(issued: Month) -> None:
    key = new_id()
    for _ in range(2):
        pay(issued, 500_00, receipt_id=key)
    assert len(list_receipts(issued.session)) == 1


def test_ageing_and_reminder(issued: Month) -> None:
    documents = list_open(issued.session)
    due = documents[0].due_date
    for late, age in (
        (0, "NOT_DUE"),
        (1, "D0_30"),
        (30, "D0_30"),
        (31, "D31_60"),
        (60, "D31_60"),
        (61, "D61_90"),
        (91, "D90_UP"),
    ):
        found = read_ageing(issued.session, day=due + timedelta(days=late))
        assert found[0].ages[age] == 3150_00, (late, age)
        assert found[0].open_amount == 3150_00
    text = reminder_text(documents, client_name="Acme", day=due + timedelta(days=40))
    assert "Rs 3,150.00" in text
    assert all(one.number in text for one in documents)
    assert "40 days overdue" in text


def test_opening_invoices_are_paid_like_others(issued: Month) -> None:
    from tests.support.hostile import superuser

    with superuser(issued.session.profile) as connection, connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO app.opening_invoices (client_id, vendor_id, number, invoice_date, total, open_amount)"
            " VALUES (%s, %s, 'OLD/7', '2026-03-01', 900000, 50000)",
            (str(issued.client_id), str(issued.pair.vendor_id)),
        )
    pay(issued, 200_00, invoices=["OLD/7"])
    old = next(one for one in list_open(issued.session) if one.is_opening)
    assert (old.number, old.open_amount) == ("OLD/7", 300_00)
