"""Whole files: what is accepted, what is rejected with which code, and how it is told."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pytest

from billing.errors import RefusedError
from billing.exchange.sheets.check import check_file
from billing.exchange.sheets.options import ReadOptions
from billing.exchange.sheets.rejects import write_rejects
from billing.exchange.sheets.report import as_json
from billing.exchange.sheets.result import CheckedFile
from tests.support.sheets import HEADER, row, shared_file, write_csv, write_xlsx

NOW = datetime(2026, 11, 15, 12, tzinfo=UTC)


def check(path: Path, **options: Any) -> CheckedFile:
    return check_file(path, ReadOptions(**{"now": NOW, **options}))


def one(tmp_path: Path, **changes: Any) -> CheckedFile:
    """A file of one good row and one with changes."""
    return check(write_csv(tmp_path / "t.csv", [row(1), row(2, **changes)]))


@pytest.mark.parametrize(
    ("changes", "column", "code"),
    [
        ({"trip_id": ""}, "Duty Slip No.", "MISSING_REQUIRED"),
        ({"client": "NULL"}, "Client Code", "MISSING_REQUIRED"),
        ({"vendor": "-"}, "Vendor Code", "MISSING_REQUIRED"),
        ({"start": ""}, "Pickup Date Time", "MISSING_REQUIRED"),
        ({"end": "1899-12-30 00:00:00"}, "Drop Date Time", "MISSING_REQUIRED"),
        ({"km": "NULL"}, "Total KMs", "MISSING_REQUIRED"),
        ({"start": "soon"}, "Pickup Date Time", "BAD_DATE"),
        ({"start": "1998-10-01 09:00"}, "Pickup Date Time", "BAD_DATE"),
        ({"start": "2026-11-16 09:00", "end": "2026-11-16 10:00"}, "Pickup Date Time", "FUTURE_DATE"),
        ({"end": "2026-12-01 09:40"}, "Drop Date Time", "FUTURE_DATE"),
        ({"end": "2026-10-01 08:59"}, "Drop Date Time", "END_BEFORE_START"),
        ({"end": "2026-10-01 09:00"}, "Drop Date Time", "END_BEFORE_START"),
        ({"km": "abc"}, "Total KMs", "NOT_A_NUMBER"),
        ({"km": "12 leagues"}, "Total KMs", "UNKNOWN_UNIT"),
        ({"km": "-3"}, "Total KMs", "NEGATIVE_DISTANCE"),
        ({"km": "0"}, "Total KMs", "OUT_OF_RANGE"),
        ({"km": "0.0004"}, "Total KMs", "OUT_OF_RANGE"),
        ({"km": "133.334"}, "Total KMs", "OUT_OF_RANGE"),
        ({"km": "5000.001", "end": "2026-10-05 09:00"}, "Total KMs", "OUT_OF_RANGE"),
        ({"trip_id": "x" * 101}, "Duty Slip No.", "OUT_OF_RANGE"),
    ],
)
def test_each_reason(tmp_path: Path, changes: dict[str, str], column: str, code: str) -> None:
    checked = one(tmp_path, **changes)
    assert [(item.row, item.column, item.code) for item in checked.rejected] == [(3, column, code)]
    assert len(checked.accepted) == 1


def test_exactly_200_kmh_and_exactly_5000_km_are_possible(tmp_path: Path) -> None:
    rows = [row(1, km="133.333"), row(2, km="5000", end="2026-10-02 10:00")]
    assert len(check(write_csv(tmp_path / "t.csv", rows)).accepted) == 2


def test_no_shows_and_cancellations_may_stand_still(tmp_path: Path) -> None:
    still = {"km": "0", "end": "2026-10-01 09:00"}
    rows = [[*row(1, **still), "No Show"], [*row(2, **still), "CANCELLED"], [*row(3, **still), "Completed"]]
    checked = check(write_csv(tmp_path / "t.csv", rows, header=[*HEADER, "Trip Status"]))
    assert [checked.accepted.text("status", place) for place in range(2)] == ["NO_SHOW", "CANCELLED"]
    assert [item.row for item in checked.rejected] == [4]


def test_first_of_duplicates_wins(tmp_path: Path) -> None:
    rows = [row(1), row(2), row(1), row(1, km="13"), row(1, vendor="VN002"), row(1, km="bad")]
    checked = check(write_csv(tmp_path / "t.csv", rows))
    assert [(item.row, item.code, item.first_row) for item in checked.duplicates] == [
        (4, "DUPLICATE", 2),
        (5, "CONFLICTING_DUPLICATE", 2),
    ]
    assert len(checked.accepted) == 3
    assert [item.code for item in checked.rejected] == ["NOT_A_NUMBER"]


def test_a_rejected_row_does_not_own_its_id(tmp_path: Path) -> None:
    checked = check(write_csv(tmp_path / "t.csv", [row(1, km="bad"), row(1)]))
    assert (checked.duplicates, checked.accepted.row.tolist()) == ([], [3])


def test_ids_of_all_kinds_are_one(tmp_path: Path) -> None:
    checked = check(
        write_xlsx(tmp_path / "t.xlsx", [row(1, trip_id=value) for value in (123, 123.0, "123", "0123", "123.0")])
    )
    assert checked.accepted.trip_id == ["123", "0123"]
    assert len(checked.duplicates) == 3


def test_titles_blanks_totals_and_repeated_headers_are_skipped(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "t.csv",
        [
            [], HEADER, row(1), ["", "", "", "", "", ""], HEADER, row(2), ["Grand Total", "", "", "", "", "24.8"],
            ["", "", "", "", "", "24.8"], ["* kilometres by GPS"],
        ],
        header=["Trip sheet October 2026"],
    )  # fmt: skip
    checked = check(path)
    assert checked.accepted.row.tolist() == [4, 7]
    assert [(item.row, item.message) for item in checked.skipped] == [
        (1, "title row"),
        (6, "the header once more"),
        (8, "totals row"),
        (9, "note, not a trip"),
        (10, "note, not a trip"),
    ]
    assert checked.rejected == []


def test_a_vendor_called_total_travels_is_no_total(tmp_path: Path) -> None:
    checked = check(
        write_csv(tmp_path / "t.csv", [row(1, vendor="Total Travels"), row(2, vendor="Total Cabs", start="x")])
    )
    assert (len(checked.accepted), len(checked.rejected), checked.skipped) == (1, 1, [])


def test_the_json_object_is_the_documented_one(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", [[*row(1), 3], [*row(2, km="-3"), 1], [*row(1), 3]], header=[*HEADER, "Pax"])
    found = json.loads("".join(as_json(check(path))))
    assert found == {
        "file": str(path),
        "mapping": {
            "trip_id": "Duty Slip No.", "client": "Client Code", "vendor": "Vendor Code", "start": "Pickup Date Time",
            "end": "Drop Date Time", "distance": "Total KMs", "seats_boarded": "Pax",
        },
        "dates": {"order": "year_first", "first": "2026-10-01", "last": "2026-10-01"},
        "accepted": [
            {
                "row": 2, "sheet": None, "trip_id": "A1", "client": "CL001", "vendor": "VN001",
                "start": "2026-10-01T09:00:00+05:30", "end": "2026-10-01T09:40:00+05:30", "distance_m": 12400,
                "seats_boarded": 3, "warnings": [],
            }
        ],
        "rejected": [
            {
                "row": 3, "sheet": None, "trip_id": "A2", "column": "Total KMs", "value": "-3",
                "code": "NEGATIVE_DISTANCE", "message": "The distance is negative: -3.",
            }
        ],
        "duplicates": [
            {
                "row": 4, "sheet": None, "trip_id": "A1", "code": "DUPLICATE",
                "message": "The same trip stands in row 2 already.", "first_row": 2,
            }
        ],
        "skipped": [],
        "warnings": [],
        "totals": {"accepted": 1, "rejected": 1, "duplicates": 1, "skipped": 0, "distance_m": 12400},
        "checked_against": None,
    }  # fmt: skip


def test_dates_are_judged_over_the_whole_file(tmp_path: Path) -> None:
    rows = [
        row(1, start="03/04/2026 09:00", end="03/04/2026 10:00"),
        row(2, start="04/13/2026 09:00", end="04/13/2026 10:00"),
    ]
    checked = check(write_csv(tmp_path / "t.csv", rows))
    assert checked.dates == ("month_first", "2026-03-04", "2026-04-13")
    again = check(tmp_path / "t.csv", date_order="day_first")
    assert (len(again.accepted), [item.code for item in again.rejected]) == (1, ["BAD_DATE"])


def test_date_and_time_columns_are_put_together(tmp_path: Path) -> None:
    header = ["Trip ID", "Client", "Vendor", "Date", "Start Time", "End Time", "KM"]
    rows = [
        ["A1", "C", "V", "13/10/2026", "21:30", "22:10", "12"],
        ["A2", "C", "V", "13/10/2026", "23:30", "00:10", "12"],
    ]
    checked = check(write_csv(tmp_path / "t.csv", rows, header=header))
    accepted = json.loads("".join(as_json(checked)))["accepted"]
    assert [(item["start"], item["end"], item["warnings"]) for item in accepted] == [
        ("2026-10-13T21:30:00+05:30", "2026-10-13T22:10:00+05:30", []),
        ("2026-10-13T23:30:00+05:30", "2026-10-14T00:10:00+05:30", ["OVERNIGHT"]),
    ]
    cells = [["A1", "C", "V", date(2026, 10, 13), time(21, 30), time(22, 10), 12.0]]
    book = check(write_xlsx(tmp_path / "t.xlsx", cells, header=header))
    assert json.loads("".join(as_json(book)))["accepted"][0]["start"] == "2026-10-13T21:30:00+05:30"


def test_offsets_in_cells_are_honoured(tmp_path: Path) -> None:
    rows = [row(1, start="2026-10-01T03:30:00Z", end="2026-10-01T10:00:00+05:30")]
    accepted = json.loads("".join(as_json(check(write_csv(tmp_path / "t.csv", rows)))))["accepted"]
    assert accepted[0]["start"] == "2026-10-01T09:00:00+05:30"


def test_clocks_that_are_changed(tmp_path: Path) -> None:
    rows = [
        row(1, start="2026-03-08 01:30", end="2026-03-08 03:10"),
        row(2, start="2026-03-08 02:30", end="2026-03-08 03:30"),
        row(3, start="2026-11-01 01:30", end="2026-11-01 04:00"),
    ]
    checked = check(write_csv(tmp_path / "t.csv", rows), timezone="America/New_York")
    assert [(item.row, item.code) for item in checked.rejected] == [(3, "BAD_DATE")]
    assert checked.accepted.warnings == {1: ["AMBIGUOUS_TIME"]}
    assert (checked.accepted.end - checked.accepted.start).tolist() == [40 * 60_000_000, 210 * 60_000_000]


def test_odometer_readings_make_a_distance(tmp_path: Path) -> None:
    header = [*HEADER[:5], "Opening KM", "Closing KM"]
    rows = [[*row(1)[:5], "10,100", "10,112.4"], [*row(2)[:5], "500", "400"], [*row(3)[:5], "500", ""]]
    checked = check(write_csv(tmp_path / "t.csv", rows, header=header))
    assert checked.accepted.distance_m.tolist() == [12_400]
    assert [(item.row, item.code) for item in checked.rejected] == [(3, "NEGATIVE_DISTANCE"), (4, "MISSING_REQUIRED")]


def test_two_header_rows_with_merged_groups(tmp_path: Path) -> None:
    from openpyxl import Workbook

    book = Workbook()
    page = book.active
    assert page is not None
    page.append(["Trip ID", "Client", "Vendor", "Start", None, "End", None, "KM"])
    page.append([None, None, None, "Date", "Time", "Date", "Time", None])
    page.append(["A1", "C", "V", date(2026, 10, 1), time(9), date(2026, 10, 1), time(9, 40), 12.4])
    for span in ("D1:E1", "F1:G1"):
        page.merge_cells(span)
    book.save(tmp_path / "t.xlsx")
    checked = check(tmp_path / "t.xlsx")
    assert (len(checked.accepted), checked.mapping["start"], checked.mapping["distance"]) == (1, "Start Time", "KM")


def test_what_is_missing_is_named_with_the_way_out(tmp_path: Path) -> None:
    path = write_csv(
        tmp_path / "t.csv", [["2026-10-01 09:00", "2026-10-01 09:40", "12"]], header=["Start", "End", "KM"]
    )
    with pytest.raises(RefusedError) as refusal:
        check(path)
    assert refusal.value.code == "MISSING_COLUMN"
    assert "trip id, client, vendor" in refusal.value.message
    assert "--derive-ids" in refusal.value.hint
    checked = check(path, client="C", vendor="V", derive_ids=True)
    assert (len(checked.accepted), checked.derived_ids) == (1, True)
    assert check(path, client="C", vendor="V", derive_ids=True).accepted.trip_id == checked.accepted.trip_id


def test_a_mapping_overrides_the_synonyms(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", [[*row(1), "14"]], header=[*HEADER, "Agreed"])
    assert check(path, mapping={"distance": "agreed"}).accepted.distance_m.tolist() == [14_000]
    with pytest.raises(RefusedError):
        check(path, mapping={"distance": "No such column"})


def test_unit_that_nobody_names_is_said(tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", [row(1)], header=[*HEADER[:5], "Distance"])
    assert [item.code for item in check(path).warnings] == ["ASSUMED_KM"]
    miles = check(path, distance_unit="mile")
    assert miles.accepted.distance_m.tolist() == [19_956]
    assert [item.code for item in miles.warnings] == ["ROUNDED_TO_METRE"]


def test_hidden_rows_are_read_and_told_hidden_sheets_are_not_read(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    path = write_xlsx(tmp_path / "t.xlsx", [row(1), row(2)])
    book = load_workbook(path)
    book["Sheet1"].row_dimensions[3].hidden = True
    extra = book.create_sheet("Old")
    extra.append(HEADER)
    extra.append(row(9))
    extra.sheet_state = "hidden"
    book.create_sheet("Notes").append(["nothing here"])
    book.save(path)
    checked = check(path)
    assert [(item.row, item.code) for item in checked.warnings] == [(3, "HIDDEN_ROW")]
    assert checked.accepted.warnings == {1: ["HIDDEN_ROW"]}
    assert [(item.sheet, item.message) for item in checked.skipped] == [
        ("Old", "hidden sheet"),
        ("Notes", "no trip columns found"),
    ]


def test_several_sheets_are_one_file(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    path = write_xlsx(tmp_path / "t.xlsx", [row(1), row(2)], title="Week 1")
    book = load_workbook(path)
    extra = book.create_sheet("Week 2")
    for cells in ([*HEADER, "Pax"], [*row(2), 2], [*row(3), 4]):
        extra.append(cells)
    book.save(path)
    checked = check(path)
    assert [(checked.accepted.sheet[place], checked.accepted.trip_id[place]) for place in range(3)] == [
        ("Week 1", "A1"), ("Week 1", "A2"), ("Week 2", "A3"),
    ]  # fmt: skip
    assert [checked.accepted.number("seats_boarded", place) for place in range(3)] == [None, None, 4]
    assert [(item.sheet, item.row, item.code) for item in checked.duplicates] == [
        ("Week 2", 2, "CONFLICTING_DUPLICATE")
    ]


def test_formula_cells(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "t.xlsx", [row(1, km="=1/0"), row(2, km="=B2"), row(3)])
    checked = check(path)  # openpyxl stores no results, as many exporters do not
    assert [(item.row, item.code, item.column) for item in checked.rejected] == [
        (2, "FORMULA_ERROR", "Total KMs"),
        (3, "FORMULA_ERROR", "Total KMs"),
    ]


def test_error_cells(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    path = write_xlsx(tmp_path / "t.xlsx", [row(1), row(2)])
    book = load_workbook(path)
    for place, text in (("F2", "#DIV/0!"), ("D3", "#N/A")):
        book["Sheet1"][place].value = text
        book["Sheet1"][place].data_type = "e"
    book.save(path)
    assert [(item.row, item.value, item.code) for item in check(path).rejected] == [
        (2, "#DIV/0!", "FORMULA_ERROR"),
        (3, "#N/A", "FORMULA_ERROR"),
    ]


def test_rejected_rows_go_back_and_come_in_again(tmp_path: Path) -> None:
    from openpyxl import load_workbook

    path = write_csv(
        tmp_path / "t.csv", [row(1), row(2, km="-3", vendor="=EVIL()"), row(3, km="x"), row(3), row(3, km="9")]
    )
    target = tmp_path / "rejects.xlsx"
    assert write_rejects(check(path), path, target) == 3
    book = load_workbook(target)
    page = book.active
    assert page is not None
    cells = list(page.iter_rows(values_only=True))
    assert cells[0][-3:] == ("Row in file", "Reason code", "Reason")
    assert [line[-2] for line in cells[1:]] == ["NEGATIVE_DISTANCE", "NOT_A_NUMBER", "CONFLICTING_DUPLICATE"]
    assert page["C2"].data_type == "s"
    page["F2"], page["F3"], page["A4"] = "3", "4", "A4"
    book.save(target)
    again = check(target)
    assert (len(again.accepted), again.rejected) == (3, [])


def test_real_indian_trips() -> None:
    checked = check(shared_file("india_client_vendor_trips.xlsx"))
    assert (len(checked.accepted), checked.distance_m) == (2597, 1_440_772_620)
    assert len(checked.rejected) == 3440 - 2597
    assert Counter(item.code for item in checked.rejected) == {
        "MISSING_REQUIRED": 455,
        "OUT_OF_RANGE": 354,
        "END_BEFORE_START": 34,
    }
    assert sum("average speed" in item.message for item in checked.rejected) == 343


def test_real_new_york_trips() -> None:
    path = shared_file("nyc_taxi_trips_2019-03.csv")
    options = {"client": "NYC", "derive_ids": True, "distance_unit": "mile", "timezone": "America/New_York"}
    checked = check(path, **options)
    assert (len(checked.accepted), len(checked.rejected), checked.duplicates) == (6432, 68, [])
    assert len(set(checked.accepted.trip_id)) == 6432
    assert Counter(item.code for item in checked.rejected) == {"OUT_OF_RANGE": 62, "END_BEFORE_START": 6}


def test_two_header_rows_without_merged_cells(tmp_path: Path) -> None:
    first = ["Trip ID", "Client", "Vendor", "Planned", "", "Actual", "", "KM"]
    rows = [["", "", "", "Start", "End", "Start", "End", ""]]
    rows += [["A1", "C", "V", "", "", "01-10-2026 09:00", "01-10-2026 09:40", "12.4"]]
    checked = check(write_csv(tmp_path / "t.csv", rows, header=first))
    assert (len(checked.accepted), checked.mapping["start"]) == (1, "Actual Start")
    plan_only = write_csv(tmp_path / "p.csv", [[*rows[0][:5], ""], [*rows[1][:5], "1"]], header=[*first[:5], "KM"])
    with pytest.raises(RefusedError, match="start, end"):
        check(plan_only)


def test_what_happened_is_stronger_than_the_plan(tmp_path: Path) -> None:
    rows = [["A1", "C", "V", "01-10-2026 08:00", "01-10-2026 09:40", "01-10-2026 09:00", "12.4"]]
    header = ["Trip ID", "Client", "Vendor", "Start", "End", "Actual Start", "KM"]
    checked = check(write_csv(tmp_path / "t.csv", rows, header=header))
    assert (checked.mapping["start"], checked.mapping["end"]) == ("Actual Start", "End")


def test_errors_of_formulas_are_known_when_saved_as_text(tmp_path: Path) -> None:
    rows = [row(1), [*row(2)[:5], "#REF!"], [*row(3)[:4], "#VALUE!", "12"], ["#N/A", *row(4)[1:]]]
    checked = check(write_csv(tmp_path / "t.csv", rows))
    assert [(item.row, item.code) for item in checked.rejected] == [(line, "FORMULA_ERROR") for line in (3, 4, 5)]


def test_ids_lose_what_nobody_can_see(tmp_path: Path) -> None:
    checked = check(write_csv(tmp_path / "t.csv", [["A\x021\u200b", *row(1)[1:]]]))
    assert checked.accepted.trip_id == ["A1"]
