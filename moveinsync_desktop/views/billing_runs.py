"""Billing runs: a month rated contract by contract, then drafted as invoices (pictures 11 and 12)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from PySide6.QtWidgets import QHBoxLayout

from billing.schemas.runs import BillingOutcome, RunOutcome, RunState
from moveinsync_desktop import formats
from moveinsync_desktop.actions import Action
from moveinsync_desktop.models.billing_rows import (
    FINDING_COLUMNS,
    RATED,
    Finding,
    RunRow,
    findings,
    run_columns,
)
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.models.typed_dates import add_months
from moveinsync_desktop.views.bill_card import BillCard
from moveinsync_desktop.views.dialogs.confirm import ConfirmDialog
from moveinsync_desktop.views.month_deeds import MonthDeeds
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets import (
    Button,
    Card,
    DataTable,
    PeriodStepper,
    ProgressStrip,
    column,
    frame,
)
from moveinsync_desktop.views.widgets.basics import restyle
from moveinsync_desktop.workers import Job


class BillingRunsScreen(Screen):
    """Contracts of the month with their figures, what was found, and the bill so far."""

    id = "billing_runs"
    title = "Billing runs"
    tables = frozenset({"billing_runs", "billing_periods", "invoices", "trips", "contracts", "contract_versions"})

    def build(self) -> None:
        """Header, progress, list, findings, bill."""
        self._outcome: BillingOutcome | None = None
        self._queue: list[RunOutcome] = []
        self._rated = 0
        self._stepper = PeriodStepper(self.context.month)
        self._stepper.changed.connect(self.context.set_month)
        self.context.navigator.month_changed.connect(self._on_month)
        self.header.add_left(self._stepper)
        self.rate_button = Button("Rate again", icon="refresh-cw", on_click=self.make_stale)
        self.issue_button = Button("Issue…", on_click=self._issue, tip="Give all drafts of the month their numbers")
        self.draft_button = Button("Draft invoices", "primary", on_click=self._draft, tip="Ctrl Enter")
        self.deeds = MonthDeeds(self)
        self.header.add_right(self.deeds.button, self.rate_button, self.draft_button, self.issue_button)
        self.strip = ProgressStrip()
        self.strip.cancelled.connect(self._stop_rating)
        self.body.addWidget(self.strip)
        self.body.addWidget(self.deeds.notice)
        self.body.addWidget(self._canvas(), 1)
        self._offer()

    def _canvas(self) -> Any:
        self.model = RowsModel(run_columns(_short(self.context.month)))
        self.model.set_reader(self.make_stale)
        self.table = DataTable(
            self.model, name="billing_runs", noun="contract", settings=self.context.settings,
            messages=self.context.messages, filters=False, two_lines=True, flush=True,
        )  # fmt: skip
        self.table.set_empty("layers", "Nothing to bill in this month", "No contract is in force.",
                             [("Open contracts", lambda: self.context.open("contracts"))])  # fmt: skip
        self.table.opened.connect(lambda row: self._open_invoices([row]))
        list_card = Card(flush=True)
        list_card.body.addWidget(self.table)
        self.found_model = RowsModel(FINDING_COLUMNS)
        self.found = DataTable(
            self.found_model, noun="finding", filters=False, totals=False, two_lines=True, flush=True
        )
        self.found.set_empty("state:tick", "Nothing needs you", "Every trip of the month is on a bill.", ())
        self.found.opened.connect(self._open_finding)
        self.found.view.clicked.connect(self._on_click)
        found_card = Card("Exceptions", flush=True)
        found_card.body.addWidget(self.found)
        left = column(list_card, found_card, gap=12)
        left.setStretch(0, 3)
        left.setStretch(1, 2)
        self.bill = BillCard()
        box = QHBoxLayout()
        box.setContentsMargins(16, 16, 16, 16)
        box.setSpacing(12)
        box.addLayout(left, 1)
        box.addWidget(self.bill)
        return frame("canvas", box)

    def _offer(self) -> None:
        self.add_action(
            Action("bill.draft", "Draft invoices", self._draft, "Ctrl+Return", icon="layers", needs="billing.run")
        )
        deeds = self.deeds
        self.add_action(Action("month.close", "Close the month…", deeds.close, icon="lock", needs="months.close"))
        self.add_action(Action("month.reopen", "Open the month again…", deeds.reopen, needs="months.reopen"))
        self.add_action(Action("month.late", "Late trips of the month…", deeds.late, icon="clock"))
        self.add_action(Action("month.openings", "Opening values…", deeds.openings, needs="opening.save"))
        self.add_action(Action("month.controls", "Who checks whom…", deeds.controls, needs="invoices.controls"))
        self.add_action(Action("month.terms", "Terms and tolerances…", deeds.terms, needs="vendor_bills.edit"))
        self.add_action(Action("bill.rate", "Rate the month again", self.make_stale, icon="refresh-cw"))
        self.table.add_menu_item("Open invoice", self._open_invoices)
        self.table.add_menu_item("Draft this contract again", lambda rows: self._draft_some(rows))
        self.table.add_menu_item("Confirm parked bill…", self._confirm)
        self.table.add_menu_item("Discard draft…", self._discard)
        self.offer_history(self.table)

    def refresh(self) -> None:
        """Read what is stored, then rate what waits."""
        from billing.services.month_board import read_month

        session, month, client = self.context.signed_in, self.context.month, self._client()
        self._stepper.set_month(month)
        self.query(lambda: read_month(session, client=client, month=month), self._show, on_error=self._on_read_error)
        self.deeds.read()

    def open_with(self, **parameters: Any) -> None:
        """month."""
        if isinstance(parameters.get("month"), date):
            self.context.set_month(parameters["month"])

    def _client(self) -> str | None:
        return str(self.context.client_id) if self.context.client_id else None

    def _on_month(self, month: date) -> None:
        self._stepper.set_month(month)
        self.make_stale()

    def _on_read_error(self, error: Exception) -> None:
        self.model.set_error(error)
        self.found_model.set_rows([])
        self._outcome = None
        self._fill_bill()

    def _show(self, outcome: BillingOutcome) -> None:
        self._outcome = outcome
        self._queue = [run for run in outcome.runs if run.state is RunState.WAITING]
        self._rated = 0
        self._fill()
        if self._queue:
            self.strip.begin("Rating trips")
            self._rate_next()
        else:
            self.strip.end()

    def _rate_next(self) -> None:
        """Preview the next contract that waits: nothing is saved, and each shows as soon as it is done."""
        from billing.services.billing import preview_bill

        if not self._queue or self._outcome is None:
            self.strip.end()
            self._fill()
            self.say(f"{formats.plural(self._rated, 'contract')} rated, nothing saved", "state:tick")
            return
        run, session, client = self._queue.pop(0), self.context.signed_in, self._client()
        total = self._rated + len(self._queue) + 1
        self.strip.set_progress(self._rated, total, f"{run.vendor_name}, {run.contract_name}")
        self.query(
            lambda: preview_bill(session, client=client, month=run.month, contract_id=run.contract_id),
            self._on_rated,
            key="preview",
            on_error=self._on_rate_error,
        )

    def _on_rated(self, outcome: BillingOutcome) -> None:
        self._rated += 1
        self._replace(outcome.runs)
        self._rate_next()

    def _on_rate_error(self, error: Exception) -> None:
        self._stop_rating()
        self.on_command_error(error)

    def _stop_rating(self) -> None:
        self._queue.clear()
        self.strip.end()
        self._fill()

    def _replace(self, runs: tuple[RunOutcome, ...]) -> None:
        if self._outcome is None:
            return
        fresh = {run.contract_id: run for run in runs}
        merged = tuple(fresh.get(run.contract_id, run) for run in self._outcome.runs)
        self._outcome = replace(self._outcome, runs=merged)
        self._fill()

    def _fill(self) -> None:
        runs = self._outcome.runs if self._outcome else ()
        self.model.set_rows([RunRow(run) for run in runs])
        self.found_model.set_rows(findings(self._outcome) if self._outcome else [])
        self._fill_bill()
        self._set_buttons()

    def _set_buttons(self) -> None:
        rows = [RunRow(run) for run in self._outcome.runs] if self._outcome else []
        rated = [row for row in rows if row.state in ("RATED", "DRAFT", "PARKED")]
        drafts = [row for row in rows if row.state == "DRAFT"]
        is_drafted = bool(drafts) and len(drafts) == len(rated)
        words = "Draft again" if is_drafted else f"Draft {formats.plural(len(rated), 'invoice')}"
        self.draft_button.set_text(words if rated else "Draft invoices")
        self.issue_button.set_text(f"Issue {formats.plural(len(drafts), 'invoice')}…" if drafts else "Issue…")
        self.issue_button.setVisible(bool(drafts))
        restyle(self.draft_button, kind="" if is_drafted else "primary")  # one primary deed: what comes next
        restyle(self.issue_button, kind="primary" if is_drafted else "")
        waiting = "Waits for rating" if self._queue else "" if rated else "Nothing is left to draft"
        self.draft_button.wait_for(waiting)
        self.issue_button.wait_for("Waits for rating" if self._queue else "" if drafts else "No draft to issue yet")
        is_preview = any(row.state == "RATED" for row in rows)
        self.header.set_state("PREVIEW" if is_preview else "", "Preview, nothing saved")

    def _fill_bill(self) -> None:
        self.bill.show_runs([run for run in self._outcome.runs if run.state in RATED] if self._outcome else [])

    def _draft(self) -> None:
        if self._outcome is not None and self.draft_button.isEnabled():
            self._run(None)

    def _draft_some(self, rows: list[RunRow]) -> None:
        if rows and rows[0].is_open:
            self._run(rows[0].outcome)

    def _run(self, only: RunOutcome | None) -> None:
        from billing.services.billing import run_bill

        session, month, client = self.context.signed_in, self.context.month, self._client()
        contract = only.contract_id if only else None
        job: Job = self.command(
            lambda progress: run_bill(session, client=client, month=month, contract_id=contract, progress=progress),
            self._on_drafted,
            title="Drafting invoices",
        )
        self.draft_button.wait_for("Drafting invoices")
        self.strip.follow(job, "Writing charges")
        job.finished.connect(self._set_buttons)

    def _on_drafted(self, outcome: BillingOutcome) -> None:
        made = [run for run in outcome.runs if run.state in (RunState.CREATED, RunState.REPLACED)]
        refused = [run for run in outcome.runs if run.state is RunState.REFUSED and RunRow(run).state == "REFUSED"]
        self._replace(outcome.runs)
        title = f"{formats.plural(len(made), 'invoice')} drafted" if made else "Nothing changed since the last run"
        detail = f"{formats.plural(len(refused), 'contract')} refused, see the exceptions" if refused else ""
        self.context.messages.toast(
            title, detail, tone="warning" if refused else "ok", action="Open invoices" if made else "",
            on_action=lambda: self.context.open("invoices", month=self.context.month),
        )  # fmt: skip

    def _issue(self) -> None:
        """All drafts of the month get their numbers."""
        rows = [row for row in self.model.rows if row.state == "DRAFT"]
        if not rows:
            return
        total = sum(row.total or 0 for row in rows)
        names = ", ".join(dict.fromkeys(row.vendor_name for row in rows))
        deed = f"Issue {formats.plural(len(rows), 'invoice')}"
        asked = ConfirmDialog(
            self, f"{deed}?", "They get their numbers now and cannot be edited afterwards.", deed,
            fact=(names, formats.money(total)),
        )  # fmt: skip
        if asked.ask():
            self._issue_rows([str(row.outcome.invoice.invoice_id) for row in rows if row.outcome.invoice])

    def _issue_rows(self, invoices: list[str]) -> None:
        from billing.services.issue_many import issue_many

        session = self.context.signed_in
        job = self.command(
            lambda progress: issue_many(session, invoices=invoices, progress=progress), self._on_issued, title="Issuing"
        )
        self.strip.follow(job, "Issuing invoices")

    def _on_issued(self, result: Any) -> None:
        words = f"{formats.plural(len(result.issued), 'invoice')} issued"
        detail = result.refused[0][1] if result.refused else ", ".join(one.number for one in result.issued[:3])
        self.context.messages.toast(words, detail, tone="warning" if result.refused else "ok")
        self.make_stale()

    def _confirm(self, rows: list[RunRow]) -> None:
        """Somebody compared a bill beyond three times last month's and lets it go on."""
        from billing.services.parked_runs import confirm_run

        outcome = rows[0].outcome if rows else None
        if outcome is None or outcome.parked is None or not outcome.waits or outcome.run_id is None:
            return
        parked = outcome.parked
        asked = ConfirmDialog(
            self, f"Let the bill of {outcome.contract_name} go on?",
            f"It has {formats.plural(parked.lines, 'line')}; last month's had {formats.count(parked.last_lines)} "
            f"and came to ₹ {formats.money(parked.last_total)}. Once confirmed it can be issued; who confirmed is "
            "recorded.",
            "Confirm the bill", fact=(outcome.vendor_name, formats.money(parked.total)),
        )  # fmt: skip
        if asked.ask():
            session, client_id, run_id = self.context.signed_in, outcome.client_id, outcome.run_id
            self.command(
                lambda _progress: confirm_run(session, client_id=client_id, run_id=run_id),
                lambda _changes: self.context.messages.toast(f"The bill of {outcome.contract_name} is confirmed"),
                title="Confirming",
            )

    def _discard(self, rows: list[RunRow]) -> None:
        from billing.services.billing import discard_run

        outcome = rows[0].outcome if rows else None
        if outcome is None or rows[0].state not in ("DRAFT", "PARKED") or outcome.run_id is None:
            return
        question = f"Discard the draft of {outcome.contract_name}?"
        follows = "Its figures are dropped; the trips can be billed again."
        if ConfirmDialog(self, question, follows, "Discard draft", danger=True).ask():
            session, client_id, run_id = self.context.signed_in, outcome.client_id, outcome.run_id
            self.command(lambda _progress: discard_run(session, client_id=client_id, run_id=run_id), title="Discarding")

    def _open_invoices(self, rows: list[RunRow]) -> None:
        invoice = rows[0].outcome.invoice if rows else None
        if invoice is not None:
            self.context.open("invoices", invoice=str(invoice.invoice_id))
        elif rows:
            self.context.open("trips", month=self.context.month)

    def _on_click(self, index: Any) -> None:
        if index.column() == len(FINDING_COLUMNS) - 1:
            self._open_finding(self.found_model.record(index.row()))

    def _open_finding(self, found: Finding | None) -> None:
        if found is None:
            return
        if not found.screen:
            self._confirm([row for row in self.model.rows if found.id == f"{row.id}:PARKED"])
            return
        words: dict[str, Any] = {"month": self.context.month} if found.screen == "trips" else {}
        if found.view:
            words["view"] = found.view
        if found.ref:
            words["ref"] = found.ref
        self.context.open(found.screen, **words)


def _short(month: date) -> str:
    return f"{add_months(month, -1):%b}"
