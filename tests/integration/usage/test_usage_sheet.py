"""The sheet of month inputs and the commands around it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from openpyxl import load_workbook

from billing.errors import RefusedError
from billing.exchange.usage_sheet import HEADER, UsageSheet, read_sheet, template_rows, write_template
from billing.schemas.ids import new_id
from billing.schemas.usage import EmployeeMonth, MonthUsage, SlotMonth
from billing.store.session import Session
from tests.integration.parties.test_commands import Run, run
from tests.integration.usage.test_usage import contract
from tests.support.people import Pair

__all__ = ["run"]
SLOTS = (SlotMonth("=S1", 2_340_400, int(Decimal("318.5") * 3600), None, Decimal("29.5"), Decimal("1.5")),)
USAGE = MonthUsage(new_id(), new_id(), date(2026, 10, 1), 3, 14, "", SLOTS, (EmployeeMonth("0012", Decimal(10)),))


def test_template_comes_back_as_it_went_out(tmp_path: Path) -> None:
    target = tmp_path / "inputs.xlsx"
    write_template(target, template_rows(USAGE, ["S2"], frozenset({"breaches", "vehicles"})))
    found = read_sheet(target)
    assert found == UsageSheet(3, 14, (SLOTS[0], SlotMonth("S2")), USAGE.employees)
    book = load_workbook(target)
    assert [cell.value for cell in book.active[1]] == list(HEADER)  # type: ignore[index]
    assert book.active["B4"].data_type == "s"  # type: ignore[index]


def test_csv_with_grouping_and_other_words_is_read(tmp_path: Path) -> None:
    sheet = tmp_path / "inputs.csv"
    sheet.write_text('Inputs of October\n\nWhat,Name,KM,Hours\nvehicle,S1,"12,340.5",300\nSLA Breaches,,,\n', "utf-8")
    assert read_sheet(sheet) == UsageSheet(None, None, (SlotMonth("S1", 12_340_500, 1_080_000),))


def test_columns_of_days_are_hours_by_day(tmp_path: Path) -> None:
    sheet = tmp_path / "inputs.csv"
    sheet.write_text("What,Name,2026-10-01,02/10/2026,03-10-2026\nVehicle slot,S1,10.5,,8\n", "utf-8")
    (slot,) = read_sheet(sheet).slots
    assert slot.duty_by_day == {date(2026, 10, 1): 37_800, date(2026, 10, 3): 28_800}
    again = tmp_path / "again.xlsx"
    write_template(again, template_rows(replace(USAGE, slots=(slot,)), [], frozenset()))
    assert read_sheet(again).slots == (slot,)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("Aeroplane,S1,,", "BAD_ROW"),
        ("Vehicle slot,,5,", "BAD_ROW"),
        ("Vehicle slot,S1,many,", "BAD_ROW"),
        ("Vehicle slot,S1,0.0001,", "BAD_ROW"),
        ("Vehicles,,,", None),
    ],
)
def test_wrong_rows_are_named(tmp_path: Path, line: str, code: str | None) -> None:
    sheet = tmp_path / "inputs.csv"
    sheet.write_text(f"What,Name,Km,Hours\n{line}\n", "utf-8")
    if code is None:
        assert read_sheet(sheet) == UsageSheet()
        return
    with pytest.raises(RefusedError) as told:
        read_sheet(sheet)
    assert told.value.code == code
    assert "Row 2" in told.value.message


def test_empty_cells_keep_what_is_stored() -> None:
    assert UsageSheet().applied_to(USAGE) == USAGE
    assert UsageSheet(sla_breaches=0).applied_to(USAGE).sla_breaches == 0


def test_inputs_by_commands(run: Run, client_admin: Session, pair: Pair, tmp_path: Path) -> None:
    name = contract(client_admin, pair, sla_penalty_amount="500", absence_basis="fixed_30").contract.name
    words = (name, "--client", pair.client.code)
    run("contract", "slot", *words, "--slot", "S1", "--vehicle", "ka 01", "--from", "2026-09-01")
    shown = run("contract", "inputs", *words, "--month", "2026-10", "--template", str(tmp_path / "t.xlsx"))
    assert [one["field"] for one in shown["missing"]] == ["sla_breaches", "absent_days"]
    sheet = tmp_path / "filled.csv"
    sheet.write_text("What,Name,Count,Absent days\nSLA breaches,,2,\nVehicle slot,S1,,1.5\n", "utf-8")
    done = run("contract", "inputs", *words, "--month", "2026-10", "--sheet", str(sheet))
    assert (done["missing"], done["sla_breaches"], done["slots"][0]["absent_days"]) == ([], 2, "1.5")
    fuel = ("contract", "fuel-price", "--client", pair.client.code, "--from", "2026-10-01", "--price")
    assert run(*fuel, "95.40")["price_paise"] == 9540
    assert run(*fuel, "96")["price_paise"] == 9600
