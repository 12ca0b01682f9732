"""Local packages: hours and km for one amount, extras beyond it."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np

from billing.money import PAISE_IN_RUPEE, format_inr
from billing.schemas.trip_columns import MINUTE_PARTS, IntArray
from billing.strategies.block import TripBlock
from billing.strategies.exact import Ints, as_paise, divided_half_up, divided_up
from billing.strategies.fares.metered import MICROS_IN_MINUTE
from billing.strategies.line import Exact, TripLine, priced
from billing.strategies.terms import Terms, metres
from billing.strategies.words import number

MICROS_IN_HOUR = 60 * MICROS_IN_MINUTE


def micros_of_hours(hours: Decimal) -> int:
    """Hours of a rule in microseconds, exact (six decimals of an hour are 3600 microseconds)."""
    return int(hours * MICROS_IN_HOUR)


def local_package_lines(block: TripBlock, terms: Terms) -> list[TripLine]:
    """PACKAGE, EXTRA_KM and EXTRA_HOUR of the package that holds for each trip."""
    packages = terms.get("local_packages")
    hours = [micros_of_hours(package["hours"]) for package in packages]
    limits = [metres(package["km"]) for package in packages]
    chosen = _chosen(block, hours, limits, auto=bool(terms.get("auto_switch", False)))
    lines = [_package_line(chosen, packages, terms)]
    over_m = np.maximum(block.billable_m - _column(limits)[chosen], 0)
    over_us = rounded_up(np.maximum(block.duration - _column(hours)[chosen], 0), terms)
    for code, key, over, per, unit in (
        ("EXTRA_KM", "extra_km_rate", over_m, 1000, "km"),
        ("EXTRA_HOUR", "extra_hour_rate", over_us, MICROS_IN_HOUR, "h"),
    ):
        rate = terms.rate(key)
        if rate is None:
            _refuse_unpriced(block, np.flatnonzero(over > 0), key)
        else:
            lines.append(priced(code, key, over, per, rate, terms.scale, unit=unit, always=True))
    return lines


def rounded_up(overage_us: Ints, terms: Terms) -> Ints:
    """Overage microseconds rounded up to the step of the rules; exact without one."""
    step = terms.get("hour_rounding_minutes")
    if step is None:
        return overage_us
    micros = int(step * MINUTE_PARTS) * (MICROS_IN_MINUTE // MINUTE_PARTS)
    wide = overage_us.astype(object) if micros > 2**40 else overage_us
    return divided_up(wide, micros) * micros


def _chosen(block: TripBlock, hours: list[int], limits: list[int], *, auto: bool) -> IntArray:
    """The package of every trip: the first, or with auto-switch the first that covers it, else the last."""
    if not auto:
        return np.zeros(len(block), np.int64)
    chosen = np.full(len(block), len(hours) - 1, np.int64)
    for place in range(len(hours) - 1, -1, -1):
        covered = (block.duration <= hours[place]) & (block.billable_m <= limits[place])
        chosen[covered] = place
    return chosen


def _column(figures: list[int]) -> Ints:
    wide = max(figures) > np.iinfo(np.int64).max
    return np.array(figures, object if wide else np.int64)


def _package_line(chosen: IntArray, packages: tuple[dict[str, Decimal], ...], terms: Terms) -> TripLine:
    figures = _column([terms.scaled(package["amount"]) for package in packages])[chosen]
    amount = as_paise(divided_half_up(figures, terms.scale // PAISE_IN_RUPEE))

    def sentence(row: int, line: TripLine) -> str:
        package = packages[int(chosen[row])]
        size = f"{number(Fraction(package['hours']))} h / {number(Fraction(package['km']))} km"
        return f"package {size} = {format_inr(int(line.amount[row]))}"

    return TripLine(
        "PACKAGE",
        "local_packages",
        amount,
        Exact(1),
        Exact(figures, terms.scale),
        Exact(figures, terms.scale),
        unit="package",
        always=True,
        sentence=sentence,
    )


def _refuse_unpriced(block: TripBlock, rows: IntArray, key: str) -> None:
    if len(rows):
        block.refuse(rows, "NO_PRICE_COMPONENT", "distance_km", f"it exceeds its package and {key} is missing")
