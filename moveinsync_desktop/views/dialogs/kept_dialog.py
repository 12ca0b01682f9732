"""The base of dialogs whose typed values are not lost: kept while typing, back at the next opening, asked for at Esc.

    class TermsDialog(KeptDialog):
        def __init__(self, screen):
            super().__init__(screen, "Terms", width=660)     # self.notice stands on top of the body
            ...
            self.keep_typed(screen.context, "terms", self.form)        # a Form, or Fields({...}) of any rows
        def _on_saved(self, _result): self.settled(); super().accept()

Whoever stores the values only after the dialog was accepted calls `settled()` then, so that a refusal loses nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QScrollArea, QWidget

from moveinsync_desktop.context import AppContext
from moveinsync_desktop.views.dialogs.confirm import ConfirmDialog, PlainDialog
from moveinsync_desktop.views.dialogs.form_draft import FormDraft
from moveinsync_desktop.views.widgets.basics import column, plain, scrolling
from moveinsync_desktop.views.widgets.forms import Form
from moveinsync_desktop.views.widgets.notices import MessageBar

AROUND_FORM = 190
"""Pixels that title, notice, buttons and the window's own frame take beside the form."""


class Fields(QObject):
    """Fields by name, whatever rows and forms they stand in. `show` fills them where their order matters."""

    changed = Signal(object)

    def __init__(
        self, fields: Mapping[str, Any], show: Callable[[dict[str, Any]], None] | None = None,
        parent: QObject | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self._fields, self._show = dict(fields), show
        for field in self._fields.values():
            for name in ("changed", "chosen", "toggled"):
                signal = getattr(field, name, None)
                if signal is not None:
                    signal.connect(lambda *_args: self.changed.emit(None))

    def values(self) -> dict[str, Any]:
        """What stands in each."""
        return {name: field.value for name, field in self._fields.items()}

    def set_values(self, values: dict[str, Any]) -> None:
        """Fill those that are named."""
        if self._show is not None:
            self._show(values)
        for name, value in values.items():
            if name in self._fields:
                self._fields[name].set_value(value)


class KeptDialog(PlainDialog):
    """Attributes: notice (message bar on top), draft (None until `keep_typed`)."""

    def __init__(self, parent: QWidget | None, title: str, *, width: int) -> None:
        super().__init__(parent, title, width=width)
        self.draft: FormDraft | None = None
        self._long: QWidget | None = None
        self._area: QScrollArea | None = None
        self.notice = MessageBar()
        self.body.addWidget(self.notice)

    def keep_typed(self, context: AppContext, which: str, form: Form | Fields) -> None:
        """Keep these fields from the first showing on; `which` tells the record, the person is known."""
        key = f"form:{context.signed_in.user_id}:{type(self).__name__}:{which}"
        self.draft = FormDraft(form, context.drafts, key, self.notice, parent=self)

    def add_scrolling(self, form: QWidget) -> None:
        """Put a form into the body that scrolls where the screen is too low for it."""
        ground = plain(column(form))
        ground.setProperty("role", "page")
        self._long, self._area = form, scrolling(ground)
        self.body.addWidget(self._area, 1)

    def settled(self) -> None:
        """It is stored, or thrown away on purpose: nothing is left to bring back."""
        if self.draft is not None:
            self.draft.forget()

    def showEvent(self, event: QShowEvent) -> None:
        """As high as its form, if the screen is. What was typed before comes back."""
        super().showEvent(event)
        if self.draft is not None:
            self.draft.begin()
        if self._area is not None and self._long is not None:
            room = self.screen().availableGeometry().height() - AROUND_FORM
            self._area.setMinimumHeight(min(self._long.sizeHint().height(), max(room, 200)))
            self.adjustSize()

    def reject(self) -> None:
        """Leave; asks first when something was typed."""
        if self.draft is not None and self.draft.is_dirty:
            words = "What you typed in this form is thrown away."
            if not ConfirmDialog(self, "Leave without saving?", words, "Throw away", danger=True).ask():
                return
        self.settled()
        super().reject()
