"""Small trip sheets for tests: good rows by default, to be spoiled one cell at a time."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pytest

HEADER = ["Duty Slip No.", "Client Code", "Vendor Code", "Pickup Date Time", "Drop Date Time", "Total KMs"]
ROOT = Path(__file__).resolve().parents[2]


def row(number: int = 1, **changes: Any) -> list[Any]:
    """A good row of HEADER; `trip_id`, `client`, `vendor`, `start`, `end`, `km` change a cell."""
    cells = {
        "trip_id": f"A{number}", "client": "CL001", "vendor": "VN001", "start": "2026-10-01 09:00",
        "end": "2026-10-01 09:40", "km": "12.4",
    }  # fmt: skip
    return list({**cells, **changes}.values())


def write_csv(path: Path, rows: Iterable[Sequence[Any]], *, header: Sequence[str] = HEADER, **dialect: Any) -> Path:
    """A text sheet."""
    encoding = dialect.pop("encoding", "utf-8")
    with path.open("w", newline="", encoding=encoding) as file:
        writer = csv.writer(file, **dialect)
        writer.writerow(header)
        writer.writerows(rows)
    return path


def write_xlsx(
    path: Path, rows: Iterable[Sequence[Any]], *, header: Sequence[str] = HEADER, title: str = "Sheet1"
) -> Path:
    """A workbook of one sheet."""
    from openpyxl import Workbook

    book = Workbook()
    page = book.active
    assert page is not None
    page.title = title
    page.append(list(header))
    for cells in rows:
        page.append(list(cells))
    book.save(path)
    return path


def shared_file(name: str) -> Path:
    """A file of real trips kept beside the project; the test is skipped where it is absent."""
    path = ROOT.parent / "shared" / "data" / name
    if not path.exists():
        pytest.skip(f"real trips are not here: {path}")
    return path
