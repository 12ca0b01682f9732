"""Where a server listens."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Address:
    """What libpq calls host and port: a folder with the socket (Linux, macOS), or 127.0.0.1 and a port."""

    host: str
    port: int

    @property
    def socket_path(self) -> str:
        """The path of the socket itself, for an address that is a folder."""
        return os.path.join(self.host, f".s.PGSQL.{self.port}")
