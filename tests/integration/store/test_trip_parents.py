"""What a trip refers to is there and stays there, though no row-by-row foreign key says so (0061_import.sql)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest

from billing.schemas.ids import new_id
from billing.store.profiles import Profile
from tests.support.hostile import Victim, make_victim, superuser
from tests.support.people import Pair

INSERT = (
    "INSERT INTO app.trips"
    " (client_id, vendor_id, contract_id, batch_id, start_time, end_time, distance_m, external_ref)"
    " VALUES (%(client)s, %(vendor)s, %(contract)s, %(batch)s, now(), now() + interval '1 hour', 1000, %(ref)s)"
)


class Trips:
    """A client whose one trip has all three parents, as the superuser sees it."""

    def __init__(self, cursor: Any, victim: Victim) -> None:
        self.cursor = cursor
        pair = victim.pair
        self.known = {"client": str(pair.client_id), "vendor": str(pair.vendor_id), "contract": str(victim.contract)}
        self.cursor.execute(
            "INSERT INTO app.import_batches (client_id, file_id, file_name, file_sha256)"
            " VALUES (%(client)s, uuidv7(), 'a.csv', sha256('a')) RETURNING id",
            self.known,
        )
        self.known["batch"] = str(cursor.fetchone()[0])
        self.add("kept")

    def add(self, ref: str, **other: str) -> None:
        self.cursor.execute(INSERT, {**self.known, "ref": ref, **other})

    def refused(self, sql: str, **other: str) -> psycopg2.Error:
        with pytest.raises(psycopg2.Error) as refused:
            self.cursor.execute(sql, {**self.known, "ref": "x", **other})
        return refused.value


@pytest.fixture
def trips(workspace: Profile, pair: Pair) -> Iterator[Trips]:
    victim = make_victim(workspace, pair)
    with superuser(workspace) as connection, connection.cursor() as cursor:
        yield Trips(cursor, victim)


@pytest.mark.parametrize(
    ("parent", "key"),
    [
        ("vendor", "client_id_vendor_id"),
        ("contract", "client_id_vendor_id_contract_id"),
        ("batch", "client_id_batch_id"),
    ],
)
def test_a_trip_of_nothing_is_refused(trips: Trips, parent: str, key: str) -> None:
    other = {parent: str(new_id())} | ({"contract": "", "batch": ""} if parent == "vendor" else {})
    values: Any = {name: value or None for name, value in other.items()}
    error = trips.refused(INSERT, **values)
    assert (error.pgcode, error.diag.constraint_name) == ("23503", f"trips_{key}_fkey")


def test_a_trip_does_not_move_to_nothing(trips: Trips) -> None:
    for column in ("contract_id", "batch_id", "vendor_id"):
        error = trips.refused(f"UPDATE app.trips SET {column} = uuidv7() WHERE external_ref = 'kept'")
        assert error.pgcode == "23503", column


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("client_vendors", "client_id = %(client)s AND vendor_id = %(vendor)s"),
        ("contracts", "client_id = %(client)s AND id = %(contract)s"),
        ("import_batches", "client_id = %(client)s AND id = %(batch)s"),
    ],
)
def test_what_a_trip_names_stays_and_keeps_its_key(trips: Trips, table: str, row: str) -> None:
    column = "vendor_id" if table == "client_vendors" else "id"
    assert trips.refused(f"DELETE FROM app.{table} WHERE {row}").pgcode == "23503"
    assert trips.refused(f"UPDATE app.{table} SET {column} = uuidv7() WHERE {row}").pgcode == "23503"


def test_a_batch_that_no_trip_names_goes(trips: Trips) -> None:
    trips.cursor.execute("DELETE FROM app.trips WHERE external_ref = 'kept' AND client_id = %(client)s", trips.known)
    trips.cursor.execute("DELETE FROM app.import_batches WHERE id = %(batch)s", trips.known)
    assert trips.cursor.rowcount == 1


def test_a_parent_is_held_while_its_trip_is_being_written(trips: Trips, workspace: Profile) -> None:
    with superuser(workspace) as other, other.cursor() as writing:
        writing.execute("BEGIN")
        writing.execute(INSERT, {**trips.known, "ref": "new"})
        trips.cursor.execute("SET lock_timeout = '200ms'")
        assert trips.refused("DELETE FROM app.import_batches WHERE id = %(batch)s").pgcode == "55P03"
        writing.execute("ROLLBACK")
