"""Debit notes to vendors: exact, numbered without gaps, tied to their disputes, final, on paper and in a workbook."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from billing.errors import BadInputError, KnownError, RefusedError
from billing.money import half_up
from billing.schemas.debit_notes import DebitNote
from billing.schemas.ids import new_id
from billing.services.debit_notes import (
    KINDS,
    OPEN,
    UNDISPUTED,
    issue_debit_note,
    list_debit_notes,
    open_debit_note,
    read_notable,
    read_note_memo,
    set_debit_prefix,
    void_debit_note,
)
from billing.services.payouts import (
    list_payouts,
    pay_out,
    read_payout,
    read_payout_memo,
    set_payout_reference,
    statement_rows,
    write_memo,
)
from billing.services.vendor_bill_import import import_bill
from billing.services.vendor_bills import compare_again, undo_bill
from billing.services.vendor_settling import list_disputes, raise_disputes, resolve_dispute
from tests.integration.billing.conftest import Month
from tests.support.hostile import superuser
from tests.support.lent import lend
from tests.support.sheets import write_csv

RULES = {"base_fare": "100", "per_km_rate": "20", "tax_percentage": "5"}
ROWS = (("T00001", 300, 15), ("T00002", 340.33, 17.02), ("T00003", 300, 36), ("X1", 500, 25))
"""One agrees, one asks 40.33 more, one taxes at 12 % where ours is 5 %, one is unknown."""


@pytest.fixture
def month(make_month: Callable[..., Month]) -> Month:
    made = make_month(model="PER_TRIP", rules=RULES, name="Per trip")
    made.add(*(made.trip(day, "10") for day in (1, 2, 3)))
    return made


@pytest.fixture
def bill(month: Month, tmp_path: Path) -> str:
    """Its rows say their tax."""
    return _import(month, tmp_path / "bill.csv", ROWS, ("Trip ID", "Amount", "GST"))


def _import(month: Month, path: Path, rows: Any, header: Any) -> str:
    done = import_bill(month.session, write_csv(path, rows, header=header), vendor=month.pair.link.code)
    assert done.view is not None
    return str(done.view.bill.id)


def settle(month: Month, bill: str, *rows: int, how: str = "OURS", amount: int | None = None) -> None:
    raise_disputes(month.session, bill, list(rows), reason="RATE")
    for one in list_disputes(month.session, bill=bill):
        if one.row_no in rows:
            resolve_dispute(month.session, str(one.id), how, amount=amount, reason="our slip")


def issue(month: Month, bill: str, **words: Any) -> DebitNote:
    return issue_debit_note(month.session, bill, reason="Over-billed in October", **words).note


def test_a_note_takes_off_what_was_settled_to_the_paisa(month: Month, bill: str) -> None:
    settle(month, bill, 2, 3, 4)
    note, lines = open_debit_note(month.session, issue(month, bill).number)
    assert [(one.row_no, one.billed, one.agreed, one.amount, one.tax) for one in lines] == [
        (2, 340_33, 300_00, 40_33, 2_02),
        (3, 300_00, 300_00, 0, 21_00),
        (4, 500_00, 0, 500_00, 25_00),
    ]
    assert (note.amount, note.tax, note.total) == (540_33, 48_02, 588_35)
    payable = read_payout(month.session, bill).payable
    assert (payable.amount, payable.tax) == (900_00, 45_00)
    assert note.parties["bill"]["amount"] - note.amount == payable.amount
    assert note.parties["bill"]["tax"] - note.tax == payable.tax


def test_a_split_takes_off_the_vendors_own_tax_in_proportion(month: Month, bill: str) -> None:
    settle(month, bill, 4, how="SPLIT", amount=123_45)
    note, _ = open_debit_note(month.session, issue(month, bill).number)
    agreed_tax = half_up(25_00 * 123_45, 500_00)
    assert (note.amount, note.tax) == (500_00 - 123_45, 25_00 - agreed_tax)


def test_tax_that_the_sheet_does_not_say_is_rounded_once(month: Month, tmp_path: Path) -> None:
    rows = [("T00001", "300.10"), ("T00002", "300.10"), ("T00003", "300.10"), ("X1", "33.33")]
    bill = _import(month, tmp_path / "plain.csv", rows, ("Trip ID", "Amount"))
    settle(month, bill, 4)
    with month.session.unit_of_work() as uow:  # ten paise are within the tolerance: nothing to settle there
        assert [line.row_no for line in uow.debit_notes.notable(month.client_id, _uuid(bill))] == [4]
    note = issue(month, bill)
    assert (note.amount, note.tax) == (33_33, half_up(33_33 * 5, 100))


def _uuid(text: str) -> Any:
    from uuid import UUID

    return UUID(text)


def test_open_and_unquestioned_rows_are_settled_with_the_note(month: Month, bill: str) -> None:
    raise_disputes(month.session, bill, [2], reason="DISTANCE")
    notable = read_notable(month.session, bill)
    assert {kind: notable.rows(kind) for kind in KINDS} == {"settled": 0, "open": 1, "undisputed": 2}
    note = issue(month, bill, kinds=(OPEN, UNDISPUTED))
    assert note.lines == 3
    assert {(one.row_no, one.reason, one.status) for one in list_disputes(month.session, open_only=False)} == {
        (2, "DISTANCE", "RESOLVED"), (3, "TAX", "RESOLVED"), (4, "NOT_DRIVEN", "RESOLVED"),
    }  # fmt: skip
    assert read_payout(month.session, bill).payable.withheld == 0


def test_numbers_have_no_gap_and_a_void_one_stays_used(month: Month, bill: str) -> None:
    settle(month, bill, 2, 4)
    first = issue(month, bill, rows=[2])
    void_debit_note(month.session, first.number, reason="wrong row")
    with pytest.raises(RefusedError) as nothing:
        issue(month, bill, kinds=())
    assert nothing.value.code == "NOTHING_TO_NOTE"
    second = issue(month, bill)
    fy = first.number.split("/")[1]
    assert [first.number, second.number] == [f"DM/{fy}/00001", f"DM/{fy}/00002"]
    assert second.lines == 2
    assert [(one.number, one.status) for one in list_debit_notes(month.session, bill=bill)] == [
        (second.number, "ISSUED"), (first.number, "VOID"),
    ]  # fmt: skip
    set_debit_prefix(month.session, "dn")
    settle(month, bill, 3)
    assert issue(month, bill).number == f"DN/{fy}/00001"
    with pytest.raises(BadInputError):
        set_debit_prefix(month.session, "TOOLONG")


def test_the_same_intention_twice_is_one_note(month: Month, bill: str) -> None:
    settle(month, bill, 2, 4)
    key = new_id()
    first = issue(month, bill, note_id=key)
    assert issue(month, bill, note_id=key) == first
    assert len(list_debit_notes(month.session)) == 1


def test_what_a_note_says_is_kept(month: Month, bill: str) -> None:
    settle(month, bill, 2, 4)
    note = issue(month, bill)
    dispute = str(list_disputes(month.session, open_only=False)[0].id)
    deeds: list[tuple[str, Callable[[], Any]]] = [
        ("NOTED", lambda: resolve_dispute(month.session, dispute, None, reason="x")),
        ("NOTED", lambda: compare_again(month.session, bill)),
        ("NOTED", lambda: undo_bill(month.session, bill, reason="x")),
        ("NOTHING_TO_NOTE", lambda: issue(month, bill)),
        ("REASON_REQUIRED", lambda: void_debit_note(month.session, note.number, reason=" ")),
        ("UNKNOWN_NOTE", lambda: void_debit_note(month.session, "DM/00", reason="x")),
    ]
    for code, deed in deeds:
        with pytest.raises(KnownError) as refused:
            deed()
        assert refused.value.code == code
    with superuser(month.session.profile) as connection, connection.cursor() as cursor:
        for statement in (
            "UPDATE app.vendor_debit_notes SET amount = amount + 1, total = total + 1",
            "DELETE FROM app.vendor_debit_notes",
            "UPDATE app.vendor_debit_lines SET tax = 0",
            "DELETE FROM app.vendor_debit_lines",
        ):
            with pytest.raises(Exception, match=r"voided|never changed"):
                cursor.execute(statement)
    void_debit_note(month.session, note.number, reason="vendor sent a credit note")
    compare_again(month.session, bill)
    with pytest.raises(RefusedError) as again:
        void_debit_note(month.session, note.number, reason="again")
    assert again.value.code == "NOTE_VOID"


def test_what_was_paid_out_is_not_questioned(month: Month, bill: str) -> None:
    pay_out(month.session, bill)
    with pytest.raises(RefusedError) as paid:
        raise_disputes(month.session, bill, [1], reason="RATE", pay=0)
    assert paid.value.code == "MORE_THAN_AGREED"


def test_the_statement_adds_up_with_notes(month: Month, bill: str) -> None:
    settle(month, bill, 2, 4)
    note = issue(month, bill, rows=[4])
    view = read_payout(month.session, bill)
    rows = statement_rows(view)
    assert [(row.words.split(" of ")[0], row.amount, row.tax) for row in rows] == [
        ("Billed by the vendor", 1440_33, 93_02),
        (f"Less debit note {note.number}", -500_00, -25_00),
        ("Less settled, on no debit note yet", -40_33, -2_02),
        ("Less in dispute or not agreed yet", 0, -21_00),
        ("Agreed", 900_00, 45_00),
        ("This payout", 900_00, 45_00),
    ]
    for column in ("amount", "tax"):
        parts = [getattr(row, column) for row in rows]
        assert sum(parts[:4]) == parts[4] == parts[5]


def test_papers_say_it_all(month: Month, bill: str, tmp_path: Path) -> None:
    from billing.exchange.paper.memo import memo_paper
    from moveinsync_desktop.printing import write_pdf

    settle(month, bill, 2, 4)
    note = issue(month, bill)
    memo = read_note_memo(month.session, note.number)
    body = memo_paper(memo).body
    for text in (note.number, "Debit note", "not a tax document under section 34", "540.33", "27.02", "five hundred"):
        assert text.lower() in body.lower(), text
    paid = pay_out(month.session, bill, reference="hdfcr52026112012345678")
    assert paid.payout.id is not None
    statement = read_payout_memo(month.session, bill, str(paid.payout.id))
    page = memo_paper(statement).body
    for text in ("Payout statement", note.number, "HDFCR52026112012345678", "Authorised signatory", "945.00"):
        assert text in page, text
    assert write_memo(tmp_path / "note.pdf", memo, pdf=write_pdf).read_bytes().startswith(b"%PDF")
    sheet = load_workbook(write_memo(tmp_path / "note.xlsx", memo)).worksheets[0]
    values = [cell.value for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {note.number, 540.33, 27.02, 567.35} <= set(values)
    with pytest.raises(BadInputError):
        write_memo(tmp_path / "note.doc", memo)


def test_the_banks_reference_comes_later_and_is_checked(month: Month, bill: str) -> None:
    made = pay_out(month.session, bill).payout
    assert made.id is not None
    with pytest.raises(KnownError) as bad:
        set_payout_reference(month.session, bill, str(made.id), "UTR 1;DROP")
    assert bad.value.code == "BAD_REFERENCE"
    set_payout_reference(month.session, bill, str(made.id), "utr123")
    assert [(row.payout.reference, row.payout.net) for row in list_payouts(month.session)] == [("UTR123", made.net)]


def test_the_command_issues_shows_exports_and_voids(
    month: Month, bill: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from moveinsync_desktop import cli

    lend(monkeypatch, month.session)

    def run(*words: str) -> Any:
        status = cli.main([*words, "--json"])
        return status, json.loads(capsys.readouterr().out)

    assert run("debit-note", "preview", bill)[1]["kinds"][2] == {"kind": "undisputed", "rows": 3, "amount": "540.33"}
    status, note = run("debit-note", "issue", bill, "--over", "--reason", "Over-billed")
    assert (status, note["total"], len(note["lines"])) == (0, "588.35", 3)
    assert run("debit-note", "show", note["number"])[1] == note
    files = run("debit-note", "export", note["number"], "--format", "pdf,xlsx", "--out", str(tmp_path))[1]["files"]
    assert [Path(path).suffix for path in files] == [".pdf", ".xlsx"]
    assert all(Path(path).stat().st_size > 3000 for path in files)
    assert run("debit-note", "void", note["number"], "--reason", "x")[1]["status"] == "VOID"
    assert [one["status"] for one in run("debit-note", "list")[1]] == ["VOID"]
    assert run("vendor-bill", "payout", bill, "--make")[1]["proposal"]["amount"] == "0.00"
    [payout] = run("payout", "list")[1]
    assert run("payout", "reference", payout["id"], "UTR9", "--bill", bill)[1]["reference"] == "UTR9"
    words = ("payout", "statement", "--bill", bill, "--payout", "UTR9", "--format", "pdf,xlsx", "--out", str(tmp_path))
    assert len(run(*words)[1]["files"]) == 2
    assert cli.main(["payout", "bank-file", "--out", str(tmp_path / "bank.csv"), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "NO_PAYEE"
