"""A trip by hand: correct one, or add one that no sheet has. What is typed is read like a trip sheet."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from billing.errors import KnownError
from billing.services.checks import InvalidFieldsError
from moveinsync_desktop import formats
from moveinsync_desktop.views.dialogs import import_jobs
from moveinsync_desktop.views.dialogs.import_file_page import WhoseTrips
from moveinsync_desktop.views.dialogs.kept_dialog import Fields, KeptDialog
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets.basics import column, frame, row, scrolling, stretch
from moveinsync_desktop.views.widgets.buttons import Button
from moveinsync_desktop.views.widgets.choices import Combo
from moveinsync_desktop.views.widgets.fields import TextField
from moveinsync_desktop.views.widgets.forms import Form, FormRow

if TYPE_CHECKING:
    from billing.schemas.trips import TripRecord
    from billing.services.trip_changes import ChangedTrip
    from billing.store.queries_trips import TripRow

WIDE = 980
YES_NO = [("no", "No"), ("yes", "Yes")]
STATUSES = [("COMPLETED", "Completed"), ("NO_SHOW", "No show"), ("CANCELLED", "Cancelled"), ("SCHEDULED", "Scheduled")]
MOMENT = "dd-mm-yyyy hh:mm"
# Field, words beside it, hint; the left half is the drive, the right half what it is charged by.
LEFT = (
    ("trip_id", "Trip", "As on the slip"), ("start", "Start", MOMENT), ("end", "End", MOMENT),
    ("distance", "Distance", "km"),
    ("status", "Status", ""), ("vehicle_no", "Vehicle", ""), ("vehicle_type", "Vehicle type", ""),
    ("vehicle_slot", "Vehicle slot", ""), ("site", "Site", ""), ("zone", "Zone", ""),
    ("employees", "Riders", "Codes; with ; between"), ("seats_boarded", "Seats boarded", ""),
)  # fmt: skip
RIGHT = (
    ("is_carpool", "Carpool", ""), ("escort", "Escort", ""), ("toll", "Toll", "₹"), ("parking", "Parking", "₹"),
    ("waiting_minutes", "Waiting", "minutes"), ("late_minutes", "Late", "minutes"), ("garage_km", "Garage", "km"),
    ("gps_km", "By GPS", "km"), ("claimed_km", "Claimed", "km"), ("cancelled_minutes_before", "Cancelled", "min ahead"),
    ("calendar_days", "Days", "outstation"),
)  # fmt: skip
FIGURES = frozenset(
    {
        "distance", "seats_boarded", "toll", "parking", "waiting_minutes", "late_minutes", "garage_km", "gps_km",
        "claimed_km", "cancelled_minutes_before", "calendar_days",
    }
)  # fmt: skip
CHOICES = {"is_carpool": YES_NO, "escort": YES_NO, "status": STATUSES}


class TripForm(KeptDialog):
    """Base of both dialogs. Attributes: fields (FormRow by field), save_button, result (ChangedTrip once stored)."""

    def __init__(self, screen: Screen, title: str, verb: str) -> None:
        super().__init__(screen, title, width=WIDE)
        self._screen = screen
        self.stored: ChangedTrip | None = None
        self.fields: dict[str, FormRow] = {}
        self.forms = [self._half(LEFT), self._half(RIGHT)]
        self._area = scrolling(frame("page", row(*[column(form, stretch()) for form in self.forms], gap=0)))
        self.body.addWidget(self._area, 1)
        self.save_button = Button(verb, "primary", on_click=self.accept)
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Cancel", on_click=self.reject))
        self.foot.addWidget(self.save_button)
        self._shown: dict[str, str] = {}
        room = self.screen().availableGeometry().height() - 260
        self._area.setMinimumHeight(min(max(form.sizeHint().height() for form in self.forms), max(room, 200)))

    def _half(self, listed: tuple[tuple[str, str, str], ...]) -> Form:
        form = Form(inset=0)
        for name, words, hint in listed:
            field: QWidget = Combo(CHOICES[name], name=words) if name in CHOICES else TextField(name=words)
            field.setFixedWidth(184)
            if name in FIGURES and isinstance(field, TextField):
                field.setAlignment(Qt.AlignmentFlag.AlignRight)
            self.fields[name] = form.add(FormRow(words, field, hint=hint, key=name, label_width=104))
        form.saved.connect(self.accept)
        form.left.connect(self.reject)
        return form

    def show_texts(self, texts: dict[str, str]) -> None:
        """Fill the form; these values count as not typed."""
        for name, made in self.fields.items():
            made.field.set_value(texts.get(name, ""))
        self._shown = self.texts()

    def keep_these(self, which: str, more: dict[str, QWidget]) -> None:
        """From now on what is typed is kept; called once the form shows what is stored."""
        fields = {name: made.field for name, made in self.fields.items()}
        self.keep_typed(self._screen.context, which, Fields(fields | more))
        if self.draft is not None and self.isVisible():
            self.draft.begin()

    def texts(self) -> dict[str, str]:
        """What the form shows, by field."""
        return {name: str(made.value or "") for name, made in self.fields.items()}

    def typed(self) -> dict[str, str]:
        """What was changed since the form was filled."""
        return {name: text for name, text in self.texts().items() if text != self._shown.get(name, "")}

    def save(self, work: Any) -> None:
        """Run the work on the writer's thread; the dialog closes when it is stored."""
        self.save_button.wait_for("Saving")
        self._screen.command(lambda _progress: work(), self._on_saved, on_error=self._on_failed)

    def _on_saved(self, result: ChangedTrip) -> None:
        self.save_button.wait_for("")
        self.stored = result
        self.settled()
        if result.is_superseded:
            title = f"{result.trip.external_ref} was invoiced already"
            self._screen.context.messages.toast(
                title, "The invoice stays; the difference is settled by a note.", tone="info"
            )
        super().accept()

    def _on_failed(self, error: Exception) -> None:
        self.save_button.wait_for("")
        wrong: dict[str, str] = {}
        if isinstance(error, InvalidFieldsError):
            wrong = {problem.field: problem.message for problem in error.problems}
        elif not isinstance(error, KnownError):
            self._screen.context.messages.error(error)
            return
        left = wrong.keys() - self.fields.keys()
        for form in self.forms:
            form.show_errors({name: words for name, words in wrong.items() if name in self.fields})
        if isinstance(error, KnownError) and (left or not wrong):
            self.notice.show_message("danger", f"{error.message} {error.hint}".strip())


class CorrectTripDialog(TripForm):
    """Correct one trip; only what was changed is sent, with the reason."""

    def __init__(self, screen: Screen, trip: TripRow) -> None:
        super().__init__(screen, f"Correct {trip.ref}", "Correct the trip")
        self._trip = trip
        self._record: TripRecord | None = None
        self.fields["trip_id"].field.set_read_only(True)
        self.reason = TextField(name="Reason", placeholder="Why it is corrected", width=420)
        self.foot.insertWidget(0, self.reason)
        self.save_button.wait_for("Waits for the trip to be read")
        session = screen.context.signed_in

        def read() -> tuple[TripRecord, dict[str, str]]:
            from billing.services.trip_changes import read_trip

            return read_trip(session, str(trip.id), client=trip.client_code)

        screen.query(read, self._show, key="trip")

    def _show(self, found: tuple[TripRecord, dict[str, str]]) -> None:
        self._record, texts = found
        self.show_texts(_readable(texts))
        self.keep_these(f"{found[0].id}:{found[0].rev}", {"reason": self.reason})
        self.save_button.wait_for("")
        self.fields["start"].field.setFocus()

    def accept(self) -> None:
        """Save what was changed."""
        typed, record = self.typed(), self._record
        if record is None or not self.save_button.isEnabled():
            return
        if not typed:
            super(TripForm, self).accept()
            return
        reason = str(self.reason.value or "")
        self.reason.set_error("" if reason else "Say why")
        if not reason:
            self.reason.setFocus()
            self.notice.show_message("warning", "Say why the trip is corrected: the reason is stored with it.")
            return
        session, client = self._screen.context.signed_in, self._trip.client_code

        def work() -> ChangedTrip:
            from billing.services.trip_changes import correct_trip

            return correct_trip(session, str(record.id), typed, reason=reason, client=client, rev=record.rev)

        self.save(work)


class AddTripDialog(TripForm):
    """Add a trip that no sheet has."""

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen, "Add a trip", "Add the trip")
        context = screen.context
        self.whose = WhoseTrips(is_super=context.sees_every_client, is_vendor=context.signed_in.vendor_id is not None)
        self.body.insertWidget(1, self.whose)
        self.show_texts({"status": "COMPLETED", "is_carpool": "no", "escort": "no"})
        self.keep_these("new", {})
        screen.query(
            import_jobs.parties(context.signed_in), lambda found: self.whose.set_parties(*found), key="parties"
        )

    def accept(self) -> None:
        """Store it."""
        if not self.save_button.isEnabled():
            return
        session, texts = self._screen.context.signed_in, {name: text for name, text in self.texts().items() if text}
        client, vendor = self.whose.client.value, self.whose.vendor.value

        def work() -> ChangedTrip:
            from billing.services.trip_changes import add_trip

            return add_trip(session, texts, vendor=vendor, client=client)

        self.save(work)


def _readable(texts: dict[str, str]) -> dict[str, str]:
    """Moments as people write them here; a moment finer than a minute keeps its seconds."""
    return {**texts, **{name: _moment(texts[name]) for name in ("start", "end")}}


def _moment(text: str) -> str:
    from datetime import datetime

    moment = datetime.fromisoformat(text)
    exact = not moment.second and not moment.microsecond
    day = formats.day(moment.date())
    return f"{day} {moment:%H:%M}" if exact else f"{day} {moment.time().isoformat()}"
