"""Rounding, splitting, reading and writing amounts."""
# ruff: noqa: E501 - one row a case

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing import money

PAISE = st.integers(-(10**16), 10**16)


@pytest.mark.parametrize(
    ("over", "under", "up", "down"),
    [(1, 2, 1, 0), (-1, 2, -1, 0), (3, 2, 2, 1), (-3, 2, -2, -1), (1, 3, 0, 0), (2, 3, 1, 1), (0, 7, 0, 0), (849150, 1000, 849, 849), (-5, 5, -1, -1), (6, 4, 2, 1)],
)  # fmt: skip
def test_halves_go_away_from_zero_or_towards_it(over: int, under: int, up: int, down: int) -> None:
    assert (money.half_up(over, under), money.half_down(over, under)) == (up, down)


@given(st.integers(), st.integers(1, 10**12))
def test_rounding_is_off_by_half_at_most(over: int, under: int) -> None:
    for rounded in (money.half_up(over, under), money.half_down(over, under)):
        assert abs(Fraction(over, under) - rounded) <= Fraction(1, 2)


def test_amounts_of_other_kinds() -> None:
    assert money.to_paise(Decimal("84.915")) == 8492
    assert money.to_paise(Decimal("-84.915")) == -8492
    assert money.paise_of(Fraction(1, 3)) == 33
    assert str(money.to_rupees(-5)) == "-0.05"
    assert str(money.to_rupees(10**18)) == "10000000000000000.00"


@pytest.mark.parametrize(
    ("paise", "plain", "indian"),
    [(0, "0.00", "0.00"), (5, "0.05", "0.05"), (-5, "-0.05", "-0.05"), (99999, "999.99", "999.99"), (100000, "1000.00", "1,000.00"), (123456750, "1234567.50", "12,34,567.50"),
     (-1000000000, "-10000000.00", "-1,00,00,000.00")],
)  # fmt: skip
def test_writing(paise: int, plain: str, indian: str) -> None:
    assert money.plain(paise) == plain
    assert money.format_inr(paise) == indian
    assert money.parse_amount(money.format_inr(paise, symbol="₹")) == paise


@given(PAISE)
def test_what_is_written_can_be_read(paise: int) -> None:
    assert money.parse_amount(money.plain(paise)) == paise
    assert money.parse_amount(money.format_inr(paise, symbol="₹")) == paise


@pytest.mark.parametrize(
    ("text", "paise"),
    [("1234567.50", 123456750), ("12,34,567.50", 123456750), ("1,234,567.5", 123456750), ("₹ 1,234", 123400), ("₹1,234", 123400), ("Rs. 500/-", 50000), ("rs 500", 50000), ("INR 5", 500),
     ("-250", -25000), ("₹-250.00", -25000), ("-₹250.00", -25000), ("\u2212250", -25000), ("(250.00)", -25000), (" \u00a07.5\u202f", 750), ("0", 0)],
)  # fmt: skip
def test_pasted_amounts(text: str, paise: int) -> None:
    assert money.parse_amount(text) == paise


@pytest.mark.parametrize(
    "text",
    ["", " ", "abc", "1,2,3", "12,345,67", "1,23,4567", "1.234", "1e5", "1.5.5", "--5", "(-5)", "5 USD", "$5", "1 234", "1_000", "१२", "12,34,567,", ",500", "9" * 30],
)  # fmt: skip
def test_what_is_not_an_amount(text: str) -> None:
    with pytest.raises(ValueError, match=r"amount|larger"):
        money.parse_amount(text)


@pytest.mark.parametrize(
    ("paise", "text"),
    [(0, "Rupees Zero Only"), (100, "Rupees One Only"), (105, "Rupees One and Five Paise Only"), (50, "Rupees Zero and Fifty Paise Only"), (2100, "Rupees Twenty-One Only"),
     (11500, "Rupees One Hundred Fifteen Only"), (123456750, "Rupees Twelve Lakh Thirty-Four Thousand Five Hundred Sixty-Seven and Fifty Paise Only"),
     (1_00_00_000_00, "Rupees One Crore Only"), (12345_67_89_012_00, "Rupees Twelve Thousand Three Hundred Forty-Five Crore Sixty-Seven Lakh Eighty-Nine Thousand Twelve Only"),
     (-4200, "Minus Rupees Forty-Two Only")],
)  # fmt: skip
def test_words(paise: int, text: str) -> None:
    assert money.words(paise) == text


@pytest.mark.parametrize(
    ("total", "weights", "parts"),
    [(2255, [1253] * 10, [226] * 5 + [225] * 5), (10, [1, 1, 1], [4, 3, 3]), (0, [5, 5], [0, 0]), (-10, [1, 1, 1], [-3, -3, -4]), (7, [0, 1], [0, 7]), (5, [0, 0], [3, 2]),
     (100, [200, -100], [200, -100]), (-18, [-100], [-18]), (0, [], [])],
)  # fmt: skip
def test_split(total: int, weights: list[int], parts: list[int]) -> None:
    assert money.split_largest_remainder(total, weights) == parts


@given(PAISE, st.lists(st.integers(0, 10**9), min_size=1, max_size=30))
def test_parts_add_up_and_are_near_their_share(total: int, weights: list[int]) -> None:
    parts = money.split_largest_remainder(total, weights)
    assert sum(parts) == total
    if whole := sum(weights):
        assert all(abs(Fraction(total * weight, whole) - part) < 1 for weight, part in zip(weights, parts, strict=True))


def test_there_must_be_something_to_spread_over() -> None:
    with pytest.raises(ValueError, match="nothing to spread"):
        money.split_largest_remainder(1, [])
