"""What an import wrote: one file, one batch a client (DESIGN.md section 3, Trips)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class ImportBatch:
    """The part of an imported file that belongs to one client. Distances in metres.

    `vendor_id` is set where the whole batch is one vendor's; `status` is IMPORTED or UNDONE.
    """

    id: UUID
    client_id: UUID
    file_id: UUID
    file_name: str
    file_sha256: str
    vendor_id: UUID | None = None
    sheet: str = ""
    status: str = "IMPORTED"
    rows_read: int = 0
    accepted: int = 0
    rejected: int = 0
    duplicates: int = 0
    distance_m: int = 0
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class BatchResult:
    """A batch just written, and how many of its trips have no contract, or fit several.

    `late` has (first day of a closed month, trips that came after it was closed).
    """

    batch: ImportBatch
    client_code: str
    no_contract: int
    ambiguous_contract: int
    late: tuple[tuple[date, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Submission:
    """Trips that a vendor sent in and that wait for the client: of one sheet, or typed one by one (no batch).

    `first` and `last` are their earliest and latest start, `distance_m` their metres.
    """

    client_id: UUID
    client_code: str
    vendor_id: UUID
    vendor_code: str
    vendor_name: str
    batch_id: UUID | None
    file_name: str | None
    sent_at: datetime
    trips: int
    distance_m: int
    first: datetime
    last: datetime
