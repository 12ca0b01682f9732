"""Invoices and what they are made of: frozen records, amounts in int64 paise, tax percents in thousandths.

18 percent is the integer 18000 (`percent_milli`), so that no rate is ever a float (TARIFF.md section 1).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class ChargeLevel(StrEnum):
    """Whether a charge was made for a trip or for the whole period."""

    TRIP = "TRIP"
    PERIOD = "PERIOD"


class TaxKind(StrEnum):
    """How the tax is split on the document (GST.md section 2). SINGLE: the split is not known."""

    CGST_SGST = "CGST_SGST"
    IGST = "IGST"
    SINGLE = "SINGLE"


class InvoiceStatus(StrEnum):
    """The life of an invoice; only a draft may be replaced and only an issued one has a number."""

    DRAFT = "DRAFT"
    APPROVED = "APPROVED"
    ISSUED = "ISSUED"
    VOID = "VOID"


@dataclass(frozen=True, slots=True)
class TaxNature:
    """Place of supply and tax type of one supplier-recipient pair (GST.md section 2)."""

    kind: TaxKind
    place_of_supply: str | None
    is_inter_state: bool | None
    reason: str


@dataclass(frozen=True, slots=True)
class PartyPrint:
    """One party as it is printed; frozen with the document when it is issued."""

    name: str
    code: str = ""
    address: str = ""
    gstin: str | None = None
    pan: str | None = None
    state_code: str | None = None
    address_1: str = ""
    address_2: str = ""
    city: str = ""
    pin: str | None = None
    bank: str = ""
    is_sez: bool = False
    lut_no: str | None = None
    lut_until: date | None = None


@dataclass(frozen=True, slots=True)
class CorrectedInvoice:
    """A document that a credit or debit note refers to (Rule 53: number and date)."""

    number: str
    invoice_date: date
    invoice_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class AuditAnchor:
    """The head of the client's audit chain when the document was issued (SECURITY.md (d)); `hash` is hex."""

    chain: UUID
    seq: int
    hash: str


@dataclass(frozen=True, slots=True)
class EinvoicePrint:
    """What the invoice registration portal answered; `ack_date` is its local time. Never made here."""

    irn: str
    ack_no: str
    ack_date: datetime
    signed_qr: str
    is_cancelled: bool = False


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What a vendor branch prints at the head and foot of its documents; sizes in pixels, `kind` is png or jpeg."""

    image: bytes = b""
    kind: str = ""
    width: int = 0
    height: int = 0
    headline: str = ""
    footer: str = ""


@dataclass(frozen=True, slots=True)
class ChargeSum:
    """All charges of one code at one tax percent, from the trips or from the period."""

    code: str
    level: ChargeLevel
    percent_milli: int
    is_taxable: bool
    amount: int
    count: int


@dataclass(frozen=True, slots=True)
class InvoiceLine:
    """One printed line: the sum of the ledger rows of one (code, tax percent, taxable, level)."""

    position: int
    code: str
    level: ChargeLevel
    description: str
    sac: str
    percent_milli: int
    is_taxable: bool
    amount: int
    count: int


@dataclass(frozen=True, slots=True)
class TaxGroup:
    """The tax of one rate, rounded from its taxable value (GST.md section 7)."""

    percent_milli: int
    taxable: int
    cgst: int
    sgst: int
    igst: int
    tax: int


@dataclass(frozen=True, slots=True)
class InvoiceTotals:
    """The figures under the lines. `total` leaves the incentive out, which has its own statement."""

    taxable: int
    non_taxable: int
    tax: int
    cgst: int
    sgst: int
    igst: int
    round_off: int
    total: int
    incentive: int = 0
    tds: int = 0
    rcm_tax: int = 0


@dataclass(frozen=True, slots=True)
class InvoiceDraft:
    """An invoice before it has a number: lines and figures that add up."""

    lines: tuple[InvoiceLine, ...]
    tax_groups: tuple[TaxGroup, ...]
    totals: InvoiceTotals
    nature: TaxNature
    reverse_charge: bool


@dataclass(frozen=True, slots=True)
class VersionPrint:
    """A contract version that priced part of the invoice, for "how this was computed"."""

    number: int
    billing_model: str
    rules: tuple[tuple[str, str], ...]
    valid_from: date
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class InvoiceDocument:
    """Everything a workbook or a PDF of one invoice prints, trip rows apart (they are streamed)."""

    invoice_id: UUID
    title: str
    status: InvoiceStatus
    number: str | None
    invoice_date: date
    period_from: date
    period_to: date
    supplier: PartyPrint
    recipient: PartyPrint
    contract_name: str
    sac: str
    draft: InvoiceDraft
    time_zone: str
    versions: tuple[VersionPrint, ...] = ()
    notes: tuple[str, ...] = ()
    reasons: tuple[tuple[str, str, int], ...] = ()
    """The month's own charges: (name, arithmetic in words, paise)."""
    unit_rates: tuple[tuple[int, str], ...] = ()
    """(position of a line, words) where one rate made the whole line: `12.50 a km`."""
    issued_at: datetime | None = None
    issued_by: str = ""
    engine_version: str = ""
    run_id: UUID | None = None
    doc_type: str = "INVOICE"
    corrects: tuple[CorrectedInvoice, ...] = ()
    """Of a note: the documents that it corrects."""
    follows: CorrectedInvoice | None = None
    """Of a note that bills again at another tax rate: the credit note that took the old one back."""
    corrects_type: str = ""
    """Of a note: the type of what it corrects; a note to a statement is no tax document either."""
    is_commercial: bool = False
    """A credit note that leaves the tax as it is (GST.md section 8)."""
    reason: str = ""
    """Of a note: its ground in words."""
    po_number: str = ""
    fuel_included: bool = True
    itc_option: str = "RESTRICTED"
    mode: str = "FOR_VENDOR"
    """Whose document it is (GST.md R0): a code of BILLING_MODES."""
    authority: str = ""
    einvoice_liable: bool = False
    tax_to_rupee: bool = False
    """Tax in whole rupees, each component of the document rounded by itself (GST.md section 7)."""
    aato: int | None = None
    """The supplier's turnover of the year before, paise; None: not recorded."""
    anchor: AuditAnchor | None = None
    einvoice: EinvoicePrint | None = None
    letterhead: Letterhead | None = None


@dataclass(frozen=True, slots=True)
class InvoiceSummary:
    """A row of the list of invoices."""

    client_id: UUID
    invoice_id: UUID
    run_id: UUID
    number: str | None
    status: InvoiceStatus
    client_code: str
    client_name: str
    vendor_code: str
    vendor_name: str
    contract_name: str
    month: date
    invoice_date: date | None
    trips: int
    taxable: int
    tax: int
    total: int
    issued_at: datetime | None
    void_reason: str | None = None
    doc_type: str = "INVOICE"
    corrects_id: UUID | None = None
    corrects_number: str | None = None
    note_reason: str | None = None
    commercial: bool = False
    credit_until: date | None = None
    notes_total: int = 0
    """Of an invoice: what its issued notes add or take, signed."""
    owed: int = 0
    """What the document does to the amount owed: a credit note takes away; a draft or void one does nothing."""
    replaces_number: str | None = None
    replaced_by_number: str | None = None
    approved_at: datetime | None = None
    contract_id: UUID | None = None

    @property
    def net_total(self) -> int:
        """The payable after its issued notes, before payments."""
        return self.total + self.notes_total
