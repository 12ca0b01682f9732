"""Settings, actions, messages, the crash net, the session clock and the guard against a broken Qt."""

from __future__ import annotations

import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from billing.errors import RefusedError
from billing.rights import may
from moveinsync_desktop import messages
from moveinsync_desktop.actions import Action, ActionRegistry, pretty_keys
from moveinsync_desktop.compat import qt_problem
from moveinsync_desktop.crash import CrashNet
from moveinsync_desktop.messages import MessageBus, Toast, describe
from moveinsync_desktop.session import SessionClock
from moveinsync_desktop.settings import Options, Settings, declared


def nothing() -> None:
    """Does nothing."""


def test_settings_survive_a_restart_with_their_types(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.ini")
    settings.set(Options.THEME, "dark")
    settings.set(Options.CONTRAST, True)
    settings.set_layout("trips", {"order": ["a"], "widths": {"a": 80}})
    del settings
    again = Settings(tmp_path / "settings.ini")
    assert again.get(Options.THEME) == "dark"
    assert again.get(Options.CONTRAST) is True
    assert again.layout("trips") == {"order": ["a"], "widths": {"a": 80}}
    assert again.get(Options.DENSITY) == "comfortable"


def test_a_wrong_stored_choice_falls_back_to_the_default(tmp_path: Path) -> None:
    (tmp_path / "settings.ini").write_text("[look]\ntheme=purple\n")
    assert Settings(tmp_path / "settings.ini").get(Options.THEME) == "system"


def test_setting_keys_are_declared_once() -> None:
    options = [value for name, value in vars(Options).items() if name.isupper()]
    assert len(declared()) == len(options)


def test_two_actions_never_share_a_key() -> None:
    registry = ActionRegistry()
    registry.add(
        Action("a", "A", nothing, "Ctrl+I", scope="trips"), Action("b", "B", nothing, "Ctrl+I", scope="invoices")
    )
    with pytest.raises(ValueError, match="belongs to a"):
        registry.add(Action("c", "C", nothing, "Ctrl+I", scope="trips"))
    with pytest.raises(ValueError, match="belongs to"):
        registry.add(Action("d", "D", nothing, "Ctrl+I"))


def test_actions_are_offered_by_role_and_screen() -> None:
    registry = ActionRegistry()
    registry.add(Action("all", "All", nothing), Action("run", "Run", nothing, needs="billing.run", scope="trips"))
    assert [a.id for a in registry.offered(partial(may, "VIEWER"), "trips")] == ["all"]
    assert [a.id for a in registry.offered(partial(may, "CLIENT_ADMIN"), "trips")] == ["all", "run"]
    assert [a.id for a in registry.offered(partial(may, "CLIENT_ADMIN"), "invoices")] == ["all"]
    assert pretty_keys("Ctrl+Shift+C") == "Ctrl Shift C"
    assert pretty_keys("+ −") == "+ −"


def test_messages_wait_for_a_window() -> None:
    bus, heard = MessageBus(), list[Toast]()
    bus.toasted.connect(heard.append)
    bus.toast("early")
    assert heard == []
    bus.listen()
    bus.toast("late")
    assert [toast.title for toast in heard] == ["early", "late"]


def test_a_bug_is_described_without_its_text() -> None:
    assert "secret" not in " ".join(describe(RuntimeError("secret table")))
    assert describe(RefusedError("X", "It is issued.", hint="Make a note.")) == ("It is issued.", "Make a note.")


def test_each_cause_is_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    net, heard = CrashNet(), list[str]()

    def fail() -> None:
        raise KeyError("x")

    for _time in range(3):
        try:
            fail()
        except KeyError as error:
            net.caught(type(error), error, error.__traceback__)
    assert heard == []
    net.listen(lambda title, _report: heard.append(title))
    assert heard == ["KeyError"]
    caplog.clear()


class _Time:
    """Steady seconds that the test moves on."""

    def __init__(self) -> None:
        self.at = 1000.0

    def __call__(self) -> float:
        return self.at


def test_the_clock_warns_before_the_end_and_tells_it_once(qapp: Any) -> None:
    now, told = _Time(), list[str]()
    clock = SessionClock(now=now)
    clock.ending.connect(lambda: told.append("ending"))
    clock.ended.connect(lambda: told.append("ended"))
    end = now.at + 3600
    clock.watch(lambda: end - now.at)
    assert clock.minutes_left() == 60
    for minutes in (30, 55.5, 56, 60, 61):
        now.at = 1000 + minutes * 60
        clock.tick()
    clock.watch(None)
    assert told == ["ending", "ended"]


def test_an_untouched_window_is_told_until_somebody_comes(qapp: Any) -> None:
    now, told = _Time(), list[str]()
    clock = SessionClock(now=now)
    clock.idled.connect(lambda: told.append("idle"))
    clock.watch(lambda: 3000.0, idle_minutes=15)
    for minutes in (10, 14.9, 15, 15.25):
        now.at = 1000 + minutes * 60
        clock.tick()
    assert told == ["idle", "idle"]
    clock.touch()
    clock.tick()
    assert told == ["idle", "idle"]
    clock.watch(None)


def test_keys_and_the_mouse_count_as_somebody(qapp: Any, qtbot: Any) -> None:
    from PySide6.QtCore import QEvent, Qt
    from PySide6.QtGui import QKeyEvent

    now = _Time()
    clock = SessionClock(now=now)
    idled = list[int]()
    clock.idled.connect(lambda: idled.append(1))
    clock.watch(lambda: 3000.0, idle_minutes=15)
    for kind, counts in ((QEvent.Type.KeyPress, True), (QEvent.Type.Paint, False)):
        now.at += 900
        key = QKeyEvent(kind, Qt.Key.Key_A, Qt.KeyboardModifier.NoModifier) if counts else QEvent(kind)
        assert not clock.eventFilter(clock, key)
        clock.tick()
        assert bool(idled) is not counts
    clock.watch(None)


@pytest.mark.parametrize(
    ("python", "version", "is_broken"),
    [((3, 11), "6.12.0", True), ((3, 11), "6.11.3", False), ((3, 12), "6.12.0", False), ((3, 10), "7.0.1", True)],
)
def test_qt_that_loses_references_is_refused(python: tuple[int, int], version: str, is_broken: bool) -> None:
    assert (qt_problem(python, version) is not None) == is_broken


def test_the_installed_qt_keeps_its_references() -> None:
    program = (
        "from PySide6.QtCore import QObject, Signal\n"
        "from PySide6.QtWidgets import QApplication, QLabel\n"
        "class S(QObject):\n    s = Signal()\n"
        "a = QApplication([]); l = QLabel(); o = S(); o.s.connect(lambda: None)\n"
        "[l.setText('a') for _ in range(20000)]\n[o.s.emit() for _ in range(5000)]\n"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, check=False).returncode == 0


def test_the_window_starts_without_heavy_libraries() -> None:
    program = (
        "import sys, moveinsync_desktop.app, moveinsync_desktop.entrance\n"
        "heavy = {'pandas', 'openpyxl', 'pyqtgraph', 'sqlalchemy', 'psycopg2', 'keyring', 'jwt'} & set(sys.modules)\n"
        "sys.exit(', '.join(sorted(heavy)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_each_screen_shows_its_own_state_and_news_for_a_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(messages, "steady", lambda: now[0])
    bus = MessageBus()
    bus.go_to("trips")
    bus.status("4,289 trips read", of="trips")
    assert bus.last_status.text == "4,289 trips read"
    bus.go_to("reports")
    assert bus.last_status.text == "", "what the list of trips is like says nothing about a report"
    bus.status("September 2026 read", of="overview")
    assert bus.last_status.text == "", "said late, by a screen that is not looked at any more"
    bus.go_to("overview")
    assert bus.last_status.text == "September 2026 read"
    bus.status("Night shift is saved")
    bus.go_to("trips")
    assert bus.last_status.text == "Night shift is saved", "news of a moment ago go along"
    now[0] += messages.NEWS_S + 1
    bus.go_to("overview")
    assert bus.last_status.text == "September 2026 read"
    bus.go_to("")
    bus.go_to("trips")
    assert bus.last_status.text == "", "signed out: nothing is known of anybody's screens"
