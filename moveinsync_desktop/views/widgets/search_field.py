"""Search in one list: any column that shows the words, 200 ms after the last key; Esc empties it.

field = SearchField(table, "Search these trips")        # Ctrl+F goes to the filters, / to this field
"""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from moveinsync_desktop import icons, theme
from moveinsync_desktop.views.widgets.table import DataTable
from moveinsync_desktop.views.widgets.table_header import DEBOUNCE_MS

WIDTH = 188


class SearchField(QLineEdit):
    """Bound to a `DataTable`; clearing the list's filters clears it too."""

    def __init__(self, table: DataTable, words: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._table = table
        self.setPlaceholderText(words)
        self.setAccessibleName(words)
        self.setFixedWidth(WIDTH)
        self.setClearButtonEnabled(False)
        self._icon = self.addAction(icons.icon("search", "ink3"), QLineEdit.ActionPosition.LeadingPosition)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DEBOUNCE_MS)
        self._timer.timeout.connect(self._tell)
        self.textEdited.connect(lambda _text: self._timer.start())
        self.returnPressed.connect(self._tell)
        table.filters_changed.connect(self._on_filters)
        theme.signals().changed.connect(self._dress)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Esc empties; Down goes into the list."""
        if event.key() == Qt.Key.Key_Escape and self.text():
            self.clear()
            self._tell()
            return
        if event.key() == Qt.Key.Key_Down:
            self._table.view.setFocus(Qt.FocusReason.TabFocusReason)
            return
        super().keyPressEvent(event)

    def _tell(self) -> None:
        self._timer.stop()
        self._table.search(self.text())

    def _on_filters(self, _count: int) -> None:
        if not self._table.search_text and self.text() and not self._timer.isActive():
            self.clear()

    def _dress(self) -> None:
        self._icon.setIcon(icons.icon("search", "ink3"))
