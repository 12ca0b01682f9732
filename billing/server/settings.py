"""What the embedded cluster's configuration files say. They are written anew at every start."""

from __future__ import annotations

import os
import stat
import sys
from collections.abc import Mapping

# Every line asks for a SCRAM proof, the local socket too: being a user of this machine proves nothing (SECURITY R13).
HBA = """\
# Written by MoveInSync Desktop at every start.
local  all  all                scram-sha-256
host   all  all  127.0.0.1/32  scram-sha-256
host   all  all  ::1/128       scram-sha-256
"""

MAIN = """\
# Written by MoveInSync Desktop at every start; put settings of your own into local.conf.
include_if_exists = 'moveinsync.conf'
include_if_exists = 'local.conf'
"""

_TUNED: Mapping[str, str] = {
    "shared_preload_libraries": "auth_delay",
    "auth_delay.milliseconds": "1000",
    "password_encryption": "scram-sha-256",
    "fsync": "on",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "32MB",
    "maintenance_work_mem": "256MB",
    # An import or a close writes a megabyte of log in ten milliseconds; the default 8 MB make it wait for its own log.
    "wal_buffers": "64MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    # Statistics soon after an import or a run; without them the first plans take the ledger for empty.
    "autovacuum_naptime": "10s",
    "autovacuum_analyze_scale_factor": "0.02",
    # A program that was killed in the middle of a run must not hold its locks until the statement ends by itself.
    **({"client_connection_check_interval": "1s"} if sys.platform in ("linux", "darwin") else {}),
    "TimeZone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_line_prefix": "%m [%p] %e ",
    # No values and no tokens in the log: neither the statement of an error nor its DETAIL (which quotes rows).
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}
_SHM = "/dev/shm"
_SMALL_SHARED_MEMORY = 256 * 1024 * 1024


def render(listen: Mapping[str, str], extra: Mapping[str, str]) -> str:
    """The text of moveinsync.conf: the tuned settings, then where to listen, then the caller's."""
    values = {**_TUNED, **_shared_memory(), **listen, **extra}
    return "".join(f"{key} = '{_quoted(value)}'\n" for key, value in values.items())


def _shared_memory() -> dict[str, str]:
    # Containers often have 64 MB in /dev/shm, too little for parallel queries, and a bare root folder has one that only
    # root may write to; System V memory has neither limit.
    if sys.platform != "linux":
        return {}
    try:
        space, mode = os.statvfs(_SHM), os.stat(_SHM).st_mode
    except OSError:
        return {"dynamic_shared_memory_type": "sysv"}
    if space.f_blocks * space.f_frsize < _SMALL_SHARED_MEMORY or not mode & stat.S_IWOTH:
        return {"dynamic_shared_memory_type": "sysv"}
    return {}


def _quoted(value: str) -> str:
    return value.replace("\\", "\\\\").replace("'", "''")
