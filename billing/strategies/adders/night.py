"""The night surcharge: flat or a percentage of the fare, by start, end, overlap or minutes inside the night."""

from __future__ import annotations

import numpy as np

from billing.money import PAISE_IN_RUPEE, format_inr
from billing.rules.numbers import MICROS_IN_DAY, MICROS_IN_SECOND
from billing.schemas.trip_columns import BoolArray, IntArray
from billing.strategies.block import TripBlock
from billing.strategies.exact import Ints, as_paise, divided_half_up, times
from billing.strategies.line import Exact, TripLine, flat, percent_of
from billing.strategies.terms import Terms
from billing.strategies.words import clock_text, minutes_text, money

_EVENING, _MORNING = 20 * MICROS_IN_DAY // 24, 6 * MICROS_IN_DAY // 24


def night_lines(block: TripBlock, terms: Terms, fare: IntArray) -> list[TripLine]:
    """NIGHT on completed trips that the window catches."""
    surcharge, percent = terms.rate("night_shift_surcharge"), terms.rate("night_surcharge_percent")
    if surcharge is None and percent is None:
        return []
    window = terms.get("night_window", {})
    begin, end = window.get("start", _EVENING), window.get("end", _MORNING)
    basis = window.get("basis", "start")
    if basis == "prorata_minutes":
        return _prorated(block, terms, fare, begin, end)
    rows = block.completed_where(_caught(block, basis, begin, end))
    if not len(rows):
        return []

    def why(row: int) -> str:
        return _reason(block, int(rows[row]), basis, begin, end)

    if percent is not None:
        return [percent_of("NIGHT", "night_surcharge_percent", fare[rows], percent, terms.hundred, rows=rows, why=why)]
    assert surcharge is not None, "one of the two keys is there"
    return [flat("NIGHT", "night_shift_surcharge", len(rows), surcharge, terms.scale, rows=rows, why=why)]


def _reason(block: TripBlock, row: int, basis: str, begin: int, end: int) -> str:
    window = f"{clock_text(begin)} to {clock_text(end)}"
    if basis == "overlap":
        inside = night_micros(block.cut(slice(row, row + 1)), begin, end)
        return f"{minutes_text(int(inside[0]))} inside {window}"
    local = block.local_end if basis == "end" else block.local_start
    return f"{basis} {clock_text(int(local[row]) % MICROS_IN_DAY)} is inside {window}"


def _caught(block: TripBlock, basis: str, begin: int, end: int) -> BoolArray:
    if basis == "overlap":
        return np.asarray(night_micros(block, begin, end) > 0)
    clock = (block.local_end if basis == "end" else block.local_start) % MICROS_IN_DAY
    if begin <= end:
        return (clock >= begin) & (clock < end)
    return (clock >= begin) | (clock < end)


def night_micros(block: TripBlock, begin: int, end: int) -> IntArray:
    """Microseconds of every trip inside the nights, over all nights that it touches."""
    inside = _night_until(block.local_end, begin, end) - _night_until(block.local_start, begin, end)
    shifted = np.flatnonzero(block.local_end - block.local_start != block.duration)
    for row in shifted:
        inside[row] = _over_change(block, int(row), begin, end)
    return inside


def _night_until(local: IntArray, begin: int, end: int) -> IntArray:
    """Microseconds of night from a fixed midnight until each local time: the nights are their differences."""
    days, clock = local // MICROS_IN_DAY, local % MICROS_IN_DAY
    if begin <= end:
        return days * (end - begin) + np.clip(clock - begin, 0, end - begin)
    return days * (MICROS_IN_DAY - begin + end) + np.minimum(clock, end) + np.maximum(clock - begin, 0)


def _over_change(block: TripBlock, row: int, begin: int, end: int) -> int:
    """The same for one trip during which the clocks change: piece by piece, each with its own offset."""
    start, stop, inside = int(block.start[row]), int(block.end[row]), 0
    while start < stop:
        offset = block.clock.offset(start)
        piece_end = stop if block.clock.offset(stop) == offset else block.clock.change_between(start, stop)
        bounds = np.array([start + offset, piece_end + offset], np.int64)
        first, last = _night_until(bounds, begin, end)
        inside += int(last - first)
        start = piece_end
    return inside


def _prorated(block: TripBlock, terms: Terms, fare: IntArray, begin: int, end: int) -> list[TripLine]:
    """The unrounded price x seconds inside / seconds of the trip, rounded once."""
    inside = night_micros(block, begin, end)
    rows = block.completed_where(inside > 0)
    if not len(rows):
        return []
    part, whole = _in_seconds(inside[rows], block.duration[rows])
    percent = terms.rate("night_surcharge_percent")
    price: Ints
    if percent is not None:
        key, price, scale = "night_surcharge_percent", times(fare[rows], percent), terms.hundred * PAISE_IN_RUPEE
    else:
        key, surcharge, scale = "night_shift_surcharge", terms.rate("night_shift_surcharge"), terms.scale
        assert surcharge is not None, "one of the two keys is there"
        price = times(np.ones(len(rows), np.int64), surcharge)
    exact, under = times(price, part), times(whole, scale)
    amount = as_paise(divided_half_up(exact, times(whole, scale // PAISE_IN_RUPEE)))

    def sentence(row: int, line: TripLine) -> str:
        night, trip = minutes_text(int(inside[rows[row]])), minutes_text(int(block.duration[rows[row]]))
        window = f"{clock_text(begin)} to {clock_text(end)}"
        return f"{night} of {trip} inside {window} × {money(rate.at(row))} = {format_inr(int(line.amount[row]))}"

    share, rate = Exact(part, whole), Exact(price, scale)
    return [TripLine("NIGHT", key, amount, share, rate, Exact(exact, under), rows=rows, sentence=sentence)]


def _in_seconds(inside: IntArray, whole: IntArray) -> tuple[IntArray, IntArray]:
    """Both in seconds where all are whole seconds: smaller figures stay in int64."""
    if (inside % MICROS_IN_SECOND).any() or (whole % MICROS_IN_SECOND).any():
        return inside, whole
    return inside // MICROS_IN_SECOND, whole // MICROS_IN_SECOND
