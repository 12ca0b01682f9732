"""Overview: a month in four figures, by day, vendor and model, what is left to do, newest trips (pictures 02-04)."""

from __future__ import annotations

from datetime import date
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QStackedLayout

from moveinsync_desktop import formats
from moveinsync_desktop.models.columns import Column
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.views.overview_more import OverviewMoreRow
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets import (
    Button,
    Card,
    DataTable,
    IconButton,
    KeyFigure,
    KeyStrip,
    PeriodStepper,
    Placeholder,
    TaskRow,
    clear_layout,
    column,
    frame,
    label,
    plain,
    row,
    scrolling,
    stretch,
)
from moveinsync_desktop.views.widgets.basics import Part
from moveinsync_desktop.views.widgets.legend import Legend
from moveinsync_desktop.views.widgets.shares import BarList, Shares

if TYPE_CHECKING:
    from billing.schemas.analytics import KeyFigures, Overview
    from moveinsync_desktop.views.widgets.charts import DayBars

RECENT_COLUMNS = (
    Column("ref", "Trip", "id", 112),
    Column("start", "Start", "stamp", 140, stretch=True),
    Column("distance_m", "Km", "km", 52),
    Column("amount", "Rated ₹", "money", 80),
)
DAY_COLUMNS = (
    Column("day", "Day", "date", 110),
    Column("trips", "Trips", "count", 80, total=True),
    Column("distance_m", "Km", "km", 100, total=True),
    Column("amount", "₹ before tax", "money", 130, total=True, stretch=True),
)


class OverviewScreen(Screen):
    """The first page of the day."""

    id = "overview"
    title = "Overview"
    tables = frozenset({"trips", "trip_charges", "billing_runs", "invoices", "contracts", "contract_versions"})

    def build(self) -> None:
        """Header and cards."""
        context = self.context
        self._data: Overview | None = None
        self._left = 0
        self._stepper = PeriodStepper(context.month)
        self._stepper.changed.connect(context.set_month)
        context.navigator.month_changed.connect(self._on_month)
        self.header.add_left(self._stepper)
        if context.may("billing.run"):
            run = Button("Run billing…", "primary", icon="play", on_click=lambda: context.open("billing_runs"))
            self.header.add_right(run)
        self._figures = [
            KeyFigure("Spend before tax", rupee=True),
            KeyFigure("Trips"),
            KeyFigure("Cost per km", rupee=True),
            KeyFigure("Carpool share"),
        ]
        for figure in self._figures:
            figure.leads_to("Open the trips of the month")
            figure.opened.connect(lambda: self.context.open("trips", month=self.context.month, view="all"))
        self._vendors = BarList("Vendor")
        self._vendors.opened.connect(self._open_vendor)
        self._models = Shares()
        self._models.opened.connect(lambda _name: self._contracts())
        self._build_cards()

    def refresh(self) -> None:
        """Read the month in a worker."""
        session, client, month = self.context.signed_in, self.context.client_id, self.context.month
        if self._data is None:
            self._place.setGeometry(self._canvas.geometry())
            self._place.show_loading()

        def read() -> Overview:
            from billing.services.analytics import read_overview

            return read_overview(session, client=str(client), month=month)

        self.query(read, self._show, on_error=self._on_failed)

    def open_with(self, **parameters: Any) -> None:
        """month."""
        if isinstance(parameters.get("month"), date):
            self.context.set_month(parameters["month"])

    def resizeEvent(self, event: QResizeEvent) -> None:
        """What covers the page covers all of it."""
        super().resizeEvent(event)
        if self._is_built:
            self._place.setGeometry(self._canvas.geometry())
            self.more.fit(self.width(), self.height(), shown=self._data is not None)

    def _build_cards(self) -> None:
        self._legend = Legend()
        self._by_day = Card("Spend by day")
        self._day_stack = QStackedLayout()
        self._table_switch = IconButton("table", "Show as table", checkable=True)
        self._table_switch.toggled.connect(lambda on: self._day_stack.setCurrentIndex(int(on)))
        self._by_day.head.addWidget(self._legend)
        self._by_day.head.addWidget(self._table_switch)
        self._day_model = RowsModel(DAY_COLUMNS)
        holder = plain(self._day_stack)
        self._day_stack.addWidget(DataTable(self._day_model, noun="day", filters=False, flush=True))
        self._by_day.add(holder)
        self._tasks = Card("Before you close the month")
        self._by_vendor = Card("By vendor")
        self._by_vendor.add(self._vendors, stretch())
        self._by_model = Card("By billing model")
        self._model_foot = column(gap=0)
        self._by_model.add(6, self._models, stretch(), self._model_foot)
        self._recent_model = RowsModel(self._recent_columns())
        self._recent_card = Card("Newest trips", flush=True)
        self._recent = DataTable(self._recent_model, noun="trip", filters=False, totals=False, flush=True)
        self._recent.opened.connect(lambda trip: self.context.open("trips", ref=trip.ref, month=self.context.month))
        self._recent_card.add(self._recent)
        self._page = self._grid()
        self._canvas = frame("canvas", column(scrolling(plain(self._page))))
        self.body.addWidget(self._canvas, 1)
        self._place = Placeholder(self)

    @cached_property
    def _bars(self) -> DayBars:
        """The chart of days, made when there are days to draw: its library loads slowly, and the page need not wait."""
        from moveinsync_desktop.views.widgets.charts import DayBars

        made = DayBars()
        made.day_opened.connect(self._open_day)
        self._day_stack.insertWidget(0, made)
        self._day_stack.setCurrentIndex(int(self._table_switch.isChecked()))
        return made

    def _recent_columns(self) -> tuple[Column, ...]:
        sees = self.context.may("invoices.view")
        return tuple(made for made in RECENT_COLUMNS if sees or made.kind != "money")

    def _grid(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(16, 14, 16, 14)
        grid.setSpacing(12)
        self._strip = KeyStrip(self._figures)
        self._strip.setFixedHeight(88)
        grid.addWidget(self._strip, 0, 0, 1, 12)
        self._by_day.setMinimumHeight(270)
        self._tasks.setMinimumWidth(280)
        grid.addWidget(self._by_day, 1, 0, 1, 8)
        grid.addWidget(self._tasks, 1, 8, 1, 4)
        lower = row(gap=12)
        for card, share in ((self._by_vendor, 4), (self._by_model, 3), (self._recent_card, 5)):
            lower.addWidget(card, share)
        grid.addLayout(lower, 2, 0, 1, 12)
        self.more = OverviewMoreRow(self)
        grid.addWidget(self.more, 3, 0, 1, 12)
        self._recent_card.setMinimumHeight(236)
        for at in range(12):
            grid.setColumnStretch(at, 1)
        for at, share in ((1, 3), (2, 2), (3, 2)):
            grid.setRowStretch(at, share)
        return grid

    def _on_month(self, month: date) -> None:
        self._stepper.set_month(month)
        self._data = None
        self.make_stale()

    def _on_failed(self, error: Exception) -> None:
        self._place.setGeometry(self._canvas.geometry())
        self._place.show_error(error, self.refresh)

    def _show(self, data: Overview) -> None:
        self._data = data
        self._place.clear()
        if not data.now.trips and not data.before.trips:
            self._place.setGeometry(self._canvas.geometry())
            words = f"No trips in {formats.month(data.month)} yet"
            hint = "Import a vendor's trip sheet, or pick another month."
            self._place.show_empty("route", words, hint, [("Go to trips", lambda: self.context.open("trips"))])
            return
        self._show_figures(data)
        self._show_days(data)
        self._show_parts(data)
        self._show_tasks(data)
        self._recent_model.set_rows(data.recent)
        self.more.refresh(data.month)
        self.more.fit(self.width(), self.height(), shown=True)
        self.say(f"{formats.month(data.month)} read", "state:tick")

    def _show_figures(self, data: Overview) -> None:
        now, before = data.now, data.before
        name = formats.MONTHS[(data.month.month - 2) % 12]
        spend, trips, cost, share = self._figures
        if data.shows_amounts:
            spend.set_figure(formats.rupees(now.spend), **change_of(now.spend, before.spend, f"on {name}"))
            per_km = formats.money(now.cost_per_km) if now.cost_per_km is not None else formats.NONE
            cost.set_figure(per_km, **change_of(now.cost_per_km, before.cost_per_km, f"on {name}"))
        self._strip.show_only(self._figures if data.shows_amounts else [trips, share])
        km = f"{formats.km(now.distance_m, 0)} km"
        trips.set_figure(formats.count(now.trips), **change_of(now.trips, before.trips, km))
        share.set_figure(formats.percent(now.carpools, now.trips), **points_of(now, before))

    def _show_days(self, data: Overview) -> None:
        from moveinsync_desktop.views.widgets.charts import Day

        sees = data.shows_amounts
        self._by_day.title_label.setText("Spend by day" if sees else "Trips by day")
        amount = [day.amount if sees else day.trips for day in data.days]
        earlier = {day.day.day: (day.amount if sees else day.trips) for day in data.days_before}
        matched = same_weekday(data, earlier)
        days = [
            Day(day.day, value, matched.get(day.day), trips=day.trips)
            for day, value in zip(data.days, amount, strict=True)
        ]
        now, before = formats.MONTHS[data.month.month - 1], formats.MONTHS[(data.month.month - 2) % 12]
        self._bars.set_days(days, now, f"{before}, same weekday" if matched else "", is_money=sees)
        series = [("f1", "bar", now)] + ([("s2", "line", f"{before}, same weekday")] if matched else [])
        self._legend.set_series(series)
        self._day_model.set_rows(data.days)
        self._by_day.set_note("without monthly fees" if data.fees else "")

    def _show_parts(self, data: Overview) -> None:
        before = {part.key: part.amount for part in data.by_vendor_before}
        self._vendors.set_bars(
            [(part.name, part.amount, formats.change(part.amount, before.get(part.key))) for part in data.by_vendor]
        )
        self._models.set_shares([(part.name, part.amount) for part in data.by_model])
        self._by_vendor.setVisible(data.shows_amounts)
        self._by_model.setVisible(data.shows_amounts)
        clear_layout(self._model_foot)
        included = sum(package.included_m for package in data.packages)
        used = sum(min(package.used_m, package.included_m) for package in data.packages)
        if included:
            words = f"{formats.km(used, 0)} of {formats.km(included, 0)}"
            foot = row(label("Package km used", c="ink2"), stretch(), label(words, w="500"), margins=(0, 6, 0, 0))
            self._model_foot.addLayout(foot)
        if data.fees:
            fees = label(f"₹ {formats.rupees(data.fees)}", w="500")
            self._model_foot.addLayout(row(label("Monthly fees", c="ink2"), stretch(), fees, margins=(0, 4, 0, 0)))

    def _show_tasks(self, data: Overview) -> None:
        clear_layout(self._tasks.body)
        month = formats.MONTHS[data.month.month - 1]
        sees = data.shows_amounts
        self._tasks.title_label.setText(f"Before you close {month}" if sees else "To look at")
        rows: list[Part] = []
        for name, reason in data.refused:
            rows.append(
                TaskRow("state:overdue", "danger_mark", f"{name} cannot be rated", reason, "Open", self._contracts)
            )
        if data.previewed:
            words = formats.plural(len(data.previewed), "contract") + " not billed yet"
            names = ", ".join(data.previewed)
            run = "Run" if self.context.may("billing.run") else ""
            rows.append(TaskRow("state:draft", "draft", words, names, run, lambda: self.context.open("billing_runs")))
        if not rows and sees:
            rows.append(TaskRow("state:tick", "paid", "Every contract is billed", f"{month} can be closed"))
        self._tasks.add(*rows, stretch())
        self._left = len(data.refused) + bool(data.previewed)
        self._count_left_out()

    def _count_left_out(self) -> None:
        """Trips that no run takes: read apart, the page does not wait for them."""
        session, client, month = self.context.signed_in, self.context.client_id, self.context.month

        def read() -> Any:
            with session.unit_of_work(name="overview.left_out") as uow:
                return uow.months.left_out(client_id=client, vendor_id=session.vendor_id, month=month)

        self.query(read, self._show_left_out, key="left_out")

    def _show_left_out(self, left: Any) -> None:
        for count, words, view in (
            (left.not_accepted, "to accept", "submitted"),
            (left.held, "on hold", "held"),
            (left.unassigned, "without a contract", "unassigned"),
        ):
            if count:
                title = f"{formats.plural(count, 'trip')} {words}"
                made = TaskRow("state:review", "warning_mark", title, "not in any bill", "Review", self._opener(view))
                self._tasks.body.insertWidget(0, made)
                self._left += 1
        self._tasks.set_note(f"{self._left} left" if self._left else "")
        self._look_at_books()

    def _look_at_books(self) -> None:
        """A red mark where something that must be equal is not; read apart, the page does not wait for it."""
        if not self.context.may("billing.amounts"):
            return
        session, client = self.context.signed_in, str(self.context.client_id)

        def read() -> int:
            from billing.services.reporting.control_report import read_invariants

            return sum(found.wrong > 0 for found in read_invariants(session, client=client))

        self.query(read, self._show_books, key="books")

    def _show_books(self, wrong: int) -> None:
        if wrong:
            title = f"The books do not add up: {formats.plural(wrong, 'check')} failed"
            look = partial(self.context.open, "reports", report="invariants")
            made = TaskRow("state:overdue", "danger_mark", title, "see both figures and what is wrong", "Look", look)
            self._tasks.body.insertWidget(0, made)
            self._left += 1
            self._tasks.set_note(f"{self._left} left")

    def _opener(self, view: str) -> Any:
        return lambda: self.context.open("trips", view=view, month=self.context.month)

    def _contracts(self) -> None:
        self.context.open("contracts")

    def _open_day(self, day: date) -> None:
        self.context.open("trips", filters={"start": formats.day(day)}, month=day.replace(day=1))

    def _open_vendor(self, at: int) -> None:
        if self._data is not None and at < len(self._data.by_vendor):
            name = self._data.by_vendor[at].name
            self.context.open("trips", filters={"vendor_name": f"={name}"}, month=self._data.month)


def change_of(now: int | None, before: int | None, note: str) -> dict[str, Any]:
    """Arrow, percentage and note of a key figure."""
    if not before or now is None:
        return {"note": note if note.endswith("km") else "nothing to compare with"}
    return {"change": formats.change(now, before), "falls": now < before, "note": note}


def points_of(now: KeyFigures, before: KeyFigures) -> dict[str, Any]:
    """The change of a share in points."""
    if now.carpool_permille is None or before.carpool_permille is None:
        return {"note": "2 or more riders"}
    step = now.carpool_permille - before.carpool_permille
    sign = formats.MINUS if step < 0 else "+" if step > 0 else ""
    words = f"{sign}{abs(step) // 10}.{abs(step) % 10} points"
    return {"change": words, "falls": step < 0, "note": "2 or more riders"}


def same_weekday(data: Overview, earlier: dict[int, int]) -> dict[date, int]:
    """For each day the mean of the month before over days of the same weekday (their number differs by month)."""
    sums: dict[int, list[int]] = {}
    for day in data.days_before:
        if day.trips:
            sums.setdefault(day.day.weekday(), []).append(earlier[day.day.day])
    means = {weekday: sum(values) // len(values) for weekday, values in sums.items()}
    return {day.day: means[day.day.weekday()] for day in data.days if day.day.weekday() in means}
