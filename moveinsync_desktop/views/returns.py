"""Tax returns of a month: where e-invoices stand, GSTR-1 of each supplier, the TDS register, input tax credit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QStackedWidget

from billing.invoicing.tds import year_of
from moveinsync_desktop import formats
from moveinsync_desktop.actions import Action
from moveinsync_desktop.models import return_rows
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.views.invoice_files import InvoiceFiles, open_folder
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets import (
    Button,
    DataTable,
    MenuButton,
    MessageBar,
    ProgressStrip,
    Tab,
    TabBar,
    column,
    label,
    plain,
)
from moveinsync_desktop.views.widgets.period_stepper import PeriodStepper


@dataclass(frozen=True, slots=True)
class Page:
    """A tab: its list, what a line is called, what an empty one means."""

    key: str
    title: str
    noun: str
    columns: tuple[Any, ...]
    row_key: str
    words: str


PAGES = (
    Page("portal", "E-invoices", "document", return_rows.PORTAL_COLUMNS, "invoice_id",
         "Documents dated in this month appear here."),
    Page("gstr1", "GSTR-1", "supplier", return_rows.RETURN_COLUMNS, "gstin",
         "Suppliers with documents dated in this month appear here."),
    Page("tds", "TDS register", "document", return_rows.TDS_COLUMNS, "number",
         "Documents of this financial year appear here."),
    Page("itc", "Input tax credit", "document", return_rows.CREDIT_COLUMNS, "number",
         "Documents with tax dated in this month appear here."),
)  # fmt: skip


class ReturnsScreen(Screen):
    """A tab for each return of `month`; files are made from the same figures as the screen."""

    id = "returns"
    title = "Tax returns"
    tables = frozenset({"invoices", "einvoices", "ims_answers", "settings", "vehicles", "tds_rates", "contracts"})

    def build(self) -> None:
        """Header, tabs, lists."""
        self.month = self.context.signed_in.now().astimezone(self.context.zone).date().replace(day=1)
        self._stepper = PeriodStepper(self.month)  # of the documents' dates, not the billed month
        self._stepper.changed.connect(self._set_month)
        self.header.add_left(label("Documents dated", c="ink2"), self._stepper)
        self.strip, self.bar = ProgressStrip(), MessageBar(inset=True)
        self.files = InvoiceFiles(self, self.strip)
        self.answers_button = Button("Read answers…", icon="upload", on_click=self.files.import_answers)
        self.save_button = Button("Save…", "primary", icon="download", on_click=self.save)
        items = [("What the client did with it (IMS)…", self.record_ims), ("The portal's keys…", self.show_keys)]
        self.portal_menu = MenuButton("Portal", items)
        self.header.add_right(self.portal_menu, self.answers_button, self.save_button)
        self.add_action(
            Action("returns.ims", "What the client did with a credit note…", self.record_ims, "Ctrl+M",
                   needs="ims.record")
        )  # fmt: skip
        self.add_action(Action("returns.save", "Save the return or register…", self.save, "Ctrl+S", icon="download"))
        self.tabs = TabBar([Tab(page.key, page.title) for page in PAGES])
        self.tabs.chosen.connect(lambda _key: self._show_page())
        self.stack = QStackedWidget()
        self.models: dict[str, RowsModel] = {}
        for page in PAGES:
            self._make_table(page)
        self.body.addWidget(self.strip)
        self.body.addWidget(self.tabs)
        self.body.addWidget(plain(column(self.bar, self.stack)), 1)
        self._arrange()

    def _make_table(self, page: Page) -> None:
        model = RowsModel(page.columns)
        model.set_reader(self.refresh)
        table = DataTable(
            model, name=f"returns.{page.key}", noun=page.noun, settings=self.context.settings,
            messages=self.context.messages, key=page.row_key,
        )  # fmt: skip
        table.set_empty("file-badge", "Nothing in this month", page.words)
        if page.key != "gstr1":
            table.opened.connect(lambda row: self.context.open("invoices", invoice=row.number))
        if page.key == "portal":
            table.add_menu_item("What the client did with it (IMS)…", lambda _rows: self.record_ims())
            self.portal_table = table
        self.models[page.key] = model
        self.stack.addWidget(table)

    def _set_month(self, month: date) -> None:
        self.month = month.replace(day=1)
        self._stepper.set_month(self.month)
        self.refresh()

    @property
    def shown(self) -> Page:
        """The tab that is open."""
        return next(page for page in PAGES if page.key == self.tabs.current)

    def open_with(self, **parameters: Any) -> None:
        """tab: which return; month: a date in it."""
        if parameters.get("tab") in self.models:
            self.tabs.set_current(str(parameters["tab"]))
        if isinstance(parameters.get("month"), date):
            self.month = parameters["month"].replace(day=1)
            self._stepper.set_month(self.month)
        self._show_page()

    def _show_page(self) -> None:
        self._arrange()
        self.refresh()

    def _arrange(self) -> None:
        """The list and the buttons of the tab."""
        page = self.shown
        self.stack.setCurrentIndex(PAGES.index(page))
        self.portal_menu.setVisible(page.key == "portal")
        self.answers_button.setVisible(page.key == "portal" and self.context.may("einvoices.record"))
        self.save_button.set_text("Export for the portal…" if page.key == "portal" else "Save…")

    def record_ims(self) -> None:
        """Record what the client did with the credit note in hand."""
        chosen = self.portal_table.current if self.shown.key == "portal" else None
        if chosen is None or chosen.credit_until is None:
            self.context.messages.toast(
                "Choose a credit note first", "Clients accept or reject credit notes that reduce the tax.", tone="info"
            )
            return
        from moveinsync_desktop.views.dialogs.ims_answer import ImsDialog

        ImsDialog(self, chosen).exec()

    def show_keys(self) -> None:
        """The portal's public keys, with which its answers are checked."""
        from moveinsync_desktop.views.dialogs.portal_keys import PortalKeysDialog

        PortalKeysDialog(self).exec()

    def refresh(self) -> None:
        """Read the return that is shown."""
        page = self.shown
        if self.context.client_id is None:
            self.models[page.key].set_rows([])
            self.bar.show_message("info", "Choose a client: returns are of one client's documents.")
            return
        readers: dict[str, Callable[[], tuple[list[Any], str]]] = {
            "portal": self._read_portal, "gstr1": self._read_gstr1, "tds": self._read_tds, "itc": self._read_itc,
        }  # fmt: skip
        model = self.models[page.key]
        model.set_loading()
        self.query(readers[page.key], lambda found: self._fill(page, *found), on_error=model.set_error)

    def _fill(self, page: Page, rows: list[Any], words: str) -> None:
        self.models[page.key].set_rows(rows)
        if page is not self.shown:
            return
        if words:
            self.bar.show_message("warning", words)
        else:
            self.bar.hide()
        self.say(f"{formats.plural(len(rows), page.noun)} read", "state:tick")

    @property
    def _client(self) -> str:
        return str(self.context.client_id)

    def _read_portal(self) -> tuple[list[Any], str]:
        from billing.services.einvoices import reconcile

        rows = reconcile(self.context.signed_in, client=self._client, month=self.month)
        return rows, return_rows.summary_of(rows)

    def _read_gstr1(self) -> tuple[list[Any], str]:
        from billing.services.returns import read_gstr1

        contents, unregistered = read_gstr1(self.context.signed_in, client=self._client, month=self.month)
        words = (
            f"{formats.plural(unregistered, 'document')} of suppliers without a GSTIN left out" if unregistered else ""
        )
        return [return_rows.return_row(one) for one in contents], words

    def _read_tds(self) -> tuple[list[Any], str]:
        from billing.services.taxes import read_tds

        rows = read_tds(self.context.signed_in, client=self._client, first_year=year_of(self.month))
        return rows, return_rows.tds_due(rows)

    def _read_itc(self) -> tuple[list[Any], str]:
        from billing.services.taxes import read_itc

        rows = read_itc(self.context.signed_in, client=self._client, month=self.month)
        return [return_rows.credit_row(one) for one in rows], ""

    def save(self) -> None:
        """The return that is shown, as files."""
        {"portal": self._export_waiting, "gstr1": self._save_gstr1}.get(self.shown.key, self._save_register)()

    def _export_waiting(self) -> None:
        """All documents that wait for the portal, as one file."""
        from billing.services.exports import export_documents

        waiting = [str(row.invoice_id) for row in self.models["portal"].rows if row.state == "waiting"]
        if not waiting:
            self.context.messages.toast("Nothing waits for the portal", "All of this month is registered.", tone="info")
            return
        name = f"einvoices-{self.month:%Y-%m}.json"
        target, _kind = QFileDialog.getSaveFileName(self, "Export for the portal", name, "JSON (*.json)")
        if target:
            session = self.context.signed_in
            words: dict[str, Any] = {"invoices": waiting, "target": Path(target), "formats": ("einvoice",)}
            self._write(lambda progress: list(export_documents(session, progress=progress, **words).files))

    def _save_gstr1(self) -> None:
        from billing.services.returns import FORMATS, write_gstr1

        folder = QFileDialog.getExistingDirectory(self, "Save GSTR-1 in")
        if folder:
            session, words = self.context.signed_in, {"client": self._client, "month": self.month}
            self._write(
                lambda progress: write_gstr1(
                    session,
                    target=Path(folder),
                    formats=FORMATS,
                    progress=progress,
                    **words,  # type: ignore[arg-type]
                )[0]
            )

    def _save_register(self) -> None:
        from billing.services import taxes

        page, session, client, month = self.shown, self.context.signed_in, self._client, self.month
        name = f"{page.title} {month:%Y-%m}.xlsx"
        target, _kind = QFileDialog.getSaveFileName(self, "Save the register", name, "Excel (*.xlsx);;CSV (*.csv)")
        if not target:
            return

        def write(_progress: Any) -> list[Path]:
            if page.key == "tds":
                table = taxes.tds_sheet(taxes.read_tds(session, client=client, first_year=year_of(month)))
            else:
                table = taxes.itc_sheet(taxes.read_itc(session, client=client, month=month))
            return [taxes.write_table(Path(target), table)]

        self._write(write)

    def _write(self, write: Callable[[Any], list[Path]]) -> None:
        job = self.command(write, self._on_written, title="Saving")
        self.strip.follow(job, "Saving")

    def _on_written(self, paths: list[Path]) -> None:
        first = paths[0]
        title = f"{first.name} saved" if len(paths) == 1 else f"{len(paths)} files saved"
        self.context.messages.toast(
            title, str(first.parent), action="Open folder", on_action=lambda: open_folder(first)
        )
