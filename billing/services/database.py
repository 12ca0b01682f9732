"""Care of a workspace's database: its state, a backup, a lost owner secret, psql with one's own rights."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from billing.errors import RefusedError
from billing.server.attached import leave_running
from billing.server.embedded import EmbeddedServer
from billing.services.workspace import owner_of
from billing.store.administration import transport
from billing.store.dump import plainly_reached
from billing.store.keys import role_name
from billing.store.profiles import Profile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from billing.schemas.workspace import Administrator
    from billing.store.session import Session


def database_status(profile: Profile) -> dict[str, Any]:
    """Schema version found and wanted, and whether the embedded server was running before this call.

    For an embedded workspace; of a shared one `shared_status` tells.
    """
    from billing.store.migrate import status

    running = EmbeddedServer(profile.home).is_alive()
    found, wanted = status(owner_of(profile), profile.database)
    return {"running": running, "schema": found, "schema_wanted": wanted, "up_to_date": found == wanted}


def shared_status(profile: Profile, sign_in: Callable[[], Session] | None) -> dict[str, Any]:
    """Whether a shared server can be reached and how the way there is protected; signed in, also what it holds.

    Raises UnavailableError naming the step that fails, and what the sign-in raises.
    """
    from billing.store.migrate import differences, newest
    from billing.store.reach import try_to_reach

    found: dict[str, Any] = {"reachable": True, "tls": try_to_reach(profile), "pooled": profile.pooled}
    if sign_in is None:
        return {**found, "signed_in": None, "schema_wanted": newest(), "up_to_date": None}
    with sign_in() as session:
        unknown, missing = differences(session)
        version = server_version(session)
        return {
            **found,
            "signed_in": session.email,
            "server": version,
            "schema_wanted": newest(),
            "up_to_date": not (unknown or missing),
        }


def server_version(session: Session) -> str:
    """The version of PostgreSQL that a session works with ("18.6")."""
    with session.unit_of_work(name="version") as uow:
        number = int(uow.connection.connection.server_version)
    return f"{number // 10000}.{number % 10000}"


def examine_workspace(
    admin: Administrator, database: str, profile: Profile | None, pooler: tuple[str, int] | None
) -> dict[str, Any]:
    """What the doctor says: versions of server and pooler, and every finding with what to do about it.

    `profile`: of an embedded workspace, whose backups are looked at, too.
    """
    from billing.services.backup_plan import health
    from billing.store.doctor import LINTS, Finding, examine
    from billing.store.doctor_more import RULES, ask_pooler
    from billing.store.migrate import server_of

    findings = examine(admin, database)
    rules = len(LINTS) + RULES
    if profile is not None and profile.embedded and not profile.demo:
        alarm, rules = health(profile).alarm, rules + 1
        findings += [Finding("BACKUP", "A backup of the last days lies on another disk.", alarm)] if alarm else []
    found = ask_pooler(admin, *pooler) if pooler else None
    findings += found.findings if found else ()
    return {
        "healthy": not findings,
        "server": server_of(admin, database),
        "pooler": found.version if found else None,
        "rules": rules + (2 if found else 0),
        "findings": [
            {"code": one.code, "rule": one.rule, "offender": one.offender, "remedy": one.remedy} for one in findings
        ],
    }


def psql_environment(session: Session) -> dict[str, str]:
    """The settings with which psql is this user and no more: their login and, for every transaction, their token.

    Raises RefusedError for a workspace behind a pooler, which passes no start-up options on.
    """
    profile = session.profile
    if profile.pooled:
        raise RefusedError(
            "POOLED",
            f"The workspace {profile.name} is reached through a connection pooler, which keeps no token for psql.",
            hint="Ask for an invitation to the server itself.",
        )
    return {
        "PGHOST": profile.host,
        "PGPORT": str(profile.port),
        "PGDATABASE": profile.database,
        "PGUSER": role_name(profile.workspace_id, session.email),
        "PGPASSWORD": session.secret,
        "PGOPTIONS": f"-c mis.jwt={session.token} -c search_path=api,app,pg_catalog",
        **({} if profile.on_loopback else _verified(profile)),
    }


@contextmanager
def psql_here(session: Session) -> Iterator[dict[str, str]]:
    """The same settings for the wheel's own psql, which speaks no TLS: a relay speaks it while the block runs."""
    profile, settings = session.profile, psql_environment(session)
    with plainly_reached(profile.host, profile.port, profile.ca_file, on_loopback=profile.on_loopback) as address:
        if not profile.on_loopback:
            del settings["PGCHANNELBINDING"], settings["PGSSLROOTCERT"]
        yield {**settings, "PGHOST": address.host, "PGPORT": str(address.port), "PGSSLMODE": "disable"}


def _verified(profile: Profile) -> dict[str, str]:
    words = transport(False, profile.ca_file)
    return {
        "PGSSLMODE": words["sslmode"],
        "PGSSLROOTCERT": words["sslrootcert"],
        "PGCHANNELBINDING": words["channel_binding"],
    }


def keep_for_psql(session: Session) -> None:
    """Leave session and server as they are when this process ends, for a psql started by hand."""
    if session.profile.embedded:
        leave_running(session.profile.home)
