"""Web pages that call themselves workbooks: many booking systems export an HTML table under the name .xls."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from html.parser import HTMLParser
from pathlib import Path

from billing.exchange.sheets import limits
from billing.exchange.sheets.cells import Block, RawSheet
from billing.exchange.sheets.refusals import refuse, too_large

_MAX_SPAN = 100


class _Tables(HTMLParser):
    """Collects the rows of every table; a cell that spans columns leaves empty cells after it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[str]]] = []
        self._cell: list[str] | None = None
        self._span = 1
        self._length = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a table, row or cell."""
        if tag == "table":
            self.tables.append([])
        elif tag == "tr" and self.tables:
            self._close_cell()
            self.tables[-1].append([])
        elif tag in ("td", "th") and self.tables:
            self._close_cell()
            if not self.tables[-1]:
                self.tables[-1].append([])
            self._cell = []
            self._length = 0
            span = dict(attrs).get("colspan") or "1"
            self._span = min(int(span), _MAX_SPAN) if span.isascii() and span.isdigit() else 1
        elif tag == "br" and self._cell is not None:
            self._cell.append("\n")

    def handle_endtag(self, tag: str) -> None:
        """Close a cell."""
        if tag in ("td", "th", "tr", "table"):
            self._close_cell()

    def handle_data(self, data: str) -> None:
        """Text belongs to the open cell."""
        if self._cell is not None:
            self._cell.append(data)
            self._length += len(data)
            if self._length > limits.MAX_CELL:
                raise refuse("CELL_TOO_LARGE", "The page has a cell longer than a sheet allows.")

    def _close_cell(self) -> None:
        if self._cell is not None:
            row = self.tables[-1][-1]
            row.append("".join(self._cell).strip())
            row.extend([""] * (self._span - 1))
            self._cell = None


def open_html(path: Path) -> list[RawSheet]:
    """The tables of a web page as sheets; RefusedError where it has none."""
    if path.stat().st_size > limits.MAX_PACKED:
        raise too_large(path)
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    if "<!entity" in text[:100_000].lower():
        raise refuse("XML_ENTITY", f"{path.name} declares XML entities, which sheets never need.")
    parser = _Tables()
    for start in range(0, len(text), limits.MIB):
        parser.feed(text[start : start + limits.MIB])
    parser.close()
    tables = [rows for rows in parser.tables if any(len(row) > 1 for row in rows)]
    if not tables:
        raise refuse("NOT_A_SHEET", f"{path.name} is a web page without a table.", hint="Save it as .xlsx.")
    return [RawSheet(name=f"Table {number}", blocks=partial(_blocks, rows)) for number, rows in enumerate(tables, 1)]


def _blocks(rows: list[list[str]]) -> Iterator[Block]:
    for start in range(0, len(rows), limits.BLOCK_ROWS):
        piece = rows[start : start + limits.BLOCK_ROWS]
        yield Block(range(start + 1, start + 1 + len(piece)), piece)
