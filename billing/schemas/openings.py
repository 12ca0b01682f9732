"""What a client brings along when it starts in the middle of a year, and which months are closed. Paise and metres."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class OpeningUsage:
    """Km and duty hours of a contract's month that were used up in the program before."""

    contract_id: UUID
    month: date
    distance_m: int = 0
    duty_s: int = 0
    note: str = ""
    rev: int = 0
    id: UUID | None = None
    contract_name: str = ""
    vendor_code: str = ""


@dataclass(frozen=True, slots=True)
class OpeningInvoice:
    """A document of the program before that is still open; `doc_type` gives its sign."""

    vendor_id: UUID
    number: str
    invoice_date: date
    total: int
    open_amount: int
    doc_type: str = "INVOICE"
    due_date: date | None = None
    contract_id: UUID | None = None
    note: str = ""
    id: UUID | None = None
    vendor_code: str = ""
    vendor_name: str = ""
    contract_name: str = ""


@dataclass(frozen=True, slots=True)
class OpeningSeries:
    """A number series that goes on where the program before stopped."""

    vendor_code: str
    doc_type: str
    year: str
    prefix: str
    next_number: int
    template: str | None = None
    is_used: bool = False


@dataclass(frozen=True, slots=True)
class Openings:
    """All opening values of a client."""

    usage: tuple[OpeningUsage, ...] = ()
    invoices: tuple[OpeningInvoice, ...] = ()
    series: tuple[OpeningSeries, ...] = ()


@dataclass(frozen=True, slots=True)
class BillingPeriod:
    """A month of a client: open, closed, or opened again with a reason."""

    client_id: UUID
    month: date
    is_closed: bool
    closed_at: datetime | None = None
    reopened_at: datetime | None = None
    reason: str = ""
    late: int = 0
    """Trips of it that are on no bill although it is closed."""
