"""Doing things in modal dialogs while the code under test waits for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication


def close_next(found: list[type[Any]]) -> None:
    """Close the dialog that opens next, its kind put into `found`."""

    def close(dialog: Any) -> None:
        found.append(type(dialog))
        dialog.done(0)

    at_dialogs(close)


def at_dialogs(*acts: Callable[[Any], None]) -> list[BaseException]:
    """Run each act with the dialog that opens next; what they raise is given back, and that dialog closed."""
    raised: list[BaseException] = []
    waiting, seen = list(acts), []

    def work() -> None:
        dialog = QApplication.activeModalWidget()
        if dialog is None or dialog in seen:
            QTimer.singleShot(40, work)
            return
        seen.append(dialog)
        act = waiting.pop(0)
        if waiting:
            QTimer.singleShot(40, work)
        try:
            act(dialog)
        except BaseException as error:  # noqa: BLE001 - handed on to the test
            raised.append(error)
            dialog.done(0)  # type: ignore[attr-defined]

    QTimer.singleShot(40, work)
    return raised
