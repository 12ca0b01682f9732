"""The Overview's third row on large screens (picture 04): weekday and hour, cost per km, contracts by end."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QFrame, QHBoxLayout

from moveinsync_desktop import formats
from moveinsync_desktop.models.columns import Column
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.views.widgets import Card, DataTable

if TYPE_CHECKING:
    from billing.services.overview_more import OverviewMore
    from moveinsync_desktop.views.screen import Screen

WIDE, HIGH = 1500, 900
END_COLUMNS = (
    Column("contract", "Contract", "two", 170, second="vendor", stretch=True),
    Column("ends", "Ends", "date", 96, get=lambda row: row["ends"] or row["renews"]),
    Column("days", "In", "text", 94, show=lambda days: formats.NONE if days is None else formats.plural(days, "day")),
    Column("state", "State", "state", 92),
)


class OverviewMoreRow(QFrame):
    """Hidden until the screen is large; reads its figures only then."""

    def __init__(self, screen: Screen) -> None:
        super().__init__()
        from moveinsync_desktop.views.widgets.charts import TrendLines
        from moveinsync_desktop.views.widgets.heat_map import HeatMap

        self._screen = screen
        self._month: date | None = None
        self._read: date | None = None
        self.heat, self.trend = HeatMap(), TrendLines()
        hours = Card("Trips by weekday and hour")
        hours.set_note("start of trip")
        hours.add(self.heat)
        self._cost = Card("Cost per km")
        self._cost.set_note("billed months")
        self._cost.add(self.trend)
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
