"""The line to the database is cut: at a random byte, and right after COMMIT was sent (SECURITY.md (e) 3, 4, 5, 11)."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest

from billing.errors import UnavailableError
from billing.schemas.runs import RunState
from billing.server.address import Address
from billing.services.billing import run_bill
from billing.services.intents import settle_pending
from billing.services.workspace import reach
from billing.store.session import Session, sign_in
from moveinsync_desktop import cli
from tests.integration.faults.conftest import NIGHTLY, SEPTEMBER, World
from tests.integration.faults.deeds import DEEDS, attempt
from tests.support.faults import fault
from tests.support.people import ADMIN, PASSWORD
from tests.support.proxy import Proxy

CUTS = 60 if NIGHTLY else 3


@pytest.fixture
def proxy(world: World) -> Iterator[Proxy]:
    """Between the program and the server."""
    at = reach(world.profile)
    with Proxy(Address(at.host, at.port)) as made:
        yield made


@pytest.fixture
def session(world: World, proxy: Proxy) -> Iterator[Session]:
    """Signed in through the proxy."""
    with sign_in(world.profile.at("127.0.0.1", proxy.port), ADMIN, world.secret) as made:
        yield made
        proxy.cut_after(None)


@pytest.mark.parametrize("name", DEEDS)
def test_a_line_cut_at_a_random_byte(world: World, proxy: Proxy, session: Session, tmp_path: Path, name: str) -> None:
    seed = int(os.environ.get("MIS_SEED", random.SystemRandom().randrange(2**32)))
    dice = random.Random(seed)
    proxy.cut_after(None)
    assert DEEDS[name](world, tmp_path).do(session)
    whole = proxy.passed
    for _cut in range(CUTS):
        deed = DEEDS[name](world, tmp_path)
        at = dice.randrange(whole)
        where = f"MIS_SEED={seed}, byte {at} of {whole}"
        proxy.cut_after(at)
        told = attempt(deed, session)
        is_done = deed.is_done()
        assert (told is None) == is_done, f"{told!r}: {where}"
        assert told is None or isinstance(told, UnavailableError), where
        proxy.cut_after(None)
        assert deed.do(session), where
        assert deed.is_done(), where
        world.check()


@pytest.mark.parametrize("carried_out", [True, False], ids=["answer lost", "COMMIT lost"])
@pytest.mark.parametrize("name", DEEDS)
def test_a_lost_commit_is_asked_after(
    world: World, proxy: Proxy, session: Session, tmp_path: Path, name: str, carried_out: bool
) -> None:
    deed, checking = DEEDS[name](world, tmp_path), list[int]()
    session.on_checking = lambda: checking.append(1)
    proxy.cut_at_commit(carried_out=carried_out)
    told = attempt(deed, session)
    assert proxy.cuts == 1
    assert checking == [1]
    assert deed.is_done() is carried_out
    if carried_out:
        assert told is None
    else:
        assert told is not None
        assert told.code == "CONNECTION_LOST"
        assert told.message.endswith("nothing was changed.")
    assert settle_pending(world.session) == []


def test_four_retries_at_once_make_one_run(world: World, proxy: Proxy) -> None:
    """The answers of some are lost; whoever asks again finds the one run."""
    agreed = world.contract()
    client = str(agreed.view.contract.client_id)
    profile = world.profile.at("127.0.0.1", proxy.port)

    def bill(session: Session) -> RunState:
        while True:
            try:
                (run,) = run_bill(session, client=client, month=SEPTEMBER).runs
            except UnavailableError:
                continue
            return run.state

    with ExitStack() as stack:
        sessions = [stack.enter_context(sign_in(profile, ADMIN, world.secret)) for _ in range(4)]
        proxy.cut_at_commit(carried_out=True)
        with ThreadPoolExecutor(4) as pool:
            states = sorted(pool.map(bill, sessions))
    assert states == [RunState.CREATED, *[RunState.UNCHANGED] * 3]
    assert world.count("SELECT count(*) FROM app.billing_runs WHERE client_id = %s", client) == 1
    assert world.count("SELECT count(*) FROM app.trip_charges WHERE client_id = %s", client) == 3


def test_the_command_says_that_it_checks_and_then_what_is_true(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MOVEINSYNC_HOME", str(world.home))
    monkeypatch.setenv("MOVEINSYNC_PASSWORD", PASSWORD)
    words = ["--as", ADMIN, "bill", "--month", "2026-09", "--client"]
    with fault(0, "none") as counted:
        assert cli.main([*words, str(world.contract().view.contract.client_id)]) == 0
    commits = [place for place, what in enumerate(counted.calls, start=1) if what == "COMMIT"]
    agreed = world.contract()
    capsys.readouterr()
    with fault(commits[-2], "lost"):  # the last one signs out
        assert cli.main([*words, str(agreed.view.contract.client_id)]) == 0
    told = capsys.readouterr()
    assert "checking what became of it" in told.err
    assert "created" in told.out
    assert world.count("SELECT count(*) FROM app.billing_runs WHERE contract_id = %s", str(agreed.id)) == 1


def test_a_program_that_never_got_the_answer_is_told_at_its_next_start(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("billing.store.session.SETTLE_SECONDS", 0.0)
    deed = DEEDS["run"](world, tmp_path)
    with world.sign_in() as session:
        monkeypatch.setattr(session, "settle", _nobody_answers)
        with fault(0, "none") as made:
            session._replace_engine(session.profile)
            made.kind, made.at_commit = "lost", True
            told = attempt(deed, session)
    assert told is not None
    assert told.code == "OUTCOME_UNKNOWN"
    (settled,) = settle_pending(world.session)
    assert settled.done is deed.is_done() is True
    assert "The billing run of Night shift for 09-2026" in settled.words
    assert "was saved, although the answer never came" in settled.words
    assert settle_pending(world.session) == []


def _nobody_answers(*_words: object) -> bool:
    raise UnavailableError("CONNECTION_LOST", "The connection to the database is lost; nothing was changed.")
