"""One trip priced as it is typed, under any version of a contract, by the code that bills. Nothing is written.

A desk holds what one contract's month gives: its versions as they are rated, and its trips, from which the kilometres
before a trip and its place among the others come. Pricing itself needs no database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

from billing.rules import parse_rules
from billing.schemas.contracts import ContractVersion as StoredVersion
from billing.schemas.rating import (
    DEFAULT_TAX_PERCENT,
    LINE_BIT,
    BillingModelType,
    ContractRuleConfig,
    ContractVersion,
    Explanation,
    TripData,
    TripStatus,
)
from billing.services.contract_taxes import taxed_rules
from billing.services.lookup import find_client
from billing.services.month_inputs import ContractFacts, load_facts, month_bounds, next_month

if TYPE_CHECKING:
    from billing.schemas.trips import TripRecord
    from billing.store.session import Session
    from billing.store.trip_columns import RatedTrips

ALWAYS = datetime(1970, 1, 1, tzinfo=UTC)
PRICED, BEFORE = "trip", "before"
HISTOGRAM_BARS = 20


@dataclass(frozen=True, slots=True)
class DeskVersion:
    """A stored version and its rules as they are rated (tax percent and split said in them)."""

    stored: StoredVersion
    rules: ContractRuleConfig


@dataclass(frozen=True, slots=True)
class Desk:
    """What a contract's month gives to price trips with."""

    facts: ContractFacts
    month: date
    versions: tuple[DeskVersion, ...]
    trips: RatedTrips

    def version(self, number: int) -> DeskVersion:
        """The version of that number. KeyError where there is none."""
        return {made.stored.number: made for made in self.versions}[number]

    def version_at(self, moment: datetime) -> DeskVersion:
        """The version in force at a moment, else the newest active one, else the newest."""
        active = [made for made in self.versions if made.stored.status == "ACTIVE"]
        for made in active:
            until = made.stored.valid_until
            if made.stored.valid_from <= moment and (until is None or moment < until):
                return made
        return (active or list(self.versions))[-1]


@dataclass(frozen=True, slots=True)
class TypedPrice:
    """What a trip costs; amounts in paise, `lines` in the order in which they were priced.

    Attributes:
        tax_percent: of the bill, for the words beside the estimate.
        free_m, before_m, billable_m: metres of the package, used before, of this trip; free_m is None where the
            version has no included km.
    """

    contract: str
    version: int
    model: BillingModelType
    lines: Mapping[str, int]
    explanations: Mapping[str, tuple[Explanation, ...]]
    base_cost: int
    tax_amount: int
    tax_percent: str
    non_taxable: int
    employee_incentive: int
    total_cost: int
    free_m: int | None
    before_m: int
    billable_m: int


@dataclass(frozen=True, slots=True)
class Spread:
    """Taxable values of a month's completed trips as bars: edges in paise, counts, and how many are cheaper."""

    edges: tuple[int, ...]
    counts: tuple[int, ...]
    sorted_paise: tuple[int, ...]

    def cheaper_than(self, paise: int) -> int:
        """How many trips cost less."""
        from bisect import bisect_left

        return bisect_left(self.sorted_paise, paise)


def open_desk(session: Session, *, client_id: UUID, contract_id: UUID, month: date) -> Desk:
    """Read a contract's month.

    Raises NotAllowedError, RefusedError CONTRACT_NOT_FOUND, BadInputError (TAX_RATE_UNKNOWN, rules).
    """
    session.require("calculator.use")
    from billing.store.trip_columns import read_rated_trips

    with session.unit_of_work(timeout_s=60, name="calculator.read", snapshot=True) as uow:
        facts = load_facts(uow, client_id, contract_id)
        first, last = month.replace(day=1), next_month(month) - timedelta(days=1)
        versions = tuple(
            DeskVersion(
                stored,
                parse_rules(
                    stored.billing_model, taxed_rules(uow, facts, stored.billing_model, stored.rules, first, last)
                ),
            )
            for stored in uow.contract_versions.of_contract(client_id, contract_id)
        )
        start, until = month_bounds(first, facts.zone)
        trips = read_rated_trips(uow.connection, client_id, contract_id, start, until)
    return Desk(facts, first, versions, trips)


def suggest_trips(session: Session, *, text: str, client: UUID | None = None, limit: int = 12) -> list[TripRecord]:
    """The stored trips whose id begins with a text, for type-ahead."""
    with session.unit_of_work(name="calculator.suggest") as uow:
        client_id = find_client(uow, str(client)).id if client else None
        return list(uow.trips.starting_with(text.strip(), client_id=client_id, limit=limit))


def metres_before(desk: Desk, moment: datetime, rules: ContractRuleConfig) -> int:
    """Kilometres that completed trips of the month used before a moment, in metres, as the rules count them."""
    import numpy as np

    from billing.rating.period import RatingInput, rate_period
    from billing.schemas.trip_columns import COMPLETED, micros

    columns = desk.trips.columns
    if not len(columns):
        return 0
    given = RatingInput(
        desk.month,
        next_month(desk.month) - timedelta(days=1),
        (ContractVersion(1, rules, ALWAYS),),
        columns,
        desk.facts.client.time_zone,
        trip_only=True,
    )
    rated = rate_period(given).trips
    counts = rated.columns.start[rated.order] < micros(moment)
    if columns.status is not None:
        counts &= columns.status[rated.order] == COMPLETED
    return int(np.where(counts, rated.billable_m, 0).sum())


def price_typed(desk: Desk, version: DeskVersion, trip: TripData, before_m: int) -> TypedPrice:
    """Price a trip under a version, `before_m` metres of its package used already.

    Raises BadInputError as a billing run would, by the codes of TARIFF.md section 4.
    """
    import numpy as np

    from billing.rating.period import RatingInput, rate_period
    from billing.schemas.trip_columns import TripColumns

    local = trip.start_time.astimezone(desk.facts.zone).date()
    first = local.replace(day=1)
    trips = [replace(trip, trip_id=PRICED)]
    if before_m > 0 and version.rules.model is BillingModelType.HYBRID:
        trips.insert(0, _used_before(desk, trip, first, before_m))
    given = RatingInput(
        first,
        next_month(first) - timedelta(days=1),
        (ContractVersion(version.stored.number, version.rules, ALWAYS),),
        TripColumns.from_records(trips),
        desk.facts.client.time_zone,
        trip_only=True,
    )
    rated = rate_period(given, explain=True)
    row = int(np.flatnonzero(rated.trips.order == len(trips) - 1)[0])
    shown, explain = int(rated.trips.lines_shown[row]), rated.explain_trip
    told = explain(row) if explain is not None else {}
    return TypedPrice(
        contract=desk.facts.contract.name,
        version=version.stored.number,
        model=version.rules.model,
        lines={code: int(rated.trips.amounts[code][row]) for code, bit in LINE_BIT.items() if shown & bit},
        explanations={code: tuple(found) for code, found in told.items()},
        base_cost=int(rated.trips.base[row]),
        tax_amount=int(rated.trips.tax[row]),
        tax_percent=f"{rated.trips.percents[rated.trips.percent[row]].normalize():f}",
        non_taxable=int(rated.trips.non_taxable[row]),
        employee_incentive=int(rated.trips.incentive[row]),
        total_cost=int(rated.trips.total[row]),
        free_m=_free_metres(version.rules),
        before_m=before_m,
        billable_m=int(rated.trips.billable_m[row]),
    )


def _used_before(desk: Desk, trip: TripData, first: date, before_m: int) -> TripData:
    """The package's use before the trip as one completed trip at the month's first instant."""
    start = min(month_bounds(first, desk.facts.zone)[0], trip.start_time)
    return replace(
        trip,
        trip_id=BEFORE,
        start_time=start,
        end_time=start + timedelta(minutes=1),
        distance_m=before_m,
        status=TripStatus.COMPLETED,
        garage_m=0,
        claimed_m=None,
        gps_m=None,
        is_carpool=False,
    )


def _free_metres(rules: ContractRuleConfig) -> int | None:
    free = rules.get("free_km_included")
    return None if free is None or rules.model is BillingModelType.PER_TRIP else int(free * 1000)


def spread_of(desk: Desk, version: DeskVersion) -> Spread | None:
    """How the month's completed, priced trips spread under a version; None where fewer than ten have a price."""
    import numpy as np

    from billing.rating.period import RatingInput, rate_period
    from billing.schemas.trip_columns import COMPLETED

    columns = desk.trips.columns
    if not len(columns):
        return None
    given = RatingInput(
        desk.month,
        next_month(desk.month) - timedelta(days=1),
        (ContractVersion(version.stored.number, version.rules, ALWAYS),),
        columns,
        desk.facts.client.time_zone,
        trip_only=True,
    )
    rated = rate_period(given).trips
    wanted = rated.base > 0
    if columns.status is not None:
        wanted &= columns.status[rated.order] == COMPLETED
    values = np.sort(rated.base[wanted])
    if len(values) < 10:
        return None
    edges = _edges(int(values[0]), int(values[int(len(values) * 99 // 100)]))
    counts, _ = np.histogram(np.minimum(values, edges[-1] - 1), bins=np.array(edges))
    return Spread(tuple(edges), tuple(int(count) for count in counts), tuple(int(value) for value in values))


def _edges(low: int, high: int) -> list[int]:
    """About twenty bars of a round width in paise."""
    wanted = max(1, (high - low) // HISTOGRAM_BARS)
    steps = [lead * 10**zeros for zeros in range(2, 9) for lead in (1, 2, 5)]
    step = next((step for step in steps if step >= wanted), steps[-1])
    first = low // step * step
    return list(range(first, max(high, first + step) + 2 * step, step))


def in_force(desk: Desk, moment: datetime) -> DeskVersion | None:
    """The version in force at a moment, None where none is."""
    for made in desk.versions:
        since, until = made.stored.valid_from, made.stored.valid_until
        if made.stored.status == "ACTIVE" and since <= moment and (until is None or moment < until):
            return made
    return None


def price_stored(session: Session, desk: Desk, *, trip: TripRecord, carpool: bool) -> TypedPrice:
    """A stored trip at its real place in its month, as a run would price it; `carpool` may be the other way.

    Raises as `billing.services.trip_price.price_trip`.
    """
    from billing.services.trip_price import price_trip

    price = price_trip(session, trip=str(trip.id), client=str(trip.client_id), carpool=carpool)
    version = desk.version(price.version)
    return TypedPrice(
        contract=price.contract_name,
        version=price.version,
        model=BillingModelType(price.billing_model),
        lines=price.lines,
        explanations=price.explanations,
        base_cost=price.base_cost,
        tax_amount=price.tax_amount,
        tax_percent=percent_on(version.rules, trip.start_time.astimezone(desk.facts.zone).date()),
        non_taxable=price.non_taxable,
        employee_incentive=price.employee_incentive,
        total_cost=price.total_cost,
        free_m=_free_metres(version.rules) if _is_whole_month(desk, version) else None,
        before_m=metres_before(desk, trip.start_time, version.rules),
        billable_m=trip.distance_m,
    )


def _is_whole_month(desk: Desk, version: DeskVersion) -> bool:
    start, until = month_bounds(desk.month, desk.facts.zone)
    ends = version.stored.valid_until
    return version.stored.valid_from <= start and (ends is None or ends >= until)


def percent_on(rules: ContractRuleConfig, day: date) -> str:
    """The tax percent of a day, as text."""
    percent = rules.get("tax_percentage", DEFAULT_TAX_PERCENT)
    for entry in sorted(rules.get("tax_rates_by_date", ()), key=lambda entry: entry["from"]):
        if entry["from"] <= day:
            percent = entry["percent"]
    return f"{percent.normalize():f}"
