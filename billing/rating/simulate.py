"""What a change of rules does to a real month: the same month rated twice by the same function, and the difference.

    month = SimulatedMonth(given, version_in_force)      # rated once
    effect = month.under(rules)                           # rated again for every change that is tried
Both ratings let their rules hold for the whole period, so the difference comes from the rules alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from decimal import Decimal

import numpy as np

from billing.rating.period import RatingInput, rate_period
from billing.rating.result import RatedPeriod
from billing.schemas.rating import (
    PERIOD_LINE_CODES,
    TRIP_LINE_CODES,
    BillingModelType,
    ContractRuleConfig,
    ContractVersion,
)
from billing.schemas.trip_columns import COMPLETED, IntArray

ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
STEPS = tuple(lead * 10**zeros for zeros in range(2, 9) for lead in (1, 2, 5))
"""Round amounts in paise that part small changes from large ones: 1, 2, 5, 10, 20 rupees and so on."""


@dataclass(frozen=True, slots=True)
class LineChange:
    """A line code's sum under both rules, in paise; `is_period` tells a trip's EXTRA_KM from the period's."""

    code: str
    is_period: bool
    before: int
    after: int

    @property
    def change(self) -> int:
        """After less before."""
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class MovedTrip:
    """A trip's taxable lines under both rules, in paise; `place` is its row in the input."""

    place: int
    trip_id: str
    billable_m: int
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class TripGroup:
    """Trips whose change lies in (above, upto] of its size; sign -1 cheaper, 0 the same, 1 dearer. Bounds in paise."""

    sign: int
    above: int
    upto: int | None
    count: int


@dataclass(frozen=True, slots=True)
class Simulation:
    """A month under two rule sets.

    Attributes:
        lines: taxable sums by the codes that either bill has: period codes, then trip codes.
        change: taxable value of each trip, after less before, in rating order, in paise.
        groups: trips by change, cheapest first; empty groups are left out.
    """

    before: RatedPeriod
    after: RatedPeriod
    lines: tuple[LineChange, ...]
    change: IntArray
    groups: tuple[TripGroup, ...]

    @property
    def difference(self) -> int:
        """Taxable value, after less before, in paise."""
        return self.after.taxable_subtotal - self.before.taxable_subtotal

    @property
    def cheaper(self) -> int:
        """How many trips cost less."""
        return int((self.change < 0).sum())

    @property
    def dearer(self) -> int:
        """How many trips cost more."""
        return int((self.change > 0).sum())

    def most_changed(self, count: int) -> list[MovedTrip]:
        """The trips that move most, largest first; unmoved ones never."""
        size = np.abs(self.change)
        rows = np.argsort(-size, kind="stable")[:count]
        return [
            MovedTrip(
                int(self.after.trips.order[row]),
                self.after.trips.trip_id(int(row)),
                int(self.after.trips.billable_m[row]),
                int(self.before.trips.base[row]),
                int(self.after.trips.base[row]),
            )
            for row in rows
            if size[row]
        ]


class SimulatedMonth:
    """A month that is rated again and again under other rules. Attributes: given, before."""

    def __init__(self, given: RatingInput, in_force: ContractRuleConfig, number: int = 1) -> None:
        """Rate it as it is. Raises BadInputError as `rate_period` does."""
        self.given = given
        self.before = rate_period(_whole(given, in_force, number))

    def under(self, rules: ContractRuleConfig, number: int = 2) -> Simulation:
        """Rate it under these rules. Raises BadInputError as `rate_period` does."""
        return compare(self.before, rate_period(_whole(self.given, rules, number)))


def _whole(given: RatingInput, rules: ContractRuleConfig, number: int) -> RatingInput:
    """The same month with one version that holds throughout."""
    return replace(given, versions=(ContractVersion(number, rules, ALWAYS),), join_date=None)


def compare(before: RatedPeriod, after: RatedPeriod) -> Simulation:
    """The difference of two ratings of the same trips."""
    change = after.trips.base - before.trips.base
    return Simulation(before, after, tuple(_lines(before, after)), change, _groups(change))


def _lines(before: RatedPeriod, after: RatedPeriod) -> list[LineChange]:
    made = []
    period_before, period_after = before.period_amounts(), after.period_amounts()
    for code in PERIOD_LINE_CODES:
        if code in period_before or code in period_after:
            made.append(LineChange(code, True, period_before.get(code, 0), period_after.get(code, 0)))
    for code in TRIP_LINE_CODES:
        if code in before.trips.amounts or code in after.trips.amounts:
            made.append(LineChange(code, False, _sum(before, code), _sum(after, code)))
    return made


def _sum(rated: RatedPeriod, code: str) -> int:
    """The taxable part of a trip code: what a version passes on untaxed is not in the bill before tax."""
    amounts = rated.trips.amounts.get(code)
    if amounts is None:
        return 0
    untaxed = [place for place, codes in enumerate(rated.untaxed) if code in codes]
    return int(amounts[~np.isin(rated.trips.version, untaxed)].sum()) if untaxed else int(amounts.sum())


def _groups(change: IntArray) -> tuple[TripGroup, ...]:
    moved = np.abs(change[change != 0])
    edge = _round_edge(int(np.median(moved))) if len(moved) else STEPS[0]
    made = (
        TripGroup(-1, edge, None, int((change < -edge).sum())),
        TripGroup(-1, 0, edge, int(((change < 0) & (change >= -edge)).sum())),
        TripGroup(0, 0, 0, int((change == 0).sum())),
        TripGroup(1, 0, edge, int(((change > 0) & (change <= edge)).sum())),
        TripGroup(1, edge, None, int((change > edge).sum())),
    )
    return tuple(group for group in made if group.count)


def _round_edge(middle: int) -> int:
    """The round amount nearest to the middle change."""
    nearest: int = min(STEPS, key=lambda step: abs(step - middle))
    return nearest


def metres_by_band(rated: RatedPeriod, rules: ContractRuleConfig) -> list[int] | None:
    """Chargeable metres of completed trips in each slab band; None where there are no slabs, or free km have a scope.

    Under `graduated` each part of a trip counts in its own band, else the whole trip in the band it reaches.
    """
    slabs = rules.get("slabs")
    if slabs is None or rules.get("free_km_scope", "contract") != "contract":
        return None
    metres = _chargeable(rated, rules)
    bounds = [int(Decimal(band["upto"]) * 1000) for band in slabs["bands"] if band.get("upto") is not None]
    if slabs["mode"] == "graduated":
        return _parts(metres, bounds)
    reached = np.searchsorted(np.array(bounds, np.int64), metres, side="left")
    return [int(metres[reached == band].sum()) for band in range(len(bounds) + 1)]


def _chargeable(rated: RatedPeriod, rules: ContractRuleConfig) -> IntArray:
    trips = rated.trips
    metres = trips.billable_m
    if trips.columns.status is not None:
        metres = np.where(trips.columns.status[trips.order] == COMPLETED, metres, 0)
    free = rules.get("free_km_included")
    if rules.model is not BillingModelType.HYBRID or free is None:
        return metres
    after = np.cumsum(metres)
    limit = int(Decimal(free) * 1000)
    charged: IntArray = np.maximum(after - limit, 0) - np.maximum(after - metres - limit, 0)
    return charged


def _parts(metres: IntArray, bounds: Sequence[int]) -> list[int]:
    edges = [0, *bounds]
    inside = [int(np.clip(metres - low, 0, high - low).sum()) for low, high in zip(edges, bounds, strict=False)]
    return [*inside, int(np.maximum(metres - edges[-1], 0).sum())]
