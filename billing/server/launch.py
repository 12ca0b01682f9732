"""Starting the server's program, with its configuration files written anew."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

from billing.server.binaries import program
from billing.server.cluster import clean_environment, programs_for, run_as
from billing.server.folder import PORT, place
from billing.server.settings import HBA, MAIN, render
from billing.server.system_user import RunAs

_LOG_LIMIT = 5_000_000
# Positional words only, so no path is ever read as shell text; the shell's exit leaves the server without a parent,
# hence no zombie and no Ctrl-C from the terminal. The answer is the server's process id.
_LAUNCH = 'log=$1; shift; "$@" </dev/null >>"$log" 2>&1 & echo $!'
_NO_WINDOW = getattr(subprocess, "CREATE_NO_WINDOW", 0)


def write_settings(home: Path, who: RunAs, sockets: Path | None, extra: Mapping[str, str]) -> None:
    """Write the configuration; the server listens in the folder `sockets`, or without one on 127.0.0.1."""
    if sockets is None:
        listen = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "port": str(_free_port())}
    else:
        # A list of names: quoted, so that commas and spaces in a path stay part of it.
        quoted = '"' + str(sockets).replace('"', '""') + '"'
        listen = {"listen_addresses": "", "unix_socket_directories": quoted, "port": str(PORT)}
    data, log = home / "pg" / "data", home / "pg" / "server.log"
    texts = {"moveinsync.conf": render(listen, extra), "postgresql.conf": MAIN, "pg_hba.conf": HBA}
    if not (data / "local.conf").exists():
        texts["local.conf"] = ""
    for name, text in texts.items():
        place(data / name, text, home, who)
    if log.exists() and log.stat().st_size > _LOG_LIMIT:
        log.replace(log.with_suffix(".log.1"))


def launch(home: Path, who: RunAs, seconds: float, programs: Path | None = None) -> int:
    """Start the server's program; gives its process id, or 0 where it was started and waited for by pg_ctl."""
    pg = home / "pg"
    programs = programs or programs_for(who)
    if os.name == "nt":
        # pg_ctl gives up administrators' rights, which PostgreSQL insists on.
        words = [str(program("pg_ctl", programs)), "start", "-w", "-s", "-D", str(pg / "data")]
        words += ["-t", str(int(seconds)), "-l", str(pg / "server.log")]
        subprocess.run(words, check=False, cwd=pg, env=clean_environment(pg), creationflags=_NO_WINDOW)
        return 0
    words = [str(program("postgres", programs)), "-D", str(pg / "data")]
    shell = ["/bin/sh", "-c", _LAUNCH, "sh", str(pg / "server.log"), *words]
    done = run_as(who, shell, pg, check=True, stdout=subprocess.PIPE, start_new_session=True, umask=0o077)
    return int(done.stdout)


def stop_by_pg_ctl(home: Path) -> None:
    """Windows: stop the server, open transactions are rolled back."""
    words = [str(program("pg_ctl")), "stop", "-s", "-m", "fast", "-D", str(home / "pg" / "data")]
    subprocess.run(words, check=False, env=clean_environment(home / "pg"), creationflags=_NO_WINDOW)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
