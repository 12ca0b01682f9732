"""Worked cases that others published: billing engines' own tests and pages, tariffs of cab companies; source by name.

Their units are km here, their started blocks are blocks of waiting; the figures are theirs. Where a tariff names its
rates only, the case is worked by hand beside it. Two engines charge nothing for a quantity of 0 under a first band with
a fixed amount (Lago); TARIFF.md section 6 charges it, as OpenMeter does.
"""

from __future__ import annotations

from typing import Any

import pytest

from billing.rating.bundle import rate_bundle

Rules = dict[str, Any]


def bands(mode: str, *made: tuple[str | None, str, str]) -> Rules:
    """(upto, amount, rate) of each band."""
    return {"slabs": {"mode": mode, "bands": [{"upto": u, "amount": a, "rate": r} for u, a, r in made]}}


def slab_cases(source: str, rules: Rules, results: dict[str, str]) -> list[tuple[str, Rules, dict[str, Any], str]]:
    return [(f"{source}: {km}", rules, {"distance_km": km}, amount) for km, amount in results.items()]


LAGO_GRADUATED = bands("graduated", ("10", "2", "10"), (None, "3", "5"))
LAGO_FIXED = bands("graduated", ("10", "1", "2"), (None, "0", "1"))
LAGO_VOLUME = bands("volume", ("100", "10", "2"), ("200", "0", "1"), (None, "50", "0.5"))
LAGO_CALLS = bands(
    "volume", ("10000", "10", "0.0010"), ("50000", "10", "0.0008"), ("100000", "10", "0.0006"), (None, "10", "0.0004")
)
OPENMETER_GRADUATED = bands("graduated", ("5", "100", "0"), ("10", "50", "0"), ("15", "0", "10"), (None, "0", "5"))
OPENMETER_SPEND = bands("graduated", ("5", "100", "0"), ("10", "50", "0"), ("15", "0", "5"), (None, "0", "1"))
OPENMETER_VOLUME = bands("volume", ("5", "100", "0"), ("10", "150", "0"), ("15", "0", "10"), (None, "0", "5"))
KILL_BILL = (("10", "0", "1.5"), ("110", "0", "1.0"), (None, "0", "0.5"))
STRIPE = (("5", "0", "7"), ("10", "0", "6.50"), (None, "0", "6"))
STRIPE_FLAT = (("5", "10", "5"), ("10", "20", "4"), ("15", "30", "3"), ("20", "40", "2"), (None, "50", "1"))
ZUPLO = (("1000", "0", "0.10"), ("10000", "0", "0.05"), (None, "0", "0.01"))
AUTUMN = (("1000", "0", "0.01"), ("10000", "0", "0.008"), (None, "0", "0.005"))

SLABS = [
    *slab_cases("Lago, graduated service spec", LAGO_GRADUATED, {"1": "12", "10": "102", "11": "110", "12": "115"}),
    *slab_cases("Lago, graduated fixed charge spec", LAGO_FIXED, {"5": "11"}),
    *slab_cases(
        "Lago, volume service spec", LAGO_VOLUME, {"1": "12", "100": "210", "101": "101", "200": "200", "300": "200"}
    ),
    *slab_cases("Lago, volume page", LAGO_CALLS, {"65000": "49"}),
    *slab_cases(
        "OpenMeter, graduated calculator test",
        OPENMETER_GRADUATED,
        {"0": "100", "3": "100", "5": "100", "5.001": "150", "7": "150", "12": "170", "22": "235"},
    ),
    *slab_cases("OpenMeter, graduated period test", OPENMETER_SPEND, {"22": "182", "12": "160"}),
    *slab_cases(
        "OpenMeter, volume test",
        OPENMETER_VOLUME,
        {"0": "100", "3": "100", "5": "100", "10": "150", "14": "140", "15": "150", "16": "80", "100": "500"},
    ),
    *slab_cases("Kill Bill, ALL_TIERS test", bands("graduated", *KILL_BILL), {"111": "115.50"}),
    *slab_cases("Kill Bill, TOP_TIER test", bands("volume", *KILL_BILL), {"111": "55.50"}),
    *slab_cases(
        "Stripe, graduated page",
        bands("graduated", *STRIPE),
        {"1": "7", "5": "35", "6": "41.50", "20": "127.50", "25": "157.50"},
    ),
    *slab_cases(
        "Stripe, volume page", bands("volume", *STRIPE), {"1": "7", "5": "35", "6": "39", "20": "120", "25": "150"}
    ),
    *slab_cases(  # 5 x 5 + 10, then each part at its own price with the amount of every tier entered
        "Stripe, graduated with flat amounts",
        bands("graduated", *STRIPE_FLAT),
        {"1": "15", "5": "35", "6": "59", "10": "75", "11": "108", "16": "162", "25": "225"},
    ),
    *slab_cases(
        "Stripe, volume with flat amounts",
        bands("volume", *STRIPE_FLAT),
        {"1": "15", "5": "35", "7": "48", "12": "66", "18": "76", "25": "75"},
    ),
    *slab_cases("Zuplo, graduated page", bands("graduated", *ZUPLO), {"15000": "600"}),
    *slab_cases("Zuplo, volume page", bands("volume", *ZUPLO), {"15000": "150"}),
    *slab_cases("Autumn, graduated page", bands("graduated", *AUTUMN), {"15000": "107"}),
]


def blocks(free: str, size: str, rate: str) -> Rules:
    return {"base_fare": "0", "waiting": {"free_minutes": free, "block_minutes": size, "rate_per_block": rate}}


BLOCKS = [
    ("Lago, package page: 201 units, 100 free", blocks("100", "100", "5"), "201", "10"),
    ("Lago, package spec: 121 units", blocks("0", "10", "1"), "121", "13"),
    ("Lago, package spec: 121 units, 10 free", blocks("10", "10", "1"), "121", "12"),
    ("Chargebee, package page: 1.5 million tokens", blocks("0", "1000000", "1.25"), "1500000", "2.50"),
    ("Chargebee, package page: one million tokens", blocks("0", "1000000", "1.25"), "1000000", "1.25"),
    ("Kill Bill, block test: 1,000 units in hundreds", blocks("0", "100", "1"), "1000", "10"),
    ("Kill Bill, block test: 401 units in hundreds", blocks("0", "100", "1"), "401", "5"),
    ("Kill Bill, block test: 101,001 units in thousands", blocks("0", "1000", "0.5"), "101001", "51"),
    ("Kill Bill, block test: 300,000 units in thousands", blocks("0", "1000", "0.5"), "300000", "150"),
    ("KSTDC Bengaluru: 15 per 15 minutes after 5, 21 minutes", blocks("5", "15", "15"), "21", "30"),
]

NIGHT = {"start": "23:00", "end": "05:00"}
LOCAL = [("4", "40", "1600"), ("8", "80", "3200"), ("12", "120", "4800")]
PACKAGES = {
    "local_packages": [{"hours": hours, "km": km, "amount": amount} for hours, km, amount in LOCAL],
    "auto_switch": True,
    "extra_km_rate": "17",
    "extra_hour_rate": "270",
}
TARIFFS: list[tuple[str, Rules, dict[str, Any], dict[str, str]]] = [
    (
        "KSTDC Bengaluru: 100 for 4 km, 24 a km after, 12.5 km",
        bands("graduated", ("4", "100", "0"), (None, "0", "24")),
        {"distance_km": "12.5"},
        {"SLAB": "304.00"},
    ),
    (
        "Mumbai autorickshaw: 21 for 1.5 km, 14.20 a km after, 7.3 km",
        bands("graduated", ("1.5", "21", "0"), (None, "0", "14.20")),
        {"distance_km": "7.3"},
        {"SLAB": "103.36"},
    ),
    (
        "Delhi taxi: 25 for the first km, 14 after, 25 % more from 23:00 to 05:00, 10 km",
        bands("graduated", ("1", "25", "0"), (None, "0", "14"))
        | {"night_surcharge_percent": "25", "night_window": NIGHT},
        {"distance_km": "10", "start_time": "2025-11-03T23:30:00+05:30", "end_time": "2025-11-04T00:10:00+05:30"},
        {"SLAB": "151.00", "NIGHT": "37.75"},
    ),
    (
        "Mumbai black cab: 17.85 a km and 2.10 a minute, at least 157.50, 5 km in 20 minutes",
        {"per_km_rate": "17.85", "cost_per_minute": "2.1", "min_fare": "157.5"},
        {"distance_km": "5", "end_time": "2025-11-03T09:20:00+05:30"},
        {"DISTANCE": "89.25", "TIME": "42.00", "MIN_FARE_TOPUP": "26.25"},
    ),
    (
        "MDM Fleets: 8 h / 80 km covers 7 h / 72 km",
        PACKAGES,
        {"distance_km": "72", "end_time": "2025-11-03T16:00:00+05:30"},
        {"PACKAGE": "3200.00", "EXTRA_KM": "0.00", "EXTRA_HOUR": "0.00"},
    ),
    (
        "MDM Fleets: past 12 h / 120 km every km 17, every hour 270",
        PACKAGES,
        {"distance_km": "131.5", "end_time": "2025-11-03T22:30:00+05:30"},
        {"PACKAGE": "4800.00", "EXTRA_KM": "195.50", "EXTRA_HOUR": "405.00"},
    ),
    (
        "MDM Fleets, outstation: 250 km a day at 18, driver 450, two days of 430 km",
        {"outstation": {"min_km_per_day": "250", "per_km": "18", "driver_allowance_per_day": "450"}},
        {"distance_km": "430", "end_time": "2025-11-04T19:00:00+05:30"},
        {"DISTANCE": "9000.00", "DRIVER_ALLOWANCE": "900.00"},
    ),
    (
        "Coimbatore City Taxi, Innova: 250 km a calendar day at 13, driver 300, three dates, 800 km",
        {"outstation": {"min_km_per_day": "250", "per_km": "13", "driver_allowance_per_day": "300"}},
        {"distance_km": "800", "start_time": "2025-11-03T23:00:00+05:30", "end_time": "2025-11-05T06:00:00+05:30"},
        {"DISTANCE": "10400.00", "DRIVER_ALLOWANCE": "900.00"},
    ),
    (
        "Tempo Traveller: five days of at least 250 km at 18 are 22,500",
        {"outstation": {"min_km_per_day": "250", "per_km": "18"}},
        {"distance_km": "900", "calendar_days": 5},
        {"DISTANCE": "22500.00"},
    ),
]

SPENDS = [
    ("OpenMeter, graduated: at least 1,000", OPENMETER_SPEND, {"min_guarantee": {"amount": "1000"}}, "0", "900.00"),
    ("OpenMeter, volume: at least 150, no use", OPENMETER_VOLUME, {"min_guarantee": {"amount": "150"}}, "0", "50.00"),
    ("OpenMeter, volume: at least 150, five", OPENMETER_VOLUME, {"min_guarantee": {"amount": "150"}}, "5", "50.00"),
    ("OpenMeter, volume: at least 100, reached", OPENMETER_VOLUME, {"min_guarantee": {"amount": "100"}}, "5", None),
    ("OpenMeter, graduated: at most 170", OPENMETER_SPEND, {"monthly_cap": "170"}, "22", "-12.00"),
    ("OpenMeter, volume: at most 125", OPENMETER_VOLUME, {"monthly_cap": "125"}, "7", "-25.00"),
    ("OpenMeter, volume: at most 100, reached", OPENMETER_VOLUME, {"monthly_cap": "100"}, "5", None),
]


def rated(rules: Rules, trip: dict[str, Any]) -> dict[str, Any]:
    version = {"version_number": 1, "billing_model": "PER_TRIP", "rules_config": rules, "valid_until": None}
    times = {"start_time": "2025-11-03T09:00:00+05:30", "end_time": "2025-11-03T10:00:00+05:30"}
    return rate_bundle(
        {
            "period": ["2025-11-01", "2025-11-30"],
            "versions": [version | {"valid_from": "2025-01-01T00:00:00+05:30"}],
            "trips": [{"trip_id": "a", "distance_km": "0", **times, **trip}],
        }
    )


@pytest.mark.parametrize(("rules", "trip", "amount"), [case[1:] for case in SLABS], ids=[case[0] for case in SLABS])
def test_slabs(rules: Rules, trip: dict[str, Any], amount: str) -> None:
    whole, _, part = amount.partition(".")
    assert rated(rules, trip)["taxable_subtotal"] == f"{whole}.{part.ljust(2, '0')}"


@pytest.mark.parametrize(("rules", "count", "amount"), [case[1:] for case in BLOCKS], ids=[case[0] for case in BLOCKS])
def test_started_blocks(rules: Rules, count: str, amount: str) -> None:
    whole, _, part = amount.partition(".")
    (trip,) = rated(rules, {"waiting_minutes": count})["trips"]
    assert trip["lines"]["WAITING"] == f"{whole}.{part.ljust(2, '0')}"


@pytest.mark.parametrize(("rules", "trip", "lines"), [case[1:] for case in TARIFFS], ids=[case[0] for case in TARIFFS])
def test_tariffs(rules: Rules, trip: dict[str, Any], lines: dict[str, str]) -> None:
    (found,) = rated(rules, trip)["trips"]
    assert found["lines"] == lines


@pytest.mark.parametrize(
    ("rules", "spend", "km", "amount"), [case[1:] for case in SPENDS], ids=[case[0] for case in SPENDS]
)
def test_least_and_most_of_a_period(rules: Rules, spend: Rules, km: str, amount: str | None) -> None:
    lines = rated({**rules, **spend}, {"distance_km": km})["period_lines"]
    assert list(lines.values()) == ([] if amount is None else [amount])
