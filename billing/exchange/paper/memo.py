"""Papers between a client and its vendor that are no tax documents: debit note, payout statement.

One content for PDF, preview and workbook, in the look of the invoices (resources/templates/document.html): two parties,
facts, one table, figures that add up to a total, notes, and places to sign.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from billing.exchange.paper.content import Figure, PrintedParty
from billing.exchange.paper.html import (
    Paper,
    amount_text,
    fact_rows,
    figure_row,
    grouped,
    joined,
    party_lines,
    under_title,
)
from billing.exchange.paper.markup import Markup, fill, paragraph

Cell = str | int | date | None
CellKind = Literal["text", "money", "count", "date"]


@dataclass(frozen=True, slots=True)
class MemoColumn:
    """A column of the table: its words, what its cells are, its share of the width in percent."""

    title: str
    kind: CellKind
    percent: int

    @property
    def is_right(self) -> bool:
        """Do its cells stand at the right?"""
        return self.kind == "money"


@dataclass(frozen=True, slots=True)
class Memo:
    """A paper in printing order. `rows` are cells by column, paise where it is money; `strong` are rows that sum up."""

    title: str
    subtitle: str
    state: str
    issuer: PrintedParty
    recipient: PrintedParty
    facts: tuple[tuple[str, str], ...]
    columns: tuple[MemoColumn, ...]
    rows: tuple[tuple[Cell, ...], ...]
    figures: tuple[Figure, ...]
    total: Figure
    words: str
    notes: tuple[str, ...]
    signatures: tuple[str, ...]
    name: str
    strong: frozenset[int] = frozenset()


def memo_paper(memo: Memo) -> Paper:
    """The memo as paper."""
    body = fill(
        "memo_page",
        issuer_name=memo.issuer.name, issuer_lines=party_lines(memo.issuer),
        title=memo.title, subtitle=under_title(memo.subtitle, "quiet"), state=under_title(memo.state, "warning"),
        recipient_heading=memo.recipient.heading, recipient_name=memo.recipient.name,
        recipient_lines=party_lines(memo.recipient), facts=fact_rows(memo.facts),
        head=joined(_head(memo.columns, at) for at in range(len(memo.columns))),
        rows=joined(_row(memo, at) for at in range(len(memo.rows))),
        words=memo.words, figures=joined(figure_row("figure", figure) for figure in memo.figures),
        total_label=memo.total.label, total=amount_text(memo.total.amount),
        notes=joined(paragraph(text, "small quiet") for text in memo.notes), signatures=_signatures(memo.signatures),
    )  # fmt: skip
    return Paper(memo.name, memo.name, fill("page", body=body), {})


def _head(columns: Sequence[MemoColumn], at: int) -> Markup:
    column = columns[at]
    return fill(
        "memo_head", title=column.title, width=f"{column.percent}%", side="right" if column.is_right else "left",
        end="end" if at == len(columns) - 1 else "",
    )  # fmt: skip


def _row(memo: Memo, at: int) -> Markup:
    classes = "cell strong" if at in memo.strong else "cell"
    cells = []
    for place, (column, value) in enumerate(zip(memo.columns, memo.rows[at], strict=True)):
        end = " end" if place == len(memo.columns) - 1 else ""
        minus = " minus" if column.kind == "money" and isinstance(value, int) and value < 0 else ""
        side = "right" if column.is_right else "left"
        cells.append(fill("memo_cell", classes=f"{classes}{end}{minus}", side=side, value=cell_text(column, value)))
    return fill("memo_row", cells=joined(iter(cells)))


def cell_text(column: MemoColumn, value: Cell) -> str:
    """A cell as it is printed."""
    if value is None:
        return ""
    if isinstance(value, int):
        return amount_text(value) if column.kind == "money" else grouped(value)
    return f"{value:%d-%m-%Y}" if isinstance(value, date) else value


def _signatures(words: Sequence[str]) -> Markup:
    width = f"{100 // len(words)}%" if words else ""
    cells = joined(fill("memo_signature", words=one, width=width) for one in words)
    return fill("memo_signatures", cells=cells) if words else Markup("")
