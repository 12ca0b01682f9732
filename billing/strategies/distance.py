"""Billable km: what the meter or the GPS says, plus garage km."""

from __future__ import annotations

import numpy as np

from billing.strategies.block import TripBlock
from billing.strategies.exact import Ints, plus, times
from billing.strategies.terms import Terms, metres


def billable_metres(block: TripBlock, terms: Terms) -> Ints:
    """The metres that price a trip, use up free km and count as usage and guarantee run km."""
    distance = _gps_checked(block, terms)
    garage = terms.get("garage")
    if garage is None:
        return distance
    if garage["mode"] == "fixed":
        return plus(distance, metres(garage["km"]))
    measured = block.figures(lambda columns: columns.garage_m)
    if measured is None:
        return distance
    return plus(distance, np.minimum(measured, metres(garage["cap_km"])) if "cap_km" in garage else measured)


def _gps_checked(block: TripBlock, terms: Terms) -> Ints:
    """Claimed km within the tolerance of the GPS km, else the GPS km; reported km where one of them is missing."""
    tolerance = terms.rate("gps_tolerance_percent")
    claimed = block.figures(lambda columns: columns.claimed_m)
    gps = block.figures(lambda columns: columns.gps_m)
    if tolerance is None or claimed is None or gps is None:
        return block.distance_m
    is_within = times(claimed, terms.hundred) <= times(gps, terms.hundred + tolerance)
    checked = np.where(is_within, claimed, gps)
    return np.where((claimed >= 0) & (gps >= 0), checked, block.distance_m)
