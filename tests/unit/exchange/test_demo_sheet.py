"""The October sheet: written and read back, with as many defects as it says."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from openpyxl import load_workbook

from billing.exchange.demo.sheet import DEFECTS, HEADER, KM, SLIP, TITLES, october_sheet, write_october_sheet


def test_october_sheet_twice_gives_equal_cells() -> None:
    assert october_sheet() == october_sheet()


def test_october_sheet_counts_its_defects() -> None:
    sheet = october_sheet()
    assert sheet.good == len(sheet.rows) - sum(DEFECTS.values())
    assert sum(row[SLIP] is None for row in sheet.rows) == DEFECTS["missing id"]
    assert sum(row[KM] == "NULL" for row in sheet.rows) == DEFECTS["NULL instead of a distance"]
    slips = Counter(row[SLIP] for row in sheet.rows if row[SLIP])
    twice = DEFECTS["same row twice"] + DEFECTS["same slip, other distance"]
    assert sum(count > 1 for count in slips.values()) == twice
    assert len(set(sheet.rows)) == len(sheet.rows) - DEFECTS["same row twice"]


def test_written_sheet_has_titles_header_and_all_rows(tmp_path: Path) -> None:
    target = tmp_path / "october.xlsx"
    sheet = write_october_sheet(target)
    book = load_workbook(target, read_only=True)
    rows = list(book.active.iter_rows(values_only=True))  # type: ignore[union-attr]
    book.close()
    assert [rows[0][0], rows[1][0]] == list(TITLES)
    assert rows[3] == HEADER
    assert len(rows) == 4 + len(sheet.rows)
