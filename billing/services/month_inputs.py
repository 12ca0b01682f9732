"""All that one contract's month is rated from: what a run, a preview, a what-if and the calculator read alike.

The tax percent is the rules' own key, else that of the rate table for SAC, fuel and credit option on the trip's date;
the split follows from the parties' states (TARIFF.md 1.6, GST.md section 2). The price of a fuel clause is that of the
client's table on the first day of the month, else the rules' own. All are put into the rules that are rated, so that
the stored inputs explain every figure later.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from billing.errors import RefusedError
from billing.rating.engine import ENGINE_VERSION
from billing.rules import parse_rules
from billing.schemas.contracts import Contract
from billing.schemas.contracts import ContractVersion as StoredVersion
from billing.schemas.invoices import TaxNature
from billing.schemas.openings import OpeningUsage
from billing.schemas.parties import Client, ClientSite, ClientVendor, Vendor, VendorBranch
from billing.schemas.rating import ContractVersion, EmployeeDays
from billing.schemas.rating import MonthInputs as MonthFigures
from billing.schemas.usage import MonthUsage
from billing.services.contract_taxes import nature_of, taxed_rules
from billing.services.usage_rules import (
    asked_for,
    missing_inputs,
    refuse_missing,
    unread_columns,
    usage_json,
    vehicle_usage,
)

if TYPE_CHECKING:
    from billing.rating.period import RatingInput
    from billing.store.session import Session
    from billing.store.trip_columns import RatedTrips
    from billing.store.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class ContractFacts:
    """A contract with everything that names it and decides its tax."""

    contract: Contract
    client: Client
    link: ClientVendor
    vendor: Vendor
    site: ClientSite
    branch: VendorBranch

    @property
    def zone(self) -> ZoneInfo:
        """The client's zone: days and months are those of its calendar."""
        return ZoneInfo(self.client.time_zone)


@dataclass(frozen=True, slots=True)
class MonthInputs:
    """One contract's month, ready to be rated.

    Attributes:
        rating: what the engine takes; its trips' ids are places in `trips`.
        trips: the stored trip and the revision of every row.
        versions: (id, revision) of the versions that were read, as the run names them.
        bundle: the inputs without trips, as they are stored with a run (TARIFF.md section 4 names).
        fingerprint: SHA-256 over the bundle, the engine's version, and id and revision of every trip.
    """

    facts: ContractFacts
    month: date
    rating: RatingInput
    trips: RatedTrips
    nature: TaxNature
    versions: tuple[tuple[UUID, int], ...]
    bundle: Mapping[str, Any]
    fingerprint: bytes


def month_bounds(month: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The instants [start, until) of a calendar month in a zone."""
    first = month.replace(day=1)
    following = next_month(first)
    return (
        datetime(first.year, first.month, 1, tzinfo=zone),
        datetime(following.year, following.month, 1, tzinfo=zone),
    )


def next_month(month: date) -> date:
    """The first day of the month after."""
    return (month.replace(day=28) + timedelta(days=4)).replace(day=1)


def read_inputs(session: Session, *, client_id: UUID, contract_id: UUID, month: date) -> MonthInputs:
    """The inputs of a contract's month, read in a unit of work of their own. Raises as `load_inputs`."""
    with session.unit_of_work(timeout_s=600, name="billing.read", snapshot=True) as uow:
        return load_inputs(uow, client_id, contract_id, month)


def load_facts(uow: UnitOfWork, client_id: UUID, contract_id: UUID) -> ContractFacts:
    """The contract with its parties. Raises RefusedError CONTRACT_NOT_FOUND."""
    contract = uow.contracts.get(client_id, contract_id)
    if contract is None:
        raise RefusedError("CONTRACT_NOT_FOUND", "There is no such contract that you may see.")
    facts = (
        uow.clients.get(client_id),
        uow.client_vendors.get(client_id, contract.vendor_id),
        uow.vendors.get(contract.vendor_id),
        uow.client_sites.get(client_id, contract.site_id),
        uow.vendor_branches.get(contract.vendor_id, contract.branch_id),
    )
    client, link, vendor, site, branch = facts
    if client is None or link is None or vendor is None or site is None or branch is None:
        raise RefusedError("CONTRACT_NOT_FOUND", "The parties of this contract may not be seen.")
    return ContractFacts(contract, client, link, vendor, site, branch)


def load_inputs(
    uow: UnitOfWork,
    client_id: UUID,
    contract_id: UUID,
    month: date,
    *,
    also: UUID | None = None,
    lean: bool = False,
) -> MonthInputs:
    """The inputs of a contract's month; `lean`: without what its rules never read, so for rating under these only.

    Raises:
        RefusedError: No such contract, or no version in force in the month (NO_CONTRACT_VERSION).
        BadInputError: Rules that cannot be rated, TAX_RATE_UNKNOWN.
    """
    from billing.rating.period import RatingInput
    from billing.store.trip_columns import read_rated_trips

    found = _read_month(uow, client_id, contract_id, month)
    start, until = month_bounds(month, found.facts.zone)
    unread = unread_columns(version.rules for version in found.versions) if lean else frozenset()
    trips = read_rated_trips(uow.connection, client_id, contract_id, start, until, also=also, unread=unread)
    zone = found.facts.client.time_zone
    return MonthInputs(
        facts=found.facts,
        month=found.days[0],
        rating=RatingInput(*found.days, found.versions, trips.columns, zone, inputs=found.figures),
        trips=trips,
        nature=found.nature,
        versions=tuple((version.id, version.rev) for version in found.stored),
        bundle=found.bundle,
        fingerprint=_fingerprint(found.bundle, trips),
    )


def load_bundle(uow: UnitOfWork, client_id: UUID, contract_id: UUID, month: date) -> Mapping[str, Any]:
    """What a contract's month would be rated from now, without its trips. Raises as `load_inputs`."""
    return _read_month(uow, client_id, contract_id, month).bundle


@dataclass(frozen=True, slots=True)
class _Month:
    """All of a contract's month but its trips."""

    facts: ContractFacts
    days: tuple[date, date]
    stored: list[StoredVersion]
    versions: tuple[ContractVersion, ...]
    figures: MonthFigures
    nature: TaxNature
    bundle: dict[str, Any]


def _read_month(uow: UnitOfWork, client_id: UUID, contract_id: UUID, month: date) -> _Month:
    facts = load_facts(uow, client_id, contract_id)
    stored = _in_force(uow, facts, *month_bounds(month, facts.zone))
    first, last = month.replace(day=1), next_month(month) - timedelta(days=1)
    nature = nature_of(facts)
    versions = tuple(_rated(uow, facts, version, nature, first, last) for version in stored)
    usage = uow.month_usages.get(client_id, contract_id, first)
    figures = _month_figures(uow, facts, versions, usage, first, last)
    opening = uow.periods.usage_of(client_id, contract_id, first)
    versions = _less_opening(facts, versions, opening, figures, (first, last))
    bundle = _bundle(facts, (first, last), versions, figures, nature, usage) | _opened(opening)
    state = uow.month_usages.slots_state(client_id, contract_id, first)
    if state:
        bundle["slots_state"] = state
    return _Month(facts, (first, last), stored, versions, figures, nature, bundle)


def _in_force(uow: UnitOfWork, facts: ContractFacts, start: datetime, until: datetime) -> list[StoredVersion]:
    found = [
        version
        for version in uow.contract_versions.of_contract(facts.client.id, facts.contract.id)
        if version.status == "ACTIVE" and _touches(version, start, until)
    ]
    if not found:
        month = start.astimezone(facts.zone)
        raise RefusedError("NO_CONTRACT_VERSION", f"No version of the contract is in force in {month:%B %Y}.")
    return found


def _less_opening(
    facts: ContractFacts,
    versions: tuple[ContractVersion, ...],
    opening: OpeningUsage | None,
    figures: MonthFigures,
    days: tuple[date, date],
) -> tuple[ContractVersion, ...]:
    """The versions without the free km and hours that were used up before the client came here."""
    if opening is None:
        return versions
    from billing.services.openings import with_opening

    return with_opening(versions, opening, *days, facts.client.time_zone, len(figures.vehicles or ()))


def _touches(version: StoredVersion, start: datetime, until: datetime) -> bool:
    return version.valid_from < until and (version.valid_until is None or version.valid_until > start)


def _rated(
    uow: UnitOfWork, facts: ContractFacts, version: StoredVersion, nature: TaxNature, first: date, last: date
) -> ContractVersion:
    """A stored version as it is rated: with its tax percent, split and reverse charge said in its rules."""
    return ContractVersion(
        number=version.number,
        rules=parse_rules(
            version.billing_model, taxed_rules(uow, facts, version.billing_model, version.rules, first, last)
        ),
        valid_from=version.valid_from,
        valid_until=version.valid_until,
    )


def _month_figures(
    uow: UnitOfWork,
    facts: ContractFacts,
    versions: Sequence[ContractVersion],
    usage: MonthUsage,
    first: date,
    last: date,
) -> MonthFigures:
    """Vehicle slots, employees and breaches, where the rules ask for them.

    Raises RefusedError MONTH_INPUT_MISSING for what the rules ask for and nobody has entered.
    """
    contract = facts.contract
    names = sorted({row["slot"] for row in uow.months.slots(contract.client_id, contract.id, first, next_month(first))})
    asked = asked_for(version.rules for version in versions)
    employees = tuple(EmployeeDays(one.code, one.active_days) for one in usage.employees)
    if "employees" in asked and not employees:
        people = uow.months.employees(contract.client_id, first, last)
        employees = tuple(EmployeeDays(code, _active_days(begin, end, first, last)) for code, begin, end in people)
    refuse_missing(missing_inputs(asked, usage, names or [slot.slot for slot in usage.slots], len(employees)))
    vehicles = vehicle_usage(usage, names)
    return MonthFigures(
        vehicles=vehicles or None,
        vehicles_count=usage.vehicles_count if usage.vehicles_count is not None else len(vehicles) or None,
        employees=employees if "employees" in asked else (),
        sla_breaches=usage.sla_breaches or 0,
    )


def _active_days(begin: date | None, end: date | None, first: date, last: date) -> Decimal | None:
    """Days of the month on which an employee was active; None for all of them."""
    from_day, until = max(begin or first, first), min(end or last + timedelta(days=1), last + timedelta(days=1))
    days = (until - from_day).days
    return None if days == (last - first).days + 1 else Decimal(days)


def _bundle(
    facts: ContractFacts,
    days: tuple[date, date],
    versions: Sequence[ContractVersion],
    figures: MonthFigures,
    nature: TaxNature,
    usage: MonthUsage,
) -> dict[str, Any]:
    return {
        "period": [day.isoformat() for day in days],
        "timezone": facts.client.time_zone,
        "versions": [
            {
                "version_number": version.number,
                "billing_model": version.rules.model.value,
                "rules_config": _plain(version.rules.source),
                "valid_from": version.valid_from.isoformat(),
                "valid_until": version.valid_until.isoformat() if version.valid_until else None,
            }
            for version in versions
        ],
        "vehicles": None if figures.vehicles is None else usage_json(figures.vehicles),
        "vehicles_count": figures.vehicles_count,
        "employees": [_plain({"id": one.employee_id, "active_days": one.active_days}) for one in figures.employees],
        "sla_breaches": figures.sla_breaches,
        "month_inputs_rev": usage.rev,
        "tax": {"kind": nature.kind.value, "place_of_supply": nature.place_of_supply, "reason": nature.reason},
        "sac": facts.contract.sac,
        "site_id": str(facts.site.id),
        "branch_id": str(facts.branch.id),
        "billing_mode": facts.link.billing_mode,
        **({"tax_to_rupee": True} if facts.branch.round_tax_to_rupee else {}),
    }


def _opened(opening: OpeningUsage | None) -> dict[str, Any]:
    """What was used up before, where anything was: it explains the free km in the rules."""
    if opening is None:
        return {}
    return {"opening": {"distance_m": opening.distance_m, "duty_s": opening.duty_s, "rev": opening.rev}}


def _plain(value: Any) -> Any:
    """Rules as JSON: Decimals by their text, never as floats."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Decimal | date) else value


def _fingerprint(bundle: Mapping[str, Any], trips: RatedTrips) -> bytes:
    digest = hashlib.sha256()
    digest.update(json.dumps(bundle, sort_keys=True, ensure_ascii=True, separators=(",", ":")).encode())
    digest.update(f"|{ENGINE_VERSION}|{len(trips)}|".encode())
    digest.update(trips.ids.tobytes())
    digest.update(trips.revs.astype(">i4").tobytes())
    return digest.digest()
