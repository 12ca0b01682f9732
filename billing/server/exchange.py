"""One cluster put in the place of another: after a restore, or when a newer PostgreSQL has taken over the data.

The new cluster is made in `<home>/beside`, while nobody uses the old one. Only when it is known to hold everything do
the two change places, and the old one stays as `<home>/pg-<why>-<time>`. A mark file makes the exchange complete after
a power cut between its two renames.
"""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

from billing.durable import sync_folder

_BESIDE = "beside"
_MARK = "exchange"
KEPT = "pg-*-*"


def beside_folder(home: Path) -> Path:
    """The data folder inside the data folder that a second cluster is made in."""
    return home / _BESIDE


def clear_beside(home: Path) -> None:
    """Remove what an interrupted attempt left; nothing when an exchange is to be completed."""
    if not finish_exchange(home):
        shutil.rmtree(beside_folder(home), ignore_errors=True)


def exchange(home: Path, why: str) -> Path | None:
    """Put the second cluster in the place of the first; both are stopped. Gives where the old one is now, if any."""
    kept = home / f"pg-{why}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    mark = home / _MARK
    mark.write_text(kept.name, encoding="ascii")
    sync_folder(home)
    had_one = (home / "pg").exists()
    if had_one:
        (home / "pg").rename(kept)
    finish_exchange(home)
    return kept if had_one else None


def put_aside(home: Path, why: str) -> Path:
    """Keep the cluster, stopped, under another name; the data folder then has none. Gives where it is."""
    kept = home / f"pg-{why}-{datetime.now(UTC):%Y%m%d-%H%M%S}"
    (home / "pg").rename(kept)
    sync_folder(home)
    return kept


def finish_exchange(home: Path) -> bool:
    """Complete an exchange that was interrupted; gives whether there was one."""
    mark, waiting = home / _MARK, beside_folder(home) / "pg"
    if not mark.exists():
        return False
    if waiting.exists() and not (home / "pg").exists():
        waiting.rename(home / "pg")
    sync_folder(home)
    mark.unlink()
    shutil.rmtree(beside_folder(home), ignore_errors=True)
    return True


def kept_clusters(home: Path) -> list[Path]:
    """Clusters that were put aside and wait for somebody to remove them, oldest first."""
    return sorted((path for path in home.glob(KEPT) if path.is_dir()), key=lambda path: path.name[-15:])
