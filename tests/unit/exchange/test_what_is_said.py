"""Nothing is guessed silently: rows that are no trips, and readings that the columns do not prove."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from billing.errors import RefusedError
from billing.exchange.sheets.check import check_file
from billing.exchange.sheets.options import ReadOptions
from billing.exchange.sheets.rejects import write_rejects
from billing.exchange.sheets.report import summary
from billing.exchange.sheets.result import CheckedFile
from tests.support.sheets import HEADER, row, write_csv, write_xlsx


def check(path: Path, **options: Any) -> CheckedFile:
    return check_file(path, ReadOptions(now=datetime(2026, 11, 15, tzinfo=UTC), **options))


def rejected(checked: CheckedFile) -> list[tuple[int, str]]:
    return [(item.row, item.code) for item in checked.rejected]


def said(checked: CheckedFile) -> list[str]:
    return [item.code for item in checked.warnings]


@pytest.mark.parametrize(
    "cells",
    [
        ["", "", "", "dd-mm-yyyy", "dd-mm-yyyy", "km"],
        ["Checked by", "", "", "", "", "Approved by"],
        ["कुल", "", "", "", "", "24.8"],
        ["Average", "", "", "", "", "12.4"],
        ["", "", "", "Sum KMs", "", "24.8"],
    ],
)
@pytest.mark.parametrize("place", [0, 2])
def test_units_signatures_and_sums_are_no_trips(tmp_path: Path, cells: list[str], place: int) -> None:
    rows = [row(1), row(2)]
    rows.insert(place, cells)
    checked = check(write_csv(tmp_path / "t.csv", rows))
    assert len(checked.accepted) == 2
    assert not checked.rejected
    assert [item.row for item in checked.skipped] == [place + 2]


def test_numbers_of_the_columns_under_the_header_are_no_trip(tmp_path: Path) -> None:
    checked = check(write_csv(tmp_path / "t.csv", [["(1)", "(2)", "(3)", "(4)", "(5)", "(6)"], row(1)]))
    assert checked.accepted.row.tolist() == [3]
    checked = check(write_xlsx(tmp_path / "t.xlsx", [[1, 2, 3, 4, 5, 6], row(1)]))
    assert checked.accepted.row.tolist() == [3]


def test_a_party_called_sum_is_a_party(tmp_path: Path) -> None:
    checked = check(write_csv(tmp_path / "t.csv", [row(1, vendor="Sum Travels", start=""), row(2)]))
    assert rejected(checked) == [(2, "MISSING_REQUIRED")]


def test_a_second_table_of_other_columns_is_not_read_by_the_first_header(tmp_path: Path) -> None:
    """Client and vendor would be taken for each other, without a word."""
    swapped = [HEADER[0], HEADER[2], HEADER[1], *HEADER[3:]]
    rows = [row(1), [], swapped, row(2), row(3, start="x"), HEADER, row(4)]
    checked = check(write_csv(tmp_path / "t.csv", rows))
    assert checked.accepted.trip_id == ["A1", "A4"]
    assert rejected(checked) == [(5, "RAGGED_ROW"), (6, "RAGGED_ROW")]
    assert "Row 4 begins a table with other columns" in checked.rejected[0].message


def test_ditto_marks_name_nobody(tmp_path: Path) -> None:
    checked = check(write_csv(tmp_path / "t.csv", [row(1), row(2, client='"'), row(3, vendor="''")]))
    assert rejected(checked) == [(3, "UNKNOWN_CLIENT"), (4, "UNKNOWN_VENDOR")]


def test_an_error_of_a_formula_saved_as_text_is_no_client(tmp_path: Path) -> None:
    checked = check(write_csv(tmp_path / "t.csv", [row(1, client="#REF!"), row(2, vendor="#N/A")]))
    assert rejected(checked) == [(2, "FORMULA_ERROR"), (3, "FORMULA_ERROR")]


def test_ids_kept_as_text_by_an_equals_sign(tmp_path: Path) -> None:
    lines = [",".join(HEADER), *(",".join([f'="00{number}"', *row(number)[1:]]) for number in (1, 2))]
    path = tmp_path / "t.csv"
    path.write_text("\n".join(lines), "utf-8")
    assert check(path).accepted.trip_id == ["001", "002"]


def test_tabs_behind_every_value_are_no_separators(tmp_path: Path) -> None:
    rows = [[f"{cell}\t" for cell in row(number)] for number in (1, 2, 3)]
    path = write_csv(tmp_path / "t.csv", rows, header=[f"{text}\t" for text in HEADER])
    assert check(path).accepted.trip_id == ["A1", "A2", "A3"]


@pytest.mark.parametrize(("day", "codes"), [("05", ["ASSUMED_DAY_FIRST"]), ("15", [])])
def test_an_order_that_no_day_proves_is_said(tmp_path: Path, day: str, codes: list[str]) -> None:
    cells = row(1, start=f"{day}/10/2026 09:00", end=f"{day}/10/2026 09:40")
    path = write_csv(tmp_path / "t.csv", [cells])
    assert said(check(path)) == codes
    assert said(check(path, date_order="day_first")) == []


def test_columns_of_different_orders_are_said(tmp_path: Path) -> None:
    rows = [row(number, start=f"{number + 12}/10/2026 09:00", end=f"10/{number + 12}/2026 09:40") for number in (1, 2)]
    checked = check(write_csv(tmp_path / "t.csv", rows))
    assert len(checked.accepted) == 2
    assert said(checked) == ["DIFFERENT_DATE_ORDERS"]


def test_a_unit_that_the_header_contradicts_is_said(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", [row(1)])
    assert said(check(path, distance_unit="mile")) == ["UNIT_IN_HEADER"]
    assert said(check(path, distance_unit="km")) == []


def test_a_header_without_rows_is_said(tmp_path: Path) -> None:
    assert said(check(write_csv(tmp_path / "t.csv", []))) == ["NO_ROWS"]


def test_trips_on_a_hidden_sheet_only_are_refused_by_its_name(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "t.xlsx", [row(1)], title="October")
    book = load_workbook(path)
    book.create_sheet("Cover").append(["See the other sheet"])
    book["October"].sheet_state = "hidden"
    book.active = 1
    book.save(path)
    with pytest.raises(RefusedError, match="Hidden sheets are not read: October"):
        check(path)


def test_rejected_rows_of_a_month_first_sheet_stay_month_first(tmp_path: Path) -> None:
    """Alone the rejected row 03/04 would prove nothing, and be read as the 3rd of April."""
    rows = [row(number, start=f"09/{number + 12}/2026 09:00", end=f"09/{number + 12}/2026 09:40") for number in (1, 2)]
    rows.append(row(3, start="03/04/2026 09:00", end="03/04/2026 09:40", km="-3"))
    path = write_csv(tmp_path / "t.csv", rows)
    checked, back = check(path), tmp_path / "back.xlsx"
    assert write_rejects(checked, path, back) == 1
    book = load_workbook(back)
    book.active.cell(2, 6).value = 12.4  # type: ignore[union-attr]
    book.save(back)
    again = check(back)
    assert again.accepted.trip_id == ["A3"]
    assert again.dates.first == "2026-03-04"


def test_rejected_rows_keep_the_client_that_is_merged_over_them(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "t.xlsx", [row(1), row(2, client=None, km="-3")])
    book = load_workbook(path)
    book["Sheet1"].merge_cells("B2:B3")
    book.save(path)
    back = tmp_path / "back.xlsx"
    write_rejects(check(path), path, back)
    assert load_workbook(back)["Sheet1"]["B2"].value == "CL001"


def test_people_are_told_rows_reasons_and_assumptions(tmp_path: Path) -> None:
    rows = [row(1, start="05/10/2026 09:00", end="05/10/2026 09:40"), row(2, km="-3"), *[row(3, km="x")] * 10]
    lines = summary(check(write_csv(tmp_path / "t.csv", rows)))
    assert '    row 3, Total KMs "-3": The distance is negative: -3.' in lines
    assert "    and 1 more row: --json lists them, --rejects writes them" in lines
    assert any(line.startswith("  note:") and "day was taken first" in line for line in lines)
