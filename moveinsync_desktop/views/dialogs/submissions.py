"""The inbox: what vendors sent in and nobody has decided about, sheet by sheet; accept, return with a reason, look."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QVBoxLayout, QWidget

from moveinsync_desktop import formats
from moveinsync_desktop.views.dialogs.confirm import PlainDialog
from moveinsync_desktop.views.dialogs.reason import ReasonDialog
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets.basics import Card, ElidedLabel, column, label, plain, row, scrolling, stretch
from moveinsync_desktop.views.widgets.buttons import Button, LinkButton
from moveinsync_desktop.views.widgets.facts import clear_layout

if TYPE_CHECKING:
    from billing.schemas.imports import Submission

WIDE = 760


class SubmissionsDialog(PlainDialog):
    """Attributes: waiting (Submissions as last read). Looking at the trips of one closes the dialog."""

    def __init__(self, screen: Screen) -> None:
        super().__init__(screen, "Sent in by vendors", width=WIDE)
        self._screen, self._context = screen, screen.context
        self.waiting: list[Submission] = []
        self.body.addWidget(
            label("Trips are billed once they are accepted. Returned ones go back with the reason.", c="ink2")
        )
        self._list = QVBoxLayout()
        self._list.setSpacing(10)
        self.body.addWidget(scrolling(plain(column(plain(self._list), stretch()))), 1)
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Close", "primary", on_click=self.accept))
        self.resize(WIDE, 480)
        self._read()

    def _read(self) -> None:
        from billing.services.trip_inbox import list_submissions

        session, context = self._context.signed_in, self._context
        client = str(context.client_id) if context.client_id else None
        self._screen.query(lambda: list_submissions(session, client=client), self._show, key="inbox")

    def _show(self, found: list[Submission]) -> None:
        self.waiting = found
        clear_layout(self._list)
        for one in found:
            self._list.addWidget(self._card(one))
        if not found:
            self._list.addWidget(label("Nothing waits: every trip that was sent in is decided.", c="ink2"))

    def _card(self, one: Submission) -> QWidget:
        zone = self._context.zone
        title = ElidedLabel(f"{one.vendor_name}  ·  {one.file_name or 'typed one by one'}")
        facts = [
            formats.plural(one.trips, "trip"), f"{formats.km(one.distance_m)} km",
            f"{formats.day(one.first, zone)} to {formats.day(one.last, zone)}",
            f"sent {formats.stamp(one.sent_at, zone)}",
        ]  # fmt: skip
        if self._context.sees_every_client:
            facts.insert(0, one.client_code)
        words = label("  ·  ".join(facts), t="sm", c="ink2")
        look = LinkButton("Look at the trips", on_click=partial(self._look, one))
        back = Button("Return…", on_click=partial(self._return, one))
        take = Button("Accept all", on_click=partial(self._decide, one, accept=True))
        named = f"{one.vendor_name}, {formats.plural(one.trips, 'trip')}"
        for button, verb in ((look, "Look at"), (back, "Return"), (take, "Accept")):
            button.setAccessibleName(f"{verb} {named}")
        card = Card()
        card.add(plain(column(title, words, gap=3)))
        card.add(plain(row(look, stretch(), back, take, gap=10)))
        return card

    def _look(self, one: Submission) -> None:
        self.accept()
        month = formats.local(one.first, self._context.zone).date().replace(day=1)
        self._context.open("trips", view="submitted", month=month, filters={"vendor_name": f"={one.vendor_name}"})

    def _return(self, one: Submission) -> None:
        verb = f"Return {formats.plural(one.trips, 'trip')}"
        follows = "The vendor sees the reason, corrects the trips and sends them again under the same ids."
        dialog = ReasonDialog(self, f"{verb} to {one.vendor_name}?", follows, verb)
        if dialog.ask():
            self._decide(one, accept=False, reason=dialog.reason)

    def _decide(self, one: Submission, *, accept: bool, reason: str = "") -> None:
        session = self._context.signed_in

        def run(_progress: Any) -> Any:
            from billing.services.trip_inbox import decide_submission

            return decide_submission(session, one, accept=accept, reason=reason)

        def done(decision: Any) -> None:
            deed = "accepted" if accept else "returned"
            self._context.messages.status(f"{formats.plural(decision.changed, 'trip')} {deed}", "state:tick")
            self._read()

        self._screen.command(run, done, title="Accepting trips" if accept else "Returning trips")
