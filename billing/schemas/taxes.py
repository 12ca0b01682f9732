"""Rates by date: GST of a service, tax deducted at source. Records, no rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from billing.schemas.parties import Saved


@dataclass(frozen=True, slots=True)
class GstRate(Saved):
    """Percent of a SAC (longest prefix wins), by fuel, input tax credit and day, before `valid_until`."""

    id: UUID
    sac_prefix: str
    fuel_included: bool
    itc_option: str
    percent: Decimal
    valid_from: date
    valid_until: date | None = None
    source: str = ""


@dataclass(frozen=True, slots=True)
class TdsRate(Saved):
    """Percent to be deducted of a payee of one status; limits in paise, of a single payment and of the year."""

    id: UUID
    section: str
    status: str
    percent: Decimal
    valid_from: date
    valid_until: date | None = None
    code: str = ""
    single_limit: int = 0
    year_limit: int = 0
    source: str = ""


@dataclass(frozen=True, slots=True)
class TdsEntry:
    """One document in the TDS register, amounts in paise; `due` may catch up what was below the year's limit."""

    number: str
    day: date
    vendor_code: str
    vendor_name: str
    pan: str | None
    status: str
    section: str
    code: str
    base: int
    year_total: int
    percent: Decimal
    due: int
    on_document: int


@dataclass(frozen=True, slots=True)
class ItcEntry:
    """One document's tax by what the client may credit (s.17(5)); amounts in paise."""

    number: str
    day: date
    supplier: str
    gstin: str | None
    taxable: int
    eligible: tuple[int, int, int]
    """IGST, CGST, SGST."""
    ineligible: tuple[int, int, int]
    reason: str
