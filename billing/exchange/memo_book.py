"""A debit note or payout statement as a workbook: the same content as the paper, typed cells, one page wide."""

from __future__ import annotations

from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any

from billing.exchange.book.annexure import letter
from billing.exchange.book.cells import (
    COUNT,
    align,
    money_format,
    put_date,
    put_footer,
    put_money,
    put_number,
    put_text,
    with_rupee_sign,
)
from billing.exchange.files import replacing
from billing.exchange.paper.memo import Cell, Memo, MemoColumn

_WIDTH = 104
"""Characters over the whole page."""
_LINE_POINTS = 13.5


def write_memo_book(target: Path, memo: Memo) -> Path:
    """The workbook at `target`; gives the path. Raises UnavailableError FILE_IN_USE when it is open elsewhere."""
    from openpyxl import load_workbook

    with (files("resources") / "templates" / "invoice.xlsx").open("rb") as stream:
        book = load_workbook(stream)
    sheet: Any = book.create_sheet(memo.title[:31], 0)
    for other in book.worksheets[1:]:
        book.remove(other)
    _Sheet(sheet, memo).fill()
    with replacing(target) as temporary:
        book.save(temporary)
    return Path(target)


class _Sheet:
    """One memo on one sheet; `row` is the next free one."""

    def __init__(self, sheet: Any, memo: Memo) -> None:
        self.sheet, self.memo, self.row = sheet, memo, 1
        self.last = letter(len(memo.columns) - 1)
        self.middle = letter(max(len(memo.columns) // 2 - 1, 0))
        self.right = letter(max(len(memo.columns) // 2, 1))
        for at, column in enumerate(memo.columns):
            sheet.column_dimensions[letter(at)].width = max(column.percent * _WIDTH / 100, 11)

    def fill(self) -> None:
        """Everything in printing order, then the print set-up."""
        memo = self.memo
        head = [(memo.title, "mis_title"), (memo.subtitle, "mis_aside"), (memo.state, "mis_warning")]
        self._pairs([(memo.issuer.name, "mis_party"), *self._texts(memo.issuer)], head)
        self._rule()
        facts = [part for name, value in memo.facts for part in ((name, "mis_label"), (value, "mis_text"))]
        party = [(memo.recipient.heading, "mis_label"), (memo.recipient.name, "mis_strong")]
        self._pairs([*party, *self._texts(memo.recipient)], facts)
        self.row += 1
        self._table()
        self._figures()
        for text in (memo.words, *memo.notes):
            self._wide(text, "mis_words" if text == memo.words else "mis_note")
        self._signatures()
        self._set_up()

    @staticmethod
    def _texts(party: Any) -> list[tuple[str, str]]:
        return [(text, "mis_text") for text in (*party.address, *party.registration)]

    def _pairs(self, left: list[tuple[str, str]], right: list[tuple[str, str]]) -> None:
        for at in range(max(len(left), len(right))):
            for first, last, side in (("A", self.middle, left), (self.right, self.last, right)):
                if first != last:
                    self.sheet.merge_cells(f"{first}{self.row}:{last}{self.row}")
                if at < len(side) and side[at][0]:
                    put_text(self.sheet, f"{first}{self.row}", *side[at])
            self.row += 1

    def _rule(self) -> None:
        for at in range(len(self.memo.columns)):
            self.sheet[f"{letter(at)}{self.row}"].style = "mis_rule"
        self.sheet.row_dimensions[self.row].height = 6
        self.row += 1

    def _table(self) -> None:
        for at, column in enumerate(self.memo.columns):
            style = "mis_head_right" if column.is_right else "mis_head"
            put_text(self.sheet, f"{letter(at)}{self.row}", column.title, style)
        self.sheet.print_title_rows = f"{self.row}:{self.row}"
        for number, cells in enumerate(self.memo.rows):
            self.row += 1
            for at, (column, value) in enumerate(zip(self.memo.columns, cells, strict=True)):
                self._cell(f"{letter(at)}{self.row}", column, value, is_strong=number in self.memo.strong)
        self.row += 2

    def _cell(self, place: str, column: MemoColumn, value: Cell, *, is_strong: bool) -> None:
        if value is None:
            self.sheet[place].style = "mis_cell"
        elif column.kind == "money" and isinstance(value, int):
            plain = "mis_cell_minus" if value < 0 else "mis_cell_money"
            put_money(self.sheet, place, value, "mis_sum" if is_strong else plain)
        elif isinstance(value, int):
            align(put_number(self.sheet, place, value, "mis_cell_plain", COUNT), horizontal="left")
        elif isinstance(value, date):
            put_date(self.sheet, place, value, "mis_cell_plain")
        else:
            put_text(self.sheet, place, value, "mis_sum_label" if is_strong else "mis_cell")

    def _figures(self) -> None:
        for figure in self.memo.figures:
            put_text(self.sheet, f"{self.right}{self.row}", figure.label)
            style = "mis_minus" if figure.amount < 0 else "mis_money"
            put_money(self.sheet, f"{self.last}{self.row}", figure.amount, style)
            self.row += 1
        total = self.memo.total
        for at in range(len(self.memo.columns) // 2, len(self.memo.columns)):
            self.sheet[f"{letter(at)}{self.row}"].style = "mis_grand_label"
        put_text(self.sheet, f"{self.right}{self.row}", total.label, "mis_grand_label")
        made = put_money(self.sheet, f"{self.last}{self.row}", total.amount, "mis_grand")
        made.number_format = with_rupee_sign(money_format(total.amount))
        self.row += 2

    def _wide(self, text: str, style: str) -> None:
        self.sheet.merge_cells(f"A{self.row}:{self.last}{self.row}")
        align(put_text(self.sheet, f"A{self.row}", text, style), wrap_text=True, vertical="top")
        self.sheet.row_dimensions[self.row].height = _LINE_POINTS * -(-len(text) // _WIDTH)
        self.row += 1

    def _signatures(self) -> None:
        self.row += 3
        places = len(self.memo.columns)
        for at, words in enumerate(self.memo.signatures):
            put_text(self.sheet, f"{letter(at * places // len(self.memo.signatures))}{self.row}", words, "mis_label")

    def _set_up(self) -> None:
        sheet = self.sheet
        sheet.sheet_view.showGridLines = False
        sheet.page_setup.paperSize, sheet.page_setup.orientation = 9, "portrait"
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
        sheet.print_area = f"A1:{self.last}{self.row}"
        put_footer(sheet, self.memo.name)
