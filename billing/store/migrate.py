"""Ordered SQL files, each in one transaction, recorded with its hash (DESIGN.md section 3, Migrations).

The files are resources/sql/NNNN_name.sql. They run as mis_owner; what a file needs to own as another role it makes
between SET LOCAL ROLE statements. An advisory lock keeps two migrations of one database apart, and a database that is
newer than this program is refused.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Any

from billing.errors import RefusedError
from billing.schemas.workspace import Administrator
from billing.store.administration import administrator

if TYPE_CHECKING:
    from billing.store.session import Session

_LOCK = 0x6D6973_0001  # "mis", any fixed number: one migration of a database at a time
_NAME = re.compile(r"^(\d{4})_[a-z0-9_]+\.sql$")
_LEDGER = """
CREATE SCHEMA IF NOT EXISTS app;
CREATE TABLE IF NOT EXISTS app.schema_versions (
    version     integer PRIMARY KEY,
    name        text NOT NULL,
    sha256      text NOT NULL,
    applied_at  timestamptz NOT NULL DEFAULT now()
)"""

# by the catalogue: an administrator who is no superuser may not look into schema app
_HAS_LEDGER = """
SELECT EXISTS (SELECT 1 FROM pg_class WHERE relname = 'schema_versions' AND relnamespace = to_regnamespace('app'))"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file: its number, name, text, and the hash it is recorded under."""

    version: int
    name: str
    sql: str

    @property
    def sha256(self) -> str:
        """Hash of the text, the same whatever line ends the file came with."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def shipped() -> list[Migration]:
    """The migrations of this program, in order."""
    found = []
    for entry in resources.files("resources").joinpath("sql").iterdir():
        match = _NAME.match(entry.name)
        if match:
            text = entry.read_text(encoding="utf-8").replace("\r\n", "\n")
            found.append(Migration(int(match[1]), entry.name, text))
    return sorted(found, key=lambda one: one.version)


def newest() -> int:
    """The schema version that this program reads and writes."""
    names = (_NAME.match(entry.name) for entry in resources.files("resources").joinpath("sql").iterdir())
    return max(int(match[1]) for match in names if match)


def migrate(admin: Administrator, database: str) -> list[int]:
    """Bring a database to this program's schema; gives the versions applied now (none: it was up to date).

    Raises:
        RefusedError: The database is newer than the program (SCHEMA_NEWER), or a file that was applied has been
            changed since (MIGRATION_CHANGED).
    """
    with administrator(admin, database, autocommit=True) as connection, connection.cursor() as cursor:
        return bring_up_to_date(cursor)


def bring_up_to_date(cursor: Any) -> list[int]:
    """The migration itself, on an autocommitting cursor of the database. Gives and raises as `migrate`."""
    cursor.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
    _in_transaction(cursor, _LEDGER)
    done = applied(cursor)
    refuse_other_history(done)
    todo = [one for one in shipped() if one.version not in done]
    for one in todo:
        _apply(cursor, one)
    return [one.version for one in todo]


def status(admin: Administrator, database: str) -> tuple[int, int]:
    """Schema version of the database (0: none) and of this program."""
    with administrator(admin, database, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(_HAS_LEDGER)
        done = applied(cursor) if cursor.fetchone()[0] else {}
    return max(done, default=0), newest()


def server_of(admin: Administrator, database: str) -> str:
    """The version of the server that holds a database ("18.6")."""
    with administrator(admin, database) as connection:
        return f"{connection.server_version // 10000}.{connection.server_version % 10000}"


def differences(session: Session) -> tuple[list[int], list[int]]:
    """Migrations that the signed-in user's database has and this program does not know, and those that it lacks."""
    import sqlalchemy as sa

    with session.unit_of_work(name="schema") as uow:
        has = set(uow.connection.execute(sa.text("SELECT version FROM app.schema_versions")).scalars())
    known = {one.version for one in shipped()}
    return sorted(has - known), sorted(known - has)


def applied(cursor: Any) -> dict[int, str]:
    """Hash by version of what the database has."""
    cursor.execute("BEGIN; SET LOCAL ROLE mis_owner; SELECT version, sha256 FROM app.schema_versions")
    done = {int(version): str(sha256) for version, sha256 in cursor.fetchall()}
    cursor.execute("COMMIT")
    return done


def refuse_other_history(done: dict[int, str]) -> None:
    """Raise RefusedError where the database was made by a newer program or by other files."""
    known = {one.version: one for one in shipped()}
    if any(version not in known for version in done):
        raise RefusedError(
            "SCHEMA_NEWER",
            f"The database has schema {max(done)}; this program knows {max(known)}.",
            hint="Install the newer program on this workstation too.",
        )
    changed = [known[version].name for version, sha256 in done.items() if known[version].sha256 != sha256]
    if changed:
        raise RefusedError(
            "MIGRATION_CHANGED",
            f"The database was made with another text of {changed[0]}.",
            hint="Use the program that made it, or a database of its own.",
        )


def _apply(cursor: Any, one: Migration) -> None:
    record = cursor.mogrify(
        "INSERT INTO app.schema_versions (version, name, sha256) VALUES (%s, %s, %s)",
        (one.version, one.name, one.sha256),
    )
    _in_transaction(cursor, f"{one.sql}\n;SET LOCAL ROLE mis_owner;{record.decode()}")


def _in_transaction(cursor: Any, sql: str) -> None:
    """Several statements as mis_owner; an error leaves nothing behind (the connection is closed by the caller)."""
    cursor.execute(f"BEGIN; SET LOCAL ROLE mis_owner; {sql};\nCOMMIT")
