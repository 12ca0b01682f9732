"""Layouts that vendors and booking systems really use, each in a few rows."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from billing.exchange.sheets.check import check_file
from billing.exchange.sheets.options import ReadOptions
from billing.exchange.sheets.report import as_json
from tests.support.sheets import write_csv, write_xlsx


def check(path: Path, **options: Any) -> dict[str, Any]:
    wanted = {"now": datetime(2026, 11, 15, tzinfo=UTC), "client": "C", "vendor": "V", "derive_ids": True, **options}
    found: dict[str, Any] = json.loads("".join(as_json(check_file(path, ReadOptions(**wanted)))))
    return found


@pytest.mark.parametrize(
    ("header", "row", "expected"),
    [
        (
            "Sl No,Date,Duty Slip No,Cab No,Cab Type,Guest Name,Pick-up,Drop,Start Time,End Time,Opening KM,Closing KM",
            "1,01-Oct-26,DS/2610/001,KA-01-AB-1234,SEDAN,Mr. Rao,Whitefield,Manyata,09.30 AM,10.15 AM,45120,45142",
            ("DS/2610/001", "2026-10-01T09:30:00+05:30", "2026-10-01T10:15:00+05:30", 22_000),
        ),
        (
            "Trip ID,Taxi ID,Trip Start Timestamp,Trip End Timestamp,Trip Seconds,Trip Miles,Tolls,Company",
            "t1,abc,12/31/2025 11:45:00 PM,01/01/2026 12:15:00 AM,1800,5.5,0.00,Flash Cab",
            ("t1", "2025-12-31T23:45:00+05:30", "2026-01-01T00:15:00+05:30", 8_851),
        ),
        (
            "START_DATE*,END_DATE*,CATEGORY*,START*,STOP*,MILES*,PURPOSE*",
            "1/13/2016 21:11,1/13/2016 21:17,Business,Fort Pierce,Fort Pierce,5.1,Meal",
            (None, "2016-01-13T21:11:00+05:30", "2016-01-13T21:17:00+05:30", 8_208),
        ),
        (
            "Booking No.;Reporting Date;Reporting Time;Release Date;Release Time;Total Kms;No. of Pax",
            "B1;01/10/2026;2130 hrs;02/10/2026;0015 hrs;1,234.5;3",
            ("B1", "2026-10-01T21:30:00+05:30", "2026-10-02T00:15:00+05:30", 1_234_500 // 1),
        ),
        (
            "request id|pickup datetime|dropoff datetime|trip distance (m)",
            "0042|2026-10-01T09:00:00+00:00|2026-10-01T09:30:00+00:00|12400",
            ("0042", "2026-10-01T14:30:00+05:30", "2026-10-01T15:00:00+05:30", 12_400),
        ),
    ],
)
def test_layouts(tmp_path: Path, header: str, row: str, expected: tuple[Any, ...]) -> None:
    path = tmp_path / "t.csv"
    path.write_text(f"{header}\n{row}\n", encoding="utf-8")
    found = check(path)
    if "1,234.5" in row:
        assert found["rejected"][0]["code"] == "OUT_OF_RANGE"  # 1,234.5 km in under three hours
        return
    (trip,) = found["accepted"]
    trip_id, start, end, metres = expected
    assert trip["trip_id"] == trip_id or (trip_id is None and trip["trip_id"].startswith("R-"))
    assert (trip["start"], trip["end"], trip["distance_m"]) == (start, end, metres)


def test_pickup_and_drop_may_be_places(tmp_path: Path) -> None:
    header = ["Trip No", "Pickup", "Drop", "Pickup Time", "Drop Time", "KM"]
    row = ["1", "Hebbal", "Electronic City", "01/10/2026 09:00", "01/10/2026 10:00", "30"]
    found = check(write_csv(tmp_path / "t.csv", [row], header=header))
    assert (found["mapping"]["start"], found["mapping"]["end"]) == ("Pickup Time", "Drop Time")


def test_a_column_can_be_said_not_to_be_there(tmp_path: Path) -> None:
    header = ["Trip No", "Start", "End", "KM", "Status"]
    path = write_csv(
        tmp_path / "t.csv", [["1", "01/10/2026 09:00", "01/10/2026 10:00", "30", "Verified by desk"]], header=header
    )
    assert check(path)["rejected"][0]["column"] == "Status"
    assert check(path, mapping={"status": ""})["totals"]["accepted"] == 1


def test_numbers_stored_as_text_and_dates_as_serials_in_one_workbook(tmp_path: Path) -> None:
    header = ["Trip No", "Start", "End", "KM"]
    rows = [[1.0, 46296.375, "46296.4", "12.4"], ["2", datetime(2026, 10, 1, 9), "01/10/2026 09:40", 12.4]]
    found = check(write_xlsx(tmp_path / "t.xlsx", rows, header=header))
    assert [(trip["trip_id"], trip["start"], trip["distance_m"]) for trip in found["accepted"]] == [
        ("1", "2026-10-01T09:00:00+05:30", 12_400),
        ("2", "2026-10-01T09:00:00+05:30", 12_400),
    ]


def codes(found: dict[str, Any]) -> list[str]:
    return [item["code"] for item in found["warnings"]]


def test_decimal_commas_are_seen_over_the_whole_column(tmp_path: Path) -> None:
    header = ["Trip No", "Start", "End", "KM"]
    times = ["21.10.2026 09:00", "21.10.2026 12:00"]
    path = write_csv(tmp_path / "t.csv", [["1", *times, "12,4"], ["2", *times, "12,400"]], header=header, delimiter=";")
    found = check(path)
    assert [trip["distance_m"] for trip in found["accepted"]] == [12_400, 12_400]
    assert codes(found) == ["DECIMAL_COMMA"]
    path = write_csv(tmp_path / "u.csv", [["1", *times, "12,4"], ["2", *times, "12.5"]], header=header, delimiter=";")
    assert [item["code"] for item in check(path)["rejected"]] == ["NOT_A_NUMBER"]


def test_one_slip_does_not_turn_a_column_round(tmp_path: Path) -> None:
    header = ["Trip No", "Start", "End", "KM"]
    rows = [[str(day), f"10/{day:02}/2026 09:00", f"10/{day:02}/2026 10:00", "12"] for day in range(1, 32)]
    slip = [["s", "13/10/2026 09:00", "13/10/2026 10:00", "12"]]
    found = check(write_csv(tmp_path / "t.csv", rows * 2 + slip, header=header))
    assert (found["dates"]["order"], found["totals"]["accepted"], found["totals"]["rejected"]) == ("month_first", 31, 1)
    assert set(codes(found)) == {"MIXED_DATE_ORDER"}


def test_dates_that_excel_swapped_are_pointed_out(tmp_path: Path) -> None:
    header = ["Trip No", "Start", "End", "KM"]
    rows: list[list[Any]] = [
        [str(day), datetime(2026, day, 10, 9), datetime(2026, day, 10, 10), 12] for day in (1, 2, 3, 4)
    ]
    rows += [[str(day), f"{day}/10/2026 09:00", f"{day}/10/2026 10:00", 12] for day in (13, 14, 15, 16)]
    assert codes(check(write_xlsx(tmp_path / "t.xlsx", rows, header=header))) == ["SWAPPED_DATES", "SWAPPED_DATES"]


BLOCKS = [
    ["Trip No", "Cab No", "Start", "End", "KM", "Employee ID"],
    ["T1", "KA01AB1", "01/10/2026 09:00", "01/10/2026 10:00", "30", ""],
    ["1", "", "", "", "", "E1"],
    ["2", "", "", "", "", "E2"],
    ["T2", "KA01AB2", "01/10/2026 11:00", "01/10/2026 12:00", "30", "E9"],
    ["", "", "", "", "", "E3"],
    ["T3", "KA01AB3", "01/10/2026 13:00", "01/10/2026 14:00", "30", ""],
    ["T4", "", "", "", "", "E4"],
]


def test_riders_lines_belong_to_the_trip_above(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_csv(tmp_path / "t.csv", BLOCKS[1:], header=BLOCKS[0])
    for rows_in_a_block in (20_000, 1, 2, 3):
        monkeypatch.setattr("billing.exchange.sheets.limits.BLOCK_ROWS", rows_in_a_block)
        checked = check_file(path, ReadOptions(client="C", vendor="V", now=datetime(2026, 11, 15, tzinfo=UTC)))
        riders = [checked.accepted.text("employees", place) for place in range(len(checked.accepted))]
        assert riders == [("E1", "E2"), ("E9", "E3"), None]
        assert [(item.row, item.message) for item in checked.skipped] == [
            (3, "rider of the trip in row 2"),
            (4, "rider of the trip in row 2"),
            (6, "rider of the trip in row 5"),
        ]
        assert [(item.row, item.code) for item in checked.rejected] == [(8, "MISSING_REQUIRED")]


def test_numbered_riders_without_a_column_of_their_own(tmp_path: Path) -> None:
    header = ["Trip No", "Cab No", "Start", "End", "KM"]
    rows: list[list[Any]] = [
        ["T1", "KA01AB1", datetime(2026, 10, 1, 9), datetime(2026, 10, 1, 10), 30],
        ["S.No", "Employee ID", "Name", None, None],
        [1, "E1", "Asha", None, None],
        [2, "E2", "Ravi", None, None],
        [None, None, None, None, None],
        ["T2", "KA01AB2", datetime(2026, 10, 1, 11), datetime(2026, 10, 1, 12), 30],
        [1, "E3", "Meera", None, None],
        [3, "E4", "Not the next number", None, None],
    ]
    path = write_xlsx(tmp_path / "t.xlsx", rows, header=header)
    checked = check_file(path, ReadOptions(client="C", vendor="V", now=datetime(2026, 11, 15, tzinfo=UTC)))
    assert [checked.accepted.text("employees", place) for place in range(2)] == [("E1", "E2"), ("E3",)]
    assert [(item.row, item.code) for item in checked.rejected] == [(9, "BAD_DATE")]


def test_serials_of_old_macs(tmp_path: Path) -> None:
    from openpyxl import Workbook
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    book = Workbook()
    book.epoch = CALENDAR_MAC_1904
    page = book.active
    assert page is not None
    page.append(["Trip No", "Start", "End", "KM"])
    page.append(["1", datetime(2026, 10, 1, 9), 44834.4, 12])
    book.save(tmp_path / "t.xlsx")
    (trip,) = check(tmp_path / "t.xlsx")["accepted"]
    assert (trip["start"], trip["end"]) == ("2026-10-01T09:00:00+05:30", "2026-10-01T09:36:00+05:30")


def test_ids_that_a_spreadsheet_shortened_are_pointed_out(tmp_path: Path) -> None:
    header = ["Trip No", "Start", "End", "KM"]
    rows = [
        ["1.23457E+11", "21/10/2026 09:00", "21/10/2026 10:00", "12"],
        ["12E", "21/10/2026 09:00", "21/10/2026 10:00", "12"],
    ]
    found = check(write_csv(tmp_path / "t.csv", rows, header=header))
    assert codes(found) == ["ID_ROUNDED"]
    assert [trip["warnings"] for trip in found["accepted"]] == [["ID_ROUNDED"], []]
