"""The last net: unexpected errors of any thread are logged, shown once a cause, and nothing is sent anywhere.

`install()` stands first in the program, before Qt. Errors before a window exists are queued and shown by it.
"""

from __future__ import annotations

import logging
import sys
import threading
import traceback
from collections.abc import Callable
from types import TracebackType

log = logging.getLogger(__name__)

Listener = Callable[[str, str], None]
QUEUE_LIMIT = 20


class CrashNet:
    """Collects unexpected errors; `listen` gives each new cause once, as (title, report)."""

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._queue: list[tuple[str, str]] = []
        self._listener: Listener | None = None
        self._lock = threading.Lock()

    def listen(self, listener: Listener | None) -> None:
        """Hand over what is queued and everything later. The listener must be safe to call from any thread."""
        with self._lock:
            self._listener = listener
            queued, self._queue = (self._queue, []) if listener else ([], self._queue)
        for title, report in queued:
            if listener:
                listener(title, report)

    def caught(self, kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
        """Log an error and pass it on when its cause is new."""
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error or kind(), trace)
            return
        log.critical("unexpected error", exc_info=(kind, error or kind(), trace))
        report = "".join(traceback.format_exception(kind, error, trace))
        with self._lock:
            cause = _cause(kind, trace)
            if cause in self._seen:
                return
            self._seen.add(cause)
            listener = self._listener
            if listener is None and len(self._queue) < QUEUE_LIMIT:
                self._queue.append((kind.__name__, report))
        if listener is not None:
            listener(kind.__name__, report)


def _cause(kind: type[BaseException], trace: TracebackType | None) -> str:
    """Errors of one kind from one place are one cause."""
    frames = traceback.extract_tb(trace)
    place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "nowhere"
    return f"{kind.__name__}@{place}"


net = CrashNet()


def install() -> None:
    """Take over the hooks for unhandled errors of the main thread and of all others."""
    sys.excepthook = net.caught
    threading.excepthook = lambda args: net.caught(args.exc_type, args.exc_value, args.exc_traceback)
