"""Care of a workspace's database: its state, a backup, a lost owner secret, psql with one's own rights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from billing.server.attached import leave_running
from billing.server.embedded import EmbeddedServer
from billing.services.workspace import owner_of
from billing.store.keys import role_name
from billing.store.profiles import Profile

if TYPE_CHECKING:
    from billing.store.session import Session


def database_status(profile: Profile) -> dict[str, Any]:
    """Schema version found and wanted, and whether the embedded server was running before this call.

    Raises UnavailableError for a shared workspace: its schema is read by an administrator only.
    """
    from billing.store.migrate import status

    running = EmbeddedServer(profile.home).is_alive() if profile.embedded else True
    found, wanted = status(owner_of(profile), profile.database)
    return {"running": running, "schema": found, "schema_wanted": wanted, "up_to_date": found == wanted}


def server_version(session: Session) -> str:
    """The version of PostgreSQL that a session works with ("18.6")."""
    with session.unit_of_work(name="version") as uow:
        number = int(uow.connection.connection.server_version)
    return f"{number // 10000}.{number % 10000}"


def psql_environment(session: Session) -> dict[str, str]:
    """The settings with which psql is this user and no more: their login and, for every transaction, their token."""
    profile = session.profile
    return {
        "PGHOST": profile.host,
        "PGPORT": str(profile.port),
        "PGDATABASE": profile.database,
        "PGUSER": role_name(profile.workspace_id, session.email),
        "PGPASSWORD": session.secret,
        "PGOPTIONS": f"-c mis.jwt={session.token} -c search_path=api,app,pg_catalog",
        **({} if profile.on_loopback else {"PGSSLMODE": "verify-full", "PGSSLROOTCERT": profile.ca_file}),
    }


def keep_for_psql(session: Session) -> None:
    """Leave session and server as they are when this process ends, for a psql started by hand."""
    if session.profile.embedded:
        leave_running(session.profile.home)
