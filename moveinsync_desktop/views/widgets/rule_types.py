"""Rates by vehicle type: a table of figures, and where the contract is priced by slabs, slabs of a type's own."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from PySide6.QtWidgets import QWidget

from billing.rules.schema import Kind, RuleKey
from billing.schemas.rating import BillingModelType
from moveinsync_desktop.models.rule_form import RuleForm
from moveinsync_desktop.models.rule_table import RuleTable, columns_of
from moveinsync_desktop.models.rule_values import empty_value
from moveinsync_desktop.views.widgets.basics import plain, row, stretch
from moveinsync_desktop.views.widgets.buttons import MenuButton
from moveinsync_desktop.views.widgets.rule_fields import Part, RuleRow, TitleRow
from moveinsync_desktop.views.widgets.rule_table import RuleTableView

LIMITS = ("min_fare", "max_fare")
TYPES = "vehicle_rates"


def vehicle_widgets(form: RuleForm, key: RuleKey, removable: bool) -> list[QWidget]:
    """Name and help, the table of the types' figures, the slabs of each type that has its own."""
    types = form.get((key.key,)) or {}
    table = RuleTable(form, (key.key,), columns_of(key, only=_columns(form, key, types) or ("none",)))
    view = RuleTableView(table, key.label, add_words="Add vehicle type")
    view.setProperty("rule", key.key)
    made: list[QWidget] = [TitleRow(form, key, removable), view]
    for name, rates in types.items():
        if isinstance(rates, Mapping) and isinstance(rates.get("slabs"), Mapping):
            made += _own_slabs(form, key, name)
    if _is_by_slabs(form):
        without = [name for name, rates in types.items() if isinstance(rates, Mapping) and "slabs" not in rates]
        if without:
            made.append(_offer(form, key, without))
    return made


def types_shape(form: RuleForm, types: Mapping[str, Any]) -> tuple[Any, ...]:
    """What decides which widgets the types have."""
    way = form.pricing
    used = frozenset(name for rates in types.values() if isinstance(rates, Mapping) for name in rates)
    own = tuple((name, _mode(rates)) for name, rates in types.items())
    return (way.id if way is not None else "", used, own)


def _mode(rates: Any) -> str:
    slabs = rates.get("slabs") if isinstance(rates, Mapping) else None
    return str(slabs.get("mode") == "flat") if isinstance(slabs, Mapping) else ""


def _is_by_slabs(form: RuleForm) -> bool:
    return form.pricing is not None and form.pricing.id == "slabs"


def _columns(form: RuleForm, key: RuleKey, types: Mapping[str, Any]) -> tuple[str, ...]:
    """The figures of the contract's own way of pricing, and whatever a type has besides."""
    used = {name for rates in types.values() if isinstance(rates, Mapping) for name in rates}
    way = form.pricing
    usual = {*(way.keys if way is not None else ()), *(LIMITS if form.model is BillingModelType.PER_TRIP else ())}
    plain_kinds = [field.key for field in key.fields if field.kind not in (Kind.OBJECT, Kind.LIST, Kind.MAP)]
    return tuple(name for name in plain_kinds if name in usual or name in used)


def _own_slabs(form: RuleForm, key: RuleKey, name: str) -> list[QWidget]:
    slabs = key.field("slabs")
    path = (key.key, name, "slabs")
    mode = slabs.field("mode")
    if form.model is BillingModelType.HYBRID:
        words = tuple(word for word in mode.choices if word != "flat")
        mode = RuleKey(mode.key, mode.kind, mode.label, help=mode.help, choices=words, required=True)
    head = RuleRow(
        form, slabs, parts=[Part((*path, "mode"), mode, 214)], text=f"Slabs of {name}", hint="", removable=True,
        on_remove=partial(form.set_value, path, None),
    )  # fmt: skip
    only = ("upto", "amount") if form.get((*path, "mode")) == "flat" else ("upto", "rate")
    table = RuleTable(form, (*path, "bands"), columns_of(slabs.field("bands"), over=True, only=only))
    return [head, RuleTableView(table, f"Slabs of {name}", add_words="Add slab")]


def _offer(form: RuleForm, key: RuleKey, names: list[str]) -> QWidget:
    def give(name: str) -> None:
        own = form.get(("slabs",)) or empty_value(key.field("slabs"))
        form.set_value((key.key, name, "slabs"), own)

    button = MenuButton("Slabs of its own for", [(name, partial(give, name)) for name in names], kind="quiet")
    return plain(row(button, stretch(), margins=(14, 0, 14, 6)))
