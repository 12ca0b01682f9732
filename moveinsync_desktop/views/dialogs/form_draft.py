"""What was typed into a small form and not saved: kept while typing, back when the form is opened again.

draft = FormDraft(form, context.drafts, "form:<user>:SiteDialog:<id>", notice, parent=dialog)
draft.begin()          # once the form shows the stored values
draft.forget()         # saved, or thrown away on purpose
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from PySide6.QtCore import QObject, QTimer

from moveinsync_desktop import formats
from moveinsync_desktop.drafts import Drafts
from moveinsync_desktop.views.widgets.notices import MessageBar

KEEP_AFTER_MS = 700
_READ: dict[str, Callable[[str], Any]] = {
    "id": UUID,
    "number": Decimal,
    "day": date.fromisoformat,
    "clock": time.fromisoformat,
}


class Kept(Protocol):
    """What can be kept: a Form, or fields that tell values and change like one."""

    changed: Any

    def values(self) -> dict[str, Any]:
        """What stands there."""
        ...

    def set_values(self, values: dict[str, Any]) -> None:
        """Fill it."""
        ...


class FormDraft(QObject):
    """Keeps one form. Attributes: is_dirty (something differs from what was shown first)."""

    def __init__(self, form: Kept, drafts: Drafts, key: str, notice: MessageBar, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._form, self._drafts, self._key, self._notice = form, drafts, key, notice
        self._first: dict[str, Any] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(KEEP_AFTER_MS)
        self._timer.timeout.connect(self._keep)

    @property
    def is_dirty(self) -> bool:
        """Does anything differ from what was shown first?"""
        return self._first is not None and self._now() != self._first

    def begin(self) -> None:
        """The form shows what is stored: from now on changes are kept; what was kept before comes back."""
        if self._first is not None:
            return
        self._first = self._now()
        found = self._drafts.find(self._key)
        if found is not None and set(found.content) == set(self._first):
            self._form.set_values({key: decoded(value) for key, value in found.content.items()})
            if self.is_dirty:
                words = f"What you typed on {formats.stamp(found.kept_at)} is back, not saved yet."
                self._notice.show_message("info", words, "Start afresh", self._start_afresh)
        self._form.changed.connect(lambda _row: self._timer.start())

    def forget(self) -> None:
        """It was saved or thrown away."""
        self._timer.stop()
        self._first = None
        self._drafts.forget(self._key)

    def _start_afresh(self) -> None:
        first = self._first or {}
        self._form.set_values({key: decoded(value) for key, value in first.items()})
        self._drafts.forget(self._key)
        self._notice.hide()

    def _keep(self) -> None:
        if self.is_dirty:
            self._drafts.keep(self._key, self._now())
        else:
            self._drafts.forget(self._key)

    def _now(self) -> dict[str, Any]:
        return {key: encoded(value) for key, value in self._form.values().items()}


def encoded(value: Any) -> Any:
    """A field's value as plain JSON that can be told apart again."""
    if isinstance(value, UUID):
        return {"id": str(value)}
    if isinstance(value, Decimal):
        return {"number": str(value)}
    if isinstance(value, date):
        return {"day": value.isoformat()}
    if isinstance(value, time):
        return {"clock": value.isoformat()}
    if isinstance(value, tuple):
        return [encoded(item) for item in value]
    return value


def decoded(value: Any) -> Any:
    """The value of `encoded`."""
    if isinstance(value, list):
        return tuple(decoded(item) for item in value)
    if isinstance(value, dict):
        ((kind, text),) = value.items()
        return _READ[kind](text)
    return value
