"""A sheet inside a zip archive, a gzip file or a saved message."""

from __future__ import annotations

import gzip
import zipfile
from email.message import EmailMessage
from pathlib import Path

import pytest

from billing.errors import RefusedError
from billing.exchange.sheets import process
from billing.exchange.sheets.check import check_file
from billing.exchange.sheets.options import ReadOptions
from tests.support.sheets import HEADER, row, write_xlsx

SHEET = "\n".join([",".join(HEADER), ",".join(row(1)), ",".join(row(2, km="-3"))])


def zipped(path: Path, *members: tuple[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return path


def mail(path: Path, *attached: tuple[str, bytes]) -> Path:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "cabs@example.in", "finance@example.in", "October"
    message.set_content("Please find attached")
    for name, content in attached:
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    path.write_bytes(bytes(message))
    return path


def test_the_sheet_inside_is_read_and_that_is_said(tmp_path: Path) -> None:
    book = write_xlsx(tmp_path / "made.xlsx", [row(1), row(2, km="-3")]).read_bytes()
    packed = tmp_path / "t.csv.gz"
    packed.write_bytes(gzip.compress(SHEET.encode()))
    files = [
        zipped(
            tmp_path / "t.zip",
            ("October/trips.csv", SHEET),
            ("October/readme.txt", "Dear all"),
            ("__MACOSX/a.csv", "x"),
        ),
        packed,
        mail(tmp_path / "t.eml", ("trips.xlsx", book)),
    ]
    for path in files:
        checked = process.check_file(path, ReadOptions())
        assert checked.accepted.trip_id == ["A1"], path.name
        assert [(item.row, item.code) for item in checked.rejected] == [(3, "NEGATIVE_DISTANCE")]
        assert [item.code for item in checked.warnings] == ["UNPACKED"]
        assert checked.file == str(path)
        assert process.pick_rows(path, {checked.rejected[0].sheet: [3]}, None)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: zipped(path, ("a.csv", SHEET), ("b.csv", SHEET)), "holds 2 sheets: a.csv, b.csv"),
        (lambda path: zipped(path, ("a.pdf", "%PDF")), "not a workbook"),
        (lambda path: zipped(path, ("a.csv", "0" * 30_000_000)), "unpacks to far more"),
        (lambda path: zipped(path, ("a.csv", "%PDF-1.7")), "PDF"),
        (mail, "message without a sheet"),
        (lambda path: mail(path, ("a.csv", b"x"), ("b.xlsx", b"x")), "holds 2 sheets"),
        (lambda path: path.write_bytes(gzip.compress(SHEET.encode())[:-9]) and path, "damaged"),
        (lambda path: path.write_bytes(gzip.compress(bytes(50_000_000))) and path, "unpacks to far more"),
    ],
)
def test_what_cannot_be_one_sheet_is_refused_in_words(tmp_path: Path, make: object, words: str) -> None:
    path = make(tmp_path / "t.bin")  # type: ignore[operator]
    with pytest.raises(RefusedError, match=words):
        process.check_file(path, ReadOptions())


def test_a_file_that_cannot_be_opened_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "t.csv"
    path.write_text(SHEET, "utf-8")

    def refused(*_args: object, **_options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refused)
    with pytest.raises(RefusedError, match="Permission denied"):
        check_file(path, ReadOptions())
