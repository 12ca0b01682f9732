"""Saved views of a list: filters, columns, order and the tab they stand on, under a name, as tabs of their own.

    views = SavedViews(tabs, table, settings, "trips", BUILT_IN)      # tabs: TabBar, table: DataTable
    views.changed.connect(self._reopen)                               # another view was chosen
    views.base                                                        # key of the built-in view underneath

A plus at the end of the tabs saves what is shown; a right click on a saved tab renames, updates or deletes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtWidgets import QMenu, QWidget

from moveinsync_desktop.settings import Settings
from moveinsync_desktop.views.dialogs.confirm import PlainDialog
from moveinsync_desktop.views.widgets.basics import label
from moveinsync_desktop.views.widgets.buttons import Button, IconButton
from moveinsync_desktop.views.widgets.fields import TextField
from moveinsync_desktop.views.widgets.header import Tab, TabBar
from moveinsync_desktop.views.widgets.table import DataTable

PREFIX = "view:"
LONGEST_NAME = 40


class NameDialog(PlainDialog):
    """Asks for the name of a view. `name` after acceptance."""

    def __init__(self, parent: QWidget, title: str, name: str, taken: Sequence[str]) -> None:
        super().__init__(parent, title, width=400)
        self._taken = set(taken)
        self.body.addWidget(label("Filters, columns and order are kept under this name.", c="ink2", wrap=True))
        self.edit = TextField(name, name="Name of the view", width=0)
        self.edit.setMaxLength(LONGEST_NAME)
        self.edit.returnPressed.connect(self._take)
        self.body.addWidget(self.edit)
        self.problem = label("", t="sm", c="overdue")
        self.body.addWidget(self.problem)
        self.foot.addStretch(1)
        self.foot.addWidget(Button("Cancel", on_click=self.reject))
        self.foot.addWidget(Button("Save view", "primary", on_click=self._take))
        self.edit.setFocus()
        self.edit.selectAll()

    @property
    def name(self) -> str:
        """What was typed."""
        return str(self.edit.value or "")

    def _take(self) -> None:
        if not self.name or self.name in self._taken:
            self.problem.setText("A name is needed" if not self.name else "There is a view of that name")
            self.edit.set_error(self.problem.text())
            return
        self.accept()


class SavedViews(QObject):
    """Signals: changed() when another view was chosen and applied."""

    changed = Signal()

    def __init__(self, tabs: TabBar, table: DataTable, settings: Settings, name: str, built_in: Sequence[Tab]) -> None:
        super().__init__(tabs)
        self._tabs, self._table, self._settings = tabs, table, settings
        self._place, self._built_in = f"{name}.views", [replace(tab) for tab in built_in]
        self.base = self._current = built_in[0].key
        self._views: dict[str, dict[str, Any]] = dict(settings.layout(self._place))
        self._plus = IconButton("plus", "Save this view…", on_click=self.save_as)
        tabs.add_after_tabs(self._plus)
        tabs.chosen.connect(self.choose)
        tabs.menu_wanted.connect(self._show_menu)
        self._show_tabs(self.base)

    @property
    def names(self) -> list[str]:
        """Names of the saved views."""
        return list(self._views)

    def choose(self, key: str) -> None:
        """Apply a tab: a built-in one, or a saved view with all it keeps."""
        was_saved = self._current.startswith(PREFIX)
        self._current = key
        if not key.startswith(PREFIX):
            self.base = key
            if was_saved:
                self._table.set_filters({})
            self.changed.emit()
            return
        view = self._views[key.removeprefix(PREFIX)]
        known = {tab.key for tab in self._built_in}
        self.base = view["base"] if view.get("base") in known else self._built_in[0].key
        self._table.layout_keeper.apply(view.get("layout", {}))
        self._table.set_filters(view.get("filters", {}))
        self._table.view.fit_columns()
        self.changed.emit()

    def select(self, key: str) -> None:
        """Show a built-in tab as chosen without applying filters (somebody came here with their own)."""
        if key in {tab.key for tab in self._built_in}:
            self._current = self.base = key
            self._tabs.set_current(key)

    def save_as(self) -> None:
        """Ask for a name and keep what is shown."""
        dialog = NameDialog(self._tabs.window(), "Save this view", "", self.names)
        if dialog.exec():
            self.keep(dialog.name)

    def keep(self, name: str) -> None:
        """Keep what is shown under this name and stand on its tab."""
        layout = self._table.layout_keeper.state()
        self._views[name] = {"base": self.base, "filters": self._table.filter_texts(), "layout": layout}
        self._store(PREFIX + name)

    def rename(self, old: str, new: str) -> None:
        """Another name, the same place."""
        self._views = {new if name == old else name: view for name, view in self._views.items()}
        self._store(PREFIX + new)

    def delete(self, name: str) -> None:
        """Forget a view; the list stays as it is."""
        self._views.pop(name, None)
        self._store(self.base)

    def _store(self, current: str) -> None:
        self._settings.set_layout(self._place, self._views)
        self._show_tabs(current)

    def _show_tabs(self, current: str) -> None:
        saved = [Tab(PREFIX + name, name) for name in self._views]
        self._tabs.set_tabs([*self._built_in, *saved])
        self._current = current
        self._tabs.set_current(current)

    def set_count(self, key: str, count: int | None) -> None:
        """The figure behind a built-in tab."""
        for tab in self._built_in:
            if tab.key == key:
                tab.count = count
        self._tabs.set_count(key, count)

    def _show_menu(self, key: str, at: QPoint) -> None:
        if not key.startswith(PREFIX):
            return
        name = key.removeprefix(PREFIX)
        menu = QMenu(self._tabs)
        menu.addAction("Keep what is shown now").triggered.connect(lambda *_a: self.keep(name))
        menu.addAction("Rename…").triggered.connect(lambda *_a: self._ask_rename(name))
        menu.addAction("Delete this view").triggered.connect(lambda *_a: self.delete(name))
        menu.exec(at)
        menu.deleteLater()

    def _ask_rename(self, name: str) -> None:
        others = [other for other in self.names if other != name]
        dialog = NameDialog(self._tabs.window(), "Rename this view", name, others)
        if dialog.exec():
            self.rename(name, dialog.name)
