"""Reports: every trip of some dates with its cost, what employees earned by carpooling, spend by month; as files."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QFileDialog, QStackedWidget

from moveinsync_desktop import formats
from moveinsync_desktop.actions import Action
from moveinsync_desktop.models.columns import Column
from moveinsync_desktop.models.periods import month_span, presets
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
    Tab,
    TabBar,
    column,
    label,
    plain,
)

if TYPE_CHECKING:
    from billing.services.reports import ClientReport, EmployeeIncentive, ReportTrip

SHOWN_AT_MOST = 50_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MODELS = {"PER_TRIP": "Per trip", "HYBRID": "Hybrid", "FIXED_PACKAGE": "Fixed package"}


def moment(microseconds: int) -> datetime:
    """An instant from epoch microseconds, exactly."""
    return EPOCH + timedelta(microseconds=microseconds)


TRIP_COLUMNS = (
    Column("trip_id", "Trip", "id", 120),
    Column("start", "Start", "stamp", 146, get=lambda trip: moment(trip.start)),
    Column("end", "End", "stamp", 146, get=lambda trip: moment(trip.end), from_width=1200),
    Column("distance_m", "Km", "km", 64, total=True),
    Column("billing_model", "Model", "text", 104, stretch=True, show=lambda model: MODELS.get(model, formats.NONE)),
    Column("base_cost", "Base ₹", "money", 96, total=True),
    Column("tax_amount", "Tax ₹", "money", 92, total=True),
    Column("non_taxable", "Untaxed ₹", "money", 88, total=True, from_width=1200),
    Column("employee_incentive", "Incentive ₹", "money", 88, total=True),
    Column("total_cost", "Total ₹", "money", 104, total=True),
    Column("state", "State", "state", 116),
)
PEOPLE_COLUMNS = (
    Column("employee", "Employee", "id", 200, stretch=True),
    Column("trips", "Carpool trips", "count", 120, total=True),
    Column("amount", "Incentive ₹", "money", 140, total=True),
)


class ReportsScreen(Screen):
    """Dates in the header; a tab for each report; the file is made from the same figures as the screen."""

    id = "reports"
    title = "Reports"
    tables = frozenset({"trips", "trip_charges", "billing_runs", "contracts", "contract_versions"})

    def build(self) -> None:
        """Header, tabs, lists."""
        first, last = month_span(self.context.month)
        self.first, self.last = DateField(first, name="First day"), DateField(last, name="Last day")
        for field in (self.first, self.last):
            field.editingFinished.connect(self._on_dates)
        today = datetime.now(self.context.zone).date()
        self._presets = MenuButton("Dates", [(words, self._chooser(span)) for words, span in presets(today)])
        self.header.add_left(self.first, label("to", c="ink2"), self.last, self._presets)
        self.save_button = Button("Save CSV…", "primary", icon="download", on_click=self._save)
        self.header.add_right(self.save_button)
        self.add_action(Action("reports.save", "Save the report…", self._save, "Ctrl+S", icon="download"))
        sees_amounts = self.context.may("invoices.view")
        tabs = (Tab("trips", "Every trip"), Tab("people", "Employee incentives"), Tab("spend", "Spend by month"))
        self.tabs = TabBar(tabs if sees_amounts else tabs[:1])
        self.tabs.chosen.connect(self._on_tab)
        self.strip, self.bar = ProgressStrip(), MessageBar(inset=True)
        columns = tuple(one for one in TRIP_COLUMNS if sees_amounts or one.kind != "money")
        self.trips_model, self.people_model = RowsModel(columns), RowsModel(PEOPLE_COLUMNS)
        self.stack = QStackedWidget()
        for model, noun, key in ((self.trips_model, "trip", "trip_id"), (self.people_model, "employee", "employee")):
            model.set_reader(self.refresh)
            table = DataTable(
                model, name=f"report-{noun}s", noun=noun, settings=self.context.settings,
                messages=self.context.messages, key=key,
            )  # fmt: skip
            table.set_empty("file-chart-column", f"No {noun}s in these dates", "Choose other dates.")
            self.stack.addWidget(table)
        self.spend = SpendReport(self, self.bar)
        self.stack.addWidget(self.spend)
        self._shown: tuple[date, date] | None = None
        self.body.addWidget(self.strip)
        self.body.addWidget(self.tabs)
        self.body.addWidget(plain(column(self.bar, self.stack)), 1)

    @property
    def span(self) -> tuple[date, date]:
        """The dates; the shared month where one is missing or they are the wrong way round."""
        first, last = self.first.value, self.last.value
        if first is None or last is None or last < first:
            return month_span(self.context.month)
        return first, last

    def refresh(self) -> None:
        """Read the report that is shown."""
        if self.context.client_id is None:
            self.trips_model.set_rows([])
            return
        self._shown = self.span
        if self.tabs.current == "spend":
            self.bar.hide()
            self.spend.refresh(self.span[0])
        elif self.tabs.current == "people":
            self._read_people()
        else:
            self._read_trips()

    def open_with(self, **parameters: Any) -> None:
        """first, last (dates) or month."""
        month = parameters.get("month")
        span = month_span(month) if isinstance(month, date) else None
        if span is None and isinstance(parameters.get("first"), date) and isinstance(parameters.get("last"), date):
            span = parameters["first"], parameters["last"]
        if span is not None:
            self._choose(span)

    def _read_trips(self) -> None:
        session, client, (first, last) = self.context.signed_in, str(self.context.client_id), self.span
        self.trips_model.set_loading()

        def read() -> ClientReport:
            from billing.services.reports import read_client_report

            return read_client_report(session, client=client, first=first, last=last)

        self.query(read, self._show_trips, key="report", on_error=self.trips_model.set_error)

    def _show_trips(self, report: ClientReport) -> None:
        trips: tuple[ReportTrip, ...] = report.trips
        self.trips_model.set_rows(trips[:SHOWN_AT_MOST])
        previewed = sum(trip.state == "PREVIEW" for trip in trips)
        if len(trips) > SHOWN_AT_MOST:
            words = f"The first {formats.count(SHOWN_AT_MOST)} of {formats.count(len(trips))} trips. The file has all."
            self.bar.show_message("info", words)
        elif previewed:
            self.bar.show_message("info", f"{formats.plural(previewed, 'trip')} not billed yet: rated as a preview")
        else:
            self.bar.hide()
        self.context.messages.status(f"{formats.plural(len(trips), 'trip')} read", "state:tick")

    def _read_people(self) -> None:
        session, client, (first, _last) = self.context.signed_in, str(self.context.client_id), self.span
        month = first.replace(day=1)
        self.bar.show_message("info", f"Incentives are by month: {formats.month(month)}. Outside the vendors' bills.")
        self.people_model.set_loading()

        def read() -> tuple[EmployeeIncentive, ...]:
            from billing.services.reports import read_incentives

            return read_incentives(session, client=client, month=month)

        self.query(read, self.people_model.set_rows, key="report", on_error=self.people_model.set_error)

    def _on_tab(self, key: str) -> None:
        self.stack.setCurrentIndex(("trips", "people", "spend").index(key))
        self.save_button.setVisible(key != "people")
        self.save_button.set_text("Save workbook…" if key == "spend" else "Save CSV…")
        self.refresh()

    def _on_dates(self) -> None:
        if self.span != self._shown:
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
        if self.tabs.current == "spend":
            self._save_spend()
            return
        first, last = self.span
        name = f"Trips {formats.day(first)} to {formats.day(last)}.csv"
        target, _kind = QFileDialog.getSaveFileName(self, "Save the report", name, "CSV (*.csv)")
        if not target:
            return
        session, client = self.context.signed_in, str(self.context.client_id)

        def write(progress: Any) -> Path:
            from billing.services.reports import write_client_report

            return write_client_report(
                session, target=Path(target), first=first, last=last, client=client, progress=progress
            )

        job = self.command(write, self._on_saved, title="Saving the report")
        self.strip.follow(job, "Saving the report")

    def _save_spend(self) -> None:
        name = f"Spend {self.spend.first_year}-{self.spend.first_year + 1}.xlsx"
        target, _kind = QFileDialog.getSaveFileName(self, "Save the report", name, "Excel (*.xlsx)")
        if target:
            job = self.command(
                lambda _progress: self.spend.write(Path(target)), self._on_saved, title="Saving the report"
            )
            self.strip.follow(job, "Saving the report")

    def _on_saved(self, path: Path) -> None:
        folder = QUrl.fromLocalFile(str(path.parent))
        self.context.messages.toast(
            "Report saved", path.name, action="Open folder", on_action=lambda: QDesktopServices.openUrl(folder)
        )
