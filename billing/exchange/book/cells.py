"""Cells that are what they look like: numbers as numbers, dates as dates, text never a formula."""

from __future__ import annotations

import re
from collections.abc import Iterable
from copy import copy
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

MAX_TEXT = 32_767
"""Excel's limit of characters in a cell; openpyxl would cut silently."""

INDIAN = r"[>=10000000]##\,##\,##\,##0.00;[>=100000]##\,##\,##0.00;##,##0.00"
SIGNED = "##,##0.00"
"""For amounts that may be below zero: a conditional format drops or doubles their sign, program by program."""

_LAKH_BELOW_ZERO = r"##\,##\,##0.00"
_CRORE_BELOW_ZERO = r"##\,##\,##\,##0.00"
BELOW_ZERO = (SIGNED, _LAKH_BELOW_ZERO, _CRORE_BELOW_ZERO)
"""The formats of an amount below zero: to a lakh, to a crore, beyond."""

COUNT = r"[>=10000000]##\,##\,##\,##0;[>=100000]##\,##\,##0;##,##0"
DATE = "dd-mm-yyyy"
STAMP = "dd-mm-yyyy hh:mm"

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")


def clean_text(text: str) -> str:
    """`text` without characters that XML cannot hold and not longer than a cell takes."""
    return _FORBIDDEN.sub("\ufffd", text)[:MAX_TEXT]


def rupees(paise: int) -> Decimal:
    """Paise as the exact decimal of rupees."""
    return Decimal(paise).scaleb(-2)


def money_format(paise: int) -> str:
    """Indian grouping for an amount of this sign."""
    return INDIAN if paise >= 0 else BELOW_ZERO[below_zero(f"{rupees(paise):.2f}")]


def below_zero(amount: str) -> int:
    """Which of BELOW_ZERO an amount wants, written as `-1234.50`."""
    digits = len(amount) - len("-.00")
    return 0 if digits < 6 else 1 if digits < 8 else 2


def group_by_size(sheet: Worksheet, place: str) -> None:
    """Indian grouping for a live figure of either sign: a number format knows two conditions, this needs four."""
    from openpyxl.formatting.rule import Rule
    from openpyxl.styles.differential import DifferentialStyle
    from openpyxl.styles.numbers import NumberFormat

    up: Literal["greaterThanOrEqual"] = "greaterThanOrEqual"
    down: Literal["lessThanOrEqual"] = "lessThanOrEqual"
    crore, lakh = 10_000_000, 100_000
    for operator, limit, size in ((up, crore, 2), (up, lakh, 1), (down, -crore, 2), (down, -lakh, 1)):
        form = NumberFormat(numFmtId=200 + size, formatCode=BELOW_ZERO[size])
        style = DifferentialStyle(numFmt=form)
        sheet.conditional_formatting.add(
            place, Rule(type="cellIs", operator=operator, formula=[str(limit)], dxf=style, stopIfTrue=True)
        )


def kilometre_format(metres: Iterable[int]) -> str:
    """Indian grouping with as many decimals, one to three, as these distances need: figures stay in line."""
    needed = 1
    for value in metres:
        if value % 10:
            needed = 3
            break
        if value % 100:
            needed = 2
    places = "0" * needed
    return rf"[>=10000000]##\,##\,##\,##0.{places};[>=100000]##\,##\,##0.{places};##,##0.{places}"


def count_of(what: str) -> str:
    """The format of a count with its noun: `1,23,456 trips`."""
    return ";".join(f'{section}" {what}"' for section in COUNT.split(";"))


def with_rupee_sign(number_format: str) -> str:
    """The same format with the rupee sign before the figure, in each of its sections."""
    return ";".join(re.sub(r"^(\[[^\]]*\])?", r'\1"₹ "', section) for section in number_format.split(";"))


def align(cell: Any, **changes: Any) -> None:
    """Change parts of a cell's alignment, keeping the rest of its style."""
    alignment = copy(cell.alignment)
    for name, value in changes.items():
        setattr(alignment, name, value)
    cell.alignment = alignment


def put_footer(sheet: Worksheet, text: str) -> None:
    """What stands at the left of every printed page; the page number is in the template."""
    footer = sheet.oddFooter
    assert footer is not None
    footer.left.text = clean_text(text).replace("&", "&&")
    footer.left.size = 8


def put_mark(sheet: Worksheet, text: str) -> None:
    """A word in the middle of every printed page's head; none for none."""
    header = sheet.oddHeader
    assert header is not None
    if text:
        header.center.text, header.center.size, header.center.font = text, 14, "Calibri,Bold"


def put_text(sheet: Worksheet, place: str, text: str, style: str = "mis_text") -> Any:
    """Text that stays text, whatever it begins with."""
    cell = sheet[place]
    cell.value = clean_text(text)
    cell.data_type = "s"
    cell.style = style
    return cell


def put_money(sheet: Worksheet, place: str, paise: int, style: str = "mis_money") -> Any:
    """An amount in rupees, exact, right-aligned, in Indian grouping."""
    cell = sheet[place]
    cell.value = rupees(paise)
    cell.style = style
    cell.number_format = money_format(paise)
    return cell


def put_number(
    sheet: Worksheet, place: str, number: int | Decimal, style: str = "mis_number", number_format: str = COUNT
) -> Any:
    """A count or quantity."""
    cell = sheet[place]
    cell.value = number
    cell.style = style
    cell.number_format = number_format
    return cell


def put_date(sheet: Worksheet, place: str, day: date | datetime, style: str = "mis_text") -> Any:
    """A real date; a datetime must be local time without zone (Excel knows none)."""
    cell = sheet[place]
    cell.value = day
    cell.style = style
    cell.number_format = STAMP if isinstance(day, datetime) else DATE
    return cell


def put_formula(sheet: Worksheet, place: str, formula: str, style: str, result: int = 0) -> Any:
    """A live formula of ours (never of a user); its stored result is filled in when the file is finished."""
    cell = sheet[place]
    cell.value = formula
    cell.style = style
    if "money" in style:
        cell.number_format = money_format(result)
    return cell
