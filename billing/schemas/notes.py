"""Credit and debit notes before they are stored: what is left of a document, what a note takes or adds. Paise."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from billing.schemas.changes import Changes
from billing.schemas.invoices import ChargeLevel, InvoiceTotals, TaxKind

if TYPE_CHECKING:
    from numpy.typing import NDArray

LineKey = tuple[ChargeLevel, str, bool, int]
"""(level, code, is_taxable, percent_milli): what a line of a document and of its notes have in common."""


@dataclass(frozen=True, slots=True)
class TaxParts:
    """The tax of a line or a document by component; without a known split only `tax` is set."""

    tax: int = 0
    cgst: int = 0
    sgst: int = 0
    igst: int = 0


@dataclass(frozen=True, slots=True)
class RoomLine:
    """What is left of one line: itself and its issued notes, signed.

    Attributes:
        line_no: on the document; None where only notes have the line.
        billed: as the document says.
    """

    key: LineKey
    line_no: int | None
    description: str
    billed: int
    left: int
    tax_left: TaxParts

    @property
    def code(self) -> str:
        """The charge code."""
        return self.key[1]


@dataclass(frozen=True, slots=True)
class ChargedMonth:
    """What runs of a contract's month charged together, trip by trip, and for the month itself.

    Attributes:
        numbers: by name, a value a trip: ids, tax_milli, version, toll_taxable, parking_taxable, the
            figures and every ledger code.
        period: (version, code, slot, tax_milli) to paise.
        runs: the runs, oldest first.
    """

    numbers: dict[str, NDArray[Any]]
    period: dict[tuple[int, str, str, int], int]
    runs: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class NoteRoom:
    """What is left of an issued document, and what its notes have to keep to.

    Attributes:
        month: the month of supply.
        round_to_rupee: whether its contract rounds totals to the rupee.
        tax_to_rupee: whether its tax is in whole rupees, as the vendor's branch asked for when it was issued.
        credit_until: the last day on which a credit may reduce the tax (s.34(2)).
        manual_credits: what issued credits against lines came to; a settlement does not know their reasons.
    """

    client_id: UUID
    invoice_id: UUID
    contract_id: UUID
    number: str
    invoice_date: date
    month: date
    kind: TaxKind
    reverse_charge: bool
    round_to_rupee: bool
    tds_milli: int
    lines: tuple[RoomLine, ...]
    total_left: int
    round_off_left: int
    rcm_left: int
    tds_left: int
    credit_until: date
    today: date
    manual_credits: int = 0
    tax_to_rupee: bool = False

    @property
    def is_past_deadline(self) -> bool:
        """Whether a credit today is a commercial one, without GST."""
        return self.today > self.credit_until


@dataclass(frozen=True, slots=True)
class NoteLine:
    """One line of a note, positive in the direction of its type; `before` and `after` are what is left of the line."""

    key: LineKey
    corrects_line: int | None
    description: str
    count: int
    amount: int
    tax: TaxParts
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class NoteDraft:
    """A note before it is stored."""

    doc_type: str
    lines: tuple[NoteLine, ...]
    totals: InvoiceTotals
    commercial: bool = False


@dataclass(frozen=True, slots=True)
class Cause:
    """A part of a month's inputs that changed: its key, what a note gives as its ground, what changed, for a list."""

    part: str
    ground: str
    text: str


class TripShift(StrEnum):
    """Why a trip is on a settlement."""

    LATE = "late"
    CORRECTED = "corrected"
    WITHDRAWN = "withdrawn"
    RERATED = "rerated"
    """Taxed at another rate now: taken back in full, billed again."""

    SHIFTED = "shifted"


@dataclass(frozen=True, slots=True)
class SettledTrip:
    """One trip of a settlement: what it cost so far, what it costs now, before tax; `text` tells how."""

    trip_id: UUID
    ref: str
    start: datetime
    why: TripShift
    before: int
    after: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Settlement:
    """What settling one issued month comes to.

    Attributes:
        note: None where nothing has to be billed; rows may move all the same.
        reversal: where a tax rate changed, the credit at the old rate that comes before `note`.
        void_first: why voiding and billing again would be better, where it still can be done.
        causes: what else changed: inputs, fuel price, vehicle slots, employees, tax.
        trips: changed trips, at most as many as asked for; `counts` has all of them by reason.
        versions: numbers of contract versions that are not those of the last run.
        stored: the draft that is issued first, once written; `drafts` all of them.
    """

    client_id: UUID
    contract_id: UUID
    contract_name: str
    vendor_name: str
    vendor_code: str
    month: date
    original_id: UUID
    number: str
    total: int
    note: NoteDraft | None
    room: NoteRoom
    trips: tuple[SettledTrip, ...]
    counts: dict[TripShift, int]
    versions: tuple[int, ...]
    causes: tuple[Cause, ...] = ()
    reversal: NoteDraft | None = None
    void_first: str = ""
    incentive: int = 0
    reasons: tuple[tuple[str, str, int], ...] = ()
    error: str = ""
    stored: UUID | None = None
    drafts: tuple[UUID, ...] = ()
    state: str = "preview"
    changes: Changes = field(default_factory=lambda: Changes(frozenset()))


@dataclass(frozen=True, slots=True)
class Unsettled:
    """An issued month that something touched since: rated again, it may come out otherwise."""

    client_id: UUID
    contract_id: UUID
    month: date
    invoice_id: UUID
    number: str
    client_code: str
    vendor_code: str
    vendor_name: str
    contract_name: str
    total: int
    late: int
    withdrawn: int
    versions_changed: bool
    draft_id: UUID | None
    causes: tuple[Cause, ...] = ()
    """What changed in inputs, fuel prices, vehicle slots, employees or tax."""


@dataclass(frozen=True, slots=True)
class LateTrip:
    """A trip of a month that is closed or invoiced, on no bill."""

    client_id: UUID
    trip_id: UUID
    ref: str
    month: date
    start: datetime
    distance_m: int
    vendor_name: str
    contract_name: str
    state: str
    """LATE: to be settled; HELD, NOT_ACCEPTED, UNASSIGNED: waits for somebody first."""
