"""Settings: what leaves the audit log each day, what vendors may see, and who changed settings and number series."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog

from moveinsync_desktop.models.record_history import Record, Source
from moveinsync_desktop.settings import Options
from moveinsync_desktop.views.dialogs.record_history import RecordHistoryDialog
from moveinsync_desktop.views.screen import Screen
from moveinsync_desktop.views.widgets.basics import Card, label, row, stretch
from moveinsync_desktop.views.widgets.buttons import Button, LinkButton
from moveinsync_desktop.views.widgets.choices import Check
from moveinsync_desktop.views.widgets.facts import FactList


class AuditCard(Card):
    """The daily anchor, for who may verify the log; the history of settings for who may read it."""

    def __init__(self, screen: Screen) -> None:
        super().__init__("Audit log")
        self._screen, self._context = screen, screen.context
        self._facts = FactList(name_width=138)
        self.choose_button = Button("Choose a file…", icon="folder-open", on_click=self._choose)
        self.stop_button = Button("No longer", on_click=lambda: self.set_file(""))
        settings = LinkButton("History of settings", on_click=lambda: self._show("settings", "setting"))
        series = LinkButton("History of number series", on_click=lambda: self._show("number series", "number_series"))
        buttons = row(self.choose_button, self.stop_button, stretch(), gap=8)
        if self._context.may("audit.verify"):
            words = "Each day a signed line is added to this file. Keep it where nobody of the database can write."
            self.add(self._facts, 6, label(words, t="sm", c="ink3", wrap=True), 10, buttons, 10)
        self.add(row(settings, series, stretch(), gap=16))
        self.refresh()

    def refresh(self) -> None:
        """Show the chosen file."""
        chosen = self._context.settings.get(Options.ANCHOR_FILE)
        self._facts.set_facts([("Daily anchor", chosen or "no file chosen")])
        self.stop_button.setVisible(bool(chosen))

    def set_file(self, path: str) -> None:
        """Anchor into this file from now on; "" stops."""
        self._context.settings.set(Options.ANCHOR_FILE, path)
        self.refresh()

    def _choose(self) -> None:
        name = str(Path.home() / "moveinsync-audit-anchors.jsonl")
        chosen, _kind = QFileDialog.getSaveFileName(
            self, "Daily anchor of the audit log", name, "JSON lines (*.jsonl)",
            options=QFileDialog.Option.DontConfirmOverwrite,
        )  # fmt: skip
        if chosen:
            self.set_file(chosen)

    def _show(self, name: str, entity: str) -> None:
        client = self._context.client_id or self._context.signed_in.client_id
        sources = [Source(client, entity, None)] if client else []
        if self._context.sees_every_client:
            sources.append(Source(None, entity, None))
        RecordHistoryDialog(self._screen, self._context, Record(name, tuple(sources))).exec()


class VendorAmountsCard(Card):
    """For super admins: whether the chosen client's vendors see what their own issued trips cost."""

    def __init__(self, screen: Screen) -> None:
        super().__init__("What vendors see")
        self._screen, self._context = screen, screen.context
        self.check = Check("Vendors' staff sees what its own issued trips cost")
        self.check.clicked.connect(lambda on: self._save(bool(on)))
        self._words = label("", t="sm", c="ink3", wrap=True)
        self.add(self.check, 4, self._words)
        self._context.navigator.client_changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """Read the setting of the client that is chosen in the side bar."""
        client = self._context.client_id
        self.check.setEnabled(client is not None)
        self._words.setText(
            f"For {self._context.client_name}. Drafts, other vendors and employees' names stay hidden."
            if client is not None
            else "Choose a client in the side bar: the setting is the client's own."
        )
        if client is None:
            self.check.setChecked(False)
            return
        session = self._context.signed_in

        def read() -> bool:
            from billing.services.vendor_amounts import vendors_see_amounts

            return vendors_see_amounts(session, client)

        self._screen.query(read, self.check.setChecked, key="vendor_amounts")

    def _save(self, on: bool) -> None:
        session, client = self._context.signed_in, self._context.client_id
        if client is None:
            return

        def work(_progress: Any) -> Any:
            from billing.services.vendor_amounts import let_vendors_see_amounts

            return let_vendors_see_amounts(session, client, on)

        self._screen.command(work, lambda _done: self._said(on), title="Saving the setting")

    def _said(self, on: bool) -> None:
        words = "see amounts of issued trips from their next sign-in" if on else "see no amounts any more"
        self._context.messages.status(f"Vendors of {self._context.client_name} {words}", "state:tick", "paid")
