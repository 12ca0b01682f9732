"""The side panel of Trips: facts of one trip, and how it was rated, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from moveinsync_desktop import formats
from moveinsync_desktop.actions import ADMINS, VENDOR_ADMIN
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.messages import describe
from moveinsync_desktop.views.rated_lines import lines_of
from moveinsync_desktop.views.widgets import Button, ChargeLines, FactList, Inspector, clear_layout, label
from moveinsync_desktop.views.widgets.facts import NoteLine

if TYPE_CHECKING:
    from billing.services.trip_price import TripPrice
    from billing.store.queries_trips import TripRow

PAUSE_MS = 120
MODELS = {"PER_TRIP": "per trip", "HYBRID": "package and km", "FIXED_PACKAGE": "fixed package"}
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
        for words in (EXCEPTIONS.get(trip.exception or ""), trip.hold_reason):
            if words:
                self.body.addWidget(NoteLine("state:review", words, token="review"))
        if trip.contract_id is None or self._context.role == VENDOR_ADMIN:
            self.body.addStretch(1)
            return
        session = self._context.signed_in

        def price() -> TripPrice:
            from billing.services.trip_price import price_trip

            return price_trip(session, trip=str(trip.id), client=trip.client_code)

        self._context.workers.run_query(price, self._show_price, self._show_error, owner=self, key="price")

    def _show_price(self, price: TripPrice) -> None:
        trip = self._trip
        if trip is None or price.trip.id != trip.id:
            return
        clear_layout(self.body)
        heading = "How it was rated" if trip.run_id else "How it would be rated"
        self.body.addWidget(label(heading, t="h2"))
        note = f"Version {price.version}, {MODELS.get(price.billing_model, price.billing_model)}"
        self.body.addWidget(label(note, t="sm", c="ink3"))
        self.body.addSpacing(10)
        if not price.lines:
            self.body.addWidget(NoteLine("gauge", "Covered by the monthly fee: no charge of its own"))
        lines = ChargeLines()
        extra = [("Passed on untaxed", price.non_taxable)] if price.non_taxable else []
        total = price.base_cost + price.tax_amount + price.non_taxable
        lines.set_lines(
            lines_of(price.lines, price.explanations),
            before_tax=price.base_cost,
            tax=price.tax_amount,
            tax_words="Tax, share of the bill",
            total=total,
            title="Trip total",
            extra=extra,
        )
        self.body.addWidget(lines)
        if price.employee_incentive:
            words = f"Employee incentive {formats.money(price.employee_incentive)}, outside the bill"
            self.body.addSpacing(6)
            self.body.addWidget(NoteLine("hand-coins", words))
        self.body.addStretch(1)

    def _show_error(self, error: Exception) -> None:
        clear_layout(self.body)
        sentence, hint = describe(error)
        self.body.addWidget(NoteLine("state:review", sentence, token="review"))
        if hint:
            self.body.addWidget(label(hint, t="sm", c="ink3", wrap=True))
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
