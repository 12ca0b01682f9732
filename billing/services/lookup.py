"""From what a user types or a sheet says (a code, an id, a name, an alias) to the record it means."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeVar
from uuid import UUID

from billing.errors import RefusedError
from billing.schemas.contracts import Contract
from billing.schemas.parties import Client, ClientSite, ClientVendor, Vendor, VendorBranch

if TYPE_CHECKING:
    from billing.store.unit_of_work import UnitOfWork

T = TypeVar("T")


def fold(text: str) -> str:
    """How names are compared: case and runs of blanks do not count."""
    return " ".join(text.casefold().split())


def read_id(text: str) -> UUID | None:
    """The id that the text is, or None."""
    try:
        return UUID(text.strip())
    except ValueError:
        return None


def _one(found: list[T], kind: str, text: str, where: str) -> T:
    if len(found) == 1:
        return found[0]
    if found:
        raise RefusedError("AMBIGUOUS", f"More than one {kind} is called {text}.", where=where, hint="Give its id.")
    raise RefusedError(f"UNKNOWN_{kind.upper()}", f"There is no {kind} {text} that you may see.", where=where)


def match(records: Iterable[T], text: str, *, key: str, names: tuple[str, ...] = ("code", "name")) -> list[T]:
    """The records that the text means: by id, else by code, else by name or alias."""
    candidates = list(records)
    wanted_id, wanted = read_id(text), fold(text)
    if wanted_id is not None:
        return [record for record in candidates if getattr(record, key) == wanted_id]
    for name in names:
        found = [record for record in candidates if fold(str(getattr(record, name, ""))) == wanted]
        if found:
            return found
    return [record for record in candidates if wanted in map(fold, getattr(record, "aliases", ()))]


def find_client(uow: UnitOfWork, text: str | None) -> Client:
    """The client of that code, id or name; without text the only one that the user sees.

    Raises:
        RefusedError: None or several.
    """
    clients: list[Client] = uow.clients.find()
    if text is None:
        if len(clients) == 1:
            return clients[0]
        raise RefusedError("CLIENT_REQUIRED", "Say which client is meant.", where="--client")
    return _one(match(clients, text, key="id"), "client", text, "--client")


def find_link(uow: UnitOfWork, client: Client, text: str) -> ClientVendor:
    """The client's vendor of that code, id, alias or name, as the client's link to it.

    Raises:
        RefusedError: None or several.
    """
    links: list[ClientVendor] = uow.client_vendors.find(client_id=client.id)
    found = match(links, text, key="vendor_id", names=("code",))
    if not found:
        meant = {vendor.id for vendor in match(uow.vendors.find(), text, key="id", names=("name",))}
        found = [link for link in links if link.vendor_id in meant]
    return _one(found, "vendor", text, "--vendor")


def find_vendor(uow: UnitOfWork, text: str) -> Vendor:
    """The vendor of that id or name among those that the user sees.

    Raises:
        RefusedError: None or several.
    """
    return _one(match(uow.vendors.find(), text, key="id", names=("name",)), "vendor", text, "--vendor")


P = TypeVar("P", ClientSite, VendorBranch)


def find_place(places: list[P], text: str | None, kind: str) -> P:
    """The site or branch of that code, id or name; without text the default one.

    Raises:
        RefusedError: None or several.
    """
    if text is None:
        return _one([place for place in places if place.is_default], kind, "by default", f"--{kind}")
    return _one(match(places, text, key="id"), kind, text, f"--{kind}")


def find_contract(uow: UnitOfWork, client: Client, text: str, link: ClientVendor | None = None) -> Contract:
    """The client's contract of that id or name, of that vendor where it is given.

    Raises:
        RefusedError: None or several.
    """
    contracts: list[Contract] = uow.contracts.find(client_id=client.id)
    if link is not None:
        contracts = [contract for contract in contracts if contract.vendor_id == link.vendor_id]
    return _one(match(contracts, text, key="id", names=("name",)), "contract", text, "CONTRACT")
