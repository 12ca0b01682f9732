"""Short ways to write rating bundles in tests."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

IST = "+05:30"


def trip(trip_id: str, start: str, end: str = "", km: str = "10", **more: Any) -> dict[str, Any]:
    """A trip; `start` and `end` are such as '03T09:00' of November 2025, IST; the end is an hour later by default."""
    if not end:
        day, clock = start.split("T")
        hour = int(clock[:2]) + 1
        end = f"{int(day) + hour // 24:02}T{hour % 24:02}{clock[2:]}"
    times = {"start_time": f"2025-11-{start}:00{IST}", "end_time": f"2025-11-{end}:00{IST}"}
    return {"trip_id": trip_id, **times, "distance_km": km, **more}


def version(
    model: str, rules: Mapping[str, Any], number: int = 1, since: str = "2025-01-01", until: str | None = None
) -> dict[str, Any]:
    """A contract version from one local midnight to another."""
    return {
        "version_number": number,
        "billing_model": model,
        "rules_config": dict(rules),
        "valid_from": f"{since}T00:00:00{IST}",
        "valid_until": f"{until}T00:00:00{IST}" if until else None,
    }


def bundle(model: str, rules: Mapping[str, Any], trips: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
    """A bundle of November 2025 with one version."""
    return {"period": ["2025-11-01", "2025-11-30"], "versions": [version(model, rules)], "trips": trips, **more}
