"""Spreading tax over rows: the rows add up to the document, ties go to the first row."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.invoicing.spread import spread_by_group, spread_largest_remainder
from billing.money import split_largest_remainder


def test_ten_equal_trips_share_the_bills_tax() -> None:
    shares = spread_largest_remainder(2255, np.full(10, 1253, dtype=np.int64))
    assert shares.tolist() == [226] * 5 + [225] * 5


def test_no_rows_take_only_nothing() -> None:
    assert spread_largest_remainder(0, np.zeros(0, dtype=np.int64)).tolist() == []
    with pytest.raises(ValueError, match="no rows"):
        spread_largest_remainder(1, np.zeros(0, dtype=np.int64))


def test_rows_that_cancel_out_leave_it_to_the_first() -> None:
    assert spread_largest_remainder(7, np.array([100, -100], dtype=np.int64)).tolist() == [7, 0]


def test_a_penalty_takes_its_part_of_the_tax_with_it() -> None:
    shares = spread_largest_remainder(16200, np.array([100000, -10000], dtype=np.int64))
    assert shares.tolist() == [18000, -1800]


def test_a_negative_bill_is_spread_the_same_way() -> None:
    shares = spread_largest_remainder(-16200, np.array([10000, -100000], dtype=np.int64))
    assert shares.tolist() == [1800, -18000]


def test_each_rate_has_its_own_tax() -> None:
    percents = np.array([5000, 18000, 18000, 0], dtype=np.int64)
    weights = np.array([1000, 1000, 500, 700], dtype=np.int64)
    shares = spread_by_group({5000: 50, 18000: 270}, percents, weights)
    assert shares.tolist() == [50, 180, 90, 0]


def test_tax_of_a_rate_that_no_row_has_is_refused() -> None:
    with pytest.raises(ValueError, match="no rows"):
        spread_by_group({5000: 50}, np.array([18000], dtype=np.int64), np.array([1000], dtype=np.int64))


def test_the_largest_remainders_win() -> None:
    assert spread_largest_remainder(10, np.array([1, 1, 5], dtype=np.int64)).tolist() == [2, 1, 7]
    assert spread_largest_remainder(11, np.array([5, 2, 4], dtype=np.int64)).tolist() == [5, 2, 4]
    assert spread_largest_remainder(5, np.array([1, 2, 4], dtype=np.int64)).tolist() == [1, 1, 3]


@given(
    st.integers(-(10**15), 10**15),
    st.lists(st.integers(-(10**6), 10**13), min_size=1, max_size=12).filter(lambda weights: sum(weights) != 0),
)
def test_columns_are_spread_as_lists_are(total: int, weights: list[int]) -> None:
    """The rule of billing.money, in columns: small amounts in int64, large ones in Python's integers."""
    shares = spread_largest_remainder(total, np.array(weights, dtype=np.int64))
    assert shares.tolist() == split_largest_remainder(total, weights)


def test_amounts_beyond_int64_products_stay_exact() -> None:
    weights = np.array([9 * 10**17, 9 * 10**17, 1], dtype=np.int64)
    shares = spread_largest_remainder(10**15 + 1, weights)
    assert int(shares.sum()) == 10**15 + 1


@given(
    st.integers(-(10**13), 10**13),
    st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=60),
)
def test_shares_add_up_and_are_near_their_exact_part(total: int, weights: list[int]) -> None:
    shares = spread_largest_remainder(total, np.array(weights, dtype=np.int64))
    assert int(shares.sum()) == total
    if sum(weights):
        for share, weight in zip(shares.tolist(), weights, strict=True):
            assert abs(Fraction(total * weight, sum(weights)) - share) < 1
