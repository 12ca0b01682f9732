"""Work off the GUI thread: reads on a small pool, writes one after the other, results back through one relay.

    workers.run_query(lambda: fetch(session), self._on_rows, self._on_error, owner=self, key="rows")
    job = workers.run_command(lambda progress: import_file(session, path, progress=progress),
                              self._on_imported, self._on_error, title="Importing trips", owner=self)
    job.progressed.connect(strip.set_progress)      # (done, total, what), at most 20 a second
    job.cancel()                                    # cancels on the server too: on_cancel=session.cancel_running

Rules: call these on the GUI thread only; `fn` runs elsewhere and must not touch widgets; callbacks run on the GUI
thread. With `owner` a result is dropped when the owner is gone; with `key` as well, a newer query of the same
(owner, key) cancels the older one, whose late answer is dropped. What a command returns is looked at for
`Changes` (itself, or its `.changes`), which `Workers.changes` tells to every open screen.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as FutureTimeout
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal
from shiboken6 import isValid

from billing.errors import KnownError
from billing.schemas.changes import Cancelled, Changes

log = logging.getLogger(__name__)

Progress = Callable[[int, int, str], None]
OnDone = Callable[[Any], None]
OnError = Callable[[Exception], None]
OnCancel = Callable[[int], object]

QUERY_THREADS = 3
PROGRESS_EVERY_S = 0.05


class Job(QObject):
    """One piece of work under way.

    Attributes: title (words for people), is_command, is_running, started (monotonic seconds).
    Signals: progressed(done, total, what); finished() whatever the outcome, after the callback ran.
    """

    progressed = Signal(int, int, str)
    finished = Signal()

    def __init__(self, title: str, is_command: bool, on_cancel: OnCancel | None) -> None:
        super().__init__()
        self.title = title
        self.is_command = is_command
        self.is_running = True
        self.started = time.monotonic()
        self.is_cancelled = False
        self.owner: QObject | None = None
        self.has_owner = False
        self.on_done: OnDone | None = None
        self.on_error: OnError | None = None
        self.future: Future[None] | None = None
        self.worker_thread: int | None = None
        self._on_cancel = on_cancel
        self._lock = threading.Lock()

    def cancel(self) -> None:
        """Ask the work to stop: a waiting job never starts, a running one is cancelled on the server."""
        if self.is_cancelled or not self.is_running:
            return
        self.is_cancelled = True
        if self.future is not None and self.future.cancel():
            return
        if self._on_cancel is not None:
            threading.Thread(target=self._tell_server, name="cancel", daemon=True).start()

    def begin(self) -> None:
        """The work starts in this thread."""
        with self._lock:
            self.worker_thread = threading.get_ident()

    def end(self) -> None:
        """The work ended; from now on the thread may be doing somebody else's."""
        with self._lock:
            self.worker_thread = None

    def _tell_server(self) -> None:
        try:
            with self._lock:
                if self._on_cancel is not None and self.worker_thread is not None:
                    self._on_cancel(self.worker_thread)
        except Exception:  # worker border: a failed cancel is only noted, the job ends by itself
            log.warning("cancel failed", exc_info=True)

    @property
    def is_wanted(self) -> bool:
        """False when nobody waits for the answer any more."""
        return not self.has_owner or (self.owner is not None and isValid(self.owner))


class _Relay(QObject):
    """Lives in the GUI thread; everything workers have to say arrives through its queued signals."""

    done = Signal(object, object, object)
    progressed = Signal(object, int, int, str)


class Workers(QObject):
    """The executors of the application.

    Signals: changes(Changes) after a committed command; busy_changed() when a job starts or ends;
    command_lost(str title, Exception) when a command failed that nobody waits for any more; failed(Exception) when
    anything did, whoever is told of it.
    """

    changes = Signal(object)
    busy_changed = Signal()
    command_lost = Signal(str, object)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._queries = ThreadPoolExecutor(QUERY_THREADS, thread_name_prefix="query")
        self._commands = ThreadPoolExecutor(1, thread_name_prefix="command")
        self._relay = _Relay(self)
        self._relay.done.connect(self._on_done, Qt.ConnectionType.QueuedConnection)
        self._relay.progressed.connect(self._on_progress, Qt.ConnectionType.QueuedConnection)
        self._jobs: set[Job] = set()
        self._newest: dict[tuple[int, str], Job] = {}
        self._is_closed = False

    @property
    def running(self) -> list[Job]:
        """Jobs that have not ended, commands first."""
        return sorted(self._jobs, key=lambda job: (not job.is_command, job.started))

    def run_query(
        self,
        fn: Callable[[], Any],
        on_done: OnDone,
        on_error: OnError | None = None,
        *,
        owner: QObject | None = None,
        key: str | None = None,
        on_cancel: OnCancel | None = None,
    ) -> Job:
        """Read something: `fn()` on the pool, then `on_done(result)` or `on_error(exception)` here."""
        job = self._job("", False, on_done, on_error, owner, on_cancel)
        if owner is not None and key is not None:
            older = self._newest.get((id(owner), key))
            if older is not None:
                older.cancel()
            self._newest[(id(owner), key)] = job
        self._start(self._queries, job, fn)
        return job

    def run_command(
        self,
        fn: Callable[[Progress], Any],
        on_done: OnDone | None = None,
        on_error: OnError | None = None,
        *,
        title: str = "",
        owner: QObject | None = None,
        on_cancel: OnCancel | None = None,
    ) -> Job:
        """Change something: `fn(progress)` on the single worker, one command after the other."""
        job = self._job(title, True, on_done, on_error, owner, on_cancel)
        self._start(self._commands, job, lambda: fn(self._progress_of(job)))
        return job

    def run_async_import(self, modules: tuple[str, ...]) -> None:
        """Load heavy modules in the background so that the first screen that needs them does not wait."""

        def load() -> None:
            import importlib

            for name in modules:
                importlib.import_module(name)

        self.run_query(load, lambda _result: None)

    def shutdown(self, wait_s: float = 2.0) -> None:
        """Cancel what runs, wait shortly, leave. Late results go nowhere."""
        self._is_closed = True
        jobs = list(self._jobs)
        for job in jobs:
            job.cancel()
        self._queries.shutdown(wait=False, cancel_futures=True)
        self._commands.shutdown(wait=False, cancel_futures=True)
        until = time.monotonic() + wait_s
        for job in jobs:
            if job.future is not None and not job.future.done():
                try:
                    job.future.exception(timeout=max(0.0, until - time.monotonic()))
                except (FutureTimeout, CancelledError):
                    log.info("left while work was under way: %s", job.title or "query")

    def _job(
        self,
        title: str,
        is_command: bool,
        on_done: OnDone | None,
        on_error: OnError | None,
        owner: QObject | None,
        on_cancel: OnCancel | None,
    ) -> Job:
        job = Job(title, is_command, on_cancel)
        job.owner, job.has_owner = owner, owner is not None
        job.on_done, job.on_error = on_done, on_error
        return job

    def _start(self, executor: ThreadPoolExecutor, job: Job, fn: Callable[[], Any]) -> None:
        if self._is_closed:
            return
        self._jobs.add(job)
        job.future = executor.submit(self._work, job, fn)
        job.future.add_done_callback(lambda future: self._relay_if_cancelled(job, future))
        self.busy_changed.emit()

    def _relay_if_cancelled(self, job: Job, future: Future[None]) -> None:
        if future.cancelled() and not self._is_closed:
            self._relay.done.emit(job, None, Cancelled())

    def _work(self, job: Job, fn: Callable[[], Any]) -> None:
        result, error = None, None
        job.begin()
        try:
            if job.is_cancelled:
                raise Cancelled
            result = fn()
        except Exception as raised:  # noqa: BLE001 - worker border: handed over to the GUI thread
            error = raised
        finally:
            job.end()
        if not self._is_closed:
            self._relay.done.emit(job, result, error)

    def _progress_of(self, job: Job) -> Progress:
        last = 0.0

        def progress(done: int, total: int, what: str = "") -> None:
            nonlocal last
            if job.is_cancelled:
                raise Cancelled
            now = time.monotonic()
            if now - last >= PROGRESS_EVERY_S or done >= total:
                last = now
                if not self._is_closed:
                    self._relay.progressed.emit(job, done, total, what)

        return progress

    def _on_progress(self, job: Job, done: int, total: int, what: str) -> None:
        if job.is_running and job.is_wanted:
            job.progressed.emit(done, total, what)

    def _on_done(self, job: Job, result: Any, error: Exception | None) -> None:
        job.is_running = False
        self._jobs.discard(job)
        for place, newest in list(self._newest.items()):
            if newest is job:
                del self._newest[place]
        try:
            self._hand_over(job, result, error)
        finally:
            job.finished.emit()
            self.busy_changed.emit()

    def _hand_over(self, job: Job, result: Any, error: Exception | None) -> None:
        if error is None and job.is_command:
            changes = result if isinstance(result, Changes) else getattr(result, "changes", None)
            if isinstance(changes, Changes):
                self.changes.emit(changes)
        if error is None:
            if job.is_wanted and not (job.is_cancelled and not job.is_command) and job.on_done is not None:
                job.on_done(result)
            return
        self.failed.emit(error)
        if not isinstance(error, (KnownError, Cancelled)):
            log.error("a job failed: %s", job.title or "query", exc_info=error)
        if not job.is_wanted or job.on_error is None:
            if job.is_command and not isinstance(error, Cancelled):
                self.command_lost.emit(job.title, error)
            return
        if job.is_command or not job.is_cancelled:
            job.on_error(error)
