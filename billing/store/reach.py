"""Whether a server can be reached, step by step, so that the step that fails is named: name, port, TLS, PostgreSQL."""

from __future__ import annotations

import socket
from typing import Any

from billing.errors import NotSignedInError, UnavailableError
from billing.store.administration import transport
from billing.store.errors import translate
from billing.store.profiles import Profile

SECONDS = 10
# No role of this name exists; without a password the server asks for one, and libpq has nothing to send.
_NOBODY = "mis_status"


def try_to_reach(profile: Profile) -> str:
    """Walk the way to a shared server without signing in; gives how the connection is protected.

    Raises UnavailableError for the step that fails: NO_SUCH_HOST, NOT_LISTENING, TLS_*, NO_DATABASE.
    """
    _resolve_and_connect(profile.host, profile.port)
    words = transport(profile.on_loopback, profile.ca_file, pooled=profile.pooled)
    _ask(profile, words)
    return words["sslmode"]


def _resolve_and_connect(host: str, port: int) -> None:
    if host.startswith("/"):
        return
    try:
        found = socket.getaddrinfo(host or "localhost", port, type=socket.SOCK_STREAM)
    except (socket.gaierror, UnicodeError) as error:
        raise UnavailableError(
            "NO_SUCH_HOST",
            f"The name {host} is not known to this computer.",
            hint="Check the spelling, the network and the VPN.",
        ) from error
    family, kind, protocol, _, place = found[0]
    try:
        with socket.socket(family, kind, protocol) as link:
            link.settimeout(SECONDS)
            link.connect(place)
    except OSError as error:
        raise UnavailableError(
            "NOT_LISTENING",
            f"Nothing answers at {host}, port {port}.",
            hint="Check the port and the firewall, and whether the server runs.",
        ) from error


def _ask(profile: Profile, words: dict[str, Any]) -> None:
    import psycopg2

    try:
        psycopg2.connect(
            host=profile.host,
            port=profile.port,
            dbname=profile.database,
            user=_NOBODY,
            passfile="",
            connect_timeout=SECONDS,
            **words,
        ).close()
    except psycopg2.Error as error:
        known = translate(error)
        if not isinstance(known, NotSignedInError):
            raise known from None
