"""Trips: every stored trip of the month, filtered, sorted and summed by the database (pictures 05 to 07)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from PySide6.QtGui import QDragEnterEvent, QDropEvent

from billing.schemas.lists import Listing
from moveinsync_desktop import formats
from moveinsync_desktop.actions import Action
from moveinsync_desktop.models.columns import Column
from moveinsync_desktop.models.paged import PagedModel
from moveinsync_desktop.view_vault import ViewVault
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.trip_deeds import TripDeeds
from moveinsync_desktop.views.trip_inspector import TripInspector
from moveinsync_desktop.views.widgets import (
    Button,
    DataTable,
    IconButton,
    LinkButton,
    MenuButton,
    PeriodStepper,
    Tab,
    TabBar,
    label,
)
from moveinsync_desktop.views.widgets.saved_views import SavedViews
from moveinsync_desktop.views.widgets.search_field import SearchField

if TYPE_CHECKING:
    from billing.store.queries_trips import TripList, TripRow

VIEWS = (
    Tab("all", "All trips"),
    Tab("unassigned", "No contract", warn=True),
    Tab("held", "On hold", warn=True),
    Tab("submitted", "To accept", warn=True),
    Tab("unbilled", "Not billed"),
    Tab("billed", "Billed"),
)
NONE_IN_VIEW = {
    "unassigned": ("state:tick", "No trip of this month is without a contract"),
    "held": ("state:tick", "No trip of this month is on hold"),
    "submitted": ("state:tick", "No trip of this month waits to be accepted"),
    "unbilled": ("state:tick", "No trip of this month waits to be billed"),
    "billed": ("receipt-indian-rupee", "Nothing of this month is billed yet"),
}
COUNTED = ("unassigned", "held", "submitted")
WIDE_FROM = 1500


def flags(trip: TripRow) -> tuple[str, str, str]:
    """Night, carpool, escort: each has its own place."""
    return (
        "moon" if in_night_hours(trip) else "",
        "users" if trip.is_carpool else "",
        "shield" if trip.is_escorted else "",
    )


def in_night_hours(trip: TripRow) -> bool:
    """Charged as a night trip, or, while no run has decided it by its contract, begun between 22:00 and 06:00."""
    hour = formats.local(trip.start).hour
    return trip.is_night or (trip.run_id is None and (hour >= 22 or hour < 6))


def flag_words(trip: TripRow) -> str:
    """The flags in words."""
    pairs = (("night", in_night_hours(trip)), ("carpool", trip.is_carpool), ("escorted", trip.is_escorted))
    return ", ".join(word for word, is_set in pairs if is_set) or "none"


def state_code(trip: TripRow) -> str:
    """What the status column shows: an exception first, then what happened on the road."""
    if trip.hold_reason:
        return "HELD"
    if trip.acceptance != "ACCEPTED":
        return trip.acceptance
    return trip.status


def columns(*, amounts: bool) -> tuple[Column, ...]:
    """The columns; vendors' staff see no amounts."""
    made = (
        Column("ref", "Trip", "id", 120),
        Column("start", "Start", "stamp", 146),
        Column("from_place", "Route", "route", 128, second="to_place", stretch=True),
        Column("vendor_name", "Vendor", "text", 188, hidden=True, from_width=1250),
        Column("contract_name", "Contract", "text", 170, hidden=True),
        Column("vehicle_no", "Vehicle", "text", 120, hidden=True, from_width=1050),
        Column("vehicle_type", "Type", "text", 84, hidden=True),
        Column("file_name", "Sheet", "text", 170, hidden=True),
        Column("riders", "Riders", "count", 64, total=True, hidden=True, from_width=1050),
        Column("employees", "Employees", "text", 150, hidden=True, sortable=False),
        Column("distance_m", "Km", "km", 64, total=True),
        Column("flags", "Flags", "icons", 74, get=flags, tip=flag_words, sortable=False),
        Column("rated_paise", "Rated ₹", "money", 98, total=True),
        Column("status", "Status", "state", 107, get=state_code),
    )
    return made if amounts else tuple(column for column in made if column.kind != "money")


class TripsScreen(Screen):
    """The list with its saved views, and the inspector."""

    id = "trips"
    title = "Trips"
    tables = frozenset({"trips", "trip_charges", "billing_runs", "import_batches", "contracts", "contract_versions"})

    def build(self) -> None:
        """Header, views, table, inspector."""
        context = self.context
        self._stepper = PeriodStepper(context.month)
        self._stepper.changed.connect(context.set_month)
        context.navigator.month_changed.connect(self._on_month)
        self.header.add_left(self._stepper)
        self._make_tabs()
        self._make_list()
        self.deeds = TripDeeds(self, self.table)
        self._add_export()
        self.search_field = SearchField(self.table, "Search these trips")
        self.header.add_left(self.search_field)
        self.views = SavedViews(
            self._tabs, self.table, context.settings, "trips", self._built_in(),
            vault=ViewVault(context, "trips", owner=self), month=(lambda: context.month, context.set_month),
        )  # fmt: skip
        self.views.changed.connect(self._reopen)
        self.panel = TripInspector(context, self)
        self.set_inspector(self.panel)
        self.setAcceptDrops(True)
        self._connect()
        self._offer()
        self._on_filters(0)

    def _make_tabs(self) -> None:
        context = self.context
        self._tabs = TabBar()
        self._filters_label = label("", t="sm", c="ink2")
        self._clear = LinkButton("Clear", on_click=lambda: self.table.clear_filters())
        chooser = IconButton("columns-3", "Choose columns", on_click=lambda: self.table.choose_columns())
        folders, sent = "Sheets that arrived in watched folders", "What vendors sent in, by sheet"
        self._waiting = LinkButton("", on_click=lambda: self.deeds.open_folders(), tip=folders)
        self._inbox = LinkButton("Inbox", on_click=lambda: self.deeds.open_inbox(), tip=sent)
        self._tabs.add_right(self._inbox, self._waiting, self._filters_label, self._clear, chooser)
        if context.watched is not None:
            context.watched.changed.connect(self._show_waiting)
        self._show_waiting()
        self._inbox.hide()
        self.body.addWidget(self._tabs)

    def _make_list(self) -> None:
        context = self.context
        self.model = PagedModel(
            columns(amounts=context.may("billing.amounts")),
            context.workers,
            self._query,
            self,
            on_cancel=lambda thread: context.signed_in.cancel_running(thread),
        )
        self.model.order, self.model.descending = "start", True
        self.table = DataTable(
            self.model, name="trips", noun="trip", settings=context.settings, messages=context.messages
        )
        self.body.addWidget(self.table, 1)

    def _add_export(self) -> None:
        items = [
            ("CSV of these trips…", self.deeds.save_csv),
            ("CSV of the selected trips…", lambda: self.deeds.save_csv(only_selected=True)),
            None,
            ("Copy all to the clipboard", self.deeds.copy_all),
        ]
        self._export = MenuButton("Export", items)
        self.header.add_right(self._export)

    def _built_in(self) -> list[Tab]:
        """A vendor's staff does not see what is billed."""
        sees_bills = self.context.may("billing.amounts")
        return [tab for tab in VIEWS if sees_bills or tab.key not in ("billed", "unbilled")]

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Sheets may be dropped onto the list."""
        if self.context.may("trips.submit") and any(url.isLocalFile() for url in event.mimeData().urls()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """The import begins with what was dropped."""
        paths = [Path(url.toLocalFile()) for url in event.mimeData().urls() if url.isLocalFile()]
        if paths:
            event.acceptProposedAction()
            self.deeds.import_files(paths)

    def refresh(self) -> None:
        """Open the list again; scroll and cursor stay."""
        self.model.reload()
        self._count_views()

    def open_with(self, **parameters: Any) -> None:
        """month, view, filters (texts by column key), ref (a trip to find) or trip (its id, in whatever month)."""
        if "trip" in parameters:
            self._find_trip(parameters["trip"])
            return
        if isinstance(parameters.get("month"), date):
            self.context.set_month(parameters["month"])
        if "view" in parameters:
            self.views.select(str(parameters["view"]))
        texts: Mapping[str, str] = parameters.get("filters") or {}
        if "sheet" in parameters:
            self.deeds.import_sheet(parameters["sheet"])
        elif parameters.get("folders"):
            self.deeds.open_folders()
        if "ref" in parameters:
            texts = {**texts, "ref": f"={parameters['ref']}"}
        self.table.set_filters(texts)
        self._reopen()

    def _find_trip(self, trip_id: UUID) -> None:
        """Go to the month of a stored trip and filter by its reference."""
        session = self.context.signed_in

        def read() -> Any:
            with session.unit_of_work(name="trip") as uow:
                return uow.trips.get(trip_id)

        def show(found: Any) -> None:
            if found is None:
                self.context.messages.status("This trip is not stored any more", "ban")
                return
            day = found.start_time.astimezone(self.context.zone).date()
            self.open_with(month=day.replace(day=1), ref=found.external_ref)

        self.query(read, show, key="find")

    def _connect(self) -> None:
        self.table.current_changed.connect(self._show)
        self.table.opened.connect(self._show)
        self.table.filters_changed.connect(self._on_filters)
        self.table.loaded.connect(self._on_loaded)
        self.panel.stepped.connect(self.table.step)
        self.panel.closed.connect(lambda: self.table.view.mark_row(-1))

    def _offer(self) -> None:
        deeds, may_add = self.deeds, "trips.submit"
        load = Action("trips.import", "Import trips…", deeds.import_sheet, "Ctrl+I", icon="upload", needs=may_add)
        folders = Action("trips.folders", "Watched folders…", deeds.open_folders, icon="folder-open", needs=may_add)
        correct = Action(
            "trips.correct", "Correct the trip…", deeds.correct_current, "Ctrl+E", icon="pencil",
            needs="trips.correct_submitted",
        )  # fmt: skip
        add = Action("trips.add", "Add a trip…", deeds.add, icon="plus", needs=may_add)
        inbox = Action("trips.inbox", "Sent in by vendors…", deeds.open_inbox, icon="layers", needs="trips.accept")
        imports = Action("trips.imports", "Earlier imports…", deeds.open_imports, icon="history", needs=may_add)
        for action in (load, imports, folders, correct, add, inbox):
            self.add_action(action)
        if load.allowed(self.context.may):
            button = Button("Import trips…", "primary", icon="upload", on_click=deeds.import_sheet, tip=load.tooltip())
            self.header.add_right(button)
        self._say_none()
        deeds.offer_menu()

    def _say_none(self) -> None:
        """What an empty list means in the view that is open."""
        if self.views.base in NONE_IN_VIEW:
            self.table.set_empty(*NONE_IN_VIEW[self.views.base])
            return
        words, may_add = "Import a vendor's trip sheet, or pick another month.", self.context.may("trips.submit")
        offered = [("Import trips…", self.deeds.import_sheet)] if may_add else []
        self.table.set_empty("route", "No trips in this month", words, offered)

    def _query(self, listing: Listing) -> TripList:
        from billing.store.queries_trips import TripList

        return TripList(
            self.context.signed_in,
            listing,
            month=self.context.month,
            view=self.views.base,
            client_id=self.context.client_id,
        )

    def _reopen(self) -> None:
        self._say_none()
        self.model.reload()

    def _on_month(self, month: date) -> None:
        self._stepper.set_month(month)
        self.make_stale()

    def _on_filters(self, count: int) -> None:
        self._filters_label.setText(formats.plural(count, "filter") if count else "")
        self._clear.setVisible(bool(count))

    def _on_loaded(self) -> None:
        self.say(f"{formats.plural(self.model.total_rows, 'trip')} read", "state:tick")

    def _show(self, trip: TripRow | None) -> None:
        if trip is None:
            if not self.table.view.currentIndex().isValid():
                self.panel.hide()
            return
        self.panel.set_width(440 if self.width() >= WIDE_FROM else 348)
        self.table.view.mark_row(self.table.view.currentIndex().row())
        self.panel.show_trip(trip, state_code(trip))

    def _count_views(self) -> None:
        from billing.store.queries_trips import TripList

        session, month, client = self.context.signed_in, self.context.month, self.context.client_id

        def read() -> dict[str, int]:
            lists = {key: TripList(session, Listing(), month=month, view=key, client_id=client) for key in COUNTED}
            return {key: found.open().count for key, found in lists.items()}

        self.query(read, self._show_counts, key="counts")

    def _show_counts(self, counts: dict[str, int]) -> None:
        for key, count in counts.items():
            self.views.set_count(key, count or None)
        self._inbox.setVisible(counts["submitted"] > 0 and self.context.may("trips.accept"))

    def _show_waiting(self) -> None:
        waiting = len(self.context.watched.waiting) if self.context.watched is not None else 0
        self._waiting.set_text(f"{formats.plural(waiting, 'sheet')} waiting")
        self._waiting.setVisible(waiting > 0)
