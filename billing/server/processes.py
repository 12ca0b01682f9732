"""The server's processes: what postmaster.pid says, whether it is true, and clearing away what a crash left."""

from __future__ import annotations

import contextlib
import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from billing.server.address import Address
from billing.server.folder import place
from billing.server.system_user import RunAs

# No process ever has this id; PostgreSQL then looks at the shared memory only, which tells orphans of a crash.
_NOBODYS_PID = 2**31 - 2


@dataclass(frozen=True, slots=True)
class PidFile:
    """The lines of postmaster.pid that matter: process id and where it listens."""

    pid: int
    address: Address


def read_pid_file(data: Path) -> PidFile | None:
    """What postmaster.pid says; None when it is missing or not yet complete."""
    try:
        lines = (data / "postmaster.pid").read_text(encoding="utf-8", errors="surrogateescape").splitlines()
        pid, port, folder, host = int(lines[0]), int(lines[3]), lines[4].strip(), lines[5].strip()
    except (OSError, ValueError, IndexError):
        return None
    return PidFile(pid, Address(folder or host, port))


def is_server_process(pid: int, data: Path) -> bool:
    """Whether `pid` is a living PostgreSQL process of this cluster: no zombie, no other program with its old id."""
    import psutil

    try:
        process = psutil.Process(pid)
        if process.status() == psutil.STATUS_ZOMBIE or not process.name().lower().startswith("postgres"):
            return False
        if sys.platform != "win32" and process.uids().real != data.stat().st_uid:
            return False  # a server of somebody else, whose folder we may not even ask for
        return os.path.realpath(process.cwd()) == os.path.realpath(data)
    except psutil.NoSuchProcess:
        return False
    except psutil.AccessDenied:
        return True  # somebody else's process named postgres: do not touch it


def has_ended(pid: int, *, thorough: bool) -> bool:
    """Whether a process just started is gone. Only a thorough look (it costs 15 ms once) tells a zombie."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    if not thorough:
        return False
    import psutil

    try:
        return bool(psutil.Process(pid).status() == psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return True


def clear_remains(home: Path, socket_folder: Path, port: int, who: RunAs) -> bool:
    """After a crash: make stale files harmless and end orphaned backends. The caller knows that nobody answers.

    Returns False while the old postmaster still lives (it is just stopping, or starts elsewhere): try again later.
    """
    data = home / "pg" / "data"
    file = data / "postmaster.pid"
    if file.exists():
        first = file.read_text(encoding="utf-8", errors="surrogateescape").partition("\n")[0].strip()
        if first.isdigit() and is_server_process(int(first), data):
            return False
        end_orphans(data)
        # The file stays, as it names the shared memory by which PostgreSQL recognises backends still alive; only the
        # id goes, which by now may be a zombie's or another program's and would keep the server from starting.
        text = file.read_text(encoding="utf-8", errors="surrogateescape")
        _, _, rest = text.partition("\n")
        if rest.strip():
            place(file, f"{_NOBODYS_PID}\n{rest}", home, who)
        else:
            file.unlink()
    for name in (f".s.PGSQL.{port}.lock", f".s.PGSQL.{port}"):
        with contextlib.suppress(FileNotFoundError):
            (socket_folder / name).unlink()
    return True


def end_orphans(data: Path) -> None:
    """End backends whose postmaster is dead; they would keep a new one from starting."""
    import psutil

    place = os.path.realpath(data)
    orphans = []
    for process in psutil.process_iter(["name"]):
        try:
            if (process.info["name"] or "").startswith("postgres") and os.path.realpath(process.cwd()) == place:
                process.terminate()
                orphans.append(process)
        except (psutil.Error, OSError):
            continue
    _, alive = psutil.wait_procs(orphans, timeout=5)
    for process in alive:
        with contextlib.suppress(psutil.Error):
            process.kill()


def wait_gone(pid: int, data: Path, seconds: float) -> bool:
    """Wait until the postmaster has gone; False when it has not by then."""
    end = time.monotonic() + seconds
    file = data / "postmaster.pid"
    while time.monotonic() < end:
        if not file.exists() or not is_server_process(pid, data):
            return True
        time.sleep(0.01)
    return False
