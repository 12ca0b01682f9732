"""The rows of an import preview, as a list shows them: fate, reason, and the sheet's own cells (UX.md section 3).

Qt is not needed here: `read_preview` runs in a worker, the check page shows what it gives.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from billing.exchange.sheets.texts import shown
from moveinsync_desktop import formats

if TYPE_CHECKING:
    from billing.exchange.sheets.result import CheckedFile, Duplicate
    from billing.services.trips import ImportChoices, ImportResult
    from billing.store.session import Session
    from moveinsync_desktop.workers import Progress

MAX_ROWS = 5_000  # of one fate; the file with reasons has all of them
SAMPLE_ROWS = 5_000  # of the ready ones, besides those that something is said about
MAX_COLUMNS = 9

NOTED = "Read, with a note"
_FIRST = ("trip_id", "start", "end", "distance", "vehicle_no", "seats_boarded", "employees", "status")
_SAME_EVERYWHERE = ("client", "vendor")

# The first line of a reason: short, without codes. The sentence of the row itself stands in the panel.
REASONS = {
    "MISSING_REQUIRED": "Missing",
    "BAD_DATE": "No such date",
    "FUTURE_DATE": "In the future",
    "END_BEFORE_START": "Ends before it starts",
    "NOT_A_NUMBER": "Not a number",
    "UNKNOWN_UNIT": "Unknown unit",
    "NEGATIVE_DISTANCE": "Negative",
    "OUT_OF_RANGE": "Out of range",
    "UNKNOWN_CLIENT": "Client unknown",
    "UNKNOWN_VENDOR": "Vendor unknown",
    "UNKNOWN_VEHICLE": "Cab unknown",
    "UNKNOWN_EMPLOYEE": "Employee unknown",
    "FORMULA_ERROR": "Formula without result",
    "BAD_QUOTING": "Quotes do not match",
    "RAGGED_ROW": "Cells missing or too many",
}


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """One row and its fate (READY, REJECTED, DUPLICATE, CONFLICT; SKIPPED is no trip).

    `wrong` is the place of the wrong cell among `cells`; `code`, `column` and `value` say what is wrong with it.
    """

    key: tuple[str | None, int]
    row: int
    sheet: str | None
    state: str
    reason: str
    message: str
    cells: tuple[str, ...]
    wrong: int | None = None
    code: str = ""
    column: str | None = None
    value: str | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """A column of the sheet that is shown: its header, the field it was read as, where it stands in each sheet."""

    field: str
    header: str
    places: dict[str | None, int]


@dataclass(frozen=True, slots=True)
class Preview:
    """A file against the workspace: counts, rows to look at, the columns that are shown of it."""

    result: ImportResult
    columns: tuple[Shown, ...]
    rows: tuple[PreviewRow, ...]

    @property
    def checked(self) -> CheckedFile:
        """Every row's fate."""
        return self.result.checked

    def count(self, state: str) -> int:
        """How many rows of the file have this fate."""
        if state == "READY":
            return len(self.checked.accepted)
        if state == "REJECTED":
            return len(self.checked.rejected)
        wanted = "DUPLICATE" if state == "DUPLICATE" else "CONFLICTING_DUPLICATE"
        return sum(item.code == wanted for item in self.checked.duplicates)

    def notes(self) -> list[str]:
        """What is said about the file as a whole: what was assumed, what was left out."""
        rows = {(item.sheet, item.row) for item in self.rows if item.state == "READY"}
        said = [item for item in self.checked.warnings if item.row is None or (item.sheet, item.row) not in rows]
        sheets = [f'Sheet "{item.sheet}": {item.message}.' for item in self.checked.skipped if item.row is None]
        return [*dict.fromkeys(item.message for item in said if item.trip_id is None), *sheets]

    def skipped(self) -> int:
        """Rows that are no trips: titles, totals, notes, the lines of riders."""
        return sum(item.row is not None for item in self.checked.skipped)

    def noted(self) -> int:
        """Ready rows that something is said about."""
        return len(self.checked.accepted.warnings)

    def by_reason(self) -> list[tuple[str, int]]:
        """Rejected rows by reason, the most frequent first."""
        return Counter(REASONS.get(item.code, item.code) for item in self.checked.rejected).most_common()

    def about(self) -> str:
        """Sheet, dates and unit in one line."""
        sheets = [name for name in self.checked.accepted.sheet.names if name]
        parts = [f"Sheet {sheets[0]}" if len(sheets) == 1 else f"{len(sheets)} sheets"] if sheets else []
        order = {"day_first": "day first", "month_first": "month first", "year_first": "year first"}
        parts.append(order[self.checked.dates.order])
        if self.checked.dates.first:
            parts.append(f"{_day(self.checked.dates.first)} to {_day(self.checked.dates.last)}")
        parts.append(f"{formats.km(self.checked.distance_m)} km")
        return ", ".join(parts)


def _day(text: str | None) -> str:
    return "-".join(reversed((text or "").split("-")))


def read_preview(session: Session, path: Path, choices: ImportChoices, progress: Progress) -> Preview:
    """Check the file against the workspace and fetch the cells of the rows that need a look. Stores nothing."""
    from billing.exchange.sheets import process
    from billing.services.trips import import_file

    result = import_file(session, path, choices, preview=True, progress=progress)
    checked = result.checked
    wanted = _wanted(checked)
    cells = process.pick_rows(path, {sheet: sorted(rows) for sheet, rows in wanted.items()}, progress)
    columns = _columns(checked)
    return Preview(result, columns, tuple(_rows(checked, cells, columns, choices.edits)))


def _wanted(checked: CheckedFile) -> dict[str | None, set[int]]:
    wanted: dict[str | None, set[int]] = {}
    for item in checked.rejected[:MAX_ROWS]:
        wanted.setdefault(item.sheet, set()).add(item.row)
    for double in checked.duplicates[:MAX_ROWS]:
        wanted.setdefault(double.sheet, set()).add(double.row)
    for skipped in checked.skipped[:MAX_ROWS]:
        if skipped.row is not None:
            wanted.setdefault(skipped.sheet, set()).add(skipped.row)
    table = checked.accepted
    for place in _sample(checked):
        wanted.setdefault(table.sheet[place], set()).add(int(table.row[place]))
    return wanted


def _sample(checked: CheckedFile) -> list[int]:
    """The ready rows that are shown: the first ones, and those with a warning wherever they stand."""
    first = min(SAMPLE_ROWS, len(checked.accepted))
    return [*range(first), *[place for place in sorted(checked.accepted.warnings) if place >= first][:MAX_ROWS]]


def _columns(checked: CheckedFile) -> tuple[Shown, ...]:
    """The columns that matter most, in that order; client and vendor only where they differ or are wrong."""
    wrong = {item.column for item in checked.rejected}
    plain = [
        name
        for name in _SAME_EVERYWHERE
        if checked.mapping.get(name) in wrong or len(checked.accepted.texts[name].names) > 1
    ]
    order = [*_FIRST[:4], *plain, *_FIRST[4:]]
    order += [name for name in checked.mapping if name not in order and name not in _SAME_EVERYWHERE]
    found = []
    for name in [name for name in order if name in checked.mapping][:MAX_COLUMNS]:
        text = checked.mapping[name]
        places = {sheet: header.index(text) for sheet, header in checked.headers.items() if text in header}
        found.append(Shown(name, text, places))
    return tuple(found)


Edits = Mapping[tuple[str | None, int], Mapping[str, str]]


def _rows(checked: CheckedFile, cells: Any, columns: tuple[Shown, ...], edits: Edits) -> list[PreviewRow]:
    def shown_cells(sheet: str | None, row: int) -> tuple[str, ...]:
        own, changed = cells.get(sheet, {}).get(row, []), edits.get((sheet, row), {})
        return tuple(changed.get(column.header, _cell(own, column.places.get(sheet))) for column in columns)

    found = []
    headers = [column.header for column in columns]
    for item in checked.rejected[:MAX_ROWS]:
        wrong = headers.index(item.column) if item.column in headers else None
        reason = REASONS.get(item.code, item.code)
        values = shown_cells(item.sheet, item.row)
        key = (item.sheet, item.row)
        found.append(
            PreviewRow(
                key,
                item.row,
                item.sheet,
                "REJECTED",
                reason,
                item.message,
                values,
                wrong,
                item.code,
                item.column,
                item.value,
            )
        )
    for double in checked.duplicates[:MAX_ROWS]:
        state = "DUPLICATE" if double.code == "DUPLICATE" else "CONFLICT"
        values = shown_cells(double.sheet, double.row)
        key = (double.sheet, double.row)
        found.append(PreviewRow(key, double.row, double.sheet, state, _repeated(double, state), double.message, values))
    for skipped in checked.skipped[:MAX_ROWS]:
        if skipped.row is not None:
            key, values = (skipped.sheet, skipped.row), shown_cells(skipped.sheet, skipped.row)
            words = skipped.message[:1].upper() + skipped.message[1:]
            found.append(PreviewRow(key, skipped.row, skipped.sheet, "SKIPPED", words, f"{words}.", values))
    found += _ready(checked, shown_cells)
    return sorted(found, key=lambda row: (row.sheet or "", row.row))


def _repeated(double: Duplicate, state: str) -> str:
    if double.first_row is None:
        return "Stored already" if state == "DUPLICATE" else "Other than stored"
    return f"{'Same as' if state == 'DUPLICATE' else 'Other than'} row {double.first_row}"


def _ready(checked: CheckedFile, shown_cells: Any) -> list[PreviewRow]:
    said: dict[tuple[str | None, int | None], list[str]] = {}
    for warning in checked.warnings:
        said.setdefault((warning.sheet, warning.row), []).append(warning.message)
    rows = []
    table = checked.accepted
    for place in _sample(checked):
        sheet, row = table.sheet[place], int(table.row[place])
        notes = said.get((sheet, row), [])
        reason = NOTED if notes else ""
        rows.append(PreviewRow((sheet, row), row, sheet, "READY", reason, " ".join(notes), shown_cells(sheet, row)))
    return rows


def _cell(cells: list[Any], place: int | None) -> str:
    if place is None or place >= len(cells):
        return ""
    value = cells[place]
    if isinstance(value, datetime):
        return value.strftime("%d-%m-%Y %H:%M" if not value.second else "%d-%m-%Y %H:%M:%S")
    return shown(value) or ""
