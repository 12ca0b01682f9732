"""What turns out wrong after its month was issued: trips that never ran, rules that changed for days already billed.

Nothing is edited: the old row is superseded, with who, when and why; services.settle bills the difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from billing.errors import RefusedError
from billing.schemas.changes import Changes
from billing.schemas.contracts import ContractVersion
from billing.schemas.ids import new_id
from billing.services.contracts import ContractSaved, canonical_rules, local_start, saved_contract
from billing.services.lookup import find_client
from billing.services.trip_decisions import trips_named
from billing.store.intents import Intent

if TYPE_CHECKING:
    from billing.store.session import Session


def withdraw_trip(session: Session, reference: str, *, reason: str, client: str | None = None) -> Changes:
    """Take a billed trip back: it is superseded by none, and the next settlement credits it.

    Raises:
        RefusedError: There is no such trip, or it is on no issued invoice (NOT_BILLED).
        BadInputError: REASON_REQUIRED.
        NotAllowedError: The role may not correct billed trips.
    """
    session.require("trips.correct_billed")
    with session.unit_of_work(name="trips.withdraw", intent=Intent("withdraw", f"Withdrawing {reference}")) as uow:
        owner = find_client(uow, client)
        (trip_id,) = trips_named(uow, owner.id, [reference])
        trip = uow.trips.get(trip_id, owner.id)
        if trip is None:
            raise RefusedError("TRIP_NOT_FOUND", f"There is no trip {reference} that you may see.", where=reference)
        uow.notes.correct_trip(owner.id, trip.id, trip.rev, new_id(), None, reason)
        uow.commit()
    return Changes(frozenset({"trips"}), frozenset({trip_id}))


def backdate_rules(
    session: Session,
    *,
    version: ContractVersion,
    valid_from: date | datetime,
    model: str,
    rules: Mapping[str, Any],
    reason: str,
) -> ContractSaved:
    """New rules from a day inside a version's time, days that were billed included; its earlier days stay as they are.

    Raises:
        BadInputError: The rules are wrong, or no reason is given.
        ConflictError: The version was changed meanwhile.
        RefusedError: The day is not inside the version's time (NOT_IN_FORCE).
    """
    from billing.services.contract_views import read_view

    kind, stored_rules = canonical_rules(model, rules)
    intent = Intent("backdate", "A change of rules for days already billed")
    with session.unit_of_work(600, name="contracts.backdate", intent=intent) as uow:
        client = uow.clients.get(version.client_id)
        if client is None:
            raise RefusedError("UNKNOWN_CLIENT", "There is no such client that you may see.")
        start = local_start(valid_from, client)
        uow.contract_versions.backdate(version, new_id(), new_id(), start, kind, stored_rules, reason)
        view = read_view(uow, version.client_id, version.contract_id)
        uow.commit()
    return saved_contract(session, view)
