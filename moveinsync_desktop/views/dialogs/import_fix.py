"""What can be done about a rejected row right there: correct its cell, or say once whom a name means."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from moveinsync_desktop import formats
from moveinsync_desktop.models.import_preview import Preview, PreviewRow
from moveinsync_desktop.views.widgets.basics import label
from moveinsync_desktop.views.widgets.buttons import Button
from moveinsync_desktop.views.widgets.choices import Combo
from moveinsync_desktop.views.widgets.fields import TextField

_PARTIES = {"UNKNOWN_VENDOR": "vendor", "UNKNOWN_CLIENT": "client"}


class FixBox(QWidget):
    """Signals: cell_corrected(key, header, text), name_matched(kind, text, code)."""

    cell_corrected = Signal(object, str, str)
    name_matched = Signal(str, str, str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._row: PreviewRow | None = None
        self._parties: dict[str, list[tuple[Any, str]]] = {}
        self._title = label("", w="600", wrap=True)
        self.field = TextField()
        self.field.setAccessibleName("Corrected value")
        self.field.returnPressed.connect(self._correct)
        self.apply = Button("Use this value", on_click=self._correct)
        self.party = Combo([(None, "Choose")], name="Whom the name means", search=True)
        self.match = Button("", on_click=self._match)
        box = QVBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(6)
        for widget in (self._title, self.field, self.apply, self.party, self.match):
            box.addWidget(widget)
        self.hide()

    def set_parties(self, kind: str, choices: list[tuple[Any, str]]) -> None:
        """The clients or vendors (code, words) that an unknown name may mean."""
        self._parties[kind] = choices

    def show_row(self, row: PreviewRow, preview: Preview) -> None:
        """Offer what fits this row; nothing where it is not rejected."""
        self._row = row
        kind = _PARTIES.get(row.code, "")
        can_match = bool(kind and row.value and self._parties.get(kind))
        can_correct = (
            row.state == "REJECTED" and row.column is not None and row.code not in ("BAD_QUOTING", "RAGGED_ROW")
        )
        self.setVisible(can_match or can_correct)
        self.party.setVisible(can_match)
        self.match.setVisible(can_match)
        self.field.setVisible(can_correct and not can_match)
        self.apply.setVisible(can_correct and not can_match)
        if can_match:
            same = sum(item.code == row.code and item.value == row.value for item in preview.checked.rejected)
            self._title.setText(f"“{row.value}” means")
            self.party.set_choices([(None, "Choose"), *self._parties[kind]])
            self.match.set_text(f"Use for {formats.plural(same, 'row')}, and remember")
        elif can_correct:
            self._title.setText(f"Correct {row.column}")
            self.field.setText(row.value or "")

    def _correct(self) -> None:
        if self._row is not None and self._row.column is not None and self.apply.isVisible():
            self.cell_corrected.emit(self._row.key, self._row.column, self.field.text().strip())

    def _match(self) -> None:
        if self._row is not None and self._row.value and self.party.value:
            self.name_matched.emit(_PARTIES[self._row.code], self._row.value, str(self.party.value))
