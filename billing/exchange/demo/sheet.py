"""A vendor's trip sheet for October as such sheets come: titles above the header, and rows that cannot be right.

It is for trying the import, and `month-end --demo` takes it. `DEFECTS` says how many rows of each kind are in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from billing.exchange.demo.dice import Dice
from billing.exchange.demo.dispatch import trips_between
from billing.exchange.demo.parties import BLUE_HERON, MOONBRIDGE
from billing.schemas.trips import TripRecord

FILE_NAME = "Blue Heron trip sheet October 2026.xlsx"
TITLES = ("BLUE HERON CABS PVT LTD", "Trip sheet for Moonbridge Software - October 2026")
HEADER = (
    "Duty Slip No.",
    "Client Code",
    "Vendor Code",
    "Site",
    "Cab No",
    "Cab Type",
    "Start Date & Time",
    "End Date & Time",
    "Total KMs",
    "Employee IDs",
    "Seats Boarded",
    "Carpool",
    "Zone",
    "Status",
)
SLIP, VENDOR, START, END, KM = 0, 2, 6, 7, 8

DEFECTS = {
    "missing id": 4,
    "date that does not exist": 5,
    "NULL instead of an end": 6,
    "1899 instead of a start": 2,
    "end before start": 5,
    "negative distance": 4,
    "NULL instead of a distance": 5,
    "words instead of a distance": 2,
    "faster than a car can go": 3,
    "unknown vendor": 2,
    "same row twice": 6,
    "same slip, other distance": 3,
}
"""Rows that must not be accepted, by what is wrong with them."""

UNITS_WRITTEN_OUT = 25
"""Rows whose distance says "km" after the figure: fine, but no number cell."""

Row = list[Any]


@dataclass(frozen=True, slots=True)
class DemoSheet:
    """The sheet's cells: rows in the order of the file, and how many of them are good."""

    titles: tuple[str, ...]
    header: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    good: int


def _row(trip: TripRecord) -> Row:
    """A trip as a vendor writes it: local times without zone, km with two decimals, riders separated by commas."""
    return [
        trip.external_ref,
        "CL001",
        "VN001",
        trip.site,
        f"{(trip.vehicle_no or '')[:4]} {(trip.vehicle_no or '')[4:6]} {(trip.vehicle_no or '')[6:]}",
        trip.vehicle_type,
        trip.start_time.replace(tzinfo=None),
        trip.end_time.replace(tzinfo=None),
        Decimal(trip.distance_m) / 1000,
        ", ".join(trip.employees),
        trip.seats_boarded,
        "Yes" if trip.is_carpool else "No",
        trip.zone,
        {"NO_SHOW": "No Show"}.get(trip.status, trip.status.title()),
    ]


def _day_first(moment: datetime) -> str:
    return f"{moment:%d/%m/%Y %H:%M}"


def _spoil(kind: str, row: Row) -> None:
    """Put one defect into a row; duplicates are made elsewhere."""
    if kind == "missing id":
        row[SLIP] = None
    elif kind == "date that does not exist":
        row[START] = f"31/11/2026 {row[START]:%H:%M}"
    elif kind == "NULL instead of an end":
        row[END] = "NULL"
    elif kind == "1899 instead of a start":
        row[START] = "1899-12-30 00:00:00"
    elif kind == "end before start":
        row[START], row[END] = row[END], row[START]
    elif kind == "negative distance":
        row[KM] = -row[KM]
    elif kind == "NULL instead of a distance":
        row[KM] = "NULL"
    elif kind == "words instead of a distance":
        row[KM] = "as per meter"
    elif kind == "faster than a car can go":
        row[END] = row[START] + timedelta(minutes=1)
    elif kind == "unknown vendor":
        row[VENDOR] = "VN009"


def _with_doubles(rows: list[Row], doubles: list[Row]) -> list[Row]:
    """Every double some rows below the row it repeats."""
    result = list(rows)
    for number, double in enumerate(doubles):
        result.insert(min(len(result), (number + 1) * len(rows) // (len(doubles) + 1) + 40), double)
    return result


def october_sheet() -> DemoSheet:
    """The sheet; the same cells at every call."""
    dice = Dice("october sheet")
    trips = [
        trip
        for trip in trips_between(date(2026, 10, 1), date(2026, 11, 1))
        if trip.client_id == MOONBRIDGE and trip.vendor_id == BLUE_HERON
    ]
    rows = [_row(trip) for trip in trips]
    completed = [number for number, trip in enumerate(trips) if trip.status == "COMPLETED"]
    # Doubles come after the row they repeat, so the first half of the month is left to them.
    half = len(completed) // 2
    early, late = dice.shuffled(completed[: half // 2]), dice.shuffled(completed[half:])
    doubles = []
    for number in early[: DEFECTS["same row twice"]]:
        doubles.append(list(rows[number]))
    for number in early[DEFECTS["same row twice"] :][: DEFECTS["same slip, other distance"]]:
        doubles.append([*rows[number][:KM], rows[number][KM] + Decimal("3.5"), *rows[number][KM + 1 :]])
    for kind, count in DEFECTS.items():
        if not kind.startswith("same"):
            for _ in range(count):
                _spoil(kind, rows[late.pop()])
    for _ in range(UNITS_WRITTEN_OUT):
        row = rows[late.pop()]
        row[KM] = f"{row[KM]} km"
    for _ in range(UNITS_WRITTEN_OUT):
        row = rows[late.pop()]
        row[START], row[END] = _day_first(row[START]), _day_first(row[END])
    lines = _with_doubles(rows, doubles)
    good = len(lines) - sum(DEFECTS.values())
    return DemoSheet(TITLES, HEADER, tuple(tuple(row) for row in lines), good)


def write_october_sheet(path: Path) -> DemoSheet:
    """Write the sheet as .xlsx and give its cells.

    Raises:
        OSError: The file cannot be written.
    """
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    sheet = october_sheet()
    book = Workbook(write_only=True)
    page = book.create_sheet("Trips")
    for column, width in zip("ABCDEFGHIJKLMN", (16, 11, 11, 9, 15, 9, 18, 18, 10, 30, 9, 9, 16, 11), strict=True):
        page.column_dimensions[column].width = width
    bold = Font(bold=True)

    def cell(value: Any, style: str | None = None, font: Any = None) -> Any:
        result = WriteOnlyCell(page, value)
        if style:
            result.number_format = style
        if font:
            result.font = font
        return result

    for title in sheet.titles:
        page.append([cell(title, font=bold)])
    page.append([])
    page.append([cell(name, font=bold) for name in sheet.header])
    for row in sheet.rows:
        page.append([cell(v, "dd-mm-yyyy hh:mm") if isinstance(v, datetime) else v for v in row])
    book.save(path)
    return sheet
