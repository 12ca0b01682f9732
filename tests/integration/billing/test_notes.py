"""Credit and debit notes against the real database: caps, remainders, numbers, deadline, modified programs."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from billing.errors import BadInputError, KnownError, NotAllowedError, RefusedError
from billing.invoicing.doc_types import sign_of
from billing.invoicing.notes import stored_note_lines
from billing.invoicing.numbering import financial_year
from billing.money import plain
from billing.schemas.invoices import InvoiceStatus
from billing.services.billing import discard_run, run_bill
from billing.services.invoices import export_invoice, get_invoice, issue_invoice, list_invoices, notes_of, void_invoice
from billing.services.notes import preview_note, read_room, write_note
from billing.store.errors import translate
from billing.store.session import Session
from tests.integration.billing.conftest import Month
from tests.support.people import People

MakeMonth = Callable[..., Month]


def issued(month: Month) -> str:
    """Bill October, issue it, and give its number."""
    (run,) = run_bill(month.session, **month.words).runs
    assert run.invoice is not None, run.errors
    return issue_invoice(month.session, invoice=str(run.invoice.invoice_id)).number


def credit(month: Month, number: str, amounts: dict[int, int] | None, **more: Any) -> str:
    """Write a note and issue it; its number."""
    made = write_note(month.session, invoice=number, amounts=amounts, reason="agreed", **more)
    return issue_invoice(month.session, invoice=str(made.invoice_id)).number


def same_state(month: Month, super_admin: Session) -> None:
    """Both parties in Maharashtra: CGST and SGST."""
    month.sql("UPDATE app.client_sites SET state_code = '27' WHERE client_id = :c", c=month.client_id)
    admin = Month(month.pair, super_admin, month.view)
    admin.sql("UPDATE app.vendor_branches SET state_code = '27' WHERE vendor_id = :v", v=month.pair.vendor_id)


def test_three_parts_of_a_line_take_its_tax_to_the_paisa(make_month: MakeMonth, super_admin: Session) -> None:
    """GST.md section 8: 100.20 @5 in three parts of 33.40: 0.84 + 0.84 + 0.83 of each half."""
    month = make_month(rules={"base_monthly_fee": "100.20", "per_km_rate_after_limit": "1", "tax_percentage": "5"})
    same_state(month, super_admin)
    number = issued(month)
    taxes = []
    for _ in range(3):
        made = write_note(month.session, invoice=number, amounts={1: 33_40}, reason="deficient service")
        taxes.append((made.draft.totals.cgst, made.draft.totals.sgst))
        issue_invoice(month.session, invoice=str(made.invoice_id))
    assert taxes == [(84, 84), (84, 84), (83, 83)]
    room = read_room(month.session, invoice=number)
    assert (room.total_left, room.lines[0].left, room.lines[0].tax_left.tax) == (0, 0, 0)
    with pytest.raises(RefusedError) as caught:
        preview_note(month.session, invoice=number, amounts={1: 1})
    assert caught.value.code == "CREDIT_EXCEEDS"


def test_a_note_has_its_own_series_and_names_its_original(october: Month, today: date) -> None:
    number = issued(october)
    note = credit(october, number, {1: 1000_00})
    assert note.endswith(f"/{financial_year(today)}/00001")
    assert note.split("/")[0] != number.split("/")[0]
    document = get_invoice(october.session, invoice=note)
    assert document.draft.totals.taxable == 1000_00
    assert document.draft.totals.tax == 180_00
    (row,) = notes_of(october.session, invoice=number)
    assert (row.doc_type, row.corrects_number, row.note_reason) == ("CREDIT_NOTE", number, "agreed")
    assert row.owed == -row.total
    listed = {one.number: one for one in list_invoices(october.session, client=october.pair.client.code)}
    assert listed[number].notes_total == -row.total
    assert listed[number].net_total == listed[number].total - row.total
    snapshot = october.sql("SELECT snapshot->'original'->>'number' FROM app.invoices WHERE number = :n", n=note)
    assert snapshot == [(number,)]


def test_a_full_credit_takes_the_round_off_too(october: Month) -> None:
    number = issued(october)
    before = get_invoice(october.session, invoice=number).draft.totals
    made = write_note(october.session, invoice=number, amounts=None, reason="all of it")
    assert made.draft.totals.total == before.total
    assert made.draft.totals.round_off == before.round_off
    issue_invoice(october.session, invoice=str(made.invoice_id))
    assert read_room(october.session, invoice=number).total_left == 0


def test_drafts_do_not_count_but_the_second_to_be_issued_finds_no_room(october: Month) -> None:
    number = issued(october)
    first = write_note(october.session, invoice=number, amounts={1: 30_000_00}, reason="a")
    second = write_note(october.session, invoice=number, amounts={1: 30_000_00}, reason="b")
    issue_invoice(october.session, invoice=str(first.invoice_id))
    with pytest.raises(RefusedError) as caught:
        issue_invoice(october.session, invoice=str(second.invoice_id))
    assert caught.value.code == "CREDIT_EXCEEDS"
    (run,) = october.sql("SELECT run_id FROM app.invoices WHERE id = :i", i=second.invoice_id)
    discard_run(october.session, client_id=october.client_id, run_id=run[0])
    assert len(notes_of(october.session, invoice=number)) == 1


def test_a_debit_note_adds_and_makes_room(october: Month) -> None:
    number = issued(october)
    note = credit(october, number, {1: 500_00}, is_debit=True)
    room = read_room(october.session, invoice=number)
    assert room.lines[0].left == 30_500_00
    assert notes_of(october.session, invoice=number)[0].owed == 590_00
    with pytest.raises(RefusedError) as caught:
        void_invoice(october.session, invoice=number, reason="x")
    assert caught.value.code == "HAS_NOTES"
    credit(october, number, {1: 30_200_00})
    with pytest.raises(RefusedError) as caught:
        void_invoice(october.session, invoice=note, reason="x")
    assert caught.value.code == "CREDIT_EXCEEDS"


def test_bad_amounts_name_line_and_value(october: Month) -> None:
    number = issued(october)
    for amounts, code in (
        ({9: 1}, "UNKNOWN_LINE"),
        ({1: -5}, "WRONG_SIGN"),
        ({}, "NOTHING_TO_CREDIT"),
        ({1: 0}, "NOTHING_TO_CREDIT"),
    ):
        with pytest.raises(BadInputError) as caught:
            preview_note(october.session, invoice=number, amounts=amounts)
        assert caught.value.code == code
    with pytest.raises(RefusedError, match=r"30,000\.01 is more than the ₹?30,000\.00"):
        preview_note(october.session, invoice=number, amounts={1: 30_000_01})
    with pytest.raises(BadInputError) as caught:
        write_note(october.session, invoice=number, amounts={1: 1}, reason=" ")
    assert caught.value.code == "REASON_REQUIRED"


def test_after_the_deadline_only_a_commercial_credit(october: Month) -> None:
    number = issued(october)
    room, draft = preview_note(october.session, invoice=number, amounts={1: 100_00}, commercial=True)
    assert room.credit_until == date(2027, 11, 30)
    assert (draft.totals.tax, draft.totals.total, draft.commercial) == (0, 100_00, True)
    note = credit(october, number, {1: 100_00}, commercial=True)
    assert october.sql("SELECT commercial, tax FROM app.invoices WHERE number = :n", n=note) == [(True, 0)]


def test_reverse_charge_notes_keep_the_flag_and_charge_no_tax(make_month: MakeMonth) -> None:
    month = make_month(
        rules={
            "base_monthly_fee": "1000",
            "per_km_rate_after_limit": "1",
            "tax_percentage": "5",
            "reverse_charge": True,
        }
    )
    number = issued(month)
    note = credit(month, number, {1: 400_00})
    found = month.sql("SELECT reverse_charge, tax, rcm_tax, total FROM app.invoices WHERE number = :n", n=note)
    assert found == [(True, 0, 20_00, 400_00)]


def test_a_deduction_is_taken_back_with_its_own_sign(make_month: MakeMonth) -> None:
    rules = {"base_fare": "100", "carpool_discount": "0.25", "tax_percentage": "5"}
    month = make_month(model="PER_TRIP", rules=rules)
    month.add(month.trip(3, is_carpool=True, employees=("E1",)), month.trip(4))
    number = issued(month)
    made = write_note(month.session, invoice=number, amounts=None, reason="all")
    assert [(line.key[1], line.amount) for line in made.draft.lines] == [
        ("BASE_FARE", 200_00),
        ("CARPOOL_DISCOUNT", -25_00),
    ]
    assert made.draft.totals.total == get_invoice(month.session, invoice=number).draft.totals.total


@pytest.mark.parametrize("role", ["VIEWER", "VENDOR_ADMIN"])
def test_other_roles_write_no_notes(october: Month, people: People, role: str) -> None:
    number = issued(october)
    session = people.sign_in(role, october.pair)
    with pytest.raises((NotAllowedError, RefusedError)):
        write_note(session, invoice=number, amounts={1: 100_00}, reason="x")


def test_the_database_refuses_what_a_modified_program_computes(october: Month) -> None:
    """R9: more tax than the rate gives, another sign, lines that are not the original's, a total of its own."""
    import copy

    from billing.services import notes as service

    number = issued(october)
    good = preview_note(october.session, invoice=number, amounts={1: 1000_00})[1]
    totals: dict[str, Any] = {name: getattr(good.totals, name) for name in good.totals.__slots__} | {"trips": 0}
    line = stored_note_lines(good)[0]

    def attempt(lines: list[dict[str, Any]], **changed: Any) -> str:
        from billing.schemas.ids import new_id

        with october.session.unit_of_work() as uow:
            run = new_id()
            room = service.room_of(uow, number, None)
            uow.notes.start(
                room.client_id, run, room.invoice_id, inputs={"versions": []}, inputs_hash=b"x" * 32, engine_version=1
            )
            note = {"id": str(new_id()), "doc_type": "CREDIT_NOTE", "reason": "r", "commercial": False}
            note |= {key: changed.pop(key) for key in ("doc_type", "commercial") if key in changed}
            try:
                uow.notes.finish(room.client_id, run, period=[], totals=totals | changed, note=note, lines=lines)
            except Exception as error:  # noqa: BLE001 - which error is the point
                known = translate(error)
                return known.code if isinstance(known, KnownError) else type(known).__name__
        return "done"

    assert attempt([line]) == "done"
    more = copy.deepcopy(line) | {"tax": 300_00}
    assert attempt([more], tax=300_00, total=1300_00) == "SUMS_DIFFER"
    assert attempt([line | {"amount": 2000_00}]) == "SUMS_DIFFER"
    assert attempt([line | {"code": "NIGHT", "source": "TRIP"}]) == "SUMS_DIFFER"
    big = line | {"amount": 40_000_00, "tax": 7_200_00}
    assert attempt([big], taxable=40_000_00, tax=7_200_00, total=47_200_00) == "CREDIT_EXCEEDS"
    assert attempt([line], doc_type="INVOICE") == "RUN_NOT_OPEN"
    assert attempt([line], commercial=True) in ("BAD_VALUE", "SUMS_DIFFER")


def test_issued_notes_do_not_change(october: Month) -> None:
    note = credit(october, issued(october), {1: 10_00})
    with pytest.raises(NotAllowedError):
        october.sql("UPDATE app.invoices SET total = 1 WHERE number = :n", n=note)
    (row,) = list_invoices(october.session, client=october.pair.client.code, status="ISSUED")[:1]
    assert row.status is InvoiceStatus.ISSUED


def test_program_and_database_know_the_same_signs(october: Month) -> None:
    for doc_type in ("INVOICE", "CREDIT_NOTE", "DEBIT_NOTE", "STATEMENT", "SELF_INVOICE"):
        assert october.sql("SELECT api.document_sign(:d)", d=doc_type) == [(sign_of(doc_type),)]


def test_a_void_note_gives_its_room_back(october: Month) -> None:
    number = issued(october)
    note = credit(october, number, {1: 10_00})
    void_invoice(october.session, invoice=note, reason="wrong line")
    assert plain(read_room(october.session, invoice=number).lines[0].left) == "30000.00"
    assert credit(october, number, {1: 10_00}).endswith("/00002")


def test_notes_of_both_kinds_are_written_as_workbook_and_csv(october: Month, tmp_path: Path) -> None:
    from billing.services.settle import write_settlement
    from billing.services.trip_changes import correct_trip

    number = issued(october)
    by_hand = credit(october, number, {1: 333_33, 2: 33_33})
    correct_trip(october.session, "T00002", {"distance": "40"}, reason="misread")
    settled = write_settlement(october.session, invoice=number)
    for note, title in ((by_hand, "Credit note"), (str(settled.stored), "Credit note")):
        book = load_workbook(export_invoice(october.session, invoice=note, target=tmp_path), data_only=True)
        cells = [cell.value for row in book["Invoice"] for cell in row if cell.value is not None]
        assert title in cells
        assert any(number in str(value) for value in cells), "the original is named (Rule 53)"
        checks = [cell.value for cell in book["How computed"]["E"]]
        assert "DIFFERS" not in checks
        assert "agrees" in checks
        path = export_invoice(october.session, invoice=note, target=tmp_path / "x.csv", kind="csv")
        with path.open(encoding="utf-8-sig", newline="") as stream:
            total = sum(Decimal(row["total_cost"]) for row in csv.DictReader(stream))
        assert total == Decimal(get_invoice(october.session, invoice=note).draft.totals.total) / 100
