"""`moveinsync bench import`: a workbook validated and stored, against reading its sheet with the fastest reader."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any

from moveinsync_desktop.commands.bench_bars import Bar
from moveinsync_desktop.commands.bench_workspace import EMAIL, peak_mb, throwaway

if TYPE_CHECKING:
    from billing.store.session import Session

REQUIRED_RATIO, REQUIRED_MB = 3.0, 600
HEADER = (
    "Duty Slip No", "Client Code", "Vendor Code", "Cab No", "Cab Type", "Site", "Zone", "Status", "Start Time",
    "End Time", "Total KMs", "Toll", "Parking", "Waiting Minutes",
)  # fmt: skip
_FIRST = datetime(2026, 9, 1)


def measure(rows: int, *, csv_rows: int, repeat: int) -> dict[str, Any]:
    """Seconds of reading alone and of the whole import (child process, checks, database), in turns, and their ratio.

    The import runs in a fresh embedded workspace as it is delivered: durable writes, row-level security, constraints.
    Then one CSV file of `csv_rows` rows, 0 for none, with the memory of the program and of its child.
    """
    from billing.services.workspace import open_session

    with throwaway() as (home, profile, password):
        sheet = home.parent / "trips.xlsx"
        write_sheet(sheet, rows)
        with open_session(profile=profile, email=EMAIL, password=password) as session:
            reading, checking, storing = _race(session, sheet, repeat)
            long = _long(session, home.parent / "trips.csv", csv_rows) if csv_rows else {}
    return {
        "rows": rows,
        "read_seconds": round(reading, 3),
        "check_seconds": round(checking, 3),
        "import_seconds": round(storing, 3),
        "ratio": round(storing / reading, 2),
        "required_ratio": REQUIRED_RATIO,
        "rows_per_second": round(rows / storing),
        **long,
    }


def _race(session: Session, sheet: Path, repeat: int) -> tuple[float, float, float]:
    """The fastest of some turns of reading alone, of reading and checking, and of importing; each import is undone."""
    from billing.exchange.sheets import process
    from billing.exchange.sheets.options import ReadOptions
    from billing.services.trip_decisions import undo_import
    from billing.services.trips import import_file

    turns = []
    for _ in range(repeat):
        reading = _read(sheet)
        start = time.perf_counter()
        process.check_file(sheet, ReadOptions())
        checked = time.perf_counter()
        result = import_file(session, sheet, create_parties=True, lenient=True)
        turns.append((reading, checked - start, time.perf_counter() - checked))
        undo_import(session, str(result.file_id))
    reading, checking, storing = (min(part) for part in zip(*turns, strict=True))
    return reading, checking, storing


def _long(session: Session, path: Path, rows: int) -> dict[str, Any]:
    from billing.services.trips import import_file

    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADER)
        writer.writerows(_rows(rows))
    start = time.perf_counter()
    result = import_file(session, path, create_parties=True, lenient=True)
    seconds = time.perf_counter() - start
    if len(result.checked.accepted) != rows:
        raise AssertionError(f"{len(result.checked.accepted)} of {rows} rows went in")
    return {"csv_rows": rows, "csv_seconds": round(seconds, 2), "peak_mb": peak_mb(), "child_peak_mb": _child_peak_mb()}


def _child_peak_mb() -> int:
    """The most memory that a child of this process has held, in MB; 0 where the system does not tell."""
    import sys

    if sys.platform == "win32":
        return 0
    import resource

    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return peak >> 20 if sys.platform == "darwin" else peak >> 10


def bars(found: dict[str, Any]) -> list[Bar]:
    """The workbook's ratio, and the memory of the long CSV file."""
    ours, theirs = f"{found['import_seconds']:.2f} s", f"{found['read_seconds']:.2f} s"
    what = f"import {found['rows']:,} rows of xlsx, checked and stored"
    made = [Bar("import", what, "calamine reading the sheet", ours, theirs, found["ratio"], REQUIRED_RATIO)]
    if "csv_rows" in found:
        most = max(found["peak_mb"], found["child_peak_mb"])
        told = f"{found['csv_seconds']:.1f} s, program {found['peak_mb']} MB, reader {found['child_peak_mb']} MB"
        made.append(
            Bar("import", f"memory of {found['csv_rows']:,} rows of CSV", "", told, "", most, REQUIRED_MB, "MB")
        )
    return made


def lines(found: dict[str, Any]) -> list[str]:
    """How the import's time is made up."""
    return [
        f"reading alone {found['read_seconds']:.2f} s; read and checked in a child {found['check_seconds']:.2f} s; "
        f"stored as well {found['import_seconds']:.2f} s ({found['rows_per_second']:,} rows a second)",
        "",
    ]


def write_sheet(path: Path, rows: int) -> None:
    """A sheet of 14 columns as vendors send it: 8 of text, 2 of dates, 4 of numbers."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    page = book.create_sheet("Trips")
    page.append(HEADER)
    for cells in _rows(rows):
        page.append(cells)
    book.save(path)


def _rows(count: int) -> Iterator[list[Any]]:
    random = Random(2026)
    for number in range(count):
        start = _FIRST + timedelta(minutes=random.randrange(43_000))
        yield [
            f"DS{number:07}", "CL001", f"VN{number % 7:03}", f"KA 01 AB {number % 900:04}", "SEDAN",
            f"BLR{number % 4}", f"Z{number % 9}", "Completed", start,
            start + timedelta(minutes=random.randrange(20, 90)),
            random.randrange(2_000, 40_000) / 1000, random.choice((0, 35, 70)), 0, random.randrange(0, 20),
        ]  # fmt: skip


def _read(sheet: Path) -> float:
    from python_calamine import load_workbook

    start = time.perf_counter()
    load_workbook(str(sheet)).get_sheet_by_index(0).to_python()
    return time.perf_counter() - start
