"""The invoice as an Excel workbook: invoice, charge summary, trip annexure, how it was computed (DESIGN.md section 7).

openpyxl fills the designed template; the annexure's rows are streamed into the finished file, so that 100,000
trips take seconds and little memory (PLATFORM.md A4, "hybrid"). Formulas carry their results, so that a preview
that cannot calculate shows them, too.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

from billing.exchange.book.annexure import (
    FIRST_ROW,
    ROWS_A_SHEET,
    TITLE,
    TOTALS_ROW,
    Column,
    columns_of,
    last_sample,
    letter,
    prepare_sheet,
    sheet_names,
    stream_rows,
    styles_in,
)
from billing.exchange.book.cells import put_footer, put_mark, rupees
from billing.exchange.book.charges_sheet import fill_charges_sheet
from billing.exchange.book.computed_sheet import Checks, fill_computed_sheet
from billing.exchange.book.invoice_sheet import fill_invoice_sheet
from billing.exchange.files import replacing
from billing.exchange.paper.content import watermark_of
from billing.schemas.annexure import Annexure
from billing.schemas.invoices import InvoiceDocument

if TYPE_CHECKING:
    from openpyxl import Workbook

Progress = Callable[[int, int, str], None]

_SAMPLE_ROW = re.compile(rf'<row r="{FIRST_ROW}".*?</row>', re.DOTALL)
_FORMULA = re.compile(r'<c r="([A-Z]+\d+)"((?: [a-z]+="[^"]*")*?)><f>(.*?)</f><v\s*(?:/>|></v>)</c>', re.DOTALL)
_FAST = 3
"""Zip level: a fifth larger than the best, three times as fast."""


def write_invoice_workbook(
    path: Path, document: InvoiceDocument, annexure: Annexure, *, progress: Progress | None = None
) -> Path:
    """Write the workbook of one invoice to `path`, as a whole or not at all; gives `path`.

    Raises UnavailableError when the file is open elsewhere or the disk is full; `progress` may raise Cancelled.
    """
    columns = columns_of(annexure)
    book, results = _fill(document, annexure, columns)
    buffer = io.BytesIO()
    book.save(buffer)
    with replacing(Path(path)) as temporary:
        _finish(buffer, temporary, document, annexure, columns, results, progress)
    return Path(path)


def _fill(
    document: InvoiceDocument, annexure: Annexure, columns: list[Column]
) -> tuple[Workbook, dict[str, dict[str, int | str]]]:
    from openpyxl import load_workbook

    with (files("resources") / "templates" / "invoice.xlsx").open("rb") as stream:
        book = load_workbook(stream)
    sheets = sheet_names(annexure)
    places = fill_invoice_sheet(book["Invoice"], document, len(annexure))
    fill_charges_sheet(book["Charges"], document, annexure)
    heading = f"Trips of {document.number or 'the draft'}, {document.period_from:%B %Y}"
    for name, rows in sheets:
        if name not in book.sheetnames:
            more = book.copy_worksheet(book[TITLE])
            more.title = name
            book.move_sheet(more, book.sheetnames.index("How computed") - book.sheetnames.index(name))
        prepare_sheet(book[name], annexure, columns, heading, rows)
        put_footer(book[name], heading)
    checks, adds_up = Checks(sheets, columns), annexure.total == document.draft.totals.total
    results = {"How computed": fill_computed_sheet(book["How computed"], document, checks, places, adds_up=adds_up)}
    for index, (name, rows) in enumerate(sheets):
        results[name] = _sheet_totals(annexure, columns, index * ROWS_A_SHEET, rows)
    for sheet in book.worksheets:
        put_mark(sheet, watermark_of(document))
    _properties(book, document)
    return book, results


def _properties(book: Workbook, document: InvoiceDocument) -> None:
    from openpyxl.workbook.properties import CalcProperties

    book.active = 0
    book.properties.title = f"{document.title} {document.number or 'draft'}"
    book.properties.creator = document.supplier.name
    book.calculation = CalcProperties(fullCalcOnLoad=True)


def _sheet_totals(annexure: Annexure, columns: list[Column], first: int, rows: int) -> dict[str, int | str]:
    """The sums under a sheet's title, in the smallest unit of each column."""
    part = slice(first, first + rows)
    tail = annexure.period_rows[max(first - len(annexure), 0) : max(first + rows - len(annexure), 0)]
    charged, tax = sum(row.amount for row in tail), sum(row.tax for row in tail)
    passed_on = sum(row.amount for row in tail if not row.is_taxable)
    has_round_off = first + rows > len(annexure) + len(annexure.period_rows)
    taxable = int(annexure.taxable[part].sum()) + charged - passed_on
    tax += int(annexure.tax[part].sum())
    untaxed = int(annexure.non_taxable[part].sum()) + passed_on
    sums = {
        "km": int(annexure.distances[part].sum()),
        "period": charged,
        "taxable": taxable,
        "tax": tax,
        "untaxed": untaxed,
        "total": taxable + tax + untaxed + (annexure.round_off if has_round_off else 0),
    }
    totals: dict[str, int | str] = {}
    for index, column in enumerate(columns):
        if column.charge is not None:
            totals[f"{letter(index)}{TOTALS_ROW}"] = int(annexure.charges[column.charge][part].sum())
        elif column.key in sums:
            amount = sums[column.key]
            totals[f"{letter(index)}{TOTALS_ROW}"] = amount if column.key != "km" else _km(amount)
    return totals


def _km(metres: int) -> str:
    return f"={Decimal(metres).scaleb(-3)}"


def _finish(
    buffer: io.BytesIO,
    target: Path,
    document: InvoiceDocument,
    annexure: Annexure,
    columns: list[Column],
    results: dict[str, dict[str, int | str]],
    progress: Progress | None,
) -> None:
    """Copy the saved book, putting the rows into the annexure and the results into the formulas."""
    with (
        zipfile.ZipFile(buffer) as source,
        zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=_FAST) as sink,
    ):
        parts = _sheet_parts(source)
        for item in source.infolist():
            title = parts.get(item.filename)
            if title is None:
                sink.writestr(item, source.read(item))
                continue
            text = _with_results(source.read(item).decode(), results.get(title, {}))
            if not title.startswith(TITLE):
                sink.writestr(item.filename, text)
                continue
            with sink.open(item.filename, "w", force_zip64=True) as stream:
                for block in _annexure_xml(text, title, document, annexure, columns, progress):
                    stream.write(block.encode())


def _annexure_xml(
    text: str,
    title: str,
    document: InvoiceDocument,
    annexure: Annexure,
    columns: list[Column],
    progress: Progress | None,
) -> Iterator[str]:
    names = [name for name, _ in sheet_names(annexure)]
    rows = dict(sheet_names(annexure))[title]
    first = names.index(title) * ROWS_A_SHEET
    sample = _SAMPLE_ROW.search(text)
    assert sample is not None
    last = letter(len(columns) - 1)
    dimension = f':{last}{FIRST_ROW + max(rows, 1) - 1}"'
    yield text[: sample.start()].replace(f':{last_sample(columns)}{FIRST_ROW}"', dimension, 1)
    done = 0
    for block in stream_rows(annexure, columns, styles_in(text, columns), document.time_zone, first, rows):
        yield block
        done = min(done + 20_000, rows)
        if progress is not None:
            progress(first + done, len(annexure), "Writing the annexure")
    yield text[sample.end() :]


def _sheet_parts(source: zipfile.ZipFile) -> dict[str, str]:
    """File name in the zip -> sheet title."""
    found = re.findall(
        r'<Relationship [^>]*?Target="/?([^"]+)"[^>]*?Id="([^"]+)"', source.read("xl/_rels/workbook.xml.rels").decode()
    )
    relations = {identifier: target for target, identifier in found}
    book = source.read("xl/workbook.xml").decode()
    found = re.findall(r'<sheet [^>]*?name="([^"]+)"[^>]*?r:id="([^"]+)"', book)
    return {_in_xl(relations[identifier]): name for name, identifier in found}


def _in_xl(target: str) -> str:
    return target if target.startswith("xl/") else f"xl/{target}"


def _with_results(text: str, results: dict[str, int | str]) -> str:
    """Put the known result beside each formula."""

    def fill(match: re.Match[str]) -> str:
        place, attributes, formula = match.groups()
        result = results.get(place)
        if result is None:
            return match[0]
        if isinstance(result, int):
            return f'<c r="{place}"{attributes}><f>{formula}</f><v>{rupees(result)}</v></c>'
        if result.startswith("="):
            return f'<c r="{place}"{attributes}><f>{formula}</f><v>{result[1:]}</v></c>'
        return f'<c r="{place}"{attributes} t="str"><f>{formula}</f><v>{result}</v></c>'

    return _FORMULA.sub(fill, text)
