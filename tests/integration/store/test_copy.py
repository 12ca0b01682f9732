"""Columns by COPY BINARY, out and in, against what plain SQL says."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import numpy as np
import pytest

from billing.schemas.changes import Cancelled
from billing.schemas.ids import new_ids
from billing.store.copy import Column, copy_out, decode_texts, send, text_key, uuid_bytes
from billing.store.session import Session


def test_every_type_comes_out_exact(super_admin: Session) -> None:
    columns = [
        Column("big", "x::bigint * 4611686018427387904 - 1", "bigint"),
        Column("whole", "-x", "integer"),
        Column("small", "x", "smallint"),
        Column("flag", "x = 1", "boolean"),
        Column("id", "'00000000-0000-0000-0000-0000000000ff'", "uuid"),
        Column("at", "timestamptz '1999-12-31 23:59:59.999999+00' + x * interval '1 microsecond'", "timestamptz"),
        text_key("text", "CASE x WHEN 0 THEN NULL ELSE 'हिन्दी' END"),
    ]
    with super_admin.unit_of_work() as uow:
        read = copy_out(uow.connection, columns, "generate_series(0, %(last)s) x ORDER BY x", {"last": 1})
        hashed = uow.connection.exec_driver_sql("SELECT hashtextextended('हिन्दी', 0)").scalar_one()
    assert read["big"].tolist() == [-1, 4611686018427387903]
    assert read["whole"].tolist() == [0, -1]
    assert read["small"].tolist() == [0, 1]
    assert read["flag"].tolist() == [False, True]
    assert read["id"][0].tobytes() == UUID(int=255).bytes
    assert read["at"].tolist() == [946684799999999, 946684800000000]
    codes, names = decode_texts(read["text"], ["हिन्दी"], [hashed])
    assert codes.tolist() == [-1, 0]
    assert names == ("हिन्दी",)


def test_no_rows_are_no_rows(super_admin: Session) -> None:
    with super_admin.unit_of_work() as uow:
        read = copy_out(uow.connection, [Column("a", "1", "bigint")], "generate_series(1, 0)", {})
    assert len(read["a"]) == 0


def test_a_null_is_an_error_and_never_a_number(super_admin: Session) -> None:
    for source in ("generate_series(1, 3) x", "generate_series(1, 1000) x"):
        with super_admin.unit_of_work() as uow, pytest.raises(ValueError, match="NULL"):
            copy_out(uow.connection, [Column("a", "CASE x WHEN 2 THEN NULL ELSE x END", "bigint")], source, {})


_DOOR = """
CREATE TEMPORARY TABLE kept (run uuid, ids uuid[], amounts bigint[], revs integer[], small smallint[], flags boolean[],
                             at timestamptz[]) ON COMMIT DROP;
CREATE TEMPORARY VIEW door AS SELECT * FROM kept;
CREATE FUNCTION pg_temp.keep() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO pg_temp.kept SELECT (NEW).*;
    RETURN NEW;
END $$;
CREATE TRIGGER keep INSTEAD OF INSERT ON pg_temp.door FOR EACH ROW EXECUTE FUNCTION pg_temp.keep();
"""


def _columns(count: int) -> dict[str, tuple[str, Any]]:
    return {
        "ids": ("uuid", uuid_bytes(new_ids(count))),
        "amounts": ("bigint", np.arange(count, dtype=np.int64) * -(10**15)),
        "revs": ("integer", np.arange(count, dtype=np.int32)),
        "small": ("smallint", np.arange(count, dtype=np.int64)),
        "flags": ("boolean", np.arange(count) % 2 == 1),
        "at": ("timestamptz", np.arange(count, dtype=np.int64)),
    }


@pytest.mark.parametrize("count", [1, 6, 7, 8, 22])
def test_sent_arrays_arrive_in_order(super_admin: Session, count: int) -> None:
    columns, told = _columns(count), []
    with super_admin.unit_of_work() as uow:
        uow.connection.exec_driver_sql(_DOOR)
        send(uow.connection, "pg_temp.door", {"run": UUID(int=5)}, columns, block=7, progress=told.append)
        kept = uow.connection.exec_driver_sql("SELECT run, cardinality(ids) FROM pg_temp.kept").all()
        back = uow.connection.exec_driver_sql(
            "SELECT u.* FROM pg_temp.kept s, unnest(s.ids, s.amounts, s.revs, s.small, s.flags, s.at) u"
        ).all()
    assert [tuple(row) for row in kept] == [(UUID(int=5), min(7, count - at)) for at in range(0, count, 7)]
    assert told == [min(at + 7, count) for at in range(0, count, 7)]
    assert b"".join(row[0].bytes for row in back) == columns["ids"][1].tobytes()
    assert [row[1] for row in back] == [n * -(10**15) for n in range(count)]
    assert [row[2:5] for row in back] == [(n, n, n % 2 == 1) for n in range(count)]
    assert [int(row[5].timestamp() * 10**6) for row in back] == list(range(count))


def test_what_the_progress_raises_ends_the_copy(super_admin: Session) -> None:
    def stop(_sent: int) -> None:
        raise Cancelled

    with super_admin.unit_of_work() as uow:
        uow.connection.exec_driver_sql(_DOOR)
        with pytest.raises(Cancelled):
            send(uow.connection, "pg_temp.door", {"run": UUID(int=5)}, _columns(30), block=7, progress=stop)
