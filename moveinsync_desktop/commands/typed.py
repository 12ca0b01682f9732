"""Days, amounts and numbers as they are typed on the command line: one reader each, which names the option."""

from __future__ import annotations

import argparse
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import overload

from billing.errors import BadInputError
from billing.money import parse_amount


@overload
def read_day(text: str, where: str) -> date: ...
@overload
def read_day(text: None, where: str) -> None: ...
@overload
def read_day(text: str | None, where: str) -> date | None: ...
def read_day(text: str | None, where: str) -> date | None:
    """A day such as 2026-10-31, None where none is given. Raises BadInputError BAD_DATE naming the option `where`."""
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInputError("BAD_DATE", f'"{text}" is not a date like 2026-10-31.', where=where) from None


def day_argument(text: str) -> date:
    """`type=` of an argument that is a day, for those which argparse may refuse at once."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no date; write it as 2026-10-31") from None


@overload
def read_amount(text: str, where: str) -> int: ...
@overload
def read_amount(text: None, where: str) -> None: ...
@overload
def read_amount(text: str | None, where: str) -> int | None: ...
def read_amount(text: str | None, where: str) -> int | None:
    """Rupees in any usual writing as paise, None where none are given. Raises BadInputError BAD_AMOUNT."""
    if text is None:
        return None
    try:
        return parse_amount(text)
    except ValueError:
        raise BadInputError("BAD_AMOUNT", f'"{text}" is not an amount like 1,250.50.', where=where) from None


def read_number(text: str, where: str) -> Decimal:
    """A decimal number. Raises BadInputError NOT_A_NUMBER, for NaN and infinity too."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise BadInputError("NOT_A_NUMBER", f'"{text}" is not a number.', where=where)
    return value
