"""Trips that occur twice in a file: the first wins (DESIGN.md section 6)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from billing.exchange.sheets.result import Duplicate, TripTable

DUPLICATE = "DUPLICATE"
CONFLICT = "CONFLICTING_DUPLICATE"


def split_duplicates(table: TripTable) -> tuple[TripTable, list[Duplicate]]:
    """The table without later rows of an id, and those rows: DUPLICATE where all fields agree, else a conflict.

    An id belongs to one client and vendor; the same id of another vendor is another trip.
    """
    if not len(table):
        return table, []
    later: list[Duplicate] = []
    drop: list[int] = []
    for group in _same_key(table):
        first, *others = group
        for position in others:
            drop.append(position)
            later.append(_duplicate(table, first, position))
    if not drop:
        return table, []
    mask = np.ones(len(table), np.bool_)
    mask[drop] = False
    later.sort(key=lambda item: (item.sheet or "", item.row))
    return table.take(np.flatnonzero(mask)), later


def _same_key(table: TripTable) -> Iterator[list[int]]:
    """Groups of positions with the same client, vendor and id, each in file order."""
    hashes = np.fromiter(map(hash, table.trip_id), np.int64, len(table))
    parties = table.texts["client"].codes.astype(np.int64) * 1_000_003 + table.texts["vendor"].codes
    keys = hashes ^ (parties * np.int64(-7_046_029_254_386_353_131))
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    same = np.flatnonzero(ordered[1:] == ordered[:-1])
    seen = -1
    for place in same.tolist():
        if place < seen:
            continue
        stop = place + 1
        while stop < len(ordered) and ordered[stop] == ordered[place]:
            stop += 1
        seen = stop
        yield from _exact_groups(table, order[place:stop])


def _exact_groups(table: TripTable, positions: NDArray[np.intp]) -> Iterator[list[int]]:
    """Equal hashes are compared in full: two ids may share a hash."""
    groups: dict[tuple[str, object, object], list[int]] = {}
    for position in positions.tolist():
        key = (table.trip_id[position], table.text("client", position), table.text("vendor", position))
        groups.setdefault(key, []).append(position)
    return (group for group in groups.values() if len(group) > 1)


def _duplicate(table: TripTable, first: int, position: int) -> Duplicate:
    first_row = int(table.row[first])
    differing = _differing(table, first, position)
    if not differing:
        code, message = DUPLICATE, f"The same trip stands in row {first_row} already."
    else:
        code = CONFLICT
        message = f"Row {first_row} has the same trip id with another {', '.join(differing)}; row {first_row} is taken."
    return Duplicate(int(table.row[position]), table.sheet[position], table.trip_id[position], code, message, first_row)


def _differing(table: TripTable, one: int, other: int) -> list[str]:
    """The names of the fields in which two rows differ."""
    names = [
        name
        for name, column in (("start", table.start), ("end", table.end), ("distance", table.distance_m))
        if column[one] != column[other]
    ]
    names += [name for name, column in table.numbers.items() if column[one] != column[other]]
    names += [name for name, coded in table.texts.items() if coded.codes[one] != coded.codes[other]]
    return [name.replace("_", " ") for name in names]
