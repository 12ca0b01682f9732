"""The facts of a contract: who, where, which service; for a new one also the model and the first day.

dialog = ContractDialog(self, context, choices)                     # a new contract
dialog = ContractDialog(self, context, choices, contract=contract)  # its facts, not its rules
if dialog.exec(): dialog.contract, dialog.model, dialog.first_day
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from PySide6.QtWidgets import QDialog, QWidget

from billing.schemas.contracts import RENEWAL_CYCLES, Contract
from billing.schemas.ids import new_id
from billing.schemas.parties import Client, ClientSite
from billing.schemas.rating import BillingModelType
from moveinsync_desktop.models.typed_dates import add_months
from moveinsync_desktop.views.dialogs.kept_dialog import Fields, KeptDialog
from moveinsync_desktop.views.lookups import PartyLookups
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets.basics import label
from moveinsync_desktop.views.widgets.buttons import Button
from moveinsync_desktop.views.widgets.choices import Check, Combo, Segmented
from moveinsync_desktop.views.widgets.fields import DateField, NumberField, TextField
from moveinsync_desktop.views.widgets.forms import LABEL_WIDTH, Form, FormRow

if TYPE_CHECKING:
    from billing.services.parties import VendorOfClient

MODEL_HINTS = {
    "HYBRID": "A monthly fee with km included, then a rate for each km beyond",
    "PER_TRIP": "Every trip has a price of its own",
    "FIXED_PACKAGE": "A fee for each cab with km and hours included",
}
CYCLES = {
    "NONE": "No renewal", "MONTHLY": "Every month", "QUARTERLY": "Every quarter", "HALF_YEARLY": "Every half year",
    "YEARLY": "Every year",
}  # fmt: skip
FIELD = 300


@dataclass(frozen=True, slots=True)
class Choices:
    """What a contract can be made of; read before the dialog opens."""

    clients: tuple[Client, ...]
    sites: dict[UUID, tuple[ClientSite, ...]]
    vendors: dict[UUID, tuple[VendorOfClient, ...]]


class ContractDialog(KeptDialog):
    """Attributes: contract (as typed), model, first_day."""

    def __init__(
        self, parent: QWidget | None, choices: Choices, *, contract: Contract | None = None, today: date | None = None
    ) -> None:
        title = "New contract" if contract is None else f"Contract {contract.name}"
        super().__init__(parent, title, width=660)
        self._choices, self._old = choices, contract
        self.contract = contract
        self.form = Form(inset=0)
        self.note = label("", t="sm", c="ink3")
        self.note.setContentsMargins(LABEL_WIDTH + 10, 0, 0, 6)
        self._make_fields(today or date.today())
        self.add_scrolling(self.form)
        verb = "Next: rules" if contract is None else "Save contract"
        self.ok_button = Button(verb, "primary", on_click=self.accept)
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Cancel", on_click=self.reject))
        self.foot.addWidget(self.ok_button)
        self.form.saved.connect(self.accept)
        self.form.left.connect(self.reject)
        self._fill()
        if isinstance(parent, Screen):
            which = "new" if contract is None else f"{contract.id}:{contract.rev}"
            self.keep_typed(parent.context, which, Fields(self._kept(), self._fill_from))

    @property
    def model(self) -> str:
        """The billing model of the first version."""
        return str(self._model.value)

    @property
    def first_day(self) -> date | None:
        """The first version's first day."""
        return self._from.value

    def accept(self) -> None:
        """Take what was typed, if all of it can be."""
        if not self._check():
            return
        self.contract = self._typed()
        super().accept()

    def show_errors(self, errors: dict[str, str]) -> None:
        """Errors that only the service could find, at their fields."""
        self.form.show_errors(errors)

    def _make_fields(self, today: date) -> None:
        clients = [(client.id, f"{client.name}  {client.code}") for client in self._choices.clients]
        self._client = self._combo("Client", clients)
        self._vendor = self._combo("Vendor", ())
        self._site = self._combo("Billed to site", ())
        self._branch = self._combo("Vendor branch", ())
        screen = self.parent()
        if isinstance(screen, Screen):
            lookups = PartyLookups(screen)
            lookups.attach(self._site, "sites", client=lambda: self._client.value)
            lookups.attach(self._client, "clients")
            lookups.attach(self._vendor, "vendors", client=lambda: self._client.value)
        self._name = TextField(name="Name", width=FIELD)
        self._po = TextField(name="Purchase order", width=FIELD)
        self._sites = TextField(name="Trips of sites", width=FIELD)
        self._types = TextField(name="Trips of vehicle types", width=FIELD)
        for made in (
            FormRow("Client", self._client, key="client_id"),
            FormRow("Vendor", self._vendor, key="vendor_id", hint="" if self._old else "F3 adds one"),
            FormRow("Name", self._name, key="name", hint="of your choice"),
            *self._term_rows(today),
        ):
            self.form.add(made)
        if self._old is None:
            self.form.add_widget(self.note)
        rows = [
            FormRow("Billed to site", self._site, key="site_id"),
            FormRow("Vendor branch", self._branch, key="branch_id"),
            FormRow("Purchase order", self._po, key="po_number", hint="printed on invoices"),
            FormRow("Trips of sites", self._sites, key="scope_sites", hint="codes; empty: all"),
            FormRow("Vehicle types", self._types, key="scope_vehicle_types", hint="codes; empty: all"),
            *self._tax_rows(),
        ]
        for made in rows:
            self.form.add(made)
        self._client.chosen.connect(lambda _id: self._on_client())
        self._vendor.chosen.connect(lambda _id: self._on_vendor())
        self._model.chosen.connect(lambda _model: self.note.setText(MODEL_HINTS[self.model]))

    def _tax_rows(self) -> list[FormRow]:
        """What decides the percent, who pays it, and what the client may credit (GST.md 1)."""
        self._sac = TextField("996601", name="SAC", width=110)
        self._fuel = Check("Fuel is in the price", checked=True)
        self._reverse = Check("Tax under reverse charge")
        self._itc = Segmented([("RESTRICTED", "Restricted"), ("FULL", "Full")], "Vendor's input tax credit")
        self._seats = NumberField(unit="seats", whole=True, most=100, name="Seats", width=110)
        self._by_law = Check("A law obliges the client to drive these people")
        return [
            FormRow("SAC", self._sac, key="sac", hint="9966 cab with driver, 9964 passenger transport"),
            FormRow("Tax", [self._fuel, self._reverse], key="fuel_included"),
            FormRow("Vendor's credit", self._itc, key="itc_option", hint="full: the higher rate"),
            FormRow("Vehicle size", self._seats, key="seating_capacity", hint="where a cab's own is not recorded"),
            FormRow("", self._by_law, key="statutory_obligation"),
        ]

    def _term_rows(self, today: date) -> list[FormRow]:
        """Of a new contract its model and first day, of an old one when it renews."""
        self._cycle = self._combo("Renewal", [(code, CYCLES[code]) for code in RENEWAL_CYCLES])
        self._renews = DateField(name="Renews on", today=today)
        self._notice = NumberField(unit="days", whole=True, most=365, name="Notice", width=110)
        kinds = (BillingModelType.HYBRID, BillingModelType.PER_TRIP, BillingModelType.FIXED_PACKAGE)
        self._model = Segmented([(kind.value, kind.label) for kind in kinds], "Billing model")
        screen = self.parent()  # the month at hand is the one to be billed, so its contract begins there
        begins = screen.context.month if isinstance(screen, Screen) else add_months(today.replace(day=1), 1)
        self._from = DateField(begins, name="In force from", today=today)
        if self._old is None:
            return [
                FormRow("Billing model", self._model, key="model"),
                FormRow("In force from", self._from, key="valid_from", hint="+ and − step a day"),
            ]
        return [
            FormRow("Renewal", self._cycle, key="renewal_cycle"),
            FormRow("Renews on", self._renews, key="renews_on"),
            FormRow("Notice", self._notice, key="notice_days"),
        ]

    def _combo(self, name: str, choices: Sequence[tuple[object, str]]) -> Combo:
        made = Combo(choices, name=name, placeholder="Choose", search=True)
        made.setFixedWidth(FIELD)
        return made

    def _fill(self) -> None:
        old = self._old
        if old is None:
            if len(self._choices.clients) == 1:
                self._client.set_value(self._choices.clients[0].id)
            self._fill_client()
            self.note.setText(MODEL_HINTS[self.model])
            (self._vendor if self._client.value else self._client).setFocus()
            return
        self._client.set_value(old.client_id)
        self._fill_client()
        self._vendor.set_value(old.vendor_id)
        self._fill_vendor()
        self._site.set_value(old.site_id)
        self._branch.set_value(old.branch_id)
        for combo in (self._client, self._vendor):
            combo.setEnabled(False)
            combo.setToolTip("A contract keeps its client and vendor")
        self._name.set_value(old.name)
        self._sac.set_value(old.sac)
        self._fuel.setChecked(old.fuel_included)
        self._reverse.setChecked(old.reverse_charge)
        self._itc.set_value(old.itc_option)
        self._seats.set_value(old.seating_capacity)
        self._by_law.setChecked(old.statutory_obligation)
        self._po.set_value(old.po_number)
        self._sites.set_value(", ".join(old.scope_sites))
        self._types.set_value(", ".join(old.scope_vehicle_types))
        self._cycle.set_value(old.renewal_cycle)
        self._renews.set_value(old.renews_on)
        self._notice.set_value(old.notice_days)
        self._name.setFocus()

    def _kept(self) -> dict[str, QWidget]:
        """The fields that are kept while somebody types."""
        fields: dict[str, QWidget] = {
            "client": self._client, "vendor": self._vendor, "site": self._site, "branch": self._branch,
            "name": self._name, "po": self._po, "sites": self._sites, "types": self._types, "sac": self._sac,
            "fuel": self._fuel, "reverse": self._reverse, "itc": self._itc, "seats": self._seats, "law": self._by_law,
        }  # fmt: skip
        if self._old is None:
            return fields | {"model": self._model, "from": self._from}
        return fields | {"cycle": self._cycle, "renews": self._renews, "notice": self._notice}

    def _fill_from(self, values: dict[str, Any]) -> None:
        """What was kept comes back: a client's vendors and sites are there before one of them is chosen."""
        self._client.set_value(values.get("client"))
        self._fill_client()
        self._vendor.set_value(values.get("vendor"))
        self._fill_vendor()

    def _on_client(self) -> None:
        """Another client; one that was added over this form is read with its site first."""
        client = self._client.value
        if client is None or client in self._choices.sites:
            self._fill_client()
        else:
            self._read_again(self._fill_client)

    def _on_vendor(self) -> None:
        """Another vendor; one that was added over this form is read with its branch first."""
        known = {one.vendor.id for one in self._choices.vendors.get(self._client.value, ())}
        if self._vendor.value is None or self._vendor.value in known:
            self._fill_vendor()
        else:
            self._read_again(self._fill_vendor)

    def _read_again(self, then: Callable[[], None]) -> None:
        screen = self.parent()
        if not isinstance(screen, Screen):
            return
        from moveinsync_desktop.views.contract_deeds import read_choices

        def take(choices: Choices) -> None:
            known = self._choices
            self._choices = Choices(known.clients, known.sites | choices.sites, known.vendors | choices.vendors)
            then()

        session, client = screen.context.signed_in, self._client.value
        screen.query(lambda: read_choices(session, client), take, key="choices")

    def _fill_client(self) -> None:
        client = self._client.value
        vendors = self._choices.vendors.get(client, ())
        self._vendor.set_choices([(one.vendor.id, f"{one.vendor.name}  {one.link.code}") for one in vendors])
        sites = self._choices.sites.get(client, ())
        self._site.set_choices([(site.id, f"{site.name}  {site.code}") for site in sites])
        default = next((site.id for site in sites if site.is_default or len(sites) == 1), None)
        self._site.set_value(default)
        if len(vendors) == 1:
            self._vendor.set_value(vendors[0].vendor.id)
        self._fill_vendor()

    def _fill_vendor(self) -> None:
        found = next(
            (one for one in self._choices.vendors.get(self._client.value, ()) if one.vendor.id == self._vendor.value),
            None,
        )
        branches = found.branches if found is not None else ()
        self._branch.set_choices(
            [(branch.id, f"{branch.name}  {branch.state_code or ''}".strip()) for branch in branches]
        )
        self._branch.set_value(
            next((branch.id for branch in branches if branch.is_default or len(branches) == 1), None)
        )

    def _check(self) -> bool:
        errors = {}
        for key, combo, words in (
            ("client_id", self._client, "choose a client"),
            ("vendor_id", self._vendor, "choose a vendor"),
            ("site_id", self._site, "choose the site that is billed"),
            ("branch_id", self._branch, "choose the branch that bills"),
        ):
            if combo.value is None:
                errors[key] = words
        if not self._name.value:
            errors["name"] = "a name is needed"
        if self._old is None and self._from.value is None:
            errors["valid_from"] = "a date is needed"
        if self.form.check() and not errors:
            return True
        self.form.show_errors(errors)
        return not errors and self.form.check()

    def _typed(self) -> Contract:
        words = {
            "name": self._name.value or "",
            "site_id": self._site.value,
            "branch_id": self._branch.value,
            "sac": self._sac.value or "",
            "fuel_included": self._fuel.isChecked(),
            "reverse_charge": self._reverse.isChecked(),
            "itc_option": self._itc.value,
            "seating_capacity": self._seats.value,
            "statutory_obligation": self._by_law.isChecked(),
            "po_number": self._po.value or "",
            "scope_sites": split_words(self._sites.value),
            "scope_vehicle_types": split_words(self._types.value),
        }
        if self._old is None:
            return Contract(new_id(), self._client.value, self._vendor.value, **words)
        more = {"renewal_cycle": self._cycle.value, "renews_on": self._renews.value, "notice_days": self._notice.value}
        return replace(self._old, **words, **more)


def split_words(text: str | None) -> tuple[str, ...]:
    """Codes typed with commas or semicolons between them."""
    return tuple(word.strip() for word in (text or "").replace(";", ",").split(",") if word.strip())


def asked(dialog: QDialog) -> bool:
    """Show a dialog; True when it was accepted."""
    return dialog.exec() == QDialog.DialogCode.Accepted
