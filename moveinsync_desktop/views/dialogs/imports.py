"""Earlier imports: what each stored, the way to its trips, and the way back while none of them is on a bill."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from moveinsync_desktop import formats
from moveinsync_desktop.models.columns import Column
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.views.dialogs import import_jobs
from moveinsync_desktop.views.dialogs.confirm import ConfirmDialog, PlainDialog
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets import DataTable
from moveinsync_desktop.views.widgets.buttons import Button

if TYPE_CHECKING:
    from billing.schemas.imports import ImportBatch

COLUMNS = (
    Column("created_at", "When", "stamp", 146),
    Column("file_name", "Sheet", "text", 260, stretch=True),
    Column("accepted", "Stored", "count", 76, total=True),
    Column("rejected", "Rejected", "count", 76, total=True),
    Column("duplicates", "Duplicates", "count", 84, total=True),
    Column("distance_m", "Km", "km", 90, total=True),
    Column("status", "Status", "state", 110),
)


class ImportsDialog(PlainDialog):
    """Attributes: table. Looking at the trips of one closes the dialog."""

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen, "Earlier imports", width=960)
        self._screen, self._context = screen, screen.context
        self._model = RowsModel(COLUMNS)
        self._model.set_reader(self._read)
        self.table = DataTable(
            self._model, name="imports", noun="import", settings=self._context.settings,
            messages=self._context.messages,
        )  # fmt: skip
        self.table.set_empty("upload", "Nothing was imported yet", "Import a vendor's trip sheet: Ctrl+I in Trips.")
        self.table.current_changed.connect(lambda _batch: self._refresh())
        self.table.opened.connect(lambda _batch: self._look())
        self.body.addWidget(self.table, 1)
        self.undo_button = Button("Undo this import…", icon="undo-2", on_click=self._undo)
        self.look_button = Button("Show its trips", icon="route", on_click=self._look)
        self.foot.addWidget(self.undo_button)
        self.foot.addWidget(self.look_button)
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Close", "primary", on_click=self.accept))
        self.resize(960, 520)
        self._refresh()
        self._read()

    def _read(self) -> None:
        from billing.services.trip_decisions import list_imports

        session, context = self._context.signed_in, self._context
        client = str(context.client_id) if context.client_id else None
        self._model.set_loading()
        self._screen.query(
            lambda: list_imports(session, client=client), self._show, key="imports", on_error=self._model.set_error
        )

    def _show(self, found: list[ImportBatch]) -> None:
        self._model.set_rows(found)
        self.table.select_row(0)
        self._refresh()

    def _refresh(self) -> None:
        batch = self.table.current
        nothing = "" if batch is not None else "Choose an import first"
        undone = "Taken back already" if batch is not None and batch.status == "UNDONE" else ""
        self.undo_button.wait_for(nothing or undone)
        self.look_button.wait_for(nothing or undone)

    def _look(self) -> None:
        batch, session = self.table.current, self._context.signed_in
        if batch is None or not self.look_button.isEnabled():
            return

        def read() -> datetime | None:
            from billing.services.trip_decisions import first_start

            return first_start(session, batch)

        self._screen.query(read, lambda moment: self._go(batch, moment), key="first")

    def _go(self, batch: ImportBatch, moment: datetime | None) -> None:
        self.accept()
        if moment is not None:
            month = formats.local(moment, self._context.zone).date().replace(day=1)
            self._context.open("trips", month=month, view="all", filters={"file_name": f"={batch.file_name}"})

    def _undo(self) -> None:
        batch = self.table.current
        if batch is None:
            return
        what = formats.plural(batch.accepted, "trip")
        follows = f"{what} of {batch.file_name} are removed; the same file can be imported again."
        if not ConfirmDialog(self, "Undo this import?", follows, "Undo the import", danger=True).ask():
            return
        work = import_jobs.undo(self._context.signed_in, str(batch.id))

        def done(undone: Any) -> None:
            self._context.messages.status(f"{formats.plural(undone.trips, 'trip')} taken back", "undo-2")
            self._read()

        self._screen.command(work, done, title="Taking the import back")
