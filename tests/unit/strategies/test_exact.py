"""Column arithmetic is exact on both sides of the bounds of int64."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.errors import BadInputError
from billing.money import half_down, half_up
from billing.strategies import exact

LARGEST = 2**63 - 1
NUMBERS = st.one_of(
    st.integers(-100, 100), st.integers(-LARGEST, LARGEST), st.sampled_from([LARGEST, -LARGEST, LARGEST // 2, 2**32])
)
COLUMNS = st.lists(NUMBERS, min_size=1, max_size=6)
WHOLE = st.integers(1, 10**13) | st.sampled_from([1, 2, 3, 10**25])


def column(values: list[int]) -> Any:
    return np.array(values, np.int64)


@pytest.mark.parametrize(
    ("operate", "plain"),
    [(exact.times, lambda a, b: a * b), (exact.plus, lambda a, b: a + b)],
    ids=["times", "plus"],
)
@given(left=COLUMNS, right=NUMBERS | st.sampled_from([10**30, -(10**30), LARGEST + 1]))
def test_columns_with_one_number(
    operate: Callable[[Any, Any], Any], plain: Callable[[int, int], int], left: list[int], right: int
) -> None:
    assert operate(column(left), right).tolist() == [plain(value, right) for value in left]


@given(pairs=st.lists(st.tuples(NUMBERS, NUMBERS), min_size=1, max_size=6))
def test_columns_with_columns(pairs: list[tuple[int, int]]) -> None:
    left, right = (column([pair[side] for pair in pairs]) for side in (0, 1))
    assert exact.times(left, right).tolist() == [one * other for one, other in pairs]
    assert exact.plus(left, right).tolist() == [one + other for one, other in pairs]


@given(values=COLUMNS)
def test_sums(values: list[int]) -> None:
    assert exact.total(column(values)) == sum(values)
    assert exact.running_total(column(values)).tolist() == [sum(values[: end + 1]) for end in range(len(values))]
    assert exact.widest(column(values)) == max(map(abs, values))


@given(values=COLUMNS, whole=WHOLE)
def test_rounding(values: list[int], whole: int) -> None:
    assert exact.divided_half_up(column(values), whole).tolist() == [half_up(value, whole) for value in values]
    assert exact.divided_half_down(column(values), whole).tolist() == [half_down(value, whole) for value in values]


@given(values=st.lists(st.integers(0, LARGEST), min_size=1), whole=st.integers(1, LARGEST))
def test_rounding_up(values: list[int], whole: int) -> None:
    assert exact.divided_up(column(values), whole).tolist() == [-(-Fraction(value, whole) // 1) for value in values]


@pytest.mark.parametrize("operate", [exact.total, exact.widest])
def test_nothing_comes_to_nothing(operate: Callable[[Any], int]) -> None:
    assert operate(column([])) == 0


def test_empty_columns_with_huge_numbers() -> None:
    for operate in (exact.times, exact.plus):
        assert len(operate(column([]), 10**30)) == 0
    assert len(exact.divided_half_up(column([]), 10**30)) == 0


@pytest.mark.parametrize("paise", [LARGEST, -LARGEST])
def test_the_largest_amount_is_kept(paise: int) -> None:
    assert exact.as_paise(np.array([paise], object)).tolist() == [paise]
    assert exact.check_amount(paise, "total") == paise


@pytest.mark.parametrize("paise", [LARGEST + 1, -LARGEST - 1])
def test_what_is_larger_is_refused(paise: int) -> None:
    with pytest.raises(BadInputError):
        exact.as_paise(np.array([paise], object))
    with pytest.raises(BadInputError):
        exact.check_amount(paise, "total")


@pytest.mark.parametrize("count", [0, 1, exact.CHUNK_ROWS, exact.CHUNK_ROWS + 1])
def test_parts_cover_every_row_once(count: int) -> None:
    assert [row for part in exact.in_chunks(count) for row in range(part.start, part.stop)] == list(range(count))
