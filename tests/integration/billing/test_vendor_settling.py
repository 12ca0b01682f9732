"""Disputes and payouts: what is agreed is payable now, tax is deducted by the year, nothing is paid twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from billing.errors import BadInputError, KnownError, RefusedError
from billing.invoicing.payout import deductible
from billing.schemas.ids import new_id
from billing.schemas.taxes import TdsRate
from billing.schemas.vendor_bills import Payee
from billing.services.payouts import (
    pay_out,
    payee_problems,
    read_payout,
    reverse_payout,
    save_payee,
    statement_rows,
    write_bank_file,
)
from billing.services.vendor_bill_import import import_bill
from billing.services.vendor_bills import compare_again, undo_bill
from billing.services.vendor_settling import (
    attach_evidence,
    list_disputes,
    open_dispute,
    raise_disputes,
    resolve_dispute,
    save_evidence,
)
from tests.integration.billing.conftest import Month
from tests.support.sheets import write_csv

RULES = {"base_fare": "100", "per_km_rate": "20", "tax_percentage": "5"}
DAY = date(2026, 11, 20)


@pytest.fixture
def month(make_month: Callable[..., Month]) -> Month:
    """Three trips at 300.00."""
    made = make_month(model="PER_TRIP", rules=RULES, name="Per trip")
    made.add(*(made.trip(day, "10") for day in (1, 2, 3)))
    return made


@pytest.fixture
def bill(month: Month, tmp_path: Path) -> str:
    """The vendor asks 300.00, 340.00, 300.00 and 500.00 for a trip that we do not know."""
    rows = [("T00001", 300), ("T00002", 340), ("T00003", 300), ("X1", 500)]
    path = write_csv(tmp_path / "bill.csv", rows, header=("Trip ID", "Amount"))
    done = import_bill(month.session, path, vendor=month.pair.link.code)
    assert done.view is not None
    return str(done.view.bill.id)


def test_the_agreed_part_is_payable_now(month: Month, bill: str) -> None:
    payable = read_payout(month.session, bill, day=DAY).payable
    assert (payable.amount, payable.withheld, payable.tax) == (900_00, 540_00, 45_00)


def test_a_dispute_has_owner_evidence_age_and_resolution(month: Month, bill: str, tmp_path: Path) -> None:
    raise_disputes(month.session, bill, [2, 4], reason="DISTANCE", note="GPS says 10 km", owner="asha@acme.in")
    found = list_disputes(month.session)
    assert [(one.row_no, one.owner, one.pay_amount) for one in found] == [
        (2, "asha@acme.in", 300_00), (4, "asha@acme.in", 0),
    ]  # fmt: skip
    assert found[0].age_days(found[0].raised_at) == 0
    proof = tmp_path / "gps.pdf"
    proof.write_bytes(b"%PDF-1.7 proof")
    attach_evidence(month.session, str(found[0].id), proof)
    _, _, files = open_dispute(month.session, str(found[0].id))
    assert [(one.file_name, one.size) for one in files] == [("gps.pdf", 14)]
    saved = save_evidence(month.session, str(found[0].id), files[0].id, tmp_path / "back.pdf")
    assert saved.read_bytes() == proof.read_bytes()
    resolve_dispute(month.session, str(found[0].id), "SPLIT", amount=320_00, reason="half the detour")
    resolve_dispute(month.session, str(found[1].id), "OURS", reason="not driven")
    payable = read_payout(month.session, bill, day=DAY).payable
    assert (payable.amount, payable.withheld, payable.settled_against) == (920_00, 0, 520_00)


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.exe", b"MZ", "FILE_TYPE"),
        ("a.pdf", b"MZ not a pdf", "FILE_TYPE"),
        ("a.pdf", b"", "FILE_TOO_LARGE"),
        ("a.png", b"\x89PNG\r\n\x1a\n" + b"0" * (5 * 1024 * 1024), "FILE_TOO_LARGE"),
        ("a.csv", b"a\x00b", "FILE_TYPE"),
    ],
)
def test_evidence_is_what_its_name_says(
    month: Month, bill: str, tmp_path: Path, name: str, content: bytes, code: str
) -> None:
    raise_disputes(month.session, bill, [2], reason="RATE")
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(BadInputError) as refused:
        attach_evidence(month.session, str(list_disputes(month.session)[0].id), path)
    assert refused.value.code == code


def test_what_a_dispute_refuses(month: Month, bill: str) -> None:
    raise_disputes(month.session, bill, [2], reason="RATE")
    dispute = str(list_disputes(month.session)[0].id)
    refusals: list[tuple[str, Callable[[], Any]]] = [
        ("DISPUTED", lambda: raise_disputes(month.session, bill, [2], reason="RATE")),
        ("ROW_NOT_FOUND", lambda: raise_disputes(month.session, bill, [99], reason="RATE")),
        ("BAD_REASON", lambda: raise_disputes(month.session, bill, [1], reason="MOOD")),
        ("BAD_INPUT", lambda: raise_disputes(month.session, bill, [1], reason="RATE", pay=400_00)),
        ("BAD_INPUT", lambda: resolve_dispute(month.session, dispute, "SPLIT", amount=345_00, reason="x")),
        ("REASON_REQUIRED", lambda: resolve_dispute(month.session, dispute, "OURS", reason=" ")),
        ("BAD_RESOLUTION", lambda: resolve_dispute(month.session, dispute, "MINE", reason="x")),
        ("DISPUTE_STATE", lambda: resolve_dispute(month.session, dispute, None, reason="x")),
    ]
    for code, deed in refusals:
        with pytest.raises(KnownError) as refused:
            deed()
        assert refused.value.code == code


def test_a_payout_takes_what_is_agreed_and_the_rest_follows(month: Month, bill: str, tmp_path: Path) -> None:
    raise_disputes(month.session, bill, [2, 4], reason="OTHER")
    first = pay_out(month.session, bill, day=DAY).payout
    assert (first.amount, first.tax, first.tds, first.net) == (900_00, 45_00, 0, 945_00)
    with pytest.raises(RefusedError) as nothing:
        pay_out(month.session, bill, day=DAY)
    assert nothing.value.code == "NOTHING_PAYABLE"
    disputes = {one.row_no: str(one.id) for one in list_disputes(month.session)}
    resolve_dispute(month.session, disputes[2], "THEIRS", reason="they were right")
    resolve_dispute(month.session, disputes[4], "OURS", reason="not driven")
    second = pay_out(month.session, bill, day=DAY).payout
    assert second.amount == 40_00
    view = read_payout(month.session, bill, day=DAY)
    words = {row.words: row.amount for row in statement_rows(view, view.payouts[1])}
    assert words == {
        "Billed by the vendor": 1440_00,
        "Less settled, on no debit note yet": -500_00,
        "Agreed": 940_00,
        "Less paid on 20-11-2026": -900_00,
        "This payout": 40_00,
    }
    first_paid = {row.words: row.amount for row in statement_rows(view, view.payouts[0])}
    assert (first_paid["This payout"], first_paid["Less not part of this payout"]) == (900_00, -40_00)
    with pytest.raises(RefusedError) as paid:
        resolve_dispute(month.session, disputes[2], None, reason="no")
    assert paid.value.code == "MORE_THAN_AGREED"
    final: list[Callable[[], Any]] = [
        lambda: undo_bill(month.session, bill, reason="x"),
        lambda: compare_again(month.session, bill),
    ]
    for deed in final:
        with pytest.raises(RefusedError) as kept:
            deed()
        assert kept.value.code == "BILL_PAID"


def test_a_payout_sent_twice_is_one_and_is_reversed_with_a_reason(month: Month, bill: str) -> None:
    made = pay_out(month.session, bill, day=DAY).payout
    assert made.id is not None
    pay_out(month.session, bill, day=DAY, payout_id=made.id)
    assert len(read_payout(month.session, bill, day=DAY).payouts) == 1
    reverse_payout(month.session, bill, str(made.id), reason="wrong account")
    view = read_payout(month.session, bill, day=DAY)
    assert [one.status for one in view.payouts] == ["REVERSED"]
    assert view.proposal.amount == made.amount
    with pytest.raises(RefusedError) as twice:
        reverse_payout(month.session, bill, str(made.id), reason="again")
    assert twice.value.code == "REVERSED"


def test_the_bank_file_needs_an_account(month: Month, bill: str, tmp_path: Path) -> None:
    pay_out(month.session, bill, day=DAY)
    target = tmp_path / "bank.csv"
    with pytest.raises(RefusedError) as unknown:
        write_bank_file(month.session, bill, target)
    assert unknown.value.code == "NO_PAYEE"
    words = {"client": month.pair.client.code, "vendor": month.pair.link.code}
    with pytest.raises(BadInputError):
        save_payee(month.session, **words, payee=Payee("ABC Cabs", "123", "HDFC0001234"))
    with pytest.raises(BadInputError):
        save_payee(month.session, **words, payee=Payee("ABC Cabs", "1234567890", "HDFC1001234"))
    save_payee(month.session, **words, payee=Payee("ABC Cabs", "1234 5678 90", "hdfc0001234"))
    write_bank_file(month.session, bill, target)
    assert target.read_text("utf-8").splitlines() == [
        "beneficiary_name,account_number,ifsc,amount,payment_date,reference,mode",
        "ABC Cabs,1234567890,HDFC0001234,945.00,20-11-2026,billcsv,NEFT",
    ]


@pytest.mark.parametrize(
    ("account", "ifsc", "field", "words"),
    [
        ("12345678", "HDFC0001234", "account_no", "9 to 18 characters, 12345678 has 8"),
        ("12345678#0", "HDFC0001234", "account_no", "digits and letters only"),
        ("123456789", "HDFC000123", "ifsc", "11 characters, HDFC000123 has 10"),
        ("123456789", "HDFCO001234", "ifsc", "zero, in HDFCO001234 it is O"),
        ("123456789", "HD1C0001234", "ifsc", "four letters"),
        ("123456789", "", "ifsc", "11 characters, it has 0"),
    ],
)
def test_an_account_is_wrong_in_words(account: str, ifsc: str, field: str, words: str) -> None:
    [(wrong, message)] = payee_problems(Payee("ABC Cabs", account, ifsc)).items()
    assert wrong == field
    assert words in message


RULE = TdsRate(new_id(), "393(1)", "OTHER", Decimal(2), date(2026, 4, 1), None, "", 30_000_00, 1_00_000_00)


@pytest.mark.parametrize(
    ("amount", "year", "year_base", "base", "tds"),
    [
        (30_000_00, 0, 0, 0, 0),  # not above the limit of one payment
        (30_000_01, 0, 0, 30_000_01, 600_00),
        (30_000_00, 70_000_00, 0, 0, 0),  # a lakh itself is not above a lakh
        (20_000_00, 90_000_00, 0, 1_10_000_00, 2_200_00),  # the year is caught up
        (20_000_00, 90_000_00, 40_000_00, 70_000_00, 1_400_00),  # what had its deduction is left out
        (10_010_10, 2_00_000_00, 2_00_000_00, 10_010_10, 200_00),  # 200.202 to the rupee
    ],
)
def test_tds_by_payment_and_year(amount: int, year: int, year_base: int, base: int, tds: int) -> None:
    found = deductible(RULE, amount=amount, year_amount=year, year_base=year_base, rounding="NEAREST_RUPEE")
    assert found[:2] == (base, tds)


def test_tds_is_rounded_to_the_rupee_or_up_to_it() -> None:
    """200.102 is 201 where a program rounds up (GST.md 11), 200 to the nearest."""
    rate = TdsRate(new_id(), "x", "OTHER", Decimal("0.2"), date(2026, 4, 1))
    words = {"amount": 1_00_051_00, "year_amount": 0, "year_base": 0}
    got = [deductible(rate, **words, rounding=kind)[1] for kind in ("UP_TO_RUPEE", "NEAREST_RUPEE")]
    assert got == [201_00, 200_00]
