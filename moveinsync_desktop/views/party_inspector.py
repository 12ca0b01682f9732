"""The side panel of a client, site, vendor, employee or vehicle."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from billing.schemas.parties import VendorBranch
from moveinsync_desktop.models import party_rows
from moveinsync_desktop.models.party_rows import VendorRow, branch_facts, facts_of, saved_words
from moveinsync_desktop.views.widgets.basics import column, hline, label, plain, row, stretch
from moveinsync_desktop.views.widgets.buttons import Button, LinkButton
from moveinsync_desktop.views.widgets.facts import FactList, NoteLine, clear_layout
from moveinsync_desktop.views.widgets.inspector import Inspector


class PartyInspector(Inspector):
    """Signals: edit_wanted(row), branch_wanted(vendor id, branch or None for a new one), history_wanted(row),
    letterhead_wanted(branch)."""

    edit_wanted = Signal(object)
    branch_wanted = Signal(object, object)
    history_wanted = Signal(object)
    letterhead_wanted = Signal(object)

    def __init__(self, *, may_edit_vendors: bool, parent: QWidget | None = None) -> None:
        super().__init__(348, parent=parent)
        self._may_edit_vendors = may_edit_vendors
        self._row: Any = None
        self._branch_button = Button("Add branch…", on_click=lambda: self._want_branch(None))
        self._edit_button = Button("Edit…", icon="pencil", on_click=lambda: self.edit_wanted.emit(self._row))
        self._closed_words = label("", t="sm", c="ink3")
        self.add_foot(self._closed_words, self._branch_button, self._edit_button)

    def show_row(self, shown: Any, *, may_edit: bool) -> None:
        """Show an entry of a list."""
        self._row = shown
        is_vendor = isinstance(shown, VendorRow)
        self._edit_button.setVisible(may_edit)
        self._closed_words.setText("" if may_edit else "Edited by a super admin")
        self._branch_button.setVisible(is_vendor and self._may_edit_vendors)
        clear_layout(self.body)
        facts = FactList(92)
        facts.set_facts(facts_of(shown))
        self.body.addWidget(facts)
        if is_vendor:
            self._add_branches(shown)
        words = saved_words(shown.link if is_vendor else shown.record)
        if words:
            self.body.addSpacing(12)
            self.body.addWidget(NoteLine("history", words))
        self.body.addWidget(
            plain(row(LinkButton("History…", on_click=partial(self.history_wanted.emit, shown)), stretch()))
        )
        self.body.addStretch(1)
        name = shown.vehicle_no if isinstance(shown, party_rows.VehicleRow) else shown.name
        self.show_record(name or shown.code)

    def show_again(self, rows: list[Any], *, may_edit: Callable[[Any], bool]) -> None:
        """The lists were read again: the same entry as it is now, or nothing when it is gone."""
        old, self._row = self._row, None
        same = next((one for one in rows if old is not None and type(one) is type(old) and one.id == old.id), None)
        if same is None or not self.isVisible():
            self.hide()
        else:
            self.show_row(same, may_edit=may_edit(same))

    def _want_branch(self, branch: VendorBranch | None) -> None:
        if isinstance(self._row, VendorRow):
            self.branch_wanted.emit(self._row.record.id, branch)

    def _add_branches(self, shown: VendorRow) -> None:
        for branch in shown.places:
            self.body.addSpacing(10)
            self.body.addWidget(hline())
            self.body.addSpacing(10)
            title = f"{branch.name}  {branch.code}{'  default' if branch.is_default else ''}"
            head = row(label(title, w="600"), stretch())
            if self._may_edit_vendors:
                head.addWidget(LinkButton("Letterhead…", on_click=partial(self.letterhead_wanted.emit, branch)))
                head.addWidget(LinkButton("Edit", on_click=partial(self._want_branch, branch)))
            facts = FactList(92)
            facts.set_facts(branch_facts(branch))
            self.body.addWidget(plain(column(plain(head), facts, gap=4)))
