"""Short payments and write-offs with a reason, credits set off, bounced payments: exact, reversible, never deleted."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from billing.errors import KnownError
from billing.schemas.payments import OpenDocument
from billing.services.billing import run_bill
from billing.services.invoices import issue_invoice, void_invoice
from billing.services.notes import write_note
from billing.services.payments import list_open, list_receipts, read_ageing, record_payment, reverse_payment
from billing.services.reporting.control_report import read_invariants
from billing.services.write_offs import list_write_offs, reverse_write_off, set_off, write_off
from tests.integration.billing.conftest import Month, contract_for
from tests.support.hostile import superuser
from tests.support.lent import lend

RULES = {"base_fare": "100", "per_km_rate": "20", "tax_percentage": "5"}
DAY = date(2026, 11, 20)


@pytest.fixture
def issued(make_month: Callable[..., Month]) -> Month:
    """Two contracts, an invoice of 3,150.00 each."""
    made = make_month(model="PER_TRIP", rules=RULES, name="Day")
    contract_for(made.session, made.pair, model="PER_TRIP", rules=RULES, name="Other")
    with superuser(made.session.profile) as connection, connection.cursor() as cursor:
        cursor.execute(
            "UPDATE app.contracts SET scope_sites = '{A}' WHERE client_id = %s AND name = 'Day'", (str(made.client_id),)
        )
        cursor.execute(
            "UPDATE app.contracts SET scope_sites = '{B}' WHERE client_id = %s AND name = 'Other'",
            (str(made.client_id),),
        )
    made.add(*(made.trip(day, "10", site=site) for site in "AB" for day in range(1, 11)))
    run_bill(made.session, **made.words)
    for (invoice,) in made.sql("SELECT id FROM app.invoices WHERE client_id = :c", c=made.client_id):
        issue_invoice(made.session, invoice=str(invoice))
    return made


def documents(month: Month, *, with_paid: bool = True) -> list[OpenDocument]:
    return sorted(list_open(month.session, with_paid=with_paid), key=lambda one: one.number)


def pay(month: Month, amount: int, **words: Any) -> Any:
    return record_payment(month.session, vendor=month.pair.link.code, received_on=DAY, amount=amount, **words).receipt


def refused(code: str, deed: Callable[[], Any]) -> None:
    with pytest.raises(KnownError) as error:
        deed()
    assert error.value.code == code


def test_a_short_payment_closes_its_invoice_with_a_reason(issued: Month) -> None:
    first, second = documents(issued)
    assert (first.open_amount, second.open_amount) == (3150_00, 3150_00)
    pay(issued, 3000_00, tds=60_00, invoices=[first.number], short="PENALTY", note="late cabs on the 5th")
    first, second = documents(issued)
    assert (first.received, first.tds, first.written_off, first.open_amount) == (3000_00, 60_00, 90_00, 0)
    assert (first.state(DAY), second.open_amount) == ("PAID", 3150_00)
    [one] = list_write_offs(issued.session)
    assert (one.amount, one.reason, one.note, one.number) == (90_00, "PENALTY", "late cabs on the 5th", first.number)
    refused("BAD_REASON", lambda: pay(issued, 1_00, short="MOOD"))


def test_what_is_written_off_is_open_again_when_it_is_reversed(issued: Month) -> None:
    first = documents(issued)[0]
    write_off(issued.session, first.number, reason="BAD_DEBT", written_on=DAY, amount=150_00)
    assert documents(issued)[0].open_amount == 3000_00
    refused(
        "MORE_THAN_OPEN",
        lambda: write_off(issued.session, first.number, reason="ROUNDING", written_on=DAY, amount=3000_01),
    )
    refused("MORE_THAN_OPEN", lambda: pay(issued, 3150_00, lines=[_line(first, 3150_00)]))
    refused("REASON_REQUIRED", lambda: write_off(issued.session, first.number, reason="OTHER", written_on=DAY))
    refused("INVOICE_PAID", lambda: void_invoice(issued.session, invoice=first.number, reason="x"))
    [one] = list_write_offs(issued.session)
    refused("REASON_REQUIRED", lambda: reverse_write_off(issued.session, str(one.id), reason=" "))
    reverse_write_off(issued.session, str(one.id), reason="paid after all")
    refused("REVERSED", lambda: reverse_write_off(issued.session, str(one.id), reason="again"))
    assert documents(issued)[0].open_amount == 3150_00
    assert [one.reverse_reason for one in list_write_offs(issued.session)] == ["paid after all"]
    with superuser(issued.session.profile) as connection, connection.cursor() as cursor:
        for statement in ("UPDATE app.write_offs SET amount = 1", "DELETE FROM app.write_offs"):
            with pytest.raises(Exception, match="reversed"):
                cursor.execute(statement)


def _line(one: OpenDocument, amount: int) -> Any:
    from billing.schemas.payments import ReceiptLine

    return ReceiptLine(one.id, one.number, amount, 0)


def test_a_credit_note_after_payment_is_set_off_against_another_invoice(issued: Month) -> None:
    first, second = documents(issued)
    pay(issued, 3150_00, invoices=[first.number])
    note = write_note(issued.session, invoice=first.number, amounts={1: 200_00}, reason="late cabs")
    issue_invoice(issued.session, invoice=str(note.invoice_id))
    first = documents(issued)[0]
    assert first.open_amount == -210_00
    refused("NO_CREDIT", lambda: set_off(issued.session, second.number, first.number, written_on=DAY))
    refused("NO_CREDIT", lambda: set_off(issued.session, first.number, second.number, written_on=DAY, amount=210_01))
    set_off(issued.session, first.number, second.number, written_on=DAY, note="credit of the first")
    assert [one.open_amount for one in documents(issued)] == [0, 2940_00]
    assert sorted(one.amount for one in list_write_offs(issued.session)) == [-210_00, 210_00]
    assert {one.check.id for one in read_invariants(issued.session) if one.wrong} == set()
    reverse_write_off(issued.session, str(list_write_offs(issued.session)[0].id), reason="wrong invoice")
    assert [one.open_amount for one in documents(issued)] == [-210_00, 3150_00]


def test_a_bounced_cheque_is_reversed_and_stays_on_record(issued: Month) -> None:
    receipt = pay(issued, 4000_00, mode="CHEQUE", reference="000123")
    assert [one.open_amount for one in documents(issued)] == [0, 2300_00]
    reverse_payment(issued.session, str(receipt.id), reason="Cheque bounced: insufficient funds")
    assert [one.open_amount for one in documents(issued)] == [3150_00, 3150_00]
    [kept] = list_receipts(issued.session)
    assert (kept.amount, kept.reverse_reason, kept.advance) == (4000_00, "Cheque bounced: insufficient funds", 0)
    again = pay(issued, 4000_00, mode="CHEQUE", reference="000123")
    assert again.id != receipt.id


def test_ageing_is_as_of_its_day_and_counts_lone_advances(issued: Month) -> None:
    first = documents(issued)[0]
    day = first.invoice_date
    pay_on = day + timedelta(days=40)
    record_payment(issued.session, vendor=issued.pair.link.code, received_on=pay_on, amount=6500_00, reference="UTR1")
    before, after = (read_ageing(issued.session, day=at) for at in (pay_on - timedelta(days=1), pay_on))
    assert [(one.open_amount, one.advance, one.documents) for one in before] == [(6300_00, 0, 2)]
    assert [(one.open_amount, one.advance, one.documents) for one in after] == [(0, 200_00, 0)]
    assert read_ageing(issued.session, day=day - timedelta(days=1)) == []


def test_the_command_writes_off_sets_off_and_reverses(
    issued: Month, tmp_path: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import json
    from email import message_from_bytes
    from email.policy import default

    from moveinsync_desktop import cli

    lend(monkeypatch, issued.session)

    def run(*words: str) -> Any:
        assert cli.main(["payment", *words, "--json"]) == 0, capsys.readouterr()
        return json.loads(capsys.readouterr().out)

    first, second = (one.number for one in documents(issued))
    vendor = issued.pair.link.code
    [made] = run("write-off", first, "--why", "ROUNDING", "--amount", "0.50")
    assert (made["amount"], made["reason"], made["invoice"]) == ("0.50", "ROUNDING", first)
    assert next(x for x in run("open") if x["number"] == first)["open_amount"] == "3149.50"
    assert run("reverse-write-off", made["id"], "--reason", "typing")[0]["reverse_reason"] == "typing"
    paid = run("record", "--vendor", vendor, "--amount", "3000", "--invoice", second, "--short", "DISCOUNT")
    assert paid["advance"] == "0.00"
    assert [one["amount"] for one in run("write-offs") if not one["reverse_reason"]] == ["150.00"]
    target = tmp_path / "reminder.eml"
    words = ("--vendor", vendor, "--out", str(target), "--date", "2027-01-31")
    assert run("reminder", *words)["files"] == [str(target)]
    mail = message_from_bytes(target.read_bytes(), policy=default)
    assert mail["Subject"].startswith("Payment reminder, 1 invoice of")
    body = mail.get_content()
    assert first in body
    assert second not in body
    assert "Subject:" not in body
