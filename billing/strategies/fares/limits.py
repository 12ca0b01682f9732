"""Minimum and maximum fare: the difference as a line of its own, minimum first."""

from __future__ import annotations

import numpy as np

from billing.money import PAISE_IN_RUPEE, format_inr
from billing.strategies.exact import Ints, as_paise, divided_half_up, plus, times
from billing.strategies.line import Exact, TripLine, fare_of
from billing.strategies.terms import Terms


def limit_lines(lines: list[TripLine], count: int, terms: Terms) -> list[TripLine]:
    """MIN_FARE_TOPUP and MAX_FARE_CAP over the fare so far."""
    result = []
    fare: Ints = fare_of(lines, count)
    for code, key, sign in (("MIN_FARE_TOPUP", "min_fare", 1), ("MAX_FARE_CAP", "max_fare", -1)):
        limit = terms.rate(key)
        if limit is None:
            continue
        # Distances to the limit are taken on the scale of the rules: a limit may be finer than a paisa.
        step = terms.scale // PAISE_IN_RUPEE
        gap = np.maximum(plus(times(fare, -sign * step), sign * limit), 0)
        amount = sign * as_paise(divided_half_up(gap, step))
        result.append(_line(code, key, fare, limit, amount, Exact(sign * gap, terms.scale), terms.scale))
        fare = plus(fare, amount)
    return result


def _line(code: str, key: str, fare: Ints, limit: int, amount: Ints, unrounded: Exact, scale: int) -> TripLine:
    word = "minimum" if key == "min_fare" else "maximum"

    def sentence(row: int, line: TripLine) -> str:
        bound = format_inr(int(limit) * PAISE_IN_RUPEE // scale)
        return f"{word} fare {bound} − fare {format_inr(int(fare[row]))} = {format_inr(int(line.amount[row]))}"

    return TripLine(code, key, amount, None, Exact(limit, scale), unrounded, sentence=sentence)
