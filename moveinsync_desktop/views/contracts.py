"""Contracts: the list, one contract with its versions, and the rules of a version in a form beside their effect.

Three pages in one screen; crumbs lead back. Every read and write is a service call on a worker.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QStackedWidget

from moveinsync_desktop import formats
from moveinsync_desktop.actions import Action
from moveinsync_desktop.models.contract_rows import COLUMNS, OF_ALL_CLIENTS, row_of, version_state
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.views.contract_deeds import ContractDeeds
from moveinsync_desktop.views.contract_detail import ContractDetail
from moveinsync_desktop.views.contract_drafts import unfinished
from moveinsync_desktop.views.contract_editor import ContractEditor
from moveinsync_desktop.views.contract_effect import EffectPanel
from moveinsync_desktop.views.widgets.basics import column, plain
from moveinsync_desktop.views.widgets.buttons import Button
from moveinsync_desktop.views.widgets.notices import MessageBar
from moveinsync_desktop.views.widgets.table import DataTable

if TYPE_CHECKING:
    from billing.schemas.runs import RunSummary
    from billing.services.contracts import ContractView


class ContractsScreen(ContractDeeds):
    """Attributes: table, detail, editor, effect; page ("list", "detail" or "rules")."""

    id, title = "contracts", "Contracts"
    tables = frozenset(
        {
            "contracts",
            "contract_versions",
            "client_vendors",
            "client_sites",
            "vendor_branches",
            "billing_runs",
            "invoices",
        }
    )

    def build(self) -> None:
        """Make the three pages."""
        self.place = "list"
        self._way: tuple[tuple[str, ...], str] = ((), "")
        self.contract_view: ContractView | None = None
        self._views: list[ContractView] = []
        self._wanted: UUID | None = None
        self._wants_rules = False
        self.effect = EffectPanel(self.context)
        self.effect.hide()
        self.effect.trips_wanted.connect(self._show_moved)
        self.effect.solve_wanted.connect(self._solve)
        layout = self.layout()
        if layout is not None:
            layout.addWidget(self.effect)
        self.detail = ContractDetail()
        self.detail.version_opened.connect(self._open_version)
        self.detail.correction_wanted.connect(self._correct)
        self.detail.facts_wanted.connect(self._edit_facts)
        self.detail.month_opened.connect(self._open_month)
        self.detail.renewal_wanted.connect(self._renew)
        self.detail.history_wanted.connect(self._show_history)
        self.editor = ContractEditor(self.context, self.effect)
        self.editor.state_changed.connect(self._show_head)
        self.editor.finished.connect(self._on_finished)
        self._make_table()
        self.bar = MessageBar()
        self._list_page = plain(column(self.bar, self.table))
        self.stack = QStackedWidget()
        for page in (self._list_page, self.detail, self.editor):
            self.stack.addWidget(page)
        self.body.addWidget(self.stack, 1)
        self._make_buttons()
        self.header.crumb_clicked.connect(self._on_crumb)
        self.add_action(
            Action("contracts.new", "New contract…", self._new, "Ctrl+N", icon="plus", needs="contracts.add")
        )
        self.add_action(
            Action("contracts.rules", "Edit rules", self._edit_rules, "Ctrl+E", icon="pencil", needs="contracts.draft")
        )
        self.add_action(
            Action("contracts.solve", "Find a value for a target…", self._solve, "Ctrl+T", needs="contracts.draft")
        )
        self.add_action(Action("contracts.back", "Back to the list", self._back, "Alt+Left", icon="arrow-up"))
        self._go("list")

    # -- reading

    def refresh(self) -> None:
        """Read all contracts again; an open form keeps what was typed."""
        session, client = self.context.signed_in, self.context.client_id

        def read() -> list[ContractView]:
            from billing.services.contracts import list_contracts

            return list_contracts(session, client_id=client)

        self.query(read, self._on_read, on_error=self.model.set_error)

    def open_with(self, contract: Any = None, rules: bool = False, new: bool = False, **_more: Any) -> None:
        """Come for one contract: context.open("contracts", contract=contract_id, rules=True to edit), or a new one."""
        if new:
            self._new()
            return
        self._wanted, self._wants_rules = contract, rules
        if self._views:
            self._open_wanted()

    def _on_read(self, views: list[ContractView]) -> None:
        self._views = views
        self._offer_unfinished()
        self.model.set_rows([row_of(view) for view in views])
        if self.contract_view is not None:
            known = next((view for view in views if view.contract.id == self.contract_view.contract.id), None)
            if known is None:
                self._go("list")
            elif self.place == "detail":
                self._show_contract(known)
            else:
                self.contract_view = known
                if self.place == "rules":
                    self.editor.note_elsewhere(known)
        self._open_wanted()

    def _open_wanted(self) -> None:
        if self._wanted is None:
            return
        view = next((view for view in self._views if view.contract.id == self._wanted), None)
        self._wanted = None
        if view is not None:
            self._show_contract(view)
            if self._wants_rules and self.can_edit:
                self._edit_rules()
        self._wants_rules = False

    # -- pages

    def _go(self, place: str) -> None:
        if self.place == "rules" and place != "rules":
            self.editor.leave()
        self.place = place
        self.stack.setCurrentWidget({"list": self._list_page, "detail": self.detail, "rules": self.editor}[place])
        self.effect.setVisible(place == "rules")
        self._show_head()

    def _show_contract(self, view: ContractView) -> None:
        self.contract_view = view
        self.detail.show_contract(view, me=str(self.context.signed_in.email), can_edit=self.can_edit)
        self._go("detail")
        self._read_months(view)

    def _read_months(self, view: ContractView) -> None:
        """What was billed under the contract; a vendor's staff see no runs."""
        sees_runs = self.context.may("invoices.view")
        self.detail.months_card.setVisible(sees_runs)
        if not sees_runs:
            return
        session, contract = self.context.signed_in, view.contract

        def read() -> list[RunSummary]:
            from billing.services.billing import list_runs

            return [run for run in list_runs(session, client_id=contract.client_id) if run.contract_id == contract.id]

        self.query(read, self.detail.show_months, key="months", on_error=self.detail.months_model.set_error)

    def _open_month(self, run: RunSummary) -> None:
        if run.invoice_id is not None:
            self.context.open("invoices", invoice=str(run.invoice_id))
        else:
            self.context.open("billing_runs", month=run.month)

    def _show_head(self) -> None:
        view, place = self.contract_view, self.place
        for button, wanted in self._buttons:
            button.setVisible(place == wanted and (self.can_edit or button is self.compare_button))
        if place == "list" or (view is None and place == "detail"):
            self._show_way((), self.title)
            self.header.set_state("")
        elif place == "detail" and view is not None:
            self._show_way(("Contracts",), view.contract.name)
            self.header.set_state(view.state() if view.state() != "UPCOMING" else "SCHEDULED")
            self.end_button.setEnabled(any(version.status == "ACTIVE" for version in view.versions))
            self.renew_button.setEnabled(self.end_button.isEnabled())
        else:
            self._show_editor_head()

    def _show_way(self, crumbs: tuple[str, ...], title: str) -> None:
        if (crumbs, title) != self._way:
            self._way = (crumbs, title)
            self.header.set_crumbs(crumbs, title)

    def _show_editor_head(self) -> None:
        editor = self.editor
        if editor.contract is None or self.place != "rules":
            return
        crumbs = ("Contracts",) if editor.is_new else ("Contracts", editor.contract.name)
        self._show_way(crumbs, editor.contract.name if editor.is_new else "Rules")
        if editor.corrects is not None:
            self.header.set_state(version_state(editor.corrects), f"Version {editor.number}, being corrected")
        elif editor.is_new:
            self.header.set_state("DRAFT", "New, nothing stored yet")
        elif editor.has_draft:
            self.header.set_state("DRAFT", f"Version {editor.number}, draft")
        elif editor.base is not None:
            self.header.set_state(version_state(editor.base), f"Version {editor.base.number}, in force")
        form = editor.form
        wrong = len(form.problems) if form is not None else 0
        is_correction = editor.corrects is not None
        reason = "" if editor.has_draft else "Nothing differs from the version in force"
        if wrong:
            reason = f"{wrong} to put right first" if form is not None and form.is_dirty else "Fill in the rules first"
        verb = "Correct…" if is_correction else "Activate…"  # the state beside the title says which version
        self.activate_button.set_text("Create contract" if editor.is_new else verb)
        self.activate_button.wait_for(reason)
        self.compare_button.setVisible(editor.base is not None)
        self.compare_button.wait_for("" if form is not None and form.changes() else "Nothing differs yet")

    def _on_crumb(self, at: int) -> None:
        if at == 1 and self.contract_view is not None:
            self._show_contract(self.contract_view)
        else:
            self._go("list")

    def _back(self) -> None:
        self._on_crumb(1 if self.place == "rules" and not self.editor.is_new else 0)

    def _on_finished(self, contract_id: object) -> None:
        self.contract_view = None
        self._wanted = contract_id if isinstance(contract_id, UUID) else None
        self._go("list")
        self.refresh()

    def _offer_unfinished(self) -> None:
        kept = unfinished(self.context) if self.can_edit else None
        if kept is None or self.place != "list":
            self.bar.hide()
            return
        words = f"The new contract {kept.contract.name} was not finished, {formats.stamp(kept.kept_at)}."

        def go_on() -> None:
            self.bar.hide()
            self.contract_view = None
            self.editor.open_unfinished(kept)
            self._go("rules")

        self.bar.show_message("info", words, "Go on", go_on)

    # -- building

    def resizeEvent(self, event: QResizeEvent) -> None:
        """The effect is wider where there is room."""
        super().resizeEvent(event)
        if hasattr(self, "effect"):
            self.effect.fit(self.window().width())

    def _make_table(self) -> None:
        self.model = RowsModel(COLUMNS if self.context.signed_in.client_id else OF_ALL_CLIENTS)
        self.model.set_reader(self.refresh)
        self.table = DataTable(
            self.model,
            name="contracts",
            noun="contract",
            settings=self.context.settings,
            messages=self.context.messages,
        )
        actions = [("New contract…", self._new)] if self.can_edit else []
        self.table.set_empty("file-badge", "No contracts yet", "A contract says what a vendor's trips cost.", actions)
        self.table.opened.connect(lambda row: self._show_contract(row.view))
        self.table.add_menu_item("Open", lambda rows: self._show_contract(rows[0].view) if rows else None)

    def _make_buttons(self) -> None:
        self.new_button = Button(
            "New contract…", "primary", icon="plus", on_click=self._new, tip="New contract  Ctrl N"
        )
        self.end_button = Button("End…", on_click=self._end)
        self.renew_button = Button("Renew…", icon="calendar-clock", on_click=self._renew)
        self.rules_button = Button(
            "Edit rules", "primary", icon="pencil", on_click=self._edit_rules, tip="Edit rules  Ctrl E"
        )
        self.compare_button = Button("Compare", icon="git-compare-arrows", on_click=self.editor.compare)
        self.activate_button = Button("Activate…", "primary", on_click=self.editor.activate)
        self._buttons = (
            (self.new_button, "list"), (self.end_button, "detail"), (self.renew_button, "detail"),
            (self.rules_button, "detail"), (self.compare_button, "rules"), (self.activate_button, "rules"),
        )  # fmt: skip
        for button, _place in self._buttons:
            self.header.add_right(button)
