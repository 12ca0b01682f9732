"""Check one file from the first byte to the last row; nothing is written anywhere.

`check_file` runs in this process; `process.check_file` runs it in a child with limits on time and memory, which is
what files from outside get.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from billing.exchange.sheets import limits, zones
from billing.exchange.sheets.cells import Note, RawSheet
from billing.exchange.sheets.coding import Coder
from billing.exchange.sheets.dates import DAY
from billing.exchange.sheets.delimited import open_delimited
from billing.exchange.sheets.duplicates import split_duplicates
from billing.exchange.sheets.evidence import judge_sheet
from billing.exchange.sheets.fields import BY_NAME, FIELDS, REQUIRED, unit_in
from billing.exchange.sheets.file_hash import file_hash
from billing.exchange.sheets.header import Header, find_header
from billing.exchange.sheets.options import ReadOptions
from billing.exchange.sheets.parts import Parts
from billing.exchange.sheets.refusals import refuse
from billing.exchange.sheets.result import CheckedFile, Coded, DateRange, Skipped, TripTable, Warned, concat_coded
from billing.exchange.sheets.sheet_parser import SheetParser
from billing.exchange.sheets.sniff import regular_file, sniff
from billing.exchange.sheets.unpack import PACKED_ENDINGS, inner_sheet
from billing.exchange.sheets.workbook_reader import open_workbook
from billing.money import group_indian

Progress = Callable[[int, int, str], None]
_ALWAYS_CODED = ("client", "vendor", "status", "employees")
_EXTENSIONS = {
    "xlsx": (".xlsx", ".xlsm"),
    "xls": (".xls",),
    "ods": (".ods",),
    "xml": (".xml", ".xls"),
    "text": (".csv", ".tsv", ".txt"),
    "html": (".xls", ".html", ".htm"),
}


def open_sheets(path: Path) -> tuple[list[RawSheet], str]:
    """The sheets of a file by what it really is, and that kind; a packed file stands for the one sheet inside."""
    regular_file(path)
    inner = inner_sheet(path)
    if inner is not None:
        sheets, kind = _open(inner)
        sheets[0].notes.append(Note(None, sheets[0].name, "UNPACKED", f"The sheet inside {path.name} was read."))
        return sheets, kind
    return _open(path)


def _open(path: Path) -> tuple[list[RawSheet], str]:
    kind = sniff(path)
    if kind == "text":
        return open_delimited(path), kind
    if kind == "html":
        from billing.exchange.sheets.html_reader import open_html

        return open_html(path), kind
    if kind == "xml":
        from billing.exchange.sheets.spreadsheetml import open_spreadsheetml

        return open_spreadsheetml(path), kind
    return open_workbook(path, kind), kind


def check_file(path: Path, options: ReadOptions, progress: Progress | None = None) -> CheckedFile:
    """Read, map, parse and check every row of a file; RefusedError where the file as a whole cannot be used."""
    sheets, kind = open_sheets(path)
    checked = check_sheets(sheets, options, progress, name=path.name)
    if path.suffix.lower() not in {*_EXTENSIONS[kind], *PACKED_ENDINGS}:
        text = f"The file is named {path.suffix or 'without ending'} but is {_SAID[kind]}."
        checked.warnings.insert(0, Warned(None, None, None, "WRONG_EXTENSION", text))
    checked.file, checked.sha256 = str(path), file_hash(path)
    return checked


def check_sheets(
    sheets: list[RawSheet], options: ReadOptions, progress: Progress | None = None, *, name: str = ""
) -> CheckedFile:
    """The rows of sheets that are open, checked; `name` stands for them in refusals."""
    zone = zones.zone_of(options.timezone)
    parts = Parts()
    warned: list[Warned] = []
    found = list(_headers(name, sheets, options, parts))
    coders = _coders(found)
    all_orders: list[str] = []
    for number, (sheet, header) in enumerate(found):
        proof = judge_sheet(sheet, header)
        orders = proof.orders(options.date_order)
        all_orders.extend(orders.values())
        warned += proof.warnings(sheet, header, options.date_order)
        warned += [Warned(note.row, note.sheet, None, note.code, note.message) for note in sheet.notes]
        warned += _header_warnings(sheet, header, options)
        units = _units(header, options)
        parser = SheetParser(sheet, number, header, options, zone, orders, coders, units, proof.decimal_commas(), parts)
        for block in sheet.blocks():
            parser.block(block)
            if progress is not None:
                progress(parts.count() + len(parts.rejected), 0, "rows read")
        parser.finish()
    table, duplicates = split_duplicates(_table(parts, coders, [sheet.name for sheet, _ in found]))
    if parts.finer:
        text = f"{group_indian(parts.finer)} distances were finer than a metre and were rounded half up."
        warned.append(Warned(None, None, None, "ROUNDED_TO_METRE", text))
    if not (len(table) or parts.rejected or duplicates):
        warned.append(Warned(None, None, None, "NO_ROWS", "There is a header, but no trip under it."))
    _attach_warnings(table, parts.warned)
    return CheckedFile(
        file=name,
        sha256="",
        timezone=options.timezone,
        mapping=found[0][1].mapping(),
        headers={sheet.name: header.texts for sheet, header in found},
        dates=_dates(table, all_orders, options),
        accepted=table,
        rejected=sorted(parts.rejected, key=lambda item: (_place(found, item.sheet), item.row)),
        duplicates=duplicates,
        skipped=sorted(parts.skipped, key=lambda item: (_place(found, item.sheet), item.row or 0)),
        warnings=[*warned, *parts.warned],
        derived_ids="trip_id" not in found[0][1].columns,
    )


_SAID = {
    "xlsx": "a workbook (.xlsx)",
    "xls": "an old workbook (.xls)",
    "ods": "an OpenDocument sheet (.ods)",
    "xml": "an Excel 2003 workbook in XML",
    "text": "a text table (.csv)",
    "html": "a web page",
}


def _place(found: list[tuple[RawSheet, Header]], name: str | None) -> int:
    return next((place for place, (sheet, _) in enumerate(found) if sheet.name == name), -1)


def _headers(
    name: str, sheets: list[RawSheet], options: ReadOptions, parts: Parts
) -> Iterator[tuple[RawSheet, Header]]:
    """The sheets that hold trips; the others are noted. A file without any, or with a column missing, is refused."""
    count = 0
    hidden: list[str] = []
    for sheet in sheets:
        if sheet.hidden:
            parts.skipped.append(Skipped(None, sheet.name, "hidden sheet"))
            hidden.append(sheet.name or "")
            continue
        if sheet.row_count is not None and sheet.row_count <= limits.KEEP_ROWS:
            sheet.keep()
        header = find_header(sheet, options.mapping)
        if header is None:
            parts.skipped.append(Skipped(None, sheet.name, "no trip columns found"))
            continue
        missing = _missing_columns(header, options)
        if missing and not (len(missing) > 2 and len(sheets) > 1):
            raise _missing_refusal(sheet, header, missing)
        if missing:
            parts.skipped.append(Skipped(None, sheet.name, "no trip columns found"))
            continue
        count += 1
        yield sheet, header
    if not count:
        raise refuse(
            "NO_HEADER", f"{name} has no row with the headers of a trip sheet.{_hidden_words(hidden)}",
            hint="A trip sheet names trip id, client, vendor, start, end and distance.",
        )  # fmt: skip


def _hidden_words(hidden: list[str]) -> str:
    return f" Hidden sheets are not read: {', '.join(hidden)}." if hidden else ""


def _missing_columns(header: Header, options: ReadOptions) -> list[str]:
    columns = header.columns
    present = {
        "trip_id": "trip_id" in columns or options.derive_ids,
        "client": "client" in columns or bool(options.client),
        "vendor": "vendor" in columns or bool(options.vendor),
        "start": "start" in columns,
        "end": "end" in columns,
        "distance": "distance" in columns or {"open_km", "close_km"} <= columns.keys(),
    }
    return [name for name in REQUIRED if not present[name]]


_HINTS = {
    "trip_id": "--derive-ids makes ids from each row's own content",
    "client": "--client names the client of the whole file",
    "vendor": "--vendor names the vendor of the whole file",
}


def _missing_refusal(sheet: RawSheet, header: Header, missing: list[str]) -> Exception:
    names = ", ".join(BY_NAME[name].label for name in missing)
    where = f"row {header.row}" + (f" of {sheet.name}" if sheet.name else "")
    hint = "; ".join(_HINTS[name] for name in missing if name in _HINTS)
    return refuse(
        "MISSING_COLUMN", f"No column was found for: {names}.", where=where,
        hint=(hint[0].upper() + hint[1:] + ".") if hint else "Name the column by a mapping, or rename its header.",
    )  # fmt: skip


def _coders(found: list[tuple[RawSheet, Header]]) -> dict[str, Coder]:
    used = {name for _, header in found for name in header.columns}
    return {
        spec.name: Coder(spec)
        for spec in FIELDS
        if spec.kind in ("party", "text", "status", "riders") and (spec.name in used or spec.name in _ALWAYS_CODED)
    }


def _units(header: Header, options: ReadOptions) -> dict[str, str]:
    units = {}
    for name, column in header.columns.items():
        if BY_NAME[name].kind == "distance":
            units[name] = unit_in(header.texts[column]) or options.distance_unit or "km"
    return units


def _header_warnings(sheet: RawSheet, header: Header, options: ReadOptions) -> Iterator[Warned]:
    for name, others in header.rivals.items():
        taken = header.texts[header.columns[name]]
        text = f'The {BY_NAME[name].label} was taken from "{taken}", not from {", ".join(map(_quoted, others))}.'
        yield Warned(header.row, sheet.name, None, "AMBIGUOUS_COLUMN", text)
    column = header.columns.get("distance")
    unit = unit_in(header.texts[column]) if column is not None else None
    if column is not None and unit and options.distance_unit and unit != options.distance_unit:
        text = f'"{header.texts[column]}" names its unit; that was taken, not {options.distance_unit}.'
        yield Warned(header.row, sheet.name, None, "UNIT_IN_HEADER", text)
    if column is not None and unit is None and options.distance_unit is None:
        text = f'"{header.texts[column]}" does not say its unit; kilometres were taken.'
        yield Warned(header.row, sheet.name, None, "ASSUMED_KM", text)


def _quoted(text: str) -> str:
    return f'"{text}"'


def _table(parts: Parts, coders: dict[str, Coder], sheets: list[str | None]) -> TripTable:
    numbers = {name: np.concatenate(blocks) for name, blocks in parts.numbers.items()}
    empty = np.empty(0, np.int64)
    start, end, distance = (numbers.pop(name, empty) for name in ("start", "end", "distance"))
    for name in ("open_km", "close_km"):
        numbers.pop(name, None)
    texts = {name: concat_coded(blocks, coders[name].names) for name, blocks in parts.texts.items()}
    for name in _ALWAYS_CODED:
        texts.setdefault(name, Coded(np.empty(0, np.int32), coders[name].names))
    return TripTable(
        row=np.concatenate(parts.row) if parts.row else np.empty(0, np.int32),
        sheet=concat_coded(parts.sheet, sheets),
        trip_id=parts.trip_id,
        start=start,
        end=end,
        distance_m=distance,
        texts=texts,
        numbers=numbers,
    )


def _attach_warnings(table: TripTable, warned: list[Warned]) -> None:
    codes: dict[tuple[str | None, int], list[str]] = {}
    for warning in warned:
        if warning.row is not None:
            codes.setdefault((warning.sheet, warning.row), []).append(warning.code)
    if codes:
        for position, row in enumerate(table.row.tolist()):
            if found := codes.get((table.sheet[position], row)):
                table.warnings[position] = found


def _dates(table: TripTable, orders: list[str], options: ReadOptions) -> DateRange:
    kinds = set(orders) - {"year_first"}
    order = kinds.pop() if len(kinds) == 1 else ("day_first" if kinds or not orders else "year_first")
    if not len(table):
        return DateRange(order, None, None)
    ends = np.array([table.start.min(), table.start.max()], np.int64)
    local, _ = zones.to_wall(ends, zones.zone_of(options.timezone))
    first, last = (str(np.datetime64(int(value) // DAY, "D")) for value in local.tolist())
    return DateRange(order, first, last)
