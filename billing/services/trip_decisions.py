"""What people decide about stored trips and imports: undo, hold, release, accept, reject, cancel, assign, mappings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from billing.errors import BadInputError, RefusedError
from billing.exchange.sheets.fields import BY_NAME
from billing.schemas.changes import Changes
from billing.schemas.imports import ImportBatch
from billing.services.lookup import find_client, find_contract, find_link, read_id

if TYPE_CHECKING:
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork

_WITH_REASON = ("HOLD", "REJECT", "CANCEL")
_LONGEST_REASON = 500


@dataclass(frozen=True, slots=True)
class Decision:
    """How many trips a decision changed, and how many were so already."""

    action: str
    changed: int
    unchanged: int
    changes: Changes


@dataclass(frozen=True, slots=True)
class Undone:
    """The batches that were taken back, and how many trips went with them."""

    batches: tuple[ImportBatch, ...]
    trips: int
    changes: Changes


def decide_trips(
    session: Session,
    action: str,
    references: Sequence[str] = (),
    *,
    client: str | None = None,
    vendor: str | None = None,
    batch: str | None = None,
    reason: str = "",
    contract: str | None = None,
) -> Decision:
    """Hold, release, accept, reject, cancel or assign trips, named by id or external reference, or all of one import.

    HOLD, REJECT and CANCEL need a reason; what a cancelled trip costs is the contract's cancellation charge. ASSIGN
    needs a contract of the trips' vendor. Rejecting an import sends back what waits of it, not what was accepted.

    Raises:
        RefusedError: A trip is not there, stands for several vendors, or is on an issued invoice.
        BadInputError: No trip is named, or the reason is missing or too long.
        NotAllowedError: The role may not decide.
    """
    reason = reason.strip()
    if action in _WITH_REASON and not reason:
        raise BadInputError("REASON_REQUIRED", "Say why: a reason is stored with this decision.", where="--reason")
    if len(reason) > _LONGEST_REASON:
        raise BadInputError("REASON_TOO_LONG", f"A reason has at most {_LONGEST_REASON} characters.", where="--reason")
    session.require("trips.correct" if action == "CANCEL" else "trips.hold")
    with session.unit_of_work(timeout_s=300, name=f"trips.{action.lower()}") as uow:
        owner = find_client(uow, client)
        link = find_link(uow, owner, vendor) if vendor else None
        waiting = action == "REJECT"
        ids = _trips(uow, owner.id, references, batch, link.vendor_id if link else None, waiting=waiting)
        contract_id = None
        if action == "ASSIGN":
            contract_id = find_contract(uow, owner, _needed(contract), link).id
        changed = uow.trip_decisions.decide(owner.id, ids, action, reason=reason, contract_id=contract_id)
        uow.rows = len(changed)
        uow.commit()
    few = frozenset(changed) if len(changed) <= 1000 else frozenset[UUID]()
    return Decision(action, len(changed), len(ids) - len(changed), Changes(frozenset({"trips"}), few))


def _needed(contract: str | None) -> str:
    if not contract:
        raise BadInputError("CONTRACT_REQUIRED", "Say which contract the trips belong to.", where="--contract")
    return contract


def trips_named(uow: UnitOfWork, client_id: UUID, references: Sequence[str]) -> list[UUID]:
    """The trips of these ids or external references. RefusedError where one is not there, BadInputError for none."""
    if not references:
        raise BadInputError("NO_TRIPS", "No trip is named.")
    return list(dict.fromkeys(_named(uow, client_id, references, None)))


def _trips(
    uow: UnitOfWork,
    client_id: UUID,
    references: Sequence[str],
    batch: str | None,
    vendor_id: UUID | None,
    *,
    waiting: bool,
) -> list[UUID]:
    """The trips that are meant; of an import, with `waiting`, only those that nobody has decided about."""
    ids: list[UUID] = []
    if batch is not None:
        batch_id = read_id(batch)
        if batch_id is None:
            raise BadInputError("BAD_ID", f'"{batch}" is not the id of an import.', where="--batch")
        ids += uow.trip_decisions.of_batch(client_id, batch_id, waiting=waiting)
        if waiting and not ids and not references and uow.trip_decisions.of_batch(client_id, batch_id):
            return []
    if references:
        ids += _named(uow, client_id, references, vendor_id)
    if not ids:
        raise BadInputError("NO_TRIPS", "No trip is named: give trip ids, or --batch with an import that has trips.")
    return list(dict.fromkeys(ids))


def _named(uow: UnitOfWork, client_id: UUID, references: Sequence[str], vendor_id: UUID | None) -> list[UUID]:
    found = uow.trip_decisions.find(client_id, references, vendor_id)
    by_name: dict[str, list[UUID]] = {}
    for trip in found:
        by_name.setdefault(trip.external_ref, []).append(trip.id)
        by_name.setdefault(str(trip.id), []).append(trip.id)
    ids = []
    for text in references:
        meant = by_name.get(text, [])
        if not meant:
            raise RefusedError("TRIP_NOT_FOUND", f"There is no trip {text} that you may see.", where=text)
        if len(set(meant)) > 1:
            hint = "Say the vendor, or give the trip's own id."
            raise RefusedError("AMBIGUOUS", f"Several vendors have a trip {text}.", where=text, hint=hint)
        ids.append(meant[0])
    return ids


def reassign_trips(session: Session, *, client: str | None = None, vendor: str | None = None) -> Decision:
    """Look again for the contract of every trip of a client (or one vendor of it) that is not on an issued invoice."""
    with session.unit_of_work(timeout_s=300, name="trips.reassign") as uow:
        owner = find_client(uow, client)
        vendors = [find_link(uow, owner, vendor).vendor_id] if vendor else None
        changed = uow.trip_contracts.assign(owner.id, vendor_ids=vendors)
        uow.rows = changed
        uow.commit()
    return Decision("ASSIGN", changed, 0, Changes(frozenset({"trips"})))


def undo_import(session: Session, identity: str) -> Undone:
    """Take back one batch, or all batches of a file, in one transaction; the trips' ids are free again.

    Raises:
        RefusedError: There is no such import, or one of its trips is billed.
    """
    wanted = read_id(identity)
    if wanted is None:
        raise BadInputError("BAD_ID", f'"{identity}" is not the id of an import.')
    with session.unit_of_work(timeout_s=300, name="trips.undo") as uow:
        batches = uow.trip_imports.find(wanted)
        if not batches:
            raise RefusedError("BATCH_NOT_FOUND", "There is no such import that you may see.", where=identity)
        trips = sum(uow.trip_imports.undo(batch.client_id, batch.id) for batch in batches)
        uow.rows = trips
        uow.commit()
    changes = Changes(frozenset({"trips", "trip_riders", "import_batches"}), frozenset(batch.id for batch in batches))
    return Undone(tuple(batches), trips, changes)


def list_imports(session: Session, *, client: str | None = None, limit: int = 100) -> list[ImportBatch]:
    """The newest imports that the user may see, of one client or of all."""
    with session.unit_of_work(name="trips.imports") as uow:
        client_id = find_client(uow, client).id if client else None
        return uow.trip_imports.recent(client_id, limit)


def first_start(session: Session, batch: ImportBatch) -> datetime | None:
    """When the earliest trip of an import started; None where it has none any more."""
    with session.unit_of_work(name="trips.first") as uow:
        return uow.trip_decisions.first_start(batch.client_id, batch.id)


def save_mapping(session: Session, *, client: str, vendor: str, name: str, mapping: Mapping[str, str]) -> Changes:
    """Save a column mapping (field -> header) for a vendor; one of the same name is replaced.

    Raises:
        BadInputError: A field does not exist, the name is empty or too long.
    """
    unknown = next((field for field in mapping if field not in BY_NAME), None)
    if unknown is not None:
        raise BadInputError("UNKNOWN_FIELD", f'There is no field "{unknown}".', where=unknown)
    if not 1 <= len(name.strip()) <= 100:
        raise BadInputError("BAD_NAME", "A mapping's name has 1 to 100 characters.", where="name")
    with session.unit_of_work(name="trips.mapping") as uow:
        owner = find_client(uow, client)
        link = find_link(uow, owner, vendor)
        uow.import_mappings.save(owner.id, link.vendor_id, name.strip(), mapping)
        uow.commit()
    return Changes(frozenset({"import_mappings"}))


def saved_mappings(session: Session, *, client: str, vendor: str) -> dict[str, dict[str, str]]:
    """A vendor's saved mappings by name."""
    with session.unit_of_work(name="trips.mappings") as uow:
        owner = find_client(uow, client)
        return uow.import_mappings.all(owner.id, find_link(uow, owner, vendor).vendor_id)
