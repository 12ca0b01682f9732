"""kill -9 in the middle of work: all or nothing, and the next one just goes on (SECURITY.md (e) 1 and 2)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import psutil
import pytest

from billing.errors import UnavailableError
from billing.schemas.ids import new_id
from billing.schemas.parties import Client
from billing.server.processes import read_pid_file
from billing.services.workspace import open_session
from billing.store.profiles import Profile
from billing.store.session import Session
from tests.support.people import ADMIN, PASSWORD
from tests.support.processes import ROOT

_WORK = """
import sys
from pathlib import Path
from billing.schemas.ids import new_id
from billing.schemas.parties import Client
from billing.services.workspace import open_session
session = open_session(Path(sys.argv[1]), email=sys.argv[2])
with session.unit_of_work() as uow:
    uow.clients.add([Client(id=new_id(), code=f"K{n}", name="killed") for n in range(100)])
    print("written", flush=True)
    sys.stdin.read()
    uow.commit()
"""


def codes(profile: Profile) -> list[str]:
    with open_session(profile.home, email=ADMIN, password=PASSWORD) as session, session.unit_of_work() as uow:
        return [client.code for client in uow.clients.find()]


def test_killed_program_leaves_nothing_of_its_transaction(profile: Profile) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _WORK, str(profile.home), ADMIN],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "MOVEINSYNC_PASSWORD": PASSWORD},
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "written\n"
        assert codes(profile) == []
        program.kill()
        program.communicate()
    assert codes(profile) == []


@pytest.mark.parametrize("victim", ["backend", "postmaster"])
def test_killed_server_process_undoes_what_was_open_and_keeps_what_was_acknowledged(
    profile: Profile, victim: str
) -> None:
    with open_session(profile.home, email=ADMIN, password=PASSWORD) as session:
        with session.unit_of_work() as uow:
            uow.clients.add([Client(id=new_id(), code="KEPT", name="acknowledged")])
            uow.commit()
        with pytest.raises(UnavailableError):
            _write_and_lose_the_server(session, profile, victim)
        with session.unit_of_work() as uow:
            assert [client.code for client in uow.clients.find()] == ["KEPT"]


def _write_and_lose_the_server(session: Session, profile: Profile, victim: str) -> None:
    with session.unit_of_work() as uow:
        uow.clients.add([Client(id=new_id(), code="LOST", name="not yet")])
        _kill(profile, victim, uow.cursor.connection.info.backend_pid)
        uow.clients.find()


def _kill(profile: Profile, victim: str, backend: int) -> None:
    found = read_pid_file(profile.home / "pg" / "data")
    assert found is not None
    process = psutil.Process(backend)
    os.kill(found.pid if victim == "postmaster" else backend, signal.SIGKILL)
    # a backend that outlives its postmaster for a moment could still answer a statement
    psutil.wait_procs([process], timeout=5)


@pytest.mark.parametrize("victim", ["backend", "postmaster"])
def test_idle_session_goes_on_after_a_crash_as_if_nothing_had_been(profile: Profile, victim: str) -> None:
    with open_session(profile.home, email=ADMIN, password=PASSWORD) as session:
        with session.unit_of_work() as uow:
            backend = uow.cursor.connection.info.backend_pid
        _kill(profile, victim, backend)
        with session.unit_of_work() as uow:
            assert [user.email for user in uow.users.all()] == [ADMIN]
