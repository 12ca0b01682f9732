"""Audit entries as lines of a list, and one entry as a readable before-and-after."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from billing.schemas.audit import AuditEntry
from moveinsync_desktop import formats
from moveinsync_desktop.models.columns import Column

ENTITY_WORDS = {
    "billing_period": "Month",
    "billing_run": "Billing run",
    "client": "Client",
    "client_site": "Site",
    "client_vendor": "Vendor link",
    "contract": "Contract",
    "contract_version": "Contract version",
    "einvoice": "E-invoice",
    "employee": "Employee",
    "gst_rate": "GST rate",
    "import_batch": "Import",
    "ims_answer": "Client's answer to a credit note",
    "invoice": "Invoice",
    "number_series": "Number series",
    "receipt": "Payment",
    "setting": "Setting",
    "tds_rate": "TDS rate",
    "user": "User",
    "vehicle": "Vehicle",
    "vehicle_slot": "Vehicle slot",
    "trip": "Trip",
    "vendor": "Vendor",
    "vendor_bill": "Vendor bill",
    "vendor_branch": "Branch",
    "vendor_debit_note": "Vendor debit note",
    "vendor_dispute": "Dispute",
    "vendor_payee": "Payee",
    "vendor_payout": "Payout",
    "workspace": "Workspace",
}
ACTION_WORDS = {
    "INSERT": "added",
    "UPDATE": "changed",
    "DELETE": "removed",
    "SIGN_IN": "signed in",
    "SIGN_OUT": "signed out",
    "CREATE": "made",
    "SET_ROLE": "given a role",
    "END_SESSIONS": "sessions ended",
    "RESET_PASSWORD": "password reset",
    "CHANGE_PASSWORD": "password changed",
    "ISSUE": "issued",
    "VOID": "voided",
    "RUN": "made",
    "DISCARD": "discarded",
    "ACTIVATE": "put in force",
    "RENEW": "renewed",
    "END": "ended",
    "CORRECT": "corrected",
    "UNDO_IMPORT": "undone",
    "ADD_VENDOR": "added",
    "SET_SERIES": "set",
    "MONTH_INPUTS": "month inputs saved",
    "APPROVE": "approved",
    "ATTACH": "document attached",
    "BACKDATE": "put in force earlier",
    "CLOSE_MONTH": "closed",
    "CONFIRM": "confirmed",
    "DISPUTE": "disputed",
    "IMPORT": "imported",
    "MATCH": "compared",
    "NOTE": "corrected by a note",
    "OPENING_VALUES": "opening values saved",
    "PAYOUT": "recorded",
    "RECEIPT": "recorded",
    "REFERENCE": "bank reference noted",
    "REKEY": "keys renewed",
    "REMOVE_OPENING": "opening value taken back",
    "REOPEN_MONTH": "opened again",
    "REVERSE": "reversed",
    "SAVE": "saved",
    "SEND_BACK": "sent back",
    "SET_LETTERHEAD": "letterhead set",
    "SHIFT": "trips moved",
    "SPREAD": "spread over invoices",
}
FIELD_WORDS = {
    "fy": "financial year",
    "ours": "our amount",
    "ref": "trip",
    "rev": "revision",
    "row": "row of the bill",
    "sac": "SAC",
    "theirs": "their amount",
    "tds": "TDS",
    "gstin": "GSTIN",
    "pan": "PAN",
    "pin": "PIN",
}
_PLACES: dict[str, tuple[str, dict[str, Any]]] = {
    "client": ("parties", {"tab": "clients"}),
    "client_site": ("parties", {"tab": "sites"}),
    "client_vendor": ("parties", {"tab": "vendors"}),
    "vendor": ("parties", {"tab": "vendors"}),
    "vendor_branch": ("parties", {"tab": "vendors"}),
    "employee": ("parties", {"tab": "employees"}),
    "vehicle": ("parties", {"tab": "vehicles"}),
    "user": ("users", {}),
    "setting": ("settings", {}),
    "workspace": ("settings", {}),
    "import_batch": ("trips", {}),
}
_NAMES = ("number", "name", "code", "email", "vehicle_no", "slot", "key", "month")
_MONEY = frozenset(
    {
        "taxable", "non_taxable", "tax", "cgst", "sgst", "igst", "rcm_tax", "round_off", "total", "tds", "incentive",
        "ours", "theirs", "payable", "amount", "open_amount",
    }
)  # fmt: skip
# Ids and links that say nothing to a person; the record itself opens from the panel.
_UNSAID = ("_id", "_by", "inputs_hash")


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One entry in the list."""

    seq: int
    at: datetime
    who: str
    what: str
    about: str
    fields: str
    reason: str
    record: AuditEntry


AUDIT_COLUMNS = (
    Column("at", "When", "stamp", 148),
    Column("who", "Who", "text", 240),
    Column("what", "What", "id", 160),
    Column("about", "About", "text", 152),
    Column("fields", "Fields", "text", 96, stretch=True, from_width=860),
    Column("reason", "Reason", "text", 150, from_width=1050),
    Column("seq", "Entry", "count", 72, from_width=980),
)


def audit_rows(entries: Sequence[AuditEntry]) -> list[AuditRow]:
    """One line an entry."""
    return [
        AuditRow(
            one.seq,
            one.at,
            one.actor or one.db_user,
            what_of(one),
            about_of(one),
            fields_of(one),
            one.reason or "",
            one,
        )
        for one in entries
    ]


def what_of(entry: AuditEntry) -> str:
    """What happened, in words."""
    entity = ENTITY_WORDS.get(entry.entity, entry.entity.replace("_", " ").capitalize())
    return f"{entity} {ACTION_WORDS.get(entry.action, entry.action.lower().replace('_', ' '))}"


def about_of(entry: AuditEntry) -> str:
    """The number, name or code of the record, where the entry has one."""
    row = {**(entry.before or {}), **(entry.after or {})}
    return next((value_words(name, row[name]) for name in _NAMES if row.get(name)), "")


def place_of(entry: AuditEntry) -> tuple[str, dict[str, Any]] | None:
    """The screen that shows what an entry is about, and what to ask it for; None where no screen does."""
    row = {**(entry.before or {}), **(entry.after or {})}
    found = _PLACES.get(entry.entity)
    if found is not None:
        return found
    if entry.entity in ("einvoice", "ims_answer") and entry.entity_id is not None:
        return "invoices", {"invoice": str(entry.entity_id)}
    if entry.entity in ("contract", "invoice") and entry.entity_id is not None:
        return f"{entry.entity}s", {entry.entity: entry.entity_id}
    if row.get("contract_id") and entry.entity in ("contract_version", "vehicle_slot"):
        return "contracts", {"contract": UUID(str(row["contract_id"]))}
    if entry.entity == "billing_run":
        month = row.get("month")
        return "billing_runs", {"month": date.fromisoformat(str(month)[:10])} if month else {}
    if entry.entity == "trip" and entry.entity_id is not None:
        return "trips", {"trip": entry.entity_id}
    return None


def fields_of(entry: AuditEntry) -> str:
    """The fields that a change touched."""
    if entry.action != "UPDATE":
        return ""
    return ", ".join(words_of(name) for name in (entry.after or {}) if not name.endswith(_UNSAID))


def words_of(field: str) -> str:
    """A column's name for people; the parts of a nested one keep their signs between them."""
    return " › ".join(FIELD_WORDS.get(part, part.replace("_", " ")) for part in field.split(" › "))


def differences(entry: AuditEntry) -> list[tuple[str, str, str]]:
    """Field, value before, value after; objects field by field, only what differs and is not empty in both."""
    before, after = _flat(entry.before or {}), _flat(entry.after or {})
    found = []
    for name in {**before, **after}:
        old, new = before.get(name), after.get(name)
        nothing: tuple[Any, ...] = (None, "", [], {})
        if name.endswith(_UNSAID) or name == "id" or old == new or (old in nothing and new in nothing):
            continue
        found.append((words_of(name), value_words(name, old), value_words(name, new)))
    return found


def _flat(row: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in row.items():
        if isinstance(value, Mapping) and value:
            flat |= _flat(value, f"{prefix}{name} › ")
        else:
            flat[f"{prefix}{name}"] = value
    return flat


def value_words(name: str, value: Any) -> str:
    """A stored value for people: money with paise, yes and no, a dash for nothing."""
    if value is None or value in ("", [], {}):
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if name.rpartition(" › ")[2] in _MONEY and isinstance(value, int):
        return formats.money(value)
    if name == "month" and isinstance(value, str):
        return formats.month(date.fromisoformat(value[:10]))
    if isinstance(value, str):
        return _moment(value) or value
    return json.dumps(value, ensure_ascii=False)


def _moment(text: str) -> str:
    """A date or a time as the lists show it, "" for any other text."""
    if text[4:5] != "-" or text[7:8] != "-":
        return ""
    try:
        return (
            formats.day(date.fromisoformat(text))
            if len(text) == 10
            else formats.long_stamp(datetime.fromisoformat(text))
        )
    except ValueError:
        return ""
