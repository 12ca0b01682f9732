"""The embedded PostgreSQL server of one data folder: made, started, shared and stopped (DESIGN.md section 4).

Every process that uses it holds a shared lock on `attach.lock`; whoever leaves and gets that lock exclusively was the
last and stops the server. The operating system gives the lock back for a process that was killed, so nothing is
counted and nothing can be counted wrong. Whether the server lives is asked by connecting, never by process ids.
"""

from __future__ import annotations

import atexit
import os
import shutil
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType

from billing.errors import RefusedError, UnavailableError
from billing.server import cluster, processes
from billing.server.address import Address
from billing.server.exchange import finish_exchange
from billing.server.folder import (
    PORT,
    prepare_home,
    refuse_foreign_owner,
    refuse_unreachable,
    refuse_unsafe_drive,
    socket_folder,
)
from billing.server.launch import launch, stop_by_pg_ctl, write_settings
from billing.server.locks import FileLock
from billing.server.probe import Answer, ask
from billing.server.system_user import RunAs, server_user
from billing.server.versions import keep_programs, refuse_other_major

# Recovery after a crash may replay 2 GB of log; meanwhile the server answers "starting".
START_SECONDS = 600.0
STOP_SECONDS = 60.0
_LONG_PAUSE = 0.05
_ATTEMPTS = 5


class EmbeddedServer:
    """The server of one data folder, as this process sees it.

    `tcp` makes it listen on 127.0.0.1 and a free port (always so on Windows) instead of a socket in the folder.
    `extra` adds server settings, for tests; `programs` is another PostgreSQL than the program's own, for a cluster of
    an older major version. As a context manager it attaches and detaches.
    """

    def __init__(
        self,
        home: Path,
        *,
        tcp: bool = os.name == "nt",
        extra: Mapping[str, str] | None = None,
        programs: Path | None = None,
    ) -> None:
        self.home = Path(os.path.abspath(home))
        self._tcp = tcp
        self._programs = programs
        self._extra = dict(extra or {})
        self._mutex = FileLock(self.home / "start.lock")
        self._attached = FileLock(self.home / "attach.lock")

    @property
    def pg(self) -> Path:
        """The folder of the server's user: cluster, log and socket."""
        return self.home / "pg"

    @property
    def data(self) -> Path:
        """The cluster itself."""
        return self.pg / "data"

    @property
    def log_file(self) -> Path:
        """What the server writes: errors by SQLSTATE, without statements and values."""
        return self.pg / "server.log"

    @property
    def initialised(self) -> bool:
        """Whether a whole cluster is there."""
        return (self.data / "PG_VERSION").exists()

    @property
    def attached(self) -> bool:
        """Whether this object keeps the server running."""
        return self._attached.held

    def init(self, superuser_password: str) -> None:
        """Make the cluster; does nothing when it is there. The password is that of `mis_boot`, ASCII.

        Raises RefusedError or UnavailableError where a cluster cannot or must not live.
        """
        who = server_user()
        prepare_home(self.home, who)
        with self._mutex:
            if self.initialised:
                return
            if not self.pg.exists():
                self.pg.mkdir(mode=0o700)
                who.give(self.pg)
            refuse_foreign_owner(self.pg, who)
            cluster.make_cluster(self.pg, who, superuser_password, self._extra, self._programs)

    def address(self) -> Address | None:
        """Where a running server listens, as its own pid file says; None when there is none."""
        found = processes.read_pid_file(self.data)
        return found.address if found else None

    def is_alive(self) -> bool:
        """Whether a connection without a password is answered now."""
        address = self.address()
        return address is not None and ask(address) is Answer.READY

    def start(self) -> Address:
        """Attach to the server, starting it where it does not run; gives where it listens.

        May be called again after a crash. Raises UnavailableError when it cannot run, with the reason.
        """
        if not self.initialised and not finish_exchange(self.home):
            self._say_why_not_there()
        with self._locked_mutex():
            fresh = not self._attached.held
            if fresh:
                self._attached.acquire(shared=True)
            try:
                address = self._ensure_running()
            except BaseException as error:
                if fresh:
                    self._attached.release()
                if isinstance(error, OSError):  # a full or read-only disk, most likely
                    raise self._unusable(error) from error
                raise
        if fresh:
            atexit.register(self.stop)
        return address

    def stop(self) -> None:
        """Detach; the last process that does so stops the server. Does nothing when not attached."""
        if not self._attached.held:
            return
        atexit.unregister(self.stop)
        if not self.data.exists():  # somebody removed the folder: PostgreSQL sees that itself and ends
            self._attached.release()
            return
        with self._mutex:
            self._attached.release()
            try:
                if self._attached.acquire(wait=False):
                    self._stop_server()
            finally:
                self._attached.release()

    def remove(self) -> None:
        """Stop the server and remove the cluster with all its data.

        Raises RefusedError while another process (or another object of this one) uses it.
        """
        if self.pg.exists():
            with self.alone():
                short = self.pg if self._tcp else socket_folder(self.home, server_user())
                shutil.rmtree(self.pg)
                if short != self.pg:
                    shutil.rmtree(short)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """The server stopped and nobody able to start it meanwhile.

        Raises RefusedError while another process (or another object of this one) uses it.
        """
        if self._attached.held:
            raise RefusedError("DATABASE_IN_USE", "Detach from the database first.", where=str(self.home))
        with self._locked_mutex():
            if not self._attached.acquire(wait=False):
                raise RefusedError(
                    "DATABASE_IN_USE",
                    f"Another window or command uses the database in {self.home}.",
                    where=str(self.home),
                    hint="Close it first.",
                )
            try:
                self._stop_server()
                yield
            finally:
                self._attached.release()

    @contextmanager
    def running_alone(self) -> Iterator[Address]:
        """The server running, for somebody who has it `alone`; stopped again afterwards."""
        try:
            yield self._ensure_running()
        finally:
            self._stop_server()

    def leave_running(self) -> None:
        """Detach without stopping the server, for somebody who comes later; whoever leaves last then stops it."""
        atexit.unregister(self.stop)
        self._attached.release()

    def __enter__(self) -> Address:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _locked_mutex(self) -> FileLock:
        try:
            self._mutex.acquire()
        except OSError as error:
            raise self._unusable(error) from error
        return self._mutex

    def _unusable(self, error: OSError) -> UnavailableError:
        reason = f"The data folder {self.home} cannot be used: {error.strerror}."
        return UnavailableError("DATA_FOLDER", reason, where=error.filename or str(self.home))

    def _say_why_not_there(self) -> None:
        if self.pg.exists():
            refuse_foreign_owner(self.pg, server_user())
        raise UnavailableError(
            "NO_DATABASE",
            f"There is no database in {self.home}.",
            where=str(self.home),
            hint="Make one: moveinsync db init --admin EMAIL, or moveinsync demo.",
        )

    def _ensure_running(self) -> Address:
        address = self.address()
        if address is not None and ask(address) is Answer.READY:
            return address
        refuse_unsafe_drive(self.home)
        who = server_user()
        refuse_unreachable(self.home, who)
        refuse_foreign_owner(self.pg, who)
        refuse_other_major(self.data, self._programs)
        end = time.monotonic() + START_SECONDS
        for _ in range(_ATTEMPTS):
            started = self._start_once(who, end)
            if started is not None:
                return started
        raise UnavailableError(
            "SERVER_START", f"The database could not be started: {self._last_words()}", where=str(self.log_file)
        )

    def _start_once(self, who: RunAs, end: float) -> Address | None:
        """One try; None when the server ended at once (a port just taken, orphans of a crash not yet gone)."""
        folder = self.pg if self._tcp else socket_folder(self.home, who)
        pid = 0
        if self._nobody_answers():
            while not processes.clear_remains(self.home, folder, PORT, who):
                _give_up_after(end, self.home)
                time.sleep(0.02)
                if not self._nobody_answers():
                    break  # it lived all the time: after the death of a backend it hears nobody for a moment
            else:
                write_settings(self.home, who, None if self._tcp else folder, self._extra)
                pid = launch(self.home, who, START_SECONDS, self._programs)
                keep_programs()  # while the server starts
        pause = 0.004
        while True:
            _give_up_after(end, self.home)
            found = processes.read_pid_file(self.data)
            answer = ask(found.address) if found and (not pid or found.pid == pid) else Answer.NOBODY
            if found and answer is Answer.READY:
                return found.address
            if answer is Answer.NOBODY and (not pid or processes.has_ended(pid, thorough=pause >= _LONG_PAUSE)):
                return None
            time.sleep(pause)
            pause = min(pause * 1.2, _LONG_PAUSE)

    def _nobody_answers(self) -> bool:
        known = self.address()
        return known is None or ask(known) is Answer.NOBODY

    def _stop_server(self) -> None:
        found = processes.read_pid_file(self.data)
        if found is None or not processes.is_server_process(found.pid, self.data):
            return
        if os.name == "nt":
            stop_by_pg_ctl(self.home)
            return
        os.kill(found.pid, signal.SIGINT)  # "fast": open transactions are rolled back, then a checkpoint
        if not processes.wait_gone(found.pid, self.data, STOP_SECONDS):
            raise UnavailableError(
                "SERVER_STOP", "The database has not stopped within a minute.", where=str(self.log_file)
            )

    def _last_words(self) -> str:
        try:
            lines = self.log_file.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return "it left no log"
        telling = [line for line in lines[-40:] if "FATAL" in line or "PANIC" in line or "could not" in line]
        return (telling or lines or ["it left no log"])[-1]


def _give_up_after(end: float, home: Path) -> None:
    if time.monotonic() > end:
        raise UnavailableError(
            "SERVER_START", "The database has not answered for ten minutes.", where=str(home / "pg" / "server.log")
        )
