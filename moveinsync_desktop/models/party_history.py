"""What happened to a party, from the audit log, in words: one line a field that changed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from billing.schemas.audit import AuditEntry
from moveinsync_desktop import formats
from moveinsync_desktop.models.columns import Column

COLUMNS = (
    Column("at", "When", "stamp", 140),
    Column("what", "What", "id", 150),
    Column("was", "Before", "text", 190),
    Column("now", "After", "text", 190, stretch=True),
    Column("who", "Who", "text", 220),
)
_NAMES = {
    "gstin": "GSTIN", "pan": "PAN", "pin": "PIN", "address_1": "Address", "address_2": "Address, line 2",
    "state_code": "State", "is_default": "Default", "is_sez": "SEZ", "lut_no": "LUT", "lut_until": "LUT until",
    "is_body_corporate": "Company", "tds_status": "TDS", "billing_mode": "Invoices", "aliases": "Also called",
    "site_id": "Site", "vendor_id": "Vendor", "vehicle_no": "Number", "active": "In use",
}  # fmt: skip
_ENTITIES = {"client_vendor": "Link", "vendor": "Vendor", "vendor_branch": "Branch"}
_NOT_SHOWN = frozenset({"id", "client_id"})


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One field that changed, or a record that was made."""

    id: str
    at: datetime
    what: str
    was: str
    now: str
    who: str


def history_lines(entries: Sequence[AuditEntry]) -> list[HistoryLine]:
    """The entries in words, newest first."""
    newest = sorted(entries, key=lambda entry: (entry.at, entry.seq), reverse=True)
    return [line for entry in newest for line in _lines(entry)]


def _lines(entry: AuditEntry) -> list[HistoryLine]:
    before, after = dict(entry.before or {}), dict(entry.after or {})
    key = f"{entry.entity}/{entry.seq}"
    about = f"{_ENTITIES[entry.entity]}: " if entry.entity in _ENTITIES else ""
    if entry.action != "UPDATE":
        verb = {"INSERT": "Made", "DELETE": "Removed"}.get(entry.action, entry.action.replace("_", " ").capitalize())
        name = next((str(after[field]) for field in ("name", "code", "vehicle_no") if after.get(field)), "")
        return [HistoryLine(key, entry.at, f"{about}{verb}", "", name, entry.actor)]
    return [
        HistoryLine(
            f"{key}/{field}", entry.at, f"{about}{_name(field)}", _shown(before.get(field)), _shown(now), entry.actor
        )
        for field, now in after.items()
        if field not in _NOT_SHOWN
    ]


def _name(field: str) -> str:
    return _NAMES.get(field, field.replace("_", " ").capitalize())


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(str, value)) or formats.NONE
    return formats.NONE if value is None or value == "" else str(value)
