"""The base of every screen, and the list of screens.

    class TripsScreen(Screen):
        id, title = "trips", "Trips"
        tables = frozenset({"app.trips", "app.import_batches"})     # commands that touch these make it stale

        def build(self) -> None:                                    # once, when first shown
            self.header.add_left(...); self.header.add_right(...)
            self.body.addWidget(table, 1)                           # QVBoxLayout under the header
            self.set_inspector(Inspector())                         # optional, full height at the right
            self.add_action(Action("trips.import", "Import trips…", self._import, "Ctrl+I", icon="upload"))

        def refresh(self) -> None:                                  # read again, in a worker
            self.query(lambda: read(self.context.signed_in), self._show, key="rows")

        def open_with(self, **parameters) -> None: ...              # context.open("trips", ...)

Tables named in `Changes` come with or without the schema prefix; both match. Hidden screens only become stale and
refresh when they are shown again.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, ClassVar

from PySide6.QtCore import QRect
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from billing.schemas.changes import Changes
from moveinsync_desktop import formats
from moveinsync_desktop.actions import Action, May
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.views.widgets.basics import frame
from moveinsync_desktop.views.widgets.header import PageHeader
from moveinsync_desktop.views.widgets.inspector import Inspector
from moveinsync_desktop.views.widgets.placeholder import Placeholder
from moveinsync_desktop.workers import Job, Progress

if TYPE_CHECKING:
    from moveinsync_desktop.views.widgets.table import DataTable


class Screen(QWidget):
    """One page of the window. Attributes: context, header, body (QVBoxLayout), inspector (or None)."""

    id: ClassVar[str] = ""
    title: ClassVar[str] = ""
    tables: ClassVar[frozenset[str]] = frozenset()
    needs_client: ClassVar[bool] = True
    """Does it show one client's data? Without any client it leads to where the first one is added."""

    def __init__(self, context: AppContext, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context = context
        self.inspector: Inspector | None = None
        self.is_stale = True
        self._is_built = False
        self._has_said = False
        self._cover: Placeholder | None = None
        outer = QHBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self.page = frame("page")
        self.header = PageHeader(self.title)
        self.body = QVBoxLayout()
        self.body.setContentsMargins(0, 0, 0, 0)
        self.body.setSpacing(0)
        column = QVBoxLayout(self.page)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addLayout(self.body, 1)
        outer.addWidget(self.page, 1)
        self.setAccessibleName(self.title)

    def build(self) -> None:
        """Make the widgets; called once before the screen is first shown."""

    def refresh(self) -> None:
        """Read everything again."""

    def open_with(self, **parameters: Any) -> None:
        """Somebody came here with something in mind."""

    def ensure_built(self) -> None:
        """Build now if that has not happened."""
        if not self._is_built:
            self._is_built = True
            self.build()

    def on_changes(self, changes: Changes) -> None:
        """A command was committed: refresh, now or when shown."""
        mine = {name.rpartition(".")[2] for name in self.tables}
        if mine & {name.rpartition(".")[2] for name in changes.tables}:
            self.make_stale()

    def make_stale(self) -> None:
        """What is shown is old."""
        self.is_stale = True
        if self.isVisible():
            self._refresh_now()

    def say(self, words: str, icon: str = "", token: str = "ink2") -> None:
        """Tell the state of this screen in the status bar, for as long as the screen is open."""
        self._has_said = True
        self.context.messages.status(words, icon, token, of=self.id)

    def set_inspector(self, panel: Inspector) -> Inspector:
        """Put a side panel at the right, full height."""
        self.inspector = panel
        layout = self.layout()
        if layout is not None:
            layout.addWidget(panel)
        return panel

    def add_action(self, action: Action) -> None:
        """Offer something while this screen is open."""
        self.context.actions.add(dataclasses.replace(action, scope=self.id))

    @property
    def row_in_hand(self) -> Any:
        """The record under the cursor of the screen's list (None: none), whose history Ctrl+H tells."""
        return getattr(getattr(self, "table", None), "current", None)

    def show_history(self) -> None:
        """Who changed the record in hand, from the audit log."""
        from moveinsync_desktop.views.dialogs.record_history import show_history

        show_history(self, self.context, self.row_in_hand)

    def offer_history(self, table: DataTable) -> None:
        """Put the history of a row into its menu, for who may read the log."""
        if self.context.may("audit.read"):
            table.add_menu_item("History…  Ctrl H", lambda _rows: self.show_history())

    def query(self, fn: Callable[[], Any], on_done: Callable[[Any], None], *, key: str = "refresh",
              on_error: Callable[[Exception], None] | None = None) -> Job:  # fmt: skip
        """Read in a worker; a newer query of the same key replaces the older. Errors become a notice."""
        cancel = self.context.session.cancel_running if self.context.session is not None else None
        report = on_error or self.context.messages.error
        done = on_done if key != "refresh" else partial(self._on_refreshed, on_done)
        return self.context.workers.run_query(fn, done, report, owner=self, key=key, on_cancel=cancel)

    def _on_refreshed(self, on_done: Callable[[Any], None], result: Any) -> None:
        """Show what was read; a screen that has nothing of its own to say tells how old that is."""
        self._has_said, news = False, self.context.messages.last_status
        on_done(result)
        if not self._has_said and self.context.messages.last_status is news:
            self.say(f"Up to date {formats.clock(self.context.signed_in.now(), self.context.zone)}", "state:tick")

    def command(self, fn: Callable[[Progress], Any], on_done: Callable[[Any], None] | None = None, *, title: str = "",
                on_error: Callable[[Exception], None] | None = None) -> Job:  # fmt: skip
        """Change something in the command worker; cancelling cancels on the server. Errors become a notice."""
        session = self.context.signed_in
        return self.context.workers.run_command(
            fn, on_done, on_error or self.on_command_error, title=title, owner=self, on_cancel=session.cancel_running
        )

    def on_command_error(self, error: Exception) -> None:
        """A command failed or was cancelled: say so, the form stays as it is."""
        from billing.schemas.changes import Cancelled

        if isinstance(error, Cancelled):
            self.context.messages.status("Cancelled, nothing was changed", "ban")
        else:
            self.context.messages.error(error)

    def showEvent(self, event: QShowEvent) -> None:
        """Build and refresh when needed."""
        super().showEvent(event)
        self.ensure_built()
        if self.is_stale:
            self._refresh_now()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What covers the page covers all of it."""
        super().resizeEvent(event)
        if self._cover is not None:
            self._cover.setGeometry(self._below_header())

    def _refresh_now(self) -> None:
        self.is_stale = False
        if self.needs_client and self._has_no_client:
            self._lead_to_the_first_client()
            return
        if self._cover is not None:
            self._cover.deleteLater()
            self._cover = None
        self.refresh()

    @property
    def _has_no_client(self) -> bool:
        return self.context.session is not None and self.context.sees_every_client and self.context.client_id is None

    def _lead_to_the_first_client(self) -> None:
        """A new workspace: say what comes first, wherever the user has gone."""
        if self._cover is None:
            self._cover = Placeholder(self)
        self._cover.setGeometry(self._below_header())
        words = "The way to the first bill: a client and its vendors, a contract, a trip sheet."
        begin = ("Add the first client…", lambda: self.context.open("parties", tab="clients", add=True))
        self._cover.show_empty("building-2", "No clients yet", words, [begin])

    def _below_header(self) -> QRect:
        return self.rect().adjusted(0, self.header.height(), 0, 0)


@dataclass(frozen=True, slots=True)
class Section:
    """An entry of the rail: which screen, under which heading; `needs` is the operation that opens it."""

    id: str
    title: str
    icon: str
    module: str
    factory: str
    needs: str
    group: str = ""

    @property
    def exists(self) -> bool:
        """Is its module there? A rail never shows a dead entry."""
        return find_spec(f"moveinsync_desktop.views.{self.module}") is not None

    def make(self, context: AppContext) -> Screen:
        """Build the screen (imports it)."""
        module = import_module(f"moveinsync_desktop.views.{self.module}")
        screen: Screen = getattr(module, self.factory)(context)
        return screen


SECTIONS = (
    Section("overview", "Overview", "chart-no-axes-column", "overview", "OverviewScreen", "analytics.view"),
    Section("trips", "Trips", "route", "trips", "TripsScreen", "trips.view"),
    Section("calculator", "Calculator", "calculator", "calculator", "CalculatorScreen", "calculator.use"),
    Section("month_inputs", "Month inputs", "gauge", "month_inputs", "MonthInputsScreen", "inputs.edit", "Month end"),
    Section("quality", "Odd trips", "circle-alert", "quality", "QualityScreen", "trips.odd", "Month end"),
    Section("billing_runs", "Billing runs", "layers", "billing_runs", "BillingRunsScreen", "billing.run", "Month end"),
    Section("invoices", "Invoices", "receipt-indian-rupee", "invoices", "InvoicesScreen", "invoices.view", "Month end"),
    Section("vendor_bills", "Vendor bills", "scale", "vendor_bills", "VendorBillsScreen", "vendor_bills.view",
            "Month end"),
    Section("payments", "Payments", "hand-coins", "payments", "PaymentsScreen", "payments.view", "Month end"),
    Section("returns", "Tax returns", "file-text", "returns", "ReturnsScreen", "invoices.view", "Month end"),
    Section("reports", "Reports", "file-chart-column", "reports", "ReportsScreen", "reports.view", "Month end"),
    Section("contracts", "Contracts", "file-badge", "contracts", "ContractsScreen", "contracts.view", "Set-up"),
    Section("parties", "Clients and vendors", "building-2", "parties", "PartiesScreen", "parties.list", "Set-up"),
    Section("users", "Users", "users", "users", "UsersScreen", "users.view", "Set-up"),
    Section("audit", "Audit", "shield-check", "audit", "AuditScreen", "audit.read", "System"),
    Section("monitor", "Monitor", "activity", "monitor", "MonitorScreen", "monitor.view", "System"),
    Section("settings", "Settings", "settings", "settings_page", "SettingsScreen", "settings.invoice", "System"),
)  # fmt: skip


def sections_for(may: May) -> list[Section]:
    """What the rail shows a user who `may` (SECURITY.md (c)); the database decides again."""
    return [section for section in SECTIONS if section.exists and may(section.needs)]
