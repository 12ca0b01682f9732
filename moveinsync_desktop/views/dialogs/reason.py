"""A question that needs a reason: why trips are held, rejected, an invoice void."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from moveinsync_desktop.views.dialogs.confirm import ConfirmDialog


class ReasonDialog(ConfirmDialog):
    """`ask()`, then `reason`."""

    def __init__(
        self,
        parent: QWidget,
        question: str,
        follows: str,
        verb: str,
        *,
        danger: bool = False,
        fact: tuple[str, str] | None = None,
    ) -> None:
        super().__init__(parent, question, follows, verb, danger=danger, fact=fact, reason="Reason")
