"""What can be done with parties on screen: each deed opens its form and saves through the services."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from billing.schemas.ids import new_id
from billing.schemas.invoices import Letterhead
from billing.schemas.parties import Client, ClientSite, ClientVendor, Employee, Vehicle, Vendor, VendorBranch
from billing.schemas.taxes import GstRate, TdsRate
from billing.services.party_book import PartyBook
from moveinsync_desktop.models import party_rows, rate_rows
from moveinsync_desktop.views.dialogs.letterhead import LetterheadDialog
from moveinsync_desktop.views.dialogs.party_forms import (
    BranchDialog,
    ClientDialog,
    EmployeeDialog,
    SiteDialog,
    VehicleDialog,
    VendorDialog,
)
from moveinsync_desktop.views.dialogs.rate_forms import GstRateDialog, TdsRateDialog
from moveinsync_desktop.views.dialogs.record_history import show_history
from moveinsync_desktop.views.screen import Screen


class PartyDeeds:
    """Adds and edits for one screen."""

    def __init__(self, screen: Screen, *, is_super: bool) -> None:
        self._screen, self._context, self._is_super = screen, screen.context, is_super

    def add(self, kind: str, book: PartyBook | None) -> None:
        """The form of a new entry of that list; only a client and a rate need no book."""
        if kind == "clients":
            self._add_client()
        elif kind == "gst_rates":
            self._edit_gst_rate(GstRate(new_id(), "9966", True, "RESTRICTED", Decimal(5), self._today()))
        elif kind == "tds_rates":
            self._edit_tds_rate(TdsRate(new_id(), "", "OTHER", Decimal(2), self._today()))
        elif book is not None:
            {
                "sites": self._add_site,
                "vendors": self._add_vendor,
                "employees": self._add_employee,
                "vehicles": self._add_vehicle,
            }[kind](book)

    def _add_client(self) -> None:
        from billing.services.parties import create_client

        session = self._context.signed_in
        ClientDialog(
            self._screen, Client(new_id(), "", ""), lambda typed: create_client(session, client=typed[0], site=typed[1])
        ).exec()

    def _add_site(self, book: PartyBook) -> None:
        from billing.services.parties import add_site

        session = self._context.signed_in
        site = ClientSite(new_id(), book.clients[0].id, "", "")
        SiteDialog(self._screen, book, site, lambda typed: add_site(session, site=typed)).exec()

    def _add_vendor(self, book: PartyBook) -> None:
        from billing.services.parties import add_vendor

        session = self._context.signed_in
        vendor = Vendor(new_id(), "")
        link = ClientVendor(book.clients[0].id, vendor.id, "")

        def save(typed: Any) -> Any:
            return add_vendor(session, link=typed[0], vendor=typed[1], branch=typed[2])

        VendorDialog(self._screen, book, link, vendor, save, may_edit_vendor=self._is_super).exec()

    def _add_employee(self, book: PartyBook) -> None:
        from billing.services.staff_and_cabs import add_employees

        session = self._context.signed_in
        employee = Employee(new_id(), book.clients[0].id, "", "")
        EmployeeDialog(self._screen, book, employee, lambda typed: add_employees(session, employees=[typed])).exec()

    def _add_vehicle(self, book: PartyBook) -> None:
        from billing.services.staff_and_cabs import add_vehicles

        session = self._context.signed_in
        if not book.links:
            self._context.messages.toast(
                "There is no vendor yet", "Add the vendor that runs the cab first.", tone="info"
            )
            return
        link = book.links[0]
        vehicle = Vehicle(new_id(), link.client_id, link.vendor_id, "")
        VehicleDialog(self._screen, book, vehicle, lambda typed: add_vehicles(session, vehicles=[typed])).exec()

    def edit(self, shown: Any, book: PartyBook) -> None:
        """The form of an entry."""
        from billing.services import parties, staff_and_cabs

        session, screen = self._context.signed_in, self._screen
        if isinstance(shown, party_rows.ClientRow):
            ClientDialog(screen, shown.record, lambda typed: parties.update_client(session, client=typed)).exec()
        elif isinstance(shown, party_rows.SiteRow):
            SiteDialog(screen, book, shown.record, lambda typed: parties.update_site(session, site=typed)).exec()
        elif isinstance(shown, party_rows.VendorRow):
            VendorDialog(
                screen,
                book,
                shown.link,
                shown.record,
                lambda typed: parties.update_vendor_of_client(session, link=typed[0], vendor=typed[1]),
                may_edit_vendor=self._is_super,
            ).exec()
        elif isinstance(shown, party_rows.EmployeeRow):
            save_employee = staff_and_cabs.update_employee
            EmployeeDialog(
                self._screen, book, shown.record, lambda typed: save_employee(session, employee=typed)
            ).exec()
        elif isinstance(shown, rate_rows.GstRateRow):
            self._edit_gst_rate(shown.record)
        elif isinstance(shown, rate_rows.TdsRateRow):
            self._edit_tds_rate(shown.record)
        elif isinstance(shown, party_rows.VehicleRow):
            save_vehicle = staff_and_cabs.update_vehicle
            VehicleDialog(screen, book, shown.record, lambda typed: save_vehicle(session, vehicle=typed)).exec()

    def _today(self) -> date:
        return self._context.signed_in.now().astimezone(self._context.zone).date()

    def _edit_gst_rate(self, rate: GstRate) -> None:
        from billing.services.taxes import save_gst_rate

        session = self._context.signed_in
        GstRateDialog(self._screen, rate, lambda typed: save_gst_rate(session, rate=typed)).exec()

    def _edit_tds_rate(self, rate: TdsRate) -> None:
        from billing.services.taxes import save_tds_rate

        session = self._context.signed_in
        TdsRateDialog(self._screen, rate, lambda typed: save_tds_rate(session, rate=typed)).exec()

    def edit_letterhead(self, branch: VendorBranch) -> None:
        """The logo and words of a branch; what is stored is read first."""
        from billing.services.letterheads import read_letterhead

        session = self._context.signed_in

        def show(head: Letterhead | None) -> None:
            LetterheadDialog(self._screen, branch, head).exec()

        self._screen.query(lambda: read_letterhead(session, branch=branch), show, key="letterhead")

    def edit_branch(self, vendor_id: UUID, branch: VendorBranch | None) -> None:
        """The form of a branch, or of a new one."""
        from billing.services import parties

        session = self._context.signed_in
        if branch is None:
            new = VendorBranch(new_id(), vendor_id, "", "")
            BranchDialog(self._screen, new, lambda typed: parties.add_branch(session, branch=typed)).exec()
        else:
            BranchDialog(self._screen, branch, lambda typed: parties.update_branch(session, branch=typed)).exec()

    def show_history(self, shown: Any) -> None:
        """Who changed the entry, from the audit log; what belongs to the workspace only for a super admin."""
        show_history(self._screen, self._context, shown)
