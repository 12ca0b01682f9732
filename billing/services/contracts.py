"""The life of a contract: made, drafted, put in force, renewed, ended. One unit of work for each function.

Versions own time half open, [from, until); a day given without a time means local midnight of the client's zone.
What is in force moves in the database only, under the contract's revision as the editor saw it (SECURITY.md R9).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID
from zoneinfo import ZoneInfo

from billing.errors import ConflictError, RefusedError
from billing.rules import canonical_rules as rules_to_store
from billing.rules.parse import parse_rules, read_model
from billing.schemas.changes import Changes
from billing.schemas.contracts import ITC_OPTIONS, RENEWAL_CYCLES, Contract, ContractVersion
from billing.schemas.ids import new_id
from billing.schemas.parties import Client, ClientSite, ClientVendor, Vendor, VendorBranch
from billing.services.checks import Checks

if TYPE_CHECKING:
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork

ASSIGN_SECONDS = 600
"""A change of contracts moves trips: one statement over all that may be concerned."""
TABLES = frozenset({"contracts", "contract_versions", "trips"})


@dataclass(frozen=True, slots=True)
class ContractView:
    """A contract with everything that names it, and its versions by number."""

    contract: Contract
    client: Client
    link: ClientVendor
    vendor: Vendor
    site: ClientSite
    branch: VendorBranch
    versions: tuple[ContractVersion, ...]

    def current(self, now: datetime | None = None) -> ContractVersion | None:
        """The version in force now, else the next to come, else the last that was, else the newest draft."""
        moment = now or datetime.now(UTC)
        active = sorted((v for v in self.versions if v.status == "ACTIVE"), key=lambda version: version.valid_from)
        started = [version for version in active if version.valid_from <= moment]
        if started and (started[-1].valid_until is None or moment < started[-1].valid_until):
            return started[-1]
        coming = [version for version in active if version.valid_from > moment]
        if coming:
            return coming[0]
        return started[-1] if started else (self.versions[-1] if self.versions else None)

    def state(self, now: datetime | None = None) -> str:
        """DRAFT, UPCOMING, ACTIVE or ENDED."""
        moment, version = now or datetime.now(UTC), self.current(now)
        if version is None or version.status == "DRAFT":
            return "DRAFT"
        if version.valid_from > moment:
            return "UPCOMING"
        return "ENDED" if version.valid_until is not None and version.valid_until <= moment else "ACTIVE"


@dataclass(frozen=True, slots=True)
class ContractSaved:
    """A contract after a command, and what changed."""

    view: ContractView
    changes: Changes


def local_start(day: date | datetime, client: Client) -> datetime:
    """The instant at which a version begins or ends: local midnight of a day, or the time that was typed."""
    zone = ZoneInfo(client.time_zone)
    if isinstance(day, datetime):
        return day if day.tzinfo else day.replace(tzinfo=zone)
    return datetime(day.year, day.month, day.day, tzinfo=zone)


def list_contracts(session: Session, *, client_id: UUID | None = None) -> list[ContractView]:
    """The contracts that the user may see, by client, vendor code and name."""
    with session.unit_of_work() as uow:
        return _views(uow, client_id)


def show_contract(session: Session, *, client_id: UUID, contract_id: UUID) -> ContractView:
    """One contract. Raises RefusedError NOT_FOUND."""
    with session.unit_of_work() as uow:
        return _view(uow, client_id, contract_id)


def _views(uow: UnitOfWork, client_id: UUID | None) -> list[ContractView]:
    """All views with a fixed number of queries, whatever the number of contracts."""
    scope = {} if client_id is None else {"client_id": client_id}
    clients = {client.id: client for client in uow.clients.find()}
    links = {(link.client_id, link.vendor_id): link for link in uow.client_vendors.find(**scope)}
    vendors = {vendor.id: vendor for vendor in uow.vendors.find()}
    sites = {site.id: site for site in uow.client_sites.find(**scope)}
    branches = {branch.id: branch for branch in uow.vendor_branches.find()}
    versions: dict[UUID, list[ContractVersion]] = {}
    for version in uow.contract_versions.all_of(client_id):
        versions.setdefault(version.contract_id, []).append(version)
    views = [
        ContractView(
            contract,
            clients[contract.client_id],
            links[contract.client_id, contract.vendor_id],
            vendors[contract.vendor_id],
            sites[contract.site_id],
            branches[contract.branch_id],
            tuple(versions.get(contract.id, ())),
        )
        for contract in uow.contracts.find(**scope)
    ]
    return sorted(views, key=lambda view: (view.client.code, view.link.code, view.contract.name))


def _view(uow: UnitOfWork, client_id: UUID, contract_id: UUID) -> ContractView:
    for view in _views(uow, client_id):
        if view.contract.id == contract_id:
            return view
    raise RefusedError("NOT_FOUND", "There is no such contract.")


def canonical_rules(model: str, rules: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The model's own name and the checked rules as they are stored. Raises BadInputError with the field's path."""
    kind = read_model(model)
    return str(kind.value), rules_to_store(parse_rules(kind, rules))


def checked_contract(contract: Contract) -> Contract:
    """The contract as it may be stored. Raises InvalidFieldsError."""
    contract = replace(
        contract,
        name=contract.name.strip(),
        scope_sites=_words(contract.scope_sites),
        scope_vehicle_types=_words(contract.scope_vehicle_types),
    )
    checks = Checks()
    checks.text("name", contract.name, most=200)
    if not (
        contract.sac.isascii() and contract.sac.isdigit() and contract.sac[:2] == "99" and 4 <= len(contract.sac) <= 6
    ):
        checks.add("sac", "BAD_INPUT", "A SAC of services begins with 99 and has 4 to 6 digits, like 996601.")
    checks.choice("itc_option", contract.itc_option, ITC_OPTIONS)
    checks.choice("renewal_cycle", contract.renewal_cycle, RENEWAL_CYCLES)
    if contract.notice_days is not None and not 0 <= contract.notice_days <= 365:
        checks.add("notice_days", "OUT_OF_RANGE", "The notice is 0 to 365 days.")
    checks.done()
    return contract


def _words(values: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(value.strip() for value in values if value.strip()))


def create_contract(
    session: Session,
    *,
    contract: Contract,
    model: str,
    rules: Mapping[str, Any],
    valid_from: date | datetime,
    valid_until: date | datetime | None = None,
    activate: bool = True,
    note: str = "",
) -> ContractSaved:
    """Add a contract with its first version, in force from `valid_from` unless `activate` is False.

    Raises:
        InvalidFieldsError, BadInputError: Fields or rules are wrong; `where` has the path.
        ConflictError: The client has a contract of this name with this vendor.
    """
    contract = checked_contract(contract)
    kind, stored_rules = canonical_rules(model, rules)
    with session.unit_of_work(timeout_s=ASSIGN_SECONDS) as uow:
        client = uow.clients.get(contract.client_id)
        if client is None:
            raise RefusedError("UNKNOWN_CLIENT", "There is no such client that you may see.")
        _refuse_same_name(uow, contract)
        uow.contracts.add([contract])
        start = local_start(valid_from, client)
        until = local_start(valid_until, client) if valid_until else None
        version = ContractVersion(
            new_id(), contract.client_id, contract.id, 1, kind, stored_rules, start, until, note=note
        )
        uow.contract_versions.add_drafts([version])
        if activate:
            uow.contract_versions.activate(replace(version, rev=1), 1, start, until, end_previous=False)
            uow.trip_contracts.assign(contract.client_id, vendor_ids=[contract.vendor_id], since=start)
        view = _view(uow, contract.client_id, contract.id)
        uow.commit()
    return ContractSaved(view, Changes(TABLES, frozenset({contract.id})))


def _refuse_same_name(uow: UnitOfWork, contract: Contract) -> None:
    others = uow.contracts.find(client_id=contract.client_id, vendor_id=contract.vendor_id)
    if any(other.id != contract.id and other.name.casefold() == contract.name.casefold() for other in others):
        raise ConflictError("ALREADY_THERE", f"There is already a contract {contract.name}.", where="name")


def update_contract(session: Session, *, contract: Contract) -> ContractSaved:
    """Save an edit of a contract's own fields (not its versions). Raises InvalidFieldsError, EditConflictError."""
    contract = checked_contract(contract)
    with session.unit_of_work(timeout_s=ASSIGN_SECONDS) as uow:
        _refuse_same_name(uow, contract)
        before = uow.contracts.get(contract.client_id, contract.id)
        uow.contracts.update(contract)
        if before is None or _scope(before) != _scope(contract):
            uow.trip_contracts.assign(contract.client_id, vendor_ids=[contract.vendor_id])
        view = _view(uow, contract.client_id, contract.id)
        uow.commit()
    return ContractSaved(view, Changes(TABLES, frozenset({contract.id})))


def _scope(contract: Contract) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return contract.scope_sites, contract.scope_vehicle_types


def save_draft(session: Session, *, version: ContractVersion) -> ContractVersion:
    """Save a draft: a new one (rev 0) gets the contract's next number, an old one keeps its own.

    Raises:
        BadInputError: The rules are wrong.
        EditConflictError: Somebody saved the draft meanwhile; `current` is that one.
        RefusedError: It is in force already.
    """
    kind, rules = canonical_rules(version.billing_model, version.rules)
    version = replace(version, billing_model=kind, rules=rules)
    with session.unit_of_work() as uow:
        if version.rev == 0:
            version = replace(version, number=_next_number(uow, version.client_id, version.contract_id))
            uow.contract_versions.add_drafts([version])
            stored = uow.contract_versions.get(version.client_id, version.id)
        else:
            stored = uow.contract_versions.update_draft(version)
        uow.commit()
    if stored is None:
        raise RefusedError("NOT_FOUND", "The draft is not visible to you.")
    return stored


def _next_number(uow: UnitOfWork, client_id: UUID, contract_id: UUID) -> int:
    return 1 + max((v.number for v in uow.contract_versions.of_contract(client_id, contract_id)), default=0)


def discard_draft(session: Session, *, version: ContractVersion) -> Changes:
    """Remove a draft. Raises ConflictError, RefusedError."""
    with session.unit_of_work() as uow:
        uow.contract_versions.delete_draft(version)
        uow.commit()
    return Changes(TABLES, frozenset({version.contract_id}))


def activate_draft(
    session: Session,
    *,
    contract: Contract,
    version: ContractVersion,
    valid_from: date | datetime,
    valid_until: date | datetime | None = None,
) -> ContractSaved:
    """Put a draft in force; a version in force on that day ends at the same instant (a renewal).

    Raises:
        ConflictError: Contract or draft were changed meanwhile, or the time overlaps a later version.
        RefusedError: The version before it is billed beyond that day.
    """
    with session.unit_of_work(timeout_s=ASSIGN_SECONDS) as uow:
        client = _view(uow, contract.client_id, contract.id).client
        start, until = local_start(valid_from, client), local_start(valid_until, client) if valid_until else None
        uow.contract_versions.activate(version, contract.rev, start, until, end_previous=True)
        uow.trip_contracts.assign(contract.client_id, vendor_ids=[contract.vendor_id], since=start)
        view = _view(uow, contract.client_id, contract.id)
        uow.commit()
    return ContractSaved(view, Changes(TABLES, frozenset({contract.id})))


def renew_contract(
    session: Session,
    *,
    contract: Contract,
    model: str,
    rules: Mapping[str, Any],
    valid_from: date | datetime,
    valid_until: date | datetime | None = None,
    note: str = "",
) -> ContractSaved:
    """Begin a new version; the one in force ends at the same instant.

    Raises:
        BadInputError: The rules are wrong.
        ConflictError: The contract was changed meanwhile, or a version begins on or after that day.
        RefusedError: The version in force is billed beyond that day.
    """
    kind, stored_rules = canonical_rules(model, rules)
    with session.unit_of_work(timeout_s=ASSIGN_SECONDS) as uow:
        client = _view(uow, contract.client_id, contract.id).client
        start = local_start(valid_from, client)
        until = local_start(valid_until, client) if valid_until else None
        number = _next_number(uow, contract.client_id, contract.id)
        version = ContractVersion(
            new_id(), contract.client_id, contract.id, number, kind, stored_rules, start, until, note=note
        )
        uow.contract_versions.add_drafts([version])
        uow.contract_versions.activate(replace(version, rev=1), contract.rev, start, until, end_previous=True)
        uow.trip_contracts.assign(contract.client_id, vendor_ids=[contract.vendor_id], since=start)
        view = _view(uow, contract.client_id, contract.id)
        uow.commit()
    return ContractSaved(view, Changes(TABLES, frozenset({contract.id})))


def end_contract(
    session: Session, *, contract: Contract, until: date | datetime | None, reason: str = ""
) -> ContractSaved:
    """End the contract at `until` (a day: it is the first day without contract); None opens the last version again.

    Raises:
        ConflictError: The contract was changed meanwhile.
        RefusedError: Nothing is in force, or an issued month would be cut.
    """
    with session.unit_of_work(timeout_s=ASSIGN_SECONDS) as uow:
        before = _view(uow, contract.client_id, contract.id)
        end = local_start(until, before.client) if until else None
        uow.contract_versions.end_contract(contract, end, reason)
        ends = [moment for moment in (end, *(version.valid_until for version in before.versions)) if moment]
        uow.trip_contracts.assign(contract.client_id, vendor_ids=[contract.vendor_id], since=min(ends, default=None))
        view = _view(uow, contract.client_id, contract.id)
        uow.commit()
    return ContractSaved(view, Changes(TABLES, frozenset({contract.id})))


def correct_version(
    session: Session, *, version: ContractVersion, model: str, rules: Mapping[str, Any], reason: str
) -> ContractSaved:
    """Put right a version in force that no issued invoice used; what was wrong stays on record.

    Raises:
        BadInputError: The rules are wrong, or no reason is given.
        ConflictError: The version was changed meanwhile.
        RefusedError: An issued invoice was made with it.
    """
    kind, stored_rules = canonical_rules(model, rules)
    with session.unit_of_work() as uow:
        uow.contract_versions.correct(version, new_id(), kind, stored_rules, reason)
        view = _view(uow, version.client_id, version.contract_id)
        uow.commit()
    return ContractSaved(view, Changes(TABLES, frozenset({version.contract_id})))
