"""What `moveinsync bench close` and `bench rls` need of a database besides the product's own ways: data, and rivals.

Runs as the owner of a throwaway embedded workspace, never on a workspace with real rows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from billing.schemas.workspace import Administrator
from billing.store.administration import administrator

if TYPE_CHECKING:
    from billing.store.session import Session

# Trips of October 2026: 1 to 41 km, 20 to 80 minutes, three in ten a carpool, at any hour; ids rise with the start as
# those of imported sheets do.
_FILL = """
INSERT INTO app.trips (client_id, id, vendor_id, contract_id, start_time, end_time, distance_m, external_ref,
                       is_carpool, vehicle_no, vehicle_type, seats_boarded)
SELECT %(client)s, uuidv7(), %(vendor)s, %(contract)s, x.start, x.start + (20 + x.n %% 61) * interval '1 minute',
       1000 + (x.n::bigint * 7919) %% 40000, 'T' || x.n, x.n %% 10 < 3, 'KA01AB' || (1000 + x.n %% 500), 'SEDAN',
       1 + x.n %% 4
  FROM (SELECT n, timestamptz '2026-10-01 00:00+05:30' + n * (interval '31 days' / %(trips)s) AS start
          FROM generate_series(0, %(trips)s - 1) n) x
"""
# The rules of bench_rating.HYBRID as one statement: what the engine's figures must equal, and the time to beat.
_CLOSE = """
WITH month AS (
    SELECT t.client_id, t.id, t.rev, t.is_carpool, t.distance_m,
           extract(hour FROM t.start_time AT TIME ZONE 'Asia/Kolkata')::integer AS hour,
           (sum(t.distance_m) OVER (ORDER BY t.start_time, t.external_ref ROWS UNBOUNDED PRECEDING))::bigint AS until
      FROM app.trips t
     WHERE t.client_id = %(client)s AND t.contract_id = %(contract)s
       AND t.start_time >= '2026-10-01 00:00+05:30' AND t.start_time < '2026-11-01 00:00+05:30'
       AND t.acceptance = 'ACCEPTED' AND t.hold_reason IS NULL AND t.superseded_at IS NULL),
fare AS (
    SELECT m.*, CASE WHEN m.hour >= 20 OR m.hour < 6 THEN 15000 ELSE 0 END AS night,
           ((greatest(0, m.until - 200000000) - greatest(0, m.until - m.distance_m - 200000000)) * 1850 + 500) / 1000
               AS distance
      FROM month m),
rated AS (
    SELECT f.*, CASE WHEN f.is_carpool THEN -((f.distance * 10 + 50) / 100) ELSE 0 END AS discount FROM fare f)
INSERT INTO app.rival_charges (client_id, run_id, trip_id, distance, night, carpool_discount, lines_shown, taxable, tax,
                               incentive, tax_milli, trip_rev, version_number)
SELECT r.client_id, %(run)s, r.id, r.distance, r.night, r.discount,
       2 | CASE WHEN r.discount <> 0 THEN 4096 ELSE 0 END | CASE WHEN r.night <> 0 THEN 8192 ELSE 0 END,
       r.distance + r.night + r.discount, ((r.distance + r.night + r.discount) * 18 + 50) / 100,
       CASE WHEN r.is_carpool THEN 5000 ELSE 0 END, 18000, r.rev, 1
  FROM rated r
"""
_SUMS = """
SELECT count(*), sum(distance)::bigint, sum(night)::bigint, sum(carpool_discount)::bigint, sum(taxable)::bigint,
       sum(tax)::bigint, sum(incentive)::bigint, bit_or(lines_shown)
  FROM app.{table} WHERE client_id = %(client)s
"""
_AGGREGATE = "SELECT contract_id, count(*), sum(distance_m) FROM app.trips WHERE client_id = %(client)s GROUP BY 1"
_BY_KEY = """
SELECT t.* FROM app.trips t WHERE t.client_id = %(client)s AND t.id = ANY (ARRAY(
    SELECT x.id FROM app.trips x WHERE x.client_id = %(client)s ORDER BY x.id LIMIT 100))
"""


def fill_month(admin: Administrator, database: str, ids: Mapping[str, UUID], trips: int) -> float:
    """Store so many trips of October 2026 under one contract; gives the seconds. `ids`: client, vendor, contract."""
    begin = time.perf_counter()
    with administrator(admin, database) as connection, connection.cursor() as cursor:
        cursor.execute(_FILL, {**_texts(ids), "trips": trips})
    with administrator(admin, database, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE app.trips")
        cursor.execute("CHECKPOINT")
    return time.perf_counter() - begin


# What any writer of the ledger meets: a run that is there, and the trigger that looks at every trip. A note's run, so
# that the month's own bill stays free.
_RIVAL_RUN = """
WITH run AS (
    INSERT INTO app.billing_runs (client_id, id, contract_id, month, period, kind, inputs, inputs_hash, engine_version)
    VALUES (%(client)s, %(run)s, %(contract)s, '2026-10-01',
            tstzrange('2026-10-01 00:00+05:30', '2026-11-01 00:00+05:30'), 'NOTE', '{}', sha256('rival'), 1)
    ON CONFLICT DO NOTHING)
INSERT INTO app.billing_run_versions (client_id, run_id, version_id, version_number, version_rev)
SELECT v.client_id, %(run)s, v.id, v.number, v.rev FROM app.contract_versions v
 WHERE v.client_id = %(client)s AND v.contract_id = %(contract)s ON CONFLICT DO NOTHING
"""
_RIVAL_GUARD = """
CREATE TRIGGER guard_insert AFTER INSERT ON app.rival_charges REFERENCING NEW TABLE AS fresh
    FOR EACH STATEMENT EXECUTE FUNCTION private.guard_charges()
"""


def close_on_the_server(
    admin: Administrator, database: str, ids: Mapping[str, UUID], *, guarded: bool
) -> tuple[float, tuple[int, ...]]:
    """The rival: one INSERT..SELECT that rates the same month into a table with the ledger's own columns and indexes.

    Gives its seconds, commit included, and the sums of what it wrote; the table is gone afterwards. `guarded`: the
    table has the ledger's guard, too.
    """
    run = {**_texts(ids), "run": str(UUID(int=1))}
    with administrator(admin, database, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE app.rival_charges (LIKE app.trip_charges INCLUDING ALL)")
        try:
            if guarded:
                cursor.execute(_RIVAL_RUN, run)
                cursor.execute(_RIVAL_GUARD)
            cursor.execute("CHECKPOINT")
            begin = time.perf_counter()
            cursor.execute(_CLOSE, run)
            seconds = time.perf_counter() - begin
            return seconds, _sums(cursor, "rival_charges", ids)
        finally:
            cursor.execute("DROP TABLE app.rival_charges")


def ledger_sums(admin: Administrator, database: str, ids: Mapping[str, UUID]) -> tuple[int, ...]:
    """The same sums of what a billing run wrote."""
    with administrator(admin, database) as connection, connection.cursor() as cursor:
        return _sums(cursor, "trip_charges", ids)


def tidy(admin: Administrator, database: str) -> None:
    """Both sides of a comparison begin with clean pages."""
    with administrator(admin, database, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("CHECKPOINT")


def clean_ledger(admin: Administrator, database: str) -> None:
    """Free the room of charges that were given up."""
    with administrator(admin, database, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("VACUUM app.trip_charges")


def time_as_owner(admin: Administrator, database: str, what: str, ids: Mapping[str, UUID], repeat: int) -> float:
    """Seconds of a query (aggregate, by_key) without row-level security, the fastest of `repeat`."""
    with administrator(admin, database) as connection, connection.cursor() as cursor:
        cursor.execute("SET jit = off")
        return _fastest(cursor, what, ids, repeat)


def time_as_user(connection: Any, what: str, ids: Mapping[str, UUID], repeat: int) -> float:
    """The same on a unit of work's connection: row-level security, token and all."""
    with connection.connection.cursor() as cursor:
        return _fastest(cursor, what, ids, repeat)


def owner_work(admin: Administrator, database: str, ids: Mapping[str, UUID], ready: Callable[[], object]) -> None:
    """One of many at once: connect, say that it is ready, then count the month by contract, without security."""
    with administrator(admin, database) as connection, connection.cursor() as cursor:
        cursor.execute("SET jit = off")
        ready()
        _fastest(cursor, "aggregate", ids, 1)


def user_work(session: Session, ids: Mapping[str, UUID], ready: Callable[[], object]) -> None:
    """The same as a signed-in user."""
    with session.unit_of_work(timeout_s=300, name="bench") as uow:
        ready()
        time_as_user(uow.connection, "aggregate", ids, 1)


def _fastest(cursor: Any, what: str, ids: Mapping[str, UUID], repeat: int) -> float:
    query = {"aggregate": _AGGREGATE, "by_key": _BY_KEY}[what]
    seconds = []
    for _ in range(repeat):
        begin = time.perf_counter()
        cursor.execute(query, _texts(ids))
        cursor.fetchall()
        seconds.append(time.perf_counter() - begin)
    return min(seconds)


def _sums(cursor: Any, table: str, ids: Mapping[str, UUID]) -> tuple[int, ...]:
    cursor.execute(_SUMS.format(table=table), _texts(ids))
    found: tuple[int, ...] = cursor.fetchone()
    return found


def _texts(ids: Mapping[str, UUID]) -> dict[str, str]:
    return {name: str(one) for name, one in ids.items()}
