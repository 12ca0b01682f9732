"""Rows of the rules that are more than one figure: night window, waiting, penalties, slabs and the like.

    parts = rule_widgets(form, key)      # widgets for the card, top to bottom; each has refresh()
A rule without a shape of its own gets one row for each of its fields.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtWidgets import QWidget

from billing.rules.schema import Kind, RuleKey
from billing.schemas.rating import BillingModelType
from moveinsync_desktop.models.rule_columns import columns_of
from moveinsync_desktop.models.rule_form import RuleForm
from moveinsync_desktop.models.rule_table import RuleTable
from moveinsync_desktop.models.rule_words import Path
from moveinsync_desktop.views.widgets.buttons import LinkButton
from moveinsync_desktop.views.widgets.choices import Segmented
from moveinsync_desktop.views.widgets.forms import FormRow
from moveinsync_desktop.views.widgets.rule_fields import Part, RuleRow, TitleRow, hint_of
from moveinsync_desktop.views.widgets.rule_table import RuleTableView
from moveinsync_desktop.views.widgets.rule_types import types_shape, vehicle_widgets

Widgets = list[QWidget]


class EitherRow(RuleRow):
    """Two figures of which exactly one may be there: an amount or a percentage, an amount or km."""

    def __init__(
        self, form: RuleForm, key: RuleKey, parts: tuple[Part, Part], words: tuple[str, str], **more: Any
    ) -> None:
        self._chosen = ""
        self._switch: Segmented | None = None
        super().__init__(form, key, parts=parts, **more)
        names = [part.key.key for part in parts]
        self._switch = Segmented(list(zip(names, words, strict=True)), f"{key.label}, kind")
        self._switch.chosen.connect(self._on_chosen)
        layout = self.layout()
        if layout is not None:
            layout.insertWidget(2, self._switch)  # type: ignore[attr-defined]
        self.fields.insert(0, self._switch)
        self.refresh()

    def refresh(self) -> None:
        """Show the figure that is there, else the one chosen last."""
        super().refresh()
        if self._switch is None:
            return
        present = [part.key.key for part, _editor in self.parts if self.form.get(part.path) is not None]
        self._chosen = present[0] if len(present) == 1 else self._chosen or self.parts[0][0].key.key
        self._switch.set_value(self._chosen)
        for part, editor in self.parts:
            editor.setVisible(part.key.key == self._chosen)

    def _on_chosen(self, name: object) -> None:
        self._chosen = str(name)
        for part, _editor in self.parts:
            if part.key.key != name and self.form.get(part.path) is not None:
                self.form.set_value(part.path, None)
        self.refresh()


class PricingRow(FormRow):
    """How km are priced: the change from another way is told here, and undo brings the other way back."""

    def __init__(self, form: RuleForm, choice: QWidget) -> None:
        super().__init__("Priced by", choice)
        self._form = form
        self.undone.connect(form.revert_pricing)

    def refresh(self) -> None:
        """Mark a change of the way."""
        before = self._form.base_pricing
        was = before.words.lower() if before is not None and before != self._form.pricing else ""
        if was != self._was:
            self.set_was(was)


def _parts(path: Path, key: RuleKey, *wanted: tuple[str, int, str | None] | str) -> list[Part | str]:
    made: list[Part | str] = []
    for item in wanted:
        if isinstance(item, str):
            made.append(item)
        else:
            name, width, unit = item
            made.append(Part((*path, name), key.field(name), width, unit))
    return made


def _night(form: RuleForm, key: RuleKey, removable: bool) -> Widgets:
    parts = _parts((key.key,), key, ("start", 0, None), "to", ("end", 0, None), ("basis", 130, None))
    return [RuleRow(form, key, parts=parts, text="Night window", hint=hint_of(key), removable=removable)]


def _waiting(form: RuleForm, key: RuleKey, removable: bool) -> Widgets:
    parts = _parts(
        (key.key,), key, ("free_minutes", 116, "min free"), "then", ("rate_per_block", 104, ""), "per",
        ("block_minutes", 84, "min"),
    )  # fmt: skip
    return [RuleRow(form, key, parts=parts, hint="", removable=removable)]


def _incentive(form: RuleForm, key: RuleKey, removable: bool) -> Widgets:
    bonus = _parts((key.key,), key, ("carpool_bonus", 0, ""), "per", ("per", 0, None))
    cap = _parts((key.key,), key, ("monthly_cap_per_employee", 0, "a month"))
    return [
        RuleRow(form, key, parts=bonus, text="Bonus to riders", hint="", removable=removable),
        RuleRow(form, key, parts=cap, text="Cap", hint="For each employee; outside the bill, no tax"),
    ]


def _proration(form: RuleForm, key: RuleKey, removable: bool) -> Widgets:
    rows: Widgets = [RuleRow(form, key, parts=_parts((key.key,), key, ("basis", 0, None)), text="Part months",
                             hint="Days in force of the month's days", removable=removable)]  # fmt: skip
    if form.get((key.key, "basis")) == "working_days" or form.get((key.key, "working_days")) is not None:
        rows.append(RuleRow(form, key, parts=_parts((key.key,), key, ("working_days", 0, None)), text="Working days"))
    return rows


def _either(first: str, second: str, words: tuple[str, str]) -> Callable[[RuleForm, RuleKey, bool], Widgets]:
    def build(form: RuleForm, key: RuleKey, removable: bool) -> Widgets:
        parts = (
            Part((key.key, first), key.field(first), 184, "" if first == "flat" else None),
            Part((key.key, second), key.field(second), 184, "of the fare, %" if second == "percent_of_fare" else None),
        )
        made: Widgets = [EitherRow(form, key, parts, words, removable=removable)]
        for field in key.fields:
            if field.key not in (first, second):
                made.append(
                    RuleRow(form, key, parts=[Part((key.key, field.key), field)], text=field.label, hint=field.help)
                )
        return made

    return build


def _garage(form: RuleForm, key: RuleKey, removable: bool) -> Widgets:
    is_fixed = form.get((key.key, "mode")) == "fixed"
    second = ("km", 150, None) if is_fixed else ("cap_km", 150, "km at most")
    parts = _parts((key.key,), key, ("mode", 0, None), second)
    return [RuleRow(form, key, parts=parts, hint="Added to the billable km", removable=removable)]


def _slabs(form: RuleForm, key: RuleKey, removable: bool) -> Widgets:
    path, mode_now = (key.key, "bands"), form.get((key.key, "mode"))
    has_amounts = any("amount" in band for band in form.get(path) or [])
    only = ("upto", "amount") if mode_now == "flat" else ("upto", "amount", "rate") if has_amounts else ("upto", "rate")
    table = RuleTable(form, path, columns_of(key.field("bands"), over=True, only=only, usage="Chargeable km"))
    view = RuleTableView(table, key.label, add_words="Add slab")
    view.setProperty("rule", key.key)
    if mode_now != "flat" and not has_amounts:
        more = partial(form.set_value, (*path, 0, "amount"), "0")
        view.add_foot(LinkButton("Amounts on entering a band", on_click=more, tip="A fixed amount beside the rate"))
    return [view]


def slab_mode_row(form: RuleForm, key: RuleKey, text: str) -> RuleRow:
    """The row in which the way of reading the slabs is chosen."""
    return RuleRow(form, key, parts=[Part((key.key, "mode"), _mode_key(form, key), 214)], text=text, hint="")


def _mode_key(form: RuleForm, key: RuleKey) -> RuleKey:
    """Slabs beyond included km have no flat amounts (TARIFF.md section 6, Fares)."""
    field = key.field("mode")
    if form.model is not BillingModelType.HYBRID:
        return field
    choices = tuple(word for word in field.choices if word != "flat")
    return RuleKey(field.key, field.kind, field.label, help=field.help, choices=choices, required=True)


def _table(form: RuleForm, key: RuleKey, removable: bool) -> Widgets:
    table = RuleTable(form, (key.key,), columns_of(key))
    view = RuleTableView(table, key.label)
    view.setProperty("rule", key.key)
    return [TitleRow(form, key, removable), view]


def _sla(form: RuleForm, key: RuleKey, removable: bool) -> Widgets:
    bands = RuleTableView(RuleTable(form, (key.key, "bands"), columns_of(key.field("bands"))), key.label)
    cap = _parts((key.key,), key, ("cap_percent_of_subtotal", 0, None))
    return [
        TitleRow(form, key, removable),
        bands,
        RuleRow(form, key, parts=cap, text="All penalties at most", hint=""),
    ]


def _fields(form: RuleForm, key: RuleKey, removable: bool) -> Widgets:
    """One row a field under the rule's name: the shape of an object that has no other."""
    rows = [RuleRow(form, key, parts=[Part((key.key, field.key), field)], text=field.label) for field in key.fields]
    return [TitleRow(form, key, removable), *rows]


SHAPES: dict[str, Callable[[RuleForm, RuleKey, bool], Widgets]] = {
    "night_window": _night,
    "waiting": _waiting,
    "incentive_rules": _incentive,
    "proration": _proration,
    "no_show": _either("flat", "percent_of_fare", ("₹", "%")),
    "cancellation": _either("flat", "percent_of_fare", ("₹", "%")),
    "min_guarantee": _either("amount", "km_per_vehicle", ("Amount", "Km a vehicle")),
    "garage": _garage,
    "slabs": _slabs,
    "sla": _sla,
    "vehicle_rates": vehicle_widgets,
}


def rule_widgets(form: RuleForm, key: RuleKey, *, removable: bool = False) -> Widgets:
    """The widgets in which a rule is edited, top to bottom."""
    shape = SHAPES.get(key.key)
    if shape is not None:
        return shape(form, key, removable)
    if key.kind in (Kind.LIST, Kind.MAP):
        return _table(form, key, removable)
    if key.kind is Kind.OBJECT:
        return _fields(form, key, removable)
    return [RuleRow(form, key, removable=removable)]


def shape_of(form: RuleForm, key: RuleKey) -> tuple[Any, ...]:
    """What decides which widgets a rule has: when it changes they are made anew."""
    value = form.get((key.key,))
    if key.key == "slabs" and isinstance(value, dict):
        return (value.get("mode") == "flat", any("amount" in band for band in value.get("bands") or []))
    if key.key in ("garage", "proration") and isinstance(value, dict):
        return (value.get("mode"), value.get("basis") == "working_days")
    if key.key == "vehicle_rates" and isinstance(value, dict):
        return types_shape(form, value)
    return ()
