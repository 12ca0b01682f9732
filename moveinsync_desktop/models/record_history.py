"""What happened to a record, from the audit log, in words: one line a field that changed; and whose record a row is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from billing.schemas.audit import AuditEntry
from billing.schemas.invoices import InvoiceSummary
from moveinsync_desktop.models import party_rows
from moveinsync_desktop.models.audit_rows import about_of, differences, what_of
from moveinsync_desktop.models.billing_rows import RunRow
from moveinsync_desktop.models.columns import Column
from moveinsync_desktop.models.user_rows import UserRow

COLUMNS = (
    Column("at", "When", "stamp", 140),
    Column("what", "What", "id", 170),
    Column("was", "Before", "text", 180),
    Column("now", "After", "text", 180, stretch=True),
    Column("who", "Who", "text", 210),
    Column("reason", "Reason", "text", 150),
)
_NAMES = {
    "gstin": "GSTIN", "pan": "PAN", "pin": "PIN", "address 1": "Address", "address 2": "Address, line 2",
    "state code": "State", "is default": "Default", "is sez": "SEZ", "lut no": "LUT", "lut until": "LUT until",
    "is body corporate": "Company", "tds status": "TDS", "billing mode": "Invoices", "aliases": "Also called",
    "vehicle no": "Number", "active": "In use", "distance m": "Distance, m", "toll paise": "Toll",
    "parking paise": "Parking", "hold reason": "Held because",
}  # fmt: skip
_ABOUT = {"client_vendor": "Link", "vendor": "Vendor", "vendor_branch": "Branch", "invoice": "Invoice",
          "billing_run": "Run", "import_batch": "Import"}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Source:
    """Where a record's entries are: whose chain (None: the workspace's), of what kind, which one (None: all)."""

    client_id: UUID | None
    entity: str
    entity_id: UUID | None


@dataclass(frozen=True, slots=True)
class Record:
    """A record by the name that a person knows it by, and where the log tells of it."""

    name: str
    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One field that changed, or something that was done to the record."""

    id: str
    at: datetime
    what: str
    was: str
    now: str
    who: str
    reason: str = ""


def record_of(row: Any, *, workspace: bool) -> Record | None:
    """The record that a list's row shows, None where the log has none of its own.

    `workspace`: whether the user may read what belongs to no client (vendors themselves, users without a client).
    """
    if isinstance(row, InvoiceSummary):
        parts = [Source(row.client_id, "invoice", row.invoice_id), Source(row.client_id, "billing_run", row.run_id)]
        return Record(row.number or f"draft of {row.contract_name}", tuple(parts))
    if isinstance(row, RunRow):
        return _of_run(row)
    if isinstance(row, UserRow):
        chains = [row.record.client_id] if row.record.client_id else []
        return Record(row.email, tuple(Source(chain, "user", row.id) for chain in [*chains, None]))
    if hasattr(row, "ref") and hasattr(row, "distance_m") and hasattr(row, "client_id"):
        return Record(str(row.ref), (Source(row.client_id, "trip", row.id),))
    return _of_party(row, workspace=workspace)


def _of_run(row: RunRow) -> Record | None:
    outcome = row.outcome
    parts = [Source(outcome.client_id, "contract", outcome.contract_id)]
    if outcome.run_id is not None:
        parts.append(Source(outcome.client_id, "billing_run", outcome.run_id))
    if outcome.invoice is not None:
        parts.append(Source(outcome.client_id, "invoice", outcome.invoice.invoice_id))
    return Record(f"{outcome.contract_name}, {outcome.month:%m-%Y}", tuple(parts))


def _of_party(row: Any, *, workspace: bool) -> Record | None:
    if isinstance(row, party_rows.ClientRow):
        return Record(row.name, (Source(row.id, "client", row.id),))
    if isinstance(row, party_rows.VendorRow):
        parts = [Source(row.link.client_id, "client_vendor", row.link.vendor_id)]
        if workspace:
            parts.append(Source(None, "vendor", row.record.id))
            parts += [Source(None, "vendor_branch", branch.id) for branch in row.places]
        return Record(row.name, tuple(parts))
    kinds = {party_rows.SiteRow: "client_site", party_rows.EmployeeRow: "employee", party_rows.VehicleRow: "vehicle"}
    kind = kinds.get(type(row))
    if kind is None:
        return None
    name = row.vehicle_no if isinstance(row, party_rows.VehicleRow) else row.name
    return Record(str(name), (Source(row.record.client_id, kind, row.id),))


def history_lines(entries: Sequence[AuditEntry]) -> list[HistoryLine]:
    """The entries in words, newest first."""
    newest = sorted(entries, key=lambda entry: (entry.at, entry.seq), reverse=True)
    return [line for entry in newest for line in _lines(entry)]


def _lines(entry: AuditEntry) -> list[HistoryLine]:
    key, who, reason = f"{entry.entity}/{entry.seq}", entry.actor or entry.db_user, entry.reason or ""
    if entry.action != "UPDATE":
        return [HistoryLine(key, entry.at, what_of(entry), "", about_of(entry), who, reason)]
    about = f"{_ABOUT[entry.entity]}: " if entry.entity in _ABOUT else ""
    return [
        HistoryLine(f"{key}/{name}", entry.at, f"{about}{_name(name)}", was, now, who, reason)
        for name, was, now in differences(entry)
    ]


def _name(field: str) -> str:
    return _NAMES.get(field, field[:1].upper() + field[1:])
