"""One section of the rule form as a card: its rows, the choice of how a fare is priced, what can be added."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QApplication, QWidget

from billing.rules.schema import RuleKey
from moveinsync_desktop.models.rule_form import RuleForm
from moveinsync_desktop.models.rule_layout import pricing_section
from moveinsync_desktop.models.rule_sections import RIVALS, Section
from moveinsync_desktop.models.rule_words import path_of, path_text, unit_words
from moveinsync_desktop.views.widgets.basics import Card
from moveinsync_desktop.views.widgets.buttons import IconButton, MenuButton
from moveinsync_desktop.views.widgets.choices import Combo, Segmented
from moveinsync_desktop.views.widgets.forms import FormRow
from moveinsync_desktop.views.widgets.rule_fields import RuleRow
from moveinsync_desktop.views.widgets.rule_parts import PricingRow, rule_widgets, shape_of, slab_mode_row
from moveinsync_desktop.views.widgets.rule_table import RuleTableView


class RuleSection(Card):
    """Attributes: section. Signals: rows_changed() when widgets were made anew."""

    rows_changed = Signal()

    def __init__(self, form: RuleForm, section: Section, parent: QWidget | None = None) -> None:
        super().__init__(section.place.title, section.place.note, flush=True, parent=parent)
        self.form, self.section = form, section
        self.body.setContentsMargins(0, 4, 0, 6)
        self._shape: tuple[Any, ...] = ("none",)
        self._offered: tuple[str, ...] = ()
        self._is_read_only = False
        self._widgets: list[QWidget] = []
        self._pricing: Segmented | Combo | None = None
        self.add_button = MenuButton("Add", kind="quiet", icon="plus", tip="Agree something more in this section")
        self.add_button.setAccessibleName(f"Add to {section.place.title}")
        self.head.addWidget(self.add_button)
        self.show_section(section)

    def show_section(self, section: Section) -> None:
        """Take the section as it stands now; rows are made anew only where other rows are needed."""
        self.section = section
        shape = (
            self.form.model,
            *((key.key, shape_of(self.form, key), self._can_remove(key.key)) for key in section.keys),
        )
        if shape != self._shape:
            self._shape = shape
            self._build()
        offered = tuple(key.key for key in section.can_add)
        if offered != self._offered:
            self._offered = offered
            self.add_button.set_items([(add_words(key), self._adder(key.key)) for key in section.can_add])
        self.add_button.setVisible(bool(section.can_add) and not self._is_read_only)
        self.head.setContentsMargins(14, 5 if section.can_add else 10, 10, 0 if section.can_add else 4)
        if self._pricing is not None and self.form.pricing is not None:
            self._pricing.set_value(self.form.pricing.id)
        for widget in self._widgets:
            if isinstance(widget, RuleRow | RuleTableView | PricingRow):
                widget.refresh()

    def set_read_only(self, read_only: bool) -> None:
        """Show without letting anything be changed (roles that only read)."""
        self._is_read_only = read_only
        if read_only:
            self.add_button.hide()
            self.setVisible(bool(self._widgets))
        if self._pricing is not None:
            self._pricing.setEnabled(not read_only)
        for row in self.rows():
            row.set_read_only(read_only)
        for table in self.tables():
            table.set_read_only(read_only)

    def rows(self) -> list[RuleRow]:
        """The rows with fields."""
        return [widget for widget in self._widgets if isinstance(widget, RuleRow)]

    def tables(self) -> list[RuleTableView]:
        """The tables."""
        return [widget for widget in self._widgets if isinstance(widget, RuleTableView)]

    def tab_stops(self) -> list[QWidget]:
        """What Tab visits, in the order of the eye: rows with their undo and remove, tables, then Add."""
        stops: list[QWidget] = []
        for widget in self._widgets:
            if isinstance(widget, RuleTableView):
                stops += [widget.grid, widget.add_button]
            elif isinstance(widget, FormRow):
                stops += widget.fields
                stops += widget.findChildren(IconButton)
        return [*stops, self.add_button]

    def focus_on(self, place: str) -> bool:
        """Put the focus on the field at a path; False where this section has none."""
        path = path_of(place)
        for widget in self._widgets:
            if isinstance(widget, RuleTableView) and path[: len(widget.table.path)] == widget.table.path:
                inner = path[len(widget.table.path) :]
                if inner and isinstance(inner[0], int):
                    widget.grid.setCurrentIndex(widget.table.index(inner[0], len(widget.table.columns) - 1))
                widget.grid.setFocus()
                return True
            if isinstance(widget, RuleRow) and self._row_has(widget, place):
                widget.field.setFocus()
                return True
        return False

    @staticmethod
    def _row_has(row: RuleRow, place: str) -> bool:
        places = [path_text(part.path) for part, _editor in row.parts]
        return place in places or place == row.rule.key

    def _can_remove(self, key: str) -> bool:
        return key in self.section.place.optional

    def _adder(self, key: str) -> Any:
        def add() -> None:
            self.form.add(key)
            self.focus_on(key)

        return add

    def _build(self) -> None:
        focus = self._focused_place()
        for widget in self._widgets:
            self.body.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self._widgets, self._pricing = [], None
        if pricing_section(self.form.model) == self.section.place.id:
            self._add_pricing()
        for key in self.section.keys:
            self._widgets += rule_widgets(self.form, key, removable=self._can_remove(key.key))
        for widget in self._widgets:
            self.body.addWidget(widget)
            widget.show()
        if focus:
            self.focus_on(focus)
        self.rows_changed.emit()

    def _add_pricing(self) -> None:
        ways = [(way.id, way.words) for way in self.form.pricings]
        made: Segmented | Combo
        if len(ways) <= 3:
            made = Segmented(ways, "Priced by")
        else:
            made = Combo(ways, name="Priced by")
            made.setFixedWidth(212)
        made.chosen.connect(lambda way: self.form.price_by(str(way)))
        self._pricing = made
        self._widgets.append(PricingRow(self.form, made))
        slabs = next((key for key in self.section.keys if key.key == "slabs"), None)
        if slabs is not None:
            self._widgets.append(slab_mode_row(self.form, slabs, "Slabs are read as"))

    def _focused_place(self) -> str:
        focused = QApplication.focusWidget()
        if focused is None or not self.isAncestorOf(focused):
            return ""
        for widget in self._widgets:
            if isinstance(widget, RuleRow) and widget.isAncestorOf(focused):
                return widget.key
            if isinstance(widget, RuleTableView) and widget.isAncestorOf(focused):
                return path_text(widget.table.path)
        return ""


def add_words(key: RuleKey) -> str:
    """A rule in the menu of what can be added; where two have one name, its unit tells them apart."""
    return f"{key.label}, {'₹ ' if key.kind == 'money' else ''}{unit_words(key)}" if key.key in RIVALS else key.label
