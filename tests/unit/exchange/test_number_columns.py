"""Number cells read all at once come out as each of them does alone: exact, or refused with the same words."""

from __future__ import annotations

import struct
from random import Random
from typing import Any

import pytest

from billing.exchange.sheets.numbers import DistanceParser, ScaledParser, memoised

DRAW = Random(41)


def cells(count: int) -> list[Any]:
    """Cells as sheets have them, and the doubles just beside them."""
    kinds = (
        lambda: DRAW.random() * DRAW.choice([1, 10, 1e3, 1e6]),
        lambda: round(DRAW.random() * 1000, DRAW.randrange(6)),
        lambda: DRAW.randrange(10 ** DRAW.randrange(1, 14)),
        lambda: DRAW.randrange(10**6) / 1000,
        lambda: DRAW.randrange(10**15) / 1000,
        lambda: -DRAW.random() * 5,
        lambda: DRAW.randrange(600) / 60,
        lambda: sum([0.1] * DRAW.randrange(1, 30)),
        lambda: DRAW.randrange(10**6) / 1000 * (1 + 2**-52),
        lambda: struct.unpack("d", struct.pack("Q", DRAW.getrandbits(62)))[0],
    )
    return [DRAW.choice(kinds)() for _ in range(count)] + [0.0, -0.0, 1e308, 10**30]


@pytest.mark.parametrize(
    "parser",
    [
        DistanceParser("km"),
        DistanceParser("m"),
        DistanceParser("mile"),
        ScaledParser("A count", 1, 32_767),
        ScaledParser("Minutes", 60, 2**31 - 1),
        ScaledParser("An amount", 100, 2**31 - 1),
    ],
)
def test_a_column_is_read_as_its_cells(parser: Any) -> None:
    values = cells(4_000)
    assert parser.column(values) == memoised({}, parser._one, values)


def test_what_is_finer_than_a_metre_is_counted_among_cells_that_are_not() -> None:
    parser = DistanceParser("km")
    assert parser.column([1.5, 2.0004, 7, 2.0004, 0.001]).values == [1500, 2000, 7000, 2000, 1]
    assert parser.finer == 2
