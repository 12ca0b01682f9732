"""Billing runs: what is posted, what comes back, what a month left out. Amounts in paise, distances in metres."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from billing.schemas.changes import Changes
from billing.schemas.invoices import InvoiceDraft
from billing.schemas.rating import Explanation

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Int64s = NDArray[np.int64]


class RunState(StrEnum):
    """What became of one contract's month."""

    PREVIEW = "preview"
    CREATED = "created"
    REPLACED = "replaced"
    UNCHANGED = "unchanged"
    REFUSED = "refused"
    EMPTY = "empty"
    WAITING = "waiting"


@dataclass(frozen=True, slots=True)
class TripProblem:
    """Why a trip cannot be billed."""

    trip_id: str
    code: str
    message: str


@dataclass(frozen=True, slots=True)
class LedgerColumns:
    """The ledger rows of a run as columns, one row a trip; a code that no trip has is not among `charges`."""

    trips: NDArray[Any]
    revs: NDArray[np.int32]
    versions: NDArray[np.int16]
    tax_milli: NDArray[np.int32]
    shown: Int64s
    toll_taxable: NDArray[np.bool_]
    parking_taxable: NDArray[np.bool_]
    taxable: Int64s
    non_taxable: Int64s
    tax: Int64s
    incentive: Int64s
    charges: Mapping[str, Int64s]


@dataclass(frozen=True, slots=True)
class PeriodCharge:
    """A charge of the month: by version number, code and vehicle slot ('' where it has none)."""

    version: int
    code: str
    slot: str
    amount: int
    tax_milli: int


@dataclass(frozen=True, slots=True)
class RunFigures:
    """The totals of a run; `total` is all that the client pays, incentives included (TARIFF.md section 6)."""

    trips: int
    distance_m: int
    taxable: int
    non_taxable: int
    tax: int
    cgst: int
    sgst: int
    igst: int
    rcm_tax: int
    round_off: int
    incentive: int
    total: int
    tds: int


@dataclass(frozen=True, slots=True)
class RunInvoice:
    """The document of a run."""

    invoice_id: UUID
    number: str | None
    status: str
    total: int


@dataclass(frozen=True, slots=True)
class Parked:
    """Lines (trips and charges of the month) and total in paise of a run beyond three times last month's.

    It waits until somebody confirms it; a preview shows what would be parked.
    """

    lines: int
    last_lines: int
    total: int
    last_total: int
    confirmed: bool = False


@dataclass(frozen=True, slots=True)
class RunOutcome:
    """One contract's month, previewed, billed or refused."""

    client_id: UUID
    contract_id: UUID
    contract_name: str
    client_code: str
    vendor_code: str
    vendor_name: str
    month: date
    state: RunState
    run_id: UUID | None = None
    versions: tuple[int, ...] = ()
    billing_model: str = ""
    figures: RunFigures | None = None
    draft: InvoiceDraft | None = None
    invoice: RunInvoice | None = None
    errors: tuple[TripProblem, ...] = ()
    explain: Mapping[str, tuple[Explanation, ...]] = field(default_factory=dict)
    """How the month's own charges came about, by code; empty for what was not rated now."""
    before_total: int | None = None
    """What the month before came to, where it was billed."""
    parked: Parked | None = None
    """Why the run waits for a confirmation (or waited, where it was given); None for one like last month's."""

    @property
    def waits(self) -> bool:
        """Must somebody confirm it before its invoice can be issued?"""
        return self.parked is not None and not self.parked.confirmed


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Trips of the month that no run takes: without one contract, held, not accepted.

    `ambiguous` are those of the unassigned that several contracts would cover.
    """

    unassigned: int = 0
    held: int = 0
    not_accepted: int = 0
    ambiguous: int = 0


@dataclass(frozen=True, slots=True)
class BillingOutcome:
    """What `bill` did for all contracts asked for."""

    period: tuple[date, date]
    runs: tuple[RunOutcome, ...]
    left_out: LeftOut
    changes: Changes = field(default_factory=lambda: Changes(frozenset()))
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RunSummary:
    """A stored run as lists show it."""

    client_id: UUID
    run_id: UUID
    contract_id: UUID
    contract_name: str
    client_code: str
    vendor_code: str
    vendor_name: str
    month: date
    status: str
    trips: int
    distance_m: int
    figures: RunFigures
    created_at: datetime
    invoice_id: UUID | None
    number: str | None
