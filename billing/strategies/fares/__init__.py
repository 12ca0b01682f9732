"""The kinds of fare: one small file each, one table that says which keys ask for which.

A kind is a function (trips, terms) -> lines over all these trips. Adding a kind is a file, an entry here, and its
keys in `billing.rules.check.FARE_KINDS`.
"""

from __future__ import annotations

from collections.abc import Callable

from billing.rules.check import fare_kinds
from billing.strategies.block import TripBlock
from billing.strategies.fares.limits import limit_lines
from billing.strategies.fares.local_package import local_package_lines
from billing.strategies.fares.metered import metered_lines
from billing.strategies.fares.outstation import outstation_lines
from billing.strategies.fares.seats import seat_lines
from billing.strategies.fares.slabs import slab_lines
from billing.strategies.fares.zones import zone_lines
from billing.strategies.line import TripLine
from billing.strategies.terms import Terms

FareKind = Callable[[TripBlock, Terms], list[TripLine]]

FARES: dict[str, FareKind] = {
    "metered": metered_lines,
    "slabs": slab_lines,
    "zone": zone_lines,
    "seats": seat_lines,
    "local": local_package_lines,
    "outstation": outstation_lines,
}


def per_trip_fare(block: TripBlock, terms: Terms) -> list[TripLine]:
    """The fare lines of PER_TRIP: the kind that the rules ask for, then the minimum and maximum."""
    lines = FARES[fare_kinds(terms.values)[0]](block, terms)
    return [*lines, *limit_lines(lines, len(block), terms)]
