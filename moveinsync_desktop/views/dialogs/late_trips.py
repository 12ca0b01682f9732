"""Trips that came after their month was closed or invoiced: which they are, and the way to settle them."""

from __future__ import annotations

from datetime import date

from billing.schemas.notes import LateTrip
from moveinsync_desktop import formats
from moveinsync_desktop.models.columns import Column
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.views.dialogs.confirm import PlainDialog
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets import Button, DataTable, label

_STATES = {"LATE": "READY", "HELD": "HELD", "NOT_ACCEPTED": "SUBMITTED", "UNASSIGNED": "NEEDS_REVIEW"}
COLUMNS = (
    Column("ref", "Trip", "id", 140),
    Column("start", "Start", "stamp", 150),
    Column("vendor_name", "Vendor and contract", "two", 220, second="contract_name", stretch=True),
    Column("distance_m", "Km", "km", 80, total=True),
    Column("state", "State", "state", 130, get=lambda trip: _STATES[trip.state]),
)


class LateTripsDialog(PlainDialog):
    """Attributes: table."""

    def __init__(self, screen: Screen, month: date) -> None:
        super().__init__(screen, f"Late for {formats.month(month)}", width=880)
        self._screen, self._month = screen, month
        words = "They are on no bill. Those that are ready go onto a note of their month; the others wait for somebody."
        self.body.addWidget(label(words, c="ink2", wrap=True))
        context = screen.context
        self.model = RowsModel(COLUMNS)
        self.model.set_reader(self._read)
        self.table = DataTable(
            self.model, name="late_trips", noun="trip", settings=context.settings, messages=context.messages,
            two_lines=True,
        )  # fmt: skip
        self.table.set_empty("state:tick", "No trip is late", "Every trip of the month is on a bill.", ())
        self.body.addWidget(self.table, 1)
        self.settle_button = Button("Settle…", on_click=self._settle)
        self.foot.addWidget(self.settle_button)
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Close", "primary", on_click=self.accept))
        self.resize(880, 520)
        self._read()

    def _read(self) -> None:
        from billing.services.settle import late_trips

        context, month = self._screen.context, self._month
        session, client = context.signed_in, str(context.client_id) if context.client_id else None
        self._screen.query(
            lambda: late_trips(session, month=month, client=client), self._show, key="late",
            on_error=self.model.set_error,
        )  # fmt: skip

    def _show(self, found: list[LateTrip]) -> None:
        self.model.set_rows(found)
        self.settle_button.wait_for("" if any(trip.state == "LATE" for trip in found) else "None is ready")

    def _settle(self) -> None:
        self.accept()
        self._screen.context.open("invoices", view="SETTLE")
