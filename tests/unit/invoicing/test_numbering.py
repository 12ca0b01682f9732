"""Invoice numbers: template, financial year and what the portal accepts (GST.md section 4)."""

from __future__ import annotations

from datetime import date

import pytest

from billing.errors import BadInputError
from billing.invoicing.numbering import (
    SeriesTemplate,
    file_stem,
    financial_year,
    is_valid_number,
    suggest_prefixes,
)


@pytest.mark.parametrize(
    ("number", "valid"),
    [
        ("SLC/26-27/00118", True),
        ("MIS/26-27/000001", True),
        ("1", True),
        ("MIS/26-27/0000001", False),
        ("0SLC/1", False),
        ("/1", False),
        ("-1", False),
        ("", False),
        ("SLC 1", False),
        ("slc/1", False),
        ("SLC/1\n", False),
        ("SLC/१", False),
        ("ÄSLC/1", False),
    ],
)
def test_portal_pattern(number: str, valid: bool) -> None:
    assert is_valid_number(number) is valid


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 3, 31), "25-26"),
        (date(2026, 4, 1), "26-27"),
        (date(2027, 1, 1), "26-27"),
        (date(2100, 1, 1), "99-00"),
    ],
)
def test_financial_year_begins_in_april(day: date, expected: str) -> None:
    assert financial_year(day) == expected


def test_number_follows_the_template() -> None:
    series = SeriesTemplate("SLC")
    assert series.number(date(2026, 11, 5), 118) == "SLC/26-27/00118"
    assert series.widest_counter == 99999
    assert SeriesTemplate("MIS", "{prefix}/{yy-yy}/{000001}").number(date(2026, 11, 5), 1) == "MIS/26-27/000001"
    assert SeriesTemplate("A", "{prefix}-{yy-yy}-{0001}").number(date(2026, 11, 5), 7) == "A-26-27-0007"


@pytest.mark.parametrize(
    ("prefix", "template", "code"),
    [
        ("SLCX", "{prefix}/{yy-yy}/{000001}", "SERIES_TOO_LONG"),
        ("SLCXX", "{prefix}/{yy-yy}/{00001}", "BAD_SERIES_PREFIX"),
        ("0AB", "{prefix}/{yy-yy}/{00001}", "BAD_SERIES_PREFIX"),
        ("ab", "{prefix}/{yy-yy}/{00001}", "BAD_SERIES_PREFIX"),
        ("A\n", "{prefix}/{yy-yy}/{00001}", "BAD_SERIES_PREFIX"),
        ("A", "{prefix}{00001}", "BAD_SERIES_TEMPLATE"),
        ("A", "{prefix}/{yy-yy}/{00002}", "BAD_SERIES_TEMPLATE"),
    ],
)
def test_a_bad_series_is_refused_when_it_is_set(prefix: str, template: str, code: str) -> None:
    with pytest.raises(BadInputError) as caught:
        SeriesTemplate(prefix, template)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("name", "first"),
    [("Sri Lakshmi Cabs", "SLC"), ("Metro", "MET"), ("7 Seas Travels", "7ST"), ("श्री", "INV"), ("", "INV")],
)
def test_prefixes_come_from_the_name_and_all_are_valid(name: str, first: str) -> None:
    prefixes = suggest_prefixes(name)
    assert prefixes[0] == first
    assert len(set(prefixes)) == len(prefixes)
    for prefix in prefixes:
        SeriesTemplate(prefix)


def test_file_name_has_no_slash() -> None:
    assert file_stem("SLC/26-27/00118") == "SLC-26-27-00118"
