"""A vendor's own bill beside ours: rows, lines of the comparison, disputes, payouts. Amounts in paise, before tax."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

BUCKETS = ("EXACT", "TOLERANCE", "OVER", "UNDER", "ONLY_VENDOR", "ONLY_US")
BUCKET_WORDS = {
    "EXACT": "Exact",
    "TOLERANCE": "Within tolerance",
    "OVER": "They ask more",
    "UNDER": "They ask less",
    "ONLY_VENDOR": "Only on theirs",
    "ONLY_US": "Only on ours",
}
REASONS = {
    "RATE": "Rate",
    "DISTANCE": "Distance",
    "NOT_DRIVEN": "Not driven",
    "TWICE": "Billed twice",
    "TAX": "Tax",
    "CONTRACT": "Not in the contract",
    "OTHER": "Other",
}
RESOLUTIONS = {"THEIRS": "Theirs accepted", "OURS": "Ours holds", "SPLIT": "Split"}
HOW_WORDS = {
    "ID": "by trip id",
    "VEHICLE_TIME": "by vehicle and time",
    "VEHICLE_DAY": "by vehicle and day",
    "CHARGE": "by the charge's name",
}


@dataclass(frozen=True, slots=True)
class TheirRow:
    """A row of the vendor's bill. `start` in epoch microseconds; `amount` before tax.

    `other_client` is whom the row names, where that is not us: such a row never finds a trip of ours.
    """

    row_no: int
    ref: str
    vehicle_no: str
    start: int | None
    has_time: bool
    distance_m: int | None
    amount: int
    tax: int
    description: str = ""
    sheet_row: int = 0
    other_client: str = ""


@dataclass(frozen=True, slots=True)
class OurLine:
    """A trip of ours, or (with `code`) a charge of the month. `amount` before tax, its untaxed part included.

    `state` is BILLED, PREVIEW, NOT_RATED, or why no bill takes the trip (HELD, SUBMITTED, REJECTED, NO_CONTRACT...).
    A package of a day (code DAY_PACKAGE) has its trips as `members`.
    """

    ref: str
    amount: int
    tax: int
    untaxed: int
    tax_milli: int
    state: str
    contract_id: UUID | None = None
    trip_id: UUID | None = None
    code: str | None = None
    vehicle_no: str = ""
    start: int = 0
    distance_m: int = 0
    status: str = "COMPLETED"
    in_period: bool = True
    members: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Pair:
    """What stands beside what; `how` is None where one side is missing."""

    their: TheirRow | None
    our: OurLine | None
    how: str | None
    cause: str = ""
    cause_text: str = ""
    explained: int = 0


@dataclass(frozen=True, slots=True)
class VendorBill:
    """A bill as it is stored; `ours_*` are None until it was compared. `open_disputes` and `paid` are counted."""

    client_id: UUID
    id: UUID
    vendor_id: UUID
    vendor_code: str
    vendor_name: str
    number: str
    bill_date: date | None
    first_day: date
    last_day: date
    file_name: str
    basis: str
    tolerance: int
    window_s: int
    stated_total: int | None
    rows: int
    rejected: int
    amount: int
    tax: int
    ours_amount: int | None
    ours_tax: int | None
    status: str
    created_at: datetime
    created_by: str
    open_disputes: int
    disputes: int
    paid: int

    @property
    def difference(self) -> int | None:
        """Theirs less ours before tax; None until it was compared."""
        return None if self.ours_amount is None else self.amount - self.ours_amount

    @property
    def agrees(self) -> bool:
        """Do both sides come to the same, tax included where the bill says each row's?"""
        same_tax = self.basis != "WITH_TAX" or self.tax == self.ours_tax
        return self.difference == 0 and same_tax

    @property
    def state(self) -> str:
        """VOID (undone), DISPUTED, PAID (something was paid out), READY or NEEDS_REVIEW, for the list."""
        if self.status == "UNDONE":
            return "VOID"
        if self.open_disputes:
            return "DISPUTED"
        return "PAID" if self.paid else "READY" if self.agrees else "NEEDS_REVIEW"


@dataclass(frozen=True, slots=True)
class BucketSum:
    """One bucket: lines and both sides' amounts and taxes."""

    bucket: str
    lines: int
    theirs: int
    ours: int
    their_tax: int
    our_tax: int


@dataclass(frozen=True, slots=True)
class BillLine:
    """One line of the comparison with what is known on both sides and its dispute, if it has one."""

    place: int
    row_no: int | None
    sheet_row: int | None
    trip_id: UUID | None
    code: str | None
    ref: str
    how: str | None
    bucket: str
    theirs: int | None
    their_tax: int | None
    ours: int | None
    our_tax: int | None
    our_state: str
    cause: str
    cause_text: str
    explained: int
    their_ref: str
    vehicle_no: str
    their_start: datetime | None
    their_m: int | None
    our_start: datetime | None
    our_m: int | None
    our_vehicle: str
    description: str
    dispute_id: UUID | None
    dispute_status: str | None
    pay: int

    @property
    def difference(self) -> int:
        """Theirs less ours, before tax."""
        return (self.theirs or 0) - (self.ours or 0)


@dataclass(frozen=True, slots=True)
class Dispute:
    """A questioned row of theirs. `pay_amount` is payable now: the undisputed part, then what was agreed."""

    id: UUID
    bill_id: UUID
    bill_number: str
    vendor_code: str
    row_no: int
    ref: str
    reason: str
    note: str
    owner: str
    raised_at: datetime
    raised_by: str
    status: str
    resolution: str | None
    theirs: int
    ours: int
    pay_amount: int
    resolved_at: datetime | None
    resolved_by: str | None
    resolve_reason: str | None
    rev: int
    files: int

    def age_days(self, now: datetime) -> int:
        """Whole days since it was raised, until it was settled."""
        return max(((self.resolved_at or now) - self.raised_at).days, 0)


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file attached to a dispute, without its content."""

    id: UUID
    file_name: str
    media_type: str
    size: int
    added_at: datetime
    added_by: str


@dataclass(frozen=True, slots=True)
class Payable:
    """What a bill comes to: agreed amount and tax, what was paid of it, and the vendor's financial year so far."""

    amount: int
    tax: int
    withheld: int
    settled_against: int
    paid_amount: int
    paid_tax: int
    year_amount: int
    year_tds_base: int
    fy: str


@dataclass(frozen=True, slots=True)
class Payee:
    """Where a vendor's money goes."""

    beneficiary: str
    account_no: str
    ifsc: str


@dataclass(frozen=True, slots=True)
class Payout:
    """A payment to a vendor on its bill, made or proposed (`id` None). `net` = amount + tax - tds.

    `payee` is the account as it was when it was made, `reference` the bank's (UTR).
    """

    id: UUID | None
    bill_id: UUID
    paid_on: date
    fy: str
    amount: int
    tax: int
    tds_base: int
    tds_milli: int
    tds: int
    tds_reason: str
    net: int
    settled_against: int
    status: str = "PROPOSED"
    made_at: datetime | None = None
    made_by: str = ""
    reverse_reason: str | None = None
    reference: str = ""
    payee: Payee | None = None


@dataclass(frozen=True, slots=True)
class PayoutRow:
    """A payout in the list of all, with whose bill it paid."""

    payout: Payout
    vendor_code: str
    vendor_name: str
    bill_name: str
    first_day: date


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A line of a payout statement; `tax` is None where the bill's sheet does not say its tax."""

    words: str
    amount: int
    tax: int | None
    is_sum: bool = False
