"""Starting in the middle of a year: what is known, forms to add, a sheet for many, and the way back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from PySide6.QtWidgets import QFileDialog

from billing.invoicing.doc_types import TITLES
from billing.schemas.openings import OpeningInvoice, Openings, OpeningSeries, OpeningUsage
from moveinsync_desktop import formats
from moveinsync_desktop.models.columns import Column
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.views.dialogs.confirm import ConfirmDialog, PlainDialog
from moveinsync_desktop.views.dialogs.opening_forms import OpenInvoiceDialog, UsageDialog
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets import Button, DataTable, MenuButton, label

NOBODY = UUID(int=0)
SHEET = "Excel workbook (*.xlsx)"


@dataclass(frozen=True, slots=True)
class OpeningRow:
    """One opening value as the list shows it."""

    what: str
    name: str
    second: str
    when: date | None
    figure: str
    open_amount: int | None
    id: UUID | None
    record: Any


def rows_of(openings: Openings) -> list[OpeningRow]:
    """The opening values in one list: usage, open invoices, number series."""
    return (
        [_usage(one) for one in openings.usage]
        + [_invoice(one) for one in openings.invoices]
        + [_series(one) for one in openings.series]
    )


def _usage(one: OpeningUsage) -> OpeningRow:
    figure = f"{formats.km(one.distance_m)} km"
    if one.duty_s:
        figure += f", {one.duty_s // 3600}:{one.duty_s % 3600 // 60:02d} h"
    return OpeningRow("Used up before", one.contract_name, one.vendor_code, one.month, figure, None, one.id, one)


def _invoice(one: OpeningInvoice) -> OpeningRow:
    kind = TITLES[one.doc_type]
    return OpeningRow(
        f"Open {kind.lower()}", one.number, one.vendor_name, one.invoice_date, formats.money(one.total),
        one.open_amount, one.id, one,
    )  # fmt: skip


def _series(one: OpeningSeries) -> OpeningRow:
    kind = TITLES.get(one.doc_type, one.doc_type.replace("_", " ").capitalize())
    return OpeningRow(
        "Number series", f"{one.prefix}/{one.year}", f"{kind}s of {one.vendor_code}", None,
        f"next {one.next_number}", None, None, one,
    )  # fmt: skip


COLUMNS = (
    Column("what", "What", "text", 148),
    Column("name", "Contract, document or series", "two", 220, second="second", stretch=True),
    Column("when", "Date", "date", 104),
    Column("figure", "Value", "text", 168),
    Column("open_amount", "Open ₹", "money", 118, total=True),
)


class OpeningDialog(PlainDialog):
    """Attributes: table. Adding and taking back read the list again."""

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen, "Opening values", width=920)
        self._screen, self._context = screen, screen.context
        self._contracts: list[tuple[UUID, str]] = []
        self._vendors: list[tuple[UUID, str]] = []
        words = (
            "For a start in the middle of a year: km and hours that a month had used up before, invoices from before "
            "that are still open, and the next number of a series."
        )
        self.body.addWidget(label(words, c="ink2", wrap=True))
        self.model = RowsModel(COLUMNS)
        self.model.set_reader(self._read)
        self.table = DataTable(
            self.model, name="openings", noun="opening value", settings=self._context.settings,
            messages=self._context.messages, two_lines=True, filters=False,
        )  # fmt: skip
        self.table.set_empty("calendar-clock", "Nothing was brought along", "Add a value, or fill in the sheet.", ())
        self.table.current_changed.connect(lambda _row: self._refresh())
        self.body.addWidget(self.table, 1)
        self.add_button = MenuButton(
            "Add", [("Used up before…", self._add_usage), ("Open invoice…", self._add_invoice)]
        )
        self.sheet_button = MenuButton(
            "Sheet", [("Take a filled sheet…", self._import), ("Save the sheet to fill in…", self._template)]
        )
        self.remove_button = Button("Take back…", on_click=self._remove)
        for button in (self.add_button, self.sheet_button, self.remove_button):
            self.foot.addWidget(button)
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Close", "primary", on_click=self.accept))
        self.resize(920, 540)
        self._refresh()
        self._read()

    @property
    def _client(self) -> str | None:
        return str(self._context.client_id) if self._context.client_id else None

    def _read(self) -> None:
        from billing.services.contracts import list_contracts
        from billing.services.openings import read_openings

        session, client, client_id = self._context.signed_in, self._client, self._context.client_id
        self._screen.query(
            lambda: (read_openings(session, client=client), list_contracts(session, client_id=client_id)),
            self._show, key="openings", on_error=self.model.set_error,
        )  # fmt: skip

    def _show(self, found: tuple[Openings, list[Any]]) -> None:
        openings, views = found
        self._contracts = [(view.contract.id, f"{view.contract.name}, {view.vendor.name}") for view in views]
        self._vendors = list({view.vendor.id: (view.vendor.id, view.vendor.name) for view in views}.values())
        self.model.set_rows(rows_of(openings))
        self._refresh()

    def _refresh(self) -> None:
        current = self.table.current
        waits = "" if current is not None and current.id is not None else "Choose usage or an open invoice"
        self.remove_button.wait_for(waits)

    def _add_usage(self) -> None:
        from billing.services.openings import save_usage

        session, client = self._context.signed_in, self._client

        def save(one: OpeningUsage) -> Any:
            return save_usage(
                session, client=client, contract_id=one.contract_id, month=one.month, distance_m=one.distance_m,
                duty_s=one.duty_s, note=one.note,
            )  # fmt: skip

        first = OpeningUsage(self._contracts[0][0] if self._contracts else NOBODY, self._context.month)
        if UsageDialog(self._screen, first, self._contracts, save).exec():
            self._read()

    def _add_invoice(self) -> None:
        from billing.services.openings import save_open_invoice

        session, client = self._context.signed_in, self._client

        def save(one: OpeningInvoice) -> Any:
            return save_open_invoice(session, invoice=one, client=client)

        vendor = self._vendors[0][0] if self._vendors else NOBODY
        begun = OpeningInvoice(vendor, "", date.today(), 0, 0)
        if OpenInvoiceDialog(self._screen, begun, self._vendors, save).exec():
            self._read()

    def _import(self) -> None:
        from billing.services.openings import import_openings

        chosen, _ = QFileDialog.getOpenFileName(self, "Take opening values", "", "Sheets (*.xlsx *.xls *.csv)")
        if chosen:
            session, client, path = self._context.signed_in, self._client, Path(chosen)
            self._screen.command(
                lambda _progress: import_openings(session, path=path, client=client), self._on_imported, title="Reading"
            )

    def _on_imported(self, result: tuple[Openings, Any]) -> None:
        taken = result[0]
        count = len(taken.usage) + len(taken.invoices) + len(taken.series)
        self._context.messages.toast(f"{formats.plural(count, 'opening value')} taken", "")
        self._read()

    def _template(self) -> None:
        from billing.exchange.opening_sheet import write_opening_template

        chosen, _ = QFileDialog.getSaveFileName(self, "Save the sheet", "opening-values.xlsx", SHEET)
        if chosen:
            self._screen.command(lambda _progress: write_opening_template(Path(chosen)), title="Writing")

    def _remove(self) -> None:
        from billing.services.openings import remove_opening

        current = self.table.current
        if current is None or current.id is None:
            return
        asked = ConfirmDialog(
            self, f"Take {current.name} back?", "The opening value is removed; the audit log keeps it.", "Take back",
            danger=True, reason="Why is it taken back?",
        )  # fmt: skip
        if asked.ask():
            session, client, why = self._context.signed_in, self._client, asked.reason
            self._screen.command(
                lambda _progress: remove_opening(session, opening_id=current.id, reason=why, client=client),
                lambda _done: self._read(),
                title="Taking back",
            )
