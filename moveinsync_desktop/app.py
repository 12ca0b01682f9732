"""The composition root of the window: everything is built here and handed down; nothing is global."""

from __future__ import annotations

import logging
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, cast

from moveinsync_desktop import compat, crash

if TYPE_CHECKING:
    from PySide6.QtGui import QIcon

    from billing.store.session import Session

log = logging.getLogger(__name__)

WARM_UP = ("pyqtgraph",)  # the first screen has charts; loaded while it waits for its figures
LATER = ("billing.rating.simulate", "pandas", "openpyxl")
LATER_AFTER_MS = 1500
LEAVE_WITHIN_S = 4.0


class DesktopApp:
    """The running program. Attributes: qt (QApplication), context, window, entrance."""

    def __init__(self, args: Namespace, home: Path) -> None:
        from PySide6.QtWidgets import QApplication

        from moveinsync_desktop.context import AppContext
        from moveinsync_desktop.settings import Settings

        existing = QApplication.instance()
        self.qt = existing if isinstance(existing, QApplication) else QApplication(["moveinsync"])
        self.qt.setApplicationName("MoveInSync Desktop")
        self.qt.setDesktopFileName("moveinsync-desktop")
        settings = Settings(home / "window" / "settings.ini")
        self._settings = settings
        self._look_ahead(args, home)
        self.dress()
        self.qt.setWindowIcon(app_icon())
        from moveinsync_desktop.actions import ActionRegistry
        from moveinsync_desktop.contract_watch import ContractWatch
        from moveinsync_desktop.daily_anchor import DailyAnchor
        from moveinsync_desktop.garbage import GarbageCollector
        from moveinsync_desktop.line_watch import LineWatch
        from moveinsync_desktop.messages import MessageBus
        from moveinsync_desktop.session import SessionClock
        from moveinsync_desktop.views.main_window import MainWindow
        from moveinsync_desktop.workers import Workers

        self._garbage = GarbageCollector()
        self.context = AppContext(
            home=home,
            settings=settings,
            workers=Workers(),
            messages=MessageBus(),
            actions=ActionRegistry(),
            clock=SessionClock(),
        )
        self.window = MainWindow(self.context)
        self._anchor = DailyAnchor(self.context, self.window)
        self._watch = ContractWatch(self.context, self.window)
        self._line = LineWatch(self.context, self.window)
        self.window.follow_line(self._line)
        self._args = args
        settings.changed.connect(self._on_setting)
        self.window.closing.connect(self.close)
        self._set_forms()
        self._listen_to_crashes()

    def start(self) -> None:
        """Show the window first, then look for workspaces."""
        from importlib.metadata import version

        from PySide6.QtCore import QTimer

        from moveinsync_desktop.entrance import Entrance

        self.window.sign_in.set_version(f"Version {version('moveinsync-desktop')}")
        self.window.show()
        self.entrance = Entrance(self.context, self.window, self._args)
        QTimer.singleShot(0, self.window, self.entrance.begin)
        self.entrance.entered.connect(lambda: self.context.workers.run_async_import(WARM_UP))
        self.entrance.entered.connect(self._line.forget)
        self.entrance.entered.connect(lambda: QTimer.singleShot(LATER_AFTER_MS, self.window, self._catch_up))

    def _catch_up(self) -> None:
        """What may wait until the first screen is there."""
        self._anchor.look()
        self.context.workers.run_async_import(LATER)
        self._watch.start()

    def dress(self) -> None:
        """Theme, density and contrast from the settings."""
        from moveinsync_desktop import theme
        from moveinsync_desktop.settings import Options

        theme.install(
            self.qt,
            cast(theme.Mode, self._settings.get(Options.THEME)),
            density=cast(theme.Density, self._settings.get(Options.DENSITY)),
            high_contrast=self._settings.get(Options.CONTRAST),
            motion=self._settings.get(Options.MOTION),
        )

    def _look_ahead(self, args: Namespace, home: Path) -> None:
        """Where nobody will be asked for a password, the server starts now."""
        from moveinsync_desktop import ahead
        from moveinsync_desktop.settings import Options

        demo = bool(getattr(args, "demo", False))
        if demo or self._settings.get(Options.STAY_SIGNED_IN):
            named = getattr(args, "profile", None) or self._settings.get(Options.LAST_PROFILE)
            ahead.begin(home, demo=demo, named=named)

    def close(self) -> None:
        """The window closes: cancel what runs, leave the session, let the embedded server stop."""
        crash.net.listen(None)
        self.context.clock.watch(None)
        self._watch.stop()
        self._line.stop()
        self.context.workers.shutdown()
        if self.context.session is not None:
            _leave(self.context.session)
            self.context.session = None
        self._garbage.stop()

    def _on_setting(self, key: str) -> None:
        if key.startswith("look/"):
            self.dress()
        if key.startswith("forms/"):
            self._set_forms()

    def _set_forms(self) -> None:
        """Whether Enter goes to the next field, in every form."""
        from moveinsync_desktop.settings import Options
        from moveinsync_desktop.views.widgets.forms import Form

        Form.moves_on_by_default = self._settings.get(Options.ENTER_MOVES_ON)

    def _listen_to_crashes(self) -> None:
        from moveinsync_desktop.views.dialogs.crash_window import CrashReporter

        self._reporter = CrashReporter(self.window)
        crash.net.listen(self._reporter.report)
        self.context.messages.bug_found.connect(self._reporter.report_error)
        self.context.workers.command_lost.connect(
            lambda title, error: self.context.messages.toast(f"{title} failed", str(error), tone="danger")
        )


def _leave(session: Session) -> None:
    """Sign out; a server that does not answer keeps nobody from closing the window, its token ends by itself."""
    import threading

    closing = threading.Thread(target=session.close, name="sign out", daemon=True)
    closing.start()
    closing.join(LEAVE_WITHIN_S)


def app_icon() -> QIcon:
    """The mark as window icon."""
    from PySide6.QtGui import QIcon

    from moveinsync_desktop import icons

    made = QIcon()
    for size in (16, 24, 32, 48, 64, 128):
        made.addPixmap(icons.pixmap("brand:logo", "accent", size, paper="on_accent"))
    return made


def run_window(args: Namespace) -> int:
    """Open the window (or bring the one that is open to the front) and run until it closes."""
    crash.install()
    compat.ensure_qt()
    from PySide6.QtWidgets import QApplication

    from billing.store.profiles import data_home
    from moveinsync_desktop.single import SingleWindow, socket_name, wake_other

    home = data_home()
    application = QApplication(sys.argv[:1])
    name = socket_name(home)
    if wake_other(name):
        return 0
    program = DesktopApp(args, home)
    single = SingleWindow(name, program.window)
    single.woken.connect(program.window.come_to_front)
    program.start()
    return application.exec()
