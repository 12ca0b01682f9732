"""Reading typed dates, times and months: any usual short form, day first. No Qt here."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date, time, timedelta

_SPLIT = re.compile(r"[\s./\-]+")
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_COMPACT = {4: 2, 6: 2, 8: 4}


def add_months(day: date, months: int) -> date:
    """The same day of another month, or its last day where that month is shorter."""
    at = day.year * 12 + day.month - 1 + months
    year, month = divmod(at, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def read_date(text: str, today: date) -> date | None:
    """`15`, `15/2`, `15-2-26`, `15022026`, `15 feb`, `t`: the date, or None when it is none.

    A missing month or year is today's.
    """
    words = text.strip().lower()
    if words in ("t", "today", "="):
        return today
    parts = [part for part in _SPLIT.split(words) if part]
    if len(parts) == 1 and parts[0].isdigit() and len(parts[0]) in _COMPACT:
        digits = parts[0]
        parts = [digits[:2], digits[2:4], *([digits[4:]] if len(digits) > 4 else [])]
    if not 1 <= len(parts) <= 3:
        return None
    try:
        if len(parts[0]) == 4:
            return date(int(parts[0]), _month(parts[1]), int(parts[2]))
        day = int(parts[0])
        month = _month(parts[1]) if len(parts) > 1 else today.month
        year = int(parts[2]) if len(parts) > 2 else today.year
        return date(year + 2000 if year < 100 else year, month, day)
    except (ValueError, IndexError):
        return None


def _month(text: str) -> int:
    return int(text) if text.isdigit() else MONTHS.index(text[:3]) + 1


def read_time(text: str) -> time | None:
    """`22:54`, `2254`, `7`, `7.30`, `7:30 pm`: the time of day, or None."""
    words = text.strip().lower().replace(".", ":")
    late = words.endswith("pm")
    words = words.removesuffix("pm").removesuffix("am").strip()
    if words.isdigit():
        words = f"{words[:-2]}:{words[-2:]}" if len(words) > 2 else f"{words}:00"
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", words)
    if not found:
        return None
    hour, minute = int(found[1]), int(found[2])
    if late and hour < 12:
        hour += 12
    return time(hour, minute) if hour < 24 and minute < 60 else None


def stepped(day: date, key: str, today: date) -> date | None:
    """What a date key does (as in GnuCash): + - day, [ ] month, m h month's ends, y r year's ends, t today."""
    moves = {
        "+": lambda: day + timedelta(days=1),
        "=": lambda: day + timedelta(days=1),
        "-": lambda: day - timedelta(days=1),
        "[": lambda: add_months(day, -1),
        "]": lambda: add_months(day, 1),
        "t": lambda: today,
        "m": lambda: day.replace(day=1),
        "h": lambda: day.replace(day=monthrange(day.year, day.month)[1]),
        "y": lambda: day.replace(month=1, day=1),
        "r": lambda: day.replace(month=12, day=31),
    }
    move = moves.get(key)
    try:
        return move() if move else None
    except (OverflowError, ValueError):
        return None


def financial_year(day: date) -> tuple[date, date]:
    """First and last day of the Indian financial year (April to March) that holds the day."""
    start = day.year if day.month >= 4 else day.year - 1
    return date(start, 4, 1), date(start + 1, 3, 31)
