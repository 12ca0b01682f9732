"""Embedded servers for tests."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from billing.server.address import Address
from billing.server.embedded import EmbeddedServer
from tests.support.folders import short_folder

# Power cuts are not part of these tests, so nothing waits for the disk; what is committed still survives a kill -9.
# Shared memory lies in files of the cluster's folder: a killed server leaves none behind.
FAST = {"fsync": "off", "shared_buffers": "128MB", "dynamic_shared_memory_type": "mmap"}


@dataclass(frozen=True, slots=True)
class Cluster:
    """A running empty cluster and how to get in as its superuser."""

    server: EmbeddedServer
    address: Address
    user: str
    password: str

    def connect(self, database: str = "postgres", **more: Any) -> Any:
        """A psycopg2 connection, as the superuser unless `user` and `password` say otherwise."""
        import psycopg2

        words = {"user": self.user, "password": self.password, **more}
        return psycopg2.connect(host=self.address.host, port=self.address.port, dbname=database, **words)


@contextmanager
def throwaway_cluster(*, tcp: bool = False) -> Iterator[Cluster]:
    """An empty cluster of its own, removed afterwards."""
    with short_folder() as home:
        server = EmbeddedServer(home, tcp=tcp, extra=FAST)
        password = secrets.token_hex(16)
        server.init(password)
        with server as address:
            yield Cluster(server, address, "mis_boot", password)
