"""Reports about contracts: what a change of rates did to a real month, and which contracts end soon."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from billing.errors import BadInputError, RefusedError
from billing.money import half_up
from billing.rules import parse_rules
from billing.schemas.contracts import ContractVersion
from billing.schemas.reports import Asked, ReportColumn, ReportContent, ReportKind, Row
from billing.services.lookup import find_client
from billing.services.month_inputs import MonthInputs, load_inputs

if TYPE_CHECKING:
    from billing.rating.period import RatingInput
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork

_TAX_KEYS = ("tax_percentage", "tax_rates_by_date", "tax_split", "reverse_charge")


def _changes(session: Session, asked: Asked) -> ReportContent:
    assert asked.month is not None
    rows: list[Row] = []
    skipped = 0
    with session.unit_of_work(timeout_s=600, name="reports.rate_change", snapshot=True) as uow:
        owner = find_client(uow, asked.client)
        zone = ZoneInfo(owner.time_zone)
        vendors = {one.id: one.name for one in uow.vendors.find()}
        for _, contract_id in uow.months.contracts_with_work(client_id=owner.id, vendor_id=None, month=asked.month):
            try:
                inputs = load_inputs(uow, owner.id, contract_id, asked.month)
                rows += [
                    {"vendor": vendors.get(inputs.facts.contract.vendor_id, ""), **row}
                    for row in _of_contract(uow, inputs, zone)
                ]
            except (BadInputError, RefusedError):
                skipped += 1
    note = "The month's own trips, rated under both versions by the one rating function; before tax."
    return ReportContent(rows, note + (f" {skipped} contracts cannot be rated." if skipped else ""))


def _of_contract(uow: UnitOfWork, inputs: MonthInputs, zone: ZoneInfo) -> list[Row]:
    """Against the version before the one in force, and against every draft."""
    contract = inputs.facts.contract
    stored = uow.contract_versions.of_contract(contract.client_id, contract.id)
    active = sorted((one for one in stored if one.status == "ACTIVE"), key=lambda one: one.valid_from)
    if not active:
        return []
    numbers = {version.number for version in inputs.rating.versions}
    now = [one for one in active if one.number in numbers][-1]
    earlier = [one for one in active if one.valid_from < now.valid_from]
    pairs = [(earlier[-1], now, "ACTIVE")] if earlier else []
    pairs += [(now, one, "DRAFT") for one in stored if one.status == "DRAFT"]
    made = []
    for before, after, state in pairs:
        old, new = _subtotal(inputs, before), _subtotal(inputs, after)
        made.append(
            {
                "contract": contract.name, "contract_id": contract.id, "before_name": f"Version {before.number}",
                "after_name": f"Version {after.number}", "from": after.valid_from.astimezone(zone).date(), "old": old,
                "new": new, "change": new - old, "percent": half_up((new - old) * 1000, old) if old else None,
                "trips": len(inputs.trips), "state": state,
            }
        )  # fmt: skip
    return made


def _subtotal(inputs: MonthInputs, version: ContractVersion) -> int:
    """The month before tax as if this version had held all of it; the tax rules are those of the month."""
    from billing.rating.period import rate_period
    from billing.rating.simulate import ALWAYS

    rules = parse_rules(version.billing_model, version.rules)
    last = inputs.rating.versions[-1]
    kept = {key: value for key, value in rules.values.items() if key not in _TAX_KEYS}
    taxes = {key: last.rules.values[key] for key in _TAX_KEYS if key in last.rules.values}
    held = replace(
        last, number=version.number, rules=replace(rules, values={**kept, **taxes}), valid_from=ALWAYS, valid_until=None
    )
    given: RatingInput = replace(inputs.rating, versions=(held,))
    rated = rate_period(given)
    return rated.taxable_subtotal + rated.non_taxable


RATE_CHANGE = ReportKind(
    "rate_change", "Rate-change impact", "Contracts",
    "A real month under the version before and the one in force, or a draft", "month",
    (
        ReportColumn("vendor", "Vendor", "text", 130, stretch=True),
        ReportColumn("contract", "Contract", "text", 160),
        ReportColumn("before_name", "Before", "text", 92, from_width=1050),
        ReportColumn("after_name", "After", "text", 84),
        ReportColumn("from", "From", "date", 96),
        ReportColumn("trips", "Trips", "count", 72, total=True, from_width=1150),
        ReportColumn("old", "Before ₹", "money", 110, total=True),
        ReportColumn("new", "After ₹", "money", 110, total=True),
        ReportColumn("change", "Change ₹", "money", 104, total=True),
        ReportColumn("percent", "Change", "percent", 76),
        ReportColumn("state", "State", "state", 90, from_width=1050),
    ),
    _changes, drill=lambda row: ("contracts", {"contract": row["contract_id"]}),
)  # fmt: skip


def _expiry(session: Session, asked: Asked) -> ReportContent:
    assert asked.day is not None
    with session.unit_of_work(name="reports.expiry", snapshot=True) as uow:
        owner = find_client(uow, asked.client)
        rows = expiring(uow, owner.id, ZoneInfo(owner.time_zone), asked.day)
    return ReportContent(
        rows, "Contracts whose last version ends, or that renew, within 90 days, and those that ended."
    )


def expiring(uow: UnitOfWork, client_id: UUID, zone: ZoneInfo, day: date, within: int | None = 90) -> list[Row]:
    """Contracts that end or renew within so many days of a day, or ended in the 90 before; soonest first.

    With `within` None all contracts that have a version, those that neither end nor renew last (`days` None).
    """
    vendors = {one.id: one.name for one in uow.vendors.find()}
    versions: dict[UUID, list[ContractVersion]] = {}
    for version in uow.contract_versions.all_of(client_id):
        if version.status == "ACTIVE":
            versions.setdefault(version.contract_id, []).append(version)
    rows: list[Row] = []
    for contract in uow.contracts.find(client_id=client_id):
        held = versions.get(contract.id, [])
        end = _last_day(held, zone)
        soonest = min((one for one in (end, contract.renews_on) if one is not None), default=None)
        left = None if soonest is None else (soonest - day).days
        if not held or (within is not None and (left is None or not -90 <= left <= within)):
            continue
        notice = soonest - timedelta(days=contract.notice_days) if soonest and contract.notice_days else None
        rows.append(
            {
                "vendor": vendors.get(contract.vendor_id, ""), "contract": contract.name, "contract_id": contract.id,
                "ends": end, "renews": contract.renews_on, "days": left, "notice": notice, "bucket": _bucket(left),
                "state": _state(left, notice, day),
            }
        )  # fmt: skip
    return sorted(rows, key=lambda row: (row["days"] is None, row["days"] or 0, row["vendor"], row["contract"]))


def _bucket(left: int | None) -> str:
    if left is None:
        return ""
    return "Ended" if left < 0 else next((f"{days} days" for days in (30, 60, 90) if left <= days), "Later")


def _state(left: int | None, notice: date | None, day: date) -> str:
    """Time to renew is within 30 days, or from the day of notice on."""
    if left is None:
        return "ACTIVE"
    is_due = left <= 30 or (notice is not None and notice <= day)
    return "ENDED" if left < 0 else "RENEW" if is_due else "ACTIVE"


def _last_day(held: list[ContractVersion], zone: ZoneInfo) -> date | None:
    """The last day that a version covers; None where one is open."""
    ends: list[datetime] = [one.valid_until for one in held if one.valid_until is not None]
    if not held or len(ends) < len(held):
        return None
    return (max(ends) - timedelta(microseconds=1)).astimezone(zone).date()


EXPIRY = ReportKind(
    "expiry", "Contract expiry", "Contracts",
    "Contracts that end or renew within 30, 60 and 90 days", "day",
    (
        ReportColumn("vendor", "Vendor", "text", 180, stretch=True),
        ReportColumn("contract", "Contract", "text", 200),
        ReportColumn("ends", "Last day", "date", 100),
        ReportColumn("renews", "Renews on", "date", 100),
        ReportColumn("days", "Days left", "count", 84),
        ReportColumn("bucket", "Within", "text", 84),
        ReportColumn("notice", "Notice until", "date", 104),
        ReportColumn("state", "State", "state", 100),
    ),
    _expiry, "contracts.view", lambda row: ("contracts", {"contract": row["contract_id"]}),
)  # fmt: skip
