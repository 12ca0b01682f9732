"""Where a document stands with the e-invoice portal: state, IRN, until when, and what can be done about it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QWidget

from billing.services.einvoices import Registration, cancel_until
from moveinsync_desktop import formats
from moveinsync_desktop.models.return_rows import IMS_WORDS
from moveinsync_desktop.views.widgets import FactList, LinkButton, clear_layout, column, label, row, stretch

WORDS = {
    "registered": "Registered", "cancelled": "Cancelled on the portal", "waiting": "Waits for the portal",
    "late": "Too late for the portal", "invalid": "The portal would refuse it", "not needed": "Not required",
    "left out": "Not registered", "void": "Void, never registered",
}  # fmt: skip
TONES = {"registered": "paid", "late": "overdue", "invalid": "overdue", "waiting": "review", "cancelled": "ink3"}


class RegistrationCard(QWidget):
    """`show_registration(registration, answer)`; the screen gives the deeds."""

    def __init__(self, *, on_import: Callable[[], object], on_export: Callable[[], object],
                 on_cancel: Callable[[str], object], may_write: bool) -> None:  # fmt: skip
        super().__init__()
        self._on_import, self._on_export, self._on_cancel, self._may_write = on_import, on_export, on_cancel, may_write
        self._box = column(gap=4)
        self.setLayout(self._box)

    def show_registration(self, registration: Registration, answer: Any) -> None:
        """Fill the card anew."""
        clear_layout(self._box)
        self._box.addWidget(label("E-invoice", w="600"))
        self._box.addWidget(label(WORDS[registration.state], c=TONES.get(registration.state, "ink2")))
        if registration.message:
            self._box.addWidget(label(registration.message, t="sm", c="ink2", wrap=True))
        facts = FactList(84)
        rows: list[tuple[str, Any]] = []
        if answer is not None:
            rows = [("IRN", f"{answer.irn[:20]}…"), ("Ack. no.", answer.ack_no),
                    ("Ack. date", f"{answer.ack_date:%d-%m-%Y %H:%M}"),
                    ("Signature", registration.signature)]  # fmt: skip
        elif registration.due is not None:
            rows = [("Report by", formats.day(registration.due))]
        if registration.credit_until is not None:
            rows += [("Credit until", formats.day(registration.credit_until)), ("Client", IMS_WORDS[registration.ims])]
        rows = [one for one in rows if one[1]]
        if rows:
            facts.set_facts(rows)
            self._box.addWidget(facts)
        self._links(registration, answer)

    def _links(self, registration: Registration, answer: Any) -> None:
        if not self._may_write:
            return
        if registration.state == "waiting":
            self._link("Export for the portal…", self._on_export)
            self._link("Read the portal's answer…", self._on_import)
        elif registration.state == "registered":
            until = f"{cancel_until(answer):%d-%m-%Y %H:%M}"
            self._link("Record a cancellation…", lambda: self._on_cancel(until))

    def _link(self, words: str, deed: Callable[[], object]) -> None:
        self._box.addLayout(row(LinkButton(words, on_click=deed), stretch()))
