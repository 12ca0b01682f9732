"""The end of a session over open work: idle, expired, refused; what was typed stays (SECURITY.md (a) 6)."""

from __future__ import annotations

import threading
from argparse import Namespace
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from billing.errors import NotSignedInError
from billing.services.account import clock_warning
from billing.store.profiles import Profile
from billing.store.session import Session
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.entrance import Entrance, sign_in_to
from moveinsync_desktop.session import SessionClock
from moveinsync_desktop.views.dialogs.sign_in_again import SignInAgainDialog
from moveinsync_desktop.views.main_window import MainWindow
from tests.support.hostile import superuser
from tests.support.people import ADMIN, PASSWORD

WAIT = 20_000


class Hours:
    """Steady seconds that the test moves on."""

    at = 0.0

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def hours(context: AppContext) -> Hours:
    """The clock of idleness in the test's hand."""
    made = Hours()
    context.clock = SessionClock(now=made)
    return made


@pytest.fixture
def window(qtbot: Any, context: AppContext, hours: Hours, workspace: Profile) -> Iterator[MainWindow]:
    """The window, signed in."""
    context.home = workspace.home
    made = MainWindow(context)
    qtbot.addWidget(made)
    made.show()
    entrance = Entrance(context, made, Namespace(demo=False, profile=None, user=None))
    made.entrance = entrance  # type: ignore[attr-defined]
    entrance._profile = workspace
    with qtbot.waitSignal(entrance.entered, timeout=WAIT):
        entrance._sign_in(ADMIN, PASSWORD)
    qtbot.waitUntil(lambda: not context.workers.running, timeout=WAIT)
    yield made
    context.clock.watch(None)
    if context.session is not None:
        context.session.close()


def when_asked(do: Callable[[SignInAgainDialog], None]) -> list[str]:
    """Answer the next question for the password; gives the titles that were seen."""
    seen: list[str] = []

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, SignInAgainDialog) and dialog.ok_button.isEnabled():
            seen.append(dialog.windowTitle())
            do(dialog)
        else:
            QTimer.singleShot(20, look)

    QTimer.singleShot(20, look)
    return seen


def back_in(dialog: SignInAgainDialog) -> None:
    """The right password."""
    dialog.password.setText(PASSWORD)
    dialog._go()


def test_after_fifteen_idle_minutes_the_password_is_asked_for_and_the_work_stays(
    qtbot: Any, window: MainWindow, context: AppContext, hours: Hours
) -> None:
    window.open_screen("trips")
    field = window.screens["trips"].findChild(type(window.sign_in.email))
    assert field is not None
    field.setText("typed, not saved")
    before = context.signed_in
    hours.at += 14.9 * 60
    context.clock.tick()
    assert context.session is before
    asked = when_asked(back_in)
    hours.at += 0.2 * 60
    context.clock.tick()
    assert asked == ["Are you still there?"]
    assert context.session is not None
    assert context.session is not before
    assert field.text() == "typed, not saved"
    qtbot.waitUntil(lambda: before.secret == "", timeout=WAIT)
    with pytest.raises(NotSignedInError):
        before.unit_of_work().__enter__()
    qtbot.waitUntil(lambda: not context.workers.running, timeout=WAIT)


def test_a_touch_keeps_the_session(window: MainWindow, context: AppContext, hours: Hours) -> None:
    before = context.signed_in
    for _quarter in range(8):
        hours.at += 14 * 60
        context.clock.touch()
        context.clock.tick()
    assert context.session is before


def test_work_under_way_is_never_cut(qtbot: Any, window: MainWindow, context: AppContext, hours: Hours) -> None:
    before, go_on, done = context.signed_in, threading.Event(), list[int]()

    def work(_progress: object) -> int:
        go_on.wait(20)
        with before.unit_of_work() as uow:
            return len(uow.users.all())

    context.workers.run_command(work, done.append, title="A long import", owner=window)
    hours.at += 60 * 60
    context.clock.tick()
    assert context.session is before
    asked = when_asked(back_in)
    go_on.set()
    qtbot.waitUntil(lambda: bool(done), timeout=WAIT)
    context.clock.tick()
    assert asked
    assert done[0] >= 1
    qtbot.waitUntil(lambda: not context.workers.running, timeout=WAIT)


def test_leaving_goes_to_the_sign_in_page(qtbot: Any, window: MainWindow, context: AppContext, hours: Hours) -> None:
    when_asked(lambda dialog: dialog.reject())
    hours.at += 15 * 60
    context.clock.tick()
    assert context.session is None
    assert window.sign_in.isVisible()
    qtbot.waitUntil(lambda: not context.workers.running, timeout=WAIT)


def test_the_end_of_the_token_asks_over_what_is_open(qtbot: Any, window: MainWindow, context: AppContext) -> None:
    before = context.signed_in
    before._ends = 0.0  # minute 60 has come and nothing renewed it
    asked = when_asked(back_in)
    context.clock.tick()
    assert asked == ["The session has ended"]
    assert context.session is not before
    before.close()
    qtbot.waitUntil(lambda: not context.workers.running, timeout=WAIT)


def test_how_long_is_idle_is_a_setting_of_the_workspace(workspace: Profile) -> None:
    with superuser(workspace) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT idle_minutes FROM app.workspace")
        assert cursor.fetchone()[0] == 15
        cursor.execute("UPDATE app.workspace SET idle_minutes = 40")
        entered = sign_in_to(workspace, ADMIN, PASSWORD)
        cursor.execute("UPDATE app.workspace SET idle_minutes = 15")
    assert entered.idle_minutes == 40
    entered.session.close()


def test_who_cannot_be_remembered_is_told(workspace: Profile) -> None:
    entered = sign_in_to(workspace, ADMIN, PASSWORD, stay=True)
    assert not entered.is_kept  # the tests' keyring is none
    entered.session.close()


@pytest.mark.parametrize(
    ("off", "words"),
    [
        (0, ""),
        (119, ""),
        (-119, ""),
        (180, "3 minutes ahead of"),
        (-7300, "2 hours behind"),
        (260_000, "3 days ahead of"),
    ],
)
def test_a_clock_that_is_off_is_told(super_admin: Session, off: float, words: str) -> None:
    kept, super_admin.clock_off_s = super_admin.clock_off_s, off
    told = clock_warning(super_admin)
    super_admin.clock_off_s = kept
    assert (words in told) if words else told == ""


def test_the_servers_time_is_told_whatever_this_clock_says(
    super_admin: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.time", lambda: 0.0)
    with super_admin.unit_of_work() as uow:
        there = uow.connection.execute(sa.text("SELECT clock_timestamp()")).scalar_one()
    assert abs((super_admin.now() - there).total_seconds()) < 2
