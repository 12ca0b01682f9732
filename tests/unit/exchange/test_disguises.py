"""Sheets that are not what their names say, and workbooks that other programs write."""

from __future__ import annotations

import os
import shutil
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import load_workbook

from billing.errors import RefusedError
from billing.exchange.sheets import process
from billing.exchange.sheets.check import check_file
from billing.exchange.sheets.options import ReadOptions
from billing.exchange.sheets.result import CheckedFile
from tests.support.sheets import HEADER, ROOT, row, write_xlsx

XLS = ROOT / "tests" / "data" / "sheets" / "trips.xls"
ODD = XLS.with_name("odd_cells.xls")


def check(path: Path) -> CheckedFile:
    return check_file(path, ReadOptions(now=datetime(2026, 11, 15, tzinfo=UTC)))


def rejected(checked: CheckedFile) -> list[tuple[int, str, str | None]]:
    return [(item.row, item.code, item.value) for item in checked.rejected]


@pytest.mark.parametrize("name", ["t.xlsx", "t.csv", "t", "t.ods"])
def test_an_old_workbook_by_another_name(tmp_path: Path, name: str) -> None:
    shutil.copy(XLS, tmp_path / name)
    checked, known = check(tmp_path / name), check(XLS)
    assert checked.accepted.trip_id == known.accepted.trip_id
    assert "WRONG_EXTENSION" in [item.code for item in checked.warnings]


@pytest.mark.parametrize("name", ["t.xls", "t.csv", "t"])
def test_a_workbook_by_another_name(tmp_path: Path, name: str) -> None:
    os.replace(write_xlsx(tmp_path / "made.xlsx", [row(1)]), tmp_path / name)
    assert check(tmp_path / name).accepted.trip_id == ["A1"]


def test_errors_hidden_rows_and_the_epoch_of_an_old_workbook() -> None:
    """The fast reader leaves error cells empty, tells no hidden rows, and reads bare serials from 1900."""
    checked = check(ODD)
    assert rejected(checked) == [(2, "FORMULA_ERROR", "#DIV/0!"), (3, "FORMULA_ERROR", "#REF!")]
    assert checked.accepted.trip_id == ["A3", "A4", "A5"]
    assert checked.dates == ("day_first", "2026-10-03", "2026-10-05")
    assert [(item.row, item.code) for item in checked.warnings] == [(5, "HIDDEN_ROW")]


def test_an_old_workbook_under_a_password() -> None:
    with pytest.raises(RefusedError, match="password"):
        check(ODD.with_name("locked.xls"))


def rewritten(path: Path, changes: dict[str, tuple[bytes, bytes]], rename: tuple[str, str] | None = None) -> Path:
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            old, new = changes.get(name, (b"", b""))
            archive.writestr(rename[1] if rename and name == rename[0] else name, content.replace(old, new))
    return path


@pytest.fixture
def spoiled(tmp_path: Path) -> Path:
    """A workbook with an uncalculated formula in row 3."""
    return write_xlsx(tmp_path / "t.xlsx", [row(1), row(2, km="=1+1"), row(3)])


def test_formulas_are_found_whatever_quotes_the_xml_has(spoiled: Path) -> None:
    path = rewritten(spoiled, {"xl/worksheets/sheet1.xml": (b'"', b"'")})
    assert rejected(check(path)) == [(3, "FORMULA_ERROR", "=…")]


def test_formulas_are_found_in_sheets_of_another_folder(spoiled: Path) -> None:
    changes = {
        "xl/_rels/workbook.xml.rels": (b"worksheets/sheet1.xml", b"pages/one.xml"),
        "[Content_Types].xml": (b"worksheets/sheet1.xml", b"pages/one.xml"),
    }
    path = rewritten(spoiled, changes, ("xl/worksheets/sheet1.xml", "xl/pages/one.xml"))
    assert rejected(check(path)) == [(3, "FORMULA_ERROR", "=…")]


_DTD = b'<!DOCTYPE r [<!ENTITY x SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        ("xl/workbook.xml", b"<workbook ", _DTD + b"<workbook "),
        ("xl/_rels/workbook.xml.rels", b"<Relationships ", _DTD + b"<Relationships "),
        ("xl/worksheets/sheet1.xml", b"<worksheet ", b"<!--" + b"x" * 9000 + b"-->" + _DTD + b"<worksheet "),
    ],
)
def test_a_document_type_is_found_in_small_parts_and_behind_long_comments(
    tmp_path: Path, part: str, old: bytes, new: bytes
) -> None:
    path = rewritten(write_xlsx(tmp_path / "t.xlsx", [row(1)]), {part: (old, new)})
    with pytest.raises(RefusedError, match="entities"):
        check(path)


def test_a_part_shorter_than_it_says_is_damage_not_malice(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "t.xlsx", [row(1)])
    content = bytearray(path.read_bytes())
    at = content.find(b"PK\x01\x02")
    content[at + 24] ^= 1  # the unpacked size in the directory
    path.write_bytes(content)
    with pytest.raises(RefusedError, match="damaged"):
        check(path)


def opendocument(path: Path, rows: list[list[str]], extra: dict[str, str] | None = None) -> Path:
    def cell(text: str) -> str:
        return f'<table:table-cell office:value-type="string"><text:p>{text}</text:p></table:table-cell>'

    lines = "".join(f"<table:table-row>{''.join(map(cell, cells))}</table:table-row>" for cells in rows)
    spaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    table = f'<table:table table:name="Trips">{lines}</table:table>'
    body = f"<office:body><office:spreadsheet>{table}</office:spreadsheet></office:body>"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", f"<office:document-content{spaces}>{body}</office:document-content>")
        for name, content in {"META-INF/manifest.xml": "<manifest/>", **(extra or {})}.items():
            archive.writestr(name, content)
    return path


@pytest.mark.parametrize("name", ["t.ods", "t.xlsx"])
def test_an_opendocument_sheet_is_read(tmp_path: Path, name: str) -> None:
    checked = check(opendocument(tmp_path / name, [HEADER, row(1), row(2, km="-3")]))
    assert checked.accepted.trip_id == ["A1"]
    assert rejected(checked) == [(3, "NEGATIVE_DISTANCE", "-3")]


@pytest.mark.parametrize(
    ("extra", "word"),
    [
        ({"Basic/Standard/Module1.xml": "<x/>"}, "macros"),
        ({"META-INF/manifest.xml": "<manifest:encryption-data/>"}, "password"),
        ({"styles.xml": f"<?xml version='1.0'?>{_DTD.decode()}<x/>"}, "entities"),
    ],
)
def test_a_hostile_opendocument_sheet_is_refused(tmp_path: Path, extra: dict[str, str], word: str) -> None:
    with pytest.raises(RefusedError, match=word):
        check(opendocument(tmp_path / "t.ods", [HEADER, row(1)], extra))


def excel_2003(cells: str, head: str = "") -> str:
    names = "".join(f'<Cell><Data ss:Type="String">{name}</Data></Cell>' for name in HEADER)
    space = "urn:schemas-microsoft-com:office:spreadsheet"
    return (
        f'<?xml version="1.0"?>{head}<Workbook xmlns="{space}" xmlns:ss="{space}"><Worksheet ss:Name="Trips"><Table>'
        f'<Row ss:Index="3">{names}</Row>{cells}</Table></Worksheet></Workbook>'
    )


def xml_row(number: int, km: str, about: str = "") -> str:
    texts = "".join(f'<Cell><Data ss:Type="String">{text}</Data></Cell>' for text in row(number)[:3])
    times = "".join(
        f'<Cell><Data ss:Type="DateTime">2026-10-01T{clock}:00.000</Data></Cell>' for clock in ("09:00", "09:40")
    )
    return f"<Row{about}>{texts}{times}{km}</Row>"


@pytest.mark.parametrize("name", ["t.xls", "t.xml"])
def test_a_workbook_of_excel_2003_in_xml_is_read(tmp_path: Path, name: str) -> None:
    number = '<Cell><Data ss:Type="Number">12.4</Data></Cell>'
    error = '<Cell ss:Formula="=1/0"><Data ss:Type="Error">#DIV/0!</Data></Cell>'
    lines = xml_row(1, number) + xml_row(2, error) + xml_row(3, '<Cell ss:Formula="=1"/>')
    path = tmp_path / name
    path.write_text(excel_2003(lines + xml_row(4, number, ' ss:Index="9" ss:Hidden="1"')), "utf-8")
    checked = check(path)
    assert checked.accepted.row.tolist() == [4, 9]
    assert checked.accepted.distance_m.tolist() == [12_400, 12_400]
    assert rejected(checked) == [(5, "FORMULA_ERROR", "#DIV/0!"), (6, "FORMULA_ERROR", "=…")]
    assert [(item.row, item.code) for item in checked.warnings] == [(9, "HIDDEN_ROW")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (excel_2003("", _DTD.decode()), "XML_ENTITY"),
        (excel_2003("<a>" * 1000), "TOO_DEMANDING"),
        (excel_2003("<Row ss:Index='2000000'></Row>"), "TOO_LARGE"),
        (excel_2003("<Row><Cell ss:Index='999999'></Cell></Row>"), "TOO_LARGE"),
        (excel_2003(xml_row(1, ""))[:-30], "UNREADABLE"),
    ],
)
def test_a_hostile_workbook_in_xml_is_refused(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "t.xls"
    path.write_text(text, "utf-8")
    with pytest.raises(RefusedError) as found:
        check(path)
    assert found.value.code == code


def html_row(cells: list[str], tag: str = "td") -> str:
    return "<tr>" + "".join(f"<{tag}>{cell}</{tag}>" for cell in cells) + "</tr>"


def test_a_table_inside_a_table_is_read_apart(tmp_path: Path) -> None:
    inner = html_row(HEADER, "th") + html_row(row(1)) + html_row(row(2))
    path = tmp_path / "t.xls"
    path.write_text(f"<table><tr><td>logo</td><td>x<table>{inner}</table>y</td></tr></table>", "utf-8")
    assert check(path).accepted.trip_id == ["A1", "A2"]


def test_a_page_in_utf16(tmp_path: Path) -> None:
    path = tmp_path / "t.xls"
    path.write_text(f"<html><table>{html_row(HEADER)}{html_row(row(1))}</table></html>", "utf-16")
    assert check(path).accepted.trip_id == ["A1"]


def test_a_cell_over_several_rows_keeps_the_columns_below_in_place(tmp_path: Path) -> None:
    first, second = row(1, client='CL001" rowspan="2'), row(2)
    top = html_row(first).replace('<td>CL001" rowspan="2', '<td rowspan="2">CL001')
    below = html_row([second[0], *second[2:]])
    path = tmp_path / "t.html"
    path.write_text(f"<table>{html_row(HEADER)}{top}{below}</table>", "utf-8")
    checked = check(path)
    assert checked.accepted.trip_id == ["A1", "A2"]
    assert checked.accepted.distance_m.tolist() == [12_400, 12_400]
    assert [item.code for item in checked.warnings] == ["MERGED_CELLS"]


def test_a_client_merged_over_its_trips_is_the_client_of_each(tmp_path: Path) -> None:
    """A distance merged over two trips is no distance of the second."""
    rows = [row(1), row(2, client=None, vendor=None), row(3, client=None, vendor=None, km=None), row(4, client=None)]
    path = write_xlsx(tmp_path / "t.xlsx", rows)
    book = load_workbook(path)
    for area in ("B2:B4", "C2:C4", "F3:F4"):
        book["Sheet1"].merge_cells(area)
    book.save(path)
    checked = check(path)
    assert [checked.accepted.text("client", place) for place in range(2)] == ["CL001", "CL001"]
    assert rejected(checked) == [(4, "MISSING_REQUIRED", None), (5, "MISSING_REQUIRED", None)]
    assert [item.message for item in checked.warnings] == ["4 cells below a merged cell got its value."]


@pytest.mark.parametrize("text", ["<table><tr><td>" * 100_000, "<html>" + "<div>" * 300_000, "<table><tr><td" * 50_000])
def test_a_page_nested_to_do_harm_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "t.html"
    path.write_text(text, "utf-8")
    with pytest.raises(RefusedError):
        check(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in folders here")
def test_what_is_no_file_is_refused_at_once(tmp_path: Path) -> None:
    """A pipe would be waited on for ever, /dev/zero never ends, a link to itself leads nowhere."""
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "loop.csv").symlink_to(tmp_path / "loop.csv")
    (tmp_path / "zero.csv").symlink_to("/dev/zero")
    for name, words in (("pipe", "is a pipe"), ("loop", "cannot be read"), ("zero", "is a device")):
        with pytest.raises(RefusedError, match=words):
            process.check_file(tmp_path / f"{name}.csv", ReadOptions())


@pytest.mark.parametrize(
    ("part", "words"),
    [("word/document.xml", "Word document"), ("ppt/slides/a.xml", "PowerPoint"), ("Index/Document.iwa", "Numbers")],
)
def test_other_office_files_are_called_by_their_names(tmp_path: Path, part: str, words: str) -> None:
    path = tmp_path / "t.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(part, "x")
    with pytest.raises(RefusedError, match=words):
        check(path)


@pytest.mark.parametrize(
    ("stream", "words"),
    [("WordDocument", "Word"), ("__substg1.0_0037001F", "Outlook message"), ("x", "without a sheet")],
)
def test_old_office_files_are_called_by_their_names(tmp_path: Path, stream: str, words: str) -> None:
    path = tmp_path / "t.xls"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + stream.encode("utf-16-le") + bytes(900))
    with pytest.raises(RefusedError, match=words):
        check(path)
