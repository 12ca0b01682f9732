"""What the doctor looks at beside the lints of the catalogue: the shipped files, the backup role, the pooler."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from billing.errors import KnownError
from billing.schemas.workspace import Administrator
from billing.store.administration import transport
from billing.store.doctor import Finding
from billing.store.errors import translate
from billing.store.migrate import shipped

_MADE = re.compile(
    r"CREATE\s+(?:OR\s+REPLACE\s+)?(?:CONSTRAINT\s+)?TRIGGER\s+(\w+)\s[^;]*?\sON\s+(\w+\.\w+)", re.IGNORECASE
)
_GONE = re.compile(r"DROP\s+(?:TRIGGER\s+(?:IF\s+EXISTS\s+)?(\w+)\s+ON\s+(\w+\.\w+)|TABLE\s+(\w+\.\w+))", re.IGNORECASE)
_THERE = """
SELECT t.tgname::text, n.nspname || '.' || c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid
  JOIN pg_namespace n ON n.oid = c.relnamespace WHERE NOT t.tgisinternal AND t.tgenabled IN ('O', 'A')"""
_BLIND = """
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname IN ('app', 'auth', 'private', 'audit') AND (
       c.relkind IN ('r', 'p') AND NOT (has_table_privilege('mis_backup', c.oid, 'SELECT')
           AND (NOT c.relrowsecurity OR EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid
               AND 'mis_backup'::regrole = ANY (p.polroles) AND pg_get_expr(p.polqual, p.polrelid) = 'true')))
    OR c.relkind = 'S' AND NOT has_sequence_privilege('mis_backup', c.oid, 'SELECT'))"""
RULES = 4  # of look_further
OLDEST_POOLER = (1, 26, 1)


@dataclass(frozen=True, slots=True)
class Pooler:
    """A PgBouncer, as it tells of itself."""

    version: str
    findings: tuple[Finding, ...]


def look_further(cursor: Any) -> list[Finding]:
    """Missing triggers, tables that a dump would miss, files not applied; `cursor` is mis_definer's."""
    known = {one.version for one in shipped()}
    cursor.execute("SELECT version FROM app.schema_versions")
    applied = {int(row[0]) for row in cursor.fetchall()}
    cursor.execute(_THERE)
    there = set(cursor.fetchall())
    cursor.execute(_BLIND)
    blind = [str(row[0]) for row in cursor.fetchall()]
    missing = sorted(f"{name} on {table}" for name, table in expected_triggers(applied) - there)
    return [
        *_all("TRIGGER_MISSING", "Every trigger of the shipped schema is there and on ((d)).", missing),
        *_all("BACKUP_BLIND", "mis_backup reads every table, so that a dump is whole ((b) 12).", blind),
        *_all("SCHEMA_BEHIND", "Every shipped migration is applied.", [f"{one:04}" for one in sorted(known - applied)]),
        *_all("SCHEMA_UNKNOWN", "The program knows every applied migration.", sorted(map(str, applied - known))),
    ]


def expected_triggers(applied: set[int]) -> set[tuple[str, str]]:
    """(name, table) of the triggers that the applied files make by name; those made by a loop are not read."""
    found: set[tuple[str, str]] = set()
    for one in shipped():
        if one.version not in applied:
            continue
        text = re.sub(r"--[^\n]*", "", one.sql)
        events = [(m.start(), m) for pattern in (_MADE, _GONE) for m in pattern.finditer(text)]
        for _, match in sorted(events, key=lambda event: event[0]):
            if match.re is _MADE:
                found.add((match[1], match[2]))
            elif match[3]:
                found = {pair for pair in found if pair[1] != match[3]}
            else:
                found.discard((match[1], match[2]))
    return found


def ask_pooler(admin: Administrator, host: str, port: int) -> Pooler:
    """Version and mode of a PgBouncer, by its own console; the administrator must be among its stats_users.

    Raises as a connection does.
    """
    import psycopg2

    far = Administrator(host, port, admin.user, admin.password, ca_file=admin.ca_file)
    words: dict[str, Any] = {
        **transport(far.on_loopback, far.ca_file, pooled=True),
        **{"user": far.user, "password": far.password, "dbname": "pgbouncer", "connect_timeout": 10},
    }
    try:
        link = psycopg2.connect(host=host, port=port, **words)
    except psycopg2.Error as error:
        raise translate(error) from None
    link.autocommit = True
    try:
        with link.cursor() as cursor:
            cursor.execute("SHOW VERSION")
            version = str(cursor.fetchone()[0]).rpartition(" ")[2]
            cursor.execute("SHOW CONFIG")
            settings = {str(row[0]): str(row[1]) for row in cursor.fetchall()}
    except psycopg2.Error as error:
        known = translate(error)
        raise known if isinstance(known, KnownError) else error from None
    finally:
        link.close()
    return Pooler(version, tuple(_judged(version, settings)))


def _judged(version: str, settings: dict[str, str]) -> list[Finding]:
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:3])
    old = [f"PgBouncer {version}"] if numbers < OLDEST_POOLER else []
    wanted = {"pool_mode": "transaction", "server_reset_query_always": "1"}
    other = [f"{name} = {settings.get(name)}" for name, value in wanted.items() if settings.get(name) != value]
    return [
        *_all("OLD_POOLER", "PgBouncer is 1.26.1 or later ((b) 24).", old),
        *_all("POOLER_MODE", "Nothing of one user stays on a pooled connection ((b) 24).", other),
    ]


def _all(code: str, rule: str, offenders: list[str]) -> list[Finding]:
    return [Finding(code, rule, one) for one in offenders]
