"""Employees from a file: what would change is shown before anything is stored."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from uuid import UUID

from billing.errors import KnownError
from moveinsync_desktop import formats
from moveinsync_desktop.models.columns import Column
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.views.dialogs.confirm import PlainDialog
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets.basics import label
from moveinsync_desktop.views.widgets.buttons import Button
from moveinsync_desktop.views.widgets.notices import MessageBar
from moveinsync_desktop.views.widgets.table import DataTable

if TYPE_CHECKING:
    from billing.services.employees import EmployeeImport

COLUMNS = (
    Column("row", "Row", "count", 56),
    Column("column", "Column", "text", 130),
    Column("value", "What stands there", "text", 150),
    Column("message", "Why it is left out", "text", 240, stretch=True),
)


class EmployeeImportDialog(PlainDialog):
    """Reads the file at once; the button stores what can be taken. Attributes: import_button, model."""

    def __init__(self, screen: Screen, client_id: UUID, path: Path) -> None:
        super().__init__(screen, f"Employees from {path.name}", width=680)
        self._screen, self._client_id, self._path = screen, client_id, path
        self.notice = MessageBar()
        self.words = label("Reading the file", c="ink2", wrap=True)
        self.model = RowsModel(COLUMNS, [])
        self.table = DataTable(self.model, noun="row", filters=False, totals=False, key="row")
        self.table.setMinimumHeight(180)
        self.table.hide()
        for widget in (self.notice, self.words, self.table):
            self.body.addWidget(widget)
        self.import_button = Button("Import employees", "primary", on_click=self._store)
        self.import_button.wait_for("Reading the file")
        self.foot.addWidget(label("Nothing is stored yet", t="sm", c="ink3"))
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Cancel", on_click=self.reject))
        self.foot.addWidget(self.import_button)
        self._read()

    def _read(self) -> None:
        session = self._screen.context.signed_in

        def look() -> EmployeeImport:
            from billing.services.employees import import_employees

            return import_employees(session, client_id=self._client_id, path=self._path, preview=True)

        self._screen.query(look, self._show, key="employee file", on_error=self._on_failed)

    def _show(self, found: EmployeeImport) -> None:
        self.model.set_rows(found.rejected)
        self.table.setVisible(bool(found.rejected))
        changes = found.added + found.updated
        parts = [
            f"{formats.plural(found.added, 'new employee')}, {formats.count(found.updated)} brought up to date,",
            f"{formats.count(found.unchanged)} as stored.",
        ]
        if found.rejected:
            parts.append(f"{formats.plural(len(found.rejected), 'row')} cannot be taken:")
        self.words.setText(" ".join(parts))
        self.import_button.set_text(f"Import {formats.plural(changes, 'employee')}")
        self.import_button.wait_for("" if changes else "The file changes nothing")

    def _store(self) -> None:
        session = self._screen.context.signed_in

        def store() -> EmployeeImport:
            from billing.services.employees import import_employees

            return import_employees(session, client_id=self._client_id, path=self._path, lenient=True)

        self.import_button.wait_for("Storing")
        self._screen.command(lambda _progress: store(), self._on_stored, on_error=self._on_failed)

    def _on_stored(self, done: EmployeeImport) -> None:
        words = f"{formats.plural(done.added, 'employee')} added, {formats.count(done.updated)} brought up to date"
        self._screen.context.messages.status(words, "state:tick")
        self.accept()

    def _on_failed(self, error: Exception) -> None:
        if not isinstance(error, KnownError):
            self._screen.context.messages.error(error)
            return
        self.words.setText(error.hint)
        self.notice.show_message("danger", error.message)
        self.import_button.wait_for("The file cannot be taken")
