"""A unit of work is one transaction: it commits when told to, else nothing happened (issue 2, item 4)."""

from __future__ import annotations

import threading
import time
from dataclasses import replace

import pytest
import sqlalchemy as sa

from billing.errors import (
    BadInputError,
    ConflictError,
    NotAllowedError,
    NotSignedInError,
    RefusedError,
    UnavailableError,
)
from billing.schemas.changes import Cancelled
from billing.schemas.ids import new_id
from billing.schemas.parties import Employee
from billing.store.errors import DatabaseBug
from billing.store.session import Session
from tests.support.people import Pair


def _employee(pair: Pair, code: str) -> Employee:
    return Employee(id=new_id(), client_id=pair.client_id, code=code, name="")


def _codes(session: Session) -> set[str]:
    with session.unit_of_work() as uow:
        return {one.code for one in uow.employees.find()}


def test_commits(client_admin: Session, pair: Pair) -> None:
    with client_admin.unit_of_work() as uow:
        uow.employees.add([_employee(pair, "E1")])
        uow.commit()
    assert _codes(client_admin) == {"E1"}


def test_rolls_back_by_default(client_admin: Session, pair: Pair) -> None:
    with client_admin.unit_of_work() as uow:
        uow.employees.add([_employee(pair, "E1")])
    assert _codes(client_admin) == set()


def test_rolls_back_on_error(client_admin: Session, pair: Pair) -> None:
    class MyError(Exception):
        pass

    def work() -> None:
        with client_admin.unit_of_work() as uow:
            uow.employees.add([_employee(pair, "E1")])
            raise MyError

    with pytest.raises(MyError):
        work()
    assert _codes(client_admin) == set()


def test_rolls_back_on_a_database_error_and_makes_a_sentence_of_it(client_admin: Session, pair: Pair) -> None:
    twice = [_employee(pair, "E1"), _employee(pair, "SECRET-CODE"), _employee(pair, "SECRET-CODE")]
    with pytest.raises(ConflictError) as refused, client_admin.unit_of_work() as uow:
        uow.employees.add(twice)
    assert refused.value.code == "CODE_TAKEN"
    shown = f"{refused.value!s} {refused.value!r} {refused.value.as_dict()} {refused.value.__cause__}"
    assert "SECRET-CODE" not in shown
    assert "INSERT" not in shown
    assert _codes(client_admin) == set()


def test_is_one_transaction_and_no_more(client_admin: Session, pair: Pair) -> None:
    with client_admin.unit_of_work() as uow:
        uow.employees.add([_employee(pair, "E1")])
        uow.commit()
        with pytest.raises(RuntimeError):
            uow.employees.find()
    with pytest.raises(RuntimeError), uow:
        pass


def test_carries_the_token_in_the_transaction_only(client_admin: Session) -> None:
    with client_admin.unit_of_work() as uow:
        assert uow.connection.exec_driver_sql("SELECT auth.session_ok()").scalar_one() is True
        uow.commit()
    with client_admin.connect() as bare:
        assert bare.exec_driver_sql("SELECT current_setting('mis.jwt', true)").scalar_one() in (None, "")
        assert bare.exec_driver_sql("SELECT auth.session_ok()").scalar_one() is False


def test_a_second_editor_is_told(client_admin: Session, pair: Pair) -> None:
    with client_admin.unit_of_work() as uow:
        uow.employees.add([_employee(pair, "E1")])
        uow.commit()
    with client_admin.unit_of_work() as uow:
        seen = uow.employees.find(code="E1")[0]
        uow.employees.update(replace(seen, name="First"))
        uow.commit()
    with pytest.raises(ConflictError), client_admin.unit_of_work() as uow:
        uow.employees.update(replace(seen, name="Second"))


@pytest.mark.parametrize(
    ("sql", "kind", "code"),
    [
        ("INSERT INTO app.employees (client_id, code) VALUES (:client, '')", BadInputError, "BAD_VALUE"),
        ("INSERT INTO app.employees (client_id, code) VALUES (:client, NULL)", BadInputError, "MISSING_REQUIRED"),
        (
            "INSERT INTO app.employees (client_id, code, site_id) VALUES (:client, 'a', :client)",
            RefusedError,
            "REFERENCED",
        ),
        ("INSERT INTO app.employees (client_id, code) VALUES (uuidv7(), 'a')", NotAllowedError, "NOT_ALLOWED"),
        ("DELETE FROM app.employees", NotAllowedError, "NOT_ALLOWED"),
        ("SELECT CAST(:client AS text)::int", BadInputError, "BAD_VALUE"),
        ("SELECT auth.change_password('x')", BadInputError, "NOT_A_VERIFIER"),
        ("SELECT nothing", DatabaseBug, None),
    ],
)
def test_database_errors_become_known_errors(
    client_admin: Session, pair: Pair, sql: str, kind: type[Exception], code: str | None
) -> None:
    with pytest.raises(kind) as refused, client_admin.unit_of_work() as uow:
        uow.connection.execute(sa.text(sql), {"client": pair.client_id})
    assert getattr(refused.value, "code", None) == code
    assert str(pair.client_id) not in str(refused.value)


def test_a_slow_statement_is_stopped_by_the_server(client_admin: Session) -> None:
    with pytest.raises(UnavailableError) as refused, client_admin.unit_of_work(timeout_s=1) as uow:
        uow.connection.exec_driver_sql("SELECT pg_sleep(30)")
    assert refused.value.code == "TOO_SLOW"


def test_cancel_stops_the_statement_on_the_server(client_admin: Session, pair: Pair) -> None:
    outcome: list[BaseException] = []

    def work() -> None:
        try:
            with client_admin.unit_of_work() as uow:
                uow.employees.add([_employee(pair, "E1")])
                uow.connection.exec_driver_sql("SELECT pg_sleep(30)")
                uow.commit()
        except Cancelled as error:
            outcome.append(error)

    thread = threading.Thread(target=work)
    thread.start()
    started = time.monotonic()
    while thread.is_alive() and time.monotonic() - started < 20:
        assert client_admin.cancel_running(threading.get_ident()) == 0, "another thread's work is left alone"
        client_admin.cancel_running(thread.ident)
        thread.join(0.2)
    assert len(outcome) == 1
    assert _codes(client_admin) == set()


def test_what_was_cancelled_between_two_statements_does_not_commit(client_admin: Session, pair: Pair) -> None:
    with client_admin.unit_of_work() as uow:
        uow.employees.add([_employee(pair, "E1")])
        assert client_admin.cancel_running() == 1
        with pytest.raises(Cancelled):
            uow.commit()
    assert _codes(client_admin) == set()


def test_a_snapshot_sees_one_moment(client_admin: Session, pair: Pair) -> None:
    with client_admin.unit_of_work(snapshot=True) as reader:
        assert reader.employees.find() == []
        with client_admin.unit_of_work() as writer:
            writer.employees.add([_employee(pair, "E1")])
            writer.commit()
        assert reader.employees.find() == []
    assert _codes(client_admin) == {"E1"}


def test_a_closed_session_works_no_more(client_admin: Session) -> None:
    client_admin.close()
    client_admin.close()
    with pytest.raises(NotSignedInError) as over, client_admin.unit_of_work():
        pass
    assert over.value.code == "SESSION_OVER"


def test_five_connections_at_most(client_admin: Session) -> None:
    held = [client_admin.connect() for _ in range(5)]
    try:
        pool = held[0].engine.pool
        assert pool.checkedout() == 5  # type: ignore[attr-defined]
        assert pool._max_overflow == 4  # type: ignore[attr-defined]
    finally:
        for one in held:
            one.close()
