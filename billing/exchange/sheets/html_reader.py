"""Web pages that call themselves workbooks: many booking systems export an HTML table under the name .xls."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from html import unescape
from pathlib import Path
from typing import Final

from billing.exchange.sheets import limits
from billing.exchange.sheets.cells import Block, RawSheet
from billing.exchange.sheets.refusals import refuse, too_large

_MAX_SPAN: Final = 100
_DEEPEST: Final = 30
_MOST_TABLES: Final = 10_000
_MAX_ROWSPAN: Final = 1_048_576
# Only what makes a table is looked at, at search speed: pages are made by programs and often not well-formed.
_TAG = re.compile(
    r"<(?:!--.*?(?:-->|\Z)|(?P<quiet>script|style)\b.*?(?:</(?P=quiet)|\Z)"
    r"|(?P<end>/?)(?P<name>table|tr|td|th)\b(?P<about>[^<>]*)>)",
    re.DOTALL | re.IGNORECASE,
)
_BREAK = re.compile(r"<br\b[^<>]*>", re.IGNORECASE)
_OTHER = re.compile(r"<[a-zA-Z/!?][^<>]*>")
_SPAN = re.compile(r"""\b(colspan|rowspan)\s*=\s*["']?(\d{1,7})""", re.IGNORECASE)
_MAX_RAW: Final = 8 * limits.MAX_CELL


@dataclass(slots=True)
class _Table:
    """One table: a cell that spans columns leaves empty cells after it, one that spans rows below it."""

    rows: list[list[str]] = field(default_factory=list)
    merged: list[tuple[tuple[int, int], tuple[int, int]]] = field(default_factory=list)
    _left: dict[int, int] = field(default_factory=dict)
    _taken: set[int] = field(default_factory=set)
    _open: tuple[int, str] | None = None

    def begin_row(self) -> None:
        """The next row; columns that a cell above spans are taken."""
        self.rows.append([])
        self._taken = set(self._left)
        self._left = {column: left - 1 for column, left in self._left.items() if left > 1}

    def begin_cell(self, at: int, about: str) -> None:
        """A cell whose content begins at this place of the page."""
        if not self.rows:
            self.begin_row()
        self._open = (at, about)

    def end_cell(self, page: str, at: int) -> None:
        """Take the open cell, if there is one."""
        if self._open is None:
            return
        start, about = self._open
        self._open = None
        row = self.rows[-1]
        while len(row) in self._taken:
            row.append("")
        spans = {name.lower(): int(number) for name, number in _SPAN.findall(about)}
        across = max(1, min(spans.get("colspan", 1), _MAX_SPAN))
        down = max(1, min(spans.get("rowspan", 1), _MAX_ROWSPAN))
        if down > 1:
            first = (len(self.rows) - 1, len(row))
            self.merged.append((first, (first[0] + down - 1, first[1] + across - 1)))
            self._left |= dict.fromkeys(range(first[1], first[1] + across), down - 1)
        row.append(_text(page[start:at]))
        row.extend([""] * (across - 1))


def _text(raw: str) -> str:
    if len(raw) > _MAX_RAW:
        raise _too_long()
    text = raw if raw.isalnum() else unescape(_OTHER.sub("", _BREAK.sub("\n", raw))).strip()
    if len(text) > limits.MAX_CELL:
        raise _too_long()
    return text


def _too_long() -> Exception:
    return refuse("CELL_TOO_LARGE", "The page has a cell longer than a sheet allows.")


def open_html(path: Path) -> list[RawSheet]:
    """The tables of a web page as sheets, one inside another apart; RefusedError where it has none."""
    if path.stat().st_size > limits.MAX_PACKED:
        raise too_large(path)
    page = _decoded(path.read_bytes())
    if "<!entity" in page[:100_000].lower():
        raise refuse("XML_ENTITY", f"{path.name} declares XML entities, which sheets never need.")
    tables = [table for table in _tables(page) if any(len(row) > 1 for row in table.rows)]
    if not tables:
        raise refuse("NOT_A_SHEET", f"{path.name} is a web page without a table.", hint="Save it as .xlsx.")
    if len(tables) > limits.MAX_SHEETS:
        raise too_large(path)
    return [
        RawSheet(name=f"Table {number}", blocks=partial(_blocks, table.rows), merged=table.merged)
        for number, table in enumerate(tables, 1)
    ]


def _decoded(content: bytes) -> str:
    if content[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
        return content.decode("utf-16", "replace")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def _tables(page: str) -> list[_Table]:
    found: list[_Table] = []
    inside: list[_Table] = []
    for match in _TAG.finditer(page):
        name = (match["name"] or "").lower()
        if name == "table" and not match["end"]:
            if inside:
                inside[-1].end_cell(page, match.start())
            if len(inside) > _DEEPEST or len(found) > _MOST_TABLES:
                raise refuse("TOO_DEMANDING", "The page has more tables in one another than a sheet needs.")
            inside.append(_Table())
            found.append(inside[-1])
        elif name and inside:
            table = inside[-1]
            table.end_cell(page, match.start())
            if name == "table":
                inside.pop()
            elif name == "tr" and not match["end"]:
                table.begin_row()
            elif not match["end"]:
                table.begin_cell(match.end(), match["about"])
    for table in inside:  # never closed
        table.end_cell(page, len(page))
    return found


def _blocks(rows: list[list[str]]) -> Iterator[Block]:
    for start in range(0, len(rows), limits.BLOCK_ROWS):
        piece = rows[start : start + limits.BLOCK_ROWS]
        yield Block(range(start + 1, start + 1 + len(piece)), piece)
