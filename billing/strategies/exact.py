"""Exact column arithmetic: int64 while the bound allows it, the same formula on Python ints where it does not.

Every product checks its bound first (two passes over the data, about a millisecond a million rows). Arrays of
dtype object hold Python ints; they leave here only through `as_paise`, which refuses what int64 cannot keep.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from billing.errors import BadInputError
from billing.money import INT64_MAX
from billing.schemas.trip_columns import IntArray

Ints: TypeAlias = NDArray[Any]
"""int64, or dtype object holding Python ints."""
Operand: TypeAlias = NDArray[Any] | int


CHUNK_ROWS = 1 << 16
"""So many rows of a few columns fit the processor's cache."""


def in_chunks(count: int) -> Iterator[slice]:
    """The rows of a long column, part by part."""
    for first in range(0, count, CHUNK_ROWS):
        yield slice(first, min(first + CHUNK_ROWS, count))


def widest(values: Operand) -> int:
    """The largest magnitude among the values; 0 where there are none."""
    if isinstance(values, int):
        return abs(values)
    if not len(values):
        return 0
    return max(int(values.max()), -int(values.min()))


def _wide(values: Operand) -> Operand:
    return values if isinstance(values, int) or values.dtype == object else values.astype(object)


def times(left: Operand, right: Operand) -> Ints:
    """The product, exact. One of the two is an array."""
    one, other = widest(left), widest(right)
    if max(one * other, one, other) > INT64_MAX:
        left, right = _wide(left), _wide(right)
    return left * right  # type: ignore[return-value]


def plus(left: Ints, right: Operand) -> Ints:
    """The sum, exact."""
    if widest(left) + widest(right) > INT64_MAX:
        return _wide(left) + _wide(right)  # type: ignore[return-value]
    return left + right


def divided_half_up(numerator: Ints, denominator: Operand) -> Ints:
    """Numerator / denominator as whole numbers, halves away from zero; denominators are positive."""
    return _divided(numerator, denominator, half_down=False)


def divided_half_down(numerator: Ints, denominator: Operand) -> Ints:
    """The same with halves towards zero (taxes of older reports)."""
    return _divided(numerator, denominator, half_down=True)


def _divided(numerator: Ints, denominator: Operand, *, half_down: bool) -> Ints:
    if not len(numerator):
        return numerator
    if isinstance(denominator, int) and denominator > INT64_MAX:
        numerator = numerator.astype(object)
    if int(numerator.min()) < 0:
        size = _divided(abs(numerator), denominator, half_down=half_down)
        return np.where(numerator < 0, -size, size)
    half = (denominator - 1) // 2 if half_down else denominator // 2
    return plus(numerator, half) // denominator


def divided_up(numerator: Ints, denominator: int) -> Ints:
    """Numerator / denominator rounded up to a whole number; numerators are not negative."""
    return -(-numerator // denominator)


def total(values: Ints) -> int:
    """The sum as a Python int, exact."""
    if not len(values):
        return 0
    if values.dtype != object and widest(values) * len(values) > INT64_MAX:
        values = values.astype(object)
    return int(values.sum())


def running_total(values: Ints) -> Ints:
    """The cumulative sum, exact."""
    if len(values) and values.dtype != object and widest(values) * len(values) > INT64_MAX:
        values = values.astype(object)
    return values.cumsum()


def as_paise(values: Ints) -> IntArray:
    """The values as int64. Raises BadInputError where an amount is larger than that."""
    if values.dtype != object:
        return values
    if widest(values) > INT64_MAX:
        raise BadInputError("BAD_INPUT", "A charge is larger than any amount that can be kept", where="trips")
    return values.astype(np.int64)


def check_amount(paise: int, where: str) -> int:
    """The amount itself. Raises BadInputError where it is larger than int64 paise."""
    if abs(paise) > INT64_MAX:
        raise BadInputError("BAD_INPUT", "An amount is larger than any that can be kept", where=where)
    return paise
