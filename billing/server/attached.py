"""The servers this process keeps running: one attachment a data folder, until the process ends or lets go."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping
from pathlib import Path

from billing.server.address import Address
from billing.server.embedded import EmbeddedServer

_servers: dict[Path, EmbeddedServer] = {}
_lock = threading.Lock()


def attach(home: Path, extra: Mapping[str, str] | None = None) -> Address:
    """Where the data folder's server listens; started where needed, again after a crash too."""
    key = Path(os.path.abspath(home))
    with _lock:
        server = _servers.get(key)
        if server is None:
            server = EmbeddedServer(key, extra=extra)
        address = server.start()
        _servers[key] = server
    return address


def release(home: Path) -> None:
    """Let go of a data folder's server before the process ends; the last process that does so stops it."""
    with _lock:
        server = _servers.pop(Path(os.path.abspath(home)), None)
    if server is not None:
        server.stop()


def leave_running(home: Path) -> None:
    """Let go without stopping the server, for a program that is started next; the last of those stops it."""
    with _lock:
        server = _servers.pop(Path(os.path.abspath(home)), None)
    if server is not None:
        server.leave_running()
