"""Is a server there? Asked by the first message of a connection, without a password.

A process id proves nothing (it may be a zombie's, or another program's by now); an answer does. It takes 2 ms, where a
connection with a wrong password would cost the second of `auth_delay`.
"""

from __future__ import annotations

import os
import socket
import struct
from enum import Enum

from billing.server.address import Address

_PROTOCOL_3 = 196608
_CANNOT_CONNECT_NOW = b"57P03"
TIMEOUT_S = 5.0


class Answer(Enum):
    """What came back from the address."""

    READY = "asks who we are"
    BUSY = "starting, recovering or stopping"
    NOBODY = "no server listens"


def ask(address: Address, user: str = "mis_boot") -> Answer:
    """Send the first message of a connection and read what kind of answer comes."""
    words = f"user\0{user}\0database\0postgres\0\0".encode()
    message = struct.pack("!ii", len(words) + 8, _PROTOCOL_3) + words
    try:
        with _connect(address) as link:
            link.sendall(message)
            answer = link.recv(1024)
    except TimeoutError:
        return Answer.BUSY
    except OSError:
        return Answer.NOBODY
    if answer[:1] == b"R":
        return Answer.READY
    if answer[:1] == b"E" and _CANNOT_CONNECT_NOW not in answer:
        return Answer.READY  # it refuses (too many connections, say), hence it lives
    return Answer.BUSY if answer else Answer.NOBODY


def _connect(address: Address) -> socket.socket:
    if os.path.isabs(address.host) and hasattr(socket, "AF_UNIX"):
        link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        target: str | tuple[str, int] = address.socket_path
    else:
        link = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        target = (address.host, address.port)
    link.settimeout(TIMEOUT_S)
    try:
        link.connect(target)
    except OSError:
        link.close()
        raise
    return link
