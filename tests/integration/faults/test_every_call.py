"""The N-th call to the database fails, N = 1, 2, 3, ...: each operation is all or nothing (SECURITY.md (e) 1, 3-5).

`cut`: the connection is gone before the call; `lost`: the call was carried out, its answer never came; `kill`: the
program dies with SIGKILL before it, `kill-after` after it. MIS_FAULTS=nightly tries every N, the ordinary run each
24th one and every COMMIT. After each fault the separate checker runs.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from billing.errors import UnavailableError
from billing.services.intents import settle_pending
from billing.store.session import Session
from tests.integration.faults.conftest import STRIDE, World
from tests.integration.faults.deeds import DEEDS, Deed, attempt
from tests.support.faults import Fault, fault
from tests.support.people import ADMIN
from tests.support.zygote import Zygote


def _calls(world: World, deed: Deed) -> list[str]:
    """The calls of a deed that nothing disturbs."""
    with _counted(world) as (session, made):
        made.calls.clear()
        assert deed.do(session)
        return list(made.calls)


def _places(calls: list[str]) -> Iterator[int]:
    """Which calls fail: each STRIDE-th, the COMMITs and those after them."""
    commits = {place for place, what in enumerate(calls, start=1) if what == "COMMIT"}
    near = {place + step for place in commits for step in (0, 1)}
    yield from (at for at in range(1, len(calls) + 2) if at % STRIDE == 0 or at in near)


@pytest.mark.parametrize("kind", ["cut", "lost"])
@pytest.mark.parametrize("name", DEEDS)
def test_a_lost_connection_at_any_call(world: World, tmp_path: Path, name: str, kind: str) -> None:
    calls = _calls(world, DEEDS[name](world, tmp_path))
    assert "COMMIT" in calls
    for at in _places(calls):
        deed = DEEDS[name](world, tmp_path)
        with _counted(world) as (session, made):
            made.arm(at, kind)
            told = attempt(deed, session)
            made.disarm()
            is_done = deed.is_done()
            where = f"{name}, call {at} of {len(calls)} ({made.fired or 'none'}), {kind}: {told!r}"
            if told is None:
                assert is_done, f"said done, but is not: {where}"
            else:
                assert isinstance(told, UnavailableError), where
                assert told.code != "OUTCOME_UNKNOWN", where
                assert not is_done, f"said not done, but is: {where}"
            assert deed.do(session), f"again: {where}"
            assert deed.is_done(), where
        assert settle_pending(world.session) == [], where
        world.check()


@contextmanager
def _counted(world: World) -> Iterator[tuple[Session, Fault]]:
    """A session whose calls are counted from its sign-in on."""
    with fault(0, "none") as made, world.sign_in() as session:
        yield session, made
        made.disarm()


@pytest.fixture(scope="module")
def zygote(broken_world: World) -> Iterator[Zygote]:
    """Forks the children that die."""
    with Zygote(broken_world.home, ADMIN, broken_world.secret) as started:
        yield started


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the children are forked; Windows has no fork")
@pytest.mark.parametrize("kind", ["kill", "kill-after"])
@pytest.mark.parametrize("name", DEEDS)
def test_a_killed_program_at_any_call(world: World, zygote: Zygote, tmp_path: Path, name: str, kind: str) -> None:
    calls = _calls(world, DEEDS[name](world, tmp_path))
    for at in _places(calls):
        if kind == "kill-after" and calls[at - 1 : at] != ["COMMIT"] and at % (2 * STRIDE):
            continue  # dying after a call is dying before the next one, but for COMMIT
        deed = DEEDS[name](world, tmp_path)
        status = zygote.kill(name, at, kind, **deed.words)
        where = f"{name}, call {at} of {len(calls)}, {kind}: exit {status}"
        assert status == (-signal.SIGKILL if at <= len(calls) else 0), where
        is_done = deed.is_done()
        settled = settle_pending(world.session)
        assert [one.done for one in settled] in ([], [is_done]), f"told otherwise: {where}"
        assert not (is_done and status and kind == "kill-after" and calls[at - 1] == "COMMIT") or settled, where
        assert deed.do(world.session), f"again: {where}"
        assert deed.is_done(), where
        world.check()
