"""Employees from a sheet: read as people write such lists, stored all or none."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from billing.errors import ConflictError, NotAllowedError, RefusedError
from billing.exchange.employee_sheet import read_employees
from billing.schemas.ids import new_id
from billing.schemas.parties import Employee
from billing.services.employees import import_employees
from billing.services.staff_and_cabs import add_employees, list_employees
from billing.store.session import Session
from tests.support.people import Pair, People

LIST = """Staff list of October

Emp Code,Employee Name,Office,Sex,Date of Joining
E1,Anita Rao,main,Female,13/04/2026
0002,"Ravi, K",,M,01/05/2026
"""
BAD = LIST + ",Nobody,,,\nE1,Twice,,,\nE5,Far,Mars,,\nE6,Odd,,q,\nE7,Never,,,31/31/2026\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "staff.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_list_is_stored_with_its_dates_day_first(client_admin: Session, pair: Pair, tmp_path: Path) -> None:
    done = import_employees(client_admin, client_id=pair.client_id, path=written(tmp_path, LIST))
    assert (done.added, done.updated, done.unchanged, done.rejected) == (2, 0, 0, ())
    second, first = list_employees(client_admin, client_id=pair.client_id)
    assert (first.code, first.name, first.gender, first.active_from) == ("E1", "Anita Rao", "F", date(2026, 4, 13))
    assert first.site_id is not None
    assert (second.code, second.name, second.active_from) == ("0002", "Ravi, K", date(2026, 5, 1))


def test_same_list_again_changes_nothing_and_an_empty_cell_keeps(
    client_admin: Session, pair: Pair, tmp_path: Path
) -> None:
    import_employees(client_admin, client_id=pair.client_id, path=written(tmp_path, LIST))
    again = import_employees(client_admin, client_id=pair.client_id, path=written(tmp_path, LIST))
    assert (again.added, again.updated, again.unchanged) == (0, 0, 2)
    short = written(tmp_path, "code,name\nE1,Anita Kamath\n0002,\n")
    done = import_employees(client_admin, client_id=pair.client_id, path=short)
    assert (done.added, done.updated, done.unchanged) == (0, 1, 1)
    assert [one.name for one in list_employees(client_admin, client_id=pair.client_id)] == ["Ravi, K", "Anita Kamath"]


def test_any_bad_row_refuses_the_file_and_lenient_takes_the_rest(
    client_admin: Session, pair: Pair, tmp_path: Path
) -> None:
    path = written(tmp_path, BAD)
    with pytest.raises(RefusedError) as told:
        import_employees(client_admin, client_id=pair.client_id, path=path)
    assert told.value.code == "REJECTED_ROWS"
    assert list_employees(client_admin, client_id=pair.client_id) == []
    done = import_employees(client_admin, client_id=pair.client_id, path=path, lenient=True)
    assert done.added == 2
    assert [(row.row, row.column, row.code) for row in done.rejected] == [
        (6, "Emp Code", "MISSING_REQUIRED"),
        (7, "Emp Code", "DUPLICATE"),
        (8, "Site", "UNKNOWN_SITE"),
        (9, "Sex", "BAD_INPUT"),
        (10, "Date of Joining", "BAD_DATE"),
    ]


def test_preview_writes_nothing(client_admin: Session, pair: Pair, tmp_path: Path) -> None:
    done = import_employees(client_admin, client_id=pair.client_id, path=written(tmp_path, LIST), preview=True)
    assert done.added == 2
    assert list_employees(client_admin, client_id=pair.client_id) == []


def test_file_without_a_code_column_is_refused(tmp_path: Path) -> None:
    with pytest.raises(RefusedError) as told:
        read_employees(written(tmp_path, "Fruit,Colour\nApple,red\n"))
    assert told.value.code == "NO_HEADER"


def test_viewer_cannot_import(people: People, pair: Pair, tmp_path: Path) -> None:
    with pytest.raises(NotAllowedError):
        import_employees(people.sign_in("VIEWER", pair), client_id=pair.client_id, path=written(tmp_path, LIST))


def test_many_edits_at_once_notice_one_that_was_saved_meanwhile(client_admin: Session, pair: Pair) -> None:
    add_employees(client_admin, employees=[Employee(new_id(), pair.client_id, f"E{n}", "x") for n in range(3)])
    seen = list_employees(client_admin, client_id=pair.client_id)
    with client_admin.unit_of_work() as uow:
        uow.employees.update(replace(seen[1], name="y"))
        uow.commit()
    with pytest.raises(ConflictError), client_admin.unit_of_work() as uow:
        uow.employees.update_many([replace(one, name="z") for one in seen])
    assert [one.name for one in list_employees(client_admin, client_id=pair.client_id)] == ["x", "y", "x"]
