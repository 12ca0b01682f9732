"""What the system monitor shows: this program, its database, who is connected. Records, no rules."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class ProcessFigures:
    """This program as the operating system sees it. `memory`: resident bytes; `cpu_permille`: of one core."""

    pid: int
    started: datetime
    memory: int
    cpu_permille: int
    threads: int
    machine_memory: int
    machine_free: int


@dataclass(frozen=True, slots=True)
class Connection:
    """One connection to the database. `email` is "" for a login that is no user of the workspace."""

    pid: int
    email: str
    since: datetime
    state: str
    state_since: datetime | None
    transaction_since: datetime | None
    waits: bool
    address: str
    is_mine: bool = False


@dataclass(frozen=True, slots=True)
class DatabaseFigures:
    """The database as it is now.

    Attributes:
        answer_us: microseconds that a statement without work took, there and back.
        schema: version of the tables.
        now: the server's clock.
        most_connections: that the server takes at all.
        size: bytes; None for who may not see all clients.
        blocks_hit, blocks_read: 8 kB pages found in the server's memory, and read from files, since it counts.
        waiting_locks: how often somebody waits for somebody else just now.
    """

    version: str
    answer_us: int
    schema: int
    now: datetime
    started: datetime
    connections: int
    most_connections: int
    size: int | None
    blocks_hit: int
    blocks_read: int
    waiting_locks: int
    deadlocks: int
