"""A list of any length: virtual rows, pages read by key in workers, the last used ones kept (PLATFORM.md A3).

    model = PagedModel(COLUMNS, workers, lambda listing: TripList(session, listing, month=month))
    model.reload()                      # opens: count, totals, anchors; then pages as they are looked at

`make_query` builds a `billing.schemas.lists.PagedQuery` for an order and filter; it runs on the GUI thread and must not
touch the database; `open` and `page` run in workers. Each opening has a generation number; late pages are dropped.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QModelIndex, QObject, QTimer

from billing.schemas.lists import Condition, Listing, Opened, PagedQuery
from moveinsync_desktop.models.columns import Column
from moveinsync_desktop.models.table_model import Index, TableModel
from moveinsync_desktop.workers import OnCancel, Workers

PAGES_KEPT = 64
JUMP_LIMIT = 6
MakeQuery = Callable[[Listing], PagedQuery]


class PagedModel(TableModel):
    """Rows over a query. Attributes: generation (rises with each opening), total_rows."""

    def __init__(
        self,
        columns: Sequence[Column],
        workers: Workers,
        make_query: MakeQuery,
        parent: QObject | None = None,
        *,
        on_cancel: OnCancel | None = None,
    ) -> None:
        """on_cancel: how a read that nobody waits for any more is stopped on the server (session.cancel_running)."""
        super().__init__(columns, parent)
        self._on_cancel = on_cancel
        self._workers = workers
        self._make_query = make_query
        self._query: PagedQuery | None = None
        self._size = 256
        self._count = 0
        self._anchors: Sequence[Any] = ()
        self._pages: OrderedDict[int, Sequence[Any]] = OrderedDict()
        self._in_flight: set[int] = set()
        self._wanted: list[int] = []
        self.generation = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(0)
        self._timer.timeout.connect(self._ask_pages)

    @property
    def total_rows(self) -> int:
        """All matching rows."""
        return self._count

    def set_order(self, key: str, descending: bool) -> None:
        """Sort in the database."""
        self.order, self.descending = key, descending
        self.reload()

    def set_conditions(self, conditions: Mapping[str, Condition]) -> None:
        """Filter in the database."""
        self.conditions = dict(conditions)
        self.reload()

    def reload(self) -> None:
        """Open again. What is shown stays until the answer is there."""
        self.generation += 1
        number = self.generation
        query = self._make_query(Listing(self.order, self.descending, tuple(self.conditions.values())))
        self._set_phase("loading")

        def read() -> tuple[Opened, Sequence[Any]]:
            opened = query.open()
            return opened, query.page(opened.anchors[0]) if opened.count else ()

        self._workers.run_query(
            read,
            lambda answer: self._on_opened(number, query, *answer),
            lambda error: self._on_failed(number, error),
            owner=self,
            key="open",
            on_cancel=self._on_cancel,
        )

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """All matching rows, loaded or not."""
        return 0 if parent.isValid() else self._count

    def record(self, row: int) -> Any:
        """The row's record; asks for its page and gives None while it is not there."""
        number, at = divmod(row, self._size)
        page = self._pages.get(number)
        if page is None:
            self._want(number)
            return None
        return page[at] if at < len(page) else None

    def loaded(self, row: int) -> Any:
        """The record if it is there, without asking for it."""
        number, at = divmod(row, self._size)
        page = self._pages.get(number)
        return page[at] if page is not None and at < len(page) else None

    def fetch(self, rows: Sequence[range], then: Callable[[list[Any]], None]) -> None:
        """Read the pages of these rows that are missing, then give all records."""
        numbers = sorted({n for part in rows if part for n in range(part[0] // self._size, part[-1] // self._size + 1)})
        have = {n: self._pages[n] for n in numbers if n in self._pages}
        missing = [n for n in numbers if n not in have and n < len(self._anchors)]
        query, number, size = self._query, self.generation, self._size

        def pick(pages: dict[int, Sequence[Any]]) -> list[Any]:
            wanted = ((at // size, at % size) for part in rows for at in part)
            return [pages[n][at] for n, at in wanted if n in pages and at < len(pages[n])]

        if not missing or query is None:
            then(pick(have))
            return
        anchors = self._anchors
        self._workers.run_query(
            lambda: pick(have | {n: query.page(anchors[n]) for n in missing}),
            lambda records: then(records) if number == self.generation else None,
            owner=self,
            key="fetch",
            on_cancel=self._on_cancel,
        )

    def _on_opened(self, number: int, query: PagedQuery, opened: Opened, first: Sequence[Any]) -> None:
        if number != self.generation:
            return
        self.beginResetModel()
        self._query, self._size = query, query.page_size
        self._count, self._anchors = opened.count, opened.anchors
        self._pages.clear()
        self._in_flight.clear()
        if opened.count:
            self._pages[0] = first
        self.endResetModel()
        self.totals = opened.totals
        self.totals_changed.emit()
        self._set_phase("ready" if opened.count else "empty")

    def _on_failed(self, number: int, error: BaseException) -> None:
        if number == self.generation:
            self._set_phase("error", error)

    def _want(self, number: int) -> None:
        if number in self._in_flight or number >= len(self._anchors):
            return
        if number not in self._wanted:
            self._wanted.append(number)
        if not self._timer.isActive():
            self._timer.start()

    def _ask_pages(self) -> None:
        """Ask for the newest wanted pages; those scrolled past long ago are forgotten."""
        wanted, self._wanted = self._wanted[-JUMP_LIMIT:], []
        query, generation = self._query, self.generation
        if query is None:
            return
        for number in wanted:
            self._in_flight.add(number)
            self._ask_page(query, generation, number)

    def _ask_page(self, query: PagedQuery, generation: int, number: int) -> None:
        anchor = self._anchors[number]
        self._workers.run_query(
            lambda: query.page(anchor),
            lambda rows: self._on_page(generation, number, rows),
            lambda error: self._on_page_failed(generation, number, error),
            owner=self,
        )

    def _on_page(self, generation: int, number: int, rows: Sequence[Any]) -> None:
        if generation != self.generation:
            return
        self._in_flight.discard(number)
        self._pages[number] = rows
        self._pages.move_to_end(number)
        while len(self._pages) > PAGES_KEPT:
            self._pages.popitem(last=False)
        first = number * self._size
        last = min(first + self._size, self._count) - 1
        if last >= first:
            self.dataChanged.emit(self.index(first, 0), self.index(last, len(self.columns) - 1))
            self.rows_arrived.emit(first, last)

    def _on_page_failed(self, generation: int, number: int, error: BaseException) -> None:
        if generation == self.generation:
            self._in_flight.discard(number)
            self._set_phase("error", error)
