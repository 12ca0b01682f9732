"""A line that falls silent: the window says so in seconds, gives up what waits, and goes on by itself afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from billing.server.address import Address
from billing.services.workspace import reach
from billing.store.session import Session, sign_in
from moveinsync_desktop import line_watch
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.line_watch import LineWatch
from moveinsync_desktop.views.main_window import MainWindow
from tests.support.people import ADMIN, Pair, People
from tests.support.proxy import Proxy

WAIT = 25_000


@pytest.fixture
def proxy(people: People) -> Iterator[Proxy]:
    """The network between the window and the server."""
    at = reach(people.profile)
    with Proxy(Address(at.host, at.port)) as made:
        yield made


@pytest.fixture
def session(people: People, proxy: Proxy) -> Iterator[Session]:
    """Signed in over that network, as to a shared server."""
    profile = replace(people.profile.at("127.0.0.1", proxy.port), kind="shared")
    made = sign_in(profile, ADMIN, people.super_admin.secret)
    yield made
    proxy.go_on()
    made.line.is_dead = False
    made.close()


@pytest.fixture
def window(qtbot: Any, context: AppContext, session: Session, pair: Pair) -> Iterator[MainWindow]:
    context.session, context.client_id, context.client_name = session, pair.client_id, pair.client.name
    made = MainWindow(context)
    line = LineWatch(context, made)
    made.follow_line(line)
    qtbot.addWidget(made)
    made.show()
    made.enter()
    made.open_screen("parties")
    qtbot.waitUntil(lambda: not context.workers.running, timeout=WAIT)
    yield made
    line.stop()


def test_the_window_knows_within_fifteen_seconds() -> None:
    looks = line_watch.LOOK_MS / 1000
    assert line_watch.PATIENCE_S + looks + line_watch.ANSWER_S <= 15


def test_a_silent_network_is_told_and_survived(
    qtbot: Any, monkeypatch: pytest.MonkeyPatch, window: MainWindow, context: AppContext, proxy: Proxy
) -> None:
    monkeypatch.setattr(line_watch, "PATIENCE_S", 0.3)
    monkeypatch.setattr(line_watch, "AGAIN_S", 0.2)
    monkeypatch.setattr(line_watch, "ANSWER_S", 2)  # the least that libpq waits
    proxy.hold()
    window.open_screen("contracts")
    qtbot.waitUntil(lambda: window.line_bar.isVisible(), timeout=WAIT)
    assert "has not answered since" in window.line_bar.accessibleName()
    contracts: Any = window.screens["contracts"]
    assert contracts.model.phase != "error", "one question without an answer cuts nothing"
    qtbot.waitUntil(lambda: contracts.model.phase == "error", timeout=WAIT)
    assert context.signed_in.line.is_dead
    window.open_screen("users")
    users: Any = window.screens["users"]
    qtbot.waitUntil(lambda: users.model.phase == "error", timeout=2000)
    told: list[str] = []
    context.messages.toasted.connect(lambda toast: told.append(toast.title))
    proxy.go_on()
    qtbot.waitUntil(lambda: not window.line_bar.isVisible(), timeout=WAIT)
    qtbot.waitUntil(lambda: users.model.phase not in ("error", "loading"), timeout=WAIT)
    assert told == ["The database answers again"]
    window.open_screen("contracts")
    qtbot.waitUntil(lambda: contracts.model.phase not in ("error", "loading"), timeout=WAIT)
    qtbot.waitUntil(lambda: not context.workers.running, timeout=WAIT)


def test_a_server_that_refuses_is_there(session: Session, proxy: Proxy) -> None:
    assert session.answers(5)
    session._secret = "wrong"
    assert session.answers(5), "a refusal is an answer"
    proxy.hold()
    assert not session.answers(2)
