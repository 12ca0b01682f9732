"""What people type: dates, times, numbers, filters."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from decimal import Decimal
from types import SimpleNamespace

import pytest

from billing.schemas.lists import Condition
from moveinsync_desktop.models.columns import Column
from moveinsync_desktop.models.filters import FilterError, matches, parse
from moveinsync_desktop.models.periods import read_span
from moveinsync_desktop.models.typed_dates import add_months, financial_year, read_date, read_time, stepped
from moveinsync_desktop.models.typed_numbers import read_number

TODAY = date(2026, 10, 27)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("t", TODAY),
        ("15", date(2026, 10, 15)),
        ("15/2", date(2026, 2, 15)),
        ("15-2-26", date(2026, 2, 15)),
        ("15.02.2027", date(2027, 2, 15)),
        ("15022026", date(2026, 2, 15)),
        ("1502", date(2026, 2, 15)),
        ("15 feb", date(2026, 2, 15)),
        ("2026-02-15", date(2026, 2, 15)),
        ("31/2", None),
        ("abc", None),
        ("1/2/3/4", None),
        ("", None),
    ],
)
def test_dates_are_read_in_any_usual_form(text: str, wanted: date | None) -> None:
    assert read_date(text, TODAY) == wanted


@pytest.mark.parametrize(
    ("key", "wanted"),
    [
        ("+", date(2026, 10, 28)),
        ("-", date(2026, 10, 26)),
        ("[", date(2026, 9, 27)),
        ("]", date(2026, 11, 27)),
        ("m", date(2026, 10, 1)),
        ("h", date(2026, 10, 31)),
        ("y", date(2026, 1, 1)),
        ("r", date(2026, 12, 31)),
        ("x", None),
    ],
)
def test_date_keys_step(key: str, wanted: date | None) -> None:
    assert stepped(TODAY, key, TODAY) == wanted


def test_months_end_where_the_month_ends() -> None:
    assert add_months(date(2026, 3, 31), -1) == date(2026, 2, 28)
    assert financial_year(date(2026, 3, 31)) == (date(2025, 4, 1), date(2026, 3, 31))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("22:54", time(22, 54)),
        ("2254", time(22, 54)),
        ("7", time(7)),
        ("7.30", time(7, 30)),
        ("7:30 pm", time(19, 30)),
        ("25:00", None),
        ("x", None),
    ],
)  # fmt: skip
def test_times_are_read(text: str, wanted: time | None) -> None:
    assert read_time(text) == wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("14,901.5", "14901.5"),
        ("1,234,567.50", "1234567.50"),
        ("12,34,567.50", "1234567.50"),
        ("₹ 500/-", "500"),
        ("Rs. 500", "500"),
        ("−12", "-12"),
        ("(12)", "-12"),
        ("1.5 lakh", "150000.0"),
        ("2 cr", "20000000"),
    ],
)
def test_pasted_numbers_keep_their_value(text: str, wanted: str) -> None:
    assert read_number(text) == Decimal(wanted)


@pytest.mark.parametrize("text", ["", "abc", "1.2.3", "12 apples"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a number"):
        read_number(text)


MONEY = Column("amount", "₹", "money")
KM = Column("distance_m", "Km", "km")
START = Column("start", "Start", "stamp")
NAME = Column("name", "Name")
STATUS = Column("status", "Status", "state")


@pytest.mark.parametrize(
    ("column", "text", "wanted"),
    [
        (KM, ">20", Condition("distance_m", "above", (20_000,))),
        (MONEY, "100..500", Condition("amount", "between", (10_000, 50_000))),
        (MONEY, "1 lakh", Condition("amount", "equals", (10_000_000,))),
        (START, "..27-10-2026", Condition("start", "to", (TODAY,))),
        (START, "1/10;2/10", Condition("start", "any", (date(2026, 10, 1), date(2026, 10, 2)))),
        (NAME, "sri", Condition("name", "contains", ("sri",))),
        (NAME, "=Sri", Condition("name", "equals", ("Sri",))),
        (NAME, "!Sri", Condition("name", "differs", ("Sri",))),
        (NAME, "empty", Condition("name", "empty")),
        (STATUS, "no-show", Condition("status", "contains", ("NO_SHOW",))),
        (NAME, "  ", None),
    ],
)
def test_filter_cells_are_understood(column: Column, text: str, wanted: Condition | None) -> None:
    assert parse(column, text, TODAY) == wanted


@pytest.mark.parametrize(("column", "text"), [(KM, ">far"), (START, "31/2"), (MONEY, "..")])
def test_wrong_filters_say_why(column: Column, text: str) -> None:
    with pytest.raises(FilterError):
        parse(column, text, TODAY)


def test_filters_hold_for_rows_in_memory() -> None:
    row = SimpleNamespace(
        amount=None, name="Sri Lakshmi", status="NO_SHOW", start=datetime(2026, 10, 26, 20, tzinfo=UTC)
    )

    def passes(column: Column, text: str) -> bool:
        condition = parse(column, text, TODAY)
        assert condition is not None
        return matches(column, condition, row)

    assert passes(NAME, "lak")
    assert not passes(NAME, "=lak")
    assert passes(STATUS, "no show")
    assert passes(START, "27-10-2026"), "the local day, not the UTC one"
    assert passes(MONEY, "empty")
    assert not passes(MONEY, ">0")


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("today", "2026-11-20", "2026-11-20"),
        ("Yesterday", "2026-11-19", "2026-11-19"),
        ("last 7 days", "2026-11-14", "2026-11-20"),
        ("this week", "2026-11-16", "2026-11-22"),
        ("last week", "2026-11-09", "2026-11-15"),
        ("last month", "2026-10-01", "2026-10-31"),
        ("this quarter", "2026-10-01", "2026-12-31"),
        ("this fy", "2026-04-01", "2027-03-31"),
        ("last FY", "2025-04-01", "2026-03-31"),
        ("oct", "2026-10-01", "2026-10-31"),
        ("december", "2025-12-01", "2025-12-31"),
        ("feb 2024", "2024-02-01", "2024-02-29"),
    ],
)
def test_spans_are_read_as_people_say_them(words: str, first: str, last: str) -> None:
    assert read_span(words, date(2026, 11, 20)) == (date.fromisoformat(first), date.fromisoformat(last))
    column = Column("start", "Start", "stamp", 100)
    condition = parse(column, words, date(2026, 11, 20))
    assert condition is not None
    assert (condition.op, condition.values) == ("between", (date.fromisoformat(first), date.fromisoformat(last)))


def test_what_is_no_span_is_left_to_the_dates() -> None:
    for words in ("15", "15/2", "next month", "octopus legs", "last", "..5", "this planet"):
        assert read_span(words, date(2026, 11, 20)) is None
