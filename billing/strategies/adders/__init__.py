"""What is added to a completed trip's fare: one small file each, in the order of TARIFF.md section 1, item 5.

An adder is a function (trips, terms, fare) -> lines; it looks at completed trips only. Adding one is a file and an
entry here.
"""

from __future__ import annotations

from collections.abc import Callable

from billing.schemas.trip_columns import IntArray
from billing.strategies.adders.carpool import carpool_lines
from billing.strategies.adders.escort import escort_lines
from billing.strategies.adders.night import night_lines
from billing.strategies.adders.pass_through import parking_lines, toll_lines
from billing.strategies.adders.waiting import waiting_lines
from billing.strategies.block import TripBlock
from billing.strategies.line import TripLine
from billing.strategies.terms import Terms

Adder = Callable[[TripBlock, Terms, IntArray], list[TripLine]]

ADDERS: tuple[Adder, ...] = (carpool_lines, night_lines, escort_lines, waiting_lines, toll_lines, parking_lines)
