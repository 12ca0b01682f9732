"""Measure the rating engine against the obvious alternative: one Decimal at a time, trip by trip."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from billing.rating import RatedPeriod, RatingInput, rate_period
from billing.rating.simulate import SimulatedMonth
from billing.rules import parse_rules
from billing.schemas.rating import ContractVersion
from billing.schemas.trip_columns import COMPLETED, TripColumns, micros
from moveinsync_desktop.commands.bench_bars import Bar, columns
from moveinsync_desktop.commands.bench_engines import agree, duckdb_engine, polars_engine

REQUIRED_RATIO = 20
LINEAR = 1.5
WHATIF_SECONDS = 0.25
FIRST_DAY, LAST_DAY = date(2026, 10, 1), date(2026, 10, 31)
ZONE = ZoneInfo("Asia/Kolkata")
SEED = 20261001
ALWAYS = datetime(2020, 1, 1, tzinfo=UTC)

HYBRID = {
    "base_monthly_fee": "300000",
    "free_km_included": "200000",
    "per_km_rate_after_limit": "18.50",
    "night_shift_surcharge": "150",
    "carpool_discount": "0.1",
    "incentive_rules": {"carpool_bonus": "50"},
    "tax_percentage": "18",
}
PER_TRIP = {
    "base_fare": "50",
    "per_km_rate": "14.50",
    "cost_per_minute": "1.5",
    "min_fare": "150",
    "max_fare": "2500",
    "night_surcharge_percent": "20",
    "night_window": {"basis": "prorata_minutes"},
    "carpool_discount": "0.1",
    "escort_charge_per_trip": "75",
    "waiting": {"free_minutes": "10", "block_minutes": "15", "rate_per_block": "30"},
    "no_show": {"percent_of_fare": "50"},
    "toll_taxable": False,
    "incentive_rules": {"carpool_bonus": "50"},
    "sla": {"bands": [{"over_minutes": "10", "percent_of_fare": "5"}]},
    "tax_split": "CGST_SGST",
}
SLABS = {
    "slabs": {
        "mode": "graduated",
        "bands": [{"upto": "10", "amount": "100"}, {"upto": "30", "rate": "12"}, {"upto": None, "rate": "10.5"}],
    },
    "night_shift_surcharge": "150",
}


def measure(trips: int, *, sample: int, repeat: int, sizes: Sequence[int]) -> dict[str, Any]:
    """Rate so many trips under three rule sets, the first also in other sizes; the loop runs on a sample."""
    loop_rate = _loop_rate(min(sample, trips), repeat)
    rows = [_row("HYBRID", "HYBRID", HYBRID, trips, repeat, loop_rate)]
    rows += _alternatives(trips, repeat, loop_rate)
    rows += [_row("HYBRID", "HYBRID", HYBRID, size, repeat, loop_rate) for size in sizes]
    rows.append(_row("PER_TRIP, all adders", "PER_TRIP", PER_TRIP, trips, repeat, None))
    rows.append(_row("PER_TRIP, graduated slabs", "PER_TRIP", SLABS, trips, repeat, None))
    return {"trips": trips, "sample": min(sample, trips), "required_ratio": REQUIRED_RATIO, "rows": rows}


def measure_whatif(trips: int, *, repeat: int) -> dict[str, Any]:
    """A month rated again after one rule changed, with the difference by line code and by trip."""
    given = month_of(make_trips(trips), "HYBRID", HYBRID)
    in_force = given.versions[0].rules
    begin = time.perf_counter()
    month = SimulatedMonth(given, in_force)
    first = time.perf_counter() - begin
    changed = parse_rules("HYBRID", HYBRID | {"per_km_rate_after_limit": "19.25"})
    return {
        "trips": trips,
        "first_seconds": round(first, 4),
        "seconds": round(fastest(lambda: month.under(changed), repeat), 4),
        "required_seconds": WHATIF_SECONDS,
    }


def bars(found: dict[str, Any]) -> list[Bar]:
    """The bars of rating: the loop, the alternatives that are installed, and the growth from the smallest size on."""
    ours, *others = found["rows"]
    what, seconds = f"rate {ours['trips']:,} HYBRID trips in memory", f"{ours['seconds']:.3f} s"
    loop = f"{ours['loop_per_second']:,} trips/s"
    made = [
        Bar("rating", what, "a loop of Decimals", f"{ours['per_second']:,} trips/s", loop, ours["ratio"],
            REQUIRED_RATIO, at_least=True)
    ]  # fmt: skip
    for row in others:
        if row["what"].startswith("HYBRID in "):
            rival = row["what"].removeprefix("HYBRID in ")
            ratio = round(ours["seconds"] / row["seconds"], 2)
            made.append(Bar("rating", what, rival, seconds, f"{row['seconds']:.3f} s", ratio, 1.0))
    return made + [_growth(ours, row) for row in others if row["what"] == "HYBRID" and row["trips"] > ours["trips"]]


def _growth(ours: dict[str, Any], more: dict[str, Any]) -> Bar:
    """Time a trip of a larger size against this one's: linear growth stays at 1."""
    ratio = round(more["seconds"] / more["trips"] / (ours["seconds"] / ours["trips"]), 2)
    later, before = (f"{row['seconds'] / row['trips'] * 1e9:.0f} ns a trip" for row in (more, ours))
    return Bar("rating", f"growth to {more['trips']:,} trips", f"{ours['trips']:,}", later, before, ratio, LINEAR)


def whatif_bars(found: dict[str, Any]) -> list[Bar]:
    """The bar of a what-if."""
    ours, first = f"{found['seconds'] * 1000:.0f} ms", f"{found['first_seconds'] * 1000:.0f} ms"
    limit = found["required_seconds"] * 1000
    what = f"what-if of {found['trips']:,} trips"
    return [Bar("whatif", what, "the first rating", ours, first, found["seconds"] * 1000, limit, "ms")]


def lines(found: dict[str, Any]) -> list[str]:
    """Every size and rule set, as columns of text; nothing for a what-if."""
    if "rows" not in found:
        return []
    titles = ("what", "trips", "seconds", "trips a second", "Decimal loop", "ratio", "peak MB")
    rows = [
        (
            row["what"],
            f"{row['trips']:,}",
            f"{row['seconds']:.4f}",
            f"{row['per_second']:,}",
            f"{row['loop_per_second']:,} /s" if row["loop_per_second"] else "",
            f"{row['ratio']:.0f} x" if row["ratio"] else "",
            "" if row["peak_mb"] is None else f"{row['peak_mb']:.0f}",
        )
        for row in found["rows"]
    ]
    told = f"The loop agrees with the engine on all {found['sample']:,} trips of the sample."
    return [*columns([titles, *rows]), told, ""]


def _alternatives(trips: int, repeat: int, loop_rate: float) -> list[dict[str, Any]]:
    """The same rules in DuckDB and polars, where they are installed."""
    columns = make_trips(trips)
    rated = rate_period(month_of(columns, "HYBRID", HYBRID))
    rows = []
    for what, make in (("HYBRID in DuckDB", duckdb_engine), ("HYBRID in polars", polars_engine)):
        engine = make(columns)
        if engine is None:
            continue
        engine.rate()
        if not agree(rated, engine.figures()):
            raise AssertionError(f"{what} disagrees with the engine: the measurement would be of different work")
        seconds = fastest(engine.rate, repeat)
        rows.append(_measured(what, trips, seconds, loop_rate, None))
    return rows


def month_of(columns: TripColumns, model: str, rules: dict[str, Any]) -> RatingInput:
    """October 2026 of one contract version."""
    version = ContractVersion(1, parse_rules(model, rules), ALWAYS)
    return RatingInput(FIRST_DAY, LAST_DAY, (version,), columns)


def _row(
    what: str, model: str, rules: dict[str, Any], trips: int, repeat: int, loop_rate: float | None
) -> dict[str, Any]:
    given = month_of(make_trips(trips), model, rules)
    seconds = fastest(lambda: rate_period(given), repeat)
    return _measured(what, trips, seconds, loop_rate, _peak(lambda: rate_period(given)))


def _measured(what: str, trips: int, seconds: float, loop_rate: float | None, peak: int | None) -> dict[str, Any]:
    per_second = trips / seconds
    return {
        "what": what,
        "trips": trips,
        "seconds": round(seconds, 4),
        "per_second": round(per_second),
        "loop_per_second": round(loop_rate) if loop_rate else None,
        "ratio": round(per_second / loop_rate, 1) if loop_rate else None,
        "peak_mb": None if peak is None else round(peak / 2**20, 1),
    }


def fastest(work: Callable[[], object], repeat: int) -> float:
    """Seconds of the fastest of some runs."""
    seconds = []
    for _ in range(repeat):
        begin = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begin)
    return min(seconds)


def _peak(work: Callable[[], object]) -> int:
    """Bytes that rating takes at most, beside its input."""
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def make_trips(count: int) -> TripColumns:
    """Trips of a month in rating order, from a fixed seed: shifts on the minute, no-shows, carpools, tolls."""
    draw = np.random.default_rng(SEED)
    begin = micros(datetime(FIRST_DAY.year, FIRST_DAY.month, FIRST_DAY.day, tzinfo=ZONE))
    days = (LAST_DAY - FIRST_DAY).days + 1
    start = np.sort(begin + draw.integers(0, days * 24 * 60, count) * 60_000_000)
    return TripColumns(
        trip_ids=np.arange(count),
        start=start,
        end=start + draw.integers(10, 120, count) * 60_000_000,
        distance_m=draw.integers(500, 60_000, count),
        status=(draw.random(count) < 0.03).astype(np.int8),
        carpool=draw.random(count) < 0.3,
        escort=draw.random(count) < 0.1,
        waiting=draw.integers(0, 60_000_000, count),
        late=draw.integers(0, 30_000_000, count),
        toll=np.where(draw.random(count) < 0.1, draw.integers(1_000, 9_000, count), 0),
        parking=np.where(draw.random(count) < 0.1, draw.integers(1_000, 9_000, count), 0),
        ids_are_unique=True,
    )


def _loop_rate(sample: int, repeat: int) -> float:
    """Trips a second of the loop, after checking that it comes to the engine's figures."""
    columns = make_trips(sample)
    given = (columns.start, columns.distance_m, columns.status, columns.carpool, columns.toll, columns.parking)
    trips = [
        DecimalTrip(
            _EPOCH + timedelta(microseconds=start),
            Decimal(metres).scaleb(-3),
            status == COMPLETED,
            carpool,
            Decimal(toll).scaleb(-2),
            Decimal(parking).scaleb(-2),
        )
        for start, metres, status, carpool, toll, parking in zip(
            *(np.asarray(column).tolist() for column in given), strict=True
        )
    ]
    _check(rate_period(month_of(columns, "HYBRID", HYBRID)), DecimalHybrid().rate(trips))
    return sample / fastest(lambda: DecimalHybrid().rate(trips), repeat)


def _check(rated: RatedPeriod, looped: list[DecimalCharge]) -> None:
    trips = rated.trips
    ours = zip(*(column.tolist() for column in (trips.base, trips.tax, trips.incentive, trips.total)), strict=True)
    theirs = [(loop.base, loop.tax, loop.incentive, loop.total) for loop in looped]
    if list(ours) != [tuple(int(amount.scaleb(2)) for amount in amounts) for amounts in theirs]:
        raise AssertionError("the loop and the engine disagree: the measurement would be of different work")


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_PAISA = Decimal("0.01")
_NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class DecimalTrip:
    """A trip as a per-trip strategy sees it."""

    start: datetime
    km: Decimal
    is_completed: bool
    is_carpool: bool
    toll: Decimal
    parking: Decimal


@dataclass(frozen=True, slots=True)
class DecimalCharge:
    """What a per-trip strategy gives for a trip, which is what the engine gives for it, too."""

    lines: dict[str, Decimal]
    base: Decimal
    tax: Decimal
    incentive: Decimal
    total: Decimal


class DecimalHybrid:
    """The HYBRID rules above, one trip at a time in Decimals: what the engine is measured against."""

    def __init__(self) -> None:
        self.free = Decimal(str(HYBRID["free_km_included"]))
        self.rate_per_km = Decimal(str(HYBRID["per_km_rate_after_limit"]))
        self.night = Decimal(str(HYBRID["night_shift_surcharge"]))
        self.discount = Decimal(str(HYBRID["carpool_discount"]))
        self.tax = Decimal(str(HYBRID["tax_percentage"])) / 100
        self.bonus = Decimal("50")

    def rate(self, trips: list[DecimalTrip]) -> list[DecimalCharge]:
        """The charge of every trip, in order."""
        used = _NOTHING
        result = []
        for trip in trips:
            result.append(self.charge(trip, used))
            if trip.is_completed:
                used += trip.km
        return result

    def charge(self, trip: DecimalTrip, used: Decimal) -> DecimalCharge:
        """The charge of one trip, given the km used before it."""
        if not trip.is_completed:
            return DecimalCharge({}, _NOTHING, _NOTHING, _NOTHING, _NOTHING)
        lines = self._lines(trip, used)
        base = sum(lines.values(), _NOTHING)
        tax = (base * self.tax).quantize(_PAISA, ROUND_HALF_UP)
        incentive = self.bonus if trip.is_carpool else _NOTHING
        return DecimalCharge(lines, base, tax, incentive, base + tax + incentive)

    def _lines(self, trip: DecimalTrip, used: Decimal) -> dict[str, Decimal]:
        charged = max(_NOTHING, used + trip.km - self.free) - max(_NOTHING, used - self.free)
        fare = (charged * self.rate_per_km).quantize(_PAISA, ROUND_HALF_UP)
        lines = {"DISTANCE": fare}
        if trip.is_carpool and fare:
            lines["CARPOOL_DISCOUNT"] = -(fare * self.discount).quantize(_PAISA, ROUND_HALF_UP)
        hour = trip.start.astimezone(ZONE).hour
        if hour >= 20 or hour < 6:
            lines["NIGHT"] = self.night
        if trip.toll:
            lines["TOLL"] = trip.toll
        if trip.parking:
            lines["PARKING"] = trip.parking
        return lines
