"""Audit: who did what and when, what it was before and after; for super admins, whether the chain still holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QFileDialog

from billing.schemas.audit import PROBLEMS, AuditEntry, AuditFilter, AuditReport
from moveinsync_desktop import formats
from moveinsync_desktop.actions import Action
from moveinsync_desktop.models.audit_rows import (
    AUDIT_COLUMNS,
    ENTITY_WORDS,
    AuditRow,
    audit_rows,
    differences,
    place_of,
    what_of,
)
from moveinsync_desktop.models.periods import Span, presets
from moveinsync_desktop.models.rows import RowsModel
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets import (
    Button,
    Combo,
    DataTable,
    FactList,
    Inspector,
    LinkButton,
    MenuButton,
    MessageBar,
    TextField,
    clear_layout,
    frame,
    hline,
    label,
    row,
    stretch,
)

PAGE = 1000
FILTER_PAUSE_MS = 250
EVERY_KIND = ""


class AuditScreen(Screen):
    """Attributes: table, panel, bar (the outcome of verifying), entries (what was read so far, newest first)."""

    id, title = "audit", "Audit"
    needs_client = False

    def build(self) -> None:
        """The list, its side panel and, for a super admin, the chain chooser and its deeds."""
        self.entries: list[AuditEntry] | None = None
        self.is_super = self.context.may("audit.verify")
        self.chain = Combo([("workspace", "Workspace")], name="Whose audit log")
        if self.is_super:
            self.chain.setMinimumWidth(240)
            self.header.add_left(self.chain)
            self.chain.set_value("workspace")
            self.chain.chosen.connect(lambda _value: self.refresh())
            more = [("Save an anchor…", self.save_anchor), ("Export this chain…", self.export)]
            self.header.add_right(MenuButton("More", more))
            self.header.add_right(
                Button("Verify", icon="shield-check", on_click=self.verify, tip="Recompute all chains")
            )
            self.add_action(Action("audit.verify", "Verify the audit chain", self.verify, icon="shield-check"))
        self._make_filters()
        self.older = LinkButton("Older entries", on_click=self.read_older)
        self.header.add_right(self.older)
        self.bar = MessageBar()
        self.body.addWidget(frame("toolbar", row(self.kind, self.actor, self.days, self.clear, stretch(), gap=8,
                                                 margins=(16, 6, 16, 6))))  # fmt: skip
        self.body.addWidget(self.bar)
        self.model = RowsModel(AUDIT_COLUMNS)
        self.model.set_reader(self.refresh)
        self.table = DataTable(
            self.model, name="audit", noun="event", settings=self.context.settings, messages=self.context.messages
        )
        self.table.set_empty("shield-check", "Nothing has happened yet", "Every change will be listed here.")
        self.table.current_changed.connect(self._show_row)
        self.body.addWidget(self.table, 1)
        self._make_panel()

    def _make_filters(self) -> None:
        """What the database looks for in the whole chain; the row under the header filters what is listed."""
        kinds = sorted(ENTITY_WORDS.items(), key=lambda pair: pair[1])
        self.kind = Combo([(EVERY_KIND, "Every kind of record"), *kinds], name="Kind of record")
        self.kind.setMinimumWidth(190)
        self.actor = TextField(placeholder="Who: part of the e-mail", name="Who")
        self.actor.setFixedWidth(196)
        self.days = MenuButton("All days", [("All days", self._chooser("All days", None))] + [
            (words, self._chooser(words, span)) for words, span in presets(datetime.now(self.context.zone).date())
        ])  # fmt: skip
        self.clear = LinkButton("Clear", on_click=self.clear_filters)
        self.clear.hide()
        self.span: Span | None = None
        self.record_id: UUID | None = None
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(FILTER_PAUSE_MS)
        self._pause.timeout.connect(self.refresh)
        self.kind.chosen.connect(lambda _value: self._filter_changed())
        self.actor.changed.connect(self._filter_changed)

    def _chooser(self, words: str, span: Span | None) -> Callable[[], None]:
        def choose() -> None:
            self.span = span
            self.days.set_text(words)
            self._filter_changed()

        return choose

    def _filter_changed(self) -> None:
        self.record_id = None
        self._pause.start()

    def clear_filters(self) -> None:
        """Every entry again."""
        self.kind.set_value(EVERY_KIND)
        self.actor.set_value("")
        self._chooser("All days", None)()

    def open_with(self, **parameters: Any) -> None:
        """kind and record: the entries of one kind of record, or of one record."""
        if "kind" in parameters:
            self.kind.set_value(str(parameters["kind"]))
        self.record_id = parameters.get("record")
        self.make_stale()

    def wanted(self) -> AuditFilter:
        """The filters in use; days are the client's own days."""
        zone = self.context.zone
        since = until = None
        if self.span is not None:
            since = datetime.combine(self.span[0], time(), zone)
            until = datetime.combine(self.span[1] + timedelta(days=1), time(), zone)
        actor = self.actor.value or None
        return AuditFilter(str(self.kind.value or "") or None, self.record_id, None, actor, since, until)

    def _make_panel(self) -> None:
        self.panel = Inspector(380)
        self.panel.stepped.connect(self.table.step)
        self.panel.closed.connect(lambda: self.table.view.mark_row(-1))
        self.record_button = Button("Open the record", icon="external-link", on_click=self.open_record)
        self.panel.add_foot(self.record_button)
        self.set_inspector(self.panel)
        self.shown: AuditEntry | None = None
        self._has_more = False

    # -- reading

    def refresh(self) -> None:
        """The newest entries again; the first time also the clients whose chains there are."""
        session, wanted, is_super = self.context.signed_in, self._wanted(), self.is_super
        filters = self.wanted()
        self.clear.setVisible(filters != AuditFilter())

        def read() -> tuple[list[AuditEntry], list[tuple[str, str]]]:
            from billing.services.audit import read_entries
            from billing.services.parties import list_clients

            clients = [(one.code, f"{one.name}  {one.code}") for one in list_clients(session)] if is_super else []
            return read_entries(session, client=wanted, wanted=filters, limit=PAGE), clients

        self.query(read, self._on_read, on_error=self.model.set_error)

    def _wanted(self) -> str | None:
        return str(self.chain.value) if self.is_super else None

    def _on_read(self, found: tuple[list[AuditEntry], list[tuple[str, str]]]) -> None:
        self.entries, clients = found
        self._has_more = len(self.entries) == PAGE
        if self.is_super:
            self.chain.set_choices([("workspace", "Workspace"), *clients])
        self._fill()

    def read_older(self) -> None:
        """The entries before the oldest one shown, added to the list."""
        if not self.entries:
            return
        session, wanted, before = self.context.signed_in, self._wanted(), self.entries[-1].seq
        filters = self.wanted()

        def read() -> list[AuditEntry]:
            from billing.services.audit import read_entries

            return read_entries(session, client=wanted, wanted=filters, before=before, limit=PAGE)

        self.query(read, self._add_older, key="older")

    def _add_older(self, found: list[AuditEntry]) -> None:
        self.entries = [*(self.entries or []), *found]
        self._has_more = len(found) == PAGE
        self._fill()

    def _fill(self) -> None:
        entries = self.entries or []
        self.older.setVisible(self._has_more)
        self.model.set_rows(audit_rows(entries))

    # -- one entry

    def _show_row(self, shown: Any) -> None:
        if not isinstance(shown, AuditRow):
            return
        self.table.view.mark_row(self.table.view.currentIndex().row())
        entry = self.shown = shown.record
        clear_layout(self.panel.body)
        facts = FactList(84)
        facts.set_facts(
            [
                ("When", formats.long_stamp(entry.at)),
                ("Who", entry.actor),
                ("Reason", entry.reason or ""),
                ("Login role", entry.db_user),
                ("From", entry.addr or "this machine"),
                ("Entry", f"{entry.seq}, {entry.hash[:16]}…"),
            ]
        )
        self.panel.body.addWidget(facts)
        self._show_differences(entry)
        self.panel.body.addStretch(1)
        self.record_button.setVisible(place_of(entry) is not None)
        self.panel.show_foot(place_of(entry) is not None)
        self.panel.show_record(what_of(entry))

    def _show_differences(self, entry: AuditEntry) -> None:
        found = differences(entry)
        if not found:
            return
        box = self.panel.body
        box.addSpacing(10)
        box.addWidget(hline())
        box.addSpacing(10)
        changes = entry.before is not None and entry.after is not None
        for name, before, after in found:
            box.addWidget(label(name[:1].upper() + name[1:], t="sm", c="ink3"))
            words = f"{before}  →  {after}" if changes else after if entry.before is None else before
            shown = label(words, t="sm", wrap=True)
            shown.setAccessibleName(f"{name}: was {before}, is {after}")
            box.addWidget(shown)
            box.addSpacing(6)

    def open_record(self) -> None:
        """Go to what the entry is about."""
        target = place_of(self.shown) if self.shown else None
        if target:
            self.context.open(target[0], **target[1])

    # -- deeds of a super admin

    def verify(self) -> None:
        """Recompute every chain and say what was found; it stays until the screen is left."""
        session = self.context.signed_in

        def work() -> AuditReport:
            from billing.services.audit import verify

            return verify(session)

        self.bar.show_message("info", "Recomputing all chains…")
        self.query(work, self._on_verified, key="verify")

    def _on_verified(self, report: AuditReport) -> None:
        entries = sum(one.entries for one in report.chains)
        if report.clean:
            chains = formats.plural(len(report.chains), "chain")
            words = f"Clean: {formats.plural(entries, 'entry', 'entries')} in {chains}. An anchor proves the end, too."
            self.bar.show_message("ok", words, "Save an anchor…", self.save_anchor)
            return
        bad = [f"{one.name}, entry {one.first_bad}: {PROBLEMS[one.problem]}" for one in report.chains if one.problem]
        bad += [f"{table}: changes are not told of, its trigger is off" for table in report.gaps]
        self.bar.show_message("danger", "Not clean. " + "; ".join(bad))

    def save_anchor(self) -> None:
        """Append where the chains stand to a file that is kept elsewhere."""
        target = self._ask("Save an anchor", "audit-anchors.jsonl")
        if target is None:
            return
        from billing.services.anchors import write_anchor

        session = self.context.signed_in
        self.query(lambda: write_anchor(session, target), lambda n: self._said(f"{n} chains anchored in {target.name}"))

    def export(self) -> None:
        """Write the chosen chain for the independent verifier."""
        target = self._ask("Export the chain", f"audit-{self._wanted()}.jsonl")
        if target is None:
            return
        from billing.services.audit import export_chain

        session, wanted = self.context.signed_in, self._wanted()
        self.query(
            lambda: export_chain(session, target, client=wanted),
            lambda n: self._said(f"{formats.plural(n, 'entry', 'entries')} written to {target.name}"),
            key="export",
        )

    def _said(self, words: str) -> None:
        self.context.messages.status(words, "check", "paid")

    def _ask(self, title: str, name: str) -> Path | None:
        chosen, _kind = QFileDialog.getSaveFileName(self, title, name, "JSON lines (*.jsonl)")
        return Path(chosen) if chosen else None
