"""Workbooks (.xlsx, .xls, .ods) through python-calamine, completed with what the raw pass over the parts saw."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

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
_LONG = 4 * limits.MIB  # unpacked; a shorter workbook is read before a thread would have begun
ENDINGS = {"xlsx": (".xlsx", ".xlsm"), "xls": (".xls",), "ods": (".ods",)}


class _Page(NamedTuple):
    name: str
    sheet: CalamineSheet | None  # None: hidden


def open_workbook(path: Path, kind: str) -> list[RawSheet]:
    """The sheets of a workbook; RefusedError where it is hostile, locked or damaged."""
    from python_calamine import CalamineError, PasswordError

    reading = _Reading(path, kind)
    facts = inspect_xls(path) if kind == "xls" else inspect_workbook(path, reading.begin)
    try:
        return list(_sheets(path, reading.pages(), facts))
    except PasswordError as error:
        raise encrypted(path) from error
    except (CalamineError, OSError, ValueError) as error:
        raise unreadable(path) from error
    except BaseException as error:
        # The reader is compiled code: on damaged files it panics with a class of its own.
        if type(error).__name__ == "PanicException":
            raise unreadable(path) from error
        raise


class _Reading:
    """The fast reader at work: on a thread while the parts of a long workbook are looked through, else when asked.

    It holds no lock of the interpreter. What it read is only looked at once the parts were found harmless; where they
    were not, it ends with the child process that it runs in.
    """

    def __init__(self, path: Path, kind: str) -> None:
        self._path, self._kind = path, kind
        self._pages: list[_Page] = []
        self._error: BaseException | None = None
        self._thread: threading.Thread | None = None

    def begin(self, unpacked: int) -> None:
        """The workbook may be opened, as far as it says itself; it is `unpacked` bytes long."""
        if unpacked >= _LONG:
            self._thread = threading.Thread(target=self._read, name="workbook", daemon=True)
            self._thread.start()

    def pages(self) -> list[_Page]:
        """All sheets; raises what the reader raised."""
        if self._thread is None:
            self._read()
        else:
            self._thread.join()
        if self._error is not None:
            raise self._error
        return self._pages

    def _read(self) -> None:
        try:
            self._pages = list(_pages(self._path, _load(self._path, self._kind)))
        except BaseException as error:  # noqa: BLE001 - raised by `pages`
            self._error = error


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


def _pages(path: Path, book: CalamineWorkbook) -> Iterator[_Page]:
    """The work sheets by name, in order; a hidden one is not read."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    if len(book.sheets_metadata) > limits.MAX_SHEETS:
        raise too_large(path)
    for index, about in enumerate(book.sheets_metadata):
        if about.typ == SheetTypeEnum.WorkSheet:
            is_hidden = about.visible != SheetVisibleEnum.Visible
            yield _Page(about.name, None if is_hidden else book.get_sheet_by_index(index))


def _sheets(path: Path, pages: Iterable[_Page], facts: BookFacts) -> Iterator[RawSheet]:
    for name, sheet in pages:
        fact = facts.sheets.get(name, SheetFacts())
        if sheet is None:
            yield RawSheet(name=name, blocks=_no_blocks, hidden=True)
            continue
        if sheet.total_width > limits.MAX_COLUMNS and sheet.total_height * sheet.total_width > 20_000_000:
            raise too_large(path)
        yield RawSheet(
            name=name,
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
