"""Keeps what the user arranged in a list: order, widths, hidden columns, sorting; and the column chooser."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPoint, QTimer
from PySide6.QtWidgets import QMenu

from moveinsync_desktop.settings import Options, Settings
from moveinsync_desktop.views.widgets.table_view import TableView


class TableLayout:
    """Saves under `name` a moment after each change, by column key, so that new columns do no harm."""

    def __init__(self, view: TableView, name: str, settings: Settings | None) -> None:
        self._view, self._name, self._settings = view, name, settings
        self._is_restoring = False
        self._timer = QTimer(view)
        self._timer.setSingleShot(True)
        self._timer.setInterval(400)
        self._timer.timeout.connect(self.save)
        header = view.filter_header
        header.arranged.connect(self._later)

    @property
    def is_kept(self) -> bool:
        """Is there a place to keep it, and does the user want it?"""
        return bool(self._name and self._settings is not None and self._settings.get(Options.REMEMBER_LAYOUT))

    def state(self) -> dict[str, Any]:
        """The arrangement as plain data."""
        header, model = self._view.filter_header, self._view.table_model
        if model is None:
            return {}
        keys = [column.key for column in model.columns]
        return {
            "order": [keys[header.logicalIndex(visual)] for visual in range(header.count())],
            "widths": {key: header.sectionSize(at) for at, key in enumerate(keys) if not header.isSectionHidden(at)},
            "hidden": [key for at, key in enumerate(keys) if header.isSectionHidden(at)],
            "sort": [model.order, model.descending],
        }

    def apply(self, state: dict[str, Any]) -> None:
        """Arrange like this; unknown keys are passed over."""
        header, model = self._view.filter_header, self._view.table_model
        if model is None or not state:
            return
        self._is_restoring = True
        self._view.is_arranged = "hidden" in state
        keys = [column.key for column in model.columns]
        for visual, key in enumerate([key for key in state.get("order", ()) if key in keys]):
            header.moveSection(header.visualIndex(keys.index(key)), visual)
        for at, key in enumerate(keys):
            if "hidden" in state:
                header.setSectionHidden(at, key in state["hidden"])
            width = state.get("widths", {}).get(key)
            if isinstance(width, int) and 20 < width < 2000:
                header.resizeSection(at, width)
        order, descending = state.get("sort") or ("", False)
        if order in keys:
            model.order, model.descending = order, bool(descending)
        self._is_restoring = False

    def save_order(self) -> None:
        """Only the sorting changed: widths that were fitted to the window are not kept."""
        if self.is_kept and self._settings is not None:
            kept = self._settings.layout(self._name)
            self._settings.set_layout(self._name, {**kept, "sort": self.state().get("sort", ["", False])})

    def save(self) -> None:
        """Keep it."""
        if self.is_kept and self._settings is not None:
            self._settings.set_layout(self._name, self.state())

    def restore(self) -> None:
        """Arrange as it was kept."""
        if self.is_kept and self._settings is not None:
            self.apply(self._settings.layout(self._name))

    def reset(self) -> None:
        """As it came."""
        model, header = self._view.table_model, self._view.filter_header
        if model is None:
            return
        for at, column in enumerate(model.columns):
            header.moveSection(header.visualIndex(at), at)
            header.setSectionHidden(at, column.hidden)
            header.resizeSection(at, column.width)
        self._view.is_arranged = False
        self._view.show_by_width()
        if self.is_kept and self._settings is not None:
            self._settings.set_layout(self._name, {})
        self._view.fit_columns()

    def show_menu(self, at: QPoint) -> None:
        """Choose columns: a tick each, and reset."""
        model, header = self._view.table_model, self._view.filter_header
        if model is None:
            return
        menu = QMenu(self._view)
        for section, column in enumerate(model.columns):
            action = menu.addAction(column.title or column.key)
            action.setCheckable(True)
            action.setChecked(not header.isSectionHidden(section))
            action.setEnabled(section > 0)
            action.toggled.connect(lambda on, section=section: self._show_column(section, on))
        menu.addSeparator()
        menu.addAction("Reset columns").triggered.connect(lambda *_a: self.reset())
        menu.exec(at)
        menu.deleteLater()

    def _show_column(self, section: int, on: bool) -> None:
        self._view.is_arranged = True
        self._view.filter_header.setSectionHidden(section, not on)
        self._view.fit_columns()
        self._view.filter_header.place_cells()
        self._later()

    def _later(self) -> None:
        if not self._is_restoring:
            self._timer.start()
