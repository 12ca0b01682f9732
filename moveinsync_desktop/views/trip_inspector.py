"""The side panel of Trips: facts of one trip, and how it was rated, line by line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QWidget

from moveinsync_desktop import formats
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.messages import describe
from moveinsync_desktop.models.record_history import HistoryLine, history_lines
from moveinsync_desktop.views.rated_lines import lines_of
from moveinsync_desktop.views.widgets import (
    Avatar,
    Button,
    ChargeLines,
    FactList,
    Glyph,
    Inspector,
    LinkButton,
    Tab,
    clear_layout,
    column,
    label,
    row,
    stretch,
)
from moveinsync_desktop.views.widgets.basics import ElidedLabel, Part
from moveinsync_desktop.views.widgets.facts import NoteLine

if TYPE_CHECKING:
    from uuid import UUID

    from billing.schemas.trip_story import TripStory
    from billing.services.trip_paths import TripPaths
    from billing.services.trip_price import TripPrice
    from billing.store.queries_trips import TripRow

PAUSE_MS = 120
MODELS = {"PER_TRIP": "per trip", "HYBRID": "package and km", "FIXED_PACKAGE": "fixed package"}
EVENTS = {
    "IMPORTED": ("Imported", "upload"),
    "ENTERED": ("Entered", "pencil"),
    "HOLD": ("Put on hold", "lock"),
    "RELEASE": ("Released", "undo-2"),
    "ACCEPT": ("Accepted", "check"),
    "REJECT": ("Rejected", "ban"),
    "ASSIGN": ("Contract chosen", "file-badge"),
    "CORRECT": ("Corrected", "pencil"),
    "BILLED": ("Billed", "receipt-indian-rupee"),
}
TOLD_BY_EVENTS = ("Held because", "Acceptance")
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
        self.fixed.addSpacing(6)
        self.tabs.set_tabs([Tab("rated", "How it was rated"), Tab("riders", "Riders"), Tab("history", "History")])
        self.tabs.chosen.connect(lambda _key: self._read())
        self.set_tabs_visible(True)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(PAUSE_MS)
        self._pause.timeout.connect(self._read)
        if context.may("calculator.use"):
            self.add_foot(Button("Open in calculator", icon="calculator", on_click=self._calculate))

    def show_trip(self, trip: TripRow, state: str) -> None:
        """Facts now; the rated lines follow."""
        if trip == self._trip and self.isVisible():
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
        """Fill the tab that is open."""
        trip = self._trip
        if trip is None:
            return
        clear_layout(self.body)
        if self.tabs.current == "rated":
            self._read_price(trip)
        else:
            self._read_story(trip, self.tabs.current)

    def _read_price(self, trip: TripRow) -> None:
        self._add_notes(trip)
        priced = trip.contract_id is not None and self._context.may("invoices.view")
        if not priced and not trip.exception:
            self.body.addStretch(1)
            return
        session = self._context.signed_in

        def read() -> tuple[TripPrice | None, TripPaths]:
            from billing.services.trip_paths import read_paths
            from billing.services.trip_price import price_trip

            paths = read_paths(session, client_id=trip.client_id, trip_id=trip.id, run_id=trip.run_id)
            return (price_trip(session, trip=str(trip.id), client=trip.client_code) if priced else None), paths

        self._run(read, lambda found: self._show_rated(trip, *found))

    def _add_notes(self, trip: TripRow) -> None:
        for words in (EXCEPTIONS.get(trip.exception or ""), trip.hold_reason):
            if words:
                self.body.addWidget(NoteLine("state:review", words, token="review"))

    def _read_story(self, trip: TripRow, part: str) -> None:
        session = self._context.signed_in

        def read() -> tuple[TripStory, list[HistoryLine]]:
            from billing.services.audit import read_history
            from billing.services.trip_story import read_trip_story

            story = read_trip_story(session, client_id=trip.client_id, trip_id=trip.id)
            if part != "history" or not session.may("audit.read"):
                return story, []
            told = read_history(session, client_id=trip.client_id, entity="trip", entity_id=trip.id)
            return story, history_lines(told)

        show = self._show_riders if part == "riders" else self._show_history
        self._run(read, lambda found: show(*found))

    def _run(self, fn: Callable[[], Any], on_done: Callable[[Any], None]) -> None:
        cancel = self._context.signed_in.cancel_running
        self._context.workers.run_query(fn, on_done, self._show_error, owner=self, key="part", on_cancel=cancel)

    def _show_riders(self, story: TripStory, _corrections: Sequence[HistoryLine] = ()) -> None:
        clear_layout(self.body)
        for rider in story.riders:
            code = label(rider.code if rider.name else "", t="sm", c="ink2")
            texts = column(label(rider.name or rider.code, w="500"), code)
            self.body.addLayout(row(Avatar(rider.name or rider.code), texts, stretch(), gap=10))
            self.body.addSpacing(8)
        if not story.riders:
            words = "The sheet names no riders" if self._trip and self._trip.seats_boarded else "Nobody rode"
            self.body.addWidget(label(words, t="sm", c="ink3"))
        self.body.addStretch(1)

    def _show_history(self, story: TripStory, corrections: Sequence[HistoryLine] = ()) -> None:
        """What was corrected, with before and after (from the audit log), then what happened to the trip."""
        clear_layout(self.body)
        for line in (one for one in corrections if one.what not in TOLD_BY_EVENTS):
            texts: list[Part] = [label(f"{line.what}: {line.was} → {line.now}", w="500", wrap=True)]
            texts.append(ElidedLabel(line.who, t="sm", c="ink2"))
            texts.append(label(formats.stamp(line.at, self._context.zone), t="sm", c="ink3"))
            self.body.addLayout(row(Glyph("pencil", "ink2", 16), column(*texts, gap=1), gap=10))
            self.body.addSpacing(10)
        for event in story.events:
            words, icon = EVENTS.get(event.what, (event.what.capitalize(), "circle"))
            texts = [label(words, w="500")]
            if event.detail:
                texts.append(ElidedLabel(event.detail, t="sm", c="ink2"))
            texts.append(label(formats.stamp(event.at, self._context.zone), t="sm", c="ink3"))
            self.body.addLayout(row(Glyph(icon, "ink2", 16), column(*texts, gap=1), gap=10))
            self.body.addSpacing(10)
        self.body.addStretch(1)

    def _show_rated(self, trip: TripRow, price: TripPrice | None, paths: TripPaths) -> None:
        """The lines, and the ways from them to contract and invoice; without a contract, those that were in force."""
        if self._trip is None or self._trip.id != trip.id:
            return
        if price is not None:
            clear_layout(self.body)
            self._add_notes(trip)
            self._show_price(trip, price)
            self._add_ways(price, paths)
        else:
            self._add_in_force(trip, paths)
        self.body.addStretch(1)

    def _add_ways(self, price: TripPrice, paths: TripPaths) -> None:
        ways = []
        if self._context.may("contracts.view"):
            ways.append(LinkButton("Open contract", on_click=lambda: self._open_contract(price.contract_id)))
        if paths.invoice_id is not None:
            words = f"Open invoice {paths.invoice}" if paths.invoice else "Open draft bill"
            ways.append(LinkButton(words, on_click=lambda: self._open_invoice(str(paths.invoice_id))))
        if ways:
            self.body.addSpacing(6)
            self.body.addLayout(row(*ways, stretch(), gap=12))

    def _add_in_force(self, trip: TripRow, paths: TripPaths) -> None:
        if not self._context.may("contracts.view"):
            return
        vendor = trip.vendor_code or "the vendor"
        if not paths.contracts:
            self.body.addSpacing(4)
            self.body.addWidget(label(f"No contract of {vendor} is in force then.", t="sm", c="ink2", wrap=True))
            return
        self.body.addSpacing(6)
        other = ", for other sites or vehicle types" if trip.exception == "NO_CONTRACT" else ""
        self.body.addWidget(label(f"In force for {vendor} at the start{other}", t="sm", c="ink2", wrap=True))
        for contract, version in paths.contracts:
            words = f"{contract.name}, version {version.number}"
            self.body.addLayout(row(LinkButton(words, on_click=partial(self._open_contract, contract.id)), stretch()))

    def _open_contract(self, contract_id: UUID) -> None:
        self._context.open("contracts", contract=contract_id)

    def _open_invoice(self, invoice: str) -> None:
        self._context.open("invoices", invoice=invoice)

    def _show_price(self, trip: TripRow, price: TripPrice) -> None:
        model = MODELS.get(price.billing_model, price.billing_model)
        note = f"Version {price.version}, {model}{'' if trip.run_id else ', not billed yet'}"
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
            tax_words="Tax by itself",
            total=total,
            title="Trip total",
            extra=extra,
        )
        self.body.addWidget(lines)
        if price.employee_incentive:
            words = f"Employee incentive {formats.money(price.employee_incentive)}, outside the bill"
            self.body.addSpacing(6)
            self.body.addWidget(NoteLine("hand-coins", words))

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
