"""Import trips: file, columns, check, done; nothing is stored before every row has been seen (UX.md 3, picture 15).

    ImportTripsDialog(context, parent, paths=[...], whose=("", "")).open()

Reading runs in a worker and a child process; storing is one command with progress and cancel. What changed reaches
the other screens by itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QDialog, QFileDialog, QHBoxLayout, QStackedWidget, QVBoxLayout, QWidget

from billing.errors import KnownError
from billing.schemas.changes import Cancelled
from billing.schemas.ids import new_id
from moveinsync_desktop import formats
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.messages import describe
from moveinsync_desktop.views.dialogs import import_jobs
from moveinsync_desktop.views.dialogs.import_check_page import CheckPage
from moveinsync_desktop.views.dialogs.import_columns_page import ColumnsPage
from moveinsync_desktop.views.dialogs.import_done_page import DonePage
from moveinsync_desktop.views.dialogs.import_file_page import FilePage
from moveinsync_desktop.views.widgets.basics import ElidedLabel, frame
from moveinsync_desktop.views.widgets.buttons import Button
from moveinsync_desktop.views.widgets.choices import Segmented
from moveinsync_desktop.views.widgets.header import PageHeader
from moveinsync_desktop.views.widgets.notices import ProgressStrip
from moveinsync_desktop.views.widgets.steps import Steps

if TYPE_CHECKING:
    from billing.exchange.sheets.look import SheetLook
    from billing.services.trip_decisions import Undone
    from billing.services.trips import ImportChoices, ImportResult
    from moveinsync_desktop.models.import_preview import Preview
    from moveinsync_desktop.workers import Job

FILE, COLUMNS, CHECK, DONE = range(4)
NOTHING_YET = "Nothing is stored yet"


class ImportTripsDialog(QDialog):
    """Attributes: result (ImportResult once stored, else None)."""

    def __init__(
        self,
        context: AppContext,
        parent: QWidget | None = None,
        paths: Sequence[Path] = (),
        whose: tuple[str, str] = ("", ""),
    ) -> None:
        """whose: codes of the client and vendor to begin with, where they are known."""
        super().__init__(parent)
        self.setWindowTitle("Import trips")
        self.setModal(True)
        self.context = context
        self.stored: ImportResult | None = None
        self._job: Job | None = None
        self._edits: dict[tuple[str | None, int], dict[str, str]] = {}
        self._key = new_id()
        self._news = ""
        self.steps = Steps(["File", "Columns", "Check", "Done"])
        self.header = PageHeader("Import trips")
        self.header.add_right(self.steps)
        self.strip = ProgressStrip()
        self.file_page = FilePage(is_super=context.sees_every_client, is_vendor=context.signed_in.vendor_id is not None)
        self.columns_page = ColumnsPage()
        self.check_page = CheckPage(context)
        self.done_page = DonePage()
        self.pages = QStackedWidget()
        for page in (self.file_page, self.columns_page, self.check_page, self.done_page):
            self.pages.addWidget(page)
        self._make_layout()
        self.resize(self.sizeHint())  # left alone, Qt takes at most two thirds of the screen and cuts the pages
        self._connect()
        self._go(FILE)
        self._read_parties(list(paths), whose)

    def sizeHint(self) -> QSize:
        """Nearly as large as the window behind it."""
        owner = self.parentWidget()
        room = owner.window().size() if owner is not None else QSize(1240, 760)
        return QSize(max(960, room.width() - 120), max(600, room.height() - 80))

    def reject(self) -> None:
        """Esc or Cancel: work under way is stopped first."""
        if self._job is not None and self._job.is_running:
            self._job.cancel()
            return
        super().reject()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enter never stores by accident; Esc leaves."""
        if event.key() in (0x01000004, 0x01000005):
            return
        super().keyPressEvent(event)

    def _make_layout(self) -> None:
        self.note = ElidedLabel(NOTHING_YET, c="ink2")
        self.note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.save_button = Button("Save rows with reasons…", icon="download", on_click=self._save_rows)
        self.mode = Segmented([(False, "All or nothing"), (True, "Only the ready rows")], "When rows are rejected")
        self.mode.chosen.connect(lambda _value: self._choose_mode())
        self.back_button = Button("Back", on_click=self._back)
        self.cancel_button = Button("Cancel", on_click=self.reject)
        self.next_button = Button("Next", "primary", on_click=self._next)
        foot = frame("pagefoot")
        box = QHBoxLayout(foot)
        box.setContentsMargins(16, 10, 16, 10)
        box.setSpacing(10)
        box.addWidget(self.save_button)
        box.addWidget(self.mode)
        box.addWidget(self.note, 1)
        for widget in (self.back_button, self.cancel_button, self.next_button):
            box.addWidget(widget)
        ground = frame("page")
        inner = QVBoxLayout(ground)
        inner.setContentsMargins(0, 0, 0, 0)
        inner.setSpacing(0)
        for part in (self.header, self.strip, self.pages, foot):
            inner.addWidget(part, 1 if part is self.pages else 0)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(ground)

    def _connect(self) -> None:
        self.file_page.file_chosen.connect(self._look)
        self.file_page.changed.connect(self._refresh_foot)
        self.file_page.changed.connect(self._offer_vendors)
        self.check_page.columns_wanted.connect(lambda: self._go(COLUMNS))
        self.check_page.changed.connect(self._refresh_foot)
        self.check_page.fix.cell_corrected.connect(self._correct)
        self.check_page.fix.name_matched.connect(self._remember)
        self.done_page.undo_wanted.connect(self._undo)
        self.done_page.trips_wanted.connect(self._show_trips)
        self.file_page.zone.sample.setVisible(self.context.is_demo)
        self.file_page.zone.sample.clicked.connect(self._take_sample)

    def _go(self, step: int) -> None:
        self._news = ""
        self.pages.setCurrentIndex(step)
        self.steps.set_step(step)
        self._refresh_foot()

    def _choose_mode(self) -> None:
        self._news = ""
        self._refresh_foot()

    def _refresh_foot(self) -> None:
        step = self.pages.currentIndex()
        checked = self.check_page
        is_busy = self._job is not None and self._job.is_running
        self.save_button.setVisible(step == CHECK and checked.preview is not None and self._to_send_back() > 0)
        self.save_button.set_text(f"Save {formats.plural(self._to_send_back(), 'row')} with reasons…")
        self.mode.setVisible(step == CHECK and checked.rejected > 0)
        self.back_button.setVisible(step in (COLUMNS, CHECK))
        self.cancel_button.setVisible(step != DONE or self._may_bill())
        self.cancel_button.set_text("Close" if step == DONE else "Cancel")
        self.next_button.set_text(
            {FILE: "Next: columns", COLUMNS: "Check the rows", DONE: self._after()}.get(
                step, f"Import {formats.plural(checked.ready, 'trip')}"
            )
        )
        waits = "Waits for the file to be read" if is_busy else self._waits(step)
        self.next_button.wait_for(waits)
        if step == DONE:
            self.note.setText("")
        elif step == CHECK:
            self.note.setText(self._news or waits or NOTHING_YET)

    def _waits(self, step: int) -> str:
        if step == FILE:
            return "" if self.file_page.path else "Choose a file first"
        if step == CHECK:
            if not self.check_page.ready:
                return "No row is ready to be stored"
            if self.check_page.rejected and not self.mode.value:
                rows = formats.plural(self.check_page.rejected, "row")
                return f"{rows} rejected: leave them out, or choose “Only the ready rows”"
        return ""

    def _to_send_back(self) -> int:
        preview = self.check_page.preview
        return preview.count("REJECTED") + preview.count("CONFLICT") if preview is not None else 0

    def _next(self) -> None:
        step = self.pages.currentIndex()
        if step == FILE:
            self._go(COLUMNS)
        elif step == COLUMNS:
            self._check()
        elif step == CHECK:
            self._store()
        elif self.file_page.waiting:
            self.file_page.set_paths(list(self.file_page.waiting))
        else:
            is_next = self._may_bill()
            self.accept()
            if is_next:
                self.context.open("billing_runs", month=self._month())

    def _after(self) -> str:
        """What the last page leads to: the next file, the bill of these trips, or out."""
        waiting, month = self.file_page.waiting, self._month()
        if waiting:
            return f"Next file: {waiting[0].name}"
        return f"Bill {formats.month(month)}" if month is not None and self._may_bill() else "Close"

    def _month(self) -> date | None:
        """The first month of what was stored; None where nothing was, or where it was taken back."""
        stored = self.stored
        if stored is None or not stored.batches or not stored.checked.dates.first:
            return None
        return date.fromisoformat(stored.checked.dates.first).replace(day=1)

    def _may_bill(self) -> bool:
        return self._month() is not None and not self.file_page.waiting and self.context.may("billing.run")

    def _back(self) -> None:
        self._go(self.pages.currentIndex() - 1)

    def _read_parties(self, paths: list[Path], whose: tuple[str, str]) -> None:
        def done(found: import_jobs.Parties) -> None:
            self.file_page.whose.set_parties(*found)
            self.file_page.whose.choose(*whose)
            if paths:
                self.file_page.set_paths(paths)
            if self.context.sees_every_client:
                choices = [(code, f"{name}  {code}") for _id, code, name in found[0]]
                self.check_page.fix.set_parties("client", choices)

        read = import_jobs.parties(self.context.signed_in)
        self.context.workers.run_query(read, done, self._fail, owner=self, key="parties")

    def _take_sample(self) -> None:
        write = import_jobs.demo_sheet(self.context.home)
        self.context.workers.run_query(write, self.file_page.set_path, self._fail, owner=self, key="look")

    def _offer_vendors(self) -> None:
        if self.context.may("vendors.link"):
            self.check_page.fix.set_parties("vendor", self.file_page.whose.vendor_choices())

    def _look(self, path: Path) -> None:
        from billing.exchange.sheets import process

        self.check_page.left_out.clear()
        self._edits.clear()
        self._key = new_id()  # of this import, however often it is asked for
        self._job = self.context.workers.run_query(
            lambda: process.look(path), self._on_look, self._fail, owner=self, key="look"
        )
        self._refresh_foot()

    def _on_look(self, found: list[SheetLook]) -> None:
        if not found:
            self.file_page.message.show_message("danger", "The file has no visible sheet with anything in it.")
            return
        self.columns_page.set_look(found[0])
        self._offer_saved()
        problems = self._problems()
        self.columns_page.show_problems(problems)
        self._refresh_foot()
        if problems:
            self._go(COLUMNS)
        else:
            self._check()

    def _problems(self) -> dict[str, str]:
        is_vendor = self.context.signed_in.vendor_id is not None
        own_client = not self.context.sees_every_client and not is_vendor  # a vendor's staff may serve several
        has_client = bool(self.file_page.client.value) or own_client
        has_vendor = bool(self.file_page.vendor.value) or is_vendor
        return self.columns_page.problems(has_client=has_client, has_vendor=has_vendor)

    def _offer_saved(self) -> None:
        client, vendor = self.file_page.client.value, self.file_page.vendor.value
        if not client or not vendor:
            self.columns_page.set_saved({})
            return
        read = import_jobs.mappings(self.context.signed_in, client, vendor)
        self.context.workers.run_query(read, self.columns_page.set_saved, self._fail, owner=self, key="mappings")

    def _choices(self) -> ImportChoices:
        from billing.services.trips import ImportChoices

        page = self.columns_page
        return ImportChoices(
            client=self.file_page.client.value, vendor=self.file_page.vendor.value, mapping=page.mapping,
            derive_ids=page.derive.isChecked(), distance_unit=page.unit.value, date_order=page.order.value,
            create_parties=self.file_page.create_new.isChecked(), lenient=bool(self.mode.value),
            strict_names=self.file_page.strict.isChecked(), key=self._key,
            skip=frozenset(self.check_page.left_out), edits={key: dict(cells) for key, cells in self._edits.items()},
        )  # fmt: skip

    def _check(self) -> None:
        problems, path = self._problems(), self.file_page.path
        self.columns_page.show_problems(problems)
        if problems or path is None:
            return
        choices = replace(self._choices(), skip=frozenset())
        self._work(import_jobs.check(self.context.signed_in, path, choices), self._on_checked, f"Reading {path.name}")

    def _on_checked(self, preview: Preview) -> None:
        path = self.file_page.path
        if path is not None:
            self.columns_page.message.hide()
            self.check_page.show_preview(path, preview)
            self._go(CHECK)

    def _correct(self, key: tuple[str | None, int], header: str, text: str) -> None:
        """A cell was corrected: the file is checked again with it."""
        self._edits.setdefault(key, {})[header] = text
        self._check()

    def _remember(self, kind: str, text: str, code: str) -> None:
        """An unknown name was matched: it is kept with the client or vendor, and the file is checked again."""
        session, client = self.context.signed_in, self.file_page.client.value
        job = import_jobs.remember(session, kind, text, code, client)
        self._work(job, lambda _changes: self._check(), "Remembering the name")

    def _store(self) -> None:
        path, save_as = self.file_page.path, self.columns_page.save_as.text().strip()
        if path is not None:
            job = import_jobs.store(self.context.signed_in, path, self._choices(), save_as)
            self._work(job, self._on_stored, "Importing trips")

    def _on_stored(self, result: ImportResult) -> None:
        self.stored = result
        self.done_page.show_result(result)
        month = self._month()
        if month is not None:
            self.context.set_month(month)  # what was just brought in is what every screen shows now
        self._go(DONE)

    def _undo(self) -> None:
        if self.stored is not None and self.stored.file_id is not None:
            job = import_jobs.undo(self.context.signed_in, str(self.stored.file_id))
            self._work(job, self._on_undone, "Taking the import back")

    def _on_undone(self, undone: Undone) -> None:
        self.stored = None
        self.done_page.show_undone(undone)

    def _show_trips(self) -> None:
        """Leave for the list of what was stored: its first month, by the sheet's name."""
        stored, month = self.stored, self._month()
        self.accept()
        if stored is not None and month is not None:
            name = stored.batches[0].batch.file_name
            self.context.open("trips", month=month, view="all", filters={"file_name": f"={name}"})

    def _save_rows(self) -> None:
        preview, path = self.check_page.preview, self.file_page.path
        if preview is None or path is None:
            return
        name, _kind = QFileDialog.getSaveFileName(
            self, "Save the rows with their reasons", f"{path.stem} to correct.xlsx", "Workbook (*.xlsx)"
        )
        if name:
            self._write_rows(preview, path, Path(name))

    def _write_rows(self, preview: Preview, path: Path, target: Path) -> None:
        def done(count: int) -> None:
            self._news = f"{formats.plural(count, 'row')} saved as {target.name}"

        self._work(import_jobs.write_rows(preview, path, target), done, "Saving the rows")

    def _work(self, run: Any, done: Any, title: str) -> None:
        session = self.context.signed_in
        self._job = self.context.workers.run_command(
            run, done, self._fail, title=title, owner=self, on_cancel=session.cancel_running
        )
        self._job.finished.connect(self._refresh_foot)
        self.strip.follow(self._job, title)
        self._refresh_foot()

    def _fail(self, error: Exception) -> None:
        if isinstance(error, Cancelled):
            self._news = "Cancelled, nothing was stored"
        elif isinstance(error, KnownError):
            title, hint = describe(error)
            page = self.pages.currentWidget()
            bar = getattr(page, "message", self.file_page.message)
            bar.show_message("danger", f"{title} {hint}".strip())
        else:
            self.context.messages.error(error)
