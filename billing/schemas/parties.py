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


@dataclass(frozen=True, slots=True)
class Client:
    """A tenant: a company whose staff are driven. `time_zone` is fixed once the client has a trip."""

    id: UUID
    code: str
    name: str
    time_zone: str = "Asia/Kolkata"
    is_body_corporate: bool | None = None
    rev: int = 0
    updated_at: datetime | None = None
    updated_by: str | None = None


@dataclass(frozen=True, slots=True)
class ClientSite:
    """An office of a client: the buyer on an invoice. `state_code` are the two digits of GST.md section 6."""

    id: UUID
    client_id: UUID
    code: str
    name: str
    address: str = ""
    city: str = ""
    pin: str = ""
    state_code: str | None = None
    gstin: str | None = None
    is_sez: bool = False
    is_default: bool = False
    rev: int = 0
    updated_at: datetime | None = None
    updated_by: str | None = None


@dataclass(frozen=True, slots=True)
class Vendor:
    """A transport company of the workspace; clients see it only through their link."""

    id: UUID
    name: str
    pan: str | None = None
    is_body_corporate: bool | None = None
    rev: int = 0
    updated_at: datetime | None = None
    updated_by: str | None = None


@dataclass(frozen=True, slots=True)
class VendorBranch:
    """A registration of a vendor: the seller on an invoice."""

    id: UUID
    vendor_id: UUID
    code: str
    name: str
    address: str = ""
    city: str = ""
    pin: str = ""
    state_code: str | None = None
    gstin: str | None = None
    is_default: bool = False
    rev: int = 0
    updated_at: datetime | None = None
    updated_by: str | None = None


@dataclass(frozen=True, slots=True)
class ClientVendor:
    """The link through which a client knows a vendor: `code` and `aliases` are what its sheets say."""

    client_id: UUID
    vendor_id: UUID
    code: str
    aliases: tuple[str, ...] = ()
    billing_mode: str = "FOR_VENDOR"
    rev: int = 0
    updated_at: datetime | None = None
    updated_by: str | None = None


@dataclass(frozen=True, slots=True)
class Employee:
    """A rider of a client; `code` is the identity that trips carry. The dates are half open: [from, until)."""

    id: UUID
    client_id: UUID
    code: str
    name: str
    gender: str | None = None
    site_code: str | None = None
    active_from: date | None = None
    active_until: date | None = None
    rev: int = 0
    updated_at: datetime | None = None
    updated_by: str | None = None


@dataclass(frozen=True, slots=True)
class Vehicle:
    """A cab that a vendor runs for a client; `vehicle_no` is upper case without spaces and hyphens."""

    id: UUID
    client_id: UUID
    vendor_id: UUID
    vehicle_no: str
    vehicle_type: str = ""
    seats: int | None = None
    rev: int = 0
    updated_at: datetime | None = None
    updated_by: str | None = None
