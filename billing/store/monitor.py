"""What PostgreSQL says of itself: only what the signed-in role may see, and no text of any statement."""

from __future__ import annotations

import time

import sqlalchemy as sa

from billing.schemas.monitor import Connection, DatabaseFigures

_DATABASE = """
SELECT current_setting('server_version') AS version, pg_postmaster_start_time() AS started, clock_timestamp() AS now,
       current_setting('max_connections')::integer AS most_connections, d.numbackends AS connections,
       d.blks_hit AS blocks_hit, d.blks_read AS blocks_read, d.deadlocks,
       CASE WHEN :everything THEN pg_database_size(d.datid) END AS size,
       (SELECT max(v.version) FROM app.schema_versions v) AS schema,
       (SELECT count(*) FROM pg_locks l WHERE NOT l.granted) AS waiting_locks
  FROM pg_stat_database d WHERE d.datname = current_database()
"""
# PostgreSQL shows an ordinary role the details of its own connections only.
_MINE = """
SELECT a.pid, a.backend_start AS since, coalesce(a.state, '') AS state, a.state_change AS state_since,
       a.xact_start AS transaction_since, coalesce(a.wait_event_type = 'Lock', false) AS waits,
       coalesce(host(a.client_addr), '') AS address, a.pid = pg_backend_pid() AS is_asking
  FROM pg_stat_activity a
 WHERE a.usename = session_user AND a.datname = current_database() AND a.backend_type = 'client backend'
 ORDER BY a.backend_start, a.pid
"""
_ALL = """
SELECT a.pid, coalesce(a.email, '') AS email, a.since, coalesce(a.state, '') AS state, a.state_since,
       a.transaction_since, a.waits, a.address, a.pid = pg_backend_pid() AS is_asking
  FROM auth.activity() a
"""


class Monitor:
    """Reads for the system monitor."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection

    def database(self, *, everything: bool) -> DatabaseFigures:
        """The database's figures; its size only with `everything`."""
        began = time.perf_counter_ns()
        self._connection.execute(sa.text("SELECT 1")).scalar_one()
        answer_us = (time.perf_counter_ns() - began) // 1000
        row = self._connection.execute(sa.text(_DATABASE), {"everything": everything}).mappings().one()
        return DatabaseFigures(answer_us=answer_us, **row)

    def connections(self, email: str, *, everything: bool) -> list[Connection]:
        """Connections by age: everybody's for a SUPER_ADMIN, else the user's own; not the one that asks."""
        rows = self._connection.execute(sa.text(_ALL if everything else _MINE)).mappings()
        found = [dict(row) for row in rows]
        asking = [row for row in found if not row.pop("is_asking")]
        return [Connection(**{"email": email, **row}) for row in asking]
