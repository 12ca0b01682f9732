"""Debit notes to vendors: what settled disputes take off a vendor's bill. Amounts in paise.

A debit note of the recipient is a commercial paper: the credit note of section 34 is the supplier's to give.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class DebitLine:
    """What one settled dispute takes off: `amount` = billed - agreed, before tax; `tax` goes with it."""

    dispute_id: UUID
    row_no: int
    ref: str
    reason: str
    words: str
    started: datetime | None
    vehicle_no: str
    billed: int
    agreed: int
    amount: int
    tax: int

    @property
    def total(self) -> int:
        """With tax."""
        return self.amount + self.tax


@dataclass(frozen=True, slots=True)
class DebitNote:
    """An issued note; `parties` are both sides and the bill as they were (keys payer, vendor, bill).

    `status` is ISSUED or VOID; a void note keeps its number.
    """

    client_id: UUID
    id: UUID
    vendor_id: UUID
    vendor_code: str
    vendor_name: str
    bill_id: UUID
    bill_name: str
    number: str
    note_date: date
    amount: int
    tax: int
    total: int
    reason: str
    parties: Mapping[str, Any]
    status: str
    issued_at: datetime
    issued_by: str
    voided_at: datetime | None
    voided_by: str | None
    void_reason: str | None
    lines: int
