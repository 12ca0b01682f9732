"""Outstation trips: km with a minimum for each calendar day, and the driver's allowance."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from billing.money import format_inr
from billing.schemas.trip_columns import IntArray
from billing.strategies.block import TripBlock
from billing.strategies.clock import local_days
from billing.strategies.exact import times
from billing.strategies.line import TripLine, priced
from billing.strategies.terms import Terms, metres
from billing.strategies.words import counted, money, number


def outstation_lines(block: TripBlock, terms: Terms) -> list[TripLine]:
    """DISTANCE over max(km, minimum x days), and DRIVER_ALLOWANCE x days."""
    rules = terms.get("outstation")
    days = calendar_days(block)
    least = times(days, metres(rules.get("min_km_per_day", 0)))
    charged = np.maximum(block.billable_m, least)
    rate = terms.scaled(rules["per_km"])

    def sentence(row: int, line: TripLine) -> str:
        km = number(Fraction(int(charged[row]), 1000))
        floor = (
            f" (the minimum of {counted(Fraction(int(days[row])), 'days')})"
            if charged[row] > block.billable_m[row]
            else ""
        )
        return f"{km} km{floor} × {money(Fraction(rate, terms.scale))} = {format_inr(int(line.amount[row]))}"

    lines = [
        priced("DISTANCE", "outstation", charged, 1000, rate, terms.scale, unit="km", always=True, sentence=sentence)
    ]
    if "driver_allowance_per_day" in rules:
        allowance = terms.scaled(rules["driver_allowance_per_day"])
        lines.append(
            priced("DRIVER_ALLOWANCE", "outstation", days, 1, allowance, terms.scale, unit="days", always=True)
        )
    return lines


def calendar_days(block: TripBlock) -> IntArray:
    """Days of each trip: as given, else the local dates from start to end, both counted."""
    touched = local_days(block.local_end) - local_days(block.local_start) + 1
    given = block.figures(lambda columns: columns.calendar_days)
    return touched if given is None else np.where(given >= 0, given, touched)
