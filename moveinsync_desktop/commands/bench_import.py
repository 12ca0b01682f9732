"""`moveinsync bench import`: a workbook validated and stored, against reading its sheet with the fastest reader."""

from __future__ import annotations

import secrets
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

REQUIRED_RATIO = 3.0
HEADER = (
    "Duty Slip No", "Client Code", "Vendor Code", "Cab No", "Cab Type", "Site", "Zone", "Status", "Start Time",
    "End Time", "Total KMs", "Toll", "Parking", "Waiting Minutes",
)  # fmt: skip
_FIRST = datetime(2026, 9, 1)


def measure_import(rows: int, *, repeat: int = 2) -> dict[str, Any]:
    """Seconds of reading alone and of the whole import (child process, checks, database), and their ratio.

    The import runs in a fresh embedded workspace as it is delivered: durable writes, row-level security, constraints.
    """
    with tempfile.TemporaryDirectory(prefix="mis-bench-") as name:
        folder = Path(name)
        folder.chmod(0o711)
        sheet = folder / "trips.xlsx"
        write_sheet(sheet, rows)
        reading = min(_read(sheet) for _ in range(repeat))
        stored, parts = _store(folder / "home", sheet, repeat)
    return {
        "rows": rows,
        "read_seconds": reading,
        "import_seconds": stored,
        "check_seconds": parts,
        "ratio": stored / reading,
        "required_ratio": REQUIRED_RATIO,
        "rows_per_second": round(rows / stored),
    }


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


def _store(home: Path, sheet: Path, repeat: int) -> tuple[float, float]:
    """The fastest of some imports, each undone before the next; and the part of it that is reading and checking."""
    from billing.exchange.sheets import process
    from billing.exchange.sheets.options import ReadOptions
    from billing.services.trip_decisions import undo_import
    from billing.services.trips import import_file
    from billing.services.workspace import create_workspace, open_session, release_server

    password = secrets.token_urlsafe(24)
    create_workspace(home, "bench@example.com", password, name="Bench")
    times, checks = [], []
    try:
        with open_session(home, email="bench@example.com", password=password) as session:
            for _ in range(repeat):
                start = time.perf_counter()
                process.check_file(sheet, ReadOptions())
                checks.append(time.perf_counter() - start)
                start = time.perf_counter()
                result = import_file(session, sheet, create_parties=True, lenient=True)
                times.append(time.perf_counter() - start)
                undo_import(session, str(result.file_id))
    finally:
        release_server(home)
    return min(times), min(checks)
