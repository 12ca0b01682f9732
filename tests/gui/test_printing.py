"""Documents as PDF: embedded faces with the rupee sign, text that can be searched, pages that add up (UX.md 42, 43)."""

from __future__ import annotations

import re
import shutil
import subprocess
import zlib
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from billing.errors import UnavailableError
from billing.exchange.files import replacing
from billing.exchange.paper.annexure_pages import AnnexurePages
from billing.exchange.paper.content import DUPLICATE, ORIGINAL
from billing.exchange.paper.html import paper_of
from billing.invoicing.lines import PERIOD_CODES, TRIP_CODES
from billing.money import format_inr
from billing.schemas.changes import Cancelled
from billing.schemas.invoices import ChargeSum, InvoiceDocument, InvoiceStatus, Letterhead
from moveinsync_desktop.printing import write_pdf
from tests.unit.invoicing.test_workbook import sample
from tests.unit.papers.documents import PERIOD, SELLER, TRIP, document

PDFTOTEXT = shutil.which("pdftotext")
_DOT = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92ef"
    "0000000049454e44ae426082"
)
"""A red PNG of one pixel."""


def made(count: int = 3, **more: Any) -> tuple[InvoiceDocument, Any]:
    """A document with its annexure."""
    document, rows = sample(count)
    return replace(document, supplier=SELLER, **more), rows


def pages_in(path: Path) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", path.read_bytes()))


def streams_in(path: Path) -> bytes:
    """All streams, unpacked."""
    parts = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", path.read_bytes(), re.DOTALL)
    return b"\n".join(_unpacked(part) for part in parts)


def _unpacked(part: bytes) -> bytes:
    try:
        return zlib.decompress(part)
    except zlib.error:
        return part


def test_faces_are_embedded_and_digits_can_be_searched(qapp: Any, tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [paper_of(*made())])
    content = path.read_bytes()
    assert b"InterPaper-Regular" in content
    assert b"/FontFile2" in content
    unicode_maps = streams_in(path).upper()
    assert b"20B9" in unicode_maps
    for digit in b"0123456789":
        assert f"<{digit:04X}>".encode() in unicode_maps
    if shutil.which("pdftotext"):
        text = subprocess.run(
            ["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True
        ).stdout
        for wanted in ("SLC/26-27/00118", "₹ 53,392.00", "GSTIN 29AAGCB7383J1Z4", "Page 1 of 2", "Page 2 of 2"):
            assert wanted in text


def test_pages_of_the_annexure_add_up(qapp: Any) -> None:
    document, rows = made(150)
    pages = AnnexurePages(document, rows)
    assert pages.rows == 152
    made_pages = [pages.page(number, 60) for number in range(pages.pages(60))]
    assert [len(page) for page in made_pages] == [61, 61, 34]
    sums = [next(row for row in page if row.cells[0] == "This page") for page in made_pages]
    paise = [int(row.cells[-1].replace(",", "").replace(".", "")) for row in sums]
    assert sum(paise) == document.draft.totals.total
    assert made_pages[-1][-1].cells[0] == "All rows, as on the document"
    assert made_pages[-1][-1].cells[-1] == format_inr(document.draft.totals.total)


def test_a_trip_over_midnight_says_on_which_day_it_ends(qapp: Any) -> None:
    document, rows = made(2)
    assert AnnexurePages(document, rows).page(0, 9)[0].cells[3:5] == ("01-10-2026 00:00", "00:30")
    rows = replace(rows, ends=rows.ends + np.array([0, 86_400_000_000]))
    pages = AnnexurePages(document, rows)
    assert [row.cells[4] for row in pages.page(0, 9)[:2]] == ["00:30", "02-10 00:31"]
    for shown in (pages, AnnexurePages(document, replace(rows, non_taxable=rows.non_taxable * 0))):
        assert sum(column.share for column in shown.columns) == 100
        assert {len(row.cells) for row in shown.page(0, 9)} == {len(shown.columns)}


def test_each_copy_has_page_numbers_of_its_own(qapp: Any, tmp_path: Path) -> None:
    document, rows = made(150)
    papers = [paper_of(document, rows), paper_of(document, rows, copy=DUPLICATE, with_trips=False)]
    path = write_pdf(tmp_path / "a.pdf", papers)
    assert pages_in(path) == 5
    assert papers[0].footer.endswith(ORIGINAL)


def test_long_names_and_scripts_of_india_keep_rows_on_their_page(qapp: Any, tmp_path: Path) -> None:
    document, rows = made(130)
    rows = replace(rows, trip_ids=[f"रात की पाली {index} WWWWWWWWWWWWWWWWWWWWWWWW" for index in range(130)])
    document = replace(document, recipient=replace(document.recipient, name="श्री लक्ष्मी कैब्स " * 8))
    path = write_pdf(tmp_path / "a.pdf", [paper_of(document, rows)])
    assert b"Lohit" in path.read_bytes()
    plain = write_pdf(tmp_path / "b.pdf", [paper_of(*made(130))])
    assert pages_in(plain) <= pages_in(path) <= pages_in(plain) + 2


def test_a_letterhead_brings_its_logo(qapp: Any, tmp_path: Path) -> None:
    head = Letterhead(_DOT, "png", 1, 1, "24 hour control room", "Registered office Bengaluru")
    paper = paper_of(*made(letterhead=head))
    path = write_pdf(tmp_path / "a.pdf", [paper])
    assert b"/Subtype /Image" in path.read_bytes()
    assert paper.imprint == "Registered office Bengaluru"
    if PDFTOTEXT:
        for page in pages_of(path):
            assert "Registered office Bengaluru" in page


def pages_of(path: Path) -> list[str]:
    """The text of each page."""
    command = [str(PDFTOTEXT), "-layout", str(path), "-"]
    text = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    return text.split("\f")[:-1]


def lines_of(count: int) -> InvoiceDocument:
    """A document of so many charges."""
    charges = [
        ChargeSum(code, level, percent, True, 100_000 + place, 3)
        for percent in (5000, 12000, 18000)
        for level, codes in ((PERIOD, PERIOD_CODES), (TRIP, TRIP_CODES))
        for place, code in enumerate(codes)
    ]
    return document(charges[:count])


@pytest.mark.skipif(not PDFTOTEXT, reason="reads pages with pdftotext")
@pytest.mark.parametrize("count", [23, 24, 28, 29, 33, 34, 60])
def test_totals_and_signature_stand_under_the_last_lines(qapp: Any, tmp_path: Path, count: int) -> None:
    """Nothing is torn over two pages, whatever the number of charges, and no page has a total without a line."""
    _, rows = sample(0)
    path = write_pdf(tmp_path / "a.pdf", [paper_of(lines_of(count), rows)])
    pages = pages_of(path)
    assert all("Description of service" in page for page in pages)
    wanted = ("Taxable value", "Amount in words", "Total payable", "Issued electronically", "Audit log")
    (last,) = [page for page in pages if any(words in page for words in wanted)]
    assert all(words in last for words in wanted)
    assert last is pages[-1]
    assert re.search(rf"^\s*{count}\s", last, re.MULTILINE)
    assert sum(len(re.findall(r"^ *[0-9]+ .*996601", page, re.MULTILINE)) for page in pages) == count


@pytest.mark.parametrize(
    ("status", "word"),
    [(InvoiceStatus.DRAFT, "DRAFT"), (InvoiceStatus.APPROVED, "NOT ISSUED"), (InvoiceStatus.VOID, "VOID")],
)
def test_what_is_not_in_force_is_marked_on_every_page(
    qapp: Any, tmp_path: Path, status: InvoiceStatus, word: str
) -> None:
    paper = paper_of(*made(200, status=status))
    assert paper.watermark == word
    path = write_pdf(tmp_path / "a.pdf", [paper])
    plain = write_pdf(tmp_path / "b.pdf", [paper_of(*made(200))])
    assert len(streams_in(path)) > len(streams_in(plain))
    assert pages_in(path) == pages_in(plain)


def test_a_large_figure_is_never_torn(qapp: Any, tmp_path: Path) -> None:
    made_of = document((ChargeSum("MONTHLY_FEE", PERIOD, 18000, True, 99_99_99_999_99, 1),))
    _, rows = sample(0)
    path = write_pdf(tmp_path / "a.pdf", [paper_of(made_of, rows)])
    if PDFTOTEXT:
        (page,) = pages_of(path)
        assert page.count("99,99,99,999.99") == 3
        assert page.count("9,00,00,000.00") >= 4


def test_cancelled_writing_leaves_the_old_file(qapp: Any, tmp_path: Path) -> None:
    target = tmp_path / "a.pdf"
    target.write_text("old", "utf-8")

    def cancel(_done: int, _all: int, _words: str) -> None:
        raise Cancelled

    with pytest.raises(Cancelled):
        write_pdf(target, [paper_of(*made(200))], progress=cancel)
    assert target.read_text("utf-8") == "old"
    assert [path.name for path in tmp_path.iterdir()] == ["a.pdf"]


def test_a_target_open_elsewhere_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*_: Any) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(UnavailableError, match="open in another program"), replacing(tmp_path / "a.pdf") as temporary:
        temporary.write_bytes(b"x")
