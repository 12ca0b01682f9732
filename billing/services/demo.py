"""The demo company in a workspace of its own: made in seconds, made anew whenever asked (DESIGN.md section 4)."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from billing.counting import plural
from billing.errors import RefusedError, UnavailableError
from billing.exchange.demo.company import OPEN_MONTH, DemoCompany, build_company
from billing.exchange.demo.parties import MOONBRIDGE
from billing.schemas.ids import new_id
from billing.schemas.imports import ImportBatch
from billing.schemas.runs import RunState
from billing.schemas.trips import TripRecord
from billing.services.billing import run_bill
from billing.services.demo_users import USERS, DemoUser, find_demo
from billing.services.demo_vendor_bill import load_vendor_bill
from billing.services.invoices import issue_invoice
from billing.services.parties import insert_client, insert_vendor
from billing.services.trip_decisions import decide_trips
from billing.services.users import add_user
from billing.services.workspace import (
    create_workspace,
    offer_users,
    open_session,
    remember_user,
    remove_demo,
)
from billing.store.profiles import Profile, demo_home

if TYPE_CHECKING:
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork

__all__ = ["USERS", "Demo", "DemoUser", "create_demo", "find_demo", "load_company"]

Progress = Callable[[int, int, str], None]
STEPS = 6


@dataclass(frozen=True, slots=True)
class Demo:
    """The demo as it was made: its profile, its users with their passwords, and what is in it."""

    profile: Profile
    users: tuple[DemoUser, ...]
    clients: int
    vendors: int
    employees: int
    vehicles: int
    contracts: int
    trips: int
    invoices: int


def create_demo(home: Path | None = None, *, progress: Progress | None = None) -> Demo:
    """Make the demo workspace anew; any older demo is removed first.

    Raises:
        RefusedError: The demo's folder holds anything but a demo, or another process uses it.
        UnavailableError: The server cannot be started.
    """
    tell = progress or _say_nothing
    tell(0, STEPS, "Starting a database of its own")
    remove_demo(home)
    users = tuple(replace(user, password=secrets.token_urlsafe(15)) for user in USERS)
    owner = next(user for user in users if user.role == "SUPER_ADMIN")
    folder = demo_home(home)
    with ThreadPoolExecutor(1) as beside:
        driving = beside.submit(build_company)
        profile = create_workspace(folder, owner.email, owner.password, name="Demo company", demo=True)
        tell(1, STEPS, "Driving through July, August and September")
        company = driving.result()
    with open_session(profile=profile, email=owner.email, password=owner.password) as session:
        tell(2, STEPS, f"Storing {plural(len(company.trips), 'trip')}")
        load_company(session, company)
        _hold(session, company)
        tell(3, STEPS, "Making four users")
        _make_users(session, profile, users)
        tell(4, STEPS, "Billing July and August")
        invoices = _bill(session, company, tell)
        tell(5, STEPS, "Comparing a vendor's own bill")
        load_vendor_bill(session, next(one.code for one in company.clients if one.id == MOONBRIDGE))
    profile = offer_users(profile, [(user.email, user.role) for user in users])
    tell(STEPS, STEPS, "The demo company is ready")
    return Demo(
        profile,
        users,
        len(company.clients),
        len(company.vendors),
        len(company.employees),
        len(company.vehicles),
        len(company.contracts),
        len(company.trips),
        invoices,
    )


def _say_nothing(done: int, total: int, what: str) -> None:
    """No progress was asked for."""


def load_company(session: Session, company: DemoCompany) -> None:
    """Store the whole company in one transaction, as a SUPER_ADMIN may."""
    with session.unit_of_work(timeout_s=600, name="demo.load") as uow:
        place_ids = _load_parties(uow, company)
        uow.employees.add([replace(one, site_id=place_ids.get(one.site_id)) for one in company.employees])
        uow.vehicles.add(company.vehicles)
        _load_contracts(uow, company, place_ids)
        uow.fuel_prices.add(company.fuel_prices)
        uow.trip_inserts.add(_in_batches(uow, company))
        uow.commit()


def _hold(session: Session, company: DemoCompany) -> None:
    """Put the questioned trips on hold, a decision for each reason."""
    codes = {client.id: client.code for client in company.clients}
    held: dict[tuple[UUID, str], list[str]] = {}
    for trip in company.trips:
        if trip.hold_reason:
            held.setdefault((trip.client_id, trip.hold_reason), []).append(str(trip.id))
    for (client_id, reason), trips in held.items():
        decide_trips(session, "HOLD", trips, client=codes[client_id], reason=reason)


def _in_batches(uow: UnitOfWork, company: DemoCompany) -> list[TripRecord]:
    """The trips as if each month of each vendor had come as one sheet; records those sheets."""
    vendor_names = {vendor.id: vendor.name for vendor in company.vendors}
    sheets: dict[tuple[UUID, UUID, int, int], list[TripRecord]] = {}
    for trip in company.trips:
        start = trip.start_time
        sheets.setdefault((trip.client_id, trip.vendor_id, start.year, start.month), []).append(trip)
    result: list[TripRecord] = []
    for (client_id, vendor_id, year, month), trips in sheets.items():
        content = "\n".join(f"{trip.external_ref},{trip.start_time.isoformat()},{trip.distance_m}" for trip in trips)
        batch = ImportBatch(
            new_id(),
            client_id,
            new_id(),
            f"{vendor_names[vendor_id]} {date(year, month, 1):%m-%Y}.csv",
            hashlib.sha256(content.encode()).hexdigest(),
            vendor_id=vendor_id,
            rows_read=len(trips),
            accepted=len(trips),
            distance_m=sum(trip.distance_m for trip in trips),
        )
        uow.trip_imports.add_batch(batch, {}, {})
        result += [replace(trip, batch_id=batch.id, batch_row=row) for row, trip in enumerate(trips, start=2)]
    return result


def _load_parties(uow: UnitOfWork, company: DemoCompany) -> dict[UUID | None, UUID]:
    """Clients and vendors with their places; gives the stored id of each place, as default ones get theirs there."""
    for client in company.clients:
        own = [site for site in company.sites if site.client_id == client.id]
        insert_client(uow, client, next(site for site in own if site.is_default))
        uow.client_sites.add([site for site in own if not site.is_default])
    for vendor in company.vendors:
        branches = [branch for branch in company.branches if branch.vendor_id == vendor.id]
        insert_vendor(uow, vendor, next(branch for branch in branches if branch.is_default))
        uow.vendor_branches.add([branch for branch in branches if not branch.is_default])
    uow.client_vendors.add(company.links)
    sites = {(site.client_id, site.code): site.id for site in uow.client_sites.find()}
    branches_there = {(branch.vendor_id, branch.code): branch.id for branch in uow.vendor_branches.find()}
    stored: dict[UUID | None, UUID] = {site.id: sites[site.client_id, site.code] for site in company.sites}
    stored |= {branch.id: branches_there[branch.vendor_id, branch.code] for branch in company.branches}
    return stored


def _load_contracts(uow: UnitOfWork, company: DemoCompany, place_ids: dict[UUID | None, UUID]) -> None:
    """Contracts with their versions, put in force one after the other as their revision counts up."""
    uow.contracts.add(
        [
            replace(contract, site_id=place_ids[contract.site_id], branch_id=place_ids[contract.branch_id])
            for contract in company.contracts
        ]
    )
    uow.contract_versions.add_drafts(company.versions)
    revisions = dict.fromkeys((contract.id for contract in company.contracts), 1)
    for version in company.versions:
        uow.contract_versions.activate(
            replace(version, rev=1),
            revisions[version.contract_id],
            version.valid_from,
            version.valid_until,
            end_previous=False,
        )
        revisions[version.contract_id] += 1


def _make_users(session: Session, profile: Profile, users: Sequence[DemoUser]) -> None:
    """The four users; each derived secret is kept on this machine, so that the demo signs in without a password."""
    for user in users:
        if user.email == session.email:
            secret = session.secret
        else:
            secret = add_user(
                session,
                email=user.email,
                password=user.password,
                role=user.role,
                client_id=user.client_id,
                vendor_id=user.vendor_id,
                name=user.name,
            ).secret
        if not remember_user(profile, user.email, secret):
            raise UnavailableError("SECRET_NOT_KEPT", "The demo users' secrets cannot be kept on this machine.")


def _bill(session: Session, company: DemoCompany, tell: Progress) -> int:
    """Issue the closed months and leave drafts of the open one where nothing is in doubt; gives the documents made."""
    closed = (date(2026, 7, 1), date(2026, 8, 1))
    made = 0
    for client in company.clients:
        months = closed if client.id == MOONBRIDGE else (*closed, OPEN_MONTH)
        for month in months:
            tell(4, STEPS, f"Billing {month:%B %Y} of {client.name}")
            for run in run_bill(session, month=month, client=client.code).runs:
                if run.state is not RunState.CREATED or run.invoice is None:
                    raise RefusedError("DEMO_NOT_BILLED", f"{run.contract_name}, {month:%m-%Y}: {run.state.value}.")
                made += 1
                if month in closed:
                    issue_invoice(session, invoice=str(run.invoice.invoice_id), client=client.code)
    return made
