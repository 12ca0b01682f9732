"""`moveinsync bench export`: an invoice workbook with its annexure, against Python's writers of the same rows.

The rivals are extras for benchmarking only (`pip install moveinsync-desktop[bench]`); openpyxl is always there. Each
writes the annexure's cells alone, typed and with number formats for dates and money where it can; ours is the whole
workbook: invoice, charges, annexure, how it was computed.
"""

from __future__ import annotations

import importlib
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from moveinsync_desktop.commands.bench_bars import Bar
from moveinsync_desktop.commands.bench_workspace import CODE, OCTOBER, bench_workspace, peak_mb

if TYPE_CHECKING:
    from billing.schemas.annexure import Annexure
    from billing.schemas.invoices import InvoiceDocument

REQUIRED = 1.5
Rows = list[list[Any]]


def measure(trips: int, *, long: int, repeat: int) -> dict[str, Any]:
    """Seconds of the workbook and of each writer, in turns; then one of the longest invoice, 0 for none."""
    with tempfile.TemporaryDirectory(prefix="mis-bench-") as name:
        folder = Path(name)
        document, annexure, read = _document(trips)
        ours, theirs = _race(folder, document, annexure, repeat)
        found = {"trips": trips, "seconds": min(ours), "read_seconds": read, "writers": theirs}
        del annexure
        if long:
            document, annexure, read = _document(long)
            begin = time.perf_counter()
            size = _write(folder / "long.xlsx", document, annexure).stat().st_size
            found |= {"long": long, "long_seconds": time.perf_counter() - begin, "long_mb": size >> 20}
    fastest = min(theirs, key=lambda writer: theirs[writer])
    ratio = round(min(ours) / theirs[fastest], 2)
    return {**found, "fastest": fastest, "ratio": ratio, "required_ratio": REQUIRED, "peak_mb": peak_mb()}


def _document(trips: int) -> tuple[InvoiceDocument, Annexure, float]:
    """A drafted month of so many trips, read as the export reads it."""
    from billing.services.billing import run_bill
    from billing.services.invoices import read_document
    from billing.store.measure import fill_month
    from moveinsync_desktop.commands.bench_rating import HYBRID

    with bench_workspace(HYBRID) as bench:
        fill_month(bench.owner, bench.database, bench.ids, trips)
        (run,) = run_bill(bench.session, month=OCTOBER, client=CODE).runs
        if run.invoice is None:
            raise AssertionError(f"nothing was drafted: {run.errors[:3]}")
        begin = time.perf_counter()
        document, annexure = read_document(bench.session, invoice=str(run.invoice.invoice_id))
        return document, annexure, time.perf_counter() - begin


def _write(path: Path, document: InvoiceDocument, annexure: Annexure) -> Path:
    from billing.exchange.workbook import write_invoice_workbook

    return write_invoice_workbook(path, document, annexure)


def _race(
    folder: Path, document: InvoiceDocument, annexure: Annexure, repeat: int
) -> tuple[list[float], dict[str, float]]:
    rows = list(_rows(annexure))
    writers = {name: write for name, (library, write) in WRITERS.items() if _installed(library)}
    ours: list[float] = []
    theirs: dict[str, float] = {}
    for _ in range(repeat):
        ours.append(_timed(lambda: _write(folder / "ours.xlsx", document, annexure)))
        for name, write in writers.items():
            seconds = _timed(lambda write=write: write(folder / "theirs.xlsx", rows))  # type: ignore[misc]
            theirs[name] = min(seconds, theirs.get(name, seconds))
    return ours, theirs


def _timed(work: Callable[[], object]) -> float:
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def _rows(annexure: Annexure) -> Iterator[list[Any]]:
    """The annexure as plain cells: numbers, dates and texts."""
    epoch = datetime(1970, 1, 1) + timedelta(hours=5, minutes=30)
    charges = [column.tolist() for column in annexure.charges.values()]
    sums = [column.tolist() for column in (annexure.taxable, annexure.percents, annexure.tax, annexure.non_taxable)]
    columns = zip(
        annexure.trip_ids, annexure.starts.tolist(), annexure.ends.tolist(), annexure.statuses, annexure.vehicles,
        annexure.riders, annexure.distances.tolist(), annexure.versions.tolist(), *charges, *sums, strict=True,
    )  # fmt: skip
    for number, (trip, start, end, status, vehicle, rider, metres, version, *amounts) in enumerate(columns, start=1):
        stamps = [epoch + timedelta(microseconds=moment) for moment in (start, end)]
        money = [amount / 100 for amount in amounts]
        yield [number, trip, *stamps, status, vehicle, rider, metres / 1000, version, *money, sum(money)]


def _openpyxl(path: Path, rows: Rows) -> None:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet("Trips")
    for row in rows:
        sheet.append(row)
    book.save(path)


def _xlsxwriter(path: Path, rows: Rows) -> None:
    library: Any = importlib.import_module("xlsxwriter")
    options = {"constant_memory": True, "default_date_format": "dd-mm-yyyy hh:mm", "strings_to_urls": False}
    book = library.Workbook(str(path), options)
    sheet = book.add_worksheet("Trips")
    for number, row in enumerate(rows):
        sheet.write_row(number, 0, row)
    book.close()


def _pyexcelerate(path: Path, rows: Rows) -> None:
    library: Any = importlib.import_module("pyexcelerate")
    book = library.Workbook()
    book.new_sheet("Trips", data=rows)
    book.save(str(path))


def _rustpy(path: Path, rows: Rows) -> None:
    library: Any = importlib.import_module("rustpy_xlsxwriter")
    names = [f"c{place}" for place in range(len(rows[0]))]
    library.write_worksheet([dict(zip(names, row, strict=True)) for row in rows], str(path), "Trips")


WRITERS: dict[str, tuple[str, Callable[[Path, Rows], None]]] = {
    "openpyxl": ("openpyxl", _openpyxl),
    "XlsxWriter": ("xlsxwriter", _xlsxwriter),
    "PyExcelerate": ("pyexcelerate", _pyexcelerate),
    "rustpy-xlsxwriter": ("rustpy_xlsxwriter", _rustpy),
}


def _installed(library: str) -> bool:
    try:
        importlib.import_module(library)
    except ImportError:
        return False
    return True


def bars(found: dict[str, Any]) -> list[Bar]:
    """The workbook against the fastest writer."""
    what = f"invoice workbook with an annexure of {found['trips']:,} trips"
    rival = f"{found['writers'][found['fastest']]:.2f} s"
    return [Bar("export", what, found["fastest"], f"{found['seconds']:.2f} s", rival, found["ratio"], REQUIRED)]


def lines(found: dict[str, Any]) -> list[str]:
    """Every writer, and the longest invoice."""
    told = [f"{name}: {seconds:.2f} s" for name, seconds in sorted(found["writers"].items(), key=lambda item: item[1])]
    told.append(f"reading the rows from the database: {found['read_seconds']:.2f} s")
    if "long" in found:
        told.append(
            f"{found['long']:,} trips: {found['long_seconds']:.1f} s, {found['long_mb']} MB; "
            f"peak memory {found['peak_mb']} MB"
        )
    return [*told, ""]
