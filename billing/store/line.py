"""The line to the server as the network sees it: who answers, and hanging up where nobody does.

A VPN that drops without a word leaves a statement waiting for an answer that never comes; the network itself notices
after a while (`TIMES`), a gateway that still takes the bytes never does. So the window asks beside it (`answers`), and
where twice nobody answers it cuts the connections (`hang_up`): what waits gets its error and can be tried again.
"""

from __future__ import annotations

import contextlib
import socket
import threading
import weakref
from typing import TYPE_CHECKING, Any

from billing.errors import UnavailableError
from billing.store.errors import translate

if TYPE_CHECKING:
    import sqlalchemy as sa

CONNECT_SECONDS = 10
TIMES = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": 12_000,  # milliseconds without the other side's acknowledgement; where the system knows it
}
"""What libpq and the system's TCP are told: a dead network is noticed within some twenty seconds."""


class Line:
    """The open connections of a session. Safe to use from several threads. Attributes: is_dead."""

    def __init__(self) -> None:
        self.is_dead = False
        self._open: weakref.WeakSet[Any] = weakref.WeakSet()
        self._lock = threading.Lock()

    def follow(self, engine: sa.Engine) -> None:
        """Know every connection that this pool opens from now on."""
        import sqlalchemy as sa

        sa.event.listen(engine, "connect", self._on_connect)

    def refuse_if_dead(self) -> None:
        """Raise UnavailableError while nobody answers: the next screen is not kept waiting to learn the same."""
        if self.is_dead:
            raise UnavailableError(
                "CONNECTION_LOST",
                "The database does not answer; nothing was changed.",
                hint="The program tries again by itself. Check the network and the VPN.",
            )

    def hang_up(self) -> int:
        """Cut every open connection, so that whoever waits on it gets an error; gives how many were cut."""
        with self._lock:
            links = [link for link in self._open if not link.closed]
        return sum(_cut(link) for link in links)

    def _on_connect(self, link: Any, _record: object) -> None:
        with self._lock:
            self._open.add(link)


def answers(words: dict[str, Any], within_s: int) -> bool:
    """Whether a server answers at all, be it with a refusal; asked over a connection of its own.

    Args:
        words: how to connect (billing.store.engine.connect_words).
        within_s: how long to wait for the whole of it, at least two seconds (libpq's own limit).
    """
    import psycopg2

    try:
        psycopg2.connect(**(words | {"connect_timeout": within_s})).close()
    except psycopg2.Error as error:
        known = translate(error)
        return not (isinstance(known, UnavailableError) and known.code == "CONNECTION_LOST")
    return True


def _cut(link: Any) -> bool:
    import psycopg2

    with contextlib.suppress(OSError, ValueError, psycopg2.Error), socket.socket(fileno=_twin(link.fileno())) as end:
        end.shutdown(socket.SHUT_RDWR)
        return True
    return False


def _twin(number: int) -> int:
    """Another handle of the driver's own socket, which stays the driver's to close."""
    return socket.fromfd(number, socket.AF_INET, socket.SOCK_STREAM).detach()
