"""Words of the command line: read in one way everywhere, refused with the option's name."""

from __future__ import annotations

import argparse
from datetime import date
from decimal import Decimal

import pytest

from billing.errors import BadInputError
from moveinsync_desktop.commands.typed import day_argument, read_amount, read_day, read_number


def test_good_words() -> None:
    assert read_day("2026-10-31", "--to") == day_argument("2026-10-31") == date(2026, 10, 31)
    assert read_amount("₹ 1,25,000.5", "--amount") == 125_000_50
    assert read_number("0.125", "--percent") == Decimal("0.125")
    assert read_day(None, "--to") is None
    assert read_amount(None, "--amount") is None


@pytest.mark.parametrize("text", ["", "31-10-2026", "2026-13-01", "today"])
def test_no_day(text: str) -> None:
    with pytest.raises(BadInputError) as told:
        read_day(text, "--to")
    assert (told.value.code, told.value.where) == ("BAD_DATE", "--to")
    with pytest.raises(argparse.ArgumentTypeError):
        day_argument(text)


@pytest.mark.parametrize("text", ["", "12,34.50", "1.005", "1e5", "ten"])
def test_no_amount(text: str) -> None:
    with pytest.raises(BadInputError) as told:
        read_amount(text, "--tds")
    assert (told.value.code, told.value.where) == ("BAD_AMOUNT", "--tds")


@pytest.mark.parametrize("text", ["", "x", "NaN", "Infinity", "1,5"])
def test_no_number(text: str) -> None:
    with pytest.raises(BadInputError) as told:
        read_number(text, "--percent")
    assert (told.value.code, told.value.where) == ("NOT_A_NUMBER", "--percent")
