"""What can be done with trips on screen: import, correct, add, decide, price, save."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QDialog

from moveinsync_desktop import formats
from moveinsync_desktop.views.dialogs.reason import ReasonDialog
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets import DataTable

if TYPE_CHECKING:
    from billing.exchange.sheets.folders import ArrivedSheet
    from billing.store.queries_trips import TripRow

DECISIONS = {"HOLD": "held", "RELEASE": "released", "ACCEPT": "accepted", "REJECT": "rejected", "CANCEL": "cancelled"}
LEFT_OUT = "They are left out of billing until that is changed."
FOLLOWS = {
    "HOLD": LEFT_OUT,
    "REJECT": LEFT_OUT,
    "CANCEL": "They are billed as cancelled trips: by the contract's cancellation charge, if it has one.",
}


class TripDeeds:
    """The deeds of one list of trips. Attributes: dialog (the one that was opened last)."""

    def __init__(self, screen: Screen, table: DataTable) -> None:
        self._screen, self._context, self._table = screen, screen.context, table
        self.dialog: QDialog | None = None

    def offer_menu(self) -> None:
        """The menu of the list's rows, as far as the rights go."""
        may, add = self._context.may, self._table.add_menu_item
        if may("trips.hold"):
            add("Hold…", lambda trips: self.decide("HOLD", trips))
            add("Release", lambda trips: self.decide("RELEASE", trips))
            add("Accept", lambda trips: self.decide("ACCEPT", trips))
            add("Reject…", lambda trips: self.decide("REJECT", trips))
        if may("trips.correct"):
            add("Cancel…", lambda trips: self.decide("CANCEL", trips))
        if may("trips.correct_submitted"):
            add("Correct…", self.correct)
        if may("trips.correct_billed"):
            add("Take back from its invoice…", self.withdraw)
        if may("calculator.use"):
            add("Open in calculator", self.calculate)

    def import_sheet(self, sheet: ArrivedSheet | None = None) -> None:
        """The import, empty or with a sheet that arrived."""
        if sheet is None:
            self._import()
        else:
            self._import([sheet.path], (sheet.watched.client, sheet.watched.vendor))

    def import_files(self, paths: list[Path]) -> None:
        """The import of these files, one after the other."""
        self._import(paths)

    def _import(self, paths: list[Path] | None = None, whose: tuple[str, str] = ("", "")) -> None:
        from moveinsync_desktop.views.dialogs.import_trips import ImportTripsDialog

        dialog = ImportTripsDialog(self._context, self._screen, paths or [], whose)
        self.dialog = dialog
        dialog.open()

    def open_imports(self) -> None:
        """The newest imports: look at their trips, take one back."""
        from moveinsync_desktop.views.dialogs.imports import ImportsDialog

        self.dialog = ImportsDialog(self._screen)
        self.dialog.open()

    def open_folders(self) -> None:
        """What waits in watched folders, and which there are."""
        from moveinsync_desktop.views.dialogs.watched_folders import WatchedFoldersDialog

        if self._context.watched is not None:
            dialog = WatchedFoldersDialog(self._context, self._context.watched, self._screen)
            dialog.import_wanted.connect(self.import_sheet)
            dialog.open()

    def open_inbox(self) -> None:
        """What vendors sent in and nobody has decided about."""
        from moveinsync_desktop.views.dialogs.submissions import SubmissionsDialog

        self.dialog = SubmissionsDialog(self._screen)
        self.dialog.open()

    def calculate(self, trips: list[TripRow]) -> None:
        """The first of these trips in the calculator."""
        if trips:
            self._context.open("calculator", trip=trips[0].ref, client=trips[0].client_code)

    def withdraw(self, trips: list[TripRow]) -> None:
        """Take an invoiced trip back that never ran, after asking why; the next settlement credits it."""
        if not trips:
            return
        trip = trips[0]
        words = "It stays on record, superseded. What was invoiced for it is credited when its month is settled."
        dialog = ReasonDialog(self._screen, f"Take {trip.ref} back from its invoice?", words, "Take back")
        if not dialog.ask():
            return
        session, reason = self._context.signed_in, dialog.reason

        def run(_progress: Any) -> Any:
            from billing.services.corrections import withdraw_trip

            return withdraw_trip(session, str(trip.id), client=trip.client_code, reason=reason)

        def done(_changes: Any) -> None:
            messages, context = self._context.messages, self._context
            messages.toast(
                f"{trip.ref} is taken back", "Its month waits to be settled.", action="Settle",
                on_action=lambda: context.open("invoices", view="SETTLE"),
            )  # fmt: skip

        self._screen.command(run, done, title="Taking a trip back")

    def decide(self, action: str, trips: list[TripRow]) -> None:
        """Hold, reject and cancel ask for a reason; all are one command."""
        if not trips:
            return
        reason = ""
        if action in FOLLOWS:
            what = formats.plural(len(trips), "trip")
            verb = f"{action.capitalize()} {what}"
            dialog = ReasonDialog(self._screen, f"{verb}?", FOLLOWS[action], verb)
            if not dialog.ask():
                return
            reason = dialog.reason
        session, ids, client = self._context.signed_in, [str(trip.id) for trip in trips], trips[0].client_code

        def run(_progress: Any) -> Any:
            from billing.services.trip_decisions import decide_trips

            return decide_trips(session, action, ids, client=client, reason=reason)

        def done(decision: Any) -> None:
            words = f"{formats.plural(decision.changed, 'trip')} {DECISIONS[action]}"
            self._context.messages.status(words, "state:tick")

        self._screen.command(run, done, title=f"{action.capitalize()} trips")

    def correct_current(self) -> None:
        """Correct the trip under the cursor."""
        trip = self._table.model.record(self._table.view.currentIndex().row())
        if trip is None:
            self._context.messages.toast("No trip is chosen", "Choose the trip to correct first.", tone="warning")
        else:
            self.correct([trip])

    def correct(self, trips: list[TripRow]) -> None:
        """Correct the first of these trips."""
        from moveinsync_desktop.views.dialogs.trip_form import CorrectTripDialog

        if trips:
            self.dialog = CorrectTripDialog(self._screen, trips[0])
            self.dialog.open()

    def add(self) -> None:
        """Type a trip that no sheet has."""
        from moveinsync_desktop.views.dialogs.trip_form import AddTripDialog

        self.dialog = AddTripDialog(self._screen)
        self.dialog.open()

    def copy_all(self) -> None:
        """All matching trips to the clipboard."""
        self._table.view.selectAll()
        self._table.copy(with_headers=True)

    def save_csv(self, *, only_selected: bool = False) -> None:
        """All matching trips (or the selected ones) as a file, in the order and columns shown."""
        from moveinsync_desktop.views.dialogs.save_list import save_list

        name = f"Trips {formats.month(self._context.month)}"
        save_list(self._screen, self._context, self._table, name, only_selected=only_selected)
