"""Every statement of `db init` on a shared server, as text that an administrator can read, keep and run in psql.

The statements are those of install.py and migrate.py themselves, given to a cursor that writes them down and answers as
an empty server would; so what is printed is what would be run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from billing.store import install, migrate

_NOBODY = UUID(int=0)


class _Scribe:
    """A cursor of an empty server that only writes down. `superuser`: what it says of the administrator."""

    def __init__(self, superuser: bool) -> None:
        self.lines: list[str] = []
        self._superuser = superuser
        self._asked = ""

    def execute(self, sql: str, values: Sequence[Any] = ()) -> None:
        self._asked = sql
        self.lines.append(self.mogrify(sql, values).decode().strip().rstrip(";") + ";")

    def mogrify(self, sql: str, values: Sequence[Any] = ()) -> bytes:
        return (sql % tuple(_literal(one) for one in values) if values else sql).encode()

    def fetchone(self) -> tuple[Any, ...] | None:
        if "rolsuper" in self._asked:
            return (self._superuser, True, True)
        if "datdba" in self._asked:
            return None
        return ("mis_u_" if "make_user" in self._asked else 0,)

    def fetchall(self) -> list[Any]:
        return []


def statements(database: str, *, superuser: bool) -> list[str]:
    """What makes roles, database and schema on an empty server, in order; the last part is shown as comments."""
    server, inside, founding = _Scribe(superuser), _Scribe(superuser), _Scribe(superuser)
    install.make_server_ready(server, database)
    migrate.bring_up_to_date(inside)
    install.found(
        founding, database, _NOBODY, "name", demo=False, email="e-mail", pg_role="mis_u_", verifier="SCRAM verifier"
    )
    return [
        "-- Roles of the server and the database, as an administrator in the database postgres.",
        *server.lines,
        f"\\connect {install.quoted(database)}",
        *inside.lines,
        "-- The schema is whole. `moveinsync db init` then adds the workspace and its first super admin, with values",
        "-- made on the workstation, in one transaction:",
        *(f"--   {line}" for text in founding.lines for line in text.splitlines()),
    ]


def _literal(value: Any) -> str:
    if isinstance(value, bool | int):
        return str(value).lower()
    return "'" + str(value).replace("'", "''") + "'"
