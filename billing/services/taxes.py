"""Rates by date (GST, TDS), the TDS register and the split of input tax credit (GST.md sections 1 and 11)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

from billing.counting import plural
from billing.errors import BadInputError
from billing.exchange.returns.data_sheet import DataSheet
from billing.invoicing.sac_groups import owed_by_sac
from billing.invoicing.tds import PayeeYear
from billing.money import split_largest_remainder
from billing.schemas.changes import Changes
from billing.schemas.contracts import ITC_OPTIONS
from billing.schemas.invoices import InvoiceDocument, InvoiceStatus
from billing.schemas.parties import TDS_STATUSES
from billing.schemas.taxes import GstRate, ItcEntry, TdsEntry, TdsRate
from billing.services.checks import Checks
from billing.services.documents import annexure_of, document_of
from billing.services.lookup import find_client, find_link
from billing.services.month_inputs import next_month
from billing.services.parties import Stored

if TYPE_CHECKING:
    from billing.store.invoices import StoredInvoice
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork

READ_SECONDS = 600
MOST_BLOCKED_SEATS = 13
"""Section 17(5): credit is blocked for vehicles of up to thirteen seats, the driver's included."""

_TDS_DOCUMENTS = ("INVOICE", "SELF_INVOICE", "STATEMENT", "CREDIT_NOTE", "DEBIT_NOTE")
TDS_HEADERS = (
    "Document", "Date", "Vendor", "Vendor Name", "PAN", "Status", "Section", "Code", "Value Without GST",
    "Year To Date", "Rate", "TDS Due", "TDS On Document",
)  # fmt: skip
ITC_HEADERS = (
    "Document", "Date", "Supplier", "GSTIN", "Taxable Value", "Eligible IGST", "Eligible CGST", "Eligible SGST",
    "Blocked IGST", "Blocked CGST", "Blocked SGST", "Reason",
)  # fmt: skip

R = TypeVar("R", GstRate, TdsRate)


def list_gst_rates(session: Session) -> list[GstRate]:
    """All GST rates by SAC, fuel, option and date."""
    with session.unit_of_work(name="taxes.list") as uow:
        return uow.gst_rates.find()


def list_tds_rates(session: Session) -> list[TdsRate]:
    """All TDS rates by status and date."""
    with session.unit_of_work(name="taxes.list") as uow:
        return uow.tds_rates.find()


def save_gst_rate(session: Session, *, rate: GstRate) -> Stored[GstRate]:
    """Add (rev 0) or change a GST rate (SUPER_ADMIN). Issued documents keep theirs.

    Raises InvalidFieldsError, EditConflictError, ConflictError when two rates would hold on one day.
    """
    checks = Checks()
    sac = rate.sac_prefix.strip()
    rate = replace(rate, sac_prefix=sac, source=rate.source.strip())
    if not (sac.isascii() and sac.isdecimal() and sac.startswith("99") and 4 <= len(sac) <= 6):
        checks.add("sac_prefix", "SAC", "A SAC, or the beginning of one, has 4 to 6 digits and begins with 99.")
    checks.choice("itc_option", rate.itc_option, ITC_OPTIONS)
    _check_rate(checks, rate.percent, rate.valid_from, rate.valid_until)
    if not rate.source:
        checks.add("source", "REQUIRED", "Say which notification this rate comes from.")
    checks.done()
    return _save(session, rate, "gst_rates")


def save_tds_rate(session: Session, *, rate: TdsRate) -> Stored[TdsRate]:
    """Add (rev 0) or change a TDS rate (SUPER_ADMIN). Raises as `save_gst_rate`."""
    checks = Checks()
    rate = replace(rate, section=rate.section.strip(), code=rate.code.strip(), source=rate.source.strip())
    checks.text("section", rate.section, most=60)
    checks.text("code", rate.code, most=20, least=0)
    checks.choice("status", rate.status, TDS_STATUSES)
    _check_rate(checks, rate.percent, rate.valid_from, rate.valid_until)
    for field in ("single_limit", "year_limit"):
        if getattr(rate, field) < 0:
            checks.add(field, "OUT_OF_RANGE", "A limit is not below zero.")
    checks.done()
    return _save(session, rate, "tds_rates")


def _check_rate(checks: Checks, percent: Decimal, first: date, until: date | None) -> None:
    if not 0 <= percent <= 100 or percent != percent.quantize(Decimal("0.001")):
        checks.add("percent", "OUT_OF_RANGE", "A rate is 0 to 100 % with at most three decimals.")
    checks.span(first, until, ("valid_from", "valid_until"))


def _save(session: Session, rate: R, table: str) -> Stored[R]:
    with session.unit_of_work(name="taxes.save") as uow:
        records = getattr(uow, table)
        if rate.rev == 0:
            records.add([rate])
        else:
            records.update(rate)
        stored = records.get(rate.id)
        uow.commit()
    return Stored(stored, Changes(frozenset({table}), frozenset({rate.id})))


def tds_rate_for(uow: UnitOfWork, status: str, day: date) -> TdsRate | None:
    """The rate that holds for a payee of this status on a day."""
    return _rate_on(uow.tds_rates.find(status=status), day)


def _rate_on(rates: Sequence[TdsRate], day: date) -> TdsRate | None:
    fitting = (one for one in rates if one.valid_from <= day and (one.valid_until is None or day < one.valid_until))
    return next(fitting, None)


def _documents(
    uow: UnitOfWork, client_id: UUID, first: date, last: date, vendor_id: UUID | None
) -> list[tuple[StoredInvoice, InvoiceDocument]]:
    """Issued documents of these days in the order of their dates."""
    keys = uow.papers.documents(client_id, first, last, vendor_id=vendor_id)
    found = [uow.invoices.get(client_id, key.invoice_id) for key in keys if key.status == InvoiceStatus.ISSUED]
    pairs = [(stored, document_of(uow, stored)) for stored in found if stored is not None]
    return sorted(pairs, key=lambda pair: (pair[1].invoice_date, pair[1].number or ""))


def read_tds(
    session: Session, *, client: str | None, first_year: int, vendor: str | None = None, round_up: bool = False
) -> list[TdsEntry]:
    """The TDS register of a financial year: every document, what it makes due, and what it says itself."""
    with session.unit_of_work(READ_SECONDS, name="taxes.tds", snapshot=True) as uow:
        owner = find_client(uow, client)
        vendor_id = find_link(uow, owner, vendor).vendor_id if vendor else None
        vendors = {one.id: one for one in uow.vendors.find()}
        rates = uow.tds_rates.find()
        pairs = _documents(uow, owner.id, date(first_year, 4, 1), date(first_year + 1, 3, 31), vendor_id)
    years: dict[UUID, PayeeYear] = {}
    entries = []
    for stored, document in pairs:
        if document.doc_type in _TDS_DOCUMENTS:
            status = vendors[stored.vendor_id].tds_status if stored.vendor_id in vendors else "OTHER"
            rate = _rate_on([one for one in rates if one.status == status], document.invoice_date)
            year = years.setdefault(stored.vendor_id, PayeeYear(round_up))
            entries.append(_tds_entry(document, status, rate, year))
    return entries


def _tds_entry(document: InvoiceDocument, status: str, rate: TdsRate | None, year: PayeeYear) -> TdsEntry:
    sign = -1 if document.doc_type == "CREDIT_NOTE" else 1
    base = sign * document.draft.totals.taxable
    due = year.add(base, rate) if rate is not None else 0
    supplier = document.supplier
    return TdsEntry(
        number=document.number or "", day=document.invoice_date,
        vendor_code=supplier.code, vendor_name=supplier.name,
        pan=supplier.pan or (supplier.gstin or "")[2:12] or None, status=status,
        section=rate.section if rate else "", code=rate.code if rate else "",
        base=base,
        year_total=year.total, percent=rate.percent if rate else Decimal(0), due=due,
        on_document=sign * document.draft.totals.tds,
    )  # fmt: skip


def read_itc(session: Session, *, client: str | None, month: date, vendor: str | None = None) -> list[ItcEntry]:
    """The tax of a month's documents by what the client may credit.

    Eligible: where a law obliges the employer to drive its people, and in vehicles of more than 13 seats (of the trip's
    vehicle, else of the contract). A seat count that nobody recorded is taken as blocked, and said.
    """
    first = month.replace(day=1)
    with session.unit_of_work(READ_SECONDS, name="taxes.itc", snapshot=True) as uow:
        owner = find_client(uow, client)
        vendor_id = find_link(uow, owner, vendor).vendor_id if vendor else None
        seats = {one.vehicle_no: one.seats for one in uow.vehicles.find(client_id=owner.id)}
        pairs = _documents(uow, owner.id, first, next_month(first) - timedelta(days=1), vendor_id)
        return [_itc_entry(uow, stored, document, seats) for stored, document in pairs if _has_credit(document)]


def _has_credit(document: InvoiceDocument) -> bool:
    return document.doc_type != "STATEMENT" and bool(document.draft.totals.tax or document.draft.totals.rcm_tax)


def _itc_entry(
    uow: UnitOfWork, stored: StoredInvoice, document: InvoiceDocument, seats: dict[str, int | None]
) -> ItcEntry:
    contract = stored.snapshot.get("contract") or uow.papers.facts(stored.client_id, stored.contract_id)["contract"]
    if contract.get("statutory_obligation"):
        weights, reason = (1, 0), "transport is obligatory under a law"
    else:
        weights, reason = _seat_weights(uow, stored, document, seats, contract.get("seating_capacity"))
    sign = -1 if document.doc_type == "CREDIT_NOTE" else 1
    taxes = [sign * amount for amount in _taxes(document)]
    parts = [split_largest_remainder(amount, weights) for amount in taxes]
    return ItcEntry(
        document.number or "", document.invoice_date, document.supplier.name, document.supplier.gstin,
        sign * document.draft.totals.taxable, (parts[0][0], parts[1][0], parts[2][0]),
        (parts[0][1], parts[1][1], parts[2][1]), reason,
    )  # fmt: skip


def _taxes(document: InvoiceDocument) -> tuple[int, int, int]:
    """IGST, CGST and SGST that the client pays, to the supplier or under reverse charge."""
    groups = [group for _, group in owed_by_sac(document.draft)]
    return sum(one.igst for one in groups), sum(one.cgst for one in groups), sum(one.sgst for one in groups)


def _seat_weights(
    uow: UnitOfWork, stored: StoredInvoice, document: InvoiceDocument, seats: dict[str, int | None], usual: int | None
) -> tuple[tuple[int, int], str]:
    """Taxable value in large and in small vehicles; charges of the month go with the contract's own seats."""
    rows = annexure_of(uow, stored, document)
    large = small = unknown = 0
    for vehicle, amount in zip(rows.vehicles, rows.taxable.tolist(), strict=True):
        count = seats.get(vehicle) or usual
        unknown += count is None
        if count is not None and count > MOST_BLOCKED_SEATS:
            large += amount
        else:
            small += amount
    month = sum(row.amount for row in rows.period_rows if row.is_taxable)
    if usual is not None:
        large, small = (large + month, small) if usual > MOST_BLOCKED_SEATS else (large, small + month)
    if large + small <= 0:
        large, small = 0, 1
    reason = "by the vehicles' seats" if large else "vehicles of up to 13 seats"
    words = f"{reason}; seats of {plural(unknown, 'trip')} not recorded, taken as blocked" if unknown else reason
    return (max(large, 0), max(small, 0)), words


def tds_sheet(entries: Sequence[TdsEntry]) -> DataSheet:
    """The register as a table."""
    rows = [
        (one.number, one.day, one.vendor_code, one.vendor_name, one.pan or "", one.status, one.section, one.code,
         _rupees(one.base), _rupees(one.year_total), one.percent.normalize() + 0, _rupees(one.due),
         _rupees(one.on_document))
        for one in entries
    ]  # fmt: skip
    return DataSheet("TDS", TDS_HEADERS, tuple(rows))


def itc_sheet(entries: Sequence[ItcEntry]) -> DataSheet:
    """The split as a table."""
    rows: list[tuple[Any, ...]] = [
        (one.number, one.day, one.supplier, one.gstin or "", _rupees(one.taxable), *map(_rupees, one.eligible),
         *map(_rupees, one.ineligible), one.reason)
        for one in entries
    ]  # fmt: skip
    return DataSheet("ITC", ITC_HEADERS, tuple(rows))


def write_table(path: Path, table: DataSheet) -> Path:
    """A register as workbook or CSV, by the file's ending. Raises BadInputError UNKNOWN_FORMAT."""
    from billing.exchange.returns.data_sheet import write_book, write_csv

    if path.suffix.lower() == ".csv":
        return write_csv(path, table)
    if path.suffix.lower() == ".xlsx":
        return write_book(path, [table])
    raise BadInputError("UNKNOWN_FORMAT", "A register is written as .xlsx or .csv.", where="--out")


def _rupees(paise: int) -> Decimal:
    return Decimal(paise).scaleb(-2)
