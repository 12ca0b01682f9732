"""Base fare, price a km, price a minute."""

from __future__ import annotations

from billing.strategies.block import TripBlock
from billing.strategies.line import TripLine, flat, priced
from billing.strategies.terms import Terms

MICROS_IN_MINUTE = 60_000_000


def metered_lines(block: TripBlock, terms: Terms) -> list[TripLine]:
    """One line for each of the keys that is there."""
    lines = []
    if (base := terms.rate("base_fare")) is not None:
        lines.append(
            flat("BASE_FARE", "base_fare", len(block), base, terms.scale, always=True, why=lambda _: "each trip")
        )
    if (per_km := terms.rate("per_km_rate")) is not None:
        lines.append(
            priced("DISTANCE", "per_km_rate", block.billable_m, 1000, per_km, terms.scale, unit="km", always=True)
        )
    if (per_minute := terms.rate("cost_per_minute")) is not None:
        lines.append(
            priced(
                "TIME",
                "cost_per_minute",
                block.duration,
                MICROS_IN_MINUTE,
                per_minute,
                terms.scale,
                unit="min",
                always=True,
            )
        )
    return lines
