"""The state of this program, its database and its cache, read at once (SECURITY.md (c) row 15).

A super admin sees everybody's connections and the size of the database; a client admin its own connections and its own
machine. Nothing is written, no text of a statement is shown.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from billing.schemas.monitor import Connection, DatabaseFigures, ProcessFigures
from billing.store.contract_cache import CacheUse

if TYPE_CHECKING:
    from billing.services.backup_plan import Health
    from billing.store.session import Session

LOG_LINES = 200
_LOG_BYTES = 64_000


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything at one moment. `backup` is None where an administrator of a shared server makes the backups."""

    taken: datetime
    process: ProcessFigures
    database: DatabaseFigures
    connections: tuple[Connection, ...]
    sees_everybody: bool
    cache: CacheUse
    backup: Health | None
    log: tuple[str, ...]

    @property
    def oldest_transaction(self) -> datetime | None:
        """When the oldest transaction that can be seen began; None where none is open."""
        return min((one.transaction_since for one in self.connections if one.transaction_since), default=None)


class SystemMonitor:
    """Looks again and again. CPU is measured between two looks, so keep one for as long as somebody watches."""

    def __init__(self) -> None:
        import psutil

        self._process = psutil.Process()
        self._psutil: Any = psutil
        self._process.cpu_percent()

    def look(self, session: Session) -> Snapshot:
        """The state now. Raises NotAllowedError, UnavailableError."""
        from billing.store.monitor import Monitor

        session.require("monitor.view")
        everything = session.sees_every_client
        with session.unit_of_work(timeout_s=10, name="monitor.look") as uow:
            reader = Monitor(uow.connection)
            database = reader.database(everything=everything)
            connections = reader.connections(session.email, everything=everything)
        return Snapshot(
            taken=datetime.now(UTC),
            process=self._figures(),
            database=database,
            connections=tuple(replace(one, is_mine=one.email == session.email) for one in connections),
            sees_everybody=everything,
            cache=session.contracts_in_force.use,
            backup=_backup(session),
            log=tail(session.profile.home),
        )

    def _figures(self) -> ProcessFigures:
        process, machine = self._process, self._psutil.virtual_memory()
        with process.oneshot():
            return ProcessFigures(
                pid=process.pid,
                started=datetime.fromtimestamp(process.create_time(), UTC),
                memory=process.memory_info().rss,
                cpu_permille=round(process.cpu_percent() * 10),
                threads=process.num_threads(),
                machine_memory=machine.total,
                machine_free=machine.available,
            )


def _backup(session: Session) -> Health | None:
    from billing.services.backup_plan import health

    return health(session.profile) if session.profile.embedded else None


def tail(home: Path, lines: int = LOG_LINES) -> tuple[str, ...]:
    """The last lines of the log of this machine's data folder, oldest first; none where nothing was logged."""
    from billing.store.logging import log_folder

    path = log_folder(home) / "operations.log"
    try:
        with path.open("rb") as log:
            log.seek(0, 2)
            log.seek(max(0, log.tell() - _LOG_BYTES))
            text = log.read().decode("utf-8", "replace")
    except OSError:
        return ()
    found = text.splitlines()
    return tuple(found[-lines:] if len(text) < _LOG_BYTES else found[1:][-lines:])


def seconds_since(moment: datetime, now: datetime | None = None) -> int:
    """Whole seconds from a moment until now, never negative."""
    return max(0, int(((now or datetime.now(UTC)) - moment).total_seconds()))


def as_text(parts: Iterable[tuple[str, Iterable[tuple[str, str]]]], snapshot: Snapshot) -> str:
    """The monitor as plain text to send to somebody who helps: headings, facts, connections, the log's last lines."""
    lines = [f"System monitor, {snapshot.taken.astimezone():%d-%m-%Y %H:%M:%S %Z}"]
    for title, facts in parts:
        lines += ["", title, *(f"  {name}: {value}" for name, value in facts if value)]
    lines += ["", "Last operations", *(f"  {line}" for line in snapshot.log)]
    return "\n".join(lines) + "\n"
