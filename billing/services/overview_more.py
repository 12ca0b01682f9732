"""What a large screen adds to the Overview: trips by weekday and hour, cost per km over months, contracts by end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from billing.money import half_up
from billing.services.lookup import find_client
from billing.services.month_inputs import month_bounds, next_month
from billing.services.reporting.contract_reports import expiring

if TYPE_CHECKING:
    from billing.schemas.parties import Client
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork

MONTHS = 6


@dataclass(frozen=True, slots=True)
class OverviewMore:
    """More about a month.

    Attributes:
        hours: seven weekdays from Monday, 24 hours each: completed trips by their start.
        months: the last six months, the one shown last.
        cost_per_km: by vendor, paise a km of each of them, None where nothing is billed; dearest sum first.
        ends: contracts in force, those that end or renew first at the top (see contract_reports.expiring).
    """

    hours: tuple[tuple[int, ...], ...]
    months: tuple[date, ...]
    cost_per_km: Mapping[str, tuple[int | None, ...]]
    ends: tuple[dict[str, Any], ...]


def read_overview_more(session: Session, *, client: str, month: date) -> OverviewMore:
    """Read it; nothing is rated: months that are not billed have no cost here."""
    from billing.store.queries_analytics import AnalyticsQueries

    with session.unit_of_work(timeout_s=600, name="overview.more", snapshot=True) as uow:
        owner = find_client(uow, client)
        zone = ZoneInfo(owner.time_zone)
        start, until = month_bounds(month, zone)
        counts = AnalyticsQueries(uow.connection).by_hour(owner.id, owner.time_zone, start, until)
        months = _months(month)
        cost = _cost_per_km(uow, owner, months) if session.may("billing.amounts") else {}
        ends = (
            expiring(uow, owner.id, zone, session.now().astimezone(zone).date(), None)
            if session.may("contracts.view")
            else []
        )
    hours = tuple(tuple(counts.get((day, hour), 0) for hour in range(24)) for day in range(1, 8))
    return OverviewMore(hours, months, cost, tuple(row for row in ends if row["days"] is None or row["days"] >= 0))


def _months(month: date) -> tuple[date, ...]:
    made = [month.replace(day=1)]
    while len(made) < MONTHS:
        made.append((made[-1] - timedelta(days=1)).replace(day=1))
    return tuple(reversed(made))


def _cost_per_km(uow: UnitOfWork, owner: Client, months: tuple[date, ...]) -> dict[str, tuple[int | None, ...]]:
    """Billed amounts over billed kilometres, from the facts of the spend report; rounded half up once."""
    from billing.store.queries_spend import FIGURES, NAMES, SpendQueries

    zone = ZoneInfo(owner.time_zone)
    start = datetime.combine(months[0], time(), zone)
    until = datetime.combine(next_month(months[-1]), time(), zone)
    sums: dict[tuple[str, date], list[int]] = defaultdict(lambda: [0, 0])
    for fact in SpendQueries(uow.connection).facts(owner.id, owner.time_zone, start, until, with_amounts=True):
        row = dict(zip((*NAMES, *FIGURES), fact, strict=True))
        cell = sums[row["vendor"], row["month"]]
        cell[0] += row["amount"]
        cell[1] += row["billed_m"]
    vendors = sorted({vendor for vendor, _ in sums}, key=lambda name: -sum(sums[name, at][0] for at in months))
    made = {
        vendor: tuple(
            half_up(sums[vendor, at][0] * 1000, sums[vendor, at][1]) if sums[vendor, at][1] else None for at in months
        )
        for vendor in vendors
    }
    return {vendor: values for vendor, values in made.items() if any(value is not None for value in values)}
