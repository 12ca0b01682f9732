"""Start and end of a trip from whatever columns a sheet has: full stamps, dates beside times, times alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from billing.exchange.sheets.dates import DAY, MISSING, Order, ParsedTimes, TimeParser
from billing.exchange.sheets.numbers import Problem

TIME_FIELDS = ("start", "end", "date", "start_date", "end_date", "start_time", "end_time")


@dataclass(slots=True)
class StartEnd:
    """Reads start and end of each row of a block."""

    columns: Mapping[str, int]
    orders: Mapping[str, Order]
    parsers: dict[str, TimeParser]
    first_serial: int

    def read(self, cells: Mapping[str, list[Any]]) -> tuple[ParsedTimes, ParsedTimes, set[int]]:
        """Start, end, and the rows whose end was moved past midnight because only a time of day was given."""
        parsed = {name: self._parser(name).column(values) for name, values in cells.items()}
        start = _side(parsed, "start", ("start_date", "date"), "start_time")
        end = _side(parsed, "end", ("end_date",), "end_time")
        overnight = _after_start(start, end)
        _no_bare_times(start)
        _no_bare_times(end)
        return start, end, overnight

    def _parser(self, name: str) -> TimeParser:
        if name not in self.parsers:
            self.parsers[name] = TimeParser(self.orders.get(name, "day_first"), self.first_serial)
        return self.parsers[name]


def _side(parsed: Mapping[str, ParsedTimes], name: str, dates: tuple[str, ...], clock: str) -> ParsedTimes:
    """One side of the trip: its own column, completed by a date column or a time column beside it."""
    main = parsed[name]
    date_name = next((other for other in dates if other in parsed), None)
    if date_name and main.clock_only:
        _add_dates(main, parsed[date_name])
    if clock in parsed and main.date_only:
        _add_clocks(main, parsed[clock])
    return main


def _add_dates(main: ParsedTimes, dates: ParsedTimes) -> None:
    for position in list(main.clock_only):
        day = dates.values[position]
        if position in dates.problems:
            main.problems[position] = dates.problems[position]
        elif day == MISSING or position in dates.clock_only:
            continue
        else:
            main.values[position] += day // DAY * DAY
        main.clock_only.discard(position)


def _add_clocks(main: ParsedTimes, clocks: ParsedTimes) -> None:
    for position in list(main.date_only & clocks.clock_only):
        main.values[position] += clocks.values[position]
        main.date_only.discard(position)
    for position in main.date_only & clocks.problems.keys():
        main.problems[position] = clocks.problems[position]


def _after_start(start: ParsedTimes, end: ParsedTimes) -> set[int]:
    """An end given as a time of day alone is on the start's day, or on the next one when the clock has turned back."""
    overnight = set()
    for position in list(end.clock_only):
        begin = start.values[position]
        if begin == MISSING or position in start.clock_only or position in start.problems:
            end.values[position] = MISSING
            end.clock_only.discard(position)
            continue
        value = begin // DAY * DAY + end.values[position]
        if value < begin:
            value += DAY
            overnight.add(position)
        end.values[position] = value
        end.clock_only.discard(position)
        if position in start.offsets:
            end.offsets[position] = start.offsets[position]
    return overnight


def _no_bare_times(times: ParsedTimes) -> None:
    for position in times.clock_only:
        times.problems.setdefault(position, Problem("BAD_DATE", "There is a time of day but no date."))
