"""A bill opened from its total: its charges, the trips (or the reasons) behind one, the lines of a trip.

Enter or the arrow keys go from pane to pane; every figure stands beside the rule and the arithmetic that made it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QStackedWidget, QWidget

from moveinsync_desktop import formats
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.models.columns import Column
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.views.dialogs.confirm import PlainDialog
from moveinsync_desktop.views.rated_lines import lines_of, reason_lines
from moveinsync_desktop.views.widgets.basics import column, label, plain, restyle, scrolling, stretch
from moveinsync_desktop.views.widgets.buttons import Button
from moveinsync_desktop.views.widgets.facts import ChargeLines, SumRow, clear_layout
from moveinsync_desktop.views.widgets.table import DataTable

if TYPE_CHECKING:
    from billing.services.bill_explain import Charge, ExplainedBill, Reason, TripLines, TripPart

CHARGES = (
    Column("name", "Charge", "id", 150, stretch=True),
    Column("count", "Trips", "count", 58, get=lambda charge: charge.count if charge.level.value == "TRIP" else None),
    Column("amount", "₹", "money", 104),
)
PARTS = (
    Column("ref", "Trip", "id", 116, stretch=True),
    Column("start", "Start", "stamp", 136),
    Column("billable_m", "Km", "km", 66),
    Column("amount", "₹", "money", 90, total=True),
)
LEFT, RIGHT = 316, 300


class BillDrill(PlainDialog):
    """Attributes: bill (None while it is rated), charge, charges and parts (tables), trip (the one shown)."""

    def __init__(self, parent: QWidget | None, context: AppContext, title: str, read: Callable[[], Any]) -> None:
        """`read` gives the ExplainedBill; it runs on a worker."""
        super().__init__(parent, f"How {title} came about", width=1120)
        self._context = context
        self.bill: ExplainedBill | None = None
        self.charge: Charge | None = None
        self.trip: TripLines | None = None
        self.resize(1160, 660)
        self._way = label("Rating the month again…", t="sm", c="ink2")
        self.body.addWidget(self._way)
        panes = QHBoxLayout()
        panes.setSpacing(16)
        panes.addWidget(self._make_charges())
        panes.addWidget(self._make_middle(), 1)
        panes.addWidget(self._make_trip())
        self.body.addLayout(panes, 1)
        self.open_button = Button("Open in Trips", icon="route", on_click=self._open_trip)
        self.open_button.setEnabled(False)
        self.foot.addWidget(label("Up and down choose, Tab goes on to the next pane", t="sm", c="ink3"))
        self.foot.addStretch(1)
        self.foot.addWidget(self.open_button)
        self.foot.addWidget(Button("Close", on_click=self.reject))
        context.workers.run_query(read, self._on_read, self._on_error, owner=self, key="bill")

    # -- building

    def _make_charges(self) -> QWidget:
        self.charges_model = RowsModel(CHARGES)
        self.charges = DataTable(self.charges_model, noun="charge", filters=False, totals=False, flush=True, key="name")
        self.charges.current_changed.connect(self._show_charge)
        self._sums = column(gap=2)
        pane = plain(column(self.charges, 8, self._sums))
        pane.setFixedWidth(LEFT)
        return pane

    def _make_middle(self) -> QWidget:
        self.parts_model = RowsModel(PARTS)
        self.parts = DataTable(self.parts_model, noun="trip", filters=False, flush=True, key="row")
        self.parts.set_empty("route", "Choose a charge", "Its trips, or what the month's charge came from, stand here.")
        self.parts.current_changed.connect(self._show_part)
        self._reasons = ChargeLines()
        self._stack = QStackedWidget()
        self._stack.addWidget(self.parts)
        self._stack.addWidget(scrolling(plain(column(self._reasons, stretch(), margins=(4, 8, 8, 0)))))
        return self._stack

    def _make_trip(self) -> QWidget:
        self._trip_title = label("", w="600")
        self._trip_note = label("", t="sm", c="ink3")
        self._lines = ChargeLines()
        inner = plain(column(self._lines, stretch(), margins=(0, 8, 6, 0)))
        pane = plain(column(self._trip_title, self._trip_note, scrolling(inner)))
        pane.setFixedWidth(RIGHT)
        return pane

    # -- reading

    def _on_read(self, bill: ExplainedBill) -> None:
        self.bill = bill
        if bill.differences:
            restyle(self._way, c="overdue")
            self._way.setText("Rated again it comes out otherwise: " + "; ".join(bill.differences))
        elif bill.against:
            self._way.setText(f"Written against the lines of {bill.against}, no trip is rated again")
        else:
            self._way.setText(f"Rated again from what was stored: {formats.plural(bill.trips, 'trip')}, the same paisa")
        self.charges_model.set_rows(bill.charges)
        clear_layout(self._sums)
        for at, (name, paise) in enumerate(bill.totals):
            is_last = at == len(bill.totals) - 1
            self._sums.addWidget(SumRow(name, formats.money(paise), strong=is_last))
        self.charges.select_row(0)
        self.charges.view.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_error(self, error: Exception) -> None:
        self._way.setText(str(error))
        restyle(self._way, c="overdue")

    def _show_charge(self, charge: Any) -> None:
        if self.bill is None or charge is None or charge == self.charge:
            return
        self.charge = charge
        self._show_nothing()
        reasons = self.bill.reasons(charge)
        self._stack.setCurrentIndex(1 if reasons else 0)
        if reasons:
            self._show_reasons(reasons)
            return
        bill = self.bill
        self.parts_model.set_loading()
        self._context.workers.run_query(
            lambda: bill.parts(charge), self._show_parts, self._on_error, owner=self, key="parts"
        )

    def _show_reasons(self, reasons: tuple[Reason, ...]) -> None:
        if self.charge is not None:
            self._reasons.set_lines(reason_lines(reasons), total=self.charge.amount, title=self.charge.name)

    def _show_parts(self, parts: list[TripPart]) -> None:
        self.parts_model.set_rows(parts)
        self.parts.select_row(0)

    def _show_part(self, part: Any) -> None:
        if self.bill is None or part is None:
            return
        trip = self.bill.trip(part.row)
        self.trip = trip
        self.open_button.setEnabled(True)
        self._trip_title.setText(trip.ref)
        self._trip_note.setText(f"{formats.stamp(trip.start, self._context.zone)}, version {trip.version}")
        extra = [("Passed on untaxed", trip.non_taxable)] if trip.non_taxable else []
        if trip.employee_incentive:
            extra.append(("Incentive, outside the bill", trip.employee_incentive))
        self._lines.set_lines(
            lines_of(trip.lines, trip.explanations), before_tax=trip.base_cost, tax=trip.tax_amount,
            tax_words="Tax by itself", extra=extra,
        )  # fmt: skip

    def _show_nothing(self) -> None:
        self.trip = None
        self.open_button.setEnabled(False)
        self._trip_title.setText("")
        self._trip_note.setText("")
        self._lines.set_lines([])

    def _open_trip(self) -> None:
        if self.trip is not None:
            self.done(QDialog.DialogCode.Accepted)
            month = self.trip.start.astimezone(self._context.zone).date().replace(day=1)
            self._context.open("trips", ref=self.trip.ref, month=month)


def drill_into_invoice(parent: QWidget, context: AppContext, invoice: str, title: str) -> BillDrill:
    """The drill of an invoice, draft or issued."""
    session = context.signed_in

    def read() -> ExplainedBill:
        from billing.services.bill_explain import explain_invoice

        return explain_invoice(session, invoice=invoice)

    return BillDrill(parent, context, title, read)
