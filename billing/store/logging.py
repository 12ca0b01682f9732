"""The log of the data folder: which operation, how long, how many rows, which SQLSTATE. No values and no secrets.

A line is made from these fields alone; there is no call that takes free text from a statement or an error message.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from logging.handlers import RotatingFileHandler
from pathlib import Path

_LOGGER = logging.getLogger("moveinsync.operations")
_LOGGER.propagate = False
_BYTES, _FILES = 2_000_000, 5
UNLOGGED = frozenset({"monitor.look"})
"""What repeats every few seconds while somebody looks at the log: it would push out what is looked for."""


@dataclass(slots=True)
class Operation:
    """One line of the log; fill `rows` while it runs."""

    name: str
    rows: int | None = None
    sqlstate: str | None = None


class _Rotating(RotatingFileHandler):
    """Several processes may log into one folder: who cannot rename the file just goes on writing to it."""

    def doRollover(self) -> None:
        try:
            super().doRollover()
        except OSError:
            if self.stream is None:
                self.stream = self._open()


def log_folder(home: Path) -> Path:
    """Where the log files of a data folder are."""
    return home / "logs"


def open_log(home: Path) -> None:
    """Write this process's operations into `logs/operations.log` of a data folder; a folder given twice counts once."""
    path = log_folder(home) / "operations.log"
    for handler in list(_LOGGER.handlers):
        if isinstance(handler, _Rotating) and Path(handler.baseFilename) == path.absolute():
            return
        _LOGGER.removeHandler(handler)
        handler.close()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handler = _Rotating(path, maxBytes=_BYTES, backupCount=_FILES, encoding="utf-8", delay=True)
    formatter = logging.Formatter("%(asctime)s.%(msecs)03dZ %(process)d %(message)s", "%Y-%m-%dT%H:%M:%S")
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    _LOGGER.addHandler(handler)
    _LOGGER.setLevel(logging.INFO)


def close_log() -> None:
    """Close the log file (tests, and before a data folder is removed)."""
    for handler in list(_LOGGER.handlers):
        _LOGGER.removeHandler(handler)
        handler.close()


def write_line(operation: str, seconds: float, *, rows: int | None = None, sqlstate: str | None = None) -> None:
    """Log one finished operation."""
    if not _LOGGER.handlers or (operation in UNLOGGED and sqlstate is None):
        return
    _LOGGER.info("%s ms=%.1f rows=%s sqlstate=%s", operation, seconds * 1000, _or_dash(rows), _or_dash(sqlstate))


def _or_dash(value: int | str | None) -> int | str:
    return "-" if value is None else value


@contextmanager
def timed(name: str) -> Iterator[Operation]:
    """Log a block: its time, the rows it sets, and the SQLSTATE of a database error that leaves it."""
    operation = Operation(name)
    start = time.perf_counter()
    try:
        yield operation
    except BaseException as error:
        operation.sqlstate = operation.sqlstate or _sqlstate_of(error)
        raise
    finally:
        write_line(name, time.perf_counter() - start, rows=operation.rows, sqlstate=operation.sqlstate)


def _sqlstate_of(error: BaseException) -> str:
    for one in (error, getattr(error, "orig", None), error.__cause__, getattr(error.__cause__, "orig", None)):
        state = getattr(one, "pgcode", None)
        if state:
            return str(state)
    return type(error).__name__
