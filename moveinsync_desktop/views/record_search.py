"""What the palette finds beside actions and screens: trips by their id, contracts and vendors by name."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QObject

from moveinsync_desktop import formats
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.views.widgets.palette import Give, Hit, fits

LEAST_TYPED = 3
MOST_TRIPS = 5


class RecordSearch(QObject):
    """A palette source: looks in a worker, gives what it finds a moment later."""

    def __init__(self, context: AppContext, parent: QObject) -> None:
        super().__init__(parent)
        self._context = context

    def __call__(self, typed: str, give: Give) -> None:
        """Search for what was typed, once it is long enough."""
        session, client = self._context.session, self._context.client_id
        if session is None or client is None or len(typed) < LEAST_TYPED:
            return

        def look() -> list[Any]:
            from billing.services.contracts import list_contracts

            with session.unit_of_work(name="palette") as uow:
                trips = uow.trips.starting_with(typed.upper(), client_id=client, limit=MOST_TRIPS)
            views = list_contracts(session, client_id=client)
            return [trips, [view for view in views if fits(f"{view.contract.name} {view.vendor.name}", typed)]]

        self._context.workers.run_query(
            look, lambda found: give(self._hits(*found)), lambda _error: None, owner=self, key="look",
            on_cancel=session.cancel_running,
        )  # fmt: skip

    def _hits(self, trips: list[Any], contracts: list[Any]) -> list[Hit]:
        made = [
            Hit("Trips", "route", trip.external_ref, self._opener(trip), note=formats.stamp(trip.start_time))
            for trip in trips
        ]
        if self._context.may("contracts.view"):
            made += [self._contract(view) for view in contracts[:MOST_TRIPS]]
        return made

    def _contract(self, view: Any) -> Hit:
        identity = view.contract.id
        return Hit(
            "Contracts",
            "file-badge",
            view.contract.name,
            lambda: self._context.open("contracts", contract=identity),
            note=view.vendor.name,
        )

    def _opener(self, trip: Any) -> Any:
        month = formats.local(trip.start_time).date().replace(day=1)
        return lambda: self._context.open("trips", ref=trip.external_ref, month=month)
