"""The checks of a single row (DESIGN.md section 6): what is missing, reversed, in the future, or impossible."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from billing.exchange.sheets.cells import ERROR_REASONS, CellError
from billing.exchange.sheets.dates import FIRST, LAST, MISSING
from billing.exchange.sheets.fields import BY_NAME
from billing.exchange.sheets.numbers import Problem, formula_problem
from billing.money import group_indian

if TYPE_CHECKING:
    from billing.exchange.sheets.block_work import BlockWork

MAX_METRES = 5_000_000
# 200 km/h = 1 metre in 18,000 microseconds.
_MICROSECONDS_PER_METRE = 18_000
# Clocks of two machines may differ a little.
_FUTURE_TOLERANCE = 5 * 60 * 1_000_000
_ROUNDED = re.compile(r"\d(?:\.\d+)?E\+\d{1,3}\Z", re.ASCII)
_LONGEST_ID = BY_NAME["trip_id"].longest


def plausible(wall: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Wall-clock times of the years 2000 to 2099."""
    return (wall >= FIRST) & (wall < LAST)


def long_ids(ids: Sequence[str], note: Callable[[str, dict[int, Problem]], None]) -> None:
    """Trip ids beyond the length that is stored."""
    problem = Problem("OUT_OF_RANGE", f"The trip id is longer than {_LONGEST_ID} characters.")
    if max(map(len, ids), default=0) > _LONGEST_ID:
        note("trip_id", {place: problem for place, text in enumerate(ids) if len(text) > _LONGEST_ID})


def rounded_ids(cells: Sequence[Any], ids: Sequence[str]) -> list[int]:
    """Positions of ids such as 1.23457E+11, and of numbers longer than the 15 digits that a spreadsheet keeps."""
    return [
        place
        for place, (cell, text) in enumerate(zip(cells, ids, strict=True))
        if ("E+" in text and _ROUNDED.match(text)) or (type(cell) is not str and len(text) > 15 and text.isdecimal())
    ]


def error_ids(cells: Sequence[Any], ids: Sequence[str], note: Callable[[str, dict[int, Problem]], None]) -> None:
    """Ids that are the error of a formula, or whose formula has no stored result."""
    suspects = [place for place, text in enumerate(ids) if text[:1] in ("#", "=")]
    problems = {place: formula_problem(cells[place]) for place in suspects if isinstance(cells[place], CellError)}
    texts = {
        place: Problem("FORMULA_ERROR", ERROR_REASONS[ids[place]]) for place in suspects if ids[place] in ERROR_REASONS
    }
    note("trip_id", problems | texts)


def check(work: BlockWork) -> None:
    """Note the first problem of each row: what is missing first, then the times, then the distance."""
    _missing(work)
    start, end, metres = work.values["start"], work.values["end"], work.values["distance"]
    known = (start != MISSING) & (end != MISSING)
    completed = _completed(work)
    future = int(work.parser.options.now.timestamp()) * 1_000_000 + _FUTURE_TOLERANCE
    _add(
        work,
        "start",
        known & ~_status(work, "SCHEDULED") & (start > future),
        "FUTURE_DATE",
        "The trip starts in the future.",
    )
    _add(work, "end", known & (end < start), "END_BEFORE_START", "The trip ends before it starts.")
    _add(work, "end", known & completed & (end == start), "END_BEFORE_START", "The trip ends in the moment it starts.")
    _add(
        work, "end", known & ~_status(work, "SCHEDULED") & (end > future), "FUTURE_DATE", "The trip ends in the future."
    )
    distance_field = "distance" if "distance" in work.columns else "close_km"
    _add(work, distance_field, completed & (metres == 0), "OUT_OF_RANGE", "A completed trip of 0 km.")
    _add(work, distance_field, metres > MAX_METRES, "OUT_OF_RANGE", "The distance is over 5,000 km.")
    _speed(work, distance_field, known & completed & (metres > 0) & (end > start))


def _missing(work: BlockWork) -> None:
    checks: list[tuple[str, NDArray[np.bool_]]] = [
        ("start", work.values["start"] == MISSING),
        ("end", work.values["end"] == MISSING),
        ("distance", work.values["distance"] < 0),
        ("client", work.codes["client"] < 0),
        ("vendor", work.codes["vendor"] < 0),
        ("trip_id", np.array([not text for text in work.trip_ids], np.bool_)),
    ]
    for name, mask in reversed(checks):
        field_name = "close_km" if name == "distance" and "distance" not in work.columns else name
        _add(work, field_name, mask, "MISSING_REQUIRED", f"The {BY_NAME[name].label} is missing.")


def _completed(work: BlockWork) -> NDArray[np.bool_]:
    return _status(work, "COMPLETED") | (work.codes["status"] < 0)


def _status(work: BlockWork, name: str) -> NDArray[np.bool_]:
    names = work.parser.coders["status"].names
    found: NDArray[np.bool_] = work.codes["status"] == (names.index(name) if name in names else -2)
    return found


def _speed(work: BlockWork, field_name: str, usable: NDArray[np.bool_]) -> None:
    metres = work.values["distance"]
    taken = np.where(usable, work.values["end"] - work.values["start"], 1)
    mask = usable & (np.minimum(metres, MAX_METRES) * _MICROSECONDS_PER_METRE > taken)
    for position in np.flatnonzero(mask).tolist():
        speed = int(metres[position]) * 3_600_000 // int(taken[position])
        message = f"The average speed would be {group_indian(speed)} km/h; more than 200 km/h is not possible."
        work.problems.setdefault(position, (field_name, Problem("OUT_OF_RANGE", message)))


def _add(work: BlockWork, field_name: str, mask: NDArray[np.bool_], code: str, message: str) -> None:
    problem = Problem(code, message)
    for position in np.flatnonzero(mask).tolist():
        work.problems.setdefault(position, (field_name, problem))
