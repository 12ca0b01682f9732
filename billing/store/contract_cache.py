"""The contracts in force that were looked up last, by client, vendor and day, so that the same question reads nothing.

    cache = session.contracts_in_force
    found = cache.find(client_id, vendor_id, day, read)       # read() only where the answer is not known
    cache.use                                                 # what the system monitor shows

Another workstation's save sends a NOTIFY (0065_contract_notices.sql). It is a hint and nothing more, because every role
may send one (SECURITY.md R18): all that is known is forgotten, and the next question reads again. A hint that never
comes costs at most a minute of an older answer in what is only shown; a billing run reads the versions itself, and the
database compares their revisions before it stores (private.check_versions).
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

from billing.errors import KnownError
from billing.schemas.contracts import Contract, ContractVersion

if TYPE_CHECKING:
    import sqlalchemy as sa

MOST = 128
TRUSTED_SECONDS = 60.0
CHANNEL = "mis_contracts"

Key = tuple[UUID, UUID, date]


@dataclass(frozen=True, slots=True)
class InForce:
    """What a client and a vendor agreed for a day: usually one contract. `zone`: the client's, in which days count."""

    zone: str
    contracts: tuple[tuple[Contract, ContractVersion], ...]


@dataclass(frozen=True, slots=True)
class CacheUse:
    """How a cache was used since sign-in. `hints`: of other workstations; `listens`: they arrive."""

    entries: int
    hits: int
    misses: int
    hints: int
    listens: bool

    @property
    def permille(self) -> int | None:
        """Questions that needed no reading, of a thousand; None before the first."""
        asked = self.hits + self.misses
        return self.hits * 1000 // asked if asked else None


class ContractCache:
    """At most 128 answers; the least recently used leaves first. Safe to use from several threads."""

    def __init__(
        self,
        connect: Callable[[], sa.Connection],
        is_own: Callable[[int], bool] = lambda _backend: False,
        *,
        clock: Callable[[], float] = time.monotonic,
        most: int = MOST,
    ) -> None:
        """`connect` gives a connection that is kept for listening; `is_own` knows this session's own backends."""
        self._connect, self._is_own, self._clock, self._most = connect, is_own, clock, most
        self._lock = threading.Lock()
        self._known: OrderedDict[Key, tuple[float, InForce]] = OrderedDict()
        self._ear: Any = None
        self._round = 0
        self._hits = self._misses = self._hints = 0

    def find(self, client_id: UUID, vendor_id: UUID, day: date, read: Callable[[], InForce]) -> InForce:
        """What is in force on a day; `read` asks the database, and raises what it raises."""
        key = (client_id, vendor_id, day)
        with self._lock:
            self._listen()
            known = self._known.get(key)
            if known is not None and self._clock() - known[0] <= TRUSTED_SECONDS:
                self._known.move_to_end(key)
                self._hits += 1
                return known[1]
            self._misses += 1
            asked_in, asked_at = self._round, self._clock()
        found = read()
        with self._lock:
            # a hint that came while it was read may be about this very contract
            if self._ear is not None and asked_in == self._round:
                self._known[key] = (asked_at, found)
                self._known.move_to_end(key)
                while len(self._known) > self._most:
                    self._known.popitem(last=False)
        return found

    def forget(self) -> None:
        """Contracts were saved here: the next questions read again."""
        with self._lock:
            self._forget()

    def listen(self) -> None:
        """Begin to listen where nobody does, and take the hints that came. May wait for a connection."""
        with self._lock:
            self._listen()

    def hints_so_far(self) -> int | None:
        """How often other workstations saved since sign-in; None where nobody listens. Never waits."""
        if not self._lock.acquire(blocking=False):
            return self._hints
        try:
            if self._ear is not None:
                self._take_hints()
            return self._hints if self._ear is not None else None
        finally:
            self._lock.release()

    def close(self) -> None:
        """Sign-out: nothing is known any more, nobody listens."""
        with self._lock:
            self._forget()
            self._hits = self._misses = self._hints = 0
            self._stop_listening()

    @property
    def use(self) -> CacheUse:
        """How it was used so far."""
        with self._lock:
            return CacheUse(len(self._known), self._hits, self._misses, self._hints, self._ear is not None)

    def _forget(self) -> None:
        self._known.clear()
        self._round += 1

    def _listen(self) -> None:
        if self._ear is not None:
            self._take_hints()
        if self._ear is None:
            self._begin_listening()

    def _take_hints(self) -> None:
        """Look at what has arrived. Where the connection is lost, nothing that is known can be trusted."""
        import psycopg2

        try:
            self._ear.poll()
        except psycopg2.Error:
            self._stop_listening()
            self._forget()
            return
        if self._ear.notifies:
            self._hints += sum(not self._is_own(notice.pid) for notice in self._ear.notifies)
            self._ear.notifies.clear()
            self._forget()

    def _begin_listening(self) -> None:
        import psycopg2

        try:
            connection = self._connect()
        except KnownError:
            return  # every answer is read anew until there is a connection for it
        ear: Any = connection.connection.driver_connection
        connection.detach()
        try:
            ear.rollback()
            ear.autocommit = True
            with ear.cursor() as cursor:
                cursor.execute(f"LISTEN {CHANNEL}")
        except psycopg2.Error:
            ear.close()  # a read-only copy tells nobody anything; the line may be lost, too
            return
        self._ear = ear

    def _stop_listening(self) -> None:
        ear, self._ear = self._ear, None
        if ear is not None:
            ear.close()
