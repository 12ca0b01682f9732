"""Connections of the one who installs and migrates: `mis_boot` or a shared server's administrator (SECURITY R1).

Nothing here is reachable from a signed-in session; a session refuses such a login (R16).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from billing.errors import UnavailableError
from billing.schemas.workspace import Administrator
from billing.store.errors import translate


@contextmanager
def administrator(admin: Administrator, database: str | None = None, *, autocommit: bool = False) -> Iterator[Any]:
    """A psycopg2 connection as the administrator; database errors leave it as known errors.

    Without `autocommit` the block is one transaction: committed at its end, rolled back on any error.
    """
    import psycopg2

    words: dict[str, Any] = {
        "host": admin.host,
        "port": admin.port,
        "user": admin.user,
        "password": admin.password,
        "dbname": database or admin.maintenance_database,
        "connect_timeout": 10,
        "application_name": "moveinsync install",
        "options": "-c client_min_messages=warning -c lock_timeout=60s",
        **transport(admin.on_loopback, admin.ca_file),
    }
    try:
        connection = psycopg2.connect(**words)
    except psycopg2.Error as error:
        raise translate(error) from None
    connection.autocommit = autocommit
    try:
        yield connection
        if not autocommit:
            connection.commit()
    except psycopg2.Error as error:
        raise translate(error) from error
    finally:
        connection.close()


def transport(on_loopback: bool, ca_file: str, *, pooled: bool = False) -> dict[str, str]:
    """How a connection is protected: plain only on this machine, else verified TLS without fallback (SECURITY R12).

    Channel binding is required but through a pooler, which speaks TLS itself and cannot hand it through.

    Raises:
        UnavailableError: A remote server is given, but no certificates to verify it by.
    """
    if on_loopback:
        return {"sslmode": "prefer", "require_auth": "scram-sha-256", "gssencmode": "disable"}
    import ssl

    # psycopg2-binary's own default path is that of its build machine, so the file is always named.
    found = ca_file or ssl.get_default_verify_paths().cafile
    if not found:
        raise UnavailableError(
            "NO_CA_FILE",
            "The server's certificate cannot be verified: no file of trusted certificates is known.",
            hint="Name the file of the server's certificate authority in the connection profile.",
        )
    return {
        "sslmode": "verify-full",
        "sslrootcert": found,
        "channel_binding": "prefer" if pooled else "require",
        "require_auth": "scram-sha-256",
        "gssencmode": "disable",
    }
