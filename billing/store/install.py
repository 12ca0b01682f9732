"""A server made ready, and a workspace founded on it: roles, database, schema, first SUPER_ADMIN (SECURITY R1-R3, R10).

Both calls may be repeated after an interruption: `install` makes what is missing, `found_workspace` is one transaction.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from billing.errors import ConflictError, RefusedError
from billing.schemas.ids import new_id
from billing.schemas.workspace import Administrator
from billing.store.administration import administrator
from billing.store.migrate import migrate

OLDEST_SERVER = 180000  # SECURITY R2: what is tested is what is promised
GROUPS = ("mis_user", "mis_super_admin", "mis_client_admin", "mis_vendor_admin", "mis_viewer")
_OWNERS = ("mis_owner", "mis_definer", "mis_backup")
_LOCK = 0x6D6973_0002


def install(admin: Administrator, database: str) -> list[int]:
    """Cluster roles, database and schema, as far as they are missing; gives the migrations applied now.

    Raises:
        RefusedError: The server is older than 18, or the administrator may not create roles and databases.
        UnavailableError, NotSignedInError: The server cannot be reached or refuses the administrator.
    """
    prepare(admin, database)
    return migrate(admin, database)


def prepare(admin: Administrator, database: str) -> None:
    """Cluster roles and an empty database, as far as they are missing. Raises as `install`."""
    with administrator(admin, autocommit=True) as connection, connection.cursor() as cursor:
        if connection.server_version < OLDEST_SERVER:
            raise RefusedError(
                "OLD_SERVER", f"PostgreSQL 18 or later is needed; this is {connection.server_version // 10000}."
            )
        make_server_ready(cursor, database)


def make_server_ready(cursor: Any, database: str) -> None:
    """The work of `prepare`, on an autocommitting cursor of the maintenance database."""
    cursor.execute("SELECT pg_advisory_lock(%s)", (_LOCK,))
    superuser = _require_rights(cursor)
    _make_roles(cursor, superuser)
    _make_database(cursor, database, superuser)


def found_workspace(
    admin: Administrator,
    database: str,
    workspace_id: UUID,
    name: str,
    *,
    demo: bool,
    email: str,
    pg_role: str,
    verifier: str,
) -> None:
    """Workspace row, signing key and first SUPER_ADMIN, in one transaction.

    Raises:
        ConflictError: The database has a workspace already (WORKSPACE_EXISTS).
        RefusedError: `pg_role` is not what the database derives from workspace and e-mail.
    """
    with administrator(admin, database) as connection, connection.cursor() as cursor:
        found(cursor, database, workspace_id, name, demo=demo, email=email, pg_role=pg_role, verifier=verifier)


def found(
    cursor: Any, database: str, workspace_id: UUID, name: str, *, demo: bool, email: str, pg_role: str, verifier: str
) -> None:
    """The work of `found_workspace`, in the transaction of the cursor."""
    cursor.execute("SET LOCAL ROLE mis_definer")
    cursor.execute("SELECT count(*) FROM app.workspace")
    if cursor.fetchone()[0]:
        raise ConflictError("WORKSPACE_EXISTS", f"The database {database} has a workspace already.")
    cursor.execute("INSERT INTO app.workspace (id, name, is_demo) VALUES (%s, %s, %s)", (str(workspace_id), name, demo))
    cursor.execute("SELECT private.rotate_signing_key()")
    cursor.execute("SET LOCAL ROLE mis_rolemgr")
    cursor.execute(
        "SELECT auth.make_user(%s, %s, '', 'SUPER_ADMIN', NULL, NULL, %s, false)", (str(new_id()), email, verifier)
    )
    if cursor.fetchone()[0] != pg_role:
        raise RefusedError("ROLE_NAME", "Workstation and database derive different names for the same user.")


def _require_rights(cursor: Any) -> bool:
    """Whether the administrator is a superuser; refuses one that may not do the work."""
    cursor.execute("SELECT rolsuper, rolcreaterole, rolcreatedb FROM pg_roles WHERE rolname = current_user")
    superuser, may_roles, may_databases = cursor.fetchone()
    if not (superuser or (may_roles and may_databases)):
        raise RefusedError(
            "ADMIN_RIGHTS",
            "This login may not create roles and databases on the server.",
            hint="Use an administrator's login (CREATEROLE and CREATEDB) for the set-up.",
        )
    return bool(superuser)


def _make_roles(cursor: Any, superuser: bool) -> None:
    cursor.execute("SELECT rolname FROM pg_roles WHERE rolname LIKE 'mis\\_%'")
    there = {row[0] for row in cursor.fetchall()}
    for role in (*_OWNERS, *GROUPS):
        if role not in there:
            cursor.execute(f"CREATE ROLE {role} NOLOGIN NOBYPASSRLS")
    if "mis_rolemgr" not in there:
        cursor.execute("CREATE ROLE mis_rolemgr NOLOGIN CREATEROLE NOBYPASSRLS")
    cursor.execute(f"GRANT {', '.join(GROUPS)} TO mis_rolemgr WITH ADMIN TRUE, INHERIT FALSE, SET FALSE")
    if superuser:
        # lets sign_in() see how old a connection is
        cursor.execute("GRANT pg_read_all_stats TO mis_definer WITH INHERIT TRUE, SET FALSE")
    else:
        cursor.execute(f"GRANT {', '.join((*_OWNERS, 'mis_rolemgr'))} TO CURRENT_USER WITH INHERIT FALSE, SET TRUE")


def quoted(name: str) -> str:
    """An identifier between quotes."""
    return '"' + name.replace('"', '""') + '"'


def _make_database(cursor: Any, database: str, superuser: bool) -> None:
    name = quoted(database)
    cursor.execute("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = %s", (database,))
    found = cursor.fetchone()
    if found is None:
        # One collation everywhere: byte order by code point, which Python's own order of texts equals.
        cursor.execute(
            f"CREATE DATABASE {name} OWNER mis_owner TEMPLATE template0 ENCODING 'UTF8' "
            "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
        )
    elif found[0] != "mis_owner":
        raise RefusedError("FOREIGN_DATABASE", f"The database {database} belongs to somebody else.")
    cursor.execute("SET ROLE mis_owner")
    if not superuser:
        cursor.execute(f"GRANT CONNECT ON DATABASE {name} TO SESSION_USER")
    cursor.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
    cursor.execute(f"GRANT CONNECT, TEMPORARY ON DATABASE {name} TO mis_user")
    cursor.execute(f"GRANT CONNECT ON DATABASE {name} TO mis_backup")
    cursor.execute("RESET ROLE")
    if superuser:
        # by default every role may enter these two
        cursor.execute("REVOKE CONNECT ON DATABASE postgres, template1 FROM PUBLIC")
