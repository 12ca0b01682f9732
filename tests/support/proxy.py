"""A TCP proxy before the database that can be told to cut the line.

with Proxy(address) as proxy:
    profile = profile.at("127.0.0.1", proxy.port)
    proxy.cut_after(bytes_from_now)      # whichever direction the byte goes in
    proxy.cut_at_commit(carried_out=True)    # COMMIT is passed on, its answer is not; False: neither is
    proxy.hold()                         # nothing is passed on any more, nothing is cut: a VPN that fell silent
    proxy.go_on()                        # what was held is passed on
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from pathlib import Path

from billing.server.address import Address

_COMMIT = b"COMMIT\x00"


class Proxy:
    """Passes bytes on. Attributes: port, passed (bytes since the last order), cuts (lines cut so far)."""

    def __init__(self, target: Address) -> None:
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.passed = 0
        self.cuts = 0
        self._cut_after: int | None = None
        self._commit: bool | None = None
        self._swallows = False
        self._flows = threading.Event()
        self._flows.set()
        self._lock = threading.Lock()
        self._ended = False

    def __enter__(self) -> Proxy:
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._ended = True
        self._flows.set()
        self._listener.close()

    def hold(self) -> None:
        """From now on bytes are taken and not passed on, new lines' as well; the system of either end sees no fault."""
        self._flows.clear()

    def go_on(self) -> None:
        """The network is back: what was held arrives."""
        self._flows.set()

    def cut_after(self, count: int | None) -> None:
        """Cut when so many more bytes have passed; None: not any more."""
        with self._lock:
            self.passed, self._cut_after, self._commit = 0, count, None

    def cut_at_commit(self, *, carried_out: bool) -> None:
        """Cut at the next COMMIT: after the server answered it, or before the server hears of it."""
        with self._lock:
            self.passed, self._cut_after, self._commit = 0, None, carried_out

    def _accept(self) -> None:
        while not self._ended:
            with contextlib.suppress(OSError):
                client, _ = self._listener.accept()
                server = self._reach()
                for words in ((client, server, True), (server, client, False)):
                    threading.Thread(target=self._pump, args=words, daemon=True).start()

    def _reach(self) -> socket.socket:
        if self._target.host.startswith("/"):
            made = socket.socket(socket.AF_UNIX)
            made.connect(str(Path(self._target.host) / f".s.PGSQL.{self._target.port}"))
            return made
        return socket.create_connection((self._target.host, self._target.port))

    def _pump(self, source: socket.socket, sink: socket.socket, from_client: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self._flows.wait()
                part, cuts = self._judge(data, from_client)
                sink.sendall(part)
                if cuts:
                    break
        _hang_up(source)
        _hang_up(sink)

    def _judge(self, data: bytes, from_client: bool) -> tuple[bytes, bool]:
        """What of it is passed on, and whether the line is cut then."""
        with self._lock:
            if self._commit is not None and from_client and _COMMIT in data:
                carried_out, self._commit = self._commit, None
                self._swallows = carried_out  # the server does it and says so; nobody hears it
                self.cuts += 1
                return (data if carried_out else b""), not carried_out
            if self._swallows and not from_client:
                self._swallows = False
                return b"", True
            if self._cut_after is not None and self.passed + len(data) > self._cut_after:
                part, self._cut_after = data[: self._cut_after - self.passed], None
                self.cuts += 1
                return part, True
            self.passed += len(data)
            return data, False


def _hang_up(end: socket.socket) -> None:
    """At once, without a farewell."""
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        end.shutdown(socket.SHUT_RDWR)
    end.close()
