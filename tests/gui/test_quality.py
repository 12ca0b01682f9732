"""Odd trips on screen: found by kind, let pass with a reason."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from billing.services.trips import import_file
from billing.store.session import Session
from moveinsync_desktop.actions import ActionRegistry
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.messages import MessageBus
from moveinsync_desktop.session import SessionClock
from moveinsync_desktop.settings import Settings
from moveinsync_desktop.views import quality
from moveinsync_desktop.workers import Workers
from tests.support.people import Pair
from tests.support.sheets import HEADER, row, write_csv


@pytest.fixture
def desk(qapp: Any, tmp_path: Path, client_admin: Session) -> Iterator[AppContext]:
    """What a screen is given, signed in as a client's admin."""
    context = AppContext(
        home=tmp_path, settings=Settings(tmp_path / "settings.ini"), workers=Workers(), messages=MessageBus(),
        actions=ActionRegistry(), clock=SessionClock(), session=client_admin, month=date(2026, 10, 1),
    )  # fmt: skip
    yield context
    context.workers.shutdown()


def import_overlap(session: Session, pair: Pair, folder: Path) -> None:
    """Two trips of one cab, the second begun before the first ended."""
    times = [("09:00", "10:00"), ("09:30", "10:30")]
    cells = [
        [
            *row(
                number, client=pair.client.code, vendor=pair.link.code, start=f"2026-10-01 {a}", end=f"2026-10-01 {b}"
            ),
            "KA1",
        ]
        for number, (a, b) in enumerate(times, start=1)
    ]
    import_file(session, write_csv(folder / "t.csv", cells, header=[*HEADER, "Cab No."]))


def test_a_viewer_looks_and_is_offered_no_decision(
    desk: AppContext, qtbot: Any, pair: Pair, viewer: Session, tmp_path: Path
) -> None:
    import_overlap(desk.signed_in, pair, tmp_path)
    before = {id(one) for one in QApplication.topLevelWidgets() if one.isVisible()}
    desk.session = viewer
    screen = quality.QualityScreen(desk)
    qtbot.addWidget(screen)
    screen.show()
    qtbot.waitUntil(lambda: [trip.external_ref for trip in screen.model.rows] == ["A2"], timeout=10_000)
    assert screen.panel.isVisible()
    assert screen._buttons == {}
    opened = [one for one in QApplication.topLevelWidgets() if one.isVisible() and id(one) not in before]
    assert opened == [screen], "a button without a place becomes a window of its own"


def test_an_overlap_is_let_pass(
    desk: AppContext, qtbot: Any, pair: Pair, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_overlap(desk.signed_in, pair, tmp_path)
    screen = quality.QualityScreen(desk)
    qtbot.addWidget(screen)
    desk.workers.changes.connect(screen.on_changes)
    screen.show()
    qtbot.waitUntil(lambda: [trip.external_ref for trip in screen.model.rows] == ["A2"], timeout=10_000)
    assert screen.tabs.current == "OVERLAP"
    assert screen.panel.isVisible()

    class Asked:
        reason = "one slip for two shifts"

        def __init__(self, *_words: object) -> None:
            pass

        def ask(self) -> bool:
            return True

    monkeypatch.setattr(quality, "ReasonDialog", Asked)
    screen._buttons["PASS"].click()
    qtbot.waitUntil(lambda: screen.tabs.current == "NO_CONTRACT", timeout=10_000)
    assert len(screen.model.rows) == 2
    assert not screen._buttons["PASS"].isVisible()
