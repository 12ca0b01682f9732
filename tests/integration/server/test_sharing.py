"""Several processes on one data folder, and what is left when one of them is killed."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from billing.errors import RefusedError
from billing.server.embedded import EmbeddedServer
from billing.server.processes import is_server_process, read_pid_file
from tests.support.folders import copy_with_owners, short_folder
from tests.support.pg import FAST
from tests.support.processes import ClientProcess


@pytest.fixture(scope="module")
def template() -> Iterator[Path]:
    """A data folder with a cluster, to be copied."""
    with short_folder() as home:
        EmbeddedServer(home, extra=FAST).init("boot-password")
        yield home


@pytest.fixture
def server(template: Path) -> Iterator[EmbeddedServer]:
    """A cluster that nobody runs."""
    with short_folder() as home:
        copy_with_owners(template, home)
        found = EmbeddedServer(home, extra=FAST)
        yield found
        found.stop()
        found.remove()


def postmaster(server: EmbeddedServer) -> int:
    found = read_pid_file(server.data)
    assert found is not None
    return found.pid


def test_last_process_to_leave_stops_the_server(server: EmbeddedServer) -> None:
    with ClientProcess(server.home) as first, ClientProcess(server.home) as second:
        assert first.wait_attached() == second.wait_attached() != ""
        pid = postmaster(server)
        assert first.leave() == 0
        assert server.is_alive()
        assert postmaster(server) == pid
        assert second.leave() == 0
    assert not server.is_alive()
    assert not is_server_process(pid, server.data)


def test_killed_process_does_not_keep_the_server_running_for_ever(server: EmbeddedServer) -> None:
    with ClientProcess(server.home) as client:
        client.wait_attached()
        client.kill()
    assert server.is_alive()
    server.start()
    server.stop()
    assert not server.is_alive()


def test_four_processes_racing_for_the_first_start_get_one_server(server: EmbeddedServer) -> None:
    clients = [ClientProcess(server.home) for _ in range(4)]
    try:
        addresses = {client.wait_attached() for client in clients}
        assert len(addresses) == 1
        running = [p for p in psutil.process_iter(["name"]) if _is_postmaster_of(p, server)]
        assert len(running) == 1
    finally:
        assert [client.leave() for client in clients] == [0, 0, 0, 0]
    assert not server.is_alive()


def _is_postmaster_of(process: psutil.Process, server: EmbeddedServer) -> bool:
    try:
        words = process.cmdline()
    except psutil.Error:
        return False
    return process.info["name"] == "postgres" and words[-1:] == [str(server.data)]


def test_killed_postmaster_is_started_again_and_acknowledged_rows_are_there(server: EmbeddedServer) -> None:
    import psycopg2

    address = server.start()
    words = {"host": address.host, "port": address.port, "user": "mis_boot", "password": "boot-password"}
    with psycopg2.connect(dbname="postgres", **words) as link, link.cursor() as cursor:
        cursor.execute("create table kept as select generate_series(1, 1000) as n")
    busy = psycopg2.connect(dbname="postgres", **words)
    with busy.cursor() as cursor:
        cursor.execute("insert into kept select 1")  # never committed
    link.close()
    os.kill(postmaster(server), signal.SIGKILL)
    begun = time.monotonic()
    address = server.start()
    assert time.monotonic() - begun < 10
    with psycopg2.connect(dbname="postgres", **words) as link, link.cursor() as cursor:
        cursor.execute("select count(*) from kept")
        assert cursor.fetchone() == (1000,)
    link.close()
    busy.close()


def test_orphaned_backend_of_a_killed_postmaster_is_ended_first(server: EmbeddedServer) -> None:
    import threading

    import psycopg2

    address = server.start()
    words = {"host": address.host, "port": address.port, "user": "mis_boot", "password": "boot-password"}
    link = psycopg2.connect(dbname="postgres", **words)

    def compute() -> None:
        with link.cursor() as cursor, pytest.raises(psycopg2.Error):
            cursor.execute("select count(*) from generate_series(1, 2000000000)")

    worker = threading.Thread(target=compute)
    worker.start()
    time.sleep(0.3)
    os.kill(postmaster(server), signal.SIGKILL)
    server.start()
    worker.join(10)
    assert not worker.is_alive()
    link.close()
    assert server.is_alive()


def test_recycled_process_id_in_a_stale_pid_file_does_not_mislead(server: EmbeddedServer) -> None:
    address = server.start()
    pid = postmaster(server)
    os.kill(pid, signal.SIGKILL)
    while psutil.pid_exists(pid) and psutil.Process(pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    with subprocess.Popen(["/bin/cat"], stdin=subprocess.PIPE, **_as_owner(server)) as innocent:
        for file in (server.data / "postmaster.pid", server.pg / ".s.PGSQL.5432.lock"):
            text = file.read_text(encoding="utf-8")
            file.write_text(text.replace(f"{pid}\n", f"{innocent.pid}\n", 1), encoding="utf-8")
        assert server.start() == address
        assert innocent.poll() is None
        innocent.communicate()
    assert server.is_alive()


def _as_owner(server: EmbeddedServer) -> dict[str, int]:
    # PostgreSQL only believes in ids of its own user; a process of root would not test anything.
    return {"user": server.pg.stat().st_uid} if os.geteuid() == 0 else {}


def test_zombie_postmaster_counts_as_dead(server: EmbeddedServer) -> None:
    server.start()
    pid = postmaster(server)
    os.kill(pid, signal.SIGKILL)
    zombie = subprocess.Popen(["/bin/true"], **_as_owner(server))
    while psutil.Process(zombie.pid).status() != psutil.STATUS_ZOMBIE:
        time.sleep(0.01)
    file = server.data / "postmaster.pid"
    file.write_text(file.read_text(encoding="utf-8").replace(f"{pid}\n", f"{zombie.pid}\n", 1), encoding="utf-8")
    server.start()
    assert server.is_alive()
    zombie.wait()


@pytest.mark.parametrize("content", ["", "12", "99999\n", "not a number\n"])
def test_broken_pid_file_does_not_keep_the_server_from_starting(server: EmbeddedServer, content: str) -> None:
    (server.data / "postmaster.pid").write_text(content, encoding="utf-8")
    server.start()
    assert server.is_alive()


def test_database_in_use_is_not_removed(server: EmbeddedServer) -> None:
    with ClientProcess(server.home) as client:
        client.wait_attached()
        with pytest.raises(RefusedError) as refused:
            server.remove()
        assert refused.value.code == "DATABASE_IN_USE"
        assert server.is_alive()
        client.leave()
