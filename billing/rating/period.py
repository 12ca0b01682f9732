"""Rate a period of a contract: the one function behind run, preview, what-if, calculator and replay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np

from billing.errors import BadInputError
from billing.rating.bill import bill_totals
from billing.rating.bill_lines import RatedVersion, bill_lines
from billing.rating.gather import gather_trips
from billing.rating.order import rating_order
from billing.rating.result import RatedPeriod, id_text
from billing.rating.versions import Validity, days_of, validities
from billing.schemas.rating import (
    DEFAULT_TIMEZONE,
    BillingModelType,
    ContractVersion,
    Explanation,
    MonthInputs,
    PeriodLine,
    TaxRounding,
)
from billing.schemas.trip_columns import IntArray, TripColumns
from billing.strategies.adders.incentive import Bonuses, BonusPurse
from billing.strategies.block import TripBlock, TripProblem
from billing.strategies.clock import LocalClock, read_zone
from billing.strategies.exact import check_amount, total
from billing.strategies.factory import StrategyFactory
from billing.strategies.period.view import PeriodView
from billing.strategies.tax import style_of
from billing.strategies.terms import Terms

ALWAYS_SHOWN = frozenset({"MONTHLY_FEE", "EMPLOYEE_FEES"})


@dataclass(frozen=True, slots=True)
class RatingInput:
    """All that a period of one contract is rated from.

    Attributes:
        first_day, last_day: the period, both days included, local.
        versions: the contract's versions; those outside the period do no harm.
        trips: in any order; those that start outside the period are not rated.
        join_date: the contract's first day, where it differs from the first version's.
        trip_only: no period lines.
    """

    first_day: date
    last_day: date
    versions: tuple[ContractVersion, ...]
    trips: TripColumns
    timezone: str = DEFAULT_TIMEZONE
    inputs: MonthInputs = field(default_factory=MonthInputs)
    join_date: date | None = None
    rounding: TaxRounding = TaxRounding.HALF_UP
    trip_only: bool = False


def rate_period(given: RatingInput, *, explain: bool = False) -> RatedPeriod:
    """Rate the period.

    Raises BadInputError by the codes of TARIFF.md section 4; TripsRefusedError, one of them, lists all bad trips.
    """
    clock = LocalClock(read_zone(given.timezone))
    days = days_of(given.first_day, given.last_day)
    held = validities(given.versions, days, clock, given.join_date)
    order, spans = _trips_by_version(given, clock, held)
    problems: list[TripProblem] = []
    versions: list[RatedVersion] = []
    bonuses: list[Bonuses | None] = []
    purse = BonusPurse(len(given.trips.employees.names) if given.trips.employees else 0)
    for validity, span in zip(held, spans, strict=True):
        if not validity.owned_days and span.start == span.stop:
            continue
        rows = slice(span.start, span.stop) if order is None else order[span]
        version = _rate_version(given, validity, TripBlock(given.trips, rows, clock, problems), len(days), keep=explain)
        versions.append(version)
        bonuses.append(purse.pay(version.view.block, version.terms))
    _refuse_mixed_currency(versions)
    last = _last_version(versions, held)
    charges = [] if given.trip_only else _version_charges(versions)
    if problems:
        _raise_problems(problems, given.trips)
    trips = gather_trips(given.trips, versions, bonuses, style_of(last.terms if last else None, given.rounding))
    subtotal = total(trips.base) + sum(line.amount for line in charges)
    if last is not None and last.owned_days and not given.trip_only:
        charges += bill_lines(versions, last, check_amount(subtotal, "taxable_subtotal"), given.inputs)
    explainer = Explainer(versions) if explain else None
    return bill_totals(given.versions, trips, versions, last, charges, given.rounding, explainer)


def _trips_by_version(
    given: RatingInput, clock: LocalClock, held: Sequence[Validity]
) -> tuple[IntArray | None, list[slice]]:
    """The rating order (None: as given) and the run of it that belongs to each version."""
    order = rating_order(given.trips)
    starts = given.trips.start if order is None else given.trips.start[order]
    begin = clock.midnight(given.first_day)
    end = clock.midnight(given.last_day + timedelta(days=1))
    first, last = np.searchsorted(starts, [begin, end]).tolist()
    spans = []
    for validity in held:
        low, high = np.searchsorted(starts, [max(validity.begin, begin), max(validity.end, begin)]).tolist()
        spans.append(slice(min(max(low, first), last), min(max(high, first), last)))
    if sum(span.stop - span.start for span in spans) < last - first:
        is_owned = np.zeros(last - first, np.bool_)
        for span in spans:
            is_owned[span.start - first : span.stop - first] = True
        orphans = np.flatnonzero(~is_owned) + first
        _refuse_orphans(given.trips, orphans if order is None else order[orphans])
    return order, spans


def _refuse_orphans(trips: TripColumns, places: IntArray) -> None:
    message = "no contract version holds at its start"
    _raise_problems(
        [TripProblem(place, "NO_CONTRACT_VERSION", "start_time", message) for place in places.tolist()], trips
    )


def _rate_version(
    given: RatingInput, validity: Validity, block: TripBlock, period_days: int, *, keep: bool
) -> RatedVersion:
    version = given.versions[validity.version]
    terms = Terms(version.rules, number=version.number, share=validity.share)
    lines = StrategyFactory.get_strategy(terms.model).rate_trips(block, terms, keep=keep)
    view = PeriodView(validity.version, terms, block, period_days, given.last_day, given.inputs)
    if terms.model is BillingModelType.FIXED_PACKAGE and not given.trip_only:
        view.check_slots()
    return RatedVersion(view, lines, validity.owned_days)


def _version_charges(versions: Sequence[RatedVersion]) -> list[PeriodLine]:
    owners = [version for version in versions if version.owned_days]
    if len(owners) > 1:
        _refuse_split_usage(owners)
    lines = [
        line
        for version in owners
        for line in StrategyFactory.get_strategy(version.terms.model).period_lines(version.view)
    ]
    return [line for line in lines if line.amount or line.code in ALWAYS_SHOWN]


def _refuse_split_usage(owners: Sequence[RatedVersion]) -> None:
    """Explicit figures cannot be split over two versions that own days."""
    if all(version.terms.model is not BillingModelType.FIXED_PACKAGE for version in owners):
        return
    inputs = owners[0].view.inputs
    for place, vehicle in enumerate(inputs.vehicles or ()):
        if vehicle.has_explicit_figures:
            message = f"The figures of vehicle slot {vehicle.slot} cannot be split over two contract versions"
            raise BadInputError("BAD_INPUT", message, where=f"vehicles[{place}]")
    for place, employee in enumerate(inputs.employees):
        if employee.active_days is not None:
            message = f"The active days of {employee.employee_id} cannot be split over two contract versions"
            raise BadInputError("BAD_INPUT", message, where=f"employees[{place}].active_days")


def _refuse_mixed_currency(versions: Sequence[RatedVersion]) -> None:
    currencies = sorted({version.terms.rules.currency for version in versions})
    if len(currencies) > 1:
        message = f"One bill cannot mix the currencies {' and '.join(currencies)}"
        raise BadInputError("MIXED_CURRENCY", message, where="versions")


def _last_version(versions: Sequence[RatedVersion], held: Sequence[Validity]) -> RatedVersion | None:
    """The version that owns the last owned day; where none owns a day, that of the last trip."""
    owner = next((validity.version for validity in held if validity.owns_last_day), None)
    return next((version for version in versions if version.view.version == owner), versions[-1] if versions else None)


def _raise_problems(problems: list[TripProblem], trips: TripColumns) -> None:
    TripBlock(trips, slice(0, 0), LocalClock(read_zone("UTC")), problems).raise_problems(
        lambda place: id_text(trips.trip_ids[place])
    )


class Explainer:
    """Tells how the lines of rated trips came about; holds the lines that the steps kept."""

    def __init__(self, versions: Sequence[RatedVersion]) -> None:
        self._versions = versions

    def __call__(self, row: int) -> dict[str, list[Explanation]]:
        """The explanations of the trip at this place in rating order, by line code."""
        for version in self._versions:
            if row < len(version.view.block):
                return version.lines.explain(row, version.terms.number)
            row -= len(version.view.block)
        raise IndexError(row)
