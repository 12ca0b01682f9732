"""One line of a vendor's bill: theirs and ours side by side, why they differ, and the dispute about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout

from billing.schemas.vendor_bills import HOW_WORDS, REASONS, BillLine, Dispute, Evidence
from moveinsync_desktop import formats
from moveinsync_desktop.context import AppContext
from moveinsync_desktop.models.vendor_bill_rows import BUCKET_STATES, bucket_title, dispute_state, resolution_words
from moveinsync_desktop.views.widgets import (
    Button,
    FactList,
    Inspector,
    LinkButton,
    NoteLine,
    StateText,
    SumRow,
    clear_layout,
    hline,
    label,
    row,
    stretch,
)

Deed = Callable[[], object]


class LinePanel(Inspector):
    """`show_line(line)`, then `show_dispute(dispute, files)`. The screen gives the deeds."""

    def __init__(
        self,
        context: AppContext,
        *,
        on_dispute: Deed,
        on_resolve: Callable[[str | None], object],
        on_attach: Deed,
        on_file: Callable[[UUID], object],
        on_trip: Callable[[str], object],
    ) -> None:
        super().__init__(width=372)
        self._context = context
        self._on_resolve, self._on_attach, self._on_file, self._on_trip = on_resolve, on_attach, on_file, on_trip
        self.line: BillLine | None = None
        self.dispute: Dispute | None = None
        self.dispute_button = Button("Dispute…", icon="flag", on_click=on_dispute, tip="Ctrl D")
        self.trip_button = Button("Open trip", icon="route", on_click=self._open_trip)
        self.add_foot(self.trip_button, self.dispute_button)

    def show_line(self, line: BillLine) -> None:
        """Theirs beside ours."""
        self.line, self.dispute = line, None
        self.show_record(line.ref, BUCKET_STATES[line.bucket], bucket_title(line.bucket))
        clear_layout(self.body)
        self.body.addLayout(self._sides(line))
        self.body.addSpacing(10)
        self.body.addWidget(hline())
        self.body.addSpacing(8)
        both = line.theirs is not None and line.ours is not None
        name = "Difference, theirs less ours" if both else "On one side only"
        self.body.addWidget(SumRow(name, formats.signed(formats.money(line.difference)), strong=True))
        if line.cause_text:
            self.body.addWidget(NoteLine("info", line.cause_text, token="ink"))
        if line.row_no is not None:
            self.body.addWidget(SumRow("Payable now, before tax", formats.money(line.pay), medium=True))
        self.body.addSpacing(8)
        facts = FactList(84)
        facts.set_facts(
            [
                ("Found", HOW_WORDS.get(line.how or "", "")),
                ("Their row", f"{line.sheet_row} of the sheet" if line.sheet_row else ""),
                ("Their words", line.description),
                ("Our side", line.our_state.replace("_", " ").capitalize()),
            ]
        )
        self.body.addWidget(facts)
        self.body.addStretch(1)
        self.trip_button.setVisible(line.trip_id is not None)
        can = line.row_no is not None and line.dispute_id is None and self._context.may("vendor_bills.edit")
        self.dispute_button.setVisible(can)

    def _sides(self, line: BillLine) -> QGridLayout:
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(5)
        zone = self._context.zone
        rows: list[tuple[str, Any, Any]] = [
            ("Before tax ₹", _money(line.theirs), _money(line.ours)),
            ("Tax ₹", _money(line.their_tax), _money(line.our_tax)),
            ("Km", formats.km(line.their_m), formats.km(line.our_m)),
            ("Start", formats.stamp(line.their_start, zone), formats.stamp(line.our_start, zone)),
            ("Vehicle", line.vehicle_no or formats.NONE, line.our_vehicle or formats.NONE),
            ("Trip id", line.their_ref or formats.NONE, line.ref if line.trip_id else formats.NONE),
        ]
        for at, words in enumerate(("Theirs", "Ours"), start=1):
            grid.addWidget(label(words, w="600", right=True), 0, at)
        for at, (words, theirs, ours) in enumerate(rows, start=1):
            differ = theirs != ours and formats.NONE not in (theirs, ours)
            grid.addWidget(label(words, t="sm", c="ink3"), at, 0)
            for column, text in ((1, theirs), (2, ours)):
                cell = label(text, t="sm", w="600" if differ else "", right=True)
                cell.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
                cell.setAccessibleName(f"{words}, {'theirs' if column == 1 else 'ours'}: {text}")
                grid.addWidget(cell, at, column)
        grid.setColumnStretch(0, 1)
        return grid

    def show_dispute(self, dispute: Dispute, files: list[Evidence]) -> None:
        """What is disputed about the line, under it."""
        if self.line is None or self.line.dispute_id != dispute.id:
            return
        self.dispute = dispute
        self.body.takeAt(self.body.count() - 1)
        box = self.body
        box.addSpacing(10)
        box.addWidget(hline())
        box.addSpacing(10)
        words = "In dispute" if dispute.status == "OPEN" else "Dispute settled"
        box.addLayout(row(label(words, w="600"), stretch(), StateText(dispute_state(dispute.status))))
        facts = FactList(84)
        facts.set_facts(
            [
                ("Reason", REASONS[dispute.reason]),
                ("Note", dispute.note),
                ("Owner", dispute.owner),
                ("Raised", f"{formats.stamp(dispute.raised_at, self._context.zone)} by {dispute.raised_by}"),
                ("Age", formats.plural(dispute.age_days(datetime.now(UTC)), "day")),
                ("Settled", resolution_words(dispute)),
            ]
        )
        box.addWidget(facts)
        for one in files:
            words = f"{one.file_name}, {formats.count(-(-one.size // 1024))} kB"
            link = LinkButton(words, on_click=partial(self._on_file, one.id))
            box.addLayout(row(link, stretch()))
        if self._context.may("vendor_bills.edit"):
            box.addSpacing(8)
            for buttons in self._deeds(dispute):
                box.addLayout(row(*buttons, stretch(), gap=8))
                box.addSpacing(6)
        box.addStretch(1)

    def _deeds(self, dispute: Dispute) -> list[list[Button]]:
        attach = Button("Attach file…", icon="paperclip", on_click=self._on_attach)
        if dispute.status != "OPEN":
            return [[attach, Button("Open again…", on_click=lambda: self._on_resolve(None))]]
        how = (("Accept theirs…", "THEIRS"), ("Ours holds…", "OURS"), ("Split…", "SPLIT"))
        made = [Button(words, on_click=partial(self._on_resolve, code)) for words, code in how]
        return [made, [attach]]

    def _open_trip(self) -> None:
        if self.line is not None and self.line.trip_id is not None:
            self._on_trip(self.line.ref)


def _money(paise: int | None) -> str:
    return formats.money(paise)
