"""Somebody else sits on the server's port or socket: another is taken, and a foreign program is left alone ((e) 11)."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from billing.server import launch
from billing.server.embedded import EmbeddedServer
from tests.support.folders import short_folder
from tests.support.pg import FAST


def test_a_port_that_was_just_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between choosing a port and listening on it another program may come first."""
    with short_folder() as home, socket.create_server(("127.0.0.1", 0)) as foreign:
        taken, usual, asked = int(foreign.getsockname()[1]), launch._free_port, list[int]()

        def port() -> int:
            asked.append(1)
            return taken if len(asked) == 1 else usual()

        monkeypatch.setattr(launch, "_free_port", port)
        server = EmbeddedServer(home, tcp=True, extra=FAST)
        server.init("boot-password")
        with server as address:
            assert address.port != taken
            assert len(asked) == 2
            assert server.is_alive()
        assert foreign.fileno() != -1


@pytest.mark.skipif(os.name == "nt", reason="the server of Windows has no socket")
def test_a_socket_file_that_nobody_listens_on() -> None:
    """Left by a power cut: the name is there, and the server takes it."""
    with short_folder() as home:
        server = EmbeddedServer(home, extra=FAST)
        server.init("boot-password")
        with server as address:
            place = Path(address.host) / f".s.PGSQL.{address.port}"
        left = socket.socket(socket.AF_UNIX)
        left.bind(str(place))
        left.close()
        assert place.exists()
        with server:
            assert server.is_alive()
