"""Numbers and texts in cells: strict, exact."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.exchange.sheets.cells import CellError
from billing.exchange.sheets.coding import Coder
from billing.exchange.sheets.fields import BY_NAME, field_of, unit_in
from billing.exchange.sheets.numbers import MISSING, DistanceParser, FlagParser, ScaledParser
from billing.exchange.sheets.texts import clean, id_text, id_texts


def metres(value: Any, unit: str = "km") -> Any:
    parsed = DistanceParser(unit).column([value])
    return parsed.problems[0].code if parsed.problems else parsed.values[0]


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("12.4", 12_400),
        (12.4, 12_400),
        (12, 12_000),
        (12.0, 12_000),
        ("12.4 km", 12_400),
        ("12.4KMS", 12_400),
        ("12.4 Kilometres", 12_400),
        ("12,400 m", 12_400),
        ("7.7 mi", 12_392),
        ("1,23,456", None),
        ("1,234.5", 1_234_500),
        ("1,23,456.7 m", 123_457),
        ("0", 0),
        (".5", 500),
        ("5.", 5_000),
        ("+5", 5_000),
        ("12.4005", 12_401),
        ("12.4004", 12_400),
        (0.30000000000000004, 300),
        (12.399999999999999, 12_400),
        ("  12.4\u00a0", 12_400),
        ("'12.4", "NOT_A_NUMBER"),
        ("", MISSING),
        ("NULL", MISSING),
        (None, MISSING),
        ("-", MISSING),
        ("#N/A N/A", MISSING),
        ("-3", "NEGATIVE_DISTANCE"),
        (-3.0, "NEGATIVE_DISTANCE"),
        ("(3)", "NEGATIVE_DISTANCE"),
        ("-3 km", "NEGATIVE_DISTANCE"),
        ("12 furlongs", "UNKNOWN_UNIT"),
        ("12 nm", "UNKNOWN_UNIT"),
        ("twelve", "NOT_A_NUMBER"),
        ("1_000", "NOT_A_NUMBER"),
        ("१२", "NOT_A_NUMBER"),
        ("12,4", "NOT_A_NUMBER"),
        ("1,2345", "NOT_A_NUMBER"),
        ("12,34", "NOT_A_NUMBER"),
        ("1e3", "NOT_A_NUMBER"),
        ("inf", "NOT_A_NUMBER"),
        ("nan", MISSING),
        ("1.2.3", "NOT_A_NUMBER"),
        (True, "NOT_A_NUMBER"),
        ("--3", "NOT_A_NUMBER"),
        (CellError("#DIV/0!", "x"), "FORMULA_ERROR"),
        ("9" * 30, "OUT_OF_RANGE"),
    ],
)
def test_distances(cell: Any, expected: Any) -> None:
    assert metres(cell) == (123_456_000 if expected is None else expected)


def test_miles_from_the_header() -> None:
    assert metres("1", "mile") == 1609
    assert metres("1 km", "mile") == 1000


def test_distances_finer_than_a_metre_are_counted() -> None:
    parser = DistanceParser()
    parser.column(["12.4", "12.4005", "1.00001", "12.4005"])
    assert parser.finer == 3


def test_a_true_cell_is_no_number_even_after_a_one() -> None:
    assert list(DistanceParser().column([1.0, True]).problems) == [1]


@given(st.decimals(0, 5000, places=6, allow_nan=False, allow_infinity=False))
def test_distances_are_rounded_half_up_exactly(value: Decimal) -> None:
    expected = int((value * 1000).to_integral_value(ROUND_HALF_UP))
    assert metres(format(value, "f")) == expected
    assert metres(f"{value:,f}") == expected
    assert metres(float(format(value, ".15g"))) == expected


@given(st.text(max_size=20))
def test_any_text_is_a_distance_or_a_problem(text: str) -> None:
    result = metres(text)
    assert isinstance(result, str) or result == MISSING or result >= 0


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        ("35.50", 3550),
        ("Rs. 35", 3500),
        ("₹1,250.00/-", 125_000),
        ("35.505", "NOT_A_NUMBER"),
        ("-5", "OUT_OF_RANGE"),
        ("INR 20", 2000),
    ],
)
def test_amounts(cell: str, expected: Any) -> None:
    parsed = ScaledParser("Toll", 100).column([cell])
    assert (parsed.problems[0].code if parsed.problems else parsed.values[0]) == expected


@pytest.mark.parametrize(
    ("cell", "expected"), [("Yes", 1), ("n", 0), (True, 1), (0.0, 0), ("", MISSING), ("maybe", "NOT_A_NUMBER")]
)
def test_flags(cell: Any, expected: Any) -> None:
    parsed = FlagParser("Escort").column([cell])
    assert (parsed.problems[0].code if parsed.problems else parsed.values[0]) == expected


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (123, "123"),
        (123.0, "123"),
        ("123", "123"),
        ("123.0", "123"),
        ("0123", "0123"),
        ("00123.0", "00123"),
        ("", ""),
        ("NULL", ""),
        (" A-1 ", "A-1"),
        ("A\u00a01", "A 1"),
        ("\u200bA1\ufeff", "A1"),
        (12345678901234.0, "12345678901234"),
        ("'=A1", "=A1"),
        ("'quoted'", "'quoted'"),
        ("1.50", "1.50"),
        (1.5, "1.5"),
        (True, "TRUE"),
        ("-", ""),
        (1e20, "100000000000000000000"),
    ],
)
def test_ids_are_text(cell: Any, expected: str) -> None:
    assert id_text(cell) == expected
    assert id_texts([cell]) == [expected]
    assert id_texts([cell, "plain"]) == [expected, "plain"]


@given(st.lists(st.text(max_size=12) | st.integers(0, 10**12) | st.floats(0, 1e12), max_size=8))
def test_a_column_of_ids_reads_like_its_cells(cells: list[Any]) -> None:
    assert id_texts(cells) == [id_text(cell) for cell in cells]


@given(st.text(max_size=30))
def test_clean_text_stays_clean(text: str) -> None:
    assert clean(clean(text)) == clean(text) or clean(text).startswith("'")


def coded(name: str, cell: Any) -> Any:
    coder = Coder(BY_NAME[name])
    parsed = coder.column([cell])
    if parsed.problems:
        return parsed.problems[0].code
    return None if parsed.values[0] == MISSING else coder.names[parsed.values[0]]


@pytest.mark.parametrize(
    ("name", "cell", "expected"),
    [
        ("vehicle_no", "ka-01 ab 1234", "KA01AB1234"),
        ("vehicle_no", "x" * 21, "OUT_OF_RANGE"),
        ("client", 7.0, "7"),
        ("client", "", None),
        ("status", "No Show", "NO_SHOW"),
        ("status", "canceled", "CANCELLED"),
        ("status", "on the way", "OUT_OF_RANGE"),
        ("status", "", None),
        ("employees", "E1; E2,E3", ("E1", "E2", "E3")),
        ("employees", 1001.0, ("1001",)),
        ("employees", "E1, E1", ("E1",)),
        ("employees", "E" * 61, "OUT_OF_RANGE"),
        ("site", "s" * 61, "OUT_OF_RANGE"),
        ("zone", CellError("#REF!", "x"), "FORMULA_ERROR"),
    ],
)
def test_texts(name: str, cell: Any, expected: Any) -> None:
    assert coded(name, cell) == expected


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Duty Slip No.", "trip_id"),
        ("BookingID", "trip_id"),
        ("customerID", "client"),
        ("supplierID", "vendor"),
        ("VendorID", "vendor"),
        ("TRANSPORTATION_DISTANCE_IN_KM", "distance"),
        ("Total KM's", "distance"),
        ("trip_distance", "distance"),
        ("Kms.", "distance"),
        ("trip_start_date", "start_date"),
        ("tpep_pickup_datetime", "start"),
        ("Pick-up", "start"),
        ("Drop", "end"),
        ("CAB NO.", "vehicle_no"),
        ("vehicleType", "vehicle_type"),
        ("Pax", "seats_boarded"),
        ("Start Time (IST)", "start_time"),
        ("Distance (KM)", "distance"),
        ("Minimum_kms_to_be_covered_in_a_day", None),
        ("Planned_ETA", None),
        ("BookingID_Date", None),
        ("", None),
        ("Remarks", None),
    ],
)
def test_headers_are_known_by_their_letters(header: str, name: str | None) -> None:
    found = field_of(header)
    assert (found[0] if found else None) == name


@pytest.mark.parametrize(
    ("header", "unit"),
    [
        ("Total KMs", "km"),
        ("TRANSPORTATION_DISTANCE_IN_KM", "km"),
        ("trip_distance", None),
        ("Distance (miles)", "mile"),
        ("Distance in metres", "m"),
        ("DistanceKm", "km"),
        ("km / miles", None),
        ("K.M.", "km"),
    ],
)
def test_units_in_headers(header: str, unit: str | None) -> None:
    assert unit_in(header) == unit
