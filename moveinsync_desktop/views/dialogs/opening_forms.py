"""Small forms of opening values: what a month had used up before, a document of the program before that is open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

from billing.invoicing.doc_types import TITLES
from billing.schemas.openings import OpeningInvoice, OpeningUsage
from moveinsync_desktop.views.dialogs.party_dialog import PartyDialog, Save, text
from moveinsync_desktop.views.lookups import PartyLookups
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets.choices import Combo
from moveinsync_desktop.views.widgets.fields import AmountField, DateField, KmField, NumberField
from moveinsync_desktop.views.widgets.forms import FormRow

_SECONDS = 3600
Choices = Sequence[tuple[UUID, str]]


def _missing(values: dict[str, Any], keys: Sequence[str]) -> dict[str, str]:
    return {key: "is needed" for key in keys if values[key] is None}


class UsageDialog(PartyDialog):
    """Km and duty hours of a contract's first month that were used up before."""

    def __init__(self, screen: Screen, usage: OpeningUsage, contracts: Choices, save: Save) -> None:
        self._contracts = contracts
        super().__init__(screen, "Used up before", "Save usage", usage, save, width=660)

    def rows(self) -> list[FormRow]:
        """Contract, month, km, hours."""
        contract = Combo(self._contracts, name="Contract", search=True)
        contract.setFixedWidth(320)
        return [
            FormRow("Contract", contract, key="contract_id"),
            FormRow("Month", DateField(name="Month"), key="month", hint="any day of it"),
            FormRow("Distance", KmField(), key="distance_m", hint="km of the month run before"),
            FormRow("Duty", NumberField(unit="h", name="Duty", decimals=2), key="duty_s", hint="hours worked before"),
            FormRow("Note", text("Note"), key="note"),
        ]

    def values_of(self, record: Any) -> dict[str, Any]:
        """Duty is shown in hours."""
        values = super().values_of(record)
        duty = Decimal(record.duty_s) / _SECONDS if record.duty_s else None
        return values | {"duty_s": duty, "distance_m": record.distance_m or None}

    def typed(self) -> Any:
        """Duty is stored in seconds, the month as its first day."""
        values = self.form.values()
        duty = int((values["duty_s"] or 0) * _SECONDS)
        more = {"distance_m": values["distance_m"] or 0, "duty_s": duty, "note": values["note"] or ""}
        day, contract = values["month"], values["contract_id"]
        return replace(self.record, contract_id=contract, month=day.replace(day=1), **more)

    def accept(self) -> None:
        """Contract and month are needed."""
        errors = _missing(self.form.values(), ("contract_id", "month"))
        if errors:
            self.form.show_errors(errors)
            return
        super().accept()


class OpenInvoiceDialog(PartyDialog):
    """A document of the program before that is not settled yet."""

    def __init__(self, screen: Screen, invoice: OpeningInvoice, vendors: Choices, save: Save) -> None:
        self._vendors = vendors
        super().__init__(screen, "Open invoice from before", "Save invoice", invoice, save, width=660)

    def rows(self) -> list[FormRow]:
        """Vendor, document, dates, amounts."""
        vendor = Combo(self._vendors, name="Vendor", search=True)
        vendor.setFixedWidth(320)
        PartyLookups(self._screen).attach(vendor, "vendors")
        return [
            FormRow("Vendor", vendor, key="vendor_id"),
            FormRow("Document", Combo(tuple(TITLES.items()), name="Document"), key="doc_type"),
            FormRow("Number", text("Number"), key="number"),
            FormRow("Date", DateField(name="Date"), key="invoice_date"),
            FormRow("Due", DateField(name="Due"), key="due_date", hint="empty: not agreed"),
            FormRow("Total", AmountField(name="Total"), key="total"),
            FormRow("Open", AmountField(name="Open"), key="open_amount", hint="what is not paid yet"),
            FormRow("Note", text("Note"), key="note"),
        ]

    def values_of(self, record: Any) -> dict[str, Any]:
        """A figure that was not typed yet is empty."""
        values = super().values_of(record)
        return values | {key: values[key] or None for key in ("total", "open_amount")}

    def typed(self) -> Any:
        """The document as it was typed."""
        values = self.form.values()
        return replace(self.record, **values | {"note": values["note"] or "", "number": values["number"].upper()})

    def accept(self) -> None:
        """Vendor, number, date and amounts are needed."""
        errors = _missing(self.form.values(), ("vendor_id", "number", "invoice_date", "total", "open_amount"))
        if errors:
            self.form.show_errors(errors)
            return
        super().accept()
