"""Clients and vendors, and what belongs to them (DESIGN.md section 3, Parties). Records, no rules.

`rev` is the revision read with the record: an edit gives it back, and the database refuses it when somebody else
saved meanwhile. 0 is a record that is not stored yet.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

BILLING_MODES = ("FOR_VENDOR", "STATEMENT", "SELF_INVOICE")
"""How a vendor's service is billed to a client (GST.md R0): in the vendor's name, as a statement, or by the client."""

GSTIN_STATUSES = ("ACTIVE", "SUSPENDED", "CANCELLED")
"""What the portal says of a registration: a check character cannot tell (GST.md section 5)."""

TDS_STATUSES = ("INDIVIDUAL", "OTHER", "NO_PAN")
"""Which rate of tax deducted at source applies to a vendor (GST.md section 11)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What every stored record knows about its last save; `updated_by` is an e-mail address."""

    rev: int = 0
    updated_at: datetime | None = None
    updated_by: str | None = None


@dataclass(frozen=True, slots=True)
class Client(Saved):
    """A tenant: a company whose staff are driven. `time_zone` is fixed once the client has a trip."""

    id: UUID
    code: str
    name: str
    aliases: tuple[str, ...] = ()
    time_zone: str = "Asia/Kolkata"
    pan: str | None = None
    is_body_corporate: bool = True
    active: bool = True


@dataclass(frozen=True, slots=True)
class ClientSite(Saved):
    """An office of a client: the buyer on an invoice. `state_code` are the two digits of GST.md section 6."""

    id: UUID
    client_id: UUID
    code: str
    name: str
    legal_name: str = ""
    gstin: str | None = None
    state_code: str | None = None
    address_1: str = ""
    address_2: str = ""
    city: str = ""
    pin: str | None = None
    is_sez: bool = False
    lut_no: str | None = None
    lut_until: date | None = None
    gstin_status: str | None = None
    gstin_checked_on: date | None = None
    is_default: bool = False
    active: bool = True


@dataclass(frozen=True, slots=True)
class Vendor(Saved):
    """A transport company of the workspace; clients see it only through their link."""

    id: UUID
    name: str
    pan: str | None = None
    is_body_corporate: bool = False
    tds_status: str = "OTHER"
    aato: int | None = None
    """Turnover of the year before over all its registrations, paise (AATO); None: not recorded."""
    active: bool = True


@dataclass(frozen=True, slots=True)
class VendorBranch(Saved):
    """A registration of a vendor: the seller on an invoice."""

    id: UUID
    vendor_id: UUID
    code: str
    name: str
    legal_name: str = ""
    gstin: str | None = None
    state_code: str | None = None
    address_1: str = ""
    address_2: str = ""
    city: str = ""
    pin: str | None = None
    einvoice_liable: bool = False
    round_tax_to_rupee: bool = False
    bank: str = ""
    gstin_status: str | None = None
    gstin_checked_on: date | None = None
    is_default: bool = False
    active: bool = True


@dataclass(frozen=True, slots=True)
class ClientVendor(Saved):
    """The link through which a client knows a vendor: `code` and `aliases` are what its sheets say."""

    client_id: UUID
    vendor_id: UUID
    code: str
    aliases: tuple[str, ...] = ()
    billing_mode: str = "FOR_VENDOR"
    authority_ref: str | None = None
    authority_from: date | None = None
    authority_until: date | None = None
    active: bool = True


@dataclass(frozen=True, slots=True)
class Employee(Saved):
    """A rider of a client; `code` is the identity that trips carry. Active in [active_from, active_until)."""

    id: UUID
    client_id: UUID
    code: str
    name: str
    site_id: UUID | None = None
    gender: str | None = None
    active_from: date | None = None
    active_until: date | None = None


@dataclass(frozen=True, slots=True)
class Vehicle(Saved):
    """A cab that a vendor runs for a client; `vehicle_no` is upper case without spaces and hyphens."""

    id: UUID
    client_id: UUID
    vendor_id: UUID
    vehicle_no: str
    vehicle_type: str | None = None
    seats: int | None = None
    active: bool = True
