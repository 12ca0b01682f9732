"""The workbook in another program: LibreOffice computes it again and prints it (nightly, where it is installed)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook

from billing.exchange.workbook import write_invoice_workbook
from tests.unit.invoicing.test_workbook import sample
from tests.unit.papers.documents import SELLER
from tests.unit.papers.test_book import with_deductions

OFFICE, PDFTOTEXT = shutil.which("soffice"), shutil.which("pdftotext")
NIGHTLY = os.environ.get("MIS_HYPOTHESIS") == "nightly"


def opened_elsewhere(tmp_path: Path, path: Path) -> Path:
    """The folder with the workbook computed and saved again, and printed as PDF, by LibreOffice."""
    home = f"-env:UserInstallation=file://{tmp_path / 'office'}"
    for kind in ("xlsx:Calc MS Excel 2007 XML", "pdf"):
        command = [str(OFFICE), home, "--headless", "--convert-to", kind, "--outdir", str(tmp_path / "out"), str(path)]
        subprocess.run(command, check=True, capture_output=True, timeout=180)
    return tmp_path / "out"


@pytest.mark.skipif(not (OFFICE and NIGHTLY and PDFTOTEXT), reason="nightly, with LibreOffice and pdftotext")
def test_another_program_shows_deductions_with_their_sign(tmp_path: Path) -> None:
    document, rows = with_deductions()
    path = write_invoice_workbook(tmp_path / "a.xlsx", document, rows)
    printed = opened_elsewhere(tmp_path, path) / "a.pdf"
    command = [str(PDFTOTEXT), "-layout", str(printed), "-"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    (trips,) = [page for page in text.split("\f") if "Total of the rows shown" in page]
    for wanted in ("-1,23,45,678.90", "-2,34,567.00", "-3,499.96", f"-0.{-rows.round_off:02d}"):
        assert re.search(rf"(?<![\d,-]){re.escape(wanted)}", trips), wanted
    assert "###" not in text


@pytest.mark.skipif(not (OFFICE and NIGHTLY), reason="nightly, with LibreOffice")
def test_another_program_computes_the_same(tmp_path: Path) -> None:
    document, rows = sample(400)
    path = write_invoice_workbook(tmp_path / "a.xlsx", replace(document, supplier=SELLER), rows)
    opened_elsewhere(tmp_path, path)
    ours, theirs = load_workbook(path, data_only=True), load_workbook(tmp_path / "out" / "a.xlsx", data_only=True)
    compared = 0
    for sheet in ours.worksheets:
        for row in sheet.iter_rows():
            for cell in row:
                if isinstance(cell.value, int | float):
                    assert theirs[sheet.title][cell.coordinate].value == pytest.approx(cell.value, abs=0.001)
                    compared += 1
    assert compared > 4_000
    checks = [cell.value for row in theirs["How computed"].iter_rows(min_col=5, max_col=5) for cell in row]
    assert "agrees" in checks
    assert "DIFFERS" not in checks
    assert (tmp_path / "out" / "a.pdf").stat().st_size > 20_000
