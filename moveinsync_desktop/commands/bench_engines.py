"""The HYBRID rules of the benchmark in DuckDB and in polars: what the rating engine must not be slower than.

Both are extras for benchmarking only (`pip install moveinsync-desktop[bench]`); without them their rows are left out.
Each comes to the same figures as the engine for every trip, which is checked before anything is measured.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from billing.rating import RatedPeriod
from billing.schemas.trip_columns import TripColumns

FIGURES = ("distance", "discount", "night", "toll", "parking", "base", "tax", "incentive", "total")
FREE_M = 200_000_000
IST_MICROS = 19_800_000_000
HOUR_MICROS = 3_600_000_000

Figures = dict[str, Any]

_SQL = f"""
CREATE OR REPLACE TEMP TABLE rated AS
WITH used AS (
  SELECT *, CASE WHEN status = 0 THEN metres ELSE 0 END AS own,
         sum(CASE WHEN status = 0 THEN metres ELSE 0 END)
           OVER (ORDER BY start, id ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)::BIGINT AS upto
    FROM trips
), fare AS (
  SELECT *, CASE WHEN status = 0 THEN
           ((greatest(upto - {FREE_M}, 0) - greatest(upto - own - {FREE_M}, 0)) * 1850 + 500) // 1000
         ELSE 0 END AS distance
    FROM used
), lines AS (
  SELECT *, CASE WHEN carpool THEN -((distance * 10 + 50) // 100) ELSE 0 END AS discount,
         CASE WHEN status = 0 AND ((start + {IST_MICROS}) // {HOUR_MICROS} % 24 >= 20
                                   OR (start + {IST_MICROS}) // {HOUR_MICROS} % 24 < 6) THEN 15000 ELSE 0 END AS night,
         CASE WHEN status = 0 THEN toll ELSE 0 END AS own_toll,
         CASE WHEN status = 0 THEN parking ELSE 0 END AS own_parking,
         CASE WHEN status = 0 AND carpool THEN 5000 ELSE 0 END AS incentive
    FROM fare
), summed AS (
  SELECT *, distance + discount + night + own_toll + own_parking AS base FROM lines
)
SELECT id, distance, discount, night, own_toll AS toll, own_parking AS parking, base,
       (base * 18 + 50) // 100 AS tax, incentive, base + (base * 18 + 50) // 100 + incentive AS total
  FROM summed
"""


@dataclass(frozen=True, slots=True)
class Engine:
    """An alternative, loaded with the trips.

    Attributes:
        rate: rates them once.
        figures: the figures of the last rating, an array by name, in the order of the trips.
    """

    rate: Callable[[], object]
    figures: Callable[[], Figures]


def duckdb_engine(columns: TripColumns) -> Engine | None:
    """DuckDB, rating into a table in its memory; None where it is not installed."""
    duckdb = _optional("duckdb")
    if duckdb is None:
        return None
    session = duckdb.connect(":memory:")
    session.register("given", _arrays(columns))
    session.execute("CREATE TABLE trips AS SELECT * FROM given")
    return Engine(
        rate=lambda: session.execute(_SQL),
        figures=lambda: session.execute("SELECT * FROM rated ORDER BY id").fetchnumpy(),
    )


def polars_engine(columns: TripColumns) -> Engine | None:
    """polars, rating into a frame; None where it is not installed."""
    polars = _optional("polars")
    if polars is None:
        return None
    frame = polars.DataFrame(_arrays(columns))
    kept: list[Any] = [None]

    def rate() -> None:
        kept[0] = _polars_plan(polars, frame.lazy()).collect()

    return Engine(rate, figures=lambda: {name: kept[0][name].to_numpy() for name in FIGURES})


def _polars_plan(polars: Any, trips: Any) -> Any:
    col, when = polars.col, polars.when
    done = col("status") == 0
    own = when(done).then(col("metres")).otherwise(0)
    hour = (col("start") + IST_MICROS) // HOUR_MICROS % 24
    beyond = (col("upto") - FREE_M).clip(0) - (col("upto") - col("own") - FREE_M).clip(0)
    return (
        trips.sort("start", "id")
        .with_columns(own=own)
        .with_columns(upto=col("own").cum_sum())
        .with_columns(distance=when(done).then((beyond * 1850 + 500) // 1000).otherwise(0))
        .with_columns(
            discount=when(col("carpool")).then(-((col("distance") * 10 + 50) // 100)).otherwise(0),
            night=when(done & ((hour >= 20) | (hour < 6))).then(15000).otherwise(0),
            toll=when(done).then(col("toll")).otherwise(0),
            parking=when(done).then(col("parking")).otherwise(0),
            incentive=when(done & col("carpool")).then(5000).otherwise(0),
        )
        .with_columns(base=col("distance") + col("discount") + col("night") + col("toll") + col("parking"))
        .with_columns(tax=(col("base") * 18 + 50) // 100)
        .with_columns(total=col("base") + col("tax") + col("incentive"))
        .select("id", *FIGURES)
    )


def agree(rated: RatedPeriod, figures: Figures) -> bool:
    """Whether an alternative came to the engine's figures for every trip."""
    trips = rated.trips
    ours = {"base": trips.base, "tax": trips.tax, "incentive": trips.incentive, "total": trips.total}
    ours |= {"distance": trips.amounts["DISTANCE"], "night": trips.amounts["NIGHT"]}
    return all(np.array_equal(np.asarray(figures[name], np.int64), column) for name, column in ours.items())


def _arrays(columns: TripColumns) -> Any:
    """The columns that the rules need, as arrays by name."""
    carpool, status = columns.carpool, columns.status
    assert carpool is not None, "the benchmark's trips say which were carpools"
    assert status is not None, "the benchmark's trips have a status"
    return {
        "id": columns.trip_ids,
        "start": columns.start,
        "metres": columns.distance_m,
        "status": status,
        "carpool": carpool,
        "toll": columns.toll,
        "parking": columns.parking,
    }


def _optional(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError:
        return None
