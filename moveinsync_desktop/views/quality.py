"""Odd trips of a month, by kind: looked at, held, sent back, or let pass with a reason, before billing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QGridLayout, QSizePolicy

from billing.schemas.quality import KINDS, REVIEWABLE, Oddity
from moveinsync_desktop import formats
from moveinsync_desktop.models.columns import Column
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.views.dialogs.reason import ReasonDialog
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets import (
    Button,
    DataTable,
    FactList,
    Inspector,
    PeriodStepper,
    Tab,
    TabBar,
    label,
)

if TYPE_CHECKING:
    from billing.services.trip_quality import OddGroup

SHORT = {
    "OVERLAP": "Overlaps",
    "REPEATED": "Repeats",
    "FAR_FROM_USUAL": "Far from usual",
    "NO_ESCORT": "No escort",
    "NO_CONTRACT": "No contract",
    "AMBIGUOUS_CONTRACT": "Several contracts",
}
QUIET = {
    "OVERLAP": "No cab drove two trips at once",
    "REPEATED": "No trip stands there twice",
    "FAR_FROM_USUAL": "Every trip is about as long as its route usually is",
    "NO_ESCORT": "Every woman at night had an escort",
    "NO_CONTRACT": "Every trip has a contract",
    "AMBIGUOUS_CONTRACT": "Every trip has one contract only",
}


@dataclass(frozen=True, slots=True)
class _Decision:
    """What a button does: the action's name, the verb of its dialog, what follows from it, what is said afterwards."""

    action: str
    verb: str
    follows: str
    done: str


DECISIONS = (
    _Decision(
        "PASS", "Let pass", "They are not listed for this again. The trips themselves stay as they are.", "let pass"
    ),
    _Decision("HOLD", "Hold", "They are left out of billing until they are released.", "held"),
    _Decision("REJECT", "Send back", "They are left out of billing, and the vendor sees the reason.", "sent back"),
    _Decision(
        "CANCEL",
        "Cancel",
        "They are billed as cancelled trips: by the cancellation charge, if there is one.",
        "cancelled",
    ),
)


class QualityScreen(Screen):
    """Tabs by kind, the trips, and what to do about them."""

    id = "quality"
    title = "Odd trips"
    tables = frozenset({"trips", "trip_reviews", "contracts", "contract_versions", "employees"})

    def build(self) -> None:
        """Header, tabs, table, inspector."""
        context = self.context
        self._groups: dict[str, OddGroup] = {}
        self._stepper = PeriodStepper(context.month)
        self._stepper.changed.connect(context.set_month)
        context.navigator.month_changed.connect(self._on_month)
        context.navigator.client_changed.connect(self.make_stale)
        self.header.add_left(self._stepper)
        self.tabs = TabBar([Tab(kind, words) for kind, words in SHORT.items()])
        self.tabs.chosen.connect(lambda _kind: self._show_group())
        self.body.addWidget(self.tabs)
        self.model = RowsModel(_COLUMNS)
        self.model.set_reader(self.refresh)
        self.table = DataTable(
            self.model,
            name="odd_trips",
            noun="trip",
            settings=context.settings,
            messages=context.messages,
            key="trip_id",
        )
        self.table.current_changed.connect(self._show_trip)
        self.table.opened.connect(self._open)
        if context.may("trips.pass"):
            for decision in DECISIONS:
                self.table.add_menu_item(f"{decision.verb}…", partial(self._decide, decision))
        self.body.addWidget(self.table, 1)
        self._make_panel()

    def refresh(self) -> None:
        """Look through the month again."""
        from billing.services.trip_quality import find_oddities

        session, month = self.context.signed_in, self.context.month
        client = str(self.context.client_id) if self.context.client_id else None
        self.model.set_loading()
        self.query(
            lambda: find_oddities(session, month=month, client=client), self._show_groups, on_error=self.model.set_error
        )

    def open_with(self, **parameters: Any) -> None:
        """month, kind."""
        if isinstance(parameters.get("month"), date):
            self.context.set_month(parameters["month"])
        if parameters.get("kind") in KINDS:
            self.tabs.set_current(parameters["kind"])
            self._show_group()

    def _make_panel(self) -> None:
        self.panel = self.set_inspector(Inspector(width=328))
        self.panel.stepped.connect(self.table.step)
        self._sentence = label("", wrap=True)
        self._facts = FactList(name_width=92)
        # without the right there are no buttons: one that belongs to no layout would be shown as a window of its own
        self._buttons = {
            decision.action: Button(f"{decision.verb}…", on_click=partial(self._decide_current, decision))
            for decision in DECISIONS
            if self.context.may("trips.pass")
        }
        self.panel.body.addWidget(self._sentence)
        self.panel.body.addSpacing(10)
        self.panel.body.addWidget(self._facts)
        self.panel.body.addSpacing(14)
        grid = QGridLayout()
        grid.setSpacing(8)
        for at, button in enumerate(self._buttons.values()):
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            grid.addWidget(button, at // 2, at % 2)
        self.panel.body.addLayout(grid)
        self.panel.body.addStretch(1)
        self.panel.add_foot(Button("Open in Trips", icon="route", on_click=self._open_current))

    def _on_month(self, month: date) -> None:
        self._stepper.set_month(month)
        self.make_stale()

    def _show_groups(self, groups: list[OddGroup]) -> None:
        self._groups = {group.kind: group for group in groups}
        for group in groups:
            self.tabs.set_count(group.kind, group.count or None)
        if not self._groups[self.tabs.current].count:
            first = next((group.kind for group in groups if group.count), self.tabs.current)
            self.tabs.set_current(first)
        self._show_group()

    def _show_group(self) -> None:
        kind = self.tabs.current
        group = self._groups.get(kind)
        if group is None:
            return
        self.table.set_empty(
            "state:tick", QUIET[kind], f"{formats.month(self.context.month)}: nothing to look at here."
        )
        self.model.set_rows(group.trips)
        if group.count > len(group.trips):
            shown, found = formats.count(len(group.trips)), formats.count(group.count)
            self.say(f"The first {shown} of {found} odd trips are shown", "info")
        self.table.select_row(0)
        if not group.trips:
            self.panel.hide()

    def _show_trip(self, trip: Oddity | None) -> None:
        if trip is None:
            self.panel.hide()
            return
        self.panel.show_record(trip.external_ref, "HELD" if trip.is_held else "")
        self._sentence.setText(trip.text)
        self._facts.set_facts(
            [
                ("Start", formats.long_stamp(trip.start_time, self.context.zone)),
                ("Distance", f"{formats.km(trip.distance_m)} km"),
                ("Usually", f"{formats.km(trip.usual_m)} km" if trip.usual_m else ""),
                ("Vehicle", trip.vehicle_no or ""),
                ("Vendor", trip.vendor_code),
                ("Other trip", trip.other_ref or ""),
            ]
        )
        if self._buttons:
            self._buttons["PASS"].setVisible(trip.kind in REVIEWABLE)
            self._buttons["HOLD"].wait_for("Held already" if trip.is_held else "")

    def _current(self) -> list[Oddity]:
        trip = self.table.current
        return [trip] if trip is not None else []

    def _decide_current(self, decision: _Decision) -> None:
        self._decide(decision, self._current())

    def _open_current(self) -> None:
        for trip in self._current():
            self._open(trip)

    def _open(self, trip: Oddity) -> None:
        self.context.open("trips", month=self.context.month, ref=trip.external_ref)

    def _decide(self, decision: _Decision, trips: list[Oddity]) -> None:
        """One command for all trips chosen; a reason is asked for first."""
        kind = self.tabs.current
        if not trips or (decision.action == "PASS" and kind not in REVIEWABLE):
            return
        what = formats.plural(len(trips), "trip")
        verb = f"{decision.verb} {what}"
        dialog = ReasonDialog(self, f"{verb}?", decision.follows, verb)
        if not dialog.ask():
            return
        session, reason, ids = self.context.signed_in, dialog.reason, [str(trip.trip_id) for trip in trips]
        client = str(self.context.client_id) if self.context.client_id else None

        def run(_progress: Any) -> Any:
            from billing.services.trip_decisions import decide_trips
            from billing.services.trip_quality import review_trips

            if decision.action == "PASS":
                return review_trips(session, kind, ids, reason=reason, client=client)
            return decide_trips(session, decision.action, ids, client=client, reason=reason)

        self.command(
            run,
            lambda result: self.context.messages.status(
                f"{formats.plural(result.changed, 'trip')} {decision.done}", "state:tick"
            ),
            title=f"{decision.verb} trips",
        )


def _state(trip: Oddity) -> str:
    return "HELD" if trip.is_held else "NEEDS_REVIEW"


_COLUMNS = (
    Column("external_ref", "Trip", "id", 124),
    Column("start_time", "Start", "stamp", 146),
    Column("vehicle_no", "Vehicle", "text", 116),
    Column("vendor_code", "Vendor", "text", 72, hidden=True, from_width=1000),
    Column("distance_m", "Km", "km", 70, total=True),
    Column("text", "What is odd", "text", 170, stretch=True),
    Column("status", "Status", "state", 126, get=_state),
)
