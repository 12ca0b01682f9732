"""Make resources/templates/invoice.xlsx: sheets, named styles, widths and print set-up of the invoice workbook.

Run it after changing the look; the program fills the template and never styles a cell by hand.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side
from openpyxl.worksheet.worksheet import Worksheet

TARGET = Path(__file__).resolve().parents[2] / "resources" / "templates" / "invoice.xlsx"
FACE = "Calibri"
INK, SECONDARY, LABEL, ACCENT, DANGER, DONE = "151A23", "454E5E", "5D6676", "3049BC", "B0261E", "176B3E"
ROW_LINE, TABLE_LINE, SUBTLE = "EDEFF2", "98A1AE", "F4F5F7"

WIDTHS: dict[str, tuple[float, ...]] = {
    "Invoice": (4.5, 22, 15, 13, 13, 13, 9, 17),
    "Charges": (36, 12, 10, 10, 14, 18, 12),
    "Trips": (7, 22, 17, 17, 13, 14, 16, 11, 8),
    "How computed": (44, 20, 20, 16, 15, 12),
}


def _side(colour: str, kind: Any = "thin") -> Side:
    return Side(style=kind, color=colour)


def _style(
    name: str,
    *,
    size: float = 10,
    bold: bool = False,
    colour: str = INK,
    align: Any = "left",
    vertical: Any = "center",
    wrap: bool = False,
    fill: str | None = None,
    top: Side | None = None,
    bottom: Side | None = None,
    indent: int = 0,
) -> NamedStyle:
    style = NamedStyle(name=name)
    style.font = Font(name=FACE, size=size, bold=bold, color=colour)
    style.alignment = Alignment(horizontal=align, vertical=vertical, wrap_text=wrap, indent=indent)
    if fill:
        style.fill = PatternFill("solid", start_color=fill)
    style.border = Border(top=top, bottom=bottom)
    return style


def _styles() -> list[NamedStyle]:
    row, table = _side(ROW_LINE), _side(TABLE_LINE)
    return [
        _style("mis_text"),
        _style("mis_strong", bold=True),
        _style("mis_address", colour=SECONDARY, wrap=True, vertical="top"),
        _style("mis_party", size=14, bold=True),
        _style("mis_title", size=18, bold=True, colour=ACCENT, align="right"),
        _style("mis_aside", size=9, colour=LABEL, align="right"),
        _style("mis_label", size=8.5, colour=LABEL, vertical="bottom"),
        _style("mis_note", size=9, colour=SECONDARY, wrap=True, vertical="top"),
        _style("mis_warning", size=10, bold=True, colour=DANGER, align="right"),
        _style("mis_rule", bottom=table),
        _style("mis_section", size=12, bold=True, vertical="bottom"),
        _style("mis_head", size=9, bold=True, colour=SECONDARY, fill=SUBTLE, bottom=table, wrap=True),
        _style(
            "mis_head_right", size=9, bold=True, colour=SECONDARY, fill=SUBTLE, bottom=table, align="right", wrap=True
        ),
        _style("mis_cell", bottom=row, wrap=True),
        _style("mis_cell_plain", bottom=row),
        _style("mis_cell_right", bottom=row, align="right"),
        _style("mis_cell_centre", bottom=row, align="center"),
        _style("mis_number", align="right"),
        _style("mis_cell_number", bottom=row, align="right"),
        _style("mis_money", align="right"),
        _style("mis_cell_money", bottom=row, align="right"),
        _style("mis_cell_minus", bottom=row, align="right", colour=DANGER),
        _style("mis_minus", align="right", colour=DANGER),
        _style("mis_sum_label", bold=True, top=table, fill=SUBTLE),
        _style("mis_sum", bold=True, top=table, fill=SUBTLE, align="right"),
        _style("mis_total_label", indent=2),
        _style("mis_grand_label", size=12, bold=True, indent=1, top=_side(INK, "medium"), bottom=_side(INK, "medium")),
        _style("mis_grand", size=12, bold=True, top=_side(INK, "medium"), bottom=_side(INK, "medium"), align="right"),
        _style("mis_check", align="right", colour=ACCENT),
        _style("mis_ok", bold=True, colour=DONE, align="center", bottom=row),
        _style("mis_head_centre", size=9, bold=True, colour=SECONDARY, fill=SUBTLE, bottom=table, align="center"),
        _style("mis_words", size=10, bold=True, wrap=True),
    ]


def _page(sheet: Worksheet, *, landscape: bool) -> None:
    sheet.sheet_view.showGridLines = False
    sheet.page_setup.paperSize = 9  # A4
    sheet.page_setup.orientation = "landscape" if landscape else "portrait"
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True  # type: ignore[union-attr]
    sheet.print_options.horizontalCentered = True
    sheet.page_margins.left = sheet.page_margins.right = 0.5
    sheet.page_margins.top, sheet.page_margins.bottom = 0.55, 0.7
    sheet.page_margins.header = sheet.page_margins.footer = 0.3
    footer = sheet.oddFooter
    assert footer is not None
    footer.right.text = "Page &P of &N"
    footer.right.size = 8


def main() -> None:
    """Write the template."""
    book = Workbook()
    first = book.active
    assert first is not None
    book.remove(first)
    for style in _styles():
        book.add_named_style(style)
    book._named_styles["Normal"].font = Font(name=FACE, size=10)  # type: ignore[attr-defined]
    for title, widths in WIDTHS.items():
        sheet = book.create_sheet(title)
        _page(sheet, landscape=title in ("Trips",))
        for index, width in enumerate(widths):
            sheet.column_dimensions["ABCDEFGHIJKLMNOPQRSTUVWXYZ"[index]].width = width
    book.save(TARGET)


if __name__ == "__main__":
    main()
