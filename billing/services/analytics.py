"""The Overview of a month: from the ledger where it is billed, rated as a preview where it is not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from billing.errors import BadInputError, RefusedError
from billing.schemas.analytics import DayFigures, KeyFigures, Overview, PackageUse, PartSpend
from billing.schemas.parties import Client
from billing.schemas.rating import BillingModelType
from billing.services.lookup import find_client
from billing.services.month_inputs import load_inputs, month_bounds, next_month

if TYPE_CHECKING:
    from billing.schemas.contracts import Contract
    from billing.store.queries_analytics import AnalyticsQueries, Volume
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork

RECENT = 12


@dataclass(slots=True)
class _Spend:
    """What a month was charged, by contract, model and day."""

    by_day: dict[date, int] = field(default_factory=lambda: defaultdict(int))
    by_model: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    by_contract: dict[UUID, int] = field(default_factory=lambda: defaultdict(int))
    fees: int = 0
    previewed: list[str] = field(default_factory=list)
    refused: list[tuple[str, str]] = field(default_factory=list)

    def add(self, contract: UUID, model: str, day: date | None, amount: int) -> None:
        self.by_contract[contract] += amount
        self.by_model[model] += amount
        if day is None:
            self.fees += amount
        else:
            self.by_day[day] += amount

    @property
    def total(self) -> int:
        return sum(self.by_contract.values())


def read_overview(session: Session, *, client: str | None = None, month: date | None = None) -> Overview:
    """A client's month; without `month` the last one that has trips.

    Unbilled contracts are rated by the same function as a run. A vendor's staff gets volumes without amounts.

    Raises:
        RefusedError: UNKNOWN_CLIENT, CLIENT_REQUIRED; NO_TRIPS when the client has none and no month is named.
    """
    from billing.store.queries_analytics import AnalyticsQueries

    shows_amounts = session.may("invoices.view")
    with session.unit_of_work(timeout_s=600, name="overview", snapshot=True) as uow:
        owner = find_client(uow, client)
        queries = AnalyticsQueries(uow.connection)
        chosen = (month or queries.last_month(owner.id, owner.time_zone) or date.today()).replace(day=1)
        earlier = (chosen - timedelta(days=1)).replace(day=1)
        contracts = {contract.id: contract for contract in uow.contracts.find(client_id=owner.id)}
        volumes = _volumes(queries, owner, chosen)
        spend = _spend(uow, queries, owner, chosen, contracts) if shows_amounts else _Spend()
        volumes_before = _volumes(queries, owner, earlier)
        spend_before = _spend(uow, queries, owner, earlier, contracts) if shows_amounts else _Spend()
        start, until = month_bounds(chosen, ZoneInfo(owner.time_zone))
        vendors = {vendor.id: vendor.name for vendor in uow.vendors.find()}
        recent = queries.recent(owner.id, start, until, RECENT, with_amounts=shows_amounts)
        packages = _packages(uow, owner, chosen, contracts, volumes, vendors)
    return Overview(
        client_id=owner.id,
        month=chosen,
        now=_figures(volumes, spend.total),
        before=_figures(volumes_before, spend_before.total),
        fees=spend.fees,
        days=_days(chosen, volumes, spend),
        by_model=_models(spend, volumes, packages),
        by_vendor=_vendors(spend, volumes, contracts, vendors),
        packages=tuple(packages),
        recent=tuple(recent),
        previewed=tuple(spend.previewed),
        refused=tuple(spend.refused),
        shows_amounts=shows_amounts,
        days_before=_days(earlier, volumes_before, spend_before),
        by_vendor_before=_vendors(spend_before, volumes_before, contracts, vendors),
    )


def _volumes(queries: AnalyticsQueries, owner: Client, month: date) -> list[Volume]:
    start, until = month_bounds(month, ZoneInfo(owner.time_zone))
    return queries.volumes(owner.id, owner.time_zone, start, until)


def _figures(volumes: Iterable[Volume], spend: int) -> KeyFigures:
    rows = list(volumes)
    return KeyFigures(
        spend, sum(row.trips for row in rows), sum(row.distance_m for row in rows), sum(row.carpools for row in rows)
    )


def _spend(
    uow: UnitOfWork, queries: AnalyticsQueries, owner: Client, month: date, contracts: Mapping[UUID, Contract]
) -> _Spend:
    """The ledger's sums, and the preview of each contract that is not billed for the month."""
    spend = _Spend()
    for row in queries.charged(owner.id, month, owner.time_zone):
        spend.add(row.contract_id, row.billing_model, row.day, row.amount)
    billed = queries.billed_contracts(owner.id, month)
    for _, contract_id in uow.months.contracts_with_work(client_id=owner.id, vendor_id=None, month=month):
        if contract_id not in billed:
            _preview(uow, owner, contract_id, month, contracts[contract_id].name, spend)
    return spend


def _preview(uow: UnitOfWork, owner: Client, contract_id: UUID, month: date, name: str, spend: _Spend) -> None:
    """Rate an unbilled contract's month; what cannot be rated is named, not guessed."""
    import numpy as np

    from billing.exchange.localtime import local_days
    from billing.rating.period import rate_period

    try:
        inputs = load_inputs(uow, owner.id, contract_id, month)
        rated = rate_period(inputs.rating)
    except (BadInputError, RefusedError) as error:
        spend.refused.append((name, error.message))
        return
    spend.previewed.append(name)
    trips = rated.trips
    days = local_days(trips.columns.start[trips.order], owner.time_zone)
    amounts = trips.base + trips.non_taxable
    models = [version.rules.model.value for version in inputs.rating.versions]
    for place, model in enumerate(models):
        mine = trips.version == place
        found, where = np.unique(days[mine], return_inverse=True)
        sums = np.zeros(len(found), np.int64)
        np.add.at(sums, where, amounts[mine])
        for day, amount in zip(found.tolist(), sums.tolist(), strict=True):
            spend.add(contract_id, model, date(1970, 1, 1) + timedelta(days=day), amount)
    for line in rated.period_lines:
        spend.add(contract_id, models[line.version], None, line.amount)


def _days(month: date, volumes: Iterable[Volume], spend: _Spend) -> tuple[DayFigures, ...]:
    """Every day of the month, those without trips too."""
    trips: dict[date, int] = defaultdict(int)
    metres: dict[date, int] = defaultdict(int)
    for row in volumes:
        trips[row.day] += row.trips
        metres[row.day] += row.distance_m
    count = (next_month(month) - month).days
    days = (month + timedelta(days=offset) for offset in range(count))
    return tuple(DayFigures(day, trips[day], metres[day], spend.by_day[day]) for day in days)


def _vendors(
    spend: _Spend, volumes: Iterable[Volume], contracts: Mapping[UUID, Contract], names: Mapping[UUID, str]
) -> tuple[PartSpend, ...]:
    sums: dict[UUID, list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in volumes:
        sums[row.vendor_id][0] += row.trips
        sums[row.vendor_id][1] += row.distance_m
    for contract_id, amount in spend.by_contract.items():
        sums[contracts[contract_id].vendor_id][2] += amount
    parts = [PartSpend(str(vendor), names.get(vendor, ""), cell[0], cell[1], cell[2]) for vendor, cell in sums.items()]
    return tuple(sorted(parts, key=lambda part: (-part.amount, -part.trips, part.name)))


def _models(spend: _Spend, volumes: Iterable[Volume], packages: Iterable[PackageUse]) -> tuple[PartSpend, ...]:
    """Spend by billing model; volumes follow the model of the contract in force."""
    model_of: dict[UUID | None, str] = {package.contract_id: package.billing_model for package in packages}
    volume: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for row in volumes:
        model = model_of.get(row.contract_id)
        if model:
            volume[model][0] += row.trips
            volume[model][1] += row.distance_m
    parts = [
        PartSpend(model, BillingModelType(model).label, volume[model][0], volume[model][1], spend.by_model[model])
        for model in sorted({*spend.by_model, *volume})
    ]
    return tuple(sorted(parts, key=lambda part: (-part.amount, part.name)))


def _packages(
    uow: UnitOfWork,
    owner: Client,
    month: date,
    contracts: Mapping[UUID, Contract],
    volumes: Iterable[Volume],
    vendors: Mapping[UUID, str],
) -> list[PackageUse]:
    """Included and used kilometres of every contract in force; 0 included where the model knows none."""
    used: dict[UUID | None, int] = defaultdict(int)
    for row in volumes:
        used[row.contract_id] += row.distance_m
    found = []
    for contract_id, (model, included) in _included(uow, owner, month).items():
        contract = contracts[contract_id]
        vendor = vendors.get(contract.vendor_id, "")
        found.append(PackageUse(contract_id, contract.name, vendor, model, included, used[contract_id]))
    return sorted(found, key=lambda package: (package.vendor_name, package.contract_name))


def _included(uow: UnitOfWork, owner: Client, month: date) -> dict[UUID, tuple[str, int]]:
    """By contract: the model of its last version of the month, and the prorated kilometres included, in metres."""
    start, until = month_bounds(month, ZoneInfo(owner.time_zone))
    result: dict[UUID, tuple[str, int]] = {}
    for version in uow.contract_versions.all_of(owner.id):
        ends = version.valid_until or until
        if version.status != "ACTIVE" or version.valid_from >= until or ends <= start:
            continue
        days = (min(ends, until) - max(version.valid_from, start)).days
        share = Fraction(days, (until - start).days)
        _, before = result.get(version.contract_id, ("", 0))
        result[version.contract_id] = (version.billing_model, before + _free_metres(version.rules, share))
    return result


def _free_metres(rules: Mapping[str, Any], share: Fraction) -> int:
    from billing.rules.schema import KEY_BY_NAME

    names = ("free_km_included", *KEY_BY_NAME["free_km_included"].aliases)
    value = next((rules[name] for name in names if rules.get(name) is not None), None)
    return 0 if value is None else int(Fraction(str(value)) * 1000 * share)
