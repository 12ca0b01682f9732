"""Closing the month in hand and opening it again, what is late for it, opening values, controls and terms."""

from __future__ import annotations

from functools import partial
from typing import Any

from billing.schemas.openings import BillingPeriod
from moveinsync_desktop import formats
from moveinsync_desktop.views.dialogs.confirm import ConfirmDialog, PlainDialog
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets import Button, Check, MenuButton, MessageBar, label


class MonthDeeds:
    """Attributes: button (for the header), notice (above the list), period (None until it is read)."""

    def __init__(self, screen: Screen) -> None:
        self._screen = screen
        self.period: BillingPeriod | None = None
        self.button = MenuButton("Month")
        self.notice = MessageBar(inset=True)
        self._fill()

    @property
    def _client(self) -> str | None:
        client = self._screen.context.client_id
        return str(client) if client else None

    def read(self) -> None:
        """Ask whether the month in hand is closed, and how many trips are late for it."""
        from billing.services.periods import read_period

        context = self._screen.context
        session, month, client = context.signed_in, context.month, self._client
        self._screen.query(lambda: read_period(session, month=month, client=client), self.show, key="period",
                           on_error=lambda _error: self.notice.hide())  # fmt: skip

    def show(self, period: BillingPeriod) -> None:
        """Say it, and offer what may be done."""
        self.period = period
        if period.is_closed and period.late:
            words = f"{formats.month(period.month)} is closed. {formats.plural(period.late, 'trip')} of it on no bill."
            self.notice.show_message("warning", words, "Show them", self.late)
        elif period.is_closed:
            words = f"{formats.month(period.month)} is closed. Trips that come now are late for it."
            self.notice.show_message("info", words)
        elif period.reopened_at is not None:
            self.notice.show_message("info", f"{formats.month(period.month)} was opened again: {period.reason}")
        else:
            self.notice.hide()
        self._fill()

    def _fill(self) -> None:
        """The menu, by what the user may do now."""
        may, is_closed = self._screen.context.may, self.period is not None and self.period.is_closed
        items: list[Any] = []
        if not is_closed and may("months.close"):
            items.append(("Close the month…", self.close))
        if is_closed and may("months.reopen"):
            items.append(("Open it again…", self.reopen))
        items.append(("Late trips…", self.late))
        if may("opening.save"):
            items += [None, ("Opening values…", self.openings)]
        if may("invoices.controls"):
            items.append(("Who checks whom…", self.controls))
        if may("vendor_bills.edit"):
            items.append(("Terms and tolerances…", self.terms))
        self.button.set_items(items)

    def close(self) -> None:
        """Ask, then close the month."""
        from billing.services.periods import close_month

        context = self._screen.context
        session, month, client = context.signed_in, context.month, self._client
        words = "No bill of it is run any more. Trips that come later are late for it and go onto a note."
        if ConfirmDialog(self._screen, f"Close {formats.month(month)}?", words, "Close the month").ask():
            self._screen.command(
                lambda _progress: close_month(session, month=month, client=client),
                lambda _done: context.messages.toast(f"{formats.month(month)} is closed", ""),
                title="Closing",
            )

    def reopen(self) -> None:
        """Ask why, then open the month again."""
        from billing.services.periods import reopen_month

        context = self._screen.context
        session, month, client = context.signed_in, context.month, self._client
        words = "Bills of it can be run and void again. The reason stays on record."
        asked = ConfirmDialog(
            self._screen, f"Open {formats.month(month)} again?", words, "Open again", danger=True,
            reason="Why is it opened again?",
        )  # fmt: skip
        if asked.ask():
            why = asked.reason
            self._screen.command(
                lambda _progress: reopen_month(session, month=month, reason=why, client=client), title="Opening"
            )

    def late(self) -> None:
        """The trips that are late for the month in hand."""
        from moveinsync_desktop.views.dialogs.late_trips import LateTripsDialog

        LateTripsDialog(self._screen, self._screen.context.month).exec()

    def openings(self) -> None:
        """Opening values of the client."""
        from moveinsync_desktop.views.dialogs.opening_values import OpeningDialog

        OpeningDialog(self._screen).exec()

    def controls(self) -> None:
        """What asks for two people."""
        from billing.services.periods import read_controls

        session, client = self._screen.context.signed_in, self._client
        self._screen.query(lambda: read_controls(session, client=client), self._ask_controls, key="controls")

    def _ask_controls(self, found: dict[str, bool]) -> None:
        from billing.services.periods import set_control

        dialog = ControlsDialog(self._screen, found)
        if dialog.exec() != ControlsDialog.DialogCode.Accepted:
            return
        session, client = self._screen.context.signed_in, self._client
        for key, on in dialog.changed.items():
            self._screen.command(partial(_switch, session, set_control, key, on, client), title="Saving")

    def terms(self) -> None:
        """When invoices are due, how closely vendors' bills are compared."""
        from billing.services.client_terms import read_terms

        session, client = self._screen.context.signed_in, self._client
        self._screen.query(lambda: read_terms(session, client=client), self._ask_terms, key="terms")

    def _ask_terms(self, found: dict[str, Any]) -> None:
        from billing.services.client_terms import set_terms
        from moveinsync_desktop.views.dialogs.client_terms import TermsDialog

        dialog = TermsDialog(self._screen, found)
        if dialog.exec() != TermsDialog.DialogCode.Accepted:
            return
        session, client, values = self._screen.context.signed_in, self._client, dialog.changed
        if not values:
            dialog.settled()
            return
        self._screen.command(
            lambda _progress: set_terms(session, values=values, client=client),
            lambda _changes: dialog.settled(),
            title="Saving the terms",
        )


def _switch(session: Any, deed: Any, key: str, on: bool, client: str | None, _progress: Any) -> Any:
    return deed(session, key=key, on=on, client=client)


class ControlsDialog(PlainDialog):
    """Attributes: changed (the controls that the user switched)."""

    def __init__(self, screen: Screen, found: dict[str, bool]) -> None:
        from billing.services.periods import CONTROLS

        super().__init__(screen, "Who checks whom", width=560)
        self.body.addWidget(label("Only a super admin switches these; the database holds everybody to them.", c="ink2"))
        self._found = found
        self._ticks = {key: Check(words, checked=found.get(key, False)) for key, words in CONTROLS.items()}
        for tick in self._ticks.values():
            self.body.addWidget(tick)
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Cancel", on_click=self.reject))
        self.foot.addWidget(Button("Save", "primary", on_click=self.accept))

    @property
    def changed(self) -> dict[str, bool]:
        """What differs from what was stored."""
        now = {key: tick.isChecked() for key, tick in self._ticks.items()}
        return {key: on for key, on in now.items() if on != self._found.get(key, False)}
