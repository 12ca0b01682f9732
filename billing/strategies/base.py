"""What the three models have in common: fare, no-show and cancellation, adders, one trip as a batch of one."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, ClassVar

import numpy as np

from billing.money import to_rupees
from billing.rules.parse import parse_rules
from billing.schemas.rating import (
    DEFAULT_TIMEZONE,
    BillingModelType,
    CalculationResult,
    ContractRuleConfig,
    PeriodLine,
    TripData,
)
from billing.schemas.trip_columns import COMPLETED, IntArray, TripColumns
from billing.strategies.adders import ADDERS
from billing.strategies.adders.incentive import BonusPurse
from billing.strategies.adders.instead import charge_instead, charged_cancellations, charged_no_shows
from billing.strategies.block import TripBlock, codes_present
from billing.strategies.clock import LocalClock, read_zone
from billing.strategies.distance import billable_metres
from billing.strategies.exact import CHUNK_ROWS, as_paise, in_chunks
from billing.strategies.line import TripLine, TripLines
from billing.strategies.period.view import PeriodView
from billing.strategies.tax import percents_by_start, style_of
from billing.strategies.terms import Terms


class BillingStrategy(ABC):
    """How one billing model prices trips and periods. Strategies hold no state.

    Attributes:
        model: the billing model.
        has_fare: whether its trips have a fare at all.
    """

    model: ClassVar[BillingModelType]
    has_fare: ClassVar[bool] = True

    @abstractmethod
    def fare_lines(self, block: TripBlock, terms: Terms) -> list[TripLine]:
        """The lines of the fare over all trips of the block, after minimum and maximum."""

    @abstractmethod
    def period_lines(self, view: PeriodView) -> list[PeriodLine]:
        """The charges of a version that owns days of the period, in the order of the line codes."""

    def prepare(self, block: TripBlock, terms: Terms) -> None:
        """Work out what the fare of one trip owes to the others (free km). Most models have nothing of the kind."""
        del block, terms

    def rate_trips(self, block: TripBlock, terms: Terms, *, keep: bool = False) -> TripLines:
        """The charge lines of all trips of one version; `keep` keeps how each was made.

        What cannot be rated is noted in `block.problems`; its lines are meaningless then.
        """
        block.billable_m = billable_metres(block, terms)
        self.prepare(block, terms)
        if keep or len(block) <= CHUNK_ROWS:
            lines = TripLines(len(block), keep=keep)
            self._rate(block, terms, lines)
            return lines
        # Parts that fit the processor's cache: twice as fast as whole columns, and their memory is used again.
        whole = TripLines(len(block), keep=False)
        for rows in in_chunks(len(block)):
            part = whole.part(rows)
            self._rate(block.cut(rows), terms, part)
            part.finish()
        return whole

    def _rate(self, block: TripBlock, terms: Terms, lines: TripLines) -> None:
        completed = None if block.has_only_completed else block.rows_with_status(COMPLETED)
        missed, cancelled = charged_no_shows(block, terms), charged_cancellations(block, terms)
        for line in self._fare_parts(block, terms, completed):
            lines.add_fare(line)
            lines.add(line)
        for rows, key in ((missed, "no_show"), (cancelled, "cancellation")):
            for line in self._fare_parts(block, terms, rows) if len(rows) and _asks_fare(terms, key) else ():
                lines.add_fare(line)
        fare = as_paise(lines.fare)
        for adder in ADDERS:
            for line in adder(block, terms, fare):
                lines.add(line)
        for code, key, rows in (("NO_SHOW", "no_show", missed), ("CANCELLATION", "cancellation", cancelled)):
            for line in charge_instead(code, key, rows, block, fare, terms):
                lines.add(line)

    def _fare_parts(self, block: TripBlock, terms: Terms, rows: IntArray | None) -> Iterator[TripLine]:
        """The fare lines of some rows (None: all), each vehicle type by its own rates."""
        if not self.has_fare:
            return
        part = block if rows is None else block.take(rows)
        if "vehicle_rates" not in terms:
            for line in self.fare_lines(part, terms):
                yield line if rows is None else replace(line, rows=rows)
            return
        types = part.text(lambda columns: columns.vehicle_type)
        for code in codes_present(types.codes):
            places = np.flatnonzero(types.codes == code)
            if code < 0 or types.names[code] not in terms.get("vehicle_rates"):
                part.refuse(places, "NO_RATE_FOR_VEHICLE_TYPE", "vehicle_type", "its vehicle type has no rates")
                continue
            own = places if rows is None else rows[places]
            for line in self.fare_lines(part.take(places), terms.of_type(types.names[code])):
                yield replace(line, rows=own)

    def calculate_cost(
        self, trip: TripData, rules: ContractRuleConfig | Mapping[str, Any], *, timezone: str = DEFAULT_TIMEZONE
    ) -> CalculationResult:
        """What one trip costs by itself: all free km are still there, no period lines.

        `rules` may be checked rules or a plain `rules_config`. Raises BadInputError where the trip cannot be rated.
        """
        terms = Terms(rules if isinstance(rules, ContractRuleConfig) else parse_rules(self.model, rules))
        block = TripBlock(TripColumns.from_records([trip]), slice(0, 1), LocalClock(read_zone(timezone)))
        lines = self.rate_trips(block, terms, keep=True)
        bonuses = BonusPurse(len(block.employees.names) if block.employees else 0).pay(block, terms)
        block.raise_problems(lambda _: trip.trip_id)
        base, non_taxable = (as_paise(column) for column in (lines.base, lines.non_taxable))
        percent = percents_by_start(terms, block)[0][0]
        style = style_of(terms)
        tax = 0 if style.reverse_charge else style.of(int(base[0]), percent)
        incentive = int(bonuses.by_trip(1)[0]) if bonuses else 0
        explained = lines.explain(0, terms.number)
        return CalculationResult(
            billing_model=self.model,
            base_cost=to_rupees(int(base[0])),
            tax_amount=to_rupees(tax),
            total_cost=to_rupees(int(base[0]) + tax + int(non_taxable[0]) + incentive),
            employee_incentive=to_rupees(incentive),
            non_taxable=to_rupees(int(non_taxable[0])),
            lines={code: to_rupees(int(lines.amounts[code][0])) for code in explained},
            trip_id=trip.trip_id,
            explanations={code: tuple(told) for code, told in explained.items()},
        )


def _asks_fare(terms: Terms, key: str) -> bool:
    return "percent_of_fare" in terms.get(key, {})
