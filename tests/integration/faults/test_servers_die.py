"""A backend or the whole server is killed in the middle of a deed, or restarted while nobody works ((e) 2, 11)."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import psycopg2
import pytest

from billing.errors import UnavailableError
from billing.server.embedded import EmbeddedServer
from billing.server.processes import read_pid_file
from billing.services.workspace import owner_of, reach
from tests.integration.faults.conftest import NIGHTLY, World
from tests.integration.faults.deeds import DEEDS, attempt
from tests.support.faults import Fault, fault

PLACES = (
    dict.fromkeys(("backend", "postmaster"), (0.2, 0.5, 0.8, 1.0))
    if NIGHTLY
    else {"backend": (0.6,), "postmaster": (1.0,)}
)


def kill_backend(connection: Any) -> None:
    """SIGKILL for the process that serves this connection: the server restarts all of them."""
    _kill(connection.info.backend_pid, connection.info.backend_pid)


def kill_postmaster(home: Path) -> Callable[[Any], None]:
    """SIGKILL for the server's first process."""

    def kill(connection: Any) -> None:
        found = read_pid_file(home / "pg" / "data")
        assert found is not None
        _kill(found.pid, connection.info.backend_pid)

    return kill


def _kill(victim: int, backend: int) -> None:
    process = psutil.Process(backend)
    os.kill(victim, signal.SIGKILL)
    psutil.wait_procs([process], timeout=5)  # one that outlives its postmaster for a moment could still answer


@pytest.mark.parametrize("victim", ["backend", "postmaster"])
@pytest.mark.parametrize("name", DEEDS)
def test_a_server_killed_in_the_middle(world: World, tmp_path: Path, name: str, victim: str) -> None:
    first = DEEDS[name](world, tmp_path)
    with fault(0, "none") as counted, world.sign_in() as session:
        counted.calls.clear()
        assert first.do(session)
        commits = [at for at, what in enumerate(counted.calls, start=1) if what == "COMMIT"]
    for part in PLACES[victim]:
        deed = DEEDS[name](world, tmp_path)
        with fault(0, "none") as made, world.sign_in() as session:
            _arm(made, max(1, int(commits[-1] * part)), victim, world)
            told = attempt(deed, session)
            made.strike = None
            where = f"{name}, {victim} killed at {made.fired}: {told!r}"
            assert made.fired, where
            assert told is None or isinstance(told, UnavailableError), where
            assert deed.is_done() is (told is None), where
            assert deed.do(session), where
            assert deed.is_done(), where
        world.check()


def _arm(made: Fault, at: int, victim: str, world: World) -> None:
    made.strike = kill_backend if victim == "backend" else kill_postmaster(world.home)
    made.arm(at, "strike")


def test_a_restart_in_an_idle_hour_is_not_noticed(world: World, tmp_path: Path) -> None:
    """Reads and writes after it go on as if nothing had been; nobody signs in again."""
    with world.sign_in() as session:
        with session.unit_of_work() as uow:
            before = len(uow.users.all())
        _restart(world)
        with session.unit_of_work() as uow:
            assert len(uow.users.all()) == before
        _restart(world)
        deed = DEEDS["import"](world, tmp_path)
        assert attempt(deed, session) is None
        assert deed.is_done()


def _restart(world: World) -> None:
    """Stop it in the orderly way, as an administrator's upgrade would; the next connection starts it again."""
    owner = owner_of(world.profile)
    connection = psycopg2.connect(
        host=owner.host, port=owner.port, user=owner.user, password=owner.password, dbname="postgres"
    )
    found = read_pid_file(world.home / "pg" / "data")
    assert found is not None
    postmaster = psutil.Process(found.pid)
    os.kill(found.pid, signal.SIGINT)
    psutil.wait_procs([postmaster], timeout=10)
    connection.close()
    assert not EmbeddedServer(world.home).is_alive()


def test_the_session_of_before_reaches_the_new_address(world: World) -> None:
    with world.sign_in() as session:
        _restart(world)
        with session.unit_of_work() as uow:
            assert uow.users.all()
        assert (session.profile.host, session.profile.port) == (reach(world.profile).host, reach(world.profile).port)
