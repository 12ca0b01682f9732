"""Clients and vendors with what belongs to them: read, add, edit. One unit of work for each function.

An edit gives back the record as it was read; if somebody saved it meanwhile the answer is an EditConflictError with
the stored record. Who may do what is decided by the database (SECURITY.md (c) 16).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Generic, TypeVar
from uuid import UUID

from billing.errors import ConflictError, RefusedError
from billing.schemas.changes import Changes
from billing.schemas.parties import Client, ClientSite, ClientVendor, Saved, Vendor, VendorBranch
from billing.services.checks import raise_together
from billing.services.party_checks import (
    checked_client,
    checked_link,
    checked_place,
    checked_vendor,
)

if TYPE_CHECKING:
    from billing.store.records import Records
    from billing.store.session import Session
    from billing.store.unit_of_work import UnitOfWork

R = TypeVar("R", bound=Saved)


@dataclass(frozen=True, slots=True)
class Stored(Generic[R]):
    """A record as it is stored now, and what changed."""

    record: R
    changes: Changes


@dataclass(frozen=True, slots=True)
class VendorOfClient:
    """A vendor as a client sees it: its link, itself, its branches."""

    link: ClientVendor
    vendor: Vendor
    branches: tuple[VendorBranch, ...]


def _changes(table: str, *ids: UUID) -> Changes:
    return Changes(frozenset({table}), frozenset(ids))


def _reread(repository: Records[R], *key: UUID) -> R:
    """A record just written, as the database completed it."""
    record = repository.get(*key)
    if record is None:
        raise RefusedError("NOT_FOUND", "What was saved is not visible to you.")
    return record


def refuse_same_code(found: Iterable[Saved], title: str, code: str, field: str = "code") -> None:
    """Raise ConflictError ALREADY_THERE when one of the records has this code, in any case."""
    if any(str(getattr(record, field)).casefold() == code.casefold() for record in found):
        raise ConflictError("ALREADY_THERE", f"There is already a {title} {code}.", where=field)


# Clients and their sites


def list_clients(session: Session) -> list[Client]:
    """The clients that the user may see, by code."""
    with session.unit_of_work() as uow:
        return uow.clients.find()


def create_client(session: Session, *, client: Client, site: ClientSite | None = None) -> Stored[Client]:
    """Add a client with its default site; without `site` that is MAIN with the client's name (SUPER_ADMIN).

    Raises:
        InvalidFieldsError: Fields are wrong.
        ConflictError: The code is taken.
    """
    raise_together(lambda: checked_client(client), lambda: site and checked_place(site, client.pan))
    client = checked_client(client)
    site = checked_place(site, client.pan) if site else None
    with session.unit_of_work() as uow:
        refuse_same_code(uow.clients.find(), "client", client.code)
        stored = insert_client(uow, client, site)
        uow.commit()
    return Stored(stored, Changes(frozenset({"clients", "client_sites"}), frozenset({stored.id})))


def insert_client(uow: UnitOfWork, client: Client, site: ClientSite | None) -> Client:
    """Insert a checked client; the site that the database adds to it takes the fields of `site`."""
    uow.clients.add([client])
    if site:
        (default,) = uow.client_sites.find(client_id=client.id, is_default=True)
        uow.client_sites.update(replace(site, id=default.id, client_id=client.id, rev=default.rev, is_default=True))
    return _reread(uow.clients, client.id)


def update_client(session: Session, *, client: Client) -> Stored[Client]:
    """Save an edit of a client (SUPER_ADMIN). Raises InvalidFieldsError, EditConflictError."""
    client = checked_client(client)
    with session.unit_of_work() as uow:
        stored = uow.clients.update(client)
        uow.commit()
    return Stored(stored, _changes("clients", client.id))


def list_sites(session: Session, *, client_id: UUID) -> list[ClientSite]:
    """A client's sites, by code."""
    with session.unit_of_work() as uow:
        return uow.client_sites.find(client_id=client_id)


def add_site(session: Session, *, site: ClientSite) -> Stored[ClientSite]:
    """Add a site to a client; if it is the default, the old default is one no more.

    Raises:
        InvalidFieldsError: Fields are wrong.
        ConflictError: The code is taken.
    """
    with session.unit_of_work() as uow:
        stored = _put_site(uow, site, is_new=True)
        uow.commit()
    return Stored(stored, _changes("client_sites", site.id))


def update_site(session: Session, *, site: ClientSite) -> Stored[ClientSite]:
    """Save an edit of a site. Raises InvalidFieldsError, EditConflictError."""
    with session.unit_of_work() as uow:
        stored = _put_site(uow, site, is_new=False)
        uow.commit()
    return Stored(stored, _changes("client_sites", site.id))


def _put_site(uow: UnitOfWork, site: ClientSite, *, is_new: bool) -> ClientSite:
    client = uow.clients.get(site.client_id)
    checked = checked_place(site, client.pan if client else None)
    return _put_place(uow.client_sites, checked, "site", is_new=is_new, client_id=site.client_id)


P = TypeVar("P", ClientSite, VendorBranch)


def _put_place(places: Records[P], place: P, title: str, *, is_new: bool, **owner: UUID) -> P:
    """Store a checked place of an owner: a new one under a code of its own, a default one as the only default."""
    if is_new:
        refuse_same_code(places.find(**owner), title, place.code)
    if place.is_default:
        for other in places.find(**owner, is_default=True):
            if other.id != place.id:
                places.update(replace(other, is_default=False), ["is_default"])
    if not is_new:
        return places.update(place)
    places.add([place])
    return _reread(places, *owner.values(), place.id)


# Vendors, their branches, and the links through which clients know them


def list_vendors(session: Session) -> list[Vendor]:
    """The vendors that the user may see, by name."""
    with session.unit_of_work() as uow:
        return uow.vendors.find()


def list_vendors_of(session: Session, *, client_id: UUID) -> list[VendorOfClient]:
    """A client's vendors with their branches, by the client's code for them."""
    with session.unit_of_work() as uow:
        vendors = {vendor.id: vendor for vendor in uow.vendors.find()}
        branches = uow.vendor_branches.find()
        links = uow.client_vendors.find(client_id=client_id)
    return [
        VendorOfClient(
            link,
            vendors[link.vendor_id],
            tuple(branch for branch in branches if branch.vendor_id == link.vendor_id),
        )
        for link in links
    ]


def insert_vendor(uow: UnitOfWork, vendor: Vendor, branch: VendorBranch) -> None:
    """Insert a checked vendor; the branch that the database adds to it takes the fields of `branch`."""
    uow.vendors.add([vendor])
    (default,) = uow.vendor_branches.find(vendor_id=vendor.id, is_default=True)
    uow.vendor_branches.update(replace(branch, id=default.id, vendor_id=vendor.id, rev=default.rev, is_default=True))


def add_vendor(session: Session, *, link: ClientVendor, vendor: Vendor, branch: VendorBranch) -> Stored[ClientVendor]:
    """Give a client a vendor: the one whose branch has this GSTIN, else a new one with this default branch.

    Raises:
        InvalidFieldsError: Fields are wrong.
        ConflictError: The client has this code or this vendor already.
    """
    raise_together(
        lambda: checked_link(link), lambda: checked_vendor(vendor), lambda: checked_place(branch, vendor.pan)
    )
    link, vendor = checked_link(link), checked_vendor(vendor)
    branch = checked_place(branch, vendor.pan)
    with session.unit_of_work() as uow:
        refuse_same_code(uow.client_vendors.find(client_id=link.client_id), "vendor", link.code)
        vendor_id = uow.vendor_links.add_vendor(link, vendor, branch)
        stored = _reread(uow.client_vendors, link.client_id, vendor_id)
        uow.commit()
    return Stored(
        stored, Changes(frozenset({"vendors", "vendor_branches", "client_vendors"}), frozenset({stored.vendor_id}))
    )


def link_vendor(session: Session, *, link: ClientVendor) -> Stored[ClientVendor]:
    """Link a vendor of the workspace to a client (SUPER_ADMIN). Raises InvalidFieldsError, ConflictError."""
    link = checked_link(link)
    with session.unit_of_work() as uow:
        refuse_same_code(uow.client_vendors.find(client_id=link.client_id), "vendor", link.code)
        uow.client_vendors.add([link])
        stored = _reread(uow.client_vendors, link.client_id, link.vendor_id)
        uow.commit()
    return Stored(stored, _changes("client_vendors", link.vendor_id))


def update_link(session: Session, *, link: ClientVendor) -> Stored[ClientVendor]:
    """Save how a client knows a vendor. Raises InvalidFieldsError, EditConflictError."""
    link = checked_link(link)
    with session.unit_of_work() as uow:
        stored = uow.client_vendors.update(link)
        uow.commit()
    return Stored(stored, _changes("client_vendors", link.vendor_id))


def update_vendor(session: Session, *, vendor: Vendor) -> Stored[Vendor]:
    """Save an edit of a vendor (SUPER_ADMIN). Raises InvalidFieldsError, EditConflictError."""
    vendor = checked_vendor(vendor)
    with session.unit_of_work() as uow:
        stored = uow.vendors.update(vendor)
        uow.commit()
    return Stored(stored, _changes("vendors", vendor.id))


def update_vendor_of_client(session: Session, *, link: ClientVendor, vendor: Vendor | None = None) -> Changes:
    """Save how a client knows a vendor and, for a SUPER_ADMIN, the vendor itself: both or neither.

    Raises InvalidFieldsError, EditConflictError.
    """
    raise_together(lambda: checked_link(link), lambda: vendor and checked_vendor(vendor))
    link = checked_link(link)
    vendor = checked_vendor(vendor) if vendor else None
    with session.unit_of_work() as uow:
        uow.client_vendors.update(link)
        if vendor:
            uow.vendors.update(vendor)
        uow.commit()
    return Changes(frozenset({"client_vendors", "vendors"}), frozenset({link.vendor_id}))


def add_branch(session: Session, *, branch: VendorBranch) -> Stored[VendorBranch]:
    """Add a branch to a vendor (SUPER_ADMIN). Raises InvalidFieldsError, ConflictError."""
    with session.unit_of_work() as uow:
        stored = _put_branch(uow, branch, is_new=True)
        uow.commit()
    return Stored(stored, _changes("vendor_branches", branch.id))


def update_branch(session: Session, *, branch: VendorBranch) -> Stored[VendorBranch]:
    """Save an edit of a branch (SUPER_ADMIN). Raises InvalidFieldsError, EditConflictError."""
    with session.unit_of_work() as uow:
        stored = _put_branch(uow, branch, is_new=False)
        uow.commit()
    return Stored(stored, _changes("vendor_branches", branch.id))


def _put_branch(uow: UnitOfWork, branch: VendorBranch, *, is_new: bool) -> VendorBranch:
    vendor = uow.vendors.get(branch.vendor_id)
    checked = checked_place(branch, vendor.pan if vendor else None)
    return _put_place(uow.vendor_branches, checked, "branch", is_new=is_new, vendor_id=branch.vendor_id)
