"""What people decide about stored trips, and what stays closed to them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from billing.errors import BadInputError, ConflictError, NotAllowedError, RefusedError
from billing.services.trip_decisions import decide_trips, list_imports, save_mapping, saved_mappings, undo_import
from billing.services.trips import import_file
from billing.store.session import Session
from tests.support.people import Pair, People
from tests.support.sheets import HEADER, row, write_csv


@pytest.fixture
def stored(people: People, client_admin: Session, pair: Pair, tmp_path: Path) -> Any:
    """Three stored trips of the pair; the import's result."""
    rows = [row(number, client=pair.client.code, vendor=pair.link.code) for number in (1, 2, 3)]
    return import_file(client_admin, write_csv(tmp_path / "t.csv", rows))


def trips(session: Session, pair: Pair) -> dict[str, Any]:
    with session.unit_of_work() as uow:
        statement = sa.text("SELECT * FROM app.trips WHERE client_id = :client ORDER BY external_ref")
        return {trip.external_ref: trip for trip in uow.connection.execute(statement, {"client": pair.client_id})}


def actions(session: Session, pair: Pair) -> list[tuple[str, str]]:
    with session.unit_of_work() as uow:
        statement = sa.text("SELECT action, reason FROM app.trip_actions WHERE client_id = :client ORDER BY at, id")
        return [tuple(item) for item in uow.connection.execute(statement, {"client": pair.client_id})]


def test_hold_and_release(client_admin: Session, pair: Pair, stored: Any) -> None:
    held = decide_trips(client_admin, "HOLD", ["A1", "A2"], reason="km look odd")
    assert (held.changed, held.unchanged) == (2, 0)
    assert trips(client_admin, pair)["A1"].hold_reason == "km look odd"
    again = decide_trips(client_admin, "HOLD", ["A1"], reason="other")
    assert (again.changed, again.unchanged) == (0, 1)
    released = decide_trips(client_admin, "RELEASE", [str(trips(client_admin, pair)["A1"].id)])
    assert released.changed == 1
    assert trips(client_admin, pair)["A1"].hold_reason is None
    assert actions(client_admin, pair) == [("HOLD", "km look odd"), ("HOLD", "km look odd"), ("RELEASE", "")]


def test_accept_and_send_back(people: People, pair: Pair, tmp_path: Path) -> None:
    vendor, client = people.sign_in("VENDOR_ADMIN", pair), people.sign_in("CLIENT_ADMIN", pair)
    rows = [row(number, client=pair.client.code, vendor=pair.link.code) for number in (1, 2)]
    result = import_file(vendor, write_csv(tmp_path / "t.csv", rows))
    batch = str(result.batches[0].batch.id)
    assert decide_trips(client, "REJECT", ["A2"], reason="not ours").changed == 1
    with pytest.raises(NotAllowedError):
        decide_trips(vendor, "ACCEPT", ["A1"])
    with pytest.raises(RefusedError) as refusal:
        undo_import(vendor, batch)
    assert refusal.value.code == "TRIPS_DECIDED"
    assert decide_trips(client, "ACCEPT", batch=batch).changed == 2
    assert {trip.acceptance for trip in trips(client, pair).values()} == {"ACCEPTED"}


def test_sending_an_import_back_leaves_what_was_accepted(people: People, pair: Pair, tmp_path: Path) -> None:
    """The inbox says how many trips wait; no more than these go back."""
    vendor, client = people.sign_in("VENDOR_ADMIN", pair), people.sign_in("CLIENT_ADMIN", pair)
    rows = [row(number, client=pair.client.code, vendor=pair.link.code) for number in (1, 2, 3)]
    batch = str(import_file(vendor, write_csv(tmp_path / "t.csv", rows)).batches[0].batch.id)
    decide_trips(client, "ACCEPT", ["A1"])
    assert decide_trips(client, "REJECT", batch=batch, reason="which cab?").changed == 2
    assert decide_trips(client, "REJECT", batch=batch, reason="which cab?").changed == 0
    assert trips(client, pair)["A1"].acceptance == "ACCEPTED"


def test_a_vendor_cannot_accept_its_own_rows_by_sql(people: People, pair: Pair, tmp_path: Path) -> None:
    vendor = people.sign_in("VENDOR_ADMIN", pair)
    import_file(vendor, write_csv(tmp_path / "t.csv", [row(1, client=pair.client.code, vendor=pair.link.code)]))
    with pytest.raises(NotAllowedError), vendor.unit_of_work() as uow:
        uow.trip_decisions.decide(pair.client_id, [trip.id for trip in trips(vendor, pair).values()], "ACCEPT")


def test_what_is_missing_is_said(client_admin: Session, pair: Pair, stored: Any) -> None:
    with pytest.raises(BadInputError, match="Say why"):
        decide_trips(client_admin, "HOLD", ["A1"])
    with pytest.raises(BadInputError, match="No trip is named"):
        decide_trips(client_admin, "RELEASE")
    with pytest.raises(RefusedError, match="no trip A9"):
        decide_trips(client_admin, "RELEASE", ["A1", "A9"])
    with pytest.raises(BadInputError, match="which contract"):
        decide_trips(client_admin, "ASSIGN", ["A1"])


def test_one_id_of_two_vendors_asks_for_the_vendor(people: People, super_admin: Session, tmp_path: Path) -> None:
    from billing.schemas.ids import new_id
    from billing.schemas.parties import ClientVendor, Vendor, VendorBranch
    from billing.services.parties import add_vendor

    pair = people.new_pair()
    vendor = Vendor(id=new_id(), name="Second vendor")
    branch = VendorBranch(id=new_id(), vendor_id=vendor.id, code="MAIN", name="Main", is_default=True)
    link = ClientVendor(client_id=pair.client_id, vendor_id=vendor.id, code="SECOND")
    add_vendor(super_admin, link=link, vendor=vendor, branch=branch)
    rows = [row(1, client=pair.client.code, vendor=code) for code in (pair.link.code, "SECOND")]
    import_file(super_admin, write_csv(tmp_path / "t.csv", rows))
    with pytest.raises(RefusedError, match="Several vendors"):
        decide_trips(super_admin, "HOLD", ["A1"], client=pair.client.code, reason="x")
    assert decide_trips(super_admin, "HOLD", ["A1"], client=pair.client.code, vendor="SECOND", reason="x").changed == 1


def test_another_clients_trips_stay_closed(people: People, pair: Pair, stored: Any) -> None:
    stranger = people.sign_in("CLIENT_ADMIN", people.new_pair())
    with pytest.raises(RefusedError):
        decide_trips(stranger, "HOLD", ["A1"], reason="x")
    with stranger.unit_of_work() as uow:
        ids = [trip.id for trip in trips(people.super_admin, pair).values()]
        assert uow.trip_decisions.decide(pair.client_id, ids, "HOLD", reason="x") == []


def test_imports_are_listed_newest_first(client_admin: Session, pair: Pair, stored: Any, tmp_path: Path) -> None:
    later = write_csv(tmp_path / "later.csv", [row(9, client=pair.client.code, vendor=pair.link.code)])
    import_file(client_admin, later)
    assert [(batch.file_name, batch.accepted) for batch in list_imports(client_admin)] == [
        ("later.csv", 1),
        ("t.csv", 3),
    ]


def test_mappings_are_saved_for_a_vendor_and_used_by_name(client_admin: Session, pair: Pair, tmp_path: Path) -> None:
    mapping = {"trip_id": "Slip", "distance": "How far"}
    names = {"client": pair.client.code, "vendor": pair.link.code}
    save_mapping(client_admin, **names, name="Log", mapping={"trip_id": "Old"})
    save_mapping(client_admin, **names, name="log", mapping=mapping)
    assert saved_mappings(client_admin, **names) == {"Log": mapping}
    path = write_csv(
        tmp_path / "t.csv",
        [row(1, client=pair.client.code, vendor=pair.link.code)],
        header=["Slip", *HEADER[1:5], "How far"],
    )
    assert import_file(client_admin, path, vendor=pair.link.code, mapping_name="LOG").written
    with pytest.raises(RefusedError, match="no mapping"):
        import_file(client_admin, path, vendor=pair.link.code, mapping_name="other")
    with pytest.raises(BadInputError):
        save_mapping(client_admin, **names, name="Bad", mapping={"nothing": "Slip"})


def test_a_trip_sent_back_comes_again_corrected(people: People, pair: Pair, tmp_path: Path) -> None:
    vendor, client = people.sign_in("VENDOR_ADMIN", pair), people.sign_in("CLIENT_ADMIN", pair)
    names = {"client": pair.client.code, "vendor": pair.link.code}
    import_file(vendor, write_csv(tmp_path / "a.csv", [row(1, **names, km="90"), row(2, **names)]))
    decide_trips(client, "REJECT", ["A1"], reason="90 km cannot be")
    same = import_file(vendor, write_csv(tmp_path / "b.csv", [row(1, **names, km="90")]))
    assert [(item.code, item.message) for item in same.checked.duplicates] == [
        ("DUPLICATE", "This trip was sent back and comes again unchanged.")
    ]
    rows = [row(1, **names, km="19"), row(2, **names, km="13")]
    again = import_file(vendor, write_csv(tmp_path / "c.csv", rows))
    assert [item.code for item in again.checked.warnings] == ["SENT_AGAIN"]
    assert [item.code for item in again.checked.duplicates] == ["CONFLICTING_DUPLICATE"]
    with client.unit_of_work() as uow:
        statement = sa.text(
            "SELECT distance_m, acceptance, superseded_reason FROM app.trips"
            " WHERE client_id = :client AND external_ref = 'A1' ORDER BY id"
        )
        found = [tuple(item) for item in uow.connection.execute(statement, {"client": pair.client_id})]
    assert found == [(90_000, "REJECTED", "sent again"), (19_000, "SUBMITTED", None)]


def test_only_returned_trips_give_way(people: People, pair: Pair, stored: Any) -> None:
    vendor = people.sign_in("VENDOR_ADMIN", pair)
    ids = [trip.id for trip in trips(people.super_admin, pair).values()]
    with pytest.raises(ConflictError), vendor.unit_of_work() as uow:
        uow.trip_imports.supersede_returned(pair.client_id, ids)
