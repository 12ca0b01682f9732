"""Faults at the N-th call to the database, below everything of ours: psycopg2 itself is given another connection class.

    with fault(at=7, kind="cut"):      # the 7th call finds the connection cut; nothing of it reaches the server
    with fault(at=7, kind="lost"):     # the 7th call is carried out, its answer never arrives
    with fault(at=7, kind="kill"):     # the process kills itself with SIGKILL before the 7th call
    with fault(at=7, kind="kill-after"):   # ... after it was carried out

A call is execute, copy_expert, commit or rollback of any connection, counted from the start of the block; `Fault.calls`
lists them and `Fault.fired` tells which one failed.
"""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import psycopg2
import psycopg2.extensions

LOST = "server closed the connection unexpectedly"


@dataclass
class Fault:
    """What shall happen, and what did.

    `at_commit`: at the next COMMIT, whichever call it is. `strike`: is called with the connection, before the call.
    """

    at: int
    kind: str
    calls: list[str] = field(default_factory=list)
    fired: str = ""
    at_commit: bool = False
    strike: Callable[[Any], None] | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def arm(self, at: int, kind: str) -> None:
        """Count anew: the N-th call from now on fails."""
        self.calls.clear()
        self.at, self.kind, self.fired = at, kind, ""

    def disarm(self) -> None:
        """Nothing fails any more."""
        self.at, self.at_commit = 0, False

    def run(self, what: str, connection: Any, call: Callable[[], Any]) -> Any:
        """Carry out one call, or the fault in its place."""
        with self.lock:
            self.calls.append(what)
            strikes = len(self.calls) == self.at or (self.at_commit and what == "COMMIT" and not self.fired)
        if not strikes:
            return call()
        self.fired = what
        if self.kind == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        if self.kind == "cut":
            _cut(connection)
            return call()
        if self.strike is not None:
            self.strike(connection)
            return call()
        made = call()
        if self.kind == "kill-after":
            os.kill(os.getpid(), signal.SIGKILL)
        _cut(connection)
        del made
        raise psycopg2.OperationalError(LOST)


_active: Fault | None = None


def _cut(connection: Any) -> None:
    """Take the network away under a connection."""
    if connection.closed:
        return
    wire = socket.socket(fileno=os.dup(connection.fileno()))
    wire.shutdown(socket.SHUT_RDWR)
    wire.close()


def _through(what: str, connection: Any, call: Callable[[], Any]) -> Any:
    return call() if _active is None else _active.run(what, connection, call)


class FaultyCursor(psycopg2.extensions.cursor):
    """A cursor whose calls are counted."""

    def execute(self, query: Any, parameters: Any = None) -> None:
        """Count, then as usual."""
        words = str(query).split()[:3]
        _through(" ".join(words)[:40], self.connection, lambda: super(FaultyCursor, self).execute(query, parameters))

    def copy_expert(self, sql: Any, file: Any, size: int = 8192) -> None:
        """Count, then as usual."""
        _through("COPY", self.connection, lambda: super(FaultyCursor, self).copy_expert(sql, file, size))


class FaultyConnection(psycopg2.extensions.connection):
    """A connection whose commits and cursors are counted."""

    def cursor(self, *args: Any, **words: Any) -> Any:
        """A counted cursor."""
        words.setdefault("cursor_factory", FaultyCursor)
        return super().cursor(*args, **words)

    def commit(self) -> None:
        """Count, then as usual."""
        _through("COMMIT", self, super().commit)


_connect = psycopg2.connect


@contextmanager
def fault(at: int, kind: str) -> Iterator[Fault]:
    """Let the N-th call to the database fail while the block runs; 0: only count, until it is armed."""
    global _active
    _active = made = Fault(at, kind)
    psycopg2.connect = lambda *args, **words: _connect(*args, **{"connection_factory": FaultyConnection, **words})
    try:
        yield made
    finally:
        psycopg2.connect = _connect
        _active = None
