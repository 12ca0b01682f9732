"""The contracts looked up last: kept by client, vendor and day, forgotten when anybody saves, no run trusts it."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest

from billing.services import contracts as life
from billing.services.billing import run_bill
from billing.store.contract_cache import MOST, CacheUse, ContractCache, InForce
from billing.store.session import Session
from tests.integration.contracts.test_contract_life import RULES, made
from tests.support.people import Pair, People

ROOT = Path(__file__).resolve().parents[3]
DAY = date(2026, 5, 4)
_WORKSTATION = """
import json, sys
from datetime import date
from pathlib import Path
from uuid import UUID
from billing.services.contracts import contracts_in_force
from billing.services.workspace import reach
from billing.store.profiles import load_profiles
from billing.store.session import sign_in
home, email, secret, client, vendor = json.loads(sys.stdin.readline())
session = sign_in(reach(load_profiles(Path(home))[0]), email, secret)
for line in sys.stdin:
    found = contracts_in_force(session, client_id=UUID(client), vendor_id=UUID(vendor), at=date(2026, 5, 4))
    use = session.contracts_in_force.use
    print(json.dumps([[version.rules["base_fare"] for _, version in found], use.hits, use.hints]), flush=True)
session.close()
"""


class Workstation:
    """Another process, signed in as the same user, that looks contracts up when asked."""

    def __init__(self, people: People, session: Session, pair: Pair) -> None:
        import json

        self.process = subprocess.Popen(
            [sys.executable, "-c", _WORKSTATION], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        words = (str(people.profile.home), session.email, session.secret, str(pair.client_id), str(pair.vendor_id))
        self._say(json.dumps(words))

    def ask(self) -> tuple[list[str], int, int]:
        """Base fares in force, hits and hints so far."""
        import json

        self._say("ask")
        assert self.process.stdout is not None
        fares, hits, hints = json.loads(self.process.stdout.readline())
        return fares, hits, hints

    def ask_until(self, fares: list[str], seconds: float = 10) -> tuple[list[str], int, int]:
        """Ask until the answer is this one; a notice takes a moment to arrive."""
        until = time.monotonic() + seconds
        while True:
            found = self.ask()
            if found[0] == fares or time.monotonic() > until:
                return found

    def _say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()


@pytest.fixture
def workstation(people: People, client_admin: Session, pair: Pair) -> Iterator[Workstation]:
    other = Workstation(people, client_admin, pair)
    yield other
    other.process.communicate()


def ask(session: Session, pair: Pair, at: date | datetime = DAY) -> list[str]:
    found = life.contracts_in_force(session, client_id=pair.client_id, vendor_id=pair.vendor_id, at=at)
    return [version.rules["base_fare"] for _, version in found]


def test_the_same_question_reads_nothing(client_admin: Session, pair: Pair) -> None:
    made(client_admin, pair)
    answers = [ask(client_admin, pair) for _ in range(3)]
    assert answers == [["120.00"]] * 3
    use = client_admin.contracts_in_force.use
    assert (use.hits, use.misses, use.entries, use.listens, use.permille) == (2, 1, 1, True, 666)


def test_what_is_saved_here_is_seen_at_once(client_admin: Session, pair: Pair) -> None:
    view = made(client_admin, pair)
    assert ask(client_admin, pair) == ["120.00"]
    life.correct_version(
        client_admin,
        version=view.versions[0],
        model="PER_TRIP",
        rules={**RULES, "base_fare": "99.00"},
        reason="Typing slip",
    )
    assert ask(client_admin, pair) == ["99.00"]


def test_what_another_workstation_saves_is_read_again(
    client_admin: Session, pair: Pair, workstation: Workstation
) -> None:
    view = made(client_admin, pair)
    assert workstation.ask_until(["120.00"])[0] == ["120.00"]
    before = workstation.ask()
    assert workstation.ask()[1] > before[1]
    life.correct_version(
        client_admin,
        version=view.versions[0],
        model="PER_TRIP",
        rules={**RULES, "base_fare": "99.00"},
        reason="Typing slip",
    )
    after = workstation.ask_until(["99.00"])
    assert after[0] == ["99.00"]
    assert after[2] > before[2]


def test_a_notice_that_anybody_sent_only_makes_it_read_again(people: People, client_admin: Session, pair: Pair) -> None:
    made(client_admin, pair)
    stranger = people.sign_in("VIEWER", people.new_pair())
    ask(client_admin, pair)
    import sqlalchemy as sa

    with stranger.unit_of_work() as uow:
        uow.connection.execute(sa.text("SELECT pg_notify('mis_contracts', 'anything')"))
        uow.commit()
    until = time.monotonic() + 10
    while client_admin.contracts_in_force.use.misses < 2 and time.monotonic() < until:
        assert ask(client_admin, pair) == ["120.00"]
    use = client_admin.contracts_in_force.use
    assert (use.misses, use.hints) == (2, 1)


def test_a_run_reads_the_versions_itself(client_admin: Session, pair: Pair, workstation: Workstation) -> None:
    """An answer that the cache still holds never reaches a bill: the run says what is stored now."""
    view = made(client_admin, pair, rules={**RULES, "tax_percentage": "5", "min_guarantee": {"amount": "5000"}})
    ask(client_admin, pair)
    client_admin.contracts_in_force._take_hints = lambda: None  # type: ignore[method-assign]
    with client_admin.unit_of_work() as uow:
        (version,) = uow.contract_versions.of_contract(pair.client_id, view.contract.id)
        from billing.schemas.ids import new_id

        rules = {**version.rules, "min_guarantee": {"amount": "7000"}}
        uow.contract_versions.correct(version, new_id(), "PER_TRIP", rules, "Typing slip")
        uow.commit()
    found = life.contracts_in_force(client_admin, client_id=pair.client_id, vendor_id=pair.vendor_id, at=DAY)
    assert found[0][1].rules["min_guarantee"] == {"amount": "5000"}
    (run,) = run_bill(client_admin, month=date(2026, 5, 1), client=pair.client.code).runs
    assert run.figures is not None
    assert run.figures.taxable == 7_000_00


def test_a_lost_connection_is_made_again(super_admin: Session, client_admin: Session, pair: Pair) -> None:
    made(client_admin, pair)
    ask(client_admin, pair)
    client_admin.contracts_in_force._ear.close()
    assert ask(client_admin, pair) == ["120.00"]
    use = client_admin.contracts_in_force.use
    assert (use.hits, use.misses, use.listens) == (0, 2, True)


def test_sign_out_clears_it(people: People, pair: Pair) -> None:
    session = people.sign_in("CLIENT_ADMIN", pair)
    made(session, pair)
    ask(session, pair)
    session.close()
    assert session.contracts_in_force.use == CacheUse(0, 0, 0, 0, listens=False)


def test_days_are_the_clients_own(people: People) -> None:
    """The day begins at local midnight, wherever the question is asked."""
    pair = people.new_pair(zone="Asia/Kolkata")
    session = people.sign_in("CLIENT_ADMIN", pair)
    made(session, pair, valid_from=date(2026, 5, 4), rules={**RULES, "base_fare": "7.00"})
    assert ask(session, pair, date(2026, 5, 3)) == []
    assert ask(session, pair, date(2026, 5, 4)) == ["7.00"]
    assert ask(session, pair, datetime(2026, 5, 3, 18, 29, tzinfo=UTC)) == []
    assert ask(session, pair, datetime(2026, 5, 3, 18, 30, tzinfo=UTC)) == ["7.00"]


def test_the_least_recently_used_answer_leaves_first(client_admin: Session) -> None:
    now = [0.0]
    cache = ContractCache(client_admin.connect, clock=lambda: now[0])
    asked: list[int] = []

    def find(number: int) -> None:
        cache.find(UUID(int=number), UUID(int=0), DAY, lambda: (asked.append(number), InForce("UTC", ()))[1])

    for number in range(MOST):
        find(number)
    find(0)
    find(MOST)  # leaves no room for number 1
    find(0)
    assert asked == [*range(MOST), MOST]
    find(1)
    assert asked[-1] == 1
    now[0] = 61.0
    find(1)
    assert asked[-2:] == [1, 1], "an answer is not trusted for more than a minute without a reading"
    assert cache.use.entries == MOST
    cache.close()
