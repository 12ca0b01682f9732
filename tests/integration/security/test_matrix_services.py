"""Every cell of the matrix once more, through the repositories and services that the window and the command use.

A repository is called in a unit of work that is never committed; a service only where the right is no table's. What a
role may not do gives nothing, or a NotAllowedError with a sentence for the user (SECURITY.md (c)).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from billing import rights
from billing.errors import KnownError, NotAllowedError, NotSignedInError
from billing.schemas.audit import AuditFilter
from billing.schemas.ids import new_id
from billing.schemas.parties import ClientVendor, Vendor, VendorBranch
from billing.schemas.usage import FuelPrice
from billing.store.session import Session
from billing.store.unit_of_work import UnitOfWork
from tests.support.matrix import Target
from tests.support.people import People

Try = Callable[[UnitOfWork, dict[str, UUID]], Any]


def _gives_nothing(attempt: Callable[[UnitOfWork, dict[str, UUID]], None]) -> Try:
    """A try that is done when it does not raise."""

    def tried(uow: UnitOfWork, ids: dict[str, UUID]) -> bool:
        attempt(uow, ids)
        return True

    return tried


NOW = datetime.now(UTC)


def _changed(repository: str, field: str, value: Any, **where: str) -> Try:
    """Read a record of the client and save it with another value."""

    def attempt(uow: UnitOfWork, ids: dict[str, UUID]) -> Any:
        records = getattr(uow, repository)
        found = records.find(**{name: ids[key] for name, key in where.items()})
        return found and records.update(dataclasses.replace(found[0], **{field: value}), [field])

    return attempt


def _trip(uow: UnitOfWork, ids: dict[str, UUID], acceptance: str) -> Any:
    from billing.schemas.trips import TripRecord

    trip = TripRecord(
        client_id=ids["client"], id=new_id(), vendor_id=ids["vendor"], start_time=NOW - timedelta(hours=1),
        end_time=NOW, distance_m=1000, external_ref="S9", acceptance=acceptance,
    )  # fmt: skip
    uow.trip_inserts.add([trip])
    return True


def _vendor(uow: UnitOfWork, ids: dict[str, UUID]) -> Any:
    vendor = Vendor(id=new_id(), name="New")
    branch = VendorBranch(id=new_id(), vendor_id=vendor.id, code="MAIN", name="Main", is_default=True)
    return uow.vendor_links.add_vendor(ClientVendor(ids["client"], vendor.id, "NEWV"), vendor, branch)


def _version(uow: UnitOfWork, ids: dict[str, UUID], name: str) -> Any:
    return uow.contract_versions.get(ids["client"], ids[name])


def _correct(uow: UnitOfWork, ids: dict[str, UUID]) -> Any:
    version = _version(uow, ids, "version")
    if version is not None:
        uow.contract_versions.correct(version, new_id(), "PER_TRIP", {"base_fare": "1"}, "why")
    return version


def _draft(uow: UnitOfWork, ids: dict[str, UUID]) -> Any:
    version = _version(uow, ids, "draft")
    return version and uow.contract_versions.update_draft(dataclasses.replace(version, note="m"))


def _contract(uow: UnitOfWork, ids: dict[str, UUID]) -> Any:
    found = uow.contracts.get(ids["client"], ids["contract"])
    if found is not None:
        uow.contracts.add([dataclasses.replace(found, id=new_id(), name="M2")])
    return found


def _end(uow: UnitOfWork, ids: dict[str, UUID]) -> Any:
    found = uow.contracts.get(ids["client"], ids["contract"])
    if found is not None:
        uow.contract_versions.end_contract(found, NOW, "why")
    return found


def _run(uow: UnitOfWork, ids: dict[str, UUID]) -> Any:
    return uow.runs.start(
        ids["client"], new_id(), ids["contract"], date(2026, 9, 1), inputs={}, inputs_hash=bytes(32), engine_version=1,
        versions=[],
    )  # fmt: skip


@_gives_nothing
def _fuel(uow: UnitOfWork, ids: dict[str, UUID]) -> None:
    uow.fuel_prices.add([FuelPrice(new_id(), ids["client"], date(2026, 9, 2), 9100)])


def _decide(action: str, trip: str) -> Try:
    return lambda uow, ids: uow.trip_decisions.decide(ids["client"], [ids[trip]], action, reason="why")


def _users(uow: UnitOfWork) -> Any:
    return [one for one in uow.users.all() if one.id != uow.session.user_id]


@_gives_nothing
def _manage(uow: UnitOfWork, _ids: dict[str, UUID]) -> None:
    # a role that sees nobody else tries it on itself
    user = next(iter(_users(uow)), None) or uow.users.all()[0]
    uow.users.end_sessions(user)


TRIES: dict[str, Try] = {
    "account.own": lambda uow, ids: uow.users.own_sessions(),
    "trips.view": lambda uow, ids: uow.trips.get(ids["trip"], ids["client"]),
    "trips.riders": lambda uow, ids: uow.trip_stories.read(ids["client"], ids["trip"], for_vendor=True).riders,
    "trips.add": lambda uow, ids: _trip(uow, ids, "ACCEPTED"),
    "trips.submit": lambda uow, ids: _trip(uow, ids, "SUBMITTED"),
    "trips.accept": _decide("ACCEPT", "submitted"),
    "trips.hold": _decide("HOLD", "trip"),
    "trips.undo_import": lambda uow, ids: uow.trip_imports.undo(ids["client"], ids["batch"]) or True,
    "trips.pass": lambda uow, ids: uow.trip_quality.review(ids["client"], [ids["submitted"]], "OVERLAP", "why"),
    "contracts.view": lambda uow, ids: _version(uow, ids, "version"),
    "contracts.add": _contract,
    "contracts.draft": _draft,
    "contracts.correct": _correct,
    "contracts.end": _end,
    "inputs.view": lambda uow, ids: uow.month_usages.get(ids["client"], ids["contract"], date(2026, 10, 1)).rev,
    "inputs.edit": _fuel,
    "billing.run": _run,
    "billing.confirm": _gives_nothing(lambda uow, ids: uow.run_parkings.confirm(ids["client"], ids["run"])),
    "billing.discard": _gives_nothing(lambda uow, ids: uow.runs.discard(ids["client"], ids["run"])),
    "invoices.view": lambda uow, ids: uow.invoices.get(ids["client"], ids["invoice"]),
    "invoices.issue": lambda uow, ids: uow.invoices.issue(ids["client"], ids["invoice"], ["INV"], "words"),
    "invoices.void": lambda uow, ids: uow.invoices.void(ids["client"], ids["invoice"], "why"),
    "invoices.series": lambda uow, ids: uow.invoices.set_series(
        ids["client"], ids["vendor"], ids["branch"], "INVOICE", "27-28", "MX", "{prefix}/{yy-yy}/{00001}", 1
    ),
    "clients.view": lambda uow, ids: uow.clients.get(ids["client"]),
    "clients.edit": _changed("clients", "name", "m", id="client"),
    "sites.edit": _changed("client_sites", "city", "m", client_id="client"),
    "employees.view": lambda uow, ids: uow.employees.find(client_id=ids["client"]),
    "employees.edit": _changed("employees", "name", "m", client_id="client"),
    "vehicles.edit": _changed("vehicles", "seats", 4, client_id="client"),
    "vendors.view": lambda uow, ids: uow.vendors.get(ids["vendor"]),
    "vendors.edit": _changed("vendors", "name", "m", id="vendor"),
    "vendors.add": _vendor,
    "vendors.link": _changed("client_vendors", "code", "MX3", client_id="client"),
    "audit.read": lambda uow, ids: uow.audit.entries(ids["client"], AuditFilter()),
    "audit.verify": lambda uow, ids: uow.audit.verify(ids["client"]),
    "users.view": lambda uow, ids: _users(uow),
    "users.manage": _manage,
    "views.own": _gives_nothing(lambda uow, ids: uow.saved_views.save("matrix", "m", {})),
    "views.shared": lambda uow, ids: uow.saved_views.all("trips", ids["client"]),
    "views.share": _gives_nothing(lambda uow, ids: uow.saved_views.share(ids["client"], "matrix", "m", {})),
}
WITHOUT_CLIENT = {"account.own", "users.view", "users.manage", "views.own"}


def test_what_is_tried_is_on_the_list() -> None:
    """What no repository does by itself (settings, taxes, amounts in a list) is tried as SQL by test_matrix.py."""
    assert TRIES.keys() <= {one for one in rights.operations() if not rights.only_window(one)}
    assert len(TRIES) > 35


def _outcome(session: Session, operation: str, target: Target) -> str:
    ids = {name: UUID(one) for name, one in target.names.items()}
    try:
        with session.unit_of_work() as uow:
            return "done" if TRIES[operation](uow, ids) else "nothing"
    except (NotAllowedError, NotSignedInError):
        return "refused"
    except KnownError as stopped:  # a rule of the business: the right was there
        return stopped.code


@pytest.mark.parametrize("role", rights.roles())
def test_the_matrix_through_repositories(role: str, people: People, own: Target, foreign: Target) -> None:
    people.sign_in("VIEWER", own.victim.pair)  # somebody to manage
    session = people.sign_in(role, own.victim.pair)
    wrong = []
    for operation in TRIES:
        scope = rights.scope_of(role, operation)
        found = {"own": _outcome(session, operation, own)}
        if operation not in WITHOUT_CLIENT:
            found["foreign"] = _outcome(session, operation, foreign)
        wanted = {"own": bool(scope), "foreign": scope == rights.EVERY_CLIENT}
        wrong += [
            f"{role} {operation} on {where} client: {outcome}"
            for where, outcome in found.items()
            if (outcome not in ("refused", "nothing")) != wanted[where]
        ]
    assert wrong == []


@pytest.mark.parametrize("role", rights.roles())
def test_what_only_the_window_hides_is_refused_by_its_service(role: str, people: People, own: Target) -> None:
    """The figures are the role's to read; the screen's service says no in words all the same."""
    from billing.services.calculator import open_desk
    from billing.services.monitor import SystemMonitor
    from billing.services.whatif import open_month

    session = people.sign_in(role, own.victim.pair)
    client, contract = UUID(own.names["client"]), UUID(own.names["contract"])
    october = date(2026, 10, 1)
    services: dict[str, Callable[[], object]] = {
        "calculator.use": lambda: open_desk(session, client_id=client, contract_id=contract, month=october),
        "monitor.view": lambda: SystemMonitor().look(session),
    }
    for operation, call in services.items():
        if rights.may(role, operation):
            call()
            continue
        with pytest.raises(NotAllowedError) as refused:
            call()
        assert str(refused.value) == rights.why_not(role, operation)
    if not rights.may(role, "calculator.use"):
        with pytest.raises(NotAllowedError):
            open_month(session, client_id=client, contract_id=contract, model="PER_TRIP", rules={}, month=october)
