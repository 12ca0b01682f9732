"""The N-th call to the database fails, N = 1, 2, 3, ...: each operation is all or nothing (SECURITY.md (e) 1, 3-5).

`cut`: the connection is gone before the call; `lost`: the call was carried out, its answer never came; `kill`: the
program dies with SIGKILL before it, `kill-after` after it. MIS_FAULTS=nightly tries every N, the ordinary run each
tenth one and every COMMIT. After each fault the separate checker runs.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from billing.errors import KnownError, UnavailableError
from billing.schemas.runs import RunState
from billing.services.billing import run_bill
from billing.services.intents import settle_pending
from billing.services.invoices import issue_invoice
from billing.services.trips import import_file
from billing.store.session import Session
from tests.integration.faults.conftest import SEPTEMBER, STRIDE, World
from tests.support.contracts import Agreed
from tests.support.faults import Fault, fault
from tests.support.people import ADMIN
from tests.support.sheets import row, write_csv
from tests.support.zygote import Zygote


class Deed:
    """Something done once: `do` it with a session, `is_done` says what the database has of it (None: a part)."""

    def __init__(self, world: World, folder: Path) -> None:
        self.world, self.folder = world, folder
        self.prepare()

    def prepare(self) -> None:
        """What it needs, without a fault."""

    @property
    def words(self) -> dict[str, str]:
        """What a child process needs to do it."""
        raise NotImplementedError

    def do(self, session: Session) -> object:
        """Do it; raises what the service raises."""
        raise NotImplementedError

    def is_done(self) -> bool:
        """All of it is there (True) or nothing (False); a part fails."""
        raise NotImplementedError

    def _all_or_nothing(self, rows: int, whole: int) -> bool:
        assert rows in (0, whole), f"{rows} of {whole} rows"
        return rows == whole


class Import(Deed):
    """Three trips of a sheet."""

    def prepare(self) -> None:
        number = len(list(self.folder.iterdir()))
        self.ref = f"N{os.urandom(4).hex()}-"
        pair = self.world.pair
        rows = [row(n, trip_id=f"{self.ref}{n}", client=pair.client.code, vendor=pair.link.code) for n in (1, 2, 3)]
        self.path = write_csv(self.folder / f"trips-{number}.csv", rows)

    @property
    def words(self) -> dict[str, str]:
        return {"path": str(self.path)}

    def do(self, session: Session) -> object:
        result = import_file(session, self.path)
        return result.written or len(result.checked.duplicates) == 3

    def is_done(self) -> bool:
        found = self.world.count("SELECT count(*) FROM app.trips WHERE external_ref LIKE %s", f"{self.ref}%")
        return self._all_or_nothing(found, 3)


class Run(Deed):
    """A billing run of three trips."""

    def prepare(self) -> None:
        self.agreed: Agreed = self.world.contract()
        self.client = str(self.agreed.view.contract.client_id)

    @property
    def words(self) -> dict[str, str]:
        return {"client": self.client}

    def do(self, session: Session) -> object:
        (run,) = run_bill(session, client=self.client, month=SEPTEMBER).runs
        assert run.state in (RunState.CREATED, RunState.UNCHANGED), run.errors
        return run.invoice

    def is_done(self) -> bool:
        of_client = "SELECT count(*) FROM app.{} WHERE client_id = %s"
        charges = self.world.count(of_client.format("trip_charges"), self.client)
        documents = self.world.count(of_client.format("invoices"), self.client)
        assert documents == (1 if charges else 0)
        return self._all_or_nothing(charges, 3)


class Issue(Run):
    """The number of a draft."""

    def prepare(self) -> None:
        super().prepare()
        (run,) = run_bill(self.world.session, client=self.client, month=SEPTEMBER).runs
        assert run.invoice is not None
        self.invoice = str(run.invoice.invoice_id)

    @property
    def words(self) -> dict[str, str]:
        return {"invoice": self.invoice}

    def do(self, session: Session) -> object:
        return issue_invoice(session, invoice=self.invoice).number

    def is_done(self) -> bool:
        query = "SELECT count(number) FROM app.invoices WHERE client_id = %s AND status = 'ISSUED'"
        return bool(self.world.count(query, self.client))


DEEDS: dict[str, Callable[[World, Path], Deed]] = {"import": Import, "run": Run, "issue": Issue}


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
            told = _attempt(deed, session)
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


def _attempt(deed: Deed, session: Session) -> KnownError | None:
    try:
        assert deed.do(session)
    except KnownError as error:
        return error
    return None


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
