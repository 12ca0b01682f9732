"""The shared parts of all screens (LOOK.md). Import what you need from here; charts are apart, as they load pyqtgraph.

A screen in short (full example: views/trips.py; base class and list of screens: views/screen.py):

    from moveinsync_desktop.views.screen import Screen
    from moveinsync_desktop.views.widgets import (
        Button, Card, DataTable, Form, FormRow, AmountField, Inspector, PeriodStepper, TabBar, Tab, label, row, column)
    from moveinsync_desktop.models.columns import Column
    from moveinsync_desktop.models.rows import RowsModel          # or models.paged.PagedModel

    class VendorsScreen(Screen):
        id, title, tables = "vendors", "Vendors", frozenset({"vendors"})

        def build(self):
            self.header.add_right(Button("Add vendor…", "primary", icon="plus", on_click=self._add))
            self.model = RowsModel((Column("name", "Vendor", "id", 200, stretch=True), Column("code", "Code")))
            self.model.set_reader(self.refresh)                     # what "Try again" calls
            self.table = DataTable(self.model, name="vendors", noun="vendor",
                                   settings=self.context.settings, messages=self.context.messages)
            self.table.set_empty("building-2", "No vendors yet", "Add the first one.", [("Add vendor…", self._add)])
            self.body.addWidget(self.table, 1)

        def refresh(self):
            session = self.context.signed_in
            self.query(lambda: list_vendors(session), self.model.set_rows, on_error=self.model.set_error)

What there is (each module's docstring has usage lines):
    basics       label, row, column, stretch, frame, hline, vline, plain, scrolling, restyle, Card
    buttons      Button, IconButton, LinkButton, MenuButton          choices   Segmented, Combo, Check
    fields       TextField, AmountField, KmField, NumberField, PercentField, DateField, TimeField
    forms        Form, FormRow (hint, error, "was ..." with undo)
    header       PageHeader      period_stepper  PeriodStepper       states    StatePill, StateText, state_of
    tabs         TabBar, Tab     steps           Steps
    table        DataTable                                           chips     Chip, KeyCap, Avatar, Ring
    facts        FactList, ChargeLines, Line, SumRow, NoteLine       cards     KeyFigure, KeyStrip, TaskRow
    inspector    Inspector        notices   MessageBar, ProgressStrip        placeholder  Placeholder, Glyph
    charts       DayBars, ShareBar, TrendLines (import moveinsync_desktop.views.widgets.charts inside functions)
Dialogs: views/dialogs/confirm.py ConfirmDialog, PlainDialog.
A page of cards: `scrolling(plain(column(card1, card2, gap=12, margins=(16, 16, 16, 16))))` in a frame("canvas").
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from moveinsync_desktop.views.widgets.basics import (
        Card,
        column,
        frame,
        hline,
        label,
        plain,
        restyle,
        row,
        scrolling,
        stretch,
        vline,
    )
    from moveinsync_desktop.views.widgets.buttons import Button, IconButton, LinkButton, MenuButton
    from moveinsync_desktop.views.widgets.cards import KeyFigure, KeyStrip, TaskRow
    from moveinsync_desktop.views.widgets.chips import Avatar, Chip, KeyCap, Ring
    from moveinsync_desktop.views.widgets.choices import Check, Combo, Segmented
    from moveinsync_desktop.views.widgets.facts import ChargeLines, FactList, Line, NoteLine, SumRow, clear_layout
    from moveinsync_desktop.views.widgets.fields import (
        AmountField,
        DateField,
        KmField,
        NumberField,
        PercentField,
        TextField,
        TimeField,
    )
    from moveinsync_desktop.views.widgets.forms import Form, FormRow
    from moveinsync_desktop.views.widgets.header import PageHeader
    from moveinsync_desktop.views.widgets.inspector import Inspector
    from moveinsync_desktop.views.widgets.notices import MessageBar, ProgressStrip
    from moveinsync_desktop.views.widgets.period_stepper import PeriodStepper
    from moveinsync_desktop.views.widgets.placeholder import Glyph, Placeholder
    from moveinsync_desktop.views.widgets.states import StatePill, StateText, state_of
    from moveinsync_desktop.views.widgets.steps import Steps
    from moveinsync_desktop.views.widgets.table import DataTable
    from moveinsync_desktop.views.widgets.tabs import Tab, TabBar

_HOMES = {
    "basics": ("Card", "column", "frame", "hline", "label", "plain", "restyle", "row", "scrolling", "stretch", "vline"),
    "buttons": ("Button", "IconButton", "LinkButton", "MenuButton"),
    "cards": ("KeyFigure", "KeyStrip", "TaskRow"),
    "chips": ("Avatar", "Chip", "KeyCap", "Ring"),
    "choices": ("Check", "Combo", "Segmented"),
    "facts": ("ChargeLines", "FactList", "Line", "NoteLine", "SumRow", "clear_layout"),
    "fields": ("AmountField", "DateField", "KmField", "NumberField", "PercentField", "TextField", "TimeField"),
    "forms": ("Form", "FormRow"),
    "header": ("PageHeader",),
    "inspector": ("Inspector",),
    "notices": ("MessageBar", "ProgressStrip"),
    "period_stepper": ("PeriodStepper",),
    "placeholder": ("Glyph", "Placeholder"),
    "states": ("StatePill", "StateText", "state_of"),
    "steps": ("Steps",),
    "table": ("DataTable",),
    "tabs": ("Tab", "TabBar"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import a part when somebody asks for it."""
    home = _HOME_OF.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value


__all__ = [
    "AmountField", "Avatar", "Button", "Card", "ChargeLines", "Check", "Chip", "Combo", "DataTable", "DateField",
    "FactList", "Form", "FormRow", "Glyph", "IconButton", "Inspector", "KeyCap", "KeyFigure", "KeyStrip", "KmField",
    "Line", "LinkButton", "MenuButton", "MessageBar", "NoteLine", "NumberField", "PageHeader", "PercentField",
    "PeriodStepper", "Placeholder", "ProgressStrip", "Ring", "Segmented", "StatePill", "StateText", "Steps", "SumRow",
    "Tab", "TabBar", "TaskRow", "TextField", "TimeField", "clear_layout", "column", "frame", "hline", "label", "plain",
    "restyle", "row", "scrolling", "state_of", "stretch", "vline",
]  # fmt: skip
