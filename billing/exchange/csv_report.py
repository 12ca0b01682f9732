"""The billing report as CSV: one line a trip, the columns of DESIGN.md section 7, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from billing.exchange.files import replacing
from billing.exchange.localtime import iso_local
from billing.money import plain
from billing.schemas.annexure import Annexure

COLUMNS = (
    "trip_id",
    "start_time",
    "end_time",
    "distance_km",
    "billing_model",
    "base_cost",
    "tax_amount",
    "total_cost",
    "employee_incentive",
)
STATE_COLUMN = "state"
"""A tenth column of the client report only: BILLED, or PREVIEW for a trip that is rated but not billed yet."""

_RISKY = tuple("=+-@\t\r\x00＝＋－＠")  # full-width forms are formulas to some programs
_BLOCK = 20_000

Progress = Callable[[int, int, str], None]


def safe_text(text: str) -> str:
    """Text that no spreadsheet takes for a formula: a leading apostrophe where it could be one (SECURITY.md (b) 22)."""
    return f"'{text}" if text.startswith(_RISKY) else text


def report_name(client_code: str, what: str, now: datetime) -> str:
    """A timestamped file name: `CL001-2026-10-20261105-110212.csv`."""
    parts = (client_code, what, f"{now:%Y%m%d-%H%M%S}")
    return "-".join("".join(c if c.isalnum() or c in "-_" else "-" for c in part) for part in parts if part) + ".csv"


def write_csv_report(
    path: Path,
    rows: Annexure,
    time_zone: str,
    *,
    with_state: bool = False,
    with_amounts: bool = True,
    progress: Progress | None = None,
) -> Path:
    """Write trips, then period charges and the round-off, so that the file adds up to the invoice; gives `path`.

    Without amounts (for a vendor's staff) the money columns stay empty.

    total_cost = base_cost + tax_amount + untaxed toll and parking + employee_incentive (TARIFF.md section 6).
    """
    header = [*COLUMNS, STATE_COLUMN] if with_state else list(COLUMNS)
    with (
        replacing(Path(path)) as temporary,
        temporary.open("w", encoding="utf-8-sig", newline="") as stream,
    ):
        writer = csv.writer(stream)
        writer.writerow(header)
        for begin in range(0, len(rows), _BLOCK):
            stop = min(begin + _BLOCK, len(rows))
            writer.writerows(_block(rows, time_zone, begin, stop, with_state, with_amounts))
            if progress is not None:
                progress(stop, len(rows), "Writing the report")
        writer.writerows(_tail(rows, with_state=with_state))
    return Path(path)


def _block(
    rows: Annexure, time_zone: str, begin: int, stop: int, with_state: bool, with_amounts: bool
) -> Iterator[tuple[Any, ...]]:
    part = slice(begin, stop)
    base, tax, incentive = rows.taxable[part], rows.tax[part], rows.incentive[part]
    total = base + tax + rows.non_taxable[part] + incentive
    columns: list[Any] = [
        [safe_text(text) for text in rows.trip_ids[part]],
        iso_local(rows.starts[part], time_zone),
        iso_local(rows.ends[part], time_zone),
        [f"{metres // 1000}.{metres % 1000:03d}" for metres in rows.distances[part].tolist()],
        rows.models[part],
        *(
            [plain(amount) if with_amounts else "" for amount in column.tolist()]
            for column in (base, tax, total, incentive)
        ),
    ]
    if with_state:
        columns.append(rows.states[part])
    return zip(*columns, strict=True)


def _tail(rows: Annexure, *, with_state: bool) -> Iterator[tuple[str, ...]]:
    mark = ("BILLED",) if with_state else ()
    for row in rows.period_rows:
        money = (plain(row.amount), plain(row.tax), plain(row.amount + row.tax), plain(0))
        yield (row.code, "", "", "", row.model, *money, *mark)
    if rows.round_off:
        yield ("ROUND_OFF", "", "", "", "", plain(0), plain(0), plain(rows.round_off), plain(0), *mark)
