"""What is shown for a bug: one window a cause, with the report to copy; nothing is sent anywhere."""

from __future__ import annotations

import traceback

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from moveinsync_desktop.views.dialogs.confirm import PlainDialog
from moveinsync_desktop.views.widgets.basics import label
from moveinsync_desktop.views.widgets.buttons import Button


class CrashWindow(PlainDialog):
    """A plain sentence first, Details and Copy after."""

    def __init__(self, parent: QWidget | None, report: str) -> None:
        super().__init__(parent, "Something went wrong inside the program", width=520)
        self._report = report
        words = "It is noted in the log. What you typed is still there; nothing half-done was stored."
        self.body.addWidget(label(words, c="ink2", wrap=True))
        self._details = QPlainTextEdit(report)
        self._details.setReadOnly(True)
        self._details.setMinimumHeight(220)
        self._details.setAccessibleName("Report")
        self._details.hide()
        self.body.addWidget(self._details)
        self.foot.addWidget(Button("Details", "quiet", on_click=self._toggle))
        self.foot.addWidget(Button("Copy report", "quiet", on_click=self._copy))
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Go on", "primary", on_click=self.accept))

    def _toggle(self) -> None:
        self._details.setVisible(not self._details.isVisible())
        self.adjustSize()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._report)


class CrashReporter(QObject):
    """Takes reports from any thread and shows them in the GUI thread, one at a time."""

    _arrived = Signal(str)

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._seen: set[str] = set()
        self._arrived.connect(self._show, Qt.ConnectionType.QueuedConnection)

    def report(self, _title: str, report: str) -> None:
        """Safe to call from any thread."""
        self._arrived.emit(report)

    def report_error(self, error: BaseException) -> None:
        """An unexpected error of a job; each place in the program is shown once."""
        frames = traceback.extract_tb(error.__traceback__)
        place = f"{type(error).__name__}@{frames[-1].filename}:{frames[-1].lineno}" if frames else repr(error)
        if place not in self._seen:
            self._seen.add(place)
            self._arrived.emit("".join(traceback.format_exception(error)))

    def _show(self, report: str) -> None:
        dialog = CrashWindow(self._window if self._window.isVisible() else None, report)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
