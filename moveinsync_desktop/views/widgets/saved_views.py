"""Saved views of a list: filters, columns, order and the tab they stand on, under a name, as tabs of their own.

    views = SavedViews(tabs, table, settings, "trips", BUILT_IN,      # tabs: TabBar, table: DataTable
                       vault=ViewVault(context, "trips", owner=self), month=(get, set))
    views.changed.connect(self._reopen)                               # another view was chosen
    views.base                                                        # key of the built-in view underneath

A plus at the end of the tabs saves what is shown; the menu of a tab (right click, or the menu key) keeps, renames,
shares or deletes a view and makes it the one that the list opens with. Dates stay relative: a filter `last month` and a
month kept as "last month" move on. With a vault the views are the user's on every computer; the settings hold a copy
for the first moment of the next start.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtWidgets import QMenu, QWidget

from billing.schemas.views import SavedView
from moveinsync_desktop import formats
from moveinsync_desktop.models.typed_dates import add_months
from moveinsync_desktop.settings import Settings
from moveinsync_desktop.views.dialogs.confirm import PlainDialog
from moveinsync_desktop.views.widgets.basics import label
from moveinsync_desktop.views.widgets.buttons import Button, IconButton
from moveinsync_desktop.views.widgets.choices import Check
from moveinsync_desktop.views.widgets.fields import TextField
from moveinsync_desktop.views.widgets.table import DataTable
from moveinsync_desktop.views.widgets.tabs import Tab, TabBar

if TYPE_CHECKING:
    from moveinsync_desktop.view_vault import ViewVault

PREFIX, SHARED = "view:", "shared:"
LONGEST_NAME = 40
View = dict[str, Any]
Month = tuple[Callable[[], date], Callable[[date], object]]
"""Reads and sets the month that the list shows."""


class NameDialog(PlainDialog):
    """Asks for the name of a view. `name` and `keeps_month` after acceptance."""

    def __init__(self, parent: QWidget, title: str, name: str, taken: Sequence[str], month_words: str = "") -> None:
        super().__init__(parent, title, width=400)
        self._taken = set(taken)
        self.body.addWidget(label("Filters, columns and order are kept under this name.", c="ink2", wrap=True))
        self.edit = TextField(name, name="Name of the view", width=0)
        self.edit.setMaxLength(LONGEST_NAME)
        self.edit.returnPressed.connect(self._take)
        self.body.addWidget(self.edit)
        self.month_check = Check(month_words)
        self.month_check.setVisible(bool(month_words))
        self.body.addWidget(self.month_check)
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

    @property
    def keeps_month(self) -> bool:
        """Whether the month is part of the view, relative to the present one."""
        return self.month_check.isChecked()

    def _take(self) -> None:
        if not self.name or self.name in self._taken:
            self.problem.setText("A name is needed" if not self.name else "There is a view of that name")
            self.edit.set_error(self.problem.text())
            return
        self.accept()


class SavedViews(QObject):
    """Signals: changed() when another view was chosen and applied."""

    changed = Signal()

    def __init__(
        self,
        tabs: TabBar,
        table: DataTable,
        settings: Settings,
        name: str,
        built_in: Sequence[Tab],
        *,
        vault: ViewVault | None = None,
        month: Month | None = None,
    ) -> None:
        super().__init__(tabs)
        self._tabs, self._table, self._settings, self._vault, self._month = tabs, table, settings, vault, month
        self._place, self._built_in = f"{name}.views", [replace(tab) for tab in built_in]
        self.base = self._current = built_in[0].key
        self._views: dict[str, View] = dict(settings.layout(self._place))
        self._shared: dict[str, View] = dict(settings.layout(f"{self._place}.shared"))
        self._plus = IconButton("plus", "Save this view…", on_click=self.save_as)
        tabs.add_after_tabs(self._plus)
        tabs.chosen.connect(self.choose)
        tabs.menu_wanted.connect(self._show_menu)
        self._show_tabs(self.base)
        self._open_default()
        if vault is not None:
            vault.read(self._on_read)

    @property
    def names(self) -> list[str]:
        """Names of the user's own views."""
        return list(self._views)

    @property
    def shared_names(self) -> list[str]:
        """Names of the views that colleagues share."""
        return list(self._shared)

    @property
    def default(self) -> str:
        """The key of the view that the list opens with, "" for the first tab."""
        return str(self._settings.layout(f"{self._place}.default").get("key", ""))

    # -- reading

    def _on_read(self, found: Sequence[SavedView]) -> None:
        stored = {view.name: dict(view.state) for view in found if not view.shared}
        if self._vault is not None and not self._settings.layout(f"{self._place}.moved"):
            # views of earlier versions were kept on this computer only
            for name in self._views.keys() - stored.keys():
                self._vault.save(name, self._views[name], lambda: None)
            stored = {**self._views, **stored}
            self._settings.set_layout(f"{self._place}.moved", {"done": True})
        self._views = stored
        self._shared = {view.name: dict(view.state) for view in found if view.shared}
        known = {*(tab.key for tab in self._built_in), *self._keys()}
        self._store(self._current if self._current in known else self.base)

    def _keys(self) -> list[str]:
        return [*(SHARED + name for name in self._shared), *(PREFIX + name for name in self._views)]

    def _of(self, key: str) -> View:
        if key.startswith(SHARED):
            return self._shared.get(key.removeprefix(SHARED), {})
        return self._views.get(key.removeprefix(PREFIX), {})

    # -- choosing

    def choose(self, key: str) -> None:
        """Apply a tab: a built-in one, or a saved view with all it keeps."""
        was_saved = self._current.startswith((PREFIX, SHARED))
        self._current = key
        if not key.startswith((PREFIX, SHARED)):
            self.base = key
            if was_saved:
                self._table.set_filters({})
            self.changed.emit()
            return
        self._apply(self._of(key))
        self.changed.emit()

    def _apply(self, view: View) -> None:
        known = {tab.key for tab in self._built_in}
        self.base = view["base"] if view.get("base") in known else self._built_in[0].key
        self._table.layout_keeper.apply(view.get("layout", {}))
        self._table.set_filters(view.get("filters", {}))
        self._table.view.fit_columns()
        back = view.get("months_back")
        if self._month is not None and isinstance(back, int):
            self._month[1](add_months(_this_month(), -back))

    def _open_default(self) -> None:
        key = self.default
        if key.startswith((PREFIX, SHARED)) and self._of(key):
            self._current = key
            self._apply(self._of(key))
            self._tabs.set_current(key)
        elif key:
            self.select(key)

    def select(self, key: str) -> None:
        """Show a built-in tab as chosen without applying filters (somebody came here with their own)."""
        if key in {tab.key for tab in self._built_in}:
            self._current = self.base = key
            self._tabs.set_current(key)

    # -- keeping

    def save_as(self) -> None:
        """Ask for a name and keep what is shown."""
        dialog = NameDialog(self._tabs.window(), "Save this view", "", self.names, self._month_words())
        if dialog.exec():
            self.keep(dialog.name, with_month=dialog.keeps_month)

    def _month_words(self) -> str:
        if self._month is None:
            return ""
        back = _months_between(self._month[0](), _this_month())
        relative = {0: "this month", 1: "last month"}.get(back, f"the month {back} months ago")
        return f"Always open with {relative}" if back >= 0 else ""

    def keep(self, name: str, *, with_month: bool = False) -> None:
        """Keep what is shown under this name and stand on its tab."""
        self._views[name] = self._state(with_month)
        self._store(PREFIX + name)
        if self._vault is not None:
            self._vault.save(name, self._views[name], lambda: None)

    def _state(self, with_month: bool) -> View:
        state: View = {
            "base": self.base,
            "filters": self._table.filter_texts(),
            "layout": self._table.layout_keeper.state(),
        }
        if with_month and self._month is not None:
            state["months_back"] = _months_between(self._month[0](), _this_month())
        return state

    def rename(self, old: str, new: str) -> None:
        """Another name, the same place."""
        self._views = {new if name == old else name: view for name, view in self._views.items()}
        self._store(PREFIX + new)
        if self._vault is not None:
            self._vault.save(new, self._views[new], lambda: None)
            self._vault.drop(old, lambda: None)

    def delete(self, name: str) -> None:
        """Forget a view; the list stays as it is."""
        self._views.pop(name, None)
        self._store(self.base)
        if self._vault is not None:
            self._vault.drop(name, lambda: None)

    def share(self, name: str) -> None:
        """Give a view of one's own to the colleagues of the client."""
        if self._vault is not None:
            vault = self._vault
            vault.share(name, self._of(PREFIX + name), lambda: vault.read(self._on_read))

    def withdraw(self, name: str) -> None:
        """Take a shared view back."""
        if self._vault is not None:
            vault = self._vault
            vault.withdraw(name, lambda: vault.read(self._on_read))

    def set_default(self, key: str, on: bool) -> None:
        """Let the list open with this view, or with its first tab again."""
        self._settings.set_layout(f"{self._place}.default", {"key": key} if on else {})

    def _store(self, current: str) -> None:
        self._settings.set_layout(self._place, self._views)
        self._settings.set_layout(f"{self._place}.shared", self._shared)
        self._show_tabs(current)

    def _show_tabs(self, current: str) -> None:
        shared = [Tab(SHARED + name, f"{name}, shared") for name in self._shared]
        own = [Tab(PREFIX + name, name) for name in self._views]
        self._tabs.set_tabs([*self._built_in, *shared, *own])
        self._current = current
        self._tabs.set_current(current)

    def set_count(self, key: str, count: int | None) -> None:
        """The figure behind a built-in tab."""
        for tab in self._built_in:
            if tab.key == key:
                tab.count = count
        self._tabs.set_count(key, count)

    # -- the menu of a tab

    def _show_menu(self, key: str, at: QPoint) -> None:
        menu = self.menu(key)
        menu.exec(at)
        menu.deleteLater()

    def menu(self, key: str) -> QMenu:
        """What can be done with a tab."""
        menu = QMenu(self._tabs)
        if key.startswith(PREFIX):
            self._offer_own(menu, key.removeprefix(PREFIX))
        elif key.startswith(SHARED) and self._vault is not None and self._vault.may_share:
            name = key.removeprefix(SHARED)
            menu.addAction("Stop sharing").triggered.connect(lambda *_a: self.withdraw(name))
        default = menu.addAction("Open this list with this view")
        default.setCheckable(True)
        default.setChecked(self.default == key)
        default.toggled.connect(lambda on: self.set_default(key, on))
        return menu

    def _offer_own(self, menu: QMenu, name: str) -> None:
        has_month = "months_back" in self._of(PREFIX + name)
        keep = menu.addAction("Keep what is shown now")
        keep.triggered.connect(lambda *_a: self.keep(name, with_month=has_month))
        menu.addAction("Rename…").triggered.connect(lambda *_a: self._ask_rename(name))
        if self._vault is not None and self._vault.may_share:
            menu.addAction("Share with colleagues").triggered.connect(lambda *_a: self.share(name))
        menu.addAction("Delete this view").triggered.connect(lambda *_a: self.delete(name))
        menu.addSeparator()

    def _ask_rename(self, name: str) -> None:
        others = [other for other in self.names if other != name]
        dialog = NameDialog(self._tabs.window(), "Rename this view", name, others)
        if dialog.exec():
            self.rename(name, dialog.name)


def _this_month() -> date:
    """The present month, on the Indian clock."""
    return datetime.now(formats.INDIA).date().replace(day=1)


def _months_between(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month
