"""The system monitor as facts and lines: sizes, times and shares in words, connections as a list."""

from __future__ import annotations

import platform
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from importlib.metadata import version

from billing.schemas.monitor import Connection
from billing.services.monitor import Snapshot, seconds_since
from billing.store.contract_cache import MOST
from moveinsync_desktop import formats
from moveinsync_desktop.models.columns import Column

Facts = list[tuple[str, str]]
LONG_TRANSACTION_S = 60
"""A transaction that is open for longer than a statement may take keeps others from cleaning up after themselves."""


def size(count: int | None) -> str:
    """Bytes as people read them: 412 MB, 1.8 GB."""
    if count is None:
        return formats.NONE
    for unit, step in (("GB", 1 << 30), ("MB", 1 << 20), ("kB", 1 << 10)):
        if count >= step:
            tenths = (count * 10 + step // 2) // step
            whole = formats.count((count + step // 2) // step)
            return f"{tenths // 10}.{tenths % 10} {unit}" if tenths < 100 else f"{whole} {unit}"
    return f"{count} B"


def ago(moment: datetime | None, now: datetime) -> str:
    """How long something lasts: 4 s, 12 min, 3 h 05 min, 2 days."""
    if moment is None:
        return formats.NONE
    seconds = seconds_since(moment, now)
    if seconds < 90:
        return f"{seconds} s"
    days = seconds // 86_400
    return formats.plural(days, "day") if days > 2 else formats.minutes(timedelta(seconds=seconds))


def permille(part: int | None) -> str:
    """A share of a thousand as a percentage: 98.7 %."""
    return formats.NONE if part is None else formats.percent(part, 1000)


def hit_share(seen: Snapshot) -> int | None:
    """Pages found in the server's memory, of a thousand; None before the first."""
    asked = seen.database.blocks_hit + seen.database.blocks_read
    return seen.database.blocks_hit * 1000 // asked if asked else None


def key_figures(seen: Snapshot) -> dict[str, tuple[str, str]]:
    """Figure and note of each key figure, by its name."""
    database, cache = seen.database, seen.cache
    mine = sum(one.is_mine for one in seen.connections)
    return {
        "Memory": (size(seen.process.memory), f"{size(seen.process.machine_free)} free here"),
        "Processor": (permille(seen.process.cpu_permille), "of one core"),
        "Connections": (
            formats.count(database.connections if seen.sees_everybody else mine + 1),
            f"of {database.most_connections} the server takes" if seen.sees_everybody else "yours",
        ),
        "Answer": (milliseconds(database.answer_us), "there and back"),
        "Database memory": (permille(hit_share(seen)), "of pages found there"),
        "Contract look-ups": (
            permille(cache.permille),
            f"from memory, of {formats.count(cache.hits + cache.misses)}",
        ),
    }


def milliseconds(micros: int) -> str:
    """0.4 ms, 12 ms."""
    tenths = (micros + 50) // 100
    return f"{tenths // 10}.{tenths % 10} ms" if tenths < 100 else f"{(micros + 500) // 1000} ms"


def program_facts(seen: Snapshot) -> Facts:
    """This program on this computer."""
    process = seen.process
    return [
        ("Version", version("moveinsync-desktop")),
        ("Python", platform.python_version()),
        ("System", f"{platform.system()} {platform.release()}"),
        ("Process", str(process.pid)),
        ("Open since", f"{formats.stamp(process.started)}, {ago(process.started, seen.taken)}"),
        ("Threads", formats.count(process.threads)),
        ("Computer", f"{size(process.machine_memory)} of memory, {size(process.machine_free)} free"),
    ]


def database_facts(seen: Snapshot, place: str) -> Facts:
    """The server and the workspace's database."""
    database = seen.database
    oldest = seen.oldest_transaction
    return [
        ("Server", f"PostgreSQL {database.version}"),
        ("Place", place),
        ("Started", f"{formats.stamp(database.started)}, {ago(database.started, database.now)}"),
        ("Schema", str(database.schema)),
        ("Size", size(database.size) if database.size is not None else ""),
        ("Waiting for locks", formats.count(database.waiting_locks) if database.waiting_locks else "nobody"),
        ("Deadlocks", formats.count(database.deadlocks) if database.deadlocks else "none"),
        ("Oldest transaction", ago(oldest, database.now) if oldest else "none"),
        ("Last backup", backup_words(seen)),
    ]


def backup_words(seen: Snapshot) -> str:
    """When the last backup was made, and what is wrong with that."""
    if seen.backup is None:
        return "the administrator's"
    when = formats.stamp(seen.backup.last) if seen.backup.last else "never"
    return when if seen.backup.state == "GOOD" else f"{when}. {seen.backup.words}"


def cache_facts(seen: Snapshot) -> Facts:
    """The contracts in force that are kept in memory."""
    cache = seen.cache
    return [
        ("Kept", f"{cache.entries} of {MOST}"),
        ("From memory", formats.count(cache.hits)),
        ("Read", formats.count(cache.misses)),
        ("Share", permille(cache.permille)),
        ("Others' changes", formats.count(cache.hints)),
        ("Told of changes", "yes" if cache.listens else "not yet, every answer is read anew"),
    ]


def doing(one: Connection) -> str:
    """What a connection is doing, in words."""
    if one.waits:
        return "waits for a lock"
    words = {"active": "working", "idle": "idle", "idle in transaction": "in a transaction, waiting for its program"}
    return words.get(one.state, one.state.replace("(aborted)", "that failed"))


@dataclass(frozen=True, slots=True)
class ConnectionRow:
    """A connection in the list."""

    pid: int
    email: str
    doing: str
    lasts: str
    transaction: str
    since: datetime
    address: str


_CONNECTIONS = (
    Column("pid", "Process", "count", 84, show=str),
    Column("doing", "Does", "text", 220),
    Column("lasts", "For", "text", 110, sortable=False),
    Column("transaction", "Transaction open", "text", 130, sortable=False),
    Column("since", "Connected", "stamp", 140),
    Column("address", "From", "text", 120, from_width=900),
)
OF_EVERYBODY = (Column("email", "Who", "id", 210, stretch=True), *_CONNECTIONS)
OF_MINE = tuple(replace(column, stretch=column.key == "doing") for column in _CONNECTIONS)


def connection_rows(seen: Snapshot) -> list[ConnectionRow]:
    """One line a connection."""
    now = seen.database.now
    return [
        ConnectionRow(
            one.pid,
            one.email or "a login outside the program",
            doing(one),
            ago(one.state_since, now),
            ago(one.transaction_since, now),
            one.since,
            one.address or "this computer",
        )
        for one in seen.connections
    ]


def warnings(seen: Snapshot) -> str:
    """What somebody should look at, in one sentence; "" where all is well."""
    found = []
    oldest = seen.oldest_transaction
    if oldest is not None and seconds_since(oldest, seen.database.now) > LONG_TRANSACTION_S:
        found.append(f"a transaction is open for {ago(oldest, seen.database.now)}")
    if seen.database.waiting_locks:
        found.append(f"{formats.plural(seen.database.waiting_locks, 'statement')} waiting for a lock")
    if abs((seen.taken - seen.database.now).total_seconds()) > 120:
        found.append("the clock of this computer and the server's differ by more than two minutes")
    words = "; ".join(found)
    return f"{words[:1].upper()}{words[1:]}." if words else ""


def text_parts(seen: Snapshot, place: str) -> Sequence[tuple[str, Facts]]:
    """What "Copy as text" says before the log."""
    connections = [
        (
            str(one.pid),
            f"{one.email or 'a login outside the program'}, {doing(one)}, connected {formats.stamp(one.since)}",
        )
        for one in seen.connections
    ]
    figures = [(name, ", ".join(word for word in pair if word)) for name, pair in key_figures(seen).items()]
    return (
        ("Now", figures),
        ("This program", program_facts(seen)),
        ("Database", database_facts(seen, place)),
        ("Contracts in memory", cache_facts(seen)),
        ("Connections", connections),
    )
