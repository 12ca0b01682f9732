"""Text files and workbooks as they come: encodings, separators, quotes, line numbers, disguises."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.errors import RefusedError
from billing.exchange.sheets import limits
from billing.exchange.sheets.check import check_file
from billing.exchange.sheets.delimited import open_delimited
from billing.exchange.sheets.options import ReadOptions
from billing.exchange.sheets.result import CheckedFile
from tests.support.sheets import HEADER, row, write_csv, write_xlsx

LINES = [",".join(HEADER), *(",".join(row(number)) for number in (1, 2, 3))]


def check(path: Path) -> CheckedFile:
    return check_file(path, ReadOptions(now=datetime(2026, 11, 15, tzinfo=UTC)))


def written(path: Path, text: str | bytes, encoding: str = "utf-8") -> Path:
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    text = "\r\n".join([LINES[0], LINES[1].replace("VN001", "Café Cabs"), LINES[2]])
    checked = check(written(tmp_path / "t.csv", text, encoding))
    assert checked.accepted.text("vendor", 0) == "Café Cabs"
    assert [item.code for item in checked.warnings] == (["ENCODING"] if encoding == "cp1252" else [])


def test_devanagari_in_utf16(tmp_path: Path) -> None:
    text = "\n".join([LINES[0], LINES[1].replace("VN001", "शर्मा ट्रैवल्स")])
    assert check(written(tmp_path / "t.csv", text, "utf-16")).accepted.text("vendor", 0) == "शर्मा ट्रैवल्स"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends(tmp_path: Path, separator: str, newline: str) -> None:
    checked = check(written(tmp_path / "t.csv", newline.join(LINES).replace(",", separator) + newline))
    assert checked.accepted.row.tolist() == [2, 3, 4]


def test_excels_separator_line(tmp_path: Path) -> None:
    checked = check(written(tmp_path / "t.csv", "sep=;\r\n" + "\r\n".join(LINES).replace(",", ";")))
    assert checked.accepted.row.tolist() == [3, 4, 5]


def test_quotes_newlines_and_separators_in_cells(tmp_path: Path) -> None:
    rows = [[*row(1), 'said "stop",\nthen left'], [*row(2), "x"], [*row(3), "a\r\nb\r\nc"], [*row(4), ""]]
    checked = check(write_csv(tmp_path / "t.csv", rows, header=[*HEADER, "Remarks"]))
    assert checked.accepted.row.tolist() == [2, 4, 5, 8]


def test_a_broken_quote_costs_its_own_line(tmp_path: Path) -> None:
    broken = LINES[2].replace("VN001", '"VN001" x')
    checked = check(written(tmp_path / "t.csv", "\n".join([LINES[0], LINES[1], broken, LINES[3]])))
    assert [(item.row, item.code) for item in checked.rejected] == [(3, "BAD_QUOTING")]
    assert checked.accepted.row.tolist() == [2, 4]


@pytest.mark.parametrize("at", [1, 2, 3])
def test_an_unclosed_quote_costs_its_own_line(tmp_path: Path, at: int) -> None:
    lines = [line.replace("VN001", '"VN001') if place == at else line for place, line in enumerate(LINES)]
    checked = check(written(tmp_path / "t.csv", "\n".join(lines)))
    assert [(item.row, item.code) for item in checked.rejected] == [(at + 1, "BAD_QUOTING")]
    assert len(checked.accepted) == 2


def test_many_broken_quotes_in_a_long_file(tmp_path: Path) -> None:
    lines = [LINES[0]]
    for number in range(3000):
        lines.append(",".join(row(number)).replace("VN001", '"VN001' if number % 100 == 50 else "VN001"))
    checked = check(written(tmp_path / "t.csv", "\n".join(lines)))
    assert {item.row for item in checked.rejected} == set(range(52, 3001, 100))
    assert len(checked.accepted) == 2970


def test_ragged_lines(tmp_path: Path) -> None:
    lines = [LINES[0], LINES[1], LINES[2] + ",extra", "A3,CL001,VN001,2026-10-01 09:00", LINES[3] + ",,"]
    checked = check(written(tmp_path / "t.csv", "\n".join(lines)))
    assert [(item.row, item.trip_id, item.code) for item in checked.rejected] == [
        (3, "A2", "RAGGED_ROW"),
        (4, "A3", "RAGGED_ROW"),
    ]
    assert checked.accepted.row.tolist() == [2, 5]


def test_disguises_are_seen_through_and_said(tmp_path: Path) -> None:
    text = written(tmp_path / "text.xlsx", "\n".join(LINES))
    book = write_xlsx(tmp_path / "real.xlsx", [row(1)])
    book = book.rename(tmp_path / "book.csv")
    cells = ["".join(f"<td>{cell}</td>" for cell in line.split(",")) for line in LINES]
    page = written(
        tmp_path / "page.xls", "<html><table>" + "".join(f"<tr>{line}</tr>" for line in cells) + "</table></html>"
    )
    for path, rows, codes in ((text, 3, ["WRONG_EXTENSION"]), (book, 1, ["WRONG_EXTENSION"]), (page, 3, [])):
        checked = check(path)
        assert (len(checked.accepted), [item.code for item in checked.warnings]) == (rows, codes)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "EMPTY_FILE"),
        (b"\n \n", "EMPTY_FILE"),
        (b"%PDF-1.7 ...", "NOT_A_SHEET"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "NOT_A_SHEET"),
        (b"just words without any column\nand more", "NOT_A_SHEET"),
        (bytes(range(256)) * 20, "NOT_A_SHEET"),
        (b"name,city\nA,Pune\nB,Delhi\n", "NO_HEADER"),
        (b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x SYSTEM 'file:///etc/passwd'>]><a>&x;</a>", "XML_ENTITY"),
        (b"<html><body>no table</body></html>", "NOT_A_SHEET"),
        (b"PK\x03\x04 broken", "UNREADABLE"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "NOT_A_SHEET"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le") + bytes(600), "ENCRYPTED"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "Workbook".encode("utf-16-le") + bytes(600), "UNREADABLE"),
    ],
)
def test_what_is_no_sheet_is_refused_in_words(tmp_path: Path, content: bytes, code: str) -> None:
    with pytest.raises(RefusedError) as refusal:
        check(written(tmp_path / "t.csv", content))
    assert refusal.value.code == code
    assert refusal.value.message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(RefusedError) as refusal:
        check(tmp_path / "gone.csv")
    assert refusal.value.code == "FILE_NOT_FOUND"


def test_blocks_do_not_change_line_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [[*row(number), "two\nlines" if number % 7 == 0 else "x"] for number in range(300)]
    path = write_csv(tmp_path / "t.csv", rows, header=[*HEADER, "Remarks"])
    expected = check(path).accepted.row.tolist()
    monkeypatch.setattr(limits, "BLOCK_ROWS", 17)
    assert check(path).accepted.row.tolist() == expected


cell = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\x00", exclude_categories=["Cs", "Cc"]) | st.just("\n"),
    max_size=8,
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.lists(st.lists(cell, min_size=2, max_size=4), min_size=1, max_size=12), st.sampled_from(["utf-8", "utf-16"]))
def test_what_csv_writes_is_read_back(tmp_path: Path, rows: list[list[str]], encoding: str) -> None:
    path = write_csv(tmp_path / "t.csv", rows, header=["first", "second"], encoding=encoding)
    found = [list(line) for block in open_delimited(path)[0].blocks() for line in block.rows]
    assert found == [["first", "second"], *rows]


@settings(max_examples=60)
@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = written(tmp_path_factory.getbasetemp() / "any.csv", content)
    with pytest.raises(RefusedError):
        check(path)


@pytest.mark.parametrize("name", ["trips.xls", "trips_1904.xls"])
def test_a_workbook_of_excel_97_is_read_whole(name: str) -> None:
    """Files of the old binary form, in both of its epochs, as LibreOffice writes them (tests/data/sheets)."""
    checked = check(Path(__file__).parents[2] / "data" / "sheets" / name)
    trips = checked.accepted
    assert (len(trips), checked.rejected, sorted(skip.message for skip in checked.skipped)) == (
        12, [], ["hidden sheet", "title row", "totals row"]
    )  # fmt: skip
    assert trips.trip_id[:3] == ["5001", "02", "5003"]
    assert int(trips.distance_m.sum()) == sum(10_000 + 250 * number for number in range(1, 13))
    starts = [datetime(2026, 10, day, 3, 45, tzinfo=UTC) for day in range(1, 13)]
    assert trips.start.tolist() == [int(start.timestamp()) * 1_000_000 for start in starts]
