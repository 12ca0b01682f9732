"""Some rows of a file as they stand there: the rejected ones go back to the vendor with a reason beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from billing.exchange.sheets.cells import CellError
from billing.exchange.sheets.check import open_sheets
from billing.exchange.sheets.header import find_header
from billing.exchange.sheets.merged import MergedDown


def pick_rows(path: Path, wanted: dict[str | None, list[int]]) -> dict[str | None, dict[int, list[Any]]]:
    """By sheet and row number the cells of each wanted row; a cell merged over trips stands in each of them."""
    found: dict[str | None, dict[int, list[Any]]] = {}
    for sheet in open_sheets(path)[0]:
        numbers = set(wanted.get(sheet.name, ()))
        if not numbers:
            continue
        rows = found.setdefault(sheet.name, {})
        header = find_header(sheet) if any(first[0] < last[0] for first, last in sheet.merged) else None
        merged = MergedDown(sheet, header) if header is not None else None
        for block in sheet.blocks():
            cells = list(block.rows)
            if merged is not None:
                merged.fill(block.numbers, cells)
            for number, row in zip(block.numbers, cells, strict=True):
                if number in numbers:
                    rows[number] = [cell.text if isinstance(cell, CellError) else cell for cell in row]
            for broken in block.broken:
                if broken.row in numbers:
                    rows[broken.row] = [broken.value]
    return found


def first_cells(path: Path, most: int) -> list[tuple[int, list[Any]]]:
    """The first `most` rows of the first sheet that has any, with their row numbers; for small lists, not trips."""
    for sheet in open_sheets(path)[0]:
        rows: list[tuple[int, list[Any]]] = []
        for block in sheet.blocks():
            for number, row in zip(block.numbers, block.rows, strict=True):
                rows.append((number, [cell.text if isinstance(cell, CellError) else cell for cell in row]))
                if len(rows) >= most:
                    return rows
        if rows:
            return rows
    return []
