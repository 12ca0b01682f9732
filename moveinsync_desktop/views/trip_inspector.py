"""The side panel of Trips: facts of one trip, and how it was rated, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from moveinsync_desktop import formats
from moveinsync_desktop.actions import ADMINS
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.views.widgets import Button, FactList, Inspector, clear_layout, label
from moveinsync_desktop.views.widgets.facts import NoteLine

if TYPE_CHECKING:
    from billing.store.queries_trips import TripRow

PAUSE_MS = 120
EXCEPTIONS = {
    "NO_CONTRACT": "No active contract covers this trip's start",
    "AMBIGUOUS_CONTRACT": "Several contracts fit; choose one",
}


class TripInspector(Inspector):
    """Shows a trip at once and its rating a moment later; walking fast reads only the last one."""

    def __init__(self, context: AppContext, parent: QWidget) -> None:
        super().__init__(parent=parent)
        self._context = context
        self._trip: TripRow | None = None
        self._facts = FactList()
        self.fixed.addWidget(self._facts)
        self.fixed.addSpacing(10)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._read)
        if context.role in ADMINS:
            self.add_foot(Button("Open in calculator", icon="calculator", on_click=self._calculate))

    def show_trip(self, trip: TripRow, state: str) -> None:
        """Facts now; the rated lines follow."""
        if self._trip is not None and trip.id == self._trip.id and trip.rev == self._trip.rev and self.isVisible():
            return
        self._trip = trip
        self.show_record(trip.ref, state)
        self._facts.set_facts(facts_of(trip))
        clear_layout(self.body)
        self._pause.start()

    def _calculate(self) -> None:
        if self._trip is not None:
            self._context.open("calculator", trip=self._trip.ref, client=self._trip.client_code)

    def _read(self) -> None:
        trip = self._trip
        if trip is None:
            return
        notes = [words for words in (EXCEPTIONS.get(trip.exception or ""), trip.hold_reason) if words]
        for words in notes:
            self.body.addWidget(NoteLine("state:review", words, token="review"))
        self._explain(trip)

    def _explain(self, trip: TripRow) -> None:
        self.body.addWidget(label("Not rated yet", t="sm", c="ink3"))
        self.body.addStretch(1)


def facts_of(trip: TripRow) -> list[tuple[str, Any]]:
    """Name and value of what is known; empty values are left out by the list."""
    riders = formats.plural(trip.riders or trip.seats_boarded or 0, "rider")
    vehicle = ", ".join(part for part in (trip.vehicle_no, trip.vehicle_type) if part)
    places = " to ".join(part for part in (trip.from_place, trip.to_place) if part)
    return [
        ("Start", formats.long_stamp(trip.start)),
        ("End", f"{formats.clock(trip.end)}, {formats.minutes(trip.end - trip.start)}"),
        ("Route", places),
        ("Distance", f"{formats.km(trip.distance_m)} km, {riders}"),
        ("Vehicle", vehicle),
        ("Vendor", trip.vendor_name or ""),
        ("Contract", trip.contract_name or ""),
    ]
