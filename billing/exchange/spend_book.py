"""Spend by month as a workbook: typed cells in the styles of the invoice template, one landscape page wide."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal

from billing.exchange.book.annexure import letter
from billing.exchange.book.cells import COUNT, kilometre_format, put_footer, put_money, put_number, put_text
from billing.exchange.files import replacing

HEADER_ROW, FIRST_ROW = 4, 5


@dataclass(frozen=True, slots=True)
class SpendSheet:
    """A table of names and figures; the last row is the total. Figures are paise, metres or counts by `unit`."""

    title: str
    subtitle: str
    headers: Sequence[str]
    rows: Sequence[Sequence[Any]]
    unit: Literal["money", "km", "count"]
    note: str = ""


def write_spend_book(target: Path, content: SpendSheet) -> Path:
    """Write the workbook at `target`; gives the path. Raises UnavailableError FILE_IN_USE when it is open elsewhere."""
    from openpyxl import load_workbook

    with (files("resources") / "templates" / "invoice.xlsx").open("rb") as stream:
        book = load_workbook(stream)
    sheet = book.create_sheet("Spend by month", 0)
    for other in book.worksheets[1:]:
        book.remove(other)
    _fill(sheet, content)
    with replacing(target) as temporary:
        book.save(temporary)
    return Path(target)


def _fill(sheet: Any, content: SpendSheet) -> None:
    put_text(sheet, "A1", content.title, "mis_section")
    put_text(sheet, "A2", content.subtitle, "mis_note").alignment = None
    for index, words in enumerate(content.headers):
        put_text(sheet, f"{letter(index)}{HEADER_ROW}", words, "mis_head_right" if index else "mis_head")
        sheet.column_dimensions[letter(index)].width = 15 if index else 40
    last = len(content.rows) - 1
    for offset, (name, *figures) in enumerate(content.rows):
        row, is_total = FIRST_ROW + offset, offset == last
        put_text(sheet, f"A{row}", name, "mis_sum_label" if is_total else "mis_cell_plain")
        for index, figure in enumerate(figures, start=1):
            style = "mis_sum" if is_total else "mis_cell_right"
            _put(sheet, f"{letter(index)}{row}", figure, content.unit, style)
    if content.note:
        put_text(sheet, f"A{FIRST_ROW + len(content.rows) + 1}", content.note, "mis_note").alignment = None
    _print_set_up(sheet, content.title)


def _put(sheet: Any, place: str, figure: int | None, unit: str, style: str) -> None:
    if figure is None:
        sheet[place].style = style
    elif unit == "money":
        put_money(sheet, place, figure, style)
    elif unit == "km":
        put_number(sheet, place, Decimal(figure).scaleb(-3), style, kilometre_format([figure]))
    else:
        put_number(sheet, place, figure, style, COUNT)


def _print_set_up(sheet: Any, title: str) -> None:
    sheet.sheet_view.showGridLines = False
    sheet.freeze_panes = f"B{FIRST_ROW}"
    sheet.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"
    sheet.page_setup.paperSize, sheet.page_setup.orientation = 9, "landscape"
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    put_footer(sheet, title)
