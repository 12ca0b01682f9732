"""What happened to a contract and its versions, from the audit log, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from billing.errors import BadInputError
from billing.schemas.audit import AuditEntry
from moveinsync_desktop import formats
from moveinsync_desktop.models.columns import Column
from moveinsync_desktop.models.rule_form import RuleForm

COLUMNS = (
    Column("at", "When", "stamp", 150),
    Column("what", "What", "id", 170),
    Column("detail", "In detail", "text", 300, stretch=True),
    Column("who", "Who", "text", 236),
)
FACTS = {
    "name": "name", "sac": "SAC", "site_id": "site", "branch_id": "branch", "itc_option": "credit",
    "fuel_included": "fuel in the price", "reverse_charge": "reverse charge", "scope_sites": "sites",
    "scope_vehicle_types": "vehicle types", "renewal_cycle": "renewal", "renews_on": "renews on",
    "notice_days": "notice", "escalation_percent": "escalation", "po_number": "purchase order",
}  # fmt: skip
MOVED_ONLY = frozenset({"status", "validity", "superseded_at", "superseded_by", "superseded_reason"})
"""What activating or ending moves by itself; the deed has an entry of its own."""


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One thing that happened."""

    id: int
    at: datetime
    who: str
    what: str
    detail: str


def history_lines(
    entries: Sequence[AuditEntry], numbers: Mapping[UUID, int], models: Mapping[UUID, str], zone: ZoneInfo
) -> list[HistoryLine]:
    """The entries in words, newest first; `numbers` and `models` are of the versions by id."""
    made = []
    for entry in sorted(entries, key=lambda entry: entry.seq, reverse=True):
        told = _version(entry, numbers, models, zone) if entry.entity == "contract_version" else _contract(entry, zone)
        if told is not None:
            made.append(HistoryLine(entry.seq, entry.at, entry.actor, *told))
    return made


def _contract(entry: AuditEntry, zone: ZoneInfo) -> tuple[str, str] | None:
    before, after = dict(entry.before or {}), dict(entry.after or {})
    if entry.action == "INSERT":
        return "Contract made", str(after.get("name", ""))
    if entry.action == "END":
        ends = after.get("until")
        words = [f"last day {_day(ends, zone, before=True)}" if ends else "", entry.reason or ""]
        return ("End set" if ends else "End taken back"), ", ".join(word for word in words if word)
    changed = [FACTS[key] for key in after if key in FACTS and before.get(key) != after.get(key)]
    return ("Facts changed", ", ".join(changed)) if changed else None


def _version(
    entry: AuditEntry, numbers: Mapping[UUID, int], models: Mapping[UUID, str], zone: ZoneInfo
) -> tuple[str, str] | None:
    before, after = dict(entry.before or {}), dict(entry.after or {})
    number = numbers.get(entry.entity_id, 0) if entry.entity_id else 0
    if entry.action == "INSERT":
        return f"Version {number} drafted", ""
    if entry.action in ("ACTIVATE", "RENEW"):
        return f"Version {number} activated", f"from {_day(after.get('from'), zone)}"
    if entry.action == "DELETE":
        return f"Draft {number} thrown away", ""
    if entry.action == "UPDATE" and set(after) <= MOVED_ONLY:
        return None
    model = models.get(entry.entity_id, "HYBRID") if entry.entity_id else "HYBRID"
    detail = entry.reason or _rule_changes(model, before.get("rules_config"), after.get("rules_config"))
    return f"Version {number} changed", detail


def _rule_changes(model: str, before: Any, after: Any) -> str:
    if not isinstance(before, Mapping) or not isinstance(after, Mapping):
        return ""
    try:
        changes = RuleForm(model, after, base=before).changes()
    except BadInputError:
        return ""
    return "; ".join(f"{change.label} {change.old} → {change.new}" for change in changes)


def _day(moment: Any, zone: ZoneInfo, *, before: bool = False) -> str:
    """A bound as a day, or the last day before it; the audit log has it as text."""
    if not moment:
        return ""
    found = datetime.fromisoformat(str(moment))
    return formats.day(found - timedelta(microseconds=1) if before else found, zone)
