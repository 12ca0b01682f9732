"""A workspace's database out of and into a file, by the wheel's pg_dump and pg_restore, and what to compare afterwards.

Row-level security hides rows from an owner, silently (SECURITY (b) 12); the superuser of an embedded cluster reads
past it, and the counts of every table, taken in the same snapshot, prove that nothing is missing.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from billing.errors import RefusedError, UnavailableError
from billing.schemas.workspace import Administrator
from billing.server.address import Address
from billing.server.binaries import program
from billing.server.relay import relay
from billing.store.administration import administrator, transport

_TABLES = """
SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind = 'r' AND n.nspname IN ('app', 'auth', 'private', 'audit') ORDER BY 1"""
_TOTALS = {
    "trip_charges_paise": "SELECT coalesce(sum(taxable), 0) FROM app.trip_charges",
    "invoice_lines_paise": "SELECT coalesce(sum(amount), 0) FROM app.invoice_lines",
    "trip_metres": "SELECT coalesce(sum(distance_m), 0) FROM app.trips",
}
_CLOSE = """
SELECT pg_terminate_backend(a.pid) FROM pg_stat_activity a
 WHERE a.datname = current_database() AND a.usename ~ '^mis_u_[0-9a-f]{24}$'"""
_LOGINS = """
SELECT u.pg_role, a.rolpassword, coalesce(a.rolvaliduntil::text, 'infinity')
  FROM auth.users u JOIN pg_authid a ON a.rolname = u.pg_role
 WHERE a.rolpassword IS NOT NULL ORDER BY u.pg_role"""


@dataclass(frozen=True, slots=True)
class Login:
    """A login role with the verifier of its secret; without the workspace key the verifier opens nothing."""

    role: str
    verifier: str
    valid_until: str


@dataclass(frozen=True, slots=True)
class Contents:
    """What a database holds: rows by table and sums that money and distance must come back to."""

    rows: dict[str, int]
    totals: dict[str, int]


@contextmanager
def snapshot(admin: Administrator, database: str) -> Iterator[tuple[str, Any]]:
    """A read-only transaction; gives the name that pg_dump joins it by, and its cursor.

    An administrator who is no superuser reads as mis_backup, whose policies let every row through.
    """
    with administrator(admin, database) as connection, connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; SELECT pg_export_snapshot()")
        name = cursor.fetchone()[0]
        if not _is_superuser(cursor):
            cursor.execute("SET LOCAL ROLE mis_backup")
        yield name, cursor


def is_superuser(admin: Administrator) -> bool:
    """Whether row-level security does not apply to this administrator."""
    with administrator(admin) as connection, connection.cursor() as cursor:
        return _is_superuser(cursor)


def _is_superuser(cursor: Any) -> bool:
    cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = session_user")
    return bool(cursor.fetchone()[0])


def contents(cursor: Any) -> Contents:
    """Count every table of ours."""
    cursor.execute(_TABLES)
    rows = {}
    for (table,) in cursor.fetchall():
        cursor.execute(f"SELECT count(*) FROM {table}")
        rows[str(table)] = int(cursor.fetchone()[0])
    totals = {}
    for name, sql in _TOTALS.items():
        cursor.execute(sql)
        totals[name] = int(cursor.fetchone()[0])
    return Contents(rows, totals)


def logins(cursor: Any) -> list[Login]:
    """The login roles of the workspace's users; they belong to the cluster and are in no dump.

    None where the administrator is no superuser: only that one may read the verifiers.
    """
    if not _is_superuser(cursor):
        return []
    cursor.execute(_LOGINS)
    return [Login(*row) for row in cursor.fetchall()]


def workspace_row(cursor: Any) -> tuple[UUID, str, bool]:
    """Id and name of the workspace, and whether it is a demo."""
    cursor.execute("SELECT id, name, is_demo FROM app.workspace")
    workspace_id, name, is_demo = cursor.fetchone()
    return UUID(str(workspace_id)), str(name), bool(is_demo)


def is_empty(admin: Administrator, database: str) -> bool:
    """Whether a database is missing or holds nothing of ours yet."""
    with administrator(admin) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,))
        if cursor.fetchone() is None:
            return True
    with administrator(admin, database) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT to_regnamespace('app') IS NULL")
        return bool(cursor.fetchone()[0])


def drop(admin: Administrator, database: str) -> None:
    """Remove a database that we have just made and filled in vain."""
    name = '"' + database.replace('"', '""') + '"'
    with administrator(admin, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("SET ROLE mis_owner" if not _is_superuser(cursor) else "SELECT 1")
        cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def close_to_users(admin: Administrator, database: str) -> None:
    """Let no user in any more and end their connections, so that nothing changes; `open_to_users` undoes it."""
    _set_connect(admin, database, "REVOKE", "FROM")
    with administrator(admin, database, autocommit=True) as connection, connection.cursor() as cursor:
        if not _is_superuser(cursor):
            cursor.execute("SET ROLE mis_rolemgr")
        cursor.execute(_CLOSE)


def open_to_users(admin: Administrator, database: str) -> None:
    """Let users in again."""
    _set_connect(admin, database, "GRANT", "TO")


def _set_connect(admin: Administrator, database: str, verb: str, towards: str) -> None:
    name = '"' + database.replace('"', '""') + '"'
    with administrator(admin, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute("SET ROLE mis_owner")
        cursor.execute(f"{verb} CONNECT ON DATABASE {name} {towards} mis_user")


def note_move(admin: Administrator, database: str, whence: str, whither: str) -> None:
    """An entry of the audit trail: the workspace moved."""
    with administrator(admin, database) as connection, connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE mis_definer")
        cursor.execute(
            "SELECT audit.write(NULL, 'MOVE', 'workspace', (SELECT w.id FROM app.workspace w),"
            " jsonb_build_object('place', %s), jsonb_build_object('place', %s))",
            (whence, whither),
        )


def restore_logins(admin: Administrator, database: str, kept: list[Login]) -> list[str]:
    """Make the login roles again, with new signing key and no open session; gives users left without a login."""
    with administrator(admin, database) as connection, connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE mis_definer; SELECT private.rotate_signing_key()")
        cursor.execute("SET LOCAL ROLE mis_rolemgr")
        for one in kept:
            cursor.execute("SELECT auth.restore_login(%s, %s, %s)", (one.role, one.verifier, one.valid_until))
        cursor.execute("SELECT email FROM auth.users WHERE NOT pg_role = ANY(%s) ORDER BY 1", ([o.role for o in kept],))
        return [str(row[0]) for row in cursor.fetchall()]


def rekey(admin: Administrator, database: str, email: str, verifier: str) -> int:
    """Void every login but this SUPER_ADMIN's, who gets a new one; gives how many were voided."""
    with administrator(admin, database) as connection, connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE mis_rolemgr; SELECT auth.rekey(%s, %s)", (email, verifier))
        return int(cursor.fetchone()[0])


def reset_super_admin(admin: Administrator, database: str, email: str, verifier: str) -> None:
    """Give this SUPER_ADMIN a new login and nobody else. Raises RefusedError for anybody who is none."""
    with administrator(admin, database) as connection, connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE mis_rolemgr; SELECT auth.reset_super_admin(%s, %s)", (email, verifier))


def dump(admin: Administrator, database: str, target: Path, snapshot_name: str) -> None:
    """Write the database as it is in that snapshot (custom format, compressed).

    The schema `pooler`, which an administrator may have made for PgBouncer, belongs to the server and stays behind.
    """
    words = ["--format=custom", f"--snapshot={snapshot_name}", "--exclude-schema=pooler", "--file", str(target)]
    if not is_superuser(admin):
        words += ["--role=mis_backup", "--enable-row-security"]
    _run("pg_dump", admin, [*words, database], target)


def load(admin: Administrator, database: str, source: Path) -> None:
    """Fill an empty database from a dump, owners and rights included; any error ends it."""
    words = ["--exit-on-error", "--single-transaction", "--dbname", database, str(source)]
    _run("pg_restore", admin, words, source)


@contextmanager
def plainly_reached(host: str, port: int, ca_file: str, *, on_loopback: bool) -> Iterator[Address]:
    """Where the wheel's programs, which speak no TLS, reach a server: itself, or a relay that speaks it for them."""
    if on_loopback:
        yield Address(host, port)
        return
    with relay(host, port, transport(False, ca_file)["sslrootcert"]) as address:
        yield address


def _run(name: str, admin: Administrator, words: list[str], file: Path) -> None:
    with plainly_reached(admin.host, admin.port, admin.ca_file, on_loopback=admin.on_loopback) as address:
        place = ["--host", address.host, "--port", str(address.port), "--username", admin.user, "--no-password"]
        done = subprocess.run(
            [str(program(name)), *place, *words],
            env={**os.environ, "PGPASSWORD": admin.password, "PGCONNECT_TIMEOUT": "10", "PGSSLMODE": "disable"},
            capture_output=True,
            text=True,
            check=False,
        )
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if "error" in line.lower()]
        raise UnavailableError(name.upper(), (lines or [f"{name} failed."])[0], where=str(file))


def refuse_difference(wanted: Contents, found: Contents) -> None:
    """Raise RefusedError where a restored database does not hold what the backup says."""
    for kind, before, after in (("rows", wanted.rows, found.rows), ("totals", wanted.totals, found.totals)):
        for name, value in before.items():
            if after.get(name) != value:
                raise RefusedError(
                    "BACKUP_DIFFERS",
                    f"{kind.capitalize()} of {name}: {after.get(name)} restored, {value} in the backup.",
                )
