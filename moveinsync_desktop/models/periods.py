"""Named spans of days that finance asks for: months, quarters and the financial year from April to March."""

from __future__ import annotations

from datetime import date, timedelta

from moveinsync_desktop.models.typed_dates import add_months, financial_year

Span = tuple[date, date]


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
