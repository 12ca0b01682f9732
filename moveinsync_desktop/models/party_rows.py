"""Parties as lines of lists and as facts of the side panel."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from billing.invoicing.pins import pin_warning
from billing.invoicing.states import STATE_NAMES
from billing.schemas.parties import Client, ClientSite, ClientVendor, Employee, Saved, Vehicle, Vendor, VendorBranch
from billing.services.party_book import PartyBook
from moveinsync_desktop import formats
from moveinsync_desktop.models.columns import Column
from moveinsync_desktop.models.rate_rows import GstRateRow, TdsRateRow, rate_facts

MODES = {"FOR_VENDOR": "Vendor's name", "STATEMENT": "Statement", "SELF_INVOICE": "Self-invoice"}
GENDERS = {"F": "Woman", "M": "Man", "X": "Other"}
TDS = {"INDIVIDUAL": "Individual, 1 %", "OTHER": "Company or firm, 2 %", "NO_PAN": "No PAN, 20 %"}


def state_name(code: str | None) -> str:
    """ "29 Karnataka"; "" without a code."""
    return f"{code} {STATE_NAMES.get(code, '')}".strip() if code else ""


@dataclass(frozen=True, slots=True)
class ClientRow:
    """A client with what it has."""

    id: UUID
    code: str
    name: str
    pan: str | None
    sites: int
    vendors: int
    employees: int
    time_zone: str
    state: str
    record: Client


@dataclass(frozen=True, slots=True)
class SiteRow:
    """A client's site."""

    id: UUID
    client: str
    code: str
    name: str
    gstin: str | None
    state: str
    city: str
    note: str
    record: ClientSite


@dataclass(frozen=True, slots=True)
class VendorRow:
    """A vendor as one client knows it."""

    id: str
    client: str
    code: str
    name: str
    gstin: str | None
    state: str
    branches: int
    mode: str
    link: ClientVendor
    record: Vendor
    places: tuple[VendorBranch, ...]


@dataclass(frozen=True, slots=True)
class EmployeeRow:
    """A rider."""

    id: UUID
    client: str
    code: str
    name: str
    site: str
    gender: str
    active_from: date | None
    active_until: date | None
    record: Employee


@dataclass(frozen=True, slots=True)
class VehicleRow:
    """A cab."""

    id: UUID
    client: str
    vehicle_no: str
    vehicle_type: str | None
    seats: int | None
    vendor: str
    state: str
    record: Vehicle


_CLIENT = Column("client", "Client", "text", 72, hidden=True)
CLIENT_COLUMNS = (
    Column("code", "Code", "id", 96),
    Column("name", "Client", "text", 240, stretch=True),
    Column("pan", "PAN", "text", 116),
    Column("sites", "Sites", "count", 64, total=True),
    Column("vendors", "Vendors", "count", 76, total=True),
    Column("employees", "Employees", "count", 90, total=True),
    Column("time_zone", "Time zone", "text", 120, hidden=True),
    Column("state", "State", "state", 100),
)
SITE_COLUMNS = (
    Column("code", "Code", "id", 96),
    _CLIENT,
    Column("name", "Site", "text", 220, stretch=True),
    Column("gstin", "GSTIN", "text", 156),
    Column("state", "State", "text", 130),
    Column("city", "City", "text", 110),
    Column("note", "Note", "text", 130),
)
VENDOR_COLUMNS = (
    Column("code", "Code", "id", 80),
    _CLIENT,
    Column("name", "Vendor", "text", 190, stretch=True),
    Column("gstin", "GSTIN", "text", 156),
    Column("state", "State", "text", 118),
    Column("branches", "Branches", "count", 76),
    Column("mode", "Invoices", "text", 140),
)
EMPLOYEE_COLUMNS = (
    Column("code", "Code", "id", 96),
    _CLIENT,
    Column("name", "Name", "text", 220, stretch=True),
    Column("site", "Site", "text", 100),
    Column("gender", "Gender", "text", 84),
    Column("active_from", "From", "date", 100),
    Column("active_until", "Until", "date", 100, show=lambda day: formats.day(day) if day else "open"),
)
VEHICLE_COLUMNS = (
    Column("vehicle_no", "Number", "id", 130),
    _CLIENT,
    Column("vehicle_type", "Type", "text", 110),
    Column("seats", "Seats", "count", 70),
    Column("vendor", "Vendor", "text", 230, stretch=True),
    Column("state", "State", "state", 100),
)


def _state(is_active: bool) -> str:
    return "ACTIVE" if is_active else "DISABLED"


def client_rows(book: PartyBook) -> list[ClientRow]:
    """Clients, each with how much it has."""
    return [
        ClientRow(
            one.id,
            one.code,
            one.name,
            one.pan,
            *book.counts.get(one.id, (0, 0, 0)),
            one.time_zone,
            _state(one.active),
            one,
        )
        for one in book.all_clients
    ]


def _codes(book: PartyBook) -> dict[UUID, str]:
    return {client.id: client.code for client in book.clients}


def site_rows(book: PartyBook) -> list[SiteRow]:
    """Sites of the clients in the book."""
    codes = _codes(book)
    return [
        SiteRow(
            one.id,
            codes.get(one.client_id, ""),
            one.code,
            one.name,
            one.gstin,
            state_name(one.state_code),
            one.city,
            ", ".join(word for word, holds in (("default", one.is_default), ("SEZ", one.is_sez)) if holds),
            one,
        )
        for one in book.sites
    ]


def vendor_rows(book: PartyBook) -> list[VendorRow]:
    """Vendors, once for each client that they drive for."""
    codes, vendors = _codes(book), {vendor.id: vendor for vendor in book.vendors}
    rows = []
    for link in book.links:
        vendor = vendors.get(link.vendor_id)
        if vendor is None:
            continue
        places = tuple(branch for branch in book.branches if branch.vendor_id == vendor.id)
        main = next((branch for branch in places if branch.is_default), None)
        rows.append(
            VendorRow(
                f"{link.client_id}/{link.vendor_id}",
                codes.get(link.client_id, ""),
                link.code,
                vendor.name,
                main.gstin if main else None,
                state_name(main.state_code) if main else "",
                len(places),
                MODES.get(link.billing_mode, link.billing_mode),
                link,
                vendor,
                places,
            )
        )
    return rows


def employee_rows(book: PartyBook) -> list[EmployeeRow]:
    """Employees with the code of their site."""
    codes, sites = _codes(book), {site.id: site.code for site in book.sites}
    return [
        EmployeeRow(
            one.id,
            codes.get(one.client_id, ""),
            one.code,
            one.name,
            sites.get(one.site_id, "") if one.site_id else "",
            GENDERS.get(one.gender or "", ""),
            one.active_from,
            one.active_until,
            one,
        )
        for one in book.employees
    ]


def vehicle_rows(book: PartyBook) -> list[VehicleRow]:
    """Vehicles with their vendor's name."""
    codes, vendors = _codes(book), {vendor.id: vendor.name for vendor in book.vendors}
    return [
        VehicleRow(
            one.id,
            codes.get(one.client_id, ""),
            one.vehicle_no,
            one.vehicle_type,
            one.seats,
            vendors.get(one.vendor_id, ""),
            _state(one.active),
            one,
        )
        for one in book.vehicles
    ]


Facts = list[tuple[str, str]]


def _address(place: ClientSite | VendorBranch) -> str:
    parts = (place.address_1, place.address_2, " ".join(word for word in (place.city, place.pin or "") if word))
    return "\n".join(part for part in parts if part)


def _place_facts(place: ClientSite | VendorBranch) -> Facts:
    return [
        ("Legal name", place.legal_name),
        ("GSTIN", place.gstin or "not recorded"),
        ("State", state_name(place.state_code)),
        ("Address", _address(place)),
        ("Note", pin_warning(place.pin, place.state_code)),
        ("On the portal", _on_portal(place)),
    ]


def _on_portal(place: ClientSite | VendorBranch) -> str:
    if place.gstin_status is None:
        return ""
    looked = f", {formats.day(place.gstin_checked_on)}" if place.gstin_checked_on else ""
    return f"{place.gstin_status.capitalize()}{looked}"


def saved_words(record: Saved) -> str:
    """ "Saved 27-10-2026 14:31 by asha@example.com"."""
    if record.updated_at is None:
        return ""
    by = f" by {record.updated_by}" if record.updated_by else ""
    return f"Saved {formats.stamp(record.updated_at)}{by}"


def facts_of(row: Any) -> Facts:
    """What the side panel says of a line."""
    if isinstance(row, ClientRow):
        return [
            ("Code", row.code),
            ("Also called", ", ".join(row.record.aliases)),
            ("PAN", row.pan or "not recorded"),
            ("Time zone", row.time_zone),
            ("Has", f"{formats.plural(row.sites, 'site')}, {formats.plural(row.vendors, 'vendor')}"),
            ("Employees", formats.count(row.employees)),
        ]
    if isinstance(row, SiteRow):
        lut = f"{row.record.lut_no}, until {formats.day(row.record.lut_until)}" if row.record.lut_no else ""
        return [("Code", row.code), ("Client", row.client), *_place_facts(row.record), ("Note", row.note), ("LUT", lut)]
    if isinstance(row, VendorRow):
        return [
            ("Code", f"{row.code} at {row.client}"),
            ("Also called", ", ".join(row.link.aliases)),
            ("PAN", row.record.pan or "not recorded"),
            ("Kind", "Company" if row.record.is_body_corporate else "Firm or individual"),
            ("Invoices", row.mode),
            ("TDS", TDS.get(row.record.tds_status, "")),
            ("Turnover", f"₹ {formats.money(row.record.aato)}" if row.record.aato is not None else ""),
            ("Authority", _authority(row.link)),
        ]
    if isinstance(row, EmployeeRow):
        until = formats.day(row.active_until) if row.active_until else "open"
        active = f"{formats.day(row.active_from)} to {until}" if row.active_from else f"until {until}"
        who = [("Code", row.code), ("Client", row.client), ("Site", row.site), ("Gender", row.gender)]
        return [*who, ("Active", active)]
    if isinstance(row, VehicleRow):
        seats = formats.count(row.seats) if row.seats else ""
        return [("Vendor", row.vendor), ("Client", row.client), ("Type", row.vehicle_type or ""), ("Seats", seats)]
    if isinstance(row, GstRateRow | TdsRateRow):
        return rate_facts(row)
    return []


def _authority(link: ClientVendor) -> str:
    """The vendor's written authority with its days."""
    if not link.authority_ref:
        return ""
    begin = f", from {formats.day(link.authority_from)}" if link.authority_from else ""
    end = f", until {formats.day(link.authority_until)}" if link.authority_until else ""
    return f"{link.authority_ref}{begin}{end}"


def branch_facts(branch: VendorBranch) -> Facts:
    """A branch in the panel of its vendor."""
    duty = [("E-invoices", "must issue them")] if branch.einvoice_liable else []
    duty += [("Tax", "in whole rupees")] if branch.round_tax_to_rupee else []
    return [*_place_facts(branch), *duty, ("Bank", branch.bank)]
