"""Contracts and their versions (DESIGN.md section 3, Contracts). Records, no rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from billing.schemas.parties import Saved

RENEWAL_CYCLES = ("NONE", "MONTHLY", "QUARTERLY", "HALF_YEARLY", "YEARLY")
ITC_OPTIONS = ("RESTRICTED", "FULL")
"""Input tax credit that the vendor chose: with the SAC, the fuel and the date it decides the percent (GST.md 1)."""


@dataclass(frozen=True, slots=True)
class Contract(Saved):
    """What one client agreed with one vendor: exactly one site, branch and SAC, so exactly one kind of invoice.

    `scope_sites` and `scope_vehicle_types` narrow which trips it covers; empty covers all.
    """

    id: UUID
    client_id: UUID
    vendor_id: UUID
    name: str
    site_id: UUID
    branch_id: UUID
    sac: str = "996601"
    fuel_included: bool = True
    itc_option: str = "RESTRICTED"
    reverse_charge: bool = False
    scope_sites: tuple[str, ...] = ()
    scope_vehicle_types: tuple[str, ...] = ()
    renewal_cycle: str = "NONE"
    renews_on: date | None = None
    notice_days: int | None = None
    escalation_percent: Decimal | None = None
    po_number: str = ""
    seating_capacity: int | None = None
    statutory_obligation: bool = False
    """A law obliges the client to drive these people: its input tax credit is not blocked (GST.md 1)."""


@dataclass(frozen=True, slots=True)
class ContractVersion(Saved):
    """The rules of a contract over a time: [valid_from, valid_until), `valid_until` None is open.

    `status` is DRAFT or ACTIVE as stored; whether it has ended follows from the bounds.
    """

    id: UUID
    client_id: UUID
    contract_id: UUID
    number: int
    billing_model: str
    rules: Mapping[str, Any] = field(hash=False)
    valid_from: datetime
    valid_until: datetime | None = None
    status: str = "DRAFT"
    note: str = ""
