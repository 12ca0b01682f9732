"""Parties: who may add and edit what, and what a second editor is told."""

from __future__ import annotations

from dataclasses import replace
from uuid import uuid4

import pytest

from billing.errors import ConflictError, EditConflictError, KnownError, NotAllowedError
from billing.invoicing.gstin import check_character
from billing.schemas.ids import new_id
from billing.schemas.parties import Client, ClientSite, ClientVendor, Employee, Vehicle, Vendor, VendorBranch
from billing.services import parties
from billing.services import staff_and_cabs as staff
from billing.services.checks import InvalidFieldsError
from billing.store.session import Session
from tests.support.people import Pair, People


def gstin_of(pan: str, state: str = "29") -> str:
    first = f"{state}{pan}1Z"
    return first + check_character(first)


def new_pan() -> str:
    """A PAN that no other test has."""
    letters = "".join("ABCDEFGHIJ"[int(digit)] for digit in f"{uuid4().int % 10**5:05d}")
    return f"{letters}{uuid4().int % 10**4:04d}K"


def test_created_client_has_the_given_default_site(super_admin: Session) -> None:
    code, pan = f"C{uuid4().hex[:8]}", new_pan()
    client = Client(new_id(), code, "Sample Works", pan=pan)
    site = ClientSite(new_id(), client.id, "HQ", "Head office", gstin=gstin_of(pan).lower(), pin="560001")
    stored = parties.create_client(super_admin, client=client, site=site).record
    assert (stored.code, stored.rev, stored.updated_by) == (code, 1, super_admin.email)
    (only,) = parties.list_sites(super_admin, client_id=client.id)
    assert (only.code, only.state_code, only.gstin, only.is_default) == ("HQ", "29", gstin_of(pan), True)


def test_all_wrong_fields_are_told_at_once(super_admin: Session) -> None:
    client = Client(new_id(), "", "", pan="AB", time_zone="Mars/Olympus")
    with pytest.raises(InvalidFieldsError) as told:
        parties.create_client(super_admin, client=client)
    assert [problem.field for problem in told.value.problems] == ["code", "name", "pan", "time_zone"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"gstin": "29ABCDE1234F1Z0"}, "gstin"),
        ({"gstin": gstin_of("ABCDE1234F"), "state_code": "27"}, "state_code"),
        ({"state_code": "99"}, "state_code"),
        ({"pin": "012345"}, "pin"),
        ({"gstin": gstin_of("ABCDE1234F")}, "gstin"),
    ],
)
def test_site_with_a_wrong_registration_is_refused(
    super_admin: Session, pair: Pair, change: dict[str, str], field: str
) -> None:
    client = next(one for one in parties.list_clients(super_admin) if one.id == pair.client_id)
    parties.update_client(super_admin, client=replace(client, pan="ZZZCX0000A"))
    site = replace(ClientSite(new_id(), pair.client_id, "S1", "Site"), **change)
    with pytest.raises(InvalidFieldsError) as told:
        parties.add_site(super_admin, site=site)
    assert told.value.problems[0].field == field


def test_same_code_twice_is_refused_whatever_its_case(super_admin: Session, pair: Pair) -> None:
    parties.add_site(super_admin, site=ClientSite(new_id(), pair.client_id, "North", "North"))
    with pytest.raises(ConflictError) as told:
        parties.add_site(super_admin, site=ClientSite(new_id(), pair.client_id, "NORTH", "Again"))
    assert told.value.where == "code"


def test_second_editor_is_told_who_saved_and_gets_the_stored_record(
    client_admin: Session, super_admin: Session
) -> None:
    assert client_admin.client_id is not None
    first = parties.list_sites(client_admin, client_id=client_admin.client_id)[0]
    saved = parties.update_site(super_admin, site=replace(first, city="Mysuru")).record
    with pytest.raises(EditConflictError) as told:
        parties.update_site(client_admin, site=replace(first, city="Hubballi"))
    assert super_admin.email in told.value.message
    assert told.value.current == saved
    assert parties.list_sites(client_admin, client_id=client_admin.client_id)[0].city == "Mysuru"


def test_new_default_site_takes_the_mark_from_the_old_one(client_admin: Session) -> None:
    assert client_admin.client_id is not None
    site = ClientSite(new_id(), client_admin.client_id, "NEW", "New office", is_default=True)
    parties.add_site(client_admin, site=site)
    defaults = [s.code for s in parties.list_sites(client_admin, client_id=client_admin.client_id) if s.is_default]
    assert defaults == ["NEW"]


def test_client_admin_adds_its_own_people_and_vehicles_but_no_clients(client_admin: Session, pair: Pair) -> None:
    employees = [Employee(new_id(), pair.client_id, f"E{n}", f"Rider {n}") for n in range(3)]
    assert staff.add_employees(client_admin, employees=employees).count == 3
    cab = Vehicle(new_id(), pair.client_id, pair.vendor_id, "ka-01 zx 0042", vehicle_type="SEDAN", seats=4)
    staff.add_vehicles(client_admin, vehicles=[cab])
    (stored,) = staff.list_vehicles(client_admin, client_id=pair.client_id)
    assert stored.vehicle_no == "KA01ZX0042"
    with pytest.raises(NotAllowedError):
        parties.create_client(client_admin, client=Client(new_id(), "NOPE", "Nope"))


def test_employees_go_in_all_or_none(client_admin: Session, pair: Pair) -> None:
    staff.add_employees(client_admin, employees=[Employee(new_id(), pair.client_id, "E7", "Seven")])
    more = [Employee(new_id(), pair.client_id, code, code) for code in ("E8", "E7")]
    with pytest.raises(ConflictError):
        staff.add_employees(client_admin, employees=more)
    assert [one.code for one in staff.list_employees(client_admin, client_id=pair.client_id)] == ["E7"]


def test_vendor_with_a_known_gstin_is_linked_not_made_again(people: People) -> None:
    one, other = people.new_pair(), people.new_pair()
    pan = new_pan()
    ids = []
    for at in (one, other):
        session = people.sign_in("CLIENT_ADMIN", at)
        vendor = Vendor(new_id(), "Twice Cabs", pan=pan)
        branch = VendorBranch(new_id(), vendor.id, "BLR", "Bengaluru", gstin=gstin_of(pan))
        link = ClientVendor(at.client_id, vendor.id, "TWICE")
        ids.append(parties.add_vendor(session, link=link, vendor=vendor, branch=branch).record.vendor_id)
    assert ids[0] == ids[1]


def test_client_admin_sees_linked_vendors_only(people: People) -> None:
    one, other = people.new_pair(), people.new_pair()
    session = people.sign_in("CLIENT_ADMIN", one)
    assert [vendor.id for vendor in parties.list_vendors(session)] == [one.vendor_id]
    assert parties.list_vendors_of(session, client_id=other.client_id) == []


@pytest.mark.parametrize("role", ["VIEWER", "VENDOR_ADMIN"])
def test_those_who_only_look_cannot_change_a_site(people: People, pair: Pair, role: str) -> None:
    session = people.sign_in(role, pair)
    site = parties.list_sites(session, client_id=pair.client_id)[0]
    with pytest.raises(KnownError) as told:
        parties.update_site(session, site=replace(site, city="Elsewhere"))
    assert told.value.exit_code == 3


def test_client_admin_cannot_write_into_another_client(people: People) -> None:
    own, foreign = people.new_pair(), people.new_pair()
    session = people.sign_in("CLIENT_ADMIN", own)
    with pytest.raises(NotAllowedError):
        staff.add_employees(session, employees=[Employee(new_id(), foreign.client_id, "E1", "Stranger")])
    assert staff.list_employees(people.super_admin, client_id=foreign.client_id) == []
