"""The order in which trips are consumed, whatever order they came in: (start, trip id)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from billing.errors import BadInputError
from billing.schemas.trip_columns import IntArray, TripColumns
from billing.strategies.exact import in_chunks


def rating_order(trips: TripColumns) -> IntArray | None:
    """The places of the input in rating order; None where it is in order already.

    Raises BadInputError DUPLICATE_TRIP where an id stands twice (unless the source guarantees that it does not).
    """
    if not trips.ids_are_unique:
        _refuse_duplicates(trips)
    start, ids = trips.start, trips.trip_ids
    if all(_is_ordered(start[rows], ids[rows]) for rows in _overlapping(len(start))):
        return None
    if ids.dtype == object:
        return _order_of_objects(start, ids)
    return np.lexsort((ids, start))


def _overlapping(count: int) -> Iterator[slice]:
    """Parts that share their first row with the part before, so that every pair of neighbours is seen."""
    for rows in in_chunks(count):
        yield slice(max(rows.start - 1, 0), rows.stop)


def _is_ordered(start: IntArray, ids: np.ndarray[tuple[int], np.dtype[Any]]) -> bool:
    later = start[1:] > start[:-1]
    return bool((later | ((start[1:] == start[:-1]) & (ids[1:] >= ids[:-1]))).all())


def _order_of_objects(start: IntArray, ids: np.ndarray[tuple[int], np.dtype[np.object_]]) -> IntArray:
    order = np.argsort(start, kind="stable")
    ordered = start[order]
    bounds = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1], True])
    for first, last in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
        if last - first > 1:
            order[first:last] = sorted(order[first:last].tolist(), key=lambda place: ids[place])
    return order


def _refuse_duplicates(trips: TripColumns) -> None:
    ids = trips.trip_ids.tolist()
    if len(set(ids)) == len(ids):
        return
    seen: set[object] = set()
    for place, trip_id in enumerate(ids):
        if trip_id in seen:
            text = trip_id.decode() if isinstance(trip_id, bytes) else trip_id
            raise BadInputError("DUPLICATE_TRIP", f"The trip id {text!r} stands twice", where=f"trips[{place}].trip_id")
        seen.add(trip_id)
