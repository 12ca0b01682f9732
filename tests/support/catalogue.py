"""What a database is made of, as pg_dump tells it: for comparing a migrated one with a new one."""

from __future__ import annotations

import os
import re
import subprocess
from typing import Any

from billing.schemas.workspace import Administrator
from billing.server.binaries import program

_COLUMNS = """
SELECT string_agg(quote_ident(a.attname), ', ' ORDER BY a.attname) FROM pg_attribute a
 WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped"""


def schema_statements(admin: Administrator, database: str) -> list[str]:
    """Every statement that makes this schema (tables, functions, policies, triggers, grants, owners), sorted."""
    done = subprocess.run(
        [str(program("pg_dump")), "--schema-only", "-h", admin.host, "-p", str(admin.port), "-U", admin.user, database],
        env={**os.environ, "PGPASSWORD": admin.password},
        capture_output=True,
        text=True,
        check=True,
    )
    kept = [line for line in done.stdout.splitlines() if line and not line.startswith(("--", "\\"))]
    # A statement ends with a semicolon at the end of a line; bodies of functions are cut alike on both sides.
    return sorted(re.sub(r"\s+", " ", one).strip() for one in "\n".join(kept).split(";\n"))


def columns_of(cursor: Any, table: str) -> str:
    """The columns of a table as a list for SELECT."""
    cursor.execute(_COLUMNS, (table,))
    return str(cursor.fetchone()[0])


def fingerprint(cursor: Any, table: str, columns: str) -> tuple[int, str]:
    """Number of rows, and a hash over those columns of all of them."""
    cursor.execute(
        f"SELECT count(*), coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') "
        f"FROM (SELECT {columns} FROM {table}) t"
    )
    rows, digest = cursor.fetchone()
    return int(rows), str(digest)
