"""Parties that a sheet names and nobody has entered: found by code, name or alias, else made, in one transaction."""

from __future__ import annotations

from uuid import uuid4

from billing.services.new_parties import create_missing
from billing.store.session import Session
from tests.support.people import Pair


def test_what_is_known_is_found_and_the_rest_is_made(super_admin: Session, pair: Pair) -> None:
    new_client, new_vendor = f"N{uuid4().hex[:8]}", f"V{uuid4().hex[:8]}"
    with super_admin.unit_of_work() as uow:
        known = uow.clients.get(pair.client_id)
        (link,) = uow.client_vendors.find(client_id=pair.client_id)
        assert known is not None
        found = create_missing(
            uow, {known.name.upper(): [link.code.lower(), new_vendor], new_client: [new_vendor, link.code]}
        )
        uow.commit()
    assert found.clients[known.name.upper()].id == pair.client_id
    assert found.links[known.name.upper(), link.code.lower()] == link
    assert [client.code for client in found.created_clients] == [new_client]
    assert [vendor.name for vendor in found.created_vendors] == [new_vendor]
    made = found.links[new_client, new_vendor]
    assert made.vendor_id == found.links[known.name.upper(), new_vendor].vendor_id
    with super_admin.unit_of_work() as uow:
        assert len(uow.client_sites.find(client_id=found.created_clients[0].id, is_default=True)) == 1


def test_asking_again_makes_nothing(super_admin: Session) -> None:
    wanted = {f"N{uuid4().hex[:8]}": [f"V{uuid4().hex[:8]}" for _ in range(3)]}
    with super_admin.unit_of_work() as uow:
        first = create_missing(uow, wanted)
        uow.commit()
    with super_admin.unit_of_work() as uow:
        again = create_missing(uow, wanted)
    assert len(first.created_links) == 3
    assert (again.created_clients, again.created_vendors, again.created_links) == ([], [], [])
    assert {link.vendor_id for link in again.links.values()} == {vendor.id for vendor in first.created_vendors}


def test_without_commit_nothing_stays(super_admin: Session) -> None:
    name = f"N{uuid4().hex[:8]}"
    with super_admin.unit_of_work() as uow:
        create_missing(uow, {name: ["V1"]})
    with super_admin.unit_of_work() as uow:
        assert name not in {client.code for client in uow.clients.find()}
