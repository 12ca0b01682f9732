"""Slabs: price by distance band, flat, graduated or volume (bands are lower < km <= upto)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np

from billing.money import PAISE_IN_RUPEE, format_inr
from billing.schemas.trip_columns import IntArray
from billing.strategies.block import TripBlock
from billing.strategies.exact import Ints, as_paise, divided_half_up, plus, times
from billing.strategies.line import Exact, TripLine
from billing.strategies.terms import Terms, metres
from billing.strategies.words import money, number

METRES_IN_KM = 1000
_ZERO = Decimal(0)


def slab_lines(block: TripBlock, terms: Terms) -> list[TripLine]:
    """The SLAB line of PER_TRIP; 0 km stands in the first band."""
    return [slab_line(block.billable_m, terms)]


def slab_line(distance: Ints, terms: Terms) -> TripLine:
    """The SLAB line over these metres."""
    slabs = terms.get("slabs")
    bands: Sequence[Mapping[str, Any]] = slabs["bands"]
    bounds = [metres(band["upto"]) for band in bands[:-1]]
    reached = np.searchsorted(np.array(bounds, np.int64), distance, side="left")
    # Rupees x scale x metres-in-km: fixed amounts and rates add up on one scale before the one rounding.
    amounts = [terms.scaled(band.get("amount", _ZERO)) * METRES_IN_KM for band in bands]
    rates = [terms.scaled(band.get("rate", _ZERO)) for band in bands]
    exact = _MODES[slabs["mode"]](distance, reached, bounds, amounts, rates)
    amount = as_paise(divided_half_up(exact, METRES_IN_KM * terms.scale // PAISE_IN_RUPEE))

    def sentence(row: int, line: TripLine) -> str:
        made = _told(int(distance[row]), int(reached[row]), slabs)
        return f"{made} = {format_inr(int(line.amount[row]))}"

    return TripLine(
        "SLAB",
        "slabs",
        amount,
        Exact(distance, METRES_IN_KM),
        None,
        Exact(exact, METRES_IN_KM * terms.scale),
        unit="km",
        always=True,
        sentence=sentence,
    )


def _told(distance: int, reached: int, slabs: Mapping[str, Any]) -> str:
    """The parts of a slab price: '10 km × 10.00 + 5 km × 8.00 + 5.00'."""
    bands = slabs["bands"]
    if slabs["mode"] == "flat":
        return f"{_km(distance)} in band {reached + 1} of {len(bands)}"
    if slabs["mode"] == "volume":
        return _part(bands[reached], distance)
    lowers = [0, *(metres(band["upto"]) for band in bands[:-1])]
    ends = [*lowers[1 : reached + 1], distance]
    parts = [_part(bands[place], ends[place] - lowers[place]) for place in range(reached + 1)]
    return " + ".join(parts)


def _part(band: Mapping[str, Any], distance: int) -> str:
    pieces = []
    if "rate" in band or "amount" not in band:
        pieces.append(f"{_km(distance)} × {money(Fraction(band.get('rate', 0)))}")
    if "amount" in band:
        pieces.append(money(Fraction(band["amount"])))
    return " + ".join(pieces)


def _km(distance: int) -> str:
    return f"{number(Fraction(distance, METRES_IN_KM))} km"


def _pick(figures: list[int], reached: IntArray) -> Ints:
    wide = max(figures) > np.iinfo(np.int64).max
    return np.array(figures, object if wide else np.int64)[reached]


def _flat(distance: Ints, reached: IntArray, bounds: list[int], amounts: list[int], rates: list[int]) -> Ints:
    return _pick(amounts, reached)


def _volume(distance: Ints, reached: IntArray, bounds: list[int], amounts: list[int], rates: list[int]) -> Ints:
    return plus(_pick(amounts, reached), times(distance, _pick(rates, reached)))


def _graduated(distance: Ints, reached: IntArray, bounds: list[int], amounts: list[int], rates: list[int]) -> Ints:
    # What all full bands below cost, with the amounts of the bands entered, then the part in the band reached.
    lowers = [0, *bounds]
    below, price = [amounts[0]], amounts[0]
    for band in range(1, len(amounts)):
        price += (lowers[band] - lowers[band - 1]) * rates[band - 1] + amounts[band]
        below.append(price)
    part = distance - np.array(lowers, np.int64)[reached]
    return plus(_pick(below, reached), times(part, _pick(rates, reached)))


_MODES = {"flat": _flat, "volume": _volume, "graduated": _graduated}
