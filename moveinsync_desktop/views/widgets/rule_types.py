"""Rates by vehicle type: a table of figures, and what a type has of its own: slabs, zones, packages, outstation.

Which constructs a type may have is the registry's decision (the fields of `vehicle_rates` that the model uses).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from PySide6.QtWidgets import QWidget

from billing.rules.check import fare_kinds
from billing.rules.schema import Kind, RuleKey
from billing.schemas.rating import BillingModelType
from moveinsync_desktop.models.rule_columns import columns_of
from moveinsync_desktop.models.rule_form import RuleForm
from moveinsync_desktop.models.rule_table import RuleTable
from moveinsync_desktop.models.rule_values import empty_value
from moveinsync_desktop.models.rule_words import Path
from moveinsync_desktop.views.widgets.basics import plain, row, stretch
from moveinsync_desktop.views.widgets.buttons import MenuButton
from moveinsync_desktop.views.widgets.rule_fields import Part, RuleRow, TitleRow
from moveinsync_desktop.views.widgets.rule_table import RuleTableView

LIMITS = ("min_fare", "max_fare")
CONSTRUCTS = (Kind.OBJECT, Kind.LIST, Kind.MAP)


def vehicle_widgets(form: RuleForm, key: RuleKey, removable: bool) -> list[QWidget]:
    """Name and help, the table of the types' figures, then what each type has of its own."""
    types = form.get((key.key,)) or {}
    table = RuleTable(form, (key.key,), columns_of(key, only=_columns(form, key, types) or ("none",)))
    view = RuleTableView(table, key.label, add_words="Add vehicle type")
    view.setProperty("rule", key.key)
    made: list[QWidget] = [TitleRow(form, key, removable), view]
    for name, rates in types.items():
        for field in _constructs(form, key):
            if isinstance(rates, Mapping) and rates.get(field.key) is not None:
                made += _own(form, field, (key.key, name, field.key), name)
    offers = _offers(form, key, types)
    if offers:
        made.append(plain(row(MenuButton("Of its own for", offers, kind="quiet"), stretch(), margins=(14, 0, 14, 6))))
    return made


def types_shape(form: RuleForm, types: Mapping[str, Any]) -> tuple[Any, ...]:
    """What decides which widgets the types have."""
    way = form.pricing
    used = frozenset(name for rates in types.values() if isinstance(rates, Mapping) for name in rates)
    own = tuple((name, *sorted(rates), _mode(rates)) for name, rates in types.items() if isinstance(rates, Mapping))
    return (way.id if way is not None else "", used, own, tuple(fare_kinds(form.rules())))


def _mode(rates: Mapping[str, Any]) -> str:
    slabs = rates.get("slabs")
    return str(slabs.get("mode") == "flat") if isinstance(slabs, Mapping) else ""


def _constructs(form: RuleForm, key: RuleKey) -> list[RuleKey]:
    """The constructs that a type of this model may have: slabs, zones, local packages, outstation."""
    return [field for field in key.fields if field.kind in CONSTRUCTS and form.model in field.models]


def _columns(form: RuleForm, key: RuleKey, types: Mapping[str, Any]) -> tuple[str, ...]:
    """The figures of the contract's own way of pricing, and whatever a type has or needs besides."""
    used = {name for rates in types.values() if isinstance(rates, Mapping) for name in rates}
    way = form.pricing
    ways = [one for one in form.pricings if one is way or one.needs in used]
    usual = {name for one in ways for name in one.keys}
    usual |= set(LIMITS if form.model is BillingModelType.PER_TRIP else ())
    plain_kinds = [field.key for field in key.fields if field.kind not in CONSTRUCTS and form.model in field.models]
    return tuple(name for name in plain_kinds if name in usual or name in used)


def _offers(form: RuleForm, key: RuleKey, types: Mapping[str, Any]) -> list[tuple[str, Callable[[], object]]]:
    """What can be added: the contract's own kind of fare, or any where the contract leaves that to its types."""
    kinds, way = fare_kinds(form.rules()), form.pricing
    made: list[tuple[str, Callable[[], object]]] = []
    for name, rates in types.items():
        has = set(rates) if isinstance(rates, Mapping) else set()
        own_kinds = fare_kinds(dict.fromkeys(has)) if form.model is BillingModelType.PER_TRIP else []
        for field in _constructs(form, key):
            is_contracts = way is not None and field.key in way.keys and bool(kinds)
            if field.key not in has and (is_contracts or not (kinds or own_kinds)):
                made.append((f"{name}: {field.label.lower()}", partial(_give, form, field, (key.key, name, field.key))))
    return made


def _give(form: RuleForm, field: RuleKey, path: Path) -> None:
    """Begin with the contract's own, if it has the same construct."""
    form.set_value(path, form.get((field.key,)) or empty_value(field))
    form.seal()


def _own(form: RuleForm, field: RuleKey, path: Path, name: str) -> list[QWidget]:
    """The widgets of one construct of a type, under a line that names it and can take it away."""
    words, take_away = f"{field.label} of {name}", partial(form.set_value, path, None)
    if field.key == "slabs":
        return _own_slabs(form, field, path, words, take_away)
    head = TitleRow(form, field, removable=True, path=path, text=words, on_remove=take_away)
    if field.kind is Kind.OBJECT:
        return [head, *(RuleRow(form, one, parts=[Part((*path, one.key), one)]) for one in field.fields)]
    add_words = "Add zone" if field.kind is Kind.MAP else "Add row"
    return [head, RuleTableView(RuleTable(form, path, columns_of(field)), words, add_words=add_words)]


def _own_slabs(
    form: RuleForm, slabs: RuleKey, path: Path, words: str, take_away: Callable[[], object]
) -> list[QWidget]:
    mode = slabs.field("mode")
    if form.model is BillingModelType.HYBRID:
        choices = tuple(word for word in mode.choices if word != "flat")
        mode = RuleKey(mode.key, mode.kind, mode.label, help=mode.help, choices=choices, required=True)
    head = RuleRow(
        form, slabs, parts=[Part((*path, "mode"), mode, 214)], text=words, hint="", removable=True, on_remove=take_away
    )
    only = ("upto", "amount") if form.get((*path, "mode")) == "flat" else ("upto", "rate")
    table = RuleTable(form, (*path, "bands"), columns_of(slabs.field("bands"), over=True, only=only))
    return [head, RuleTableView(table, words, add_words="Add slab")]
