"""Contracts and their versions (DESIGN.md section 3, Contracts). Records, no rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Contract:
    """What one client agreed with one vendor: exactly one site, branch and SAC, so exactly one kind of invoice.

    `site_codes` and `vehicle_types` narrow which trips it covers; empty covers all.
    """

    id: UUID
    client_id: UUID
    vendor_id: UUID
    name: str
    site_id: UUID
    branch_id: UUID
    sac: str = "996601"
    reverse_charge: bool = False
    site_codes: tuple[str, ...] = ()
    vehicle_types: tuple[str, ...] = ()
    renewal_cycle: str | None = None
    renews_on: date | None = None
    notice_days: int | None = None
    escalation_percent: Decimal | None = None
    rev: int = 0
    updated_at: datetime | None = None
    updated_by: str | None = None


@dataclass(frozen=True, slots=True)
class ContractVersion:
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
    rev: int = 0
    updated_at: datetime | None = None
    updated_by: str | None = None
