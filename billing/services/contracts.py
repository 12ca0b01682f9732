"""The life of a contract: made, drafted, put in force, renewed, ended. One unit of work for each function.

Versions own time half open, [from, until); a day given without a time means local midnight of the client's zone.
What is in force moves in the database only, under the contract's revision as the editor saw it (SECURITY.md R9).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from billing.errors import ConflictError, RefusedError
from billing.rules import canonical_rules as rules_to_store
from billing.rules.parse import parse_rules, read_model
from billing.schemas.changes import Changes
from billing.schemas.contracts import ITC_OPTIONS, RENEWAL_CYCLES, Contract, ContractVersion
from billing.schemas.ids import new_id
from billing.services.checks import Checks
from billing.services.contract_views import (
    ContractView,
    contracts_in_force,
    list_contracts,
    local_start,
    read_view,
    show_contract,
)

if TYPE_CHECKING:
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork

__all__ = [
    "ContractSaved",
    "ContractView",
    "activate_draft",
    "canonical_rules",
    "checked_contract",
    "contracts_in_force",
    "correct_version",
    "create_contract",
    "discard_draft",
    "end_contract",
    "list_contracts",
    "local_start",
    "renew_contract",
    "save_draft",
    "show_contract",
    "update_contract",
]

ASSIGN_SECONDS = 600
"""A change of contracts moves trips: one statement over all that may be concerned."""
TABLES = frozenset({"contracts", "contract_versions", "trips"})


@dataclass(frozen=True, slots=True)
class ContractSaved:
    """A contract after a command, and what changed."""

    view: ContractView
    changes: Changes


def saved_contract(session: Session, view: ContractView) -> ContractSaved:
    """What a command gives after its commit; what was looked up before is not trusted any more."""
    session.contracts_in_force.forget()
    return ContractSaved(view, Changes(TABLES, frozenset({view.contract.id})))


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
    if contract.seating_capacity is not None and not 1 <= contract.seating_capacity <= 100:
        checks.add("seating_capacity", "OUT_OF_RANGE", "A vehicle has 1 to 100 seats, the driver's included.")
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
        view = read_view(uow, contract.client_id, contract.id)
        uow.commit()
    return saved_contract(session, view)


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
        view = read_view(uow, contract.client_id, contract.id)
        uow.commit()
    return saved_contract(session, view)


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
        client = read_view(uow, contract.client_id, contract.id).client
        start, until = local_start(valid_from, client), local_start(valid_until, client) if valid_until else None
        uow.contract_versions.activate(version, contract.rev, start, until, end_previous=True)
        uow.trip_contracts.assign(contract.client_id, vendor_ids=[contract.vendor_id], since=start)
        view = read_view(uow, contract.client_id, contract.id)
        uow.commit()
    return saved_contract(session, view)


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
        client = read_view(uow, contract.client_id, contract.id).client
        start = local_start(valid_from, client)
        until = local_start(valid_until, client) if valid_until else None
        number = _next_number(uow, contract.client_id, contract.id)
        version = ContractVersion(
            new_id(), contract.client_id, contract.id, number, kind, stored_rules, start, until, note=note
        )
        uow.contract_versions.add_drafts([version])
        uow.contract_versions.activate(replace(version, rev=1), contract.rev, start, until, end_previous=True)
        uow.trip_contracts.assign(contract.client_id, vendor_ids=[contract.vendor_id], since=start)
        view = read_view(uow, contract.client_id, contract.id)
        uow.commit()
    return saved_contract(session, view)


def end_contract(
    session: Session, *, contract: Contract, until: date | datetime | None, reason: str = ""
) -> ContractSaved:
    """End the contract at `until` (a day: it is the first day without contract); None opens the last version again.

    Raises:
        ConflictError: The contract was changed meanwhile.
        RefusedError: Nothing is in force, or an issued month would be cut.
    """
    with session.unit_of_work(timeout_s=ASSIGN_SECONDS) as uow:
        before = read_view(uow, contract.client_id, contract.id)
        end = local_start(until, before.client) if until else None
        uow.contract_versions.end_contract(contract, end, reason)
        ends = [moment for moment in (end, *(version.valid_until for version in before.versions)) if moment]
        uow.trip_contracts.assign(contract.client_id, vendor_ids=[contract.vendor_id], since=min(ends, default=None))
        view = read_view(uow, contract.client_id, contract.id)
        uow.commit()
    return saved_contract(session, view)


def correct_version(
    session: Session, *, version: ContractVersion, model: str, rules: Mapping[str, Any], reason: str
) -> ContractSaved:
    """Put right a version in force; what was wrong stays on record, and so do months that were issued with it.

    What they come to otherwise is settled by notes (services.settle).

    Raises:
        BadInputError: The rules are wrong, or no reason is given.
        ConflictError: The version was changed meanwhile.
        RefusedError: It is a draft, or was replaced already.
    """
    kind, stored_rules = canonical_rules(model, rules)
    with session.unit_of_work() as uow:
        uow.contract_versions.correct(version, new_id(), kind, stored_rules, reason)
        view = read_view(uow, version.client_id, version.contract_id)
        uow.commit()
    return saved_contract(session, view)
