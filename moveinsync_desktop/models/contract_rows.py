"""Contracts as lines of a list: what is in force, until when, what waits as a draft."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID
from zoneinfo import ZoneInfo

from billing.rules.lint_versions import lint_versions
from billing.rules.parse import examine_rules
from billing.schemas.contracts import ContractVersion
from billing.schemas.rating import BillingModelType
from billing.schemas.rating import ContractVersion as RatedVersion
from moveinsync_desktop import formats
from moveinsync_desktop.models.columns import Column

if TYPE_CHECKING:
    from billing.services.contracts import ContractView

RENEW_SOON = timedelta(days=60)
MONTH_COLUMNS = (
    Column("month", "Month", "month", 120, stretch=True),
    Column("trips", "Trips", "count", 70, total=True),
    Column("distance_m", "Km", "km", 90, total=True),
    Column("taxable", "Before tax ₹", "money", 112, total=True, get=lambda run: run.figures.taxable),
    Column("total", "Total ₹", "money", 112, total=True, get=lambda run: run.figures.total - run.figures.incentive),
    Column("status", "State", "state", 90),
    Column("number", "Invoice", "text", 140, show=lambda number: number or "no number yet"),
)
"""The billed months of a contract; an invoice's total leaves the employees' incentive out (TARIFF.md section 6)."""


@dataclass(frozen=True, slots=True)
class ContractRow:
    """A line of the list."""

    id: UUID
    client: str
    vendor: str
    name: str
    model: str
    version: int | None
    since: date | None
    until: date | None
    state: str
    drafts: str
    site: str
    renews_on: date | None
    view: ContractView


COLUMNS = (
    Column("client", "Client", "text", 150, hidden=True),
    Column("vendor", "Vendor", "text", 196),
    Column("name", "Contract", "id", 210, stretch=True),
    Column("model", "Model", "text", 110),
    Column("version", "Version", "count", 66, show=lambda number: formats.count(number)),
    Column("since", "In force from", "date", 108),
    Column("until", "Until", "date", 96, show=lambda day: formats.day(day) if day else "open"),
    Column("state", "State", "state", 110),
    Column("drafts", "Draft", "text", 120, from_width=1180),
    Column("site", "Billed to", "text", 140, hidden=True),
    Column("renews_on", "Renews on", "date", 100),
)


OF_ALL_CLIENTS = tuple(replace(column, hidden=False) if column.key == "client" else column for column in COLUMNS)
"""For who sees several clients."""


def row_of(view: ContractView, now: datetime | None = None) -> ContractRow:
    """A contract as a line of the list: the version in force now, or the next, or the last."""
    moment, zone = now or datetime.now(UTC), ZoneInfo(view.client.time_zone)
    current = view.current(moment)
    is_active = current is not None and current.status == "ACTIVE"
    drafts = [version for version in view.versions if version.status == "DRAFT"]
    state = version_state(current, moment) if current is not None else "DRAFT"
    renews = view.contract.renews_on
    if state == "ACTIVE" and renews is not None and renews - moment.astimezone(zone).date() <= RENEW_SOON:
        state = "RENEW"
    return ContractRow(
        view.contract.id,
        view.client.name,
        view.vendor.name,
        view.contract.name,
        BillingModelType(current.billing_model).label if current is not None else "",
        current.number if current is not None and is_active else None,
        current.valid_from.astimezone(zone).date() if current is not None and is_active else None,
        _last_day(current, zone) if current is not None and is_active else None,
        state,
        f"Version {drafts[-1].number}" if drafts else "",
        view.site.name,
        renews,
        view,
    )


def _last_day(version: ContractVersion, zone: ZoneInfo) -> date | None:
    """The last day in force: the bound itself is the first day without."""
    if version.valid_until is None:
        return None
    return (version.valid_until.astimezone(zone) - timedelta(microseconds=1)).date()


def version_state(version: ContractVersion, now: datetime | None = None) -> str:
    """DRAFT, UPCOMING, ACTIVE or ENDED."""
    moment = now or datetime.now(UTC)
    if version.status == "DRAFT":
        return "DRAFT"
    if version.valid_from > moment:
        return "SCHEDULED"
    return "ENDED" if version.valid_until is not None and version.valid_until <= moment else "ACTIVE"


def span_words(version: ContractVersion, zone: ZoneInfo) -> str:
    """When a version holds: "16-08-2026 to today" as days; the end is the last day, not the day after."""
    begins = formats.day(version.valid_from, zone)
    if version.status == "DRAFT":
        return f"proposed from {begins}"
    if version.valid_until is None:
        return f"from {begins}, open"
    last = version.valid_until.astimezone(zone)
    if (last.hour, last.minute) == (0, 0):
        last = datetime.fromordinal(last.toordinal() - 1).replace(tzinfo=zone)
    return f"{begins} to {formats.day(last, zone)}"


def notice_of(view: ContractView, now: datetime | None = None) -> str:
    """What the contract needs attention for: a time without a version, else a renewal that comes near; else ""."""
    zone = ZoneInfo(view.client.time_zone)
    active = [
        RatedVersion(version.number, examine_rules(version.billing_model, version.rules)[0], version.valid_from,
                     version.valid_until)
        for version in view.versions
        if version.status == "ACTIVE"
    ]  # fmt: skip
    found = lint_versions(active, zone)
    if found:
        return f"{found[0].message}."
    renews, today = view.contract.renews_on, (now or datetime.now(UTC)).astimezone(zone).date()
    notice = timedelta(days=view.contract.notice_days or 0)
    if renews is None or not today <= renews <= today + RENEW_SOON + notice:
        return ""
    has_draft = any(version.status == "DRAFT" for version in view.versions)
    words = f"Renews on {formats.day(renews)}"
    if notice:
        words += f", notice by {formats.day(renews - notice)}"
    return f"{words}; a draft is there." if has_draft else f"{words}; nothing is drafted yet."
