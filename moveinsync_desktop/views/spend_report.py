"""The report "Spend by month": a financial year by vendor, contract, model, site or vehicle type, and its workbook."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QStackedWidget, QWidget

from billing.services.spend import DIMENSIONS, MEASURES, MONEY, MONTHS, Pivot
from moveinsync_desktop import formats
from moveinsync_desktop.models.columns import Column, Kind
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.views.widgets import DataTable, MenuButton, MessageBar, column, label, row
from moveinsync_desktop.views.widgets.basics import stretch

if TYPE_CHECKING:
    from billing.services.spend import PivotRow
    from moveinsync_desktop.views.screen import Screen

KINDS: dict[str, Kind] = {"amount": "money", "trips": "count", "distance_m": "km"}
"""Figures that add up; the others are rates and have no sum."""


def columns_of(kind: Kind, *, adds_up: bool) -> tuple[Column, ...]:
    """A name, twelve months from April, the year."""

    def month(place: int) -> Column:
        return Column(f"month_{place}", MONTHS[place], kind, 84, total=adds_up, get=lambda line: line.months[place])

    year = Column("total", "Year", kind, 108, total=adds_up)
    return (Column("name", "Name", "text", 180, stretch=True), year, *(month(place) for place in range(len(MONTHS))))


class SpendReport(QWidget):
    """What is shown by what, and the table; `refresh(day)` reads the financial year that the day lies in."""

    def __init__(self, screen: Screen, bar: MessageBar) -> None:
        super().__init__()
        self._screen, self._context = screen, screen.context
        self._dimension, self._measure, self._day = "vendor", "amount", date.today()
        self.table: Pivot | None = None
        shows_amounts = self._context.may("invoices.view")
        measures = [key for key in MEASURES if shows_amounts or key not in MONEY]
        self._measure = measures[0]
        self.figure_button = MenuButton("", [(MEASURES[key], self._chooser("_measure", key)) for key in measures])
        self.by_button = MenuButton(
            "", [(words, self._chooser("_dimension", key)) for key, words in DIMENSIONS.items()]
        )
        self.bar, self.stack = bar, QStackedWidget()
        self.models: dict[str, RowsModel] = {}
        for key in measures:
            kind: Kind = KINDS.get(key, "money")
            self.models[key] = RowsModel(columns_of(kind, adds_up=key in KINDS))
            self.models[key].set_reader(lambda: self.refresh(self._day))
            table = DataTable(
                self.models[key], name=f"report-spend-{key}", noun="line", settings=self._context.settings,
                messages=self._context.messages, key="name",
            )  # fmt: skip
            table.set_empty("file-chart-column", "Nothing in this financial year", "Choose dates of another one.")
            self.stack.addWidget(table)
        self._words()
        tools = row(self.figure_button, label("by", c="ink2"), self.by_button, stretch(), margins=(16, 10, 16, 10))
        self.setLayout(column(tools, self.stack))

    def refresh(self, day: date) -> None:
        """Read the financial year of `day`."""
        self._day = day
        session, client = self._context.signed_in, str(self._context.client_id)
        measure, dimension, year = self._measure, self._dimension, self.first_year
        self.models[measure].set_loading()

        def read() -> Pivot:
            from billing.services.spend import read_pivot

            return read_pivot(session, client=client, first_year=year, dimension=dimension, measure=measure)

        self._screen.query(read, self._show, key="report", on_error=self.models[measure].set_error)

    @property
    def first_year(self) -> int:
        """The calendar year of the financial year's April."""
        return self._day.year - (self._day.month < 4)

    def write(self, target: Path) -> Path:
        """The shown table as a workbook; on a worker."""
        from billing.services.spend import read_pivot, write_pivot

        session, client = self._context.signed_in, str(self._context.client_id)
        table = self.table or read_pivot(session, client=client, first_year=self.first_year)
        return write_pivot(session, target, table, client=client)

    def _show(self, table: Pivot) -> None:
        self.table = table
        self.stack.setCurrentIndex(list(self.models).index(table.measure))
        lines: tuple[PivotRow, ...] = table.rows
        self.models[table.measure].set_rows(lines)
        self.bar.show_message("info", self._summary(table))

    def _summary(self, table: Pivot) -> str:
        words = [f"April {table.first_year} to March {table.first_year + 1}"]
        if table.measure not in KINDS and table.totals.total is not None:
            words.append(f"{MEASURES[table.measure].lower()} of the year ₹ {formats.money(table.totals.total)}")
        if table.unbilled and table.measure in MONEY:
            words.append(f"{formats.plural(table.unbilled, 'trip')} not billed yet, their cost is not here")
        return "; ".join(words)

    def _chooser(self, what: str, key: str) -> Any:
        def choose() -> None:
            setattr(self, what, key)
            self._words()
            self.refresh(self._day)

        return choose

    def _words(self) -> None:
        self.figure_button.set_text(MEASURES[self._measure])
        self.by_button.set_text(DIMENSIONS[self._dimension])
