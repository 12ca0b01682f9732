"""Settings: the daily anchor of the audit log, and what vendors see."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt

from billing.services.anchors import read_anchors
from billing.services.audit import read_entries
from billing.services.vendor_amounts import vendors_see_amounts
from billing.store.session import Session
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.daily_anchor import DailyAnchor
from moveinsync_desktop.settings import Options
from moveinsync_desktop.views.audit_card import AuditCard, VendorAmountsCard
from moveinsync_desktop.views.settings_page import SettingsScreen
from tests.support.people import Pair

WAIT = 10_000


def test_a_line_a_day_is_written_while_a_super_admin_is_there(
    qtbot: Any, context: AppContext, super_admin: Session, client_admin: Session, tmp_path: Path
) -> None:
    target = tmp_path / "anchors.jsonl"
    context.session = client_admin
    daily = DailyAnchor(context)
    context.settings.set(Options.ANCHOR_FILE, str(target))
    daily.look()
    context.session = super_admin
    context.clock.ticked.emit(50)
    qtbot.waitUntil(target.exists, timeout=WAIT)
    qtbot.waitUntil(lambda: len(target.read_text(encoding="utf-8").splitlines()) > 0, timeout=WAIT)
    lines = target.read_text(encoding="utf-8")
    for _ in range(3):
        context.clock.ticked.emit(50)
    qtbot.wait(200)
    assert target.read_text(encoding="utf-8") == lines
    assert read_anchors(super_admin, target)
    context.workers.shutdown()


def test_a_file_that_cannot_be_written_is_told(qtbot: Any, context: AppContext, super_admin: Session) -> None:
    said: list[str] = []
    context.session = super_admin
    context.messages.status_changed.connect(lambda status: said.append(status.text))
    context.settings.set(Options.ANCHOR_FILE, "/no/such/folder/anchors.jsonl")
    DailyAnchor(context).look()
    qtbot.waitUntil(lambda: bool(said), timeout=WAIT)
    assert said[0].startswith("The audit log was not anchored today: anchors.jsonl cannot be written")
    context.workers.shutdown()


def test_vendors_are_let_see_amounts_for_the_chosen_client(
    qtbot: Any, context: AppContext, super_admin: Session, pair: Pair
) -> None:
    context.session, context.client_id, context.client_name = super_admin, pair.client_id, pair.client.name
    screen = SettingsScreen(context)
    qtbot.addWidget(screen)
    screen.show()
    card = screen.findChild(VendorAmountsCard)
    assert card is not None
    assert screen.findChild(AuditCard) is not None
    qtbot.mouseClick(card.check, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: vendors_see_amounts(super_admin, pair.client_id), timeout=WAIT)
    told = read_entries(super_admin, client=pair.client.code)
    assert (told[0].entity, told[0].after) == ("setting", told[0].after)
    assert told[0].after is not None
    assert told[0].after["key"] == "vendor_sees_amounts"
    context.client_id = None
    card.refresh()
    assert not card.check.isEnabled()
    context.workers.shutdown()


def test_a_client_admin_is_not_offered_what_is_a_super_admins(
    qtbot: Any, context: AppContext, client_admin: Session
) -> None:
    context.session, context.client_id = client_admin, client_admin.client_id
    screen = SettingsScreen(context)
    qtbot.addWidget(screen)
    screen.show()
    assert screen.findChild(VendorAmountsCard) is None
    card = screen.findChild(AuditCard)
    assert card is not None
    assert not card.choose_button.isVisible()
    context.workers.shutdown()
