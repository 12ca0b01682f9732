"""The fare of HYBRID: the km beyond the free ones, at a rate or over slabs."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from billing.money import INT64_MAX, format_inr
from billing.schemas.trip_columns import TextColumn
from billing.strategies.block import TripBlock
from billing.strategies.exact import Ints, in_chunks, plus, running_total, widest
from billing.strategies.fares.slabs import slab_line
from billing.strategies.line import Exact, TripLine, priced
from billing.strategies.terms import Terms, prorated_km
from billing.strategies.words import money, number


def free_metres(terms: Terms) -> int:
    """Free metres of the version in this period."""
    free = terms.get("free_km_included")
    return 0 if free is None else prorated_km(free, terms.share)


def chargeable_metres(block: TripBlock, terms: Terms) -> Ints:
    """max(0, cum_after - free) - max(0, cum_before - free) of every trip; only completed trips use up free km."""
    free = free_metres(terms)
    scope = _scope(block, terms)
    if scope is not None:
        used = _used(block, slice(None))
        return _beyond(free, _running_by_group(used, scope) - used, block.billable_m)
    if widest(block.billable_m) * len(block) > INT64_MAX:
        used = _used(block, slice(None))
        return _beyond(free, running_total(used) - used, block.billable_m)
    result, before = np.empty(len(block), np.int64), 0
    for rows in in_chunks(len(block)):
        used = _used(block, rows)
        running = used.cumsum()
        running += before
        result[rows] = _beyond(free, running - used, block.billable_m[rows])
        before = int(running[-1])
    return result


def _used(block: TripBlock, rows: slice) -> Ints:
    billable = block.billable_m[rows]
    return billable if block.completed is None else np.where(block.completed[rows], billable, 0)


def _beyond(free: int, before: Ints, billable: Ints) -> Ints:
    after = plus(before, billable)
    return np.maximum(after - free, 0) - np.maximum(before - free, 0)  # type: ignore[no-any-return]


_SCOPES = {"contract": None, "vehicle": "vehicle_slot", "site": "site"}


def _scope(block: TripBlock, terms: Terms) -> TextColumn | None:
    field = _SCOPES[terms.get("free_km_scope", "contract")]
    return None if field is None else block.text(lambda columns: getattr(columns, field))


def _refuse_without_scope(block: TripBlock, terms: Terms) -> None:
    """Trips that need a fare must say whose free km they use."""
    scope = _scope(block, terms)
    if scope is not None and len(missing := np.flatnonzero(scope.codes < 0)):
        field = _SCOPES[terms.get("free_km_scope")]
        assert field is not None, "the contract's own scope has no column"
        block.refuse(missing, "BAD_INPUT", field, f"free km are counted by {field}, and it has none")


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
    _refuse_without_scope(block, terms)
    if "slabs" in terms:
        line = slab_line(block.chargeable_m, terms)
        return [_nothing_where_free(line, block.chargeable_m)]
    rate = terms.rate("per_km_rate_after_limit")
    assert rate is not None, "rules without it and without slabs are refused when read"

    def sentence(row: int, line: TripLine) -> str:
        km, over = (number(Fraction(int(column[row]), 1000)) for column in (block.billable_m, block.chargeable_m))
        free = number(Fraction(int(block.billable_m[row] - block.chargeable_m[row]), 1000))
        price = money(Fraction(rate, terms.scale))
        paid = f"{over} km × {price} = {format_inr(int(line.amount[row]))}"
        return paid if free == "0" else f"{km} km − {free} km free = {paid}"

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

    def sentence(row: int, told: TripLine) -> str:
        return "inside the free km 0.00" if free[row] or line.sentence is None else line.sentence(row, told)

    unrounded = Exact(exact, line.unrounded.denominator)
    return replace(line, amount=np.where(free, 0, line.amount), unrounded=unrounded, sentence=sentence)
