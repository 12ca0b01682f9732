"""The forms of clients, sites, vendors, branches, employees and vehicles.

Each takes the record as it is now (rev 0: a new one) and what saves it: SiteDialog(screen, book, site, save).exec()
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

from billing.schemas.ids import new_id
from billing.schemas.parties import (
    BILLING_MODES,
    TDS_STATUSES,
    Client,
    ClientSite,
    ClientVendor,
    Employee,
    Vehicle,
    Vendor,
    VendorBranch,
)
from billing.services.party_book import PartyBook
from moveinsync_desktop.models.party_rows import GENDERS, MODES, TDS
from moveinsync_desktop.views.dialogs.party_dialog import (
    FIELD,
    AliasField,
    PartyDialog,
    Save,
    duty_rows,
    pan_row,
    place_rows,
    registration_rows,
    text,
)
from moveinsync_desktop.views.lookups import PartyLookups
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets.choices import Check, Combo, Segmented
from moveinsync_desktop.views.widgets.fields import AmountField, DateField, NumberField
from moveinsync_desktop.views.widgets.forms import FormRow

_ALIAS_HINT = "as in sheets, with commas"


def _combo(name: str, choices: Sequence[tuple[Any, str]], *, search: bool = False) -> Combo:
    made = Combo(choices, name=name, placeholder="Choose", search=search)
    made.setFixedWidth(FIELD)
    return made


class ClientDialog(PartyDialog):
    """A client; a new one comes with its first site, and `save` gets (client, site)."""

    def __init__(self, screen: Screen, client: Client, save: Save) -> None:
        self._is_new = client.rev == 0
        title = "New client" if self._is_new else f"Client {client.name}"
        super().__init__(screen, title, "Add client" if self._is_new else "Save client", client, save)

    def rows(self) -> list[FormRow]:
        """Who it is and, for a new one, where."""
        own = [
            FormRow("Code", text("Code", width=150), key="code", hint="what sheets call it"),
            FormRow("Name", text("Name"), key="name"),
            FormRow("Also called", AliasField(name="Also called", width=FIELD), key="aliases", hint=_ALIAS_HINT),
            pan_row(),
            FormRow("", Check("It is a company (body corporate)"), key="is_body_corporate"),
            FormRow("Time zone", text("Time zone"), key="time_zone", hint="fixed once it has trips"),
        ]
        return [*own, *place_rows()] if self._is_new else own

    def typed(self) -> Any:
        """The client, or (client, site)."""
        client: Client = super().typed()
        if not self._is_new:
            return client
        site = ClientSite(new_id(), client.id, "MAIN", client.name, is_default=True)
        filled = self.filled(site)
        site = replace(site, **{key: value for key, value in filled.items() if key not in ("code", "name")})
        return client, replace(site, legal_name=site.legal_name or client.name)


class SiteDialog(PartyDialog):
    """A site of a client."""

    def __init__(self, screen: Screen, book: PartyBook, site: ClientSite, save: Save) -> None:
        self._clients = book.clients
        is_new = site.rev == 0
        title = "New site" if is_new else f"Site {site.name}"
        super().__init__(screen, title, "Add site" if is_new else "Save site", site, save)

    def rows(self) -> list[FormRow]:
        """Which client, then the place."""
        return [
            *_client_row(self._clients, self.record),
            FormRow("Code", text("Code", width=150), key="code", hint="what sheets call it"),
            FormRow("Name", text("Name"), key="name"),
            *place_rows(),
            *registration_rows(),
            FormRow("", Check("Lies in a special economic zone"), key="is_sez"),
            FormRow("LUT", text("Letter of undertaking"), key="lut_no", hint="empty: integrated tax is paid"),
            self._lut_row(),
            FormRow("", Check("Default site of the client"), key="is_default"),
        ]

    def _lut_row(self) -> FormRow:
        """The last day of the letter; said at once where it is over: nothing is issued without tax then."""
        field = DateField(name="Letter of undertaking until")
        row = FormRow("LUT until", field, key="lut_until")
        context = self._screen.context
        today = context.signed_in.now().astimezone(context.zone).date()

        def look() -> None:
            is_over = field.value is not None and field.value < today
            row.set_hint("over: invoices without tax are not issued any more" if is_over else "")

        row.changed.connect(look)
        return row


def _client_row(clients: Sequence[Client], record: Any) -> list[FormRow]:
    """Asks for the client where a new record may belong to several."""
    if record.rev or len(clients) < 2:
        return []
    return [
        FormRow("Client", _combo("Client", [(one.id, f"{one.name}  {one.code}") for one in clients]), key="client_id")
    ]


class VendorDialog(PartyDialog):
    """A new vendor of a client, or the link of an old one with, for a SUPER_ADMIN, the vendor itself.

    `save` gets (link, vendor, branch) of a new one, (link, vendor or None) of an old one.
    """

    def __init__(
        self, screen: Screen, book: PartyBook, link: ClientVendor, vendor: Vendor, save: Save, *, may_edit_vendor: bool
    ) -> None:
        self._clients, self._vendor, self._may_edit = book.clients, vendor, may_edit_vendor
        self._is_new = link.rev == 0
        title = "New vendor" if self._is_new else f"Vendor {vendor.name}"
        super().__init__(screen, title, "Add vendor" if self._is_new else "Save vendor", link, save)
        self.form.set_values(
            {made.key: getattr(vendor, made.key) for made in self.form.rows if hasattr(vendor, made.key)}
        )

    def rows(self) -> list[FormRow]:
        """How the client knows it; the vendor; for a new one its first branch."""
        place = [*place_rows(), *duty_rows()] if self._is_new else []
        vendor = [
            FormRow("Name", text("Name"), key="name"),
            pan_row(),
            FormRow("", Check("It is a company (body corporate)"), key="is_body_corporate"),
            *place,
            FormRow("TDS", _combo("TDS", [(code, TDS[code]) for code in TDS_STATUSES]), key="tds_status"),
        ]
        hint = "of the year before, all registrations"
        vendor.append(FormRow("Turnover", AmountField(name="Turnover", width=FIELD), key="aato", hint=hint))
        return [
            *_client_row(self._clients, self.record),
            FormRow("Code", text("Code", width=150), key="code", hint="what this client's sheets call it"),
            *(vendor if self._is_new or self._may_edit else ()),
            FormRow("Also called", AliasField(name="Also called", width=FIELD), key="aliases", hint=_ALIAS_HINT),
            FormRow(
                "Invoices", _combo("Invoices", [(code, MODES[code]) for code in BILLING_MODES]), key="billing_mode"
            ),
            *self._authority_rows(),
        ]

    @staticmethod
    def _authority_rows() -> list[FormRow]:
        """The vendor's written authority to issue in its name."""
        return [
            FormRow("Authority", text("Authority"), key="authority_ref", hint="printed on its invoices"),
            FormRow("Authority from", DateField(name="Authority from"), key="authority_from"),
            FormRow("Authority until", DateField(name="Authority until"), key="authority_until"),
        ]

    def typed(self) -> Any:
        """What is to be stored."""
        link: ClientVendor = super().typed()
        vendor = replace(self._vendor, **self.filled(self._vendor))
        if not self._is_new:
            return link, vendor if self._may_edit else None
        branch = VendorBranch(new_id(), vendor.id, "MAIN", vendor.name)
        filled = self.filled(branch)
        branch = replace(branch, **{key: value for key, value in filled.items() if key not in ("code", "name")})
        return link, vendor, replace(branch, legal_name=branch.legal_name or vendor.name)

    def values_of(self, record: Any) -> dict[str, Any]:
        """Fields of the record that was read: link or vendor."""
        return {made.key: getattr(record, made.key) for made in self.form.rows if hasattr(record, made.key)}

    def rebased(self, current: Any) -> Any:
        """After a conflict: the stored link or vendor takes the place of the old one."""
        if isinstance(current, Vendor):
            self._vendor = current
            return self.record
        return current


class BranchDialog(PartyDialog):
    """A branch of a vendor."""

    def __init__(self, screen: Screen, branch: VendorBranch, save: Save) -> None:
        is_new = branch.rev == 0
        title = "New branch" if is_new else f"Branch {branch.name}"
        super().__init__(screen, title, "Add branch" if is_new else "Save branch", branch, save)

    def rows(self) -> list[FormRow]:
        """The place and who issues how."""
        return [
            FormRow("Code", text("Code", width=150), key="code"),
            FormRow("Name", text("Name"), key="name"),
            *place_rows(),
            *registration_rows(),
            *duty_rows(),
            FormRow("", Check("Default branch of the vendor"), key="is_default"),
        ]


class EmployeeDialog(PartyDialog):
    """An employee of a client."""

    def __init__(self, screen: Screen, book: PartyBook, employee: Employee, save: Save) -> None:
        self._book = book
        is_new = employee.rev == 0
        title = "New employee" if is_new else f"Employee {employee.code}"
        super().__init__(screen, title, "Add employee" if is_new else "Save employee", employee, save)

    def rows(self) -> list[FormRow]:
        """Who, where, how long."""
        several = len(self._book.clients) > 1 and not self.record.rev
        sites = [
            (site.id, f"{site.name}  {site.code}")
            for site in self._book.sites
            if several or site.client_id == self.record.client_id
        ]
        site = _combo("Site", [(None, "No site"), *sites], search=len(sites) > 10)
        PartyLookups(self._screen).attach(site, "sites", client=lambda: self.record.client_id)
        return [
            *_client_row(self._book.clients, self.record),
            FormRow("Code", text("Code", width=150), key="code", hint="the identity on trips"),
            FormRow("Name", text("Name"), key="name"),
            FormRow("Site", site, key="site_id"),
            FormRow("Gender", Segmented([(None, "Unknown"), *GENDERS.items()], "Gender"), key="gender"),
            FormRow("Active from", DateField(name="Active from"), key="active_from", hint="+ and − step a day"),
            FormRow("Until", DateField(name="Until"), key="active_until", hint="first day gone; empty: open"),
        ]


class VehicleDialog(PartyDialog):
    """A cab that a vendor runs for a client."""

    def __init__(self, screen: Screen, book: PartyBook, vehicle: Vehicle, save: Save) -> None:
        self._book = book
        is_new = vehicle.rev == 0
        title = "New vehicle" if is_new else f"Vehicle {vehicle.vehicle_no}"
        super().__init__(screen, title, "Add vehicle" if is_new else "Save vehicle", vehicle, save)

    def rows(self) -> list[FormRow]:
        """Number, kind, vendor."""
        types = sorted({one.vehicle_type for one in self._book.vehicles if one.vehicle_type})
        hint = f"such as {', '.join(types[:3])}" if types else ""
        vendor = _combo("Vendor", self._vendors())
        rows = [
            FormRow("Number", text("Number", width=150), key="vehicle_no", hint="spaces and hyphens do not count"),
            FormRow("Type", text("Type", width=150), key="vehicle_type", hint=hint),
            FormRow("Seats", NumberField(unit="seats", whole=True, most=100, name="Seats", width=110), key="seats"),
            FormRow("", Check("In use"), key="active"),
        ]
        return rows if self.record.rev else [FormRow("Vendor", vendor, key="vendor_id"), *rows]

    def _vendors(self) -> list[tuple[tuple[UUID, UUID], str]]:
        names = {vendor.id: vendor.name for vendor in self._book.vendors}
        codes = {client.id: client.code for client in self._book.clients}
        several = len(codes) > 1
        return [
            (
                (link.client_id, link.vendor_id),
                f"{names.get(link.vendor_id, link.code)}{f'  for {codes[link.client_id]}' if several else ''}",
            )
            for link in self._book.links
            if link.client_id in codes
        ]

    def values_of(self, record: Any) -> dict[str, Any]:
        """The vendor is chosen together with the client that it drives for."""
        values = super().values_of(record)
        if "vendor_id" in values:
            values["vendor_id"] = (record.client_id, record.vendor_id)
        return values

    def typed(self) -> Any:
        """The vehicle; `vendor_id` carries the client along."""
        vehicle = super().typed()
        if isinstance(vehicle.vendor_id, tuple):
            client_id, vendor_id = vehicle.vendor_id
            return replace(vehicle, client_id=client_id, vendor_id=vendor_id)
        return vehicle
