"""Clients and vendors: who is driven, by whom, where bills go; and the way from nothing to the first billed month."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFileDialog, QStackedWidget

from billing.services.party_book import STEPS, PartyBook
from moveinsync_desktop.actions import Action
from moveinsync_desktop.models import party_rows, rate_rows
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.views.dialogs.employee_import import EmployeeImportDialog
from moveinsync_desktop.views.party_deeds import PartyDeeds
from moveinsync_desktop.views.party_inspector import PartyInspector
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets.basics import frame, label, row, stretch
from moveinsync_desktop.views.widgets.buttons import Button, LinkButton
from moveinsync_desktop.views.widgets.steps import Steps
from moveinsync_desktop.views.widgets.table import DataTable
from moveinsync_desktop.views.widgets.tabs import Tab, TabBar

FILES = "Sheets (*.xlsx *.xls *.csv *.tsv);;All files (*)"
NEXT = {
    "vendor": ("Enter the vendor that drives for this client", "Add vendor…"),
    "contract": ("Agree the rules with the vendor", "New contract"),
    "trips": ("Bring in the vendor's trip sheet", "Import trips"),
    "invoice": ("Bill the first month", "Run billing"),
}
WHERE = {"contract": "contracts", "trips": "trips", "invoice": "billing_runs"}


@dataclass(frozen=True, slots=True)
class Page:
    """A tab: its list, what one entry is called, and who may add one."""

    key: str
    title: str
    noun: str
    icon: str
    columns: tuple[Any, ...]
    rows_of: Callable[[PartyBook], list[Any]]
    words: str
    only_super: bool = False


PAGES = (
    Page("clients", "Clients", "client", "building-2", party_rows.CLIENT_COLUMNS, party_rows.client_rows,
         "A client is a company whose staff are driven.", only_super=True),
    Page("sites", "Sites", "site", "map-pin", party_rows.SITE_COLUMNS, party_rows.site_rows,
         "A site is where people work and where bills go."),
    Page("vendors", "Vendors", "vendor", "car", party_rows.VENDOR_COLUMNS, party_rows.vendor_rows,
         "A vendor runs the cabs and sends the trip sheets."),
    Page("employees", "Employees", "employee", "users", party_rows.EMPLOYEE_COLUMNS, party_rows.employee_rows,
         "Add them one by one, or import a list."),
    Page("vehicles", "Vehicles", "vehicle", "car", party_rows.VEHICLE_COLUMNS, party_rows.vehicle_rows,
         "Cabs that vendors run for the client."),
    Page("gst_rates", "Tax rates", "tax rate", "scale", rate_rows.GST_COLUMNS, rate_rows.gst_rows,
         "Percents of services by SAC, fuel, credit option and date.", only_super=True),
    Page("tds_rates", "TDS rates", "TDS rate", "scale", rate_rows.TDS_COLUMNS, rate_rows.tds_rows,
         "Tax deducted from payments, by status of the vendor and date.", only_super=True),
)  # fmt: skip


class PartiesScreen(Screen):
    """Attributes: tabs, tables (by tab), panel, book (what was read last)."""

    id, title = "parties", "Clients and vendors"
    needs_client = False
    tables = frozenset(
        {
            "clients", "client_sites", "vendors", "vendor_branches", "client_vendors", "employees", "vehicles",
            "contract_versions", "trips", "invoices", "gst_rates", "tds_rates", "letterheads",
        }
    )  # fmt: skip

    def build(self) -> None:
        """Make the tabs, a list for each, the side panel and the set-up strip."""
        self.book: PartyBook | None = None
        self._wants_add = False
        self.deeds = PartyDeeds(self, is_super=self._is_super)
        self.steps = Steps(["Client", "Vendor", "Contract", "Trips", "First invoice"])
        self._next_words = label("", c="ink2")
        self._next = LinkButton("", on_click=self._go_on)
        self._strip = frame("toolbar", row(self.steps, stretch(), self._next_words, self._next, margins=(16, 8, 16, 8)))
        self._strip.hide()
        self.tabs = TabBar([Tab(page.key, page.title) for page in PAGES])
        self.tabs.chosen.connect(self._show_page)
        self.stack = QStackedWidget()
        self.tables_by_key: dict[str, DataTable] = {}
        for page in PAGES:
            self._make_table(page)
        self.body.addWidget(self.tabs)
        self.body.addWidget(self._strip)
        self.body.addWidget(self.stack, 1)
        self.panel = PartyInspector(may_edit_vendors=self._is_super)
        self.panel.edit_wanted.connect(self._edit)
        self.panel.branch_wanted.connect(self.deeds.edit_branch)
        self.panel.letterhead_wanted.connect(self.deeds.edit_letterhead)
        self.panel.history_wanted.connect(self.deeds.show_history)
        self.panel.stepped.connect(lambda step: self._table.step(step))
        self.panel.closed.connect(lambda: self._table.view.mark_row(-1))
        self.set_inspector(self.panel)
        self._import_button = Button("Import…", icon="upload", on_click=self.import_employees)
        self._add_button = Button("Add", "primary", icon="plus", on_click=self.add, tip="Add  Ctrl N")
        self.header.add_right(self._import_button, self._add_button)
        self.add_action(Action("parties.add", "Add an entry to this list", self.add, "Ctrl+N", icon="plus"))
        self.add_action(
            Action("parties.employees", "Import employees…", self.import_employees, "Ctrl+I", icon="upload")
        )
        self.tabs.set_current("clients" if self._is_super else "vendors")
        self._show_page(self.tabs.current)

    @property
    def _is_super(self) -> bool:
        return self.context.may("clients.edit")

    @property
    def row_in_hand(self) -> Any:
        """The entry under the cursor of the open list."""
        return self._table.current

    @property
    def shown(self) -> Page:
        """The tab that is open."""
        return next(page for page in PAGES if page.key == self.tabs.current)

    @property
    def _table(self) -> DataTable:
        return self.tables_by_key[self.shown.key]

    def _make_table(self, page: Page) -> None:
        model = RowsModel(page.columns)
        model.set_reader(self.refresh)
        table = DataTable(
            model,
            name=f"parties.{page.key}",
            noun=page.noun,
            settings=self.context.settings,
            messages=self.context.messages,
        )
        actions: list[tuple[str, Callable[[], object]]] = []
        if self._may_add(page):
            actions = [(f"Add {page.noun}…", self.add)]
        if page.key == "employees":
            actions.insert(0, ("Import a list…", self.import_employees))
        table.set_empty(page.icon, f"No {page.title.lower()} yet", page.words, actions)
        table.current_changed.connect(self._show_row)
        self.offer_history(table)
        table.opened.connect(self._edit)
        self.tables_by_key[page.key] = table
        self.stack.addWidget(table)

    def _may_add(self, page: Page) -> bool:
        return self._is_super or not page.only_super

    # -- reading

    def refresh(self) -> None:
        """Read all parties again."""
        session, client = self.context.signed_in, self.context.client_id

        def read() -> PartyBook:
            from billing.services.party_book import read_party_book

            return read_party_book(session, client_id=client)

        self.query(read, self._on_read, on_error=self._on_read_error)

    def open_with(self, **parameters: Any) -> None:
        """tab: which list; add: True opens the form of a new entry."""
        tab = parameters.get("tab")
        if tab in self.tables_by_key:
            self.tabs.set_current(str(tab))
            self._show_page(str(tab))
        if parameters.get("add") and self.book is not None:
            QTimer.singleShot(0, self, self.add)  # once the screen is shown
        elif parameters.get("add"):
            self._wants_add = True

    def _on_read(self, book: PartyBook) -> None:
        self.book = book
        for page in PAGES:
            rows = page.rows_of(book)
            model = self.tables_by_key[page.key].model
            if isinstance(model, RowsModel):
                model.set_rows(rows)
            self.tabs.set_count(page.key, len(rows) or None)
            self._show_client_column(page, is_shown=len(book.clients) > 1)
        self._show_setup(book)
        if self._wants_add:
            self._wants_add = False
            QTimer.singleShot(0, self, self.add)
        self.panel.show_again(self._table.model.rows, may_edit=self._may_edit)  # type: ignore[attr-defined]

    def _show_client_column(self, page: Page, *, is_shown: bool) -> None:
        keys = [column.key for column in page.columns]
        if "client" in keys:
            view = self.tables_by_key[page.key].view
            view.filter_header.setSectionHidden(keys.index("client"), not is_shown)
            view.fit_columns()

    def _on_read_error(self, error: Exception) -> None:
        for table in self.tables_by_key.values():
            if isinstance(table.model, RowsModel):
                table.model.set_error(error)

    def _show_setup(self, book: PartyBook) -> None:
        self._strip.setVisible(bool(book.missing))
        if not book.missing:
            return
        step = book.missing[0]
        words, link = NEXT[step]
        self.steps.set_step(STEPS.index(step) + 1)
        self._next_words.setText(words)
        self._next.set_text(link)

    def _go_on(self) -> None:
        """The link of the set-up strip."""
        step = self.book.missing[0] if self.book and self.book.missing else ""
        if step == "vendor":
            self.tabs.set_current("vendors")
            self._show_page("vendors")
            self.add()
        elif step:
            self.context.open(WHERE[step], **({"new": True} if step == "contract" else {}))
            if step == "trips":
                QTimer.singleShot(0, self, self.context.actions.get("trips.import").handler)

    def _show_page(self, key: str) -> None:
        page = next(page for page in PAGES if page.key == key)
        self.stack.setCurrentWidget(self.tables_by_key[key])
        self._add_button.set_text(f"Add {page.noun}…")
        self._add_button.setVisible(self._may_add(page))
        self._import_button.setVisible(key == "employees")
        self.panel.hide()

    def _show_row(self, shown: Any) -> None:
        if shown is not None:
            self._table.view.mark_row(self._table.view.currentIndex().row())
            self.panel.show_row(shown, may_edit=self._may_edit(shown))

    def _may_edit(self, shown: Any) -> bool:
        needs_super = (party_rows.ClientRow, rate_rows.GstRateRow, rate_rows.TdsRateRow)
        return self._is_super or not isinstance(shown, needs_super)

    # -- deeds

    def add(self) -> None:
        """The form of a new entry of the open list."""
        if not self._may_add(self.shown) or (self.book is None and self.shown.key != "clients"):
            return
        if self.book is not None and not self.book.clients and self.shown.key != "clients":
            self.context.messages.toast("There is no client yet", "Add the client first.", tone="info")
            return
        self.deeds.add(self.shown.key, self.book)

    def _edit(self, shown: Any) -> None:
        """The form of an entry."""
        if shown is not None and self.book is not None and self._may_edit(shown):
            self.deeds.edit(shown, self.book)

    def import_employees(self) -> None:
        """Choose a file with employees and show what would change."""
        clients = self.book.clients if self.book else ()
        if len(clients) != 1:
            self.context.messages.toast(
                "Choose a client first", "A list of employees belongs to one client.", tone="info"
            )
            return
        name, _kind = QFileDialog.getOpenFileName(self, "Employees from a file", "", FILES)
        if name:
            EmployeeImportDialog(self, clients[0].id, Path(name)).exec()
