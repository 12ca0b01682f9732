"""What was typed into the calculator: kept while typing, back after a crash or the end of a session (UX.md 24).

draft = CalculatorDraft(context, form, lambda: {"contract": ...}, parent=screen)
draft.bring_back(notice, on_contract)     # once, when the screen is first shown
draft.forget()                            # started over
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer

from moveinsync_desktop import formats
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.views.calculator_form import TripForm
from moveinsync_desktop.views.dialogs.form_draft import KEEP_AFTER_MS, decoded, encoded


class CalculatorDraft(QObject):
    """Keeps the figures of one calculator; `more` gives what stands beside the form (the contract)."""

    def __init__(
        self, context: AppContext, form: TripForm, more: Callable[[], dict[str, Any]], parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._drafts, self._form, self._more = context.drafts, form, more
        self._key = f"calculator:{context.signed_in.user_id}"
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(KEEP_AFTER_MS)
        self._timer.timeout.connect(self.keep)
        form.changed.connect(self._timer.start)

    def keep(self) -> None:
        """Store what is typed now."""
        self._timer.stop()
        content = {"figures": self._form.figures(), **self._more()}
        self._drafts.keep(self._key, {key: encoded(value) for key, value in content.items()})

    def bring_back(self) -> tuple[dict[str, Any], str] | None:
        """Fill the form with what was kept; gives what stood beside it and a sentence, None where there is nothing."""
        found = self._drafts.find(self._key)
        if found is None:
            return None
        try:
            content = {key: decoded(value) for key, value in found.content.items()}
            self._form.take_figures(content.pop("figures"))
        except (AttributeError, KeyError, TypeError, ValueError):
            self.forget()  # of an earlier form
            return None
        return content, f"What you typed on {formats.stamp(found.kept_at)} is back."

    def forget(self) -> None:
        """Thrown away on purpose."""
        self._timer.stop()
        self._drafts.forget(self._key)
