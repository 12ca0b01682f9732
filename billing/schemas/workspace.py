"""How to reach a database as the one who installs it."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Administrator:
    """A login that may create roles and databases: `mis_boot` of an embedded server, or a shared server's own.

    Used by installation and migration only (SECURITY R1). `ca_file` verifies a server that is not on loopback.
    """

    host: str
    port: int
    user: str
    password: str = field(repr=False)
    maintenance_database: str = "postgres"
    ca_file: str = ""

    @property
    def on_loopback(self) -> bool:
        """Whether the connection stays on this machine, so that TLS may be absent (SECURITY R12)."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine: a socket folder, an empty name, localhost or a loopback address."""
    if host in ("", "localhost") or host.startswith(("/", "@")):
        return True
    import ipaddress

    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
