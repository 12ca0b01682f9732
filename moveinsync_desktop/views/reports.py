"""Reports: picked by what they are for, read for the dates in the header, each row leads to what is behind it."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QStackedWidget

from moveinsync_desktop import formats
from moveinsync_desktop.actions import Action
from moveinsync_desktop.models.periods import month_span, presets
from moveinsync_desktop.models.report_rows import list_columns
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.spend_report import SpendReport
from moveinsync_desktop.views.widgets import (
    Button,
    DataTable,
    DateField,
    MenuButton,
    MessageBar,
    ProgressStrip,
    column,
    frame,
    label,
    plain,
    row,
    scrolling,
)
from moveinsync_desktop.views.widgets.pick_list import PickList

if TYPE_CHECKING:
    from billing.schemas.reports import Asked, ReportKind, ReportTable
    from billing.store.queries_invariants import Finding

SHOWN_AT_MOST = 50_000
SPEND = ("spend", "Spend by month", "A financial year by month and vendor, contract, model, site or type")
TRIPS = "trips"


class ReportsScreen(Screen):
    """The list of reports at the left, dates in the header, the report that is picked."""

    id = "reports"
    title = "Reports"
    tables = frozenset(
        {"trips", "trip_charges", "billing_runs", "invoices", "contracts", "contract_versions", "vendor_bills",
         "vendor_disputes", "vendor_payouts", "receipts"}
    )  # fmt: skip

    def build(self) -> None:
        """Header, list, pages."""
        from billing.services.reporting import report_kinds

        self._kinds: dict[str, ReportKind] = {kind.id: kind for kind in report_kinds(self.context.signed_in)}
        self._pages: dict[str, DataTable] = {}
        self._report: ReportTable | None = None
        self.current, self._shown = TRIPS, ("", "")
        first, last = month_span(self.context.month)
        self.first, self.last = DateField(first, name="First day"), DateField(last, name="Last day")
        for field in (self.first, self.last):
            field.editingFinished.connect(self._on_dates)
        today = datetime.now(self.context.zone).date()
        self._presets = MenuButton("Dates", [(words, self._chooser(span)) for words, span in presets(today)])
        self._to = label("to", c="ink2")
        self.header.add_left(self.first, self._to, self.last, self._presets)
        self.save_button = Button("Save…", "primary", icon="download", on_click=self._save, tip="Ctrl S")
        self.header.add_right(self.save_button)
        self.add_action(Action("reports.save", "Save the report…", self._save, "Ctrl+S", icon="download"))
        self.strip, self.bar = ProgressStrip(), MessageBar(inset=True)
        self.picker = PickList("Reports")
        self.picker.set_groups(self._groups())
        self.picker.chosen.connect(self.pick)
        self.stack = QStackedWidget()
        self.spend = SpendReport(self, self.bar)
        self.stack.addWidget(self.spend)
        side = frame("canvas", column(scrolling(plain(column(self.picker, margins=(8, 4, 8, 8))))))
        side.setFixedWidth(226)
        self._about = label("", c="ink2")
        about = row(self._about, margins=(16, 10, 16, 6))
        self.body.addWidget(self.strip)
        self.body.addWidget(plain(row(side, plain(column(about, self.bar, self.stack)), gap=0)), 1)
        self.picker.mark(self.current)

    def _groups(self) -> list[tuple[str, list[tuple[str, str, str]]]]:
        from billing.services.reporting.catalogue import PURPOSES

        groups = []
        for purpose in PURPOSES:
            found = [(kind.id, kind.title, kind.about) for kind in self._kinds.values() if kind.purpose == purpose]
            if purpose == "Cost" and self.context.may("billing.amounts"):
                found.insert(0, SPEND)
            if found:
                groups.append((purpose, found))
        return groups

    @property
    def span(self) -> tuple[date, date]:
        """The dates; the shared month where one is missing or they are the wrong way round."""
        first, last = self.first.value, self.last.value
        if first is None or last is None or last < first:
            return month_span(self.context.month)
        return first, last

    @property
    def model(self) -> RowsModel:
        """The rows of the report that is picked."""
        return self._page(self.current).model  # type: ignore[return-value]

    def pick(self, name: str) -> None:
        """Another report."""
        self.current = name
        self.picker.mark(name)
        self.bar.hide()
        self.refresh()

    def refresh(self) -> None:
        """Read the report that is picked."""
        if self.context.client_id is None:
            return
        kind = self._kinds.get(self.current)
        asks = kind.asks if kind else "year"
        self._about.setText(kind.about if kind else SPEND[2])
        self.first.setVisible(asks != "day")
        for part in (self._to, self.last):
            part.setVisible(asks == "span")
        self._presets.setVisible(asks != "day")
        self._shown = (self.current, self._asked_words())
        if kind is None:
            self.stack.setCurrentWidget(self.spend)
            self.spend.refresh(self.span[0])
        else:
            self.stack.setCurrentWidget(self._page(kind.id))
            self._read(kind)
        self._look_at_invariants()

    def open_with(self, **parameters: Any) -> None:
        """report (its name), first and last (dates) or month."""
        month = parameters.get("month")
        span = month_span(month) if isinstance(month, date) else None
        if span is None and isinstance(parameters.get("first"), date) and isinstance(parameters.get("last"), date):
            span = parameters["first"], parameters["last"]
        if span is not None:
            self.first.set_value(span[0])
            self.last.set_value(span[1])
        name = parameters.get("report")
        if name in self.picker.buttons:
            self.pick(str(name))
        elif span is not None:
            self._on_dates()

    def _page(self, name: str) -> DataTable:
        """The list of a report, made when it is first picked."""
        if name not in self._pages:
            kind = self._kinds[name]
            sees = self.context.may("billing.amounts")
            columns = tuple(one for one in kind.columns if sees or one.kind not in ("money", "rate"))
            model = RowsModel(list_columns(columns))
            model.set_reader(self.refresh)
            table = DataTable(
                model, name=f"report-{name}", noun="row", settings=self.context.settings,
                messages=self.context.messages, key=columns[0].key,
            )  # fmt: skip
            table.set_empty("file-chart-column", "Nothing to report", "Choose other dates.")
            table.opened.connect(self._open)
            table.add_menu_item("Open what is behind", lambda rows: self._open(rows[0]) if rows else None)
            self.stack.addWidget(table)
            self._pages[name] = table
        return self._pages[name]

    def _asked(self) -> Asked:
        from billing.schemas.reports import Asked

        first, last = self.span
        kind = self._kinds[self.current]
        month = first.replace(day=1) if kind.asks == "month" else None
        client = str(self.context.client_id)
        return Asked(client=client, month=month, first=None if month else first, last=None if month else last)

    def _asked_words(self) -> str:
        return f"{self.span}"

    def _read(self, kind: ReportKind) -> None:
        session, asked, model = self.context.signed_in, self._asked(), self.model
        model.set_loading()

        def read() -> ReportTable:
            from billing.services.reporting import read_report

            return read_report(session, kind.id, asked)

        self.query(read, self._show, key="report", on_error=model.set_error)

    def _show(self, table: ReportTable) -> None:
        if table.kind.id != self.current:
            return
        self._report = table
        self.model.set_rows(table.rows[:SHOWN_AT_MOST])
        words = table.note
        if len(table.rows) > SHOWN_AT_MOST:
            many = (
                f"The first {formats.count(SHOWN_AT_MOST)} of {formats.count(len(table.rows))} rows; the file has all."
            )
            words = f"{many} {words}"
        if words:
            self.bar.show_message("info", words)
        else:
            self.bar.hide()
        self.say(f"{formats.plural(len(table.rows), 'row')} read", "state:tick")

    def _look_at_invariants(self) -> None:
        """The red count at the list's entry, read apart: no report waits for it."""
        if "invariants" not in self._kinds:
            return
        session, client = self.context.signed_in, str(self.context.client_id)

        def read() -> list[Finding]:
            from billing.services.reporting.control_report import read_invariants

            return read_invariants(session, client=client)

        self.query(read, lambda found: self.picker.warn("invariants", sum(one.wrong > 0 for one in found)), key="books")

    def _open(self, record: Any) -> None:
        kind = self._kinds.get(self.current)
        place = kind.drill(record) if kind is not None and kind.drill is not None else None
        if place is not None:
            screen, words = place
            if screen == "trips" and "month" not in words and "trip" not in words:
                words = {**words, "month": self.span[0].replace(day=1)}
            self.context.open(screen, **words)

    def _on_dates(self) -> None:
        if self._shown != (self.current, self._asked_words()):
            self.refresh()

    def _chooser(self, span: tuple[date, date]) -> Any:
        return lambda: self._choose(span)

    def _choose(self, span: tuple[date, date]) -> None:
        self.first.set_value(span[0])
        self.last.set_value(span[1])
        self._on_dates()

    def _save(self) -> None:
        if self.context.client_id is None:
            return
        title = SPEND[1] if self.current == "spend" else self._kinds[self.current].title
        kinds = "Excel (*.xlsx)" if self.current == "spend" else "Excel (*.xlsx);;CSV (*.csv)"
        name = f"{title.rstrip('?')} {formats.day(self.span[0])}.xlsx"
        target, kind = QFileDialog.getSaveFileName(self, "Save the report", name, kinds)
        if not target:
            return
        path = Path(target)
        if path.suffix.lower() not in (".xlsx", ".csv"):
            path = path.with_name(path.name + (".csv" if "csv" in kind else ".xlsx"))
        job = self.command(self._writer(path), self._on_saved, title="Saving the report")
        self.strip.follow(job, "Saving the report")

    def _writer(self, path: Path) -> Any:
        """What writes the file, on a worker: trips as CSV in the columns that other programs know."""
        session, client, (first, last) = self.context.signed_in, str(self.context.client_id), self.span
        if self.current == "spend":
            return lambda _progress: self.spend.write(path)
        if self.current == TRIPS and path.suffix.lower() == ".csv":

            def write(progress: Any) -> Path:
                from billing.services.reports import write_client_report

                words = {"target": path, "first": first, "last": last, "client": client}
                return write_client_report(session, progress=progress, **words)  # type: ignore[arg-type]

            return write
        name, asked = self.current, self._asked()

        def write_table(_progress: Any) -> Path:
            from billing.services.reporting import read_report, write_report

            return write_report(path, read_report(session, name, asked))

        return write_table

    def _on_saved(self, path: Path) -> None:
        folder = QUrl.fromLocalFile(str(path.parent))
        self.context.messages.toast(
            "Report saved", path.name, action="Open folder", on_action=lambda: QDesktopServices.openUrl(folder)
        )
