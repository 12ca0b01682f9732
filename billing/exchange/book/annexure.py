"""The trip annexure: header and one sample row by openpyxl, all other rows streamed as XML (PLATFORM.md A4).

100,000 rows take about as long as copying them: openpyxl never holds them, the sample row lends its styles.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from billing.exchange.book.cells import (
    BELOW_ZERO,
    INDIAN,
    SIGNED,
    STAMP,
    align,
    below_zero,
    clean_text,
    group_by_size,
    kilometre_format,
    put_text,
)
from billing.exchange.localtime import excel_serials
from billing.invoicing.lines import describe, line_order
from billing.invoicing.tax import percent_text
from billing.schemas.annexure import Annexure
from billing.schemas.invoices import ChargeLevel

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

TITLE = "Trips"
HEADER_ROW = 4
TOTALS_ROW = 3
FIRST_ROW = 5
ROWS_A_SHEET = 1_000_000
"""Excel ends at 1,048,576 rows; longer annexures go on in a further sheet."""

_BLOCK = 20_000
_PERIOD_STATUS = "Month"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: key, heading, kind ('text', 'stamp', 'int', 'km', 'money') and width."""

    key: str
    heading: str
    kind: str
    width: float
    charge: tuple[str, bool] | None = None


def columns_of(annexure: Annexure) -> list[Column]:
    """The columns of this annexure: fixed facts, one column a charge that occurs, then the row's sums."""
    charges = sorted(annexure.charges, key=lambda key: line_order(key[0], ChargeLevel.TRIP, 0 if key[1] else 1))
    return [
        Column("number", "#", "int", 7),
        Column("trip_id", "Trip", "text", max(_text_width(annexure.trip_ids), 24)),
        Column("start", "Start", "stamp", 16),
        Column("end", "End", "stamp", 16),
        Column("status", "Status", "text", 12.5),
        Column("vehicle", "Vehicle", "text", 13.5),
        Column("rider", "Riders", "text", _text_width(annexure.riders)),
        Column("km", "Km", "km", 10),
        Column("version", "Rules version", "int", 8),
        *(
            Column("charge", describe(code, ChargeLevel.TRIP, is_taxable=taxed), "money", 12.5, (code, taxed))
            for code, taxed in charges
        ),
        *([Column("period", "Period charge", "money", 14)] if annexure.period_rows else []),
        Column("taxable", "Taxable ₹", "money", 14),
        Column("percent", "Tax %", "percent", 7),
        Column("tax", "Tax ₹", "money", 13),
        Column("untaxed", "Untaxed ₹", "money", 11),
        Column("total", "Total ₹", "money", 15),
    ]


def _text_width(texts: Sequence[str]) -> float:
    """Room for the texts as they are, within reason."""
    return min(max(max(map(len, texts), default=0) * 1.05 + 1, 9), 36)


def letter(index: int) -> str:
    """The name of the column at `index`, 0 is A."""
    name = ""
    index += 1
    while index:
        index, part = divmod(index - 1, 26)
        name = chr(65 + part) + name
    return name


def place_of(columns: list[Column], key: str, charge: tuple[str, bool] | None = None) -> str:
    """The letter of a column."""
    for index, column in enumerate(columns):
        if column.key == key and column.charge == charge:
            return letter(index)
    raise KeyError(key)


def row_count(annexure: Annexure) -> int:
    """Rows under the header: trips, period charges, and the round-off where there is one."""
    return len(annexure) + len(annexure.period_rows) + (1 if annexure.round_off else 0)


def sheet_names(annexure: Annexure) -> list[tuple[str, int]]:
    """(name, rows) of each annexure sheet."""
    rest = row_count(annexure)
    names: list[tuple[str, int]] = []
    while rest > 0 or not names:
        name = TITLE if not names else f"{TITLE} {len(names) + 1}"
        names.append((name, min(rest, ROWS_A_SHEET)))
        rest -= ROWS_A_SHEET
    return names


_FORMATS = {"stamp": STAMP, "int": "0", "money": INDIAN, "percent": "0.###"}


def format_of(column: Column, annexure: Annexure) -> str:
    """The number format of a column; amounts below zero have formats of their own (BELOW_ZERO)."""
    if column.kind == "km":
        return kilometre_format(annexure.distances.tolist())
    return _FORMATS.get(column.kind, "General")


def _put_sum(sheet: Worksheet, place: str, formula: str, column: Column, annexure: Annexure) -> None:
    """The sum over a column, which follows the filter: where a row is below zero the grouping follows its size."""
    cell = sheet[place]
    cell.value, cell.number_format = formula, format_of(column, annexure)
    if column.kind == "money" and min(_all_amounts(annexure, column), default=0) < 0:
        cell.number_format = SIGNED
        group_by_size(sheet, place)


def _all_amounts(annexure: Annexure, column: Column) -> list[int]:
    """Every amount of a column, those under the trips included."""
    tail = {
        "period": [row.amount for row in annexure.period_rows],
        "taxable": [row.amount for row in annexure.period_rows if row.is_taxable],
        "untaxed": [row.amount for row in annexure.period_rows if not row.is_taxable],
        "tax": [row.tax for row in annexure.period_rows],
        "total": [row.amount + row.tax for row in annexure.period_rows] + [annexure.round_off],
    }
    trips = [] if column.key == "period" else _amounts(annexure, column).tolist()
    return [*trips, *tail.get(column.key, ())]


def prepare_sheet(sheet: Worksheet, annexure: Annexure, columns: list[Column], title: str, rows: int) -> None:
    """Title, totals, header and the sample row; the totals are live (they follow the filter)."""
    put_text(sheet, "A1", title, "mis_section")
    sheet.row_dimensions[1].height = 22
    last = FIRST_ROW + max(rows, 1) - 1
    for index, column in enumerate(columns):
        name = letter(index)
        sheet.column_dimensions[name].width = column.width
        right = column.kind in ("money", "km", "int", "percent") and column.key != "number"
        put_text(sheet, f"{name}{HEADER_ROW}", column.heading, "mis_head_right" if right else "mis_head")
        total = sheet[f"{name}{TOTALS_ROW}"]
        total.style = "mis_sum" if right else "mis_sum_label"
        if column.kind in ("money", "km"):
            formula = f"=SUBTOTAL(109,{name}{FIRST_ROW}:{name}{last})"
            _put_sum(sheet, f"{name}{TOTALS_ROW}", formula, column, annexure)
        sample = sheet[f"{name}{FIRST_ROW}"]
        sample.value = "sample" if column.kind == "text" else 0
        sample.style = "mis_text" if column.kind in ("text", "stamp") else "mis_number"
        sample.number_format = format_of(column, annexure)
        if column.key == "number":
            align(sample, horizontal="left")
    for index, form in enumerate(BELOW_ZERO, start=len(columns)):
        sample = sheet[f"{letter(index)}{FIRST_ROW}"]
        sample.value, sample.style, sample.number_format = 0, "mis_minus", form
    put_text(sheet, f"A{TOTALS_ROW}", "Total of the rows shown", "mis_sum_label")
    sheet.row_dimensions[HEADER_ROW].height = 30
    sheet.freeze_panes = f"C{FIRST_ROW}"
    sheet.auto_filter.ref = f"A{HEADER_ROW}:{letter(len(columns) - 1)}{last}"
    sheet.print_title_rows = f"{HEADER_ROW}:{HEADER_ROW}"


_CELL_STYLE = re.compile(rf'<c r="([A-Z]+){FIRST_ROW}"[^>]*? s="(\d+)"')


def last_sample(columns: list[Column]) -> str:
    """The letter of the last cell of the sample row: behind the columns stand the styles of amounts below zero."""
    return letter(len(columns) + len(BELOW_ZERO) - 1)


def styles_in(sheet_xml: str, columns: list[Column]) -> list[str]:
    """The style ids of the sample row: a column each, then those of amounts below zero."""
    found = dict(_CELL_STYLE.findall(sheet_xml))
    return [found[letter(index)] for index in range(len(columns) + len(BELOW_ZERO))]


def stream_rows(
    annexure: Annexure, columns: list[Column], styles: list[str], time_zone: str, first: int, count: int
) -> Iterator[str]:
    """The XML of rows `first` to `first + count` of the annexure, in blocks."""
    number = FIRST_ROW
    trips = len(annexure)
    end = first + count
    for begin in range(first, min(end, trips), _BLOCK):
        stop = min(begin + _BLOCK, end, trips)
        cells = [_trip_cells(annexure, column, time_zone, begin, stop) for column in columns]
        yield "".join(_rows(cells, columns, styles, number))
        number += stop - begin
    tail = _tail_rows(annexure, columns)[max(first - trips, 0) : max(end - trips, 0)]
    if tail:
        yield "".join(_rows([list(column) for column in zip(*tail, strict=True)], columns, styles, number))


def _rows(cells: list[list[Any]], columns: list[Column], styles: list[str], number: int) -> Iterator[str]:
    forms = [_form(letter(index), column, styles[index], cells[index]) for index, column in enumerate(columns)]
    minus = styles[len(columns) :]
    cells = [
        _signed(values, style, minus) if form[1].endswith("s=") else values
        for values, form, style in zip(cells, forms, styles, strict=False)
    ]
    for offset, row in enumerate(zip(*cells, strict=True)):
        place = str(number + offset)
        inner = "".join(
            [form[0] + place + form[1] + value + form[2] for form, value in zip(forms, row, strict=True) if value]
        )
        yield f'<row r="{place}">{inner}</row>'


def _form(name: str, column: Column, style: str, values: list[Any]) -> tuple[str, str, str]:
    """What stands before the row number, between it and the value, and behind the value of a column's cells."""
    if column.kind == "text":
        return f'<c r="{name}', f'" s="{style}" t="inlineStr"><is><t xml:space="preserve">', "</t></is></c>"
    if column.kind == "money" and any(value[:1] == "-" for value in values):
        return f'<c r="{name}', '" s=', "</v></c>"  # the value brings its own style
    return f'<c r="{name}', f'" s="{style}"><v>', "</v></c>"


def _signed(values: list[str], style: str, minus: list[str]) -> list[str]:
    """Amounts with their style: a conditional format drops or doubles a minus sign, program by program."""
    plain = f'"{style}"><v>'
    return [
        value and (f'"{minus[below_zero(value)]}"><v>{value}' if value[0] == "-" else plain + value) for value in values
    ]


def _trip_cells(annexure: Annexure, column: Column, time_zone: str, begin: int, stop: int) -> list[str]:
    """One column of a block as XML values; an empty string is an empty cell."""
    part = slice(begin, stop)
    texts = {
        "trip_id": annexure.trip_ids,
        "status": annexure.statuses,
        "vehicle": annexure.vehicles,
        "rider": annexure.riders,
    }
    if column.key in texts:
        written: dict[str, str] = {}  # cabs and states repeat
        if column.key == "status":
            written = {text: _xml(status_words(text)) for text in set(annexure.statuses[part])}
        return [written.get(text) or written.setdefault(text, _xml(text)) for text in texts[column.key][part]]
    if column.key == "number":
        return [str(number + 1) for number in range(begin, stop)]
    if column.key in ("start", "end"):
        return excel_serials((annexure.starts if column.key == "start" else annexure.ends)[part], time_zone)
    if column.key == "km":
        return [_scaled(value, 3) for value in annexure.distances[part].tolist()]
    if column.key == "version":
        return [str(value) if value else "" for value in annexure.versions[part].tolist()]
    if column.key == "percent":
        return [percent_text(value) for value in annexure.percents[part].tolist()]
    if column.key == "period":
        return [""] * (stop - begin)
    amounts = _amounts(annexure, column)[part].tolist()
    shown = annexure.shown.get(column.charge) if column.charge else None
    if shown is None:
        return [_money(value) for value in amounts]
    return [_money(value) if line else "" for value, line in zip(amounts, shown[part].tolist(), strict=True)]


def _amounts(annexure: Annexure, column: Column) -> Any:
    if column.charge is not None:
        return annexure.charges[column.charge]
    sums = {"taxable": annexure.taxable, "tax": annexure.tax, "untaxed": annexure.non_taxable}
    if column.key in sums:
        return sums[column.key]
    return annexure.taxable + annexure.tax + annexure.non_taxable


def _tail_rows(annexure: Annexure, columns: list[Column]) -> list[tuple[str, ...]]:
    """Period charges and the round-off as rows under the trips."""
    number = len(annexure)
    rows = []
    for row in annexure.period_rows:
        number += 1
        values = {
            "number": str(number),
            "trip_id": _xml(row.label),
            "status": _PERIOD_STATUS,
            "vehicle": _xml(row.slot),
            "version": str(row.version) if row.version else "",
            "period": _money(row.amount),
            "taxable" if row.is_taxable else "untaxed": _money(row.amount),
            "percent": percent_text(row.percent_milli) if row.is_taxable else "",
            "tax": _money(row.tax) if row.is_taxable else "",
            "total": _money(row.amount + row.tax),
        }
        rows.append(tuple(values.get(column.key, "") for column in columns))
    if annexure.round_off:
        values = {"number": str(number + 1), "trip_id": "Round off", "status": _PERIOD_STATUS}
        values["total"] = _money(annexure.round_off)
        rows.append(tuple(values.get(column.key, "") for column in columns))
    return rows


def status_words(status: str) -> str:
    """`NO_SHOW` as people say it."""
    return status.replace("_", " ").capitalize()


def _xml(text: str) -> str:
    return escape(clean_text(text)) if text else ""


def _money(paise: int) -> str:
    return _scaled(paise, 2)


def _scaled(value: int, digits: int) -> str:
    """An integer of the smallest unit as an exact decimal text."""
    text = str(value)
    if value >= 1000:  # all its digits are there
        return f"{text[:-digits]}.{text[-digits:]}"
    sign, text = ("-", text[1:]) if value < 0 else ("", text)
    text = text.rjust(digits + 1, "0")
    return f"{sign}{text[:-digits]}.{text[-digits:]}"
