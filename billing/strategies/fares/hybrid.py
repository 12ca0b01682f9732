"""The fare of HYBRID: the km beyond the free ones, at a rate or over slabs."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from billing.money import format_inr
from billing.schemas.trip_columns import IntArray, TextColumn
from billing.strategies.block import TripBlock
from billing.strategies.exact import Ints, plus, running_total
from billing.strategies.fares.slabs import slab_line
from billing.strategies.line import Exact, TripLine, money, number, priced
from billing.strategies.terms import Terms, prorated_km


def free_metres(terms: Terms) -> int:
    """Free metres of the version in this period."""
    free = terms.get("free_km_included")
    return 0 if free is None else prorated_km(free, terms.share)


def chargeable_metres(block: TripBlock, terms: Terms, needed: IntArray | None) -> Ints:
    """max(0, cum_after - free) - max(0, cum_before - free) of every trip; only completed trips use up free km.

    `needed`: the trips whose scope (vehicle or site) must be known; None: all.
    """
    free = free_metres(terms)
    used = block.billable_m if block.completed is None else np.where(block.completed, block.billable_m, 0)
    scope = _scope(block, terms, needed)
    before = plus(running_total(used), -used) if scope is None else _running_by_group(used, scope) - used
    after = plus(before, block.billable_m)
    return np.maximum(after - free, 0) - np.maximum(before - free, 0)  # type: ignore[no-any-return]


def _scope(block: TripBlock, terms: Terms, needed: IntArray | None) -> TextColumn | None:
    field = {"contract": None, "vehicle": "vehicle_slot", "site": "site"}[terms.get("free_km_scope", "contract")]
    if field is None:
        return None
    column = block.text(lambda columns: getattr(columns, field))
    missing = np.flatnonzero(column.codes < 0) if needed is None else needed[column.codes[needed] < 0]
    if len(missing):
        block.refuse(missing, "BAD_INPUT", field, f"free km are counted by {field}, and it has none")
    return column


def _running_by_group(values: Ints, groups: TextColumn) -> Ints:
    """The running total inside every group, in row order."""
    if not len(values):
        return values
    order = np.argsort(groups.codes, kind="stable")
    sorted_codes, running = groups.codes[order], running_total(values[order])
    starts = np.flatnonzero(np.r_[True, sorted_codes[1:] != sorted_codes[:-1]])
    before_group = np.repeat(np.r_[0, running[starts[1:] - 1]], np.diff(np.r_[starts, len(order)]))
    result = np.empty_like(running)
    result[order] = running - before_group
    return result


def hybrid_fare(block: TripBlock, terms: Terms) -> list[TripLine]:
    """DISTANCE (or SLAB) over the chargeable km of these trips; nothing chargeable costs 0.00."""
    if "slabs" in terms:
        line = slab_line(block.chargeable_m, terms)
        return [_nothing_where_free(line, block.chargeable_m)]
    rate = terms.rate("per_km_rate_after_limit")
    assert rate is not None, "rules without it and without slabs are refused when read"

    def sentence(row: int, line: TripLine) -> str:
        km, over = (number(Fraction(int(column[row]), 1000)) for column in (block.billable_m, block.chargeable_m))
        free = number(Fraction(int(block.billable_m[row] - block.chargeable_m[row]), 1000))
        price = money(Fraction(rate, terms.scale))
        return f"{km} km − {free} km free = {over} km × {price} = {format_inr(int(line.amount[row]))}"

    return [
        priced(
            "DISTANCE",
            "per_km_rate_after_limit",
            block.chargeable_m,
            1000,
            rate,
            terms.scale,
            unit="km",
            always=True,
            sentence=sentence,
        )
    ]


def _nothing_where_free(line: TripLine, chargeable: Ints) -> TripLine:
    free = chargeable == 0
    if not free.any():
        return line
    exact = np.where(free, 0, line.unrounded.numerator)
    return replace(line, amount=np.where(free, 0, line.amount), unrounded=Exact(exact, line.unrounded.denominator))
