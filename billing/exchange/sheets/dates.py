"""Dates and times in cells: one reading for the whole column, never a guess per cell (DESIGN.md section 6).

A value is kept as microseconds of wall-clock time since 1970-01-01 00:00, together with the offset where the cell
names one. `zones.py` turns wall-clock time into instants.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Literal, NamedTuple

from billing.exchange.sheets.cells import ERROR_REASONS, CellError
from billing.exchange.sheets.numbers import Problem, formula_problem
from billing.exchange.sheets.texts import clean, is_missing, shown

Order = Literal["day_first", "month_first", "year_first"]

DAY: Final = 86_400_000_000
MISSING: Final = -(2**63)
FIRST: Final = (date(2000, 1, 1) - date(1970, 1, 1)).days * DAY
LAST: Final = (date(2100, 1, 1) - date(1970, 1, 1)).days * DAY
_EPOCH = datetime(1970, 1, 1)
_MICROSECOND = timedelta(microseconds=1)
_SENSIBLE = datetime(1901, 1, 1)  # before it: what empty date cells become
# Day 0 of the 1900 date system, moved so that serial 61 is 1 March 1900 as Excel counts.
SERIAL_ZERO: Final = (date(1899, 12, 30) - date(1970, 1, 1)).days
MEMO_SIZE = 200_000

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("jan january", "feb february", "mar march", "apr april", "may", "jun june", "jul july", "aug august",
         "sep sept september", "oct october", "nov november", "dec december"), 1)
    for name in names.split()
}  # fmt: skip
_TIME = (
    r"(?:(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2})(?:[.,](?P<fraction>\d{1,9}))?)?)?"
    r"|(?P<military>\d{4}))\s*(?P<half>[ap]\.?m\.?)?\s*(?:hrs?\.?|hours|h)?"
    r"\s*(?P<offset>z|utc|gmt|ist|[+-]\d{2}:?\d{2})?"
)
NUMERIC = r"(?P<a>\d{1,4})(?P<sep>[-/.])(?P<b>\d{1,2})(?P=sep)(?P<c>\d{1,4})"
_NAMED = r"(?P<d>\d{1,2})(?:st|nd|rd|th)?[-/. ,]*(?P<mon>[a-z]{3,9})\.?[-/. ,]*'?(?P<y>\d{4}|\d{2})"
_NAMED_US = r"(?P<umon>[a-z]{3,9})\.?[-/. ]*(?P<ud>\d{1,2})(?:st|nd|rd|th)?[-/. ,]+(?P<uy>\d{4})"
_COMPACT = r"(?P<compact>(?:19|20)\d{6})"
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*[ ,.]+)?"
_STAMP = re.compile(
    rf"{_WEEKDAY}(?:{NUMERIC}|{_NAMED}|{_NAMED_US}|{_COMPACT})(?:(?:[t ,|\-]|\s)\s*{_TIME})?\Z",
    re.ASCII | re.IGNORECASE,
)
_CLOCK = re.compile(rf"{_TIME}\Z", re.ASCII | re.IGNORECASE)
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?\Z", re.ASCII)
# 1899-12-30 and 1900-01-00 are what an empty date cell becomes; 00/00/0000 is what databases write.
NOTHING = re.compile(
    r"(?:0{1,4}|1899)[-/.](?:0{1,2}|12)[-/.](?:0{1,2}|30|31)"
    r"|(?:30|31)[-/.]12[-/.]1899|12[-/.](?:30|31)[-/.]1899"
    r"|0?0[-/.](?:0?0|0?1|jan)[-/.](?:0000|1900|00)",
    re.IGNORECASE,
)


class Stamp(NamedTuple):
    """A parsed cell: wall-clock microseconds, offset in minutes where named, whether a date and a time are there."""

    wall: int
    offset: int | None = None
    has_date: bool = True
    has_time: bool = True


class ParsedTimes(NamedTuple):
    """A parsed column; `offsets` holds the positions whose cell names its own offset, in minutes."""

    values: list[int]
    problems: dict[int, Problem]
    offsets: dict[int, int]
    clock_only: set[int]
    date_only: set[int]


@dataclass(slots=True)
class TimeParser:
    """Parses one column under one order of day and month."""

    order: Order = "day_first"
    first_serial: int = SERIAL_ZERO
    _memo: dict[Any, Stamp | Problem | None] = field(default_factory=dict)
    _days: dict[str, int] = field(default_factory=dict)
    _clocks: dict[str, int] = field(default_factory=dict)

    def column(self, values: Sequence[Any]) -> ParsedTimes:
        """Parse a column's cells; MISSING where a cell is empty or means "no date"."""
        parsed = ParsedTimes([MISSING] * len(values), {}, {}, set(), set())
        if len(self._memo) > MEMO_SIZE:
            self._memo.clear()
        out, days, clocks = parsed.values, self._days, self._clocks
        kinds = set(map(type, values))
        if datetime in kinds:
            out[:] = _date_cells(values)
        if kinds == {datetime}:
            return parsed
        for position, value in enumerate(values):
            kind = type(value)
            if kind is datetime:
                continue
            if kind is str:
                # Most stamps are a 10-character date and a time: both parts repeat, the whole does not.
                day, clock = days.get(value[:10]), clocks.get(value[10:])
                if day is not None and clock is not None:
                    out[position] = day + clock
                else:
                    self._slow(position, value, parsed)
            else:
                self._slow(position, value, parsed)
        return parsed

    def _slow(self, position: int, value: Any, parsed: ParsedTimes) -> None:
        if value in self._memo and not isinstance(value, bool):
            result = self._memo[value]
        else:
            result = self.one(value)
            if not isinstance(value, bool):
                self._memo[value] = result
        if isinstance(result, Problem):
            parsed.problems[position] = result
        elif result is not None:
            parsed.values[position] = result.wall
            if result.offset is not None:
                parsed.offsets[position] = result.offset
            elif not result.has_date:
                parsed.clock_only.add(position)
            elif not result.has_time:
                parsed.date_only.add(position)
            elif isinstance(value, str):
                self._learn(value, result.wall)

    def _learn(self, value: str, wall: int) -> None:
        if len(value) > 10 and not value[9:10].isspace() and value[10:11] in ("T", " ") and value[10:].isascii():
            day = wall // DAY * DAY
            plain = self.one(value[:10])
            if isinstance(plain, Stamp) and plain.wall == day and not plain.has_time:
                self._days[value[:10]] = day
                if len(self._clocks) < MEMO_SIZE:
                    self._clocks[value[10:]] = wall - day

    def one(self, value: Any) -> Stamp | Problem | None:
        """One cell: None where it is missing."""
        if isinstance(value, CellError):
            return formula_problem(value)
        if isinstance(value, str):
            return self._text(value)
        if value is None or isinstance(value, bool):
            return None if value is None else _bad(value)
        if isinstance(value, datetime):
            return None if value < _SENSIBLE else Stamp(_wall(value))
        if isinstance(value, date):
            return None if value.year < 1901 else Stamp(_days(value) * DAY, has_time=False)
        if isinstance(value, time):
            return Stamp(_clock(value.hour, value.minute, value.second, value.microsecond), has_date=False)
        if isinstance(value, timedelta):
            return Stamp(value // timedelta(microseconds=1), has_date=False)
        return _serial(float(value), value, self.first_serial)

    def _text(self, value: str) -> Stamp | Problem | None:
        text = clean(value)
        if is_missing(text) or NOTHING.match(text):
            return None
        match = _STAMP.match(text)
        if match is not None:
            day = self._day(match)
            clock = _clock_of(match)
            if day is None or clock is None:
                return _bad(value)
            offset = _offset_of(match["offset"])
            return Stamp(day * DAY + clock[0], offset, has_time=clock[1])
        if _SERIAL.match(text):
            return _serial(float(text), value, self.first_serial)
        match = _CLOCK.match(text)
        clock = _clock_of(match) if match else None
        if match is None or clock is None or not (match["minute"] or match["military"] or match["half"]):
            return _bad(value)
        return Stamp(clock[0], None, has_date=False)

    def _day(self, match: re.Match[str]) -> int | None:
        if match["compact"]:
            text = match["compact"]
            return _day_number(int(text[:4]), int(text[4:6]), int(text[6:]))
        if match["mon"] or match["umon"]:
            month = _MONTHS.get((match["mon"] or match["umon"]).lower())
            if month is None:
                return None
            return _day_number(_year(match["y"] or match["uy"]), month, int(match["d"] or match["ud"]))
        first, second, third = str(match["a"]), str(match["b"]), str(match["c"])
        if len(first) == 4:
            return _day_number(int(first), int(second), int(third)) if len(third) <= 2 else None
        if len(first) > 2 or len(third) not in (2, 4):
            return None
        day, of_month = (second, first) if self.order == "month_first" else (first, second)
        return _day_number(_year(third), int(of_month), int(day))


def _date_cells(values: Sequence[Any]) -> list[int]:
    """Date cells to microseconds; MISSING for what means "no date" and for cells of other kinds."""
    return [
        (value - _EPOCH) // _MICROSECOND if type(value) is datetime and value >= _SENSIBLE else MISSING
        for value in values
    ]


def _wall(value: datetime) -> int:
    delta = value - _EPOCH
    return (delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds


def _days(value: date) -> int:
    return value.toordinal() - 719_163


def _year(text: str) -> int:
    return int(text) + 2000 if len(text) == 2 else int(text)


def _day_number(year: int, month: int, day: int) -> int | None:
    try:
        return _days(date(year, month, day))
    except ValueError:
        return None


def _clock(hour: int, minute: int, second: int, micro: int) -> int:
    return ((hour * 60 + minute) * 60 + second) * 1_000_000 + micro


def _clock_of(match: re.Match[str]) -> tuple[int, bool] | None:
    """Microseconds since midnight and whether a time was given; None when it is no time of day."""
    if match["military"]:
        hour, minute = int(match["military"][:2]), int(match["military"][2:])
    elif match["hour"] is None:
        return 0, False
    else:
        hour, minute = int(match["hour"]), int(match["minute"] or 0)
        if match["minute"] is None and not match["half"]:
            return None
    if match["half"]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match["half"][0] in "pP" else 0)
    second = int(match["second"] or 0)
    micro = int((match["fraction"] or "0").ljust(6, "0")[:6])
    if hour > 23 or minute > 59 or second > 59:
        return None
    return _clock(hour, minute, second, micro), True


def _offset_of(text: str | None) -> int | None:
    if not text:
        return None
    word = text.lower()
    if word in ("z", "utc", "gmt"):
        return 0
    if word == "ist":
        return 330
    minutes = int(word[1:3]) * 60 + int(word[-2:])
    return -minutes if word[0] == "-" else minutes


def _serial(number: float, value: Any, first: int) -> Stamp | Problem | None:
    """An Excel serial date; `first` is the day of serial 0. Below one it is a time of day; 0 is Excel's empty date."""
    if number == 0:
        return None
    if 0 < number < 1:
        return Stamp(_rounded(number), has_date=False)
    whole = int(number)
    # Numbers that are no day of 2000 to 2099 are not taken for dates.
    if not FIRST <= (whole + first) * DAY < LAST:
        return _bad(value)
    clock = _rounded(number - whole)
    return Stamp((whole + first) * DAY + clock, has_time=clock != 0)


def _rounded(day_part: float) -> int:
    """A fraction of a day to the millisecond: a serial of a date keeps no more than that."""
    return round(day_part * 86_400_000) * 1000


def _bad(value: Any) -> Problem:
    if value in ERROR_REASONS:
        return Problem("FORMULA_ERROR", ERROR_REASONS[value])
    return Problem("BAD_DATE", f'"{shown(value)}" is not a date and time that can be read with certainty.')
