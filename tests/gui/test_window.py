"""The window from sign-in to sign-out, on the run's workspace."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt

from billing.rights import may
from billing.schemas.changes import Changes
from billing.store.profiles import Profile
from billing.store.session import Session
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.entrance import Entrance
from moveinsync_desktop.settings import Options
from moveinsync_desktop.single import SingleWindow, socket_name, wake_other
from moveinsync_desktop.views.main_window import MainWindow
from moveinsync_desktop.views.rail_counts import RailCounts
from moveinsync_desktop.views.screen import SECTIONS, sections_for
from moveinsync_desktop.views.sign_in import DemoPerson, SignInPage
from moveinsync_desktop.views.widgets.rail import Rail
from tests.support.hostile import make_victim
from tests.support.people import ADMIN, PASSWORD, Pair, People


@pytest.fixture
def window(qtbot: Any, context: AppContext, workspace: Profile) -> Iterator[MainWindow]:
    """The window over the run's workspace, at the sign-in page."""
    context.home = workspace.home
    made = MainWindow(context)
    qtbot.addWidget(made)
    made.show()
    made.entrance = Entrance(context, made, Namespace(demo=False, profile=None, user=None))  # type: ignore[attr-defined]
    yield made
    context.clock.watch(None)
    if context.session is not None:
        context.session.close()


def enter(qtbot: Any, window: MainWindow) -> None:
    """Type e-mail and password, press Enter."""
    entrance: Entrance = window.entrance  # type: ignore[attr-defined]
    entrance.begin()
    page = window.sign_in
    qtbot.waitUntil(page.button.isEnabled, timeout=10_000)
    qtbot.keyClicks(page.email, ADMIN)
    qtbot.keyClicks(page.password, PASSWORD)
    with qtbot.waitSignal(entrance.entered, timeout=20_000):
        qtbot.keyClick(page.password, Qt.Key.Key_Return)


def test_a_person_signs_in_looks_around_and_leaves(qtbot: Any, window: MainWindow, context: AppContext) -> None:
    enter(qtbot, window)
    assert window.rail is not None
    wanted = [section.id for section in sections_for(partial(may, "SUPER_ADMIN"))]
    assert list(window.rail.items) == wanted
    assert window.sign_in.password.text() == ""
    for key in wanted:
        qtbot.mouseClick(window.rail.items[key], Qt.MouseButton.LeftButton)
        assert window.current is not None
        assert window.current.id == key
    qtbot.waitUntil(lambda: not context.workers.running, timeout=20_000)
    window.sign_out_wanted.emit()
    assert context.session is None
    assert window.sign_in.isVisible()
    qtbot.waitUntil(lambda: not context.workers.running, timeout=10_000)


def test_a_wrong_password_is_said_and_what_was_typed_stays(qtbot: Any, window: MainWindow) -> None:
    window.entrance.begin()  # type: ignore[attr-defined]
    page = window.sign_in
    qtbot.waitUntil(page.button.isEnabled, timeout=10_000)
    qtbot.keyClicks(page.email, "nobody@example.com")
    qtbot.keyClicks(page.password, "not the password")
    qtbot.mouseClick(page.button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(page.problem.isVisible, timeout=20_000)
    assert page.email.text() == "nobody@example.com"
    assert page.button.isEnabled()


def test_hidden_screens_wait_and_open_ones_refresh(qtbot: Any, window: MainWindow, context: AppContext) -> None:
    enter(qtbot, window)
    window.open_screen("trips")
    window.open_screen("settings")
    qtbot.waitUntil(lambda: not context.workers.running, timeout=20_000)
    trips = window.screens["trips"]
    assert not trips.is_stale
    context.workers.changes.emit(Changes(frozenset({"app.trips"})))
    assert trips.is_stale
    window.open_screen("trips")
    assert not trips.is_stale
    qtbot.waitUntil(lambda: not context.workers.running, timeout=20_000)


def test_keys_reach_screens_palette_and_parts(qtbot: Any, window: MainWindow, context: AppContext) -> None:
    enter(qtbot, window)
    window.activateWindow()
    window.open_screen("trips")
    qtbot.waitUntil(lambda: not context.workers.running, timeout=20_000)
    first = next(iter(window._sections))
    window.open_screen(first)
    context.actions.get("app.palette").handler()
    assert window.palette_box.isVisible()
    qtbot.keyClicks(window.palette_box.edit, "trips")
    qtbot.keyClick(window.palette_box.edit, Qt.Key.Key_Return)
    assert window.current is not None
    assert window.current.id == "trips"
    for _part in range(4):
        context.actions.get("app.next_part").handler()
    qtbot.waitUntil(lambda: not context.workers.running, timeout=20_000)


def test_the_theme_switches_live(qtbot: Any, window: MainWindow, context: AppContext) -> None:
    enter(qtbot, window)
    window.open_screen("settings")
    context.settings.set(Options.RAIL_NARROW, True)
    window._fit_rail()
    assert window.rail is not None
    assert window.rail.width() == 53
    qtbot.waitUntil(lambda: not context.workers.running, timeout=20_000)


def test_demo_people_are_one_key_away(qtbot: Any) -> None:
    page = SignInPage()
    qtbot.addWidget(page)
    page.resize(1366, 768)
    page.show()
    page.set_demo_users(
        [DemoPerson("a@x.example", "Asha Kulkarni", "CLIENT_ADMIN"), DemoPerson("d@x.example", "Dev", "VIEWER")]
    )
    with qtbot.waitSignal(page.demo_chosen) as told:
        page._people[1].click()
    assert told.args == ["d@x.example"]
    assert page._people[0].accessibleName() == "Sign in as Asha Kulkarni, Client admin"


def test_every_section_of_the_rail_has_its_screen() -> None:
    for section in SECTIONS:
        if section.exists:
            from importlib import import_module

            assert hasattr(import_module(f"moveinsync_desktop.views.{section.module}"), section.factory)


@pytest.mark.parametrize(
    ("role", "hidden"),
    [
        ("VIEWER", {"calculator", "billing_runs", "users", "settings", "parties", "audit"}),
        ("VENDOR_ADMIN", {"invoices", "calculator", "billing_runs", "parties"}),
        ("CLIENT_ADMIN", {"users"}),
    ],
)
def test_the_rail_hides_what_a_role_may_not_see(role: str, hidden: set[str]) -> None:
    shown = {section.id for section in sections_for(partial(may, role))}
    assert not shown & hidden
    assert "trips" in shown


def test_a_second_start_wakes_the_first_window(qtbot: Any, tmp_path: Path) -> None:
    name = socket_name(tmp_path)
    assert not wake_other(name)
    first = SingleWindow(name)
    with qtbot.waitSignal(first.woken, timeout=3000):
        assert wake_other(name)


def test_the_end_of_a_session_is_met_over_what_is_open(qtbot: Any, window: MainWindow, context: AppContext) -> None:
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from moveinsync_desktop.views.dialogs.sign_in_again import SignInAgainDialog

    enter(qtbot, window)
    window.open_screen("settings")
    before = context.signed_in
    tried: list[str] = []

    def answer() -> None:
        dialog = QApplication.activeModalWidget()
        if not isinstance(dialog, SignInAgainDialog) or not dialog.ok_button.isEnabled():
            QTimer.singleShot(30, answer)
        elif not tried:
            tried.append("wrong")
            dialog.password.setText("not it, not at all")
            dialog._go()
            QTimer.singleShot(30, answer)
        else:
            assert dialog.problem.isVisible()
            dialog.password.setText(PASSWORD)
            dialog._go()

    QTimer.singleShot(30, answer)
    context.messages.session_over.emit()
    assert context.signed_in is not before
    assert window.current is not None
    assert window.current.id == "settings"
    before.close()
    qtbot.waitUntil(lambda: not context.workers.running, timeout=20_000)


@pytest.mark.parametrize("height", [600, 720, 768, 1080])
def test_the_rail_has_room_for_every_section(qtbot: Any, height: int) -> None:
    """Sections stand closer in a low window and scroll at last; who is signed in is never cut off."""
    sections = sections_for(partial(may, "SUPER_ADMIN"))
    rail = Rail([(one.id, one.title, one.icon, one.group) for one in sections])
    qtbot.addWidget(rail)
    rail.resize(rail.width(), height - 53)
    rail.show()
    assert rail.user.geometry().bottom() <= rail.height()
    heights = {item.height() for item in rail.items.values()}
    assert heights == {30} if height == 1080 else max(heights) >= 24
    for key, item in rail.items.items():
        rail.set_current(key)
        top = item.mapTo(rail, item.rect().topLeft()).y()
        assert rail.search.geometry().bottom() < top <= rail.user.geometry().top() - item.height() + 2, key


def test_sections_are_told_apart_by_their_icons() -> None:
    """The narrow rail has nothing but icons."""
    icons = [section.icon for section in SECTIONS]
    assert len(set(icons)) == len(icons)


def test_the_rail_counts_what_waits(
    qtbot: Any, context: AppContext, client_admin: Session, pair: Pair, people: People
) -> None:
    """Trips that no bill takes are amber; drafts are only told."""
    make_victim(people.profile, pair)
    context.session, context.client_id, context.month = client_admin, pair.client_id, date(2026, 10, 1)
    rail = Rail([("trips", "Trips", "route", ""), ("invoices", "Invoices", "receipt-indian-rupee", "Month end")])
    qtbot.addWidget(rail)
    counts = RailCounts(context, rail)
    qtbot.waitUntil(lambda: rail.items["invoices"].accessibleName() == "Invoices, 1", timeout=10_000)
    with client_admin.unit_of_work() as uow:
        trips = [one.id for one in uow.trips.between(pair.client_id, None, None)]
        uow.trip_decisions.decide(pair.client_id, trips, "HOLD", reason="odd")
        uow.commit()
    context.workers.changes.emit(Changes(frozenset({"app.trips"})))
    qtbot.waitUntil(lambda: rail.items["trips"].accessibleName() == "Trips, 1", timeout=10_000)
    assert counts.parent() is rail
    context.workers.shutdown()
