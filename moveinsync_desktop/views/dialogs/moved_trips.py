"""The trips that a change of rules moves most, with their figures under both rules."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from PySide6.QtWidgets import QWidget

from moveinsync_desktop import formats
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.models.columns import Column
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.models.rule_effect import Effect
from moveinsync_desktop.views.dialogs.confirm import PlainDialog
from moveinsync_desktop.views.widgets.basics import label
from moveinsync_desktop.views.widgets.buttons import Button
from moveinsync_desktop.views.widgets.table import DataTable

if TYPE_CHECKING:
    from billing.services.whatif import TrialMonth


@dataclass(frozen=True, slots=True)
class MovedRow:
    """A trip under both rules; amounts are taxable paise."""

    id: UUID
    ref: str
    distance_m: int
    before: int
    after: int
    change: int


COLUMNS = (
    Column("ref", "Trip", "id", 130, stretch=True),
    Column("distance_m", "Billed km", "km", 90),
    Column("before", "Before ₹", "money", 110),
    Column("after", "After ₹", "money", 110),
    Column("change", "Change ₹", "money", 110, show=lambda paise: formats.signed(formats.money(paise))),
)


class MovedTripsDialog(PlainDialog):
    """A list that can be sorted, filtered and copied."""

    def __init__(self, parent: QWidget, context: AppContext, month: TrialMonth, effect: Effect, number: int) -> None:
        super().__init__(parent, f"Trips of {formats.month(month.month)} under version {number}", width=680)
        self._month, self._effect = month, effect
        moved = len(effect.moved)
        all_moved = formats.count(effect.dearer + effect.cheaper)
        words = f"The {formats.count(moved)} trips that move most, of {all_moved} that move."
        self.body.addWidget(label(words, c="ink2"))
        self.model = RowsModel(COLUMNS)
        self.table = DataTable(self.model, name="moved_trips", noun="trip", settings=context.settings)
        self.table.setMinimumHeight(420)
        self.body.addWidget(self.table, 1)
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Close", on_click=self.reject))
        session, client = context.signed_in, month.inputs.facts.client.id

        def read() -> list[MovedRow]:
            from billing.services.whatif import trip_names

            ids = month.ids_of([trip.place for trip in effect.moved])
            names = trip_names(session, client_id=client, trips=ids)
            return [
                MovedRow(
                    trip_id, names.get(trip_id, ""), trip.billable_m, trip.before, trip.after, trip.after - trip.before
                )
                for trip_id, trip in zip(ids, effect.moved, strict=True)
            ]

        context.workers.run_query(read, self.model.set_rows, self.model.set_error, owner=self, key="moved")
