"""The Overview's third row on large screens (picture 04): weekday and hour, cost per km, contracts by end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QFrame, QHBoxLayout, QStackedWidget

from moveinsync_desktop import formats
from moveinsync_desktop.models.columns import Column
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.views.widgets import Card, DataTable, LinkButton

if TYPE_CHECKING:
    from billing.services.overview_more import OverviewMore
    from moveinsync_desktop.views.screen import Screen
    from moveinsync_desktop.views.widgets.charts import TrendLines

WIDE, HIGH = 1500, 900
END_COLUMNS = (
    Column("contract", "Contract", "two", 170, second="vendor", stretch=True),
    Column("ends", "Ends", "date", 96, get=lambda row: row["ends"] or row["renews"]),
    Column("days", "In", "text", 94, show=lambda days: formats.NONE if days is None else formats.plural(days, "day")),
    Column("state", "State", "state", 92),
)


@dataclass(frozen=True, slots=True)
class HourRow:
    """A weekday with its trips by hour of the start."""

    day: str
    cells: Sequence[int]

    @property
    def trips(self) -> int:
        """All of the weekday."""
        return sum(self.cells)


def _hour(place: int) -> Column:
    return Column(f"h{place}", f"{place:02d}", "count", 44, total=True, get=lambda row: row.cells[place])


HOUR_COLUMNS = (
    Column("day", "Weekday", "text", 84),
    Column("trips", "Trips", "count", 66, total=True),
    *(_hour(place) for place in range(24)),
)


class OverviewMoreRow(QFrame):
    """Hidden until the screen is large; reads its figures only then."""

    def __init__(self, screen: Screen) -> None:
        super().__init__()
        from moveinsync_desktop.views.widgets.heat_map import HeatMap

        self._screen = screen
        self._month: date | None = None
        self._read: date | None = None
        self.heat = HeatMap()
        hours = Card("Trips by weekday and hour")
        hours.set_note("start of trip")
        self._table_button = LinkButton("Show as table", on_click=self._flip)
        hours.head.addWidget(self._table_button)
        self.hours = RowsModel(HOUR_COLUMNS)
        self.hour_table = DataTable(self.hours, noun="weekday", filters=False, totals=True, flush=True, key="day")
        self.hour_table.setAccessibleName("Trips by weekday and hour, as a table")
        self._hour_stack = QStackedWidget()
        self._hour_stack.addWidget(self.heat)
        self._hour_stack.addWidget(self.hour_table)
        hours.add(self._hour_stack)
        self._cost = Card("Cost per km")
        self._cost.set_note("billed months")
        self.ends = RowsModel(END_COLUMNS)
        self.contracts = Card("Contracts by end", flush=True)
        table = DataTable(
            self.ends, noun="contract", filters=False, totals=False, two_lines=True, flush=True, key="contract"
        )
        table.set_empty("file-badge", "No contracts yet", "They stand here, those that end first at the top.")
        table.opened.connect(lambda row: screen.context.open("contracts", contract=row["contract_id"]))
        self.contracts.add(table)
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(12)
        for card, share in ((hours, 5), (self._cost, 4), (self.contracts, 4)):
            card.setMinimumHeight(214)
            box.addWidget(card, share)
        self.hide()

    @cached_property
    def trend(self) -> TrendLines:
        """The lines, made when there is something to draw: their library loads slowly."""
        from moveinsync_desktop.views.widgets.charts import TrendLines

        made = TrendLines()
        self._cost.add(made)
        return made

    def _flip(self) -> None:
        """The squares as a table that can be read, copied and heard, and back."""
        is_table = self._hour_stack.currentIndex() == 0
        self._hour_stack.setCurrentIndex(int(is_table))
        self._table_button.set_text("Show as squares" if is_table else "Show as table")

    def fit(self, width: int, height: int, *, shown: bool) -> None:
        """Show where there is room; the figures are read when they are first seen."""
        self.setVisible(shown and width >= WIDE and height >= HIGH)
        if self.isVisibleTo(self._screen) and self._month is not None and self._read != self._month:
            self._query(self._month)

    def refresh(self, month: date) -> None:
        """Another month, or the same again."""
        self._month, self._read = month, None

    def _query(self, month: date) -> None:
        self._read = month
        context = self._screen.context
        session, client = context.signed_in, str(context.client_id)

        def read() -> Any:
            from billing.services.overview_more import read_overview_more

            return read_overview_more(session, client=client, month=month)

        self._screen.query(read, self._show, key="more")

    def _show(self, more: OverviewMore) -> None:
        from moveinsync_desktop.views.widgets.charts import Trend

        self.heat.set_cells(more.hours)
        self.hours.set_rows([HourRow(formats.WEEKDAYS[day], cells) for day, cells in enumerate(more.hours)])
        self._cost.setVisible(bool(more.cost_per_km))
        known = [any(values[at] is not None for values in more.cost_per_km.values()) for at in range(len(more.months))]
        first = known.index(True) if True in known else 0
        names = [formats.MONTHS[month.month - 1][:3] for month in more.months[first:]]
        lines = [
            Trend(vendor, [None if value is None else value / 100 for value in values[first:]])
            for vendor, values in list(more.cost_per_km.items())[:5]
        ]
        self.trend.set_trends(names, lines)
        self.ends.set_rows(more.ends)
