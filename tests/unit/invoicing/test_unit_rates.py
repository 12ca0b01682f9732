"""One rate behind a line is said where every row proves it, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from billing.exchange.paper.content import content_of
from billing.invoicing.unit_rates import unit_rates
from billing.schemas.annexure import Annexure
from billing.schemas.invoices import ChargeSum, InvoiceDocument
from tests.unit.invoicing.test_workbook import sample
from tests.unit.papers.documents import TRIP, document

METRES = [12_400, 7_350, 31_005, 0]


def made(code: str, amounts: list[int], metres: list[int] | None = None) -> tuple[InvoiceDocument, Annexure]:
    """A document of one line and the trips behind it."""
    count = len(amounts)
    _, rows = sample(count)
    rows = replace(
        rows,
        charges={(code, True): np.array(amounts, dtype=np.int64)},
        distances=np.array((metres or METRES)[:count], dtype=np.int64),
        shown={(code, True): np.ones(count, dtype=np.bool_)},
        period_rows=(),
    )
    return document((ChargeSum(code, TRIP, 18000, True, sum(amounts), count),)), rows


def half_up(metres: int, rate: int) -> int:
    return (2 * metres * rate + 1000) // 2000


@pytest.mark.parametrize("rate", [1, 1250, 2625, 99_999])
def test_a_rate_a_kilometre_is_found_and_proved(rate: int) -> None:
    whole, rows = made("DISTANCE", [half_up(metres, rate) for metres in METRES])
    assert unit_rates(whole.draft, rows) == ((1, f"{rate // 100:,}.{rate % 100:02d} a km"),)
    off = [half_up(metres, rate) for metres in METRES]
    off[1] += 1
    assert unit_rates(*unpacked(made("DISTANCE", off))) == ()


def unpacked(pair: tuple[InvoiceDocument, Annexure]) -> tuple[object, Annexure]:
    return pair[0].draft, pair[1]


@pytest.mark.parametrize(
    ("code", "amounts", "words"),
    [
        ("NIGHT", [9000, 9000, 9000], "90.00 a trip"),
        ("NIGHT", [9000, 9000, 9001], ""),
        ("NIGHT", [9000], ""),
        ("ESCORT", [0, 0], ""),
        ("CARPOOL_DISCOUNT", [-500, -500], ""),
        ("DISTANCE", [9000, 9000, 9000], ""),
    ],
)
def test_a_rate_a_trip(code: str, amounts: list[int], words: str) -> None:
    whole, rows = made(code, amounts)
    assert dict(unit_rates(whole.draft, rows)).get(1, "") == words


def test_short_distances_fix_no_rate() -> None:
    assert unit_rates(*unpacked(made("DISTANCE", [1, 1], [800, 700]))) == ()


def test_the_rate_stands_beside_the_line() -> None:
    whole, rows = made("NIGHT", [9000, 9000])
    whole = replace(whole, unit_rates=unit_rates(whole.draft, rows))
    assert content_of(whole, 2).lines[0].description == "Night surcharge, 90.00 a trip"
