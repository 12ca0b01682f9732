"""Named spans of days that finance asks for: months, quarters and the financial year from April to March."""

from __future__ import annotations

import re
from datetime import date, timedelta

from moveinsync_desktop.models.typed_dates import MONTHS, add_months, financial_year

Span = tuple[date, date]
_LAST_DAYS = re.compile(r"last (\d{1,3}) days?")
_MONTH = re.compile(r"([a-z]{3,9})(?: (\d{4}))?")


def month_span(day: date) -> Span:
    """First and last day of the month."""
    first = day.replace(day=1)
    return first, add_months(first, 1) - timedelta(days=1)


def quarter_span(day: date) -> Span:
    """First and last day of the quarter (April to June is the first of a financial year)."""
    first = day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)
    return first, add_months(first, 3) - timedelta(days=1)


def presets(today: date) -> list[tuple[str, Span]]:
    """What is offered, relative to today."""
    before = month_span(add_months(today.replace(day=1), -1))
    year = financial_year(today)
    old_year = financial_year(year[0] - timedelta(days=1))
    made = [
        ("This month", month_span(today)),
        ("Last month", before),
        ("This quarter", quarter_span(today)),
        ("Last quarter", quarter_span(add_months(today.replace(day=1), -3))),
        (f"Financial year {year_name(year)}", year),
        (f"Financial year {year_name(old_year)}", old_year),
    ]
    if before[1] >= year[0]:
        made.insert(5, (f"Financial year {year_name(year)} to last month", (year[0], before[1])))
    return made


def year_name(span: Span) -> str:
    """2026-27."""
    return f"{span[0].year}-{span[1].year % 100:02d}"


def read_span(text: str, today: date) -> Span | None:
    """A span as people say it, relative to today, so that a saved view moves on; None for anything else.

    `today`, `yesterday`, `this week`, `last month`, `this quarter`, `last fy`, `last 7 days`, `oct`, `oct 2026`.
    """
    words = " ".join(text.lower().split())
    spans = {"today": 0, "yesterday": -1}
    if words in spans:
        day = today + timedelta(days=spans[words])
        return day, day
    found = _LAST_DAYS.fullmatch(words)
    if found:
        return today - timedelta(days=max(int(found[1]), 1) - 1), today
    which, _, unit = words.partition(" ")
    if which in ("this", "last"):
        return _unit_span(unit, 0 if which == "this" else -1, today)
    month = _MONTH.fullmatch(words)
    if month and month[1][:3] in MONTHS:
        number = MONTHS.index(month[1][:3]) + 1
        year = int(month[2]) if month[2] else today.year - (number > today.month)
        return month_span(date(year, number, 1))
    return None


def _unit_span(unit: str, back: int, today: date) -> Span | None:
    first = today.replace(day=1)
    if unit == "week":
        monday = today - timedelta(days=today.weekday() - 7 * back)
        return monday, monday + timedelta(days=6)
    if unit == "month":
        return month_span(add_months(first, back))
    if unit == "quarter":
        return quarter_span(add_months(first, 3 * back))
    if unit in ("fy", "year", "financial year"):
        return financial_year(add_months(first, 12 * back))
    return None
