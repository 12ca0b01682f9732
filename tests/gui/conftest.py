"""The window's tests run offscreen, dressed like the product, with workers that are ended after each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from billing.store.session import Session
from moveinsync_desktop import theme
from moveinsync_desktop.actions import ActionRegistry
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.messages import MessageBus
from moveinsync_desktop.session import SessionClock
from moveinsync_desktop.settings import Settings
from moveinsync_desktop.workers import Workers
from tests.integration.billing.conftest import IST, OCTOBER, Month, contract_for
from tests.support.people import Pair


@pytest.fixture(autouse=True)
def dressed(qapp: Any) -> None:
    """The light theme, without motion."""
    if theme.active().is_dark or not qapp.styleSheet():
        theme.install(qapp, "light", motion=False)


@pytest.fixture
def workers() -> Iterator[Workers]:
    """Executors of their own, ended afterwards."""
    made = Workers()
    yield made
    made.shutdown()


@pytest.fixture
def context(tmp_path: Path, workers: Workers) -> Iterator[AppContext]:
    """What a screen is given, with nobody signed in; drafts that a test leaves behind are thrown away."""
    made = AppContext(
        home=tmp_path,
        settings=Settings(None),
        workers=workers,
        messages=MessageBus(),
        actions=ActionRegistry(),
        clock=SessionClock(),
    )
    yield made
    if made.session is not None:
        for draft in made.drafts.all():
            made.drafts.forget(draft.key)


@pytest.fixture
def october(client_admin: Session, pair: Pair) -> Month:
    """Three trips of October under a HYBRID contract."""
    month = Month(pair, client_admin, contract_for(client_admin, pair))
    month.add(month.trip(3, "60"), month.trip(10, "50"), month.trip(20, "20"))
    return month


@pytest.fixture
def signed(context: AppContext, client_admin: Session, pair: Pair) -> Iterator[AppContext]:
    """The client's admin at work in October; `october` before it fills the month."""
    context.session, context.client_id = client_admin, pair.client_id
    context.month, context.zone = OCTOBER, IST
    yield context
    context.workers.shutdown()
