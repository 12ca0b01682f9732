"""Trip sheets into a workspace, as each role, on a real server."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from billing.errors import NotAllowedError, RefusedError
from billing.schemas.changes import Cancelled
from billing.services.trip_decisions import undo_import
from billing.services.trips import import_file
from billing.store.session import Session
from tests.support.people import Pair, People
from tests.support.sheets import HEADER, row, shared_file, write_csv, write_xlsx


def rows_of(session: Session, pair: Pair) -> list[Any]:
    with session.unit_of_work() as uow:
        statement = sa.text("SELECT * FROM app.trips WHERE client_id = :client ORDER BY batch_row")
        return list(uow.connection.execute(statement, {"client": pair.client_id}))


def good(pair: Pair, number: int = 1, **changes: Any) -> list[Any]:
    return row(number, **{"client": pair.client.code, "vendor": pair.link.code, **changes})


def test_a_sheet_goes_in(client_admin: Session, pair: Pair, tmp_path: Path) -> None:
    header = [*HEADER, "Cab No.", "Pax", "Emp Codes", "Escort", "Toll", "Waiting Minutes", "Garage KM", "Site"]
    path = write_csv(
        tmp_path / "t.csv",
        [[*good(pair), "ka-01 ab 1234", "3", "E1; E2", "Y", "35.50", "12", "4.2", "BLR1"]],
        header=header,
    )
    result = import_file(client_admin, path)
    assert result.written
    assert [(item.client_code, item.batch.accepted, item.no_contract) for item in result.batches] == [
        (pair.client.code, 1, 1)
    ]
    (trip,) = rows_of(client_admin, pair)
    assert (trip.external_ref, trip.vendor_id, trip.distance_m, trip.status) == (
        "A1",
        pair.vendor_id,
        12_400,
        "COMPLETED",
    )
    assert trip.start_time == datetime(2026, 10, 1, 3, 30, tzinfo=UTC)
    assert (trip.vehicle_no, trip.seats_boarded, trip.escort, trip.is_carpool) == ("KA01AB1234", 3, True, False)
    assert (trip.toll_paise, trip.waiting_s, trip.garage_m, trip.site) == (3550, 720, 4200, "BLR1")
    assert (trip.acceptance, trip.exception, trip.contract_id, trip.batch_row) == ("ACCEPTED", "NO_CONTRACT", None, 2)
    with client_admin.unit_of_work() as uow:
        riders = uow.connection.execute(
            sa.text("SELECT seq, employee_code FROM app.trip_riders WHERE trip_id = :t ORDER BY seq"), {"t": trip.id}
        )
        assert [tuple(item) for item in riders] == [(1, "E1"), (2, "E2")]


def test_a_rejected_row_refuses_the_file_unless_lenient(client_admin: Session, pair: Pair, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", [good(pair), good(pair, 2, km="-3")])
    strict = import_file(client_admin, path)
    assert not strict.written
    assert [item.code for item in strict.checked.rejected] == ["NEGATIVE_DISTANCE"]
    assert rows_of(client_admin, pair) == []
    lenient = import_file(client_admin, path, lenient=True)
    assert lenient.written
    assert (lenient.batches[0].batch.accepted, lenient.batches[0].batch.rejected) == (1, 1)


def test_preview_stores_nothing(client_admin: Session, pair: Pair, tmp_path: Path) -> None:
    result = import_file(client_admin, write_csv(tmp_path / "t.csv", [good(pair)]), preview=True)
    assert (result.written, len(result.checked.accepted)) == (False, 1)
    assert result.checked.checked_against
    assert rows_of(client_admin, pair) == []


def test_the_same_file_twice_is_recognised(client_admin: Session, pair: Pair, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", [good(pair), good(pair, 2)])
    first = import_file(client_admin, path)
    again = import_file(client_admin, path)
    assert not again.written
    assert [batch.id for batch in again.same_file] == [first.batches[0].batch.id]
    assert {(item.code, item.first_row) for item in again.checked.duplicates} == {("DUPLICATE", None)}
    assert again.checked.duplicates[0].batch == str(first.batches[0].batch.id)


def test_stored_trips_with_other_figures_conflict(client_admin: Session, pair: Pair, tmp_path: Path) -> None:
    import_file(client_admin, write_csv(tmp_path / "a.csv", [good(pair), good(pair, 2)]))
    result = import_file(
        client_admin, write_csv(tmp_path / "b.csv", [good(pair, km="13"), good(pair, 2), good(pair, 3)])
    )
    assert [(item.row, item.code) for item in result.checked.duplicates] == [
        (2, "CONFLICTING_DUPLICATE"),
        (3, "DUPLICATE"),
    ]
    assert (result.written, result.batches[0].batch.accepted) == (True, 1)
    assert [trip.distance_m for trip in rows_of(client_admin, pair)] == [12_400, 12_400, 12_400]


def test_riders_count_when_stored_trips_are_compared(client_admin: Session, pair: Pair, tmp_path: Path) -> None:
    header = [*HEADER, "Emp Codes"]
    import_file(client_admin, write_csv(tmp_path / "a.csv", [[*good(pair), "E1;E2"]], header=header))
    same = import_file(client_admin, write_csv(tmp_path / "b.csv", [[*good(pair), "E1, E2"]], header=header))
    other = import_file(client_admin, write_csv(tmp_path / "c.csv", [[*good(pair), "E1;E3"]], header=header))
    assert same.checked.duplicates[0].code == "DUPLICATE"
    assert other.checked.duplicates[0].code == "CONFLICTING_DUPLICATE"


def test_unknown_parties_are_rejected_with_column_and_value(client_admin: Session, pair: Pair, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", [good(pair), good(pair, 2, vendor="NOBODY"), good(pair, 3, client="NOBODY")])
    result = import_file(client_admin, path)
    assert [(item.row, item.column, item.value, item.code) for item in result.checked.rejected] == [
        (3, "Vendor Code", "NOBODY", "UNKNOWN_VENDOR"),
        (4, "Client Code", "NOBODY", "UNKNOWN_CLIENT"),
    ]
    assert not result.written


def test_parties_are_found_by_name_and_the_file_may_leave_them_out(
    client_admin: Session, pair: Pair, tmp_path: Path
) -> None:
    named = write_csv(tmp_path / "a.csv", [good(pair, client=pair.client.name.upper(), vendor=pair.vendor.name)])
    assert import_file(client_admin, named).written
    header = [HEADER[0], *HEADER[3:]]
    bare = write_csv(
        tmp_path / "b.csv", [[cell for place, cell in enumerate(good(pair, 2)) if place not in (1, 2)]], header=header
    )
    assert import_file(client_admin, bare, vendor=pair.link.code).written
    assert len(rows_of(client_admin, pair)) == 2


def test_two_words_for_one_vendor_uncover_duplicates(client_admin: Session, pair: Pair, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", [good(pair), good(pair, vendor=pair.vendor.name)])
    result = import_file(client_admin, path)
    assert [(item.row, item.code, item.first_row) for item in result.checked.duplicates] == [(3, "DUPLICATE", 2)]
    assert len(rows_of(client_admin, pair)) == 1


def test_another_client_stays_closed(people: People, tmp_path: Path) -> None:
    mine, theirs = people.new_pair(), people.new_pair()
    session = people.sign_in("CLIENT_ADMIN", mine)
    result = import_file(session, write_csv(tmp_path / "t.csv", [good(theirs)]))
    assert [item.code for item in result.checked.rejected] == ["UNKNOWN_CLIENT"]
    with pytest.raises(RefusedError):
        import_file(session, tmp_path / "t.csv", client=theirs.client.code)


def test_a_viewer_may_not_and_only_a_super_admin_creates_parties(
    viewer: Session, client_admin: Session, pair: Pair, tmp_path: Path
) -> None:
    path = write_csv(tmp_path / "t.csv", [good(pair)])
    with pytest.raises(NotAllowedError):
        import_file(viewer, path)
    with pytest.raises(NotAllowedError):
        import_file(client_admin, path, create_parties=True)


def test_a_vendors_rows_start_submitted(vendor_admin: Session, pair: Pair, people: People, tmp_path: Path) -> None:
    result = import_file(vendor_admin, write_csv(tmp_path / "t.csv", [good(pair), good(pair, 2)]))
    assert result.written
    assert {trip.acceptance for trip in rows_of(people.super_admin, pair)} == {"SUBMITTED"}
    assert undo_import(vendor_admin, str(result.file_id)).trips == 2


def test_several_clients_only_by_a_super_admin(people: People, super_admin: Session, tmp_path: Path) -> None:
    one, other = people.new_pair(), people.new_pair()
    path = write_xlsx(tmp_path / "t.xlsx", [good(one), good(other), good(other, 2)])
    result = import_file(super_admin, path)
    assert Counter(item.client_code for item in result.batches) == {one.client.code: 1, other.client.code: 1}
    assert len({item.batch.file_id for item in result.batches}) == 1
    undone = undo_import(super_admin, str(result.file_id))
    assert (len(undone.batches), undone.trips) == (2, 3)
    assert rows_of(super_admin, one) == []


def test_undo_frees_the_ids(client_admin: Session, pair: Pair, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", [good(pair)])
    first = import_file(client_admin, path)
    undone = undo_import(client_admin, str(first.batches[0].batch.id))
    assert undone.trips == 1
    again = import_file(client_admin, path)
    assert (again.written, again.same_file) == (True, ())
    assert undo_import(client_admin, str(first.batches[0].batch.id)).trips == 0


def test_nobody_undoes_another_clients_import(people: People, tmp_path: Path) -> None:
    mine, theirs = people.new_pair(), people.new_pair()
    result = import_file(people.super_admin, write_csv(tmp_path / "t.csv", [good(theirs)]))
    session = people.sign_in("CLIENT_ADMIN", mine)
    with pytest.raises(RefusedError):
        undo_import(session, str(result.file_id))
    with pytest.raises(NotAllowedError), session.unit_of_work() as uow:
        uow.trip_imports.undo(theirs.client_id, result.batches[0].batch.id)
    assert len(rows_of(people.super_admin, theirs)) == 1


def test_cancelling_leaves_nothing(client_admin: Session, pair: Pair, tmp_path: Path) -> None:
    def stop(done: int, total: int, what: str) -> None:
        if what == "rows stored" and done:
            raise Cancelled

    with pytest.raises(Cancelled):
        import_file(client_admin, write_csv(tmp_path / "t.csv", [good(pair)]), progress=stop)
    assert rows_of(client_admin, pair) == []


def test_rows_unticked_in_the_preview_stay_out(client_admin: Session, pair: Pair, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", [good(pair), good(pair, 2), good(pair, 3, km="x")])
    result = import_file(client_admin, path, skip=frozenset({(None, 3), (None, 4)}))
    assert result.written
    assert [trip.external_ref for trip in rows_of(client_admin, pair)] == ["A1"]


def test_the_clients_zone_decides(people: People, super_admin: Session, tmp_path: Path) -> None:
    pair = people.new_pair(zone="America/New_York")
    assert import_file(super_admin, write_csv(tmp_path / "t.csv", [good(pair)])).written
    assert rows_of(super_admin, pair)[0].start_time == datetime(2026, 10, 1, 13, tzinfo=UTC)


def test_real_indian_trips_go_in(super_admin: Session) -> None:
    path = shared_file("india_client_vendor_trips.xlsx")
    strict = import_file(super_admin, path, create_parties=True)
    assert (strict.written, len(strict.checked.accepted), len(strict.checked.rejected)) == (False, 2597, 843)
    result = import_file(super_admin, path, create_parties=True, lenient=True)
    assert result.written
    assert sum(item.batch.accepted for item in result.batches) == 2597
    assert sum(item.batch.distance_m for item in result.batches) == 1_440_772_620
    assert undo_import(super_admin, str(result.file_id)).trips == 2597


def test_real_new_york_trips_go_in(people: People, super_admin: Session) -> None:
    path = shared_file("nyc_taxi_trips_2019-03.csv")
    pair = people.new_pair(zone="America/New_York")
    result = import_file(
        super_admin,
        path,
        client=pair.client.code,
        derive_ids=True,
        distance_unit="mile",
        lenient=True,
        create_parties=True,
    )
    assert (result.batches[0].batch.accepted, result.batches[0].batch.rejected) == (6432, 68)
    again = import_file(super_admin, path, client=pair.client.code, derive_ids=True, distance_unit="mile", lenient=True)
    assert (again.written, len(again.checked.duplicates)) == (False, 6432)


def test_unknown_cabs_and_employees_are_warnings_or_errors(client_admin: Session, pair: Pair, tmp_path: Path) -> None:
    from billing.schemas.ids import new_id
    from billing.schemas.parties import Employee, Vehicle
    from billing.services.staff_and_cabs import add_employees, add_vehicles

    header = [*HEADER, "Cab No.", "Emp Codes"]
    rows = [[*good(pair), "KA01AB1234", "E1"], [*good(pair, 2), "KA01XX9999", "E1;E7"]]
    path = write_csv(tmp_path / "t.csv", rows, header=header)
    quiet = import_file(client_admin, path, preview=True)
    assert quiet.checked.warnings == []  # the client keeps no lists yet
    ids = {"client_id": pair.client_id}
    cab = Vehicle(id=new_id(), **ids, vendor_id=pair.vendor_id, vehicle_no="KA01AB1234")
    add_vehicles(client_admin, vehicles=[cab])
    add_employees(client_admin, employees=[Employee(id=new_id(), **ids, code="E1", name="Asha")])
    warned = import_file(client_admin, path, preview=True)
    assert [(item.row, item.code) for item in warned.checked.warnings] == [
        (3, "UNKNOWN_VEHICLE"),
        (3, "UNKNOWN_EMPLOYEE"),
    ]
    assert len(warned.checked.accepted) == 2
    strict = import_file(client_admin, path, strict_names=True, lenient=True)
    assert [(item.row, item.column, item.value, item.code) for item in strict.checked.rejected] == [
        (3, "Cab No.", "KA01XX9999", "UNKNOWN_VEHICLE")
    ]
    assert [trip.external_ref for trip in rows_of(client_admin, pair)] == ["A1"]


def test_cells_corrected_in_the_preview(client_admin: Session, pair: Pair, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", [good(pair), good(pair, 2, km="-3")])
    result = import_file(client_admin, path, edits={(None, 3): {"Total KMs": "3"}})
    assert result.written
    assert [trip.distance_m for trip in rows_of(client_admin, pair)] == [12_400, 3_000]


def test_a_name_matched_once_is_remembered(client_admin: Session, pair: Pair, tmp_path: Path) -> None:
    from billing.services.trip_aliases import remember_vendor

    path = write_csv(tmp_path / "t.csv", [good(pair, vendor="Shree Cabs (Regd.)")])
    assert import_file(client_admin, path).checked.rejected[0].code == "UNKNOWN_VENDOR"
    remember_vendor(client_admin, client=pair.client.code, vendor=pair.link.code, text="Shree Cabs (Regd.)")
    assert import_file(client_admin, path).written
    again = remember_vendor(client_admin, client=pair.client.code, vendor=pair.link.code, text="shree cabs (regd.)")
    assert again.ids == frozenset()


def test_a_name_of_one_vendor_cannot_become_anothers(people: People, pair: Pair, tmp_path: Path) -> None:
    from billing.schemas.ids import new_id
    from billing.schemas.parties import ClientVendor, Vendor, VendorBranch
    from billing.services.parties import add_vendor
    from billing.services.trip_aliases import remember_vendor

    vendor = Vendor(id=new_id(), name="Second vendor")
    branch = VendorBranch(id=new_id(), vendor_id=vendor.id, code="MAIN", name="Main", is_default=True)
    add_vendor(people.super_admin, link=ClientVendor(pair.client_id, vendor.id, "SECOND"), vendor=vendor, branch=branch)
    with pytest.raises(RefusedError, match="means"):
        remember_vendor(people.super_admin, client=pair.client.code, vendor="SECOND", text=pair.link.code)
