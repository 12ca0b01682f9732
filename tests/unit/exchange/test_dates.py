"""Dates in cells: one reading for the whole column, never a guess."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.exchange.sheets.cells import CellError
from billing.exchange.sheets.dates import MISSING, Stamp, TimeParser
from billing.exchange.sheets.evidence import judge
from billing.exchange.sheets.numbers import Problem

EPOCH = datetime(1970, 1, 1)


def read(value: Any, order: str = "day_first") -> Any:
    result = TimeParser(order).one(value)  # type: ignore[arg-type]
    if isinstance(result, Stamp):
        moment = EPOCH + timedelta(microseconds=result.wall)
        return moment if result.has_date else moment.time()
    return result.code if isinstance(result, Problem) else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-10-01 09:00", datetime(2026, 10, 1, 9)),
        ("2026-10-01T09:00:30.250", datetime(2026, 10, 1, 9, 0, 30, 250_000)),
        ("2026/10/01 9:05", datetime(2026, 10, 1, 9, 5)),
        ("01/10/2026 21:30", datetime(2026, 10, 1, 21, 30)),
        ("1-10-26 9:30 PM", datetime(2026, 10, 1, 21, 30)),
        ("01.10.2026 12:15 am", datetime(2026, 10, 1, 0, 15)),
        ("01-Oct-2026 09.30", datetime(2026, 10, 1, 9, 30)),
        ("1st October 2026 9.30 pm", datetime(2026, 10, 1, 21, 30)),
        ("01-Oct-26", datetime(2026, 10, 1)),
        ("Oct 1, 2026 21:30", datetime(2026, 10, 1, 21, 30)),
        ("Thu, 01 Oct 2026 09:30:00", datetime(2026, 10, 1, 9, 30)),
        ("20261001", datetime(2026, 10, 1)),
        ("20261001 0930", datetime(2026, 10, 1, 9, 30)),
        ("01/10/2026 0930 hrs", datetime(2026, 10, 1, 9, 30)),
        ("45931.375", datetime(2025, 10, 1, 9)),
        (45931.375, datetime(2025, 10, 1, 9)),
        (datetime(2026, 10, 1, 9), datetime(2026, 10, 1, 9)),
        (date(2026, 10, 1), datetime(2026, 10, 1)),
        ("  01/10/2026\u00a0 09:30 ", datetime(2026, 10, 1, 9, 30)),
        (time(9, 30), time(9, 30)),
        (0.375, time(9)),
        ("21:30", time(21, 30)),
        ("9:30 PM", time(21, 30)),
        ("0930 hrs", time(9, 30)),
        ("9 pm", time(21)),
    ],
)
def test_reads(text: Any, expected: Any) -> None:
    assert read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "32/10/2026",
        "31/02/2026",
        "10/13/2026",
        "2026-13-01",
        "01/10/2026 25:00",
        "01/10/2026 09:61",
        "yesterday",
        "1/2",
        "9",
        "01/10/20261",
        "१/१०/२०२६",
        "01-10/2026",
        "01/10/2026 13:00 pm",
        "12345678901",
        "-5",
        "3.5km",
        1759300000,
        99.5,
        True,
        "01/10/2026 09:00 and later",
        "Foo 1, 2026",
    ],
)
def test_refuses(text: Any) -> None:
    assert read(text) == "BAD_DATE"


@pytest.mark.parametrize(
    "nothing",
    [
        "",
        None,
        "NULL",
        "null",
        " n/a ",
        "-",
        "—",
        "nan",
        "1899-12-30 00:00:00",
        "1899-12-30",
        "1899-12-31",
        "30/12/1899",
        "00/00/0000",
        "0000-00-00 00:00:00",
        "0-Jan-00",
        "00/01/1900 00:00",
        0,
        datetime(1899, 12, 30),
        date(1900, 1, 1),
    ],
)
def test_missing_is_missing(nothing: Any) -> None:
    assert read(nothing) is None


def test_an_error_cell_says_so() -> None:
    assert read(CellError("#N/A", "no match")) == "FORMULA_ERROR"


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["03/04/2026", "05/06/2026"], "day_first"),
        (["03/04/2026", "13/04/2026"], "day_first"),
        (["03/04/2026", "04/13/2026"], "month_first"),
        (["13/04/2026", "04/13/2026"], "day_first"),
        (["2026-04-03", "2026-04-13"], "year_first"),
        (["2026-04-03", "03/04/2026"], "day_first"),
        (["", None, datetime(2026, 4, 3)], "day_first"),
        (["1/13/26 9:00 AM"], "month_first"),
        (["00/00/0000", "NULL"], "day_first"),
    ],
)
def test_the_whole_column_is_judged(texts: list[Any], order: str) -> None:
    assert judge(texts).order() == order


def test_month_first_is_applied_to_every_cell() -> None:
    assert read("03/04/2026", "month_first") == datetime(2026, 3, 4)
    assert read("13/04/2026", "month_first") == "BAD_DATE"
    assert read("2026-03-04", "month_first") == datetime(2026, 3, 4)


@pytest.mark.parametrize(
    ("text", "minutes"),
    [
        ("2026-10-01T09:00:00+05:30", 330),
        ("2026-10-01T09:00:00Z", 0),
        ("2026-10-01 09:00 IST", 330),
        ("2026-10-01 09:00-0400", -240),
    ],
)
def test_offsets_are_kept(text: str, minutes: int) -> None:
    parsed = TimeParser().column([text])
    assert parsed.offsets == {0: minutes}
    assert EPOCH + timedelta(microseconds=parsed.values[0]) == datetime(2026, 10, 1, 9)


moments = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31))
FORMATS = (
    "%Y-%m-%d %H:%M:%S",
    "%d/%m/%Y %H:%M:%S",
    "%d-%b-%Y %I:%M:%S %p",
    "%d.%m.%Y %H.%M.%S",
    "%Y-%m-%dT%H:%M:%S",
    "%B %d, %Y %H:%M:%S",
)


@given(st.lists(st.tuples(moments, st.sampled_from(FORMATS)), min_size=1, max_size=20))
def test_what_was_written_is_read_back(cells: list[tuple[datetime, str]]) -> None:
    texts = [moment.strftime(pattern) for moment, pattern in cells]
    parsed = TimeParser().column(texts * 2)  # twice: the second half comes from what the parser has learnt
    expected = [(moment.replace(microsecond=0) - EPOCH) // timedelta(microseconds=1) for moment, _ in cells]
    assert parsed.problems == {}
    assert parsed.values == expected * 2


@given(moments)
def test_date_cells_are_exact(moment: datetime) -> None:
    assert TimeParser().column([moment]).values == [(moment - EPOCH) // timedelta(microseconds=1)]


@given(st.text(max_size=25))
def test_any_text_is_read_or_refused(text: str) -> None:
    parsed = TimeParser().column([text])
    assert 0 in parsed.problems or parsed.values[0] == MISSING or isinstance(parsed.values[0], int)
