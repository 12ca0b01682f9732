"""Workbooks (.xlsx, .xls, .ods) through python-calamine, completed with what the raw pass over the parts saw."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from billing.errors import RefusedError
from billing.exchange.sheets import limits
from billing.exchange.sheets.biff import inspect_xls
from billing.exchange.sheets.book_facts import BookFacts, SheetFacts
from billing.exchange.sheets.cells import ERROR_REASONS, NO_VALUE, Block, CellError, RawSheet
from billing.exchange.sheets.container import inspect_workbook
from billing.exchange.sheets.refusals import encrypted, refuse, too_large

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

# The reader's own endings of each kind: the first is the one that is expected.
ENDINGS = {"xlsx": (".xlsx", ".xlsm"), "xls": (".xls",), "ods": (".ods",)}


def open_workbook(path: Path, kind: str) -> list[RawSheet]:
    """The sheets of a workbook; RefusedError where it is hostile, locked or damaged."""
    from python_calamine import CalamineError, PasswordError

    facts = inspect_xls(path) if kind == "xls" else inspect_workbook(path)
    try:
        return list(_sheets(path, _load(path, kind), facts))
    except PasswordError as error:
        raise encrypted(path) from error
    except (CalamineError, OSError, ValueError) as error:
        raise unreadable(path) from error
    except BaseException as error:
        # The reader is compiled code: on damaged files it panics with a class of its own.
        if type(error).__name__ == "PanicException":
            raise unreadable(path) from error
        raise


def _load(path: Path, kind: str) -> CalamineWorkbook:
    """Opened by what it is: by a path the reader goes by the name's ending, which may be wrong."""
    from python_calamine import CalamineWorkbook

    if path.suffix.lower() in ENDINGS[kind]:
        return CalamineWorkbook.from_path(str(path))
    with path.open("rb") as file:
        return CalamineWorkbook.from_filelike(file)


def unreadable(path: Path) -> RefusedError:
    """The refusal of a workbook that no reader understands."""
    return refuse(
        "UNREADABLE", f"{path.name} is damaged or not a workbook.", hint="Open it in Excel and save it again."
    )


def _sheets(path: Path, book: CalamineWorkbook, facts: BookFacts) -> Iterator[RawSheet]:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    if len(book.sheets_metadata) > limits.MAX_SHEETS:
        raise too_large(path)
    for index, about in enumerate(book.sheets_metadata):
        if about.typ != SheetTypeEnum.WorkSheet:
            continue
        hidden = about.visible != SheetVisibleEnum.Visible
        fact = facts.sheets.get(about.name, SheetFacts())
        if hidden:
            yield RawSheet(name=about.name, blocks=_no_blocks, hidden=True)
            continue
        sheet = book.get_sheet_by_index(index)
        if sheet.total_width > limits.MAX_COLUMNS and sheet.total_height * sheet.total_width > 20_000_000:
            raise too_large(path)
        yield RawSheet(
            name=about.name,
            blocks=partial(_blocks, sheet, fact),
            row_count=sheet.total_height,
            merged=list(sheet.merged_cell_ranges or ()),
            hidden_rows=frozenset(row + 1 for row in fact.hidden_rows),
            first_serial=facts.first_serial,
        )


def _no_blocks() -> Iterator[Block]:
    return iter(())


def _blocks(sheet: CalamineSheet, facts: SheetFacts) -> Iterator[Block]:
    """Rows in blocks; the cells the reader left empty for want of a value say why."""
    if sheet.start is None:
        return
    odd = _odd_cells(facts)
    number = 0
    source = sheet.iter_rows()
    # Iteration begins at the first row of the sheet but at the first column that holds anything.
    offset_column = sheet.start[1]
    while rows := list(islice(source, limits.BLOCK_ROWS)):
        first = number
        for position, cells in odd.items():
            if first <= position < first + len(rows):
                _patch(rows[position - first], cells, offset_column)
        if offset_column:
            rows = [[""] * offset_column + row for row in rows]
        yield Block(range(first + 1, first + 1 + len(rows)), rows)
        number += len(rows)


def _odd_cells(facts: SheetFacts) -> dict[int, list[tuple[int, CellError]]]:
    odd: dict[int, list[tuple[int, CellError]]] = {}
    for (row, column), text in facts.errors.items():
        odd.setdefault(row, []).append((column, CellError(text, ERROR_REASONS.get(text, f"This cell shows {text}."))))
    for row, column in facts.no_value:
        odd.setdefault(row, []).append((column, NO_VALUE))
    return odd


def _patch(row: list[Any], cells: list[tuple[int, CellError]], offset: int) -> None:
    for column, error in cells:
        if 0 <= column - offset < len(row) and row[column - offset] == "":
            row[column - offset] = error
