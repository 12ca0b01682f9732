"""Payments on issued documents: what is open of each, receipts and how they are spread. Amounts in paise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

AGES = ("NOT_DUE", "D0_30", "D31_60", "D61_90", "D90_UP")
AGE_WORDS = {
    "NOT_DUE": "Not due yet",
    "D0_30": "1 to 30 days",
    "D31_60": "31 to 60 days",
    "D61_90": "61 to 90 days",
    "D90_UP": "Over 90 days",
}
WRITE_OFFS = {
    "SHORT_PAID": "Short payment, let rest",
    "ROUNDING": "Rounding",
    "DISCOUNT": "Discount agreed",
    "PENALTY": "Penalty agreed",
    "TDS_DIFFERENCE": "Difference in TDS",
    "BAD_DEBT": "Bad debt",
    "OTHER": "Other",
}
"""Why what is open is not paid any more."""
SET_OFF = "SET_OFF"
MODES = {"BANK": "Bank transfer", "UPI": "UPI", "CHEQUE": "Cheque", "CASH": "Cash", "OTHER": "Other"}


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """An issued invoice, or one that was open when the program came (`is_opening`).

    `notes` is the signed sum of its credit and debit notes; `written_off` what is let rest or was set off against
    another document (negative where this one's credit paid another).
    `open_amount` = total + notes - received - tds - written_off.
    """

    client_id: UUID
    id: UUID
    is_opening: bool
    vendor_id: UUID
    vendor_code: str
    vendor_name: str
    contract_name: str
    number: str
    invoice_date: date
    due_date: date
    month: date | None
    total: int
    notes: int
    received: int
    tds: int
    written_off: int
    open_amount: int

    def days_overdue(self, day: date) -> int:
        """Days after the due date; 0 or less: not due."""
        return (day - self.due_date).days

    def age(self, day: date) -> str:
        """The bucket of AGES on a day."""
        late = self.days_overdue(day)
        if late <= 0:
            return "NOT_DUE"
        return "D0_30" if late <= 30 else "D31_60" if late <= 60 else "D61_90" if late <= 90 else "D90_UP"

    def state(self, day: date) -> str:
        """PAID, OVERDUE, PART_PAID or ISSUED."""
        if self.open_amount <= 0:
            return "PAID"
        if self.days_overdue(day) > 0:
            return "OVERDUE"
        return "PART_PAID" if self.received + self.tds + self.written_off else "ISSUED"


@dataclass(frozen=True, slots=True)
class WriteOff:
    """What of a document is let rest and why; `reason` is a key of WRITE_OFFS, or SET_OFF (then it may be negative)."""

    id: UUID
    vendor_id: UUID
    vendor_code: str
    vendor_name: str
    document_id: UUID
    number: str
    written_on: date
    amount: int
    reason: str
    note: str
    recorded_by: str
    reversed_at: datetime | None
    reverse_reason: str | None


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """The part of a receipt that pays one document, and the tax withheld with it."""

    document_id: UUID
    number: str
    amount: int
    tds: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """A payment as it was recorded; `advance` is what is not spread over documents."""

    client_id: UUID
    id: UUID
    vendor_id: UUID
    vendor_code: str
    vendor_name: str
    received_on: date
    amount: int
    mode: str
    reference: str
    note: str
    recorded_at: datetime
    recorded_by: str
    reversed_at: datetime | None
    reversed_by: str | None
    reverse_reason: str | None
    lines: tuple[ReceiptLine, ...]

    @property
    def advance(self) -> int:
        """What is left over; nothing of a reversed payment."""
        return 0 if self.reversed_at else self.amount - sum(line.amount for line in self.lines)

    @property
    def tds(self) -> int:
        """Tax withheld."""
        return sum(line.tds for line in self.lines)
