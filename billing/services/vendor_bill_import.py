"""A vendor's bill on its way in: read by the guarded child, parted from its tax, stored and compared at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from billing.errors import BadInputError, RefusedError
from billing.invoicing.reconciliation import pair_up
from billing.money import half_up
from billing.schemas.changes import Changes
from billing.schemas.ids import new_id
from billing.schemas.parties import Client, ClientVendor
from billing.schemas.trip_columns import micros
from billing.schemas.vendor_bills import TheirRow
from billing.services.lookup import find_client, find_link
from billing.services.month_inputs import next_month
from billing.services.vendor_bill_ours import OurSide, read_ours
from billing.services.vendor_bills import SECONDS, TABLES, BillView, compare, day_of, view_of

if TYPE_CHECKING:
    from billing.exchange.sheets.bill import BillRow, BillSheet
    from billing.exchange.sheets.result import Rejected
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork

Progress = Callable[[int, int, str], None]
MAPPING_NAME = "Vendor bill"
TOLERANCE_PAISE, WINDOW_MINUTES = 100, 30


@dataclass(frozen=True, slots=True)
class BillChoices:
    """What the user says about a bill; what is None is taken from the file, or from the client's settings.

    `mapping` is field -> header; `with_tax`: the amounts of a sheet without tax columns have the tax in them;
    `tolerance` paise a trip; `lenient` takes the readable rows although others are refused.
    """

    mapping: Mapping[str, str] = field(default_factory=dict)
    number: str | None = None
    bill_date: date | None = None
    stated_total: int | None = None
    first_day: date | None = None
    last_day: date | None = None
    with_tax: bool = False
    tolerance: int | None = None
    window_minutes: int | None = None
    lenient: bool = False


@dataclass(frozen=True, slots=True)
class ImportedBill:
    """What an import found. `view` is None where rows were refused and nothing was compared."""

    written: bool
    view: BillView | None
    mapping: Mapping[str, str]
    headers: Sequence[str]
    rejected: Sequence[Rejected]
    changes: Changes = field(default_factory=lambda: Changes(frozenset()))


def import_bill(
    session: Session,
    path: Path,
    *,
    vendor: str,
    client: str | None = None,
    choices: BillChoices | None = None,
    preview: bool = False,
    progress: Progress | None = None,
) -> ImportedBill:
    """Read a vendor's bill, compare it with ours, and unless it is a preview store both in one transaction.

    Raises:
        RefusedError: BILL_KNOWN for the same file or bill number again; the file cannot be used; UNKNOWN_VENDOR.
        NotAllowedError: The role may not.
    """
    from billing.exchange.sheets import process

    session.require("vendor_bills.edit")
    wanted = choices or BillChoices()
    with session.unit_of_work(name="vendor_bills.read") as uow:
        owner = find_client(uow, client)
        link = find_link(uow, owner, vendor)
        saved = uow.import_mappings.all(owner.id, link.vendor_id).get(MAPPING_NAME, {})
    mapping = {**saved, **wanted.mapping}
    try:
        sheet = process.read_bill(path, owner.time_zone, mapping, progress)
    except RefusedError as error:
        if error.code != "NO_HEADER" or not saved or wanted.mapping:
            raise
        sheet = process.read_bill(path, owner.time_zone, {}, progress)  # another layout than last time
    if not sheet.rows or (sheet.rejected and not wanted.lenient):
        return ImportedBill(False, None, sheet.mapping, sheet.headers, sheet.rejected)
    with session.unit_of_work(timeout_s=SECONDS, name="vendor_bills.import", snapshot=True) as uow:
        work = _Import(uow, owner, link, sheet, wanted)
        bill_id = work.store()
        if wanted.mapping and not preview:
            uow.import_mappings.save(owner.id, link.vendor_id, MAPPING_NAME, dict(sheet.mapping))
        view = view_of(uow, owner.id, bill_id, with_lines=preview)
        if not preview:
            uow.commit()
    changes = Changes(frozenset() if preview else TABLES, frozenset({bill_id}))
    return ImportedBill(not preview, view, sheet.mapping, sheet.headers, sheet.rejected, changes)


class _Import:
    """One bill on its way in."""

    def __init__(
        self, uow: UnitOfWork, owner: Client, link: ClientVendor, sheet: BillSheet, choices: BillChoices
    ) -> None:
        self._uow, self._owner, self._link, self._sheet, self._choices = uow, owner, link, sheet, choices
        self._zone = ZoneInfo(owner.time_zone)

    def store(self) -> UUID:
        """Compare in memory first: amounts with tax are parted by our percentages."""
        bill_id, settings = new_id(), self._uow.client_settings
        refs = sorted({row.trip_ref for row in self._sheet.rows if row.trip_ref})
        first, last = self._period(refs)
        side = read_ours(self._uow, self._owner, self._link.vendor_id, bill_id, first, last, refs)
        chosen = self._choices.window_minutes
        window = (
            chosen if chosen is not None else settings.get(self._owner.id, "vendor_bill.window_minutes", WINDOW_MINUTES)
        )
        tolerance = self._choices.tolerance
        if tolerance is None:
            tolerance = settings.get(self._owner.id, "vendor_bill.tolerance", TOLERANCE_PAISE)
        rows = self._rows(side, int(window) * 60)
        basis = "WITH_TAX" if any(self._is_taxed(row) for row in self._sheet.rows) else "BEFORE_TAX"
        self._uow.vendor_bills.add(self._owner.id, self._bill(bill_id, first, last, basis, tolerance, window), rows)
        compare(self._uow, self._owner, self._link.vendor_id, bill_id, side)
        return bill_id

    def _bill(self, bill_id: UUID, first: date, last: date, basis: str, tolerance: int, window: int) -> dict[str, Any]:
        sheet, chosen = self._sheet, self._choices
        stated = chosen.stated_total if chosen.stated_total is not None else sheet.stated_total
        return {
            "id": bill_id, "vendor_id": self._link.vendor_id,
            "number": sheet.number if chosen.number is None else chosen.number.strip(),
            "bill_date": chosen.bill_date or sheet.bill_date, "first_day": first, "last_day": last,
            "file_name": Path(sheet.file).name[-255:], "file_sha256": f"\\x{sheet.sha256}", "sheet": sheet.sheet,
            "mapping": sheet.mapping, "basis": basis, "tolerance": int(tolerance), "window_s": int(window) * 60,
            "stated_total": stated, "rejected": len(sheet.rejected),
        }  # fmt: skip

    def _period(self, refs: Sequence[str]) -> tuple[date, date]:
        """As chosen; else as the sheet says; else the calendar month of the rows, else their first and last day."""
        chosen, sheet = self._choices, self._sheet
        days = sorted(row.start.astimezone(self._zone).date() for row in self._sheet.rows if row.start)
        if not days:
            known = self._uow.vendor_bills.starts(self._owner.id, self._link.vendor_id, refs)
            days = sorted(start.astimezone(self._zone).date() for start in known)
        if not days and not (chosen.first_day and chosen.last_day):
            raise BadInputError(
                "PERIOD_REQUIRED", "The bill does not say which days it is for.", where="--from",
                hint="Say the first and the last day.",
            )  # fmt: skip
        first, last = (days[0], days[-1]) if days else (date.min, date.max)
        if sheet.first_day and sheet.last_day and sheet.first_day <= first and last <= sheet.last_day:
            first, last = sheet.first_day, sheet.last_day
        elif first.replace(day=1) == last.replace(day=1):
            first, last = first.replace(day=1), next_month(last) - timedelta(days=1)
        first, last = chosen.first_day or first, chosen.last_day or last
        if last < first:
            raise BadInputError("BAD_DATES", "The last day is before the first.", where="--to")
        return first, last

    def _other_clients(self) -> dict[str, str]:
        """Clients named in the sheet that are not us; none where no row names us: then the column tells nothing."""
        named = {row.client for row in self._sheet.rows if row.client}
        owner = self._owner
        own = [key for key in map(_plain, (owner.code, owner.name, *owner.aliases)) if key]
        ours = {name for name in named if any(_plain(name) in key or key in _plain(name) for key in own)}
        return {name: name for name in named - ours} if ours else {}

    def _is_taxed(self, row: BillRow) -> bool:
        return row.tax is not None or row.total is not None or self._choices.with_tax

    def _rows(self, side: OurSide, window_s: int) -> list[dict[str, Any]]:
        others = self._other_clients()
        bare = [_their(number, row, others.get(row.client, "")) for number, row in enumerate(self._sheet.rows, start=1)]
        pairs = pair_up(bare, side.lines, window_s=window_s, day_of=day_of(self._zone))
        percents = {p.their.row_no: p.our.tax_milli for p in pairs if p.their and p.our}
        usual = [line.tax_milli for line in side.lines if line.tax_milli]
        most = max(set(usual), key=usual.count) if usual else 0
        made = []
        for number, row in enumerate(self._sheet.rows, start=1):
            amount, tax = _parted(row, percents.get(number, most), with_tax=self._choices.with_tax)
            made.append(
                {
                    "row_no": number, "sheet_row": row.sheet_row, "trip_ref": row.trip_ref,
                    "vehicle_no": row.vehicle_no, "start_time": row.start, "has_time": row.has_time,
                    "distance_m": row.distance_m, "amount": amount, "tax": tax, "description": row.description,
                    "other_client": others.get(row.client, ""),
                }
            )  # fmt: skip
        return made


def _plain(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


def _parted(row: BillRow, percent_milli: int, *, with_tax: bool) -> tuple[int, int]:
    """(before tax, tax) of a row in whatever way the sheet says it."""
    amount, tax, total = row.amount, row.tax, row.total
    if total is None and with_tax:
        amount, total = None, amount
    if total is not None and tax is not None:
        return total - tax, tax
    if total is not None and amount is not None:
        return amount, total - amount
    if total is not None:
        before = half_up(total * 100_000, 100_000 + percent_milli)
        return before, total - before
    return amount or 0, tax or 0


def _their(number: int, row: BillRow, other_client: str) -> TheirRow:
    """The row as far as it is needed to find its trip."""
    start = micros(row.start) if row.start else None
    return TheirRow(
        number, row.trip_ref, row.vehicle_no, start, row.has_time, row.distance_m, 0, 0, row.description,
        row.sheet_row, other_client,
    )  # fmt: skip
