"""Vehicle types in the rule form: each construct that the registry lets a type have is given, edited, taken away."""

from __future__ import annotations

from typing import Any

import pytest

from billing.rules.parse import parse_rules
from moveinsync_desktop.models.rule_form import RuleForm
from moveinsync_desktop.views.widgets.buttons import MenuButton
from moveinsync_desktop.views.widgets.rule_fields import RuleRow
from moveinsync_desktop.views.widgets.rule_parts import rule_widgets, shape_of
from moveinsync_desktop.views.widgets.rule_table import RuleTableView

ZONES = {"zone_rates": {"East": "300"}, "vehicle_rates": {"SUV": {}}}
LOCAL = {
    "local_packages": [{"hours": "8", "km": "80", "amount": "1800"}],
    "extra_km_rate": "14",
    "extra_hour_rate": "120",
    "vehicle_rates": {"SUV": {}},
}
OUTSTATION = {"outstation": {"per_km": "13", "min_km_per_day": "250"}, "vehicle_rates": {"SUV": {}}}
SLABS = {"slabs": {"mode": "flat", "bands": [{"amount": "200"}]}, "vehicle_rates": {"SUV": {}}}


ALIVE: list[Any] = []
"""Widgets without a parent live as long as somebody holds them."""


def key_of(form: RuleForm) -> Any:
    return next(key for section in form.sections() for key in section.keys if key.key == "vehicle_rates")


def made(form: RuleForm) -> list[Any]:
    ALIVE[:] = rule_widgets(form, key_of(form))
    return ALIVE


def offers(widgets: list[Any]) -> dict[str, Any]:
    button = next((found for widget in widgets for found in widget.findChildren(MenuButton)), None)
    return {action.text(): action for action in button.menu().actions()} if button is not None else {}


@pytest.mark.parametrize(
    ("rules", "label", "key"),
    [
        (ZONES, "SUV: zone fares", "zone_rates"),
        (LOCAL, "SUV: local packages", "local_packages"),
        (OUTSTATION, "SUV: outstation", "outstation"),
        (SLABS, "SUV: km slabs", "slabs"),
    ],
)
def test_a_type_gets_the_contracts_own_construct(qtbot: Any, rules: dict[str, Any], label: str, key: str) -> None:
    form = RuleForm("PER_TRIP", rules, base=rules)
    found = offers(made(form))
    assert list(found) == [label]
    before = shape_of(form, key_of(form))
    found[label].trigger()
    assert form.get(("vehicle_rates", "SUV", key)) == rules[key]
    assert form.problems == {}
    parse_rules("PER_TRIP", form.rules())
    widgets = made(form)
    assert shape_of(form, key_of(form)) != before
    names = [widget.rule.key for widget in widgets if isinstance(widget, RuleRow)]
    assert key in names
    assert any(isinstance(widget, RuleTableView) for widget in widgets)


def test_where_the_contract_has_no_fare_each_type_has_its_own_kind(qtbot: Any) -> None:
    form = RuleForm("PER_TRIP", {"vehicle_rates": {"SUV": {}, "MINI": {"per_km_rate": "12"}}})
    assert list(offers(made(form))) == [
        "SUV: km slabs",
        "SUV: zone fares",
        "SUV: local packages",
        "SUV: outstation",
    ]
    offers(made(form))["SUV: outstation"].trigger()
    form.set_value(("vehicle_rates", "SUV", "outstation", "per_km"), "14")
    assert form.problems == {}
    assert offers(made(form)) == {}


def test_zones_of_a_type_are_typed_and_taken_away(qtbot: Any) -> None:
    form = RuleForm("PER_TRIP", {**ZONES, "vehicle_rates": {"SUV": {"zone_rates": {"East": "400"}}}})
    widgets = made(form)
    table = next(w for w in widgets if isinstance(w, RuleTableView) and w.table.path[-1] == "zone_rates").table
    assert table.setData(table.index(0, 1), "450")
    assert form.get(("vehicle_rates", "SUV", "zone_rates")) == {"East": "450"}
    head = next(w for w in widgets if isinstance(w, RuleRow) and w.rule.key == "zone_rates")
    head._remove.click()
    assert form.get(("vehicle_rates", "SUV")) == {}


def test_yes_and_no_and_words_are_read_in_cells(qtbot: Any) -> None:
    rules = {**LOCAL, "vehicle_rates": {"SUV": {"auto_switch": True}}}
    form = RuleForm("PER_TRIP", rules)
    table = next(w for w in made(form) if isinstance(w, RuleTableView)).table
    column = next(at for at, one in enumerate(table.columns) if one.id == "auto_switch")
    assert table.setData(table.index(0, column), "n")
    assert form.get(("vehicle_rates", "SUV", "auto_switch")) is False
    assert not table.setData(table.index(0, column), "perhaps")
    assert "yes or no" in form.problems["vehicle_rates.SUV.auto_switch"]


def test_what_is_wrong_with_a_whole_type_is_told_under_the_table(qtbot: Any) -> None:
    form = RuleForm("PER_TRIP", {"per_km_rate": "16", "vehicle_rates": {"SUV": {"zone_rates": {"East": "300"}}}})
    assert "vehicle_rates.SUV" in form.problems
    view = next(widget for widget in made(form) if isinstance(widget, RuleTableView))
    assert view.error_label.text() == "SUV: only one kind of fare is possible, not metered and zone"
    form.set_value(("vehicle_rates", "SUV", "zone_rates"), None)
    assert view.error_label.text() == ""


def test_a_long_name_of_a_type_is_not_cut(qtbot: Any) -> None:
    form = RuleForm("PER_TRIP", {"vehicle_rates": {"TEMPO TRAVELLER": dict(list(LOCAL.items())[:3])}})
    rows = [widget for widget in made(form) if isinstance(widget, RuleRow)]
    head = next(row for row in rows if row.text == "Local packages of TEMPO TRAVELLER")
    head.resize(700, 40)
    head.show()
    assert head._label.width() >= head._label.fontMetrics().horizontalAdvance(head.text)
