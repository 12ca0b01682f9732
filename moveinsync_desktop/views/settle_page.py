"""To settle: issued months that something touched since, and beside the one in hand the note that settles it.

The preview rates the month again in a worker and writes nothing; the draft is written by the button alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from billing.invoicing.doc_types import title_of
from billing.invoicing.tax import percent_text
from billing.schemas.notes import NoteDraft, NoteLine, SettledTrip, Settlement, TripShift, Unsettled
from moveinsync_desktop import formats
from moveinsync_desktop.models.columns import Column
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.views.dialogs.confirm import ConfirmDialog
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets import (
    Button,
    ChargeLines,
    DataTable,
    FactList,
    Inspector,
    Line,
    LinkButton,
    ProgressStrip,
    clear_layout,
    hline,
    label,
    row,
    stretch,
)

PANEL_WIDTH = 452
SHOWN_TRIPS = 60
WHY = {
    TripShift.LATE: "late",
    TripShift.CORRECTED: "corrected",
    TripShift.WITHDRAWN: "withdrawn",
    TripShift.RERATED: "taxed anew",
    TripShift.SHIFTED: "shifted",
}


def _why(one: Unsettled) -> str:
    words = []
    if one.late:
        words.append(f"{formats.plural(one.late, 'trip')} new")
    if one.withdrawn:
        words.append(f"{formats.plural(one.withdrawn, 'trip')} superseded")
    if one.versions_changed:
        words.append("rules changed")
    words += [cause.text for cause in one.causes]
    return ", ".join(words) or "draft note waits"


COLUMNS = (
    Column("number", "Invoice", "id", 142),
    Column("month", "Month", "month", 116),
    Column("vendor_name", "Vendor and contract", "two", 180, second="contract_name", stretch=True),
    Column("why", "What changed", "text", 224, get=_why, stretch=True),
    Column("total", "Payable ₹", "money", 112, from_width=780),
    Column("draft", "Note", "state", 90, get=lambda one: "DRAFT" if one.draft_id else "WAITING", from_width=880),
)


class SettlePage(QWidget):
    """Attributes: table, panel. `read()` asks again; `on_count` is told how many months wait."""

    def __init__(self, screen: Screen, strip: ProgressStrip, on_count: Callable[[int], object]) -> None:
        super().__init__()
        self._screen, self._strip, self._on_count = screen, strip, on_count
        self._shown: Settlement | None = None
        self.model = RowsModel(COLUMNS)
        self.model.set_reader(self.read)
        context = screen.context
        self.table = DataTable(
            self.model, name="settle", noun="month", settings=context.settings, messages=context.messages,
            two_lines=True, key="invoice_id",
        )  # fmt: skip
        self.table.set_empty(
            "state:tick",
            "Nothing to settle",
            "Trips, rules, inputs and tax of issued months are as they were billed.",
            (),
        )
        self.table.add_menu_item("Draft their notes…", self._draft_rows)
        self.table.add_menu_item("Open invoice", self._open_rows)
        self.table.current_changed.connect(self._show)
        self.table.opened.connect(lambda one: context.open("invoices", invoice=str(one.invoice_id)))
        self.panel = Inspector(PANEL_WIDTH)
        self.panel.stepped.connect(self.table.step)
        self.draft_button = Button("Draft note", "primary", on_click=self._draft)
        self.panel.add_foot(self.draft_button)
        box = QHBoxLayout(self)
        box.setContentsMargins(0, 0, 0, 0)
        box.setSpacing(0)
        box.addWidget(self.table, 1)
        box.addWidget(self.panel)

    def read(self) -> None:
        """Ask which issued months were touched since."""
        from billing.services.settle import list_unsettled

        context = self._screen.context
        session, client = context.signed_in, str(context.client_id) if context.client_id else None
        self._screen.query(
            lambda: list_unsettled(session, client=client), self._fill, key="unsettled", on_error=self.model.set_error
        )

    def _fill(self, found: list[Unsettled]) -> None:
        self.model.set_rows(found)
        self._on_count(len(found))
        if not found:
            self.panel.close_panel()

    def _show(self, one: Unsettled | None) -> None:
        if one is None or not self.isVisible():
            return
        from billing.services.settle import preview_settlement

        self._shown = None
        self.panel.show_record(one.number, "WAITING", "Rating")
        clear_layout(self.panel.body)
        self.draft_button.wait_for("Rating the month again")
        session, invoice = self._screen.context.signed_in, str(one.invoice_id)
        self._screen.query(lambda: preview_settlement(session, invoice=invoice), self._show_settlement, key="settle")

    def _show_settlement(self, found: Settlement) -> None:
        self._shown = found
        note, body = found.note, self.panel.body
        clear_layout(body)
        if found.error:
            self.panel.show_record(found.number, "REFUSED")
            body.addWidget(label(found.error, c="overdue", wrap=True))
            self.draft_button.wait_for("It cannot be settled as it is")
            body.addStretch(1)
            return
        title = _title(note) if note else "Nothing is owed"
        shown = f"Two notes to {found.number}" if found.reversal and note else f"{title} to {found.number}"
        self.panel.show_record(shown, "PREVIEW")
        self._add_facts(body, found)
        if found.void_first:
            body.addWidget(label(found.void_first, c="review", wrap=True))
            body.addLayout(row(LinkButton("Open the invoice to void it", on_click=self._open_shown), stretch()))
            body.addSpacing(12)
        if found.reversal is not None:
            body.addWidget(label(f"Taken back at {_rates(found.reversal)}", w="600"))
            body.addSpacing(6)
            self._add_note(body, found.reversal, found)
        if note is not None:
            if found.reversal is not None:
                body.addWidget(label(f"Billed at {_rates(note)}", w="600"))
                body.addSpacing(6)
            self._add_note(body, note, found)
        if found.trips:
            self._add_trips(body, found)
        body.addStretch(1)
        waits = "" if note or found.counts or found.versions or found.causes else "Nothing differs"
        verb = "Draft both notes" if found.reversal and note else f"Draft {title.lower()}"
        self.draft_button.set_text(verb if note else "Take the changes on")
        self.draft_button.wait_for(waits)

    def _add_facts(self, body: QVBoxLayout, found: Settlement) -> None:
        counts = ", ".join(f"{formats.count(count)} {WHY[why]}" for why, count in found.counts.items())
        manual = found.room.manual_credits
        until = ""
        if found.note is not None and found.note.doc_type == "CREDIT_NOTE":
            until = f"reduces the tax until {formats.day(found.room.credit_until)}"
            until = "no tax: its deadline is over" if found.note.commercial else until
        facts = FactList(92)
        facts.set_facts(
            [
                ("Vendor", f"{found.vendor_name} ({found.vendor_code})"),
                ("Contract", found.contract_name),
                ("Month", formats.month(found.month)),
                ("Trips", counts or "none changes its price"),
                ("Rules", f"now version {', '.join(map(str, found.versions))}" if found.versions else ""),
                ("Inputs", "; ".join(cause.text for cause in found.causes)),
                ("Credit", until),
                ("By hand", f"{formats.money(manual)} was credited already" if manual else ""),
                ("Incentives", f"{formats.money(found.incentive)}, outside the note" if found.incentive else ""),
            ]
        )
        body.addWidget(facts)
        body.addSpacing(12)
        body.addWidget(hline())
        body.addSpacing(12)

    def _add_note(self, body: QVBoxLayout, note: NoteDraft, found: Settlement) -> None:
        reasons: dict[str, list[str]] = {}
        for name, text, _amount in found.reasons:
            reasons.setdefault(name.split(",")[0], []).append(text)
        lines = ChargeLines()
        lines.set_lines(
            [Line(line.description, line.amount, "", _texts(line, reasons)) for line in note.lines],
            before_tax=note.totals.taxable + note.totals.non_taxable,
            tax=note.totals.tax,
            total=note.totals.total,
            title=_title(note),
            extra=[("Round off", note.totals.round_off)] if note.totals.round_off else (),
        )
        body.addWidget(lines)
        body.addSpacing(12)

    def _add_trips(self, body: QVBoxLayout, found: Settlement) -> None:
        body.addWidget(label("Trips that change their price", w="600"))
        for trip in found.trips[:SHOWN_TRIPS]:
            body.addSpacing(8)
            body.addLayout(self._trip_head(trip))
            if trip.text:
                body.addWidget(label(trip.text, t="sm", c="ink2", wrap=True))
        more = sum(found.counts.values()) - min(len(found.trips), SHOWN_TRIPS)
        if more > 0:
            body.addSpacing(8)
            body.addWidget(label(f"and {formats.plural(more, 'trip')} more", t="sm", c="ink3"))

    def _trip_head(self, trip: SettledTrip) -> QHBoxLayout:
        zone = self._screen.context.zone
        shown = f"{formats.money(trip.before)} → {formats.money(trip.after)}"
        words = label(f"{WHY[trip.why]}, {formats.stamp(trip.start, zone)}", t="sm", c="ink3")
        return row(label(trip.ref, w="500"), words, stretch(), label(shown, right=True), gap=8)

    def _open_shown(self) -> None:
        if self._shown is not None:
            self._screen.context.open("invoices", invoice=str(self._shown.original_id))

    def _draft(self) -> None:
        if self._shown is not None and self.draft_button.isEnabled():
            self._write([str(self._shown.original_id)])

    def _draft_rows(self, rows: list[Unsettled]) -> None:
        if not rows:
            return
        deed = f"Draft {formats.plural(len(rows), 'note')}"
        follows = "Each month is rated again. The notes get their numbers when they are issued."
        fact = (", ".join(dict.fromkeys(one.vendor_name for one in rows)), formats.plural(len(rows), "month"))
        if ConfirmDialog(self, f"{deed}?", follows, deed, fact=fact).ask():
            self._write([str(one.invoice_id) for one in rows])

    def _open_rows(self, rows: list[Unsettled]) -> None:
        if rows:
            self._screen.context.open("invoices", invoice=str(rows[0].invoice_id))

    def _write(self, invoices: list[str]) -> None:
        from billing.services.settle import settle_many

        session = self._screen.context.signed_in
        job = self._screen.command(
            lambda progress: settle_many(session, invoices=invoices, progress=progress), self._on_written,
            title="Settling",
        )  # fmt: skip
        self._strip.follow(job, "Settling months")

    def _on_written(self, results: list[Any]) -> None:
        messages, context = self._screen.context.messages, self._screen.context
        refused = [one for one in results if isinstance(one, tuple)]
        made = [one for one in results if isinstance(one, Settlement)]
        if refused:
            messages.toast("A month was not settled", refused[0][1], tone="danger", stays=True)
        drafted = [one for one in made if one.stored is not None]
        if drafted:
            count = sum(len(one.drafts) for one in drafted)
            pairs = any(one.reversal for one in drafted)
            told = "A credit at the old rate and what bills it again get their numbers together." if pairs else ""
            total = formats.money(sum(one.note.totals.total for one in drafted if one.note))
            messages.toast(
                f"{formats.plural(count, 'note')} drafted", told or total, action="Open note",
                on_action=lambda: context.open("invoices", invoice=str(drafted[0].stored)),
            )  # fmt: skip
        elif made:
            messages.toast("Settled without a note", "Nothing is owed; what changed is on the ledger now.")
        self.read()


def _rates(note: NoteDraft) -> str:
    """`5 %`, `5 and 18 %`: the rates of a note's taxed lines."""
    milli = sorted({line.key[3] for line in note.lines if line.key[2]})
    return f"{' and '.join(percent_text(one) for one in milli)} %" if milli else "no tax"


def _title(note: NoteDraft) -> str:
    return title_of(note.doc_type, commercial=note.commercial)


def _texts(line: NoteLine, reasons: dict[str, list[str]]) -> tuple[str, ...]:
    """Under a line of the preview: from what to what, and today's arithmetic of the month's own charges."""
    moved = f"{formats.money(line.before)} → {formats.money(line.after)}"
    return (moved, *reasons.get(line.description, ()))
