"""The system monitor: what each role sees, that it goes on looking, pauses, copies; and word of others' changes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from billing.errors import NotAllowedError
from billing.schemas.contracts import ContractVersion
from billing.services.contracts import contracts_in_force, correct_version
from billing.services.monitor import SystemMonitor
from billing.store.session import Session
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.contract_watch import ContractWatch
from moveinsync_desktop.models import monitor_rows as rows
from moveinsync_desktop.views.monitor import MonitorScreen
from tests.support.contracts import HYBRID, Agreed, agree
from tests.support.people import Pair, People


@pytest.fixture
def agreed(super_admin: Session, pair: Pair) -> Agreed:
    return agree(super_admin, pair)


def opened(qtbot: Any, context: AppContext, session: Session) -> MonitorScreen:
    context.session, context.client_id = session, session.client_id
    screen = MonitorScreen(context)
    qtbot.addWidget(screen)
    screen.resize(1150, 690)
    screen.show()
    qtbot.waitUntil(lambda: screen.seen is not None, timeout=10_000)
    return screen


@pytest.fixture
def ended(context: AppContext) -> Iterator[None]:
    yield
    context.workers.shutdown()


def test_a_super_admin_sees_everybody(
    qtbot: Any, context: AppContext, super_admin: Session, client_admin: Session, ended: None
) -> None:
    with client_admin.unit_of_work() as uow:
        uow.clients.find()
        screen = opened(qtbot, context, super_admin)
        assert screen.seen is not None
        theirs = [one for one in screen.seen.connections if one.email == client_admin.email]
        assert [one.state for one in theirs] == ["idle in transaction"]
        assert screen.seen.oldest_transaction == theirs[0].transaction_since
    assert (screen.seen.database.size or 0) > 5_000_000
    assert screen.model.columns == rows.OF_EVERYBODY
    assert {row.email for row in screen.model.rows} >= {client_admin.email}


def test_a_client_admin_sees_its_own_connections_and_no_size(
    qtbot: Any, context: AppContext, super_admin: Session, client_admin: Session, ended: None
) -> None:
    with super_admin.unit_of_work() as uow:
        uow.clients.find()
        screen = opened(qtbot, context, client_admin)
    assert screen.seen is not None
    assert {one.email for one in screen.seen.connections} <= {client_admin.email}
    assert (screen.seen.database.size, screen.seen.oldest_transaction) == (None, None)
    assert screen.model.columns == rows.OF_MINE


@pytest.mark.parametrize("role", ["VIEWER", "VENDOR_ADMIN"])
def test_others_do_not_see_it(people: People, pair: Pair, role: str) -> None:
    with pytest.raises(NotAllowedError):
        SystemMonitor().look(people.sign_in(role, pair))


def test_it_goes_on_looking_until_it_pauses_and_copies_as_text(
    qtbot: Any, context: AppContext, client_admin: Session, agreed: Agreed, pair: Pair, ended: None
) -> None:
    screen = opened(qtbot, context, client_admin)
    first = screen.seen
    for _ in range(4):
        contracts_in_force(client_admin, client_id=pair.client_id, vendor_id=pair.vendor_id)
    qtbot.waitUntil(lambda: screen.seen is not first, timeout=10_000)
    qtbot.waitUntil(lambda: screen.seen.cache.hits == 3, timeout=10_000)  # type: ignore[union-attr]
    assert "75.0" in screen.figures["Contract look-ups"].accessibleName()
    qtbot.mouseClick(screen.pause_button, Qt.MouseButton.LeftButton)
    assert (screen.is_paused, screen._timer.isActive()) == (True, False)
    screen.copy()
    text = QApplication.clipboard().text()
    assert "PostgreSQL 18" in text
    assert "3" in text.partition("From memory: ")[2][:2]
    assert client_admin.secret not in text
    screen.hide()
    screen.pause()
    screen.hide()
    assert not screen.is_paused


def test_the_server_gone_is_told_and_what_was_seen_stays(
    qtbot: Any, context: AppContext, client_admin: Session, ended: None
) -> None:
    screen = opened(qtbot, context, client_admin)
    screen.pause()
    client_admin.close()
    screen.refresh()
    qtbot.waitUntil(screen.bar.isVisible, timeout=10_000)
    assert screen.figures["Answer"].accessibleName().startswith("Answer ")


def test_another_workstations_save_reaches_the_open_screens_and_ones_own_does_not(
    qtbot: Any, context: AppContext, super_admin: Session, client_admin: Session, agreed: Agreed, ended: None
) -> None:
    context.session = client_admin
    watch = ContractWatch(context)
    told: list[Any] = []
    context.workers.changes.connect(told.append)
    watch.start()
    qtbot.waitUntil(lambda: client_admin.contracts_in_force.use.listens, timeout=10_000)
    watch.look()

    def correct(session: Session, version: ContractVersion, fee: str) -> ContractVersion:
        rules = {**HYBRID, "base_monthly_fee": fee}
        return correct_version(session, version=version, model="HYBRID", rules=rules, reason="Slip").view.versions[0]

    mine = correct(client_admin, agreed.view.versions[0], "31000")
    correct(super_admin, mine, "32000")

    def heard() -> bool:
        watch.look()
        return bool(told)

    qtbot.waitUntil(heard, timeout=10_000)
    qtbot.wait(50)
    watch.look()
    assert len(told) == 1
    assert "contracts" in told[0].tables
    watch.stop()


def test_figures_in_words() -> None:
    now = datetime(2026, 10, 1, 12, tzinfo=UTC)
    assert [rows.size(count) for count in (None, 12, 2_000, 5_400_000, 912_000_000, 3 << 30)] == [
        "–", "12 B", "2.0 kB", "5.1 MB", "870 MB", "3.0 GB",
    ]  # fmt: skip
    spans = (timedelta(seconds=4), timedelta(minutes=12), timedelta(hours=3, minutes=5), timedelta(days=9))
    assert [rows.ago(now - span, now) for span in spans] == ["4 s", "12 min", "3 h 05 min", "9 days"]
    assert [rows.milliseconds(micros) for micros in (240, 9_960, 41_700)] == ["0.2 ms", "10 ms", "42 ms"]
