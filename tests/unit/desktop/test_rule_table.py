"""Slabs, zones and vehicle types as table rows over the staged rules."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from billing.rules.schema import KEY_BY_NAME
from moveinsync_desktop.models.rule_columns import columns_of
from moveinsync_desktop.models.rule_form import RuleForm
from moveinsync_desktop.models.rule_table import ERROR_ROLE, WAS_ROLE, RuleTable

BANDS = [{"upto": "15", "rate": "26.00"}, {"upto": "30", "rate": "24.50"}, {"upto": None, "rate": "20.00"}]
RULES = {"slabs": {"mode": "graduated", "bands": BANDS}}
PATH = ("slabs", "bands")


@pytest.fixture
def form():
    return RuleForm("HYBRID", RULES, base=RULES)


@pytest.fixture
def table(form):
    key = KEY_BY_NAME["slabs"].field("bands")
    return RuleTable(form, PATH, columns_of(key, over=True, only=("upto", "rate"), usage="Km"))


def texts(table):
    return [[table.index(row, at).data() for at in range(table.columnCount())] for row in range(table.rowCount())]


def put(table, row, column, text):
    return table.setData(table.index(row, column), text)


def test_bands_show_lower_bounds_and_the_open_end(table, qtmodeltester):
    qtmodeltester.check(table)
    assert texts(table) == [
        ["0", "15", "26.00", "–"],
        ["15", "30", "24.50", "–"],
        ["30", "no limit", "20.00", "–"],
    ]
    assert [column.title for column in table.columns] == ["Over km", "Up to km", "₹ a km", "Km"]


def test_typed_rate_goes_into_the_form_and_strikes_the_old(table, form):
    assert put(table, 1, 2, "25.25")
    assert form.get((*PATH, 1, "rate")) == "25.25"
    assert table.index(1, 2).data(WAS_ROLE) == "24.50"
    assert table.is_row_changed(1)
    assert not table.is_row_changed(0)


def test_wrong_text_stays_with_its_reason(table, form):
    assert not put(table, 1, 2, "dear")
    assert table.index(1, 2).data() == "dear"
    assert table.index(1, 2).data(ERROR_ROLE) == "not a number"
    assert not form.is_valid
    assert put(table, 1, 2, "24.50")
    assert form.is_valid
    assert form.changes() == []


def test_add_row_comes_before_the_open_band(table, form):
    at = table.add_row()
    assert at == 2
    assert table.is_new(3)
    put(table, at, 1, "50")
    put(table, at, 2, "23")
    assert [band.get("upto") for band in form.get(PATH)] == ["15", "30", "50", None]
    assert form.is_valid


def test_remove_the_last_band_opens_the_one_before(table, form):
    table.remove_row(2)
    assert form.get(PATH)[-1] == {"rate": "24.50"}
    assert form.is_valid
    form.undo()
    assert table.rowCount() == 3


def test_shown_columns_cannot_be_edited(table):
    assert not table.flags(table.index(0, 0)) & Qt.ItemFlag.ItemIsEditable
    assert table.flags(table.index(0, 1)) & Qt.ItemFlag.ItemIsEditable


def test_zones_get_a_row_when_they_have_a_name(qtmodeltester):
    form = RuleForm("PER_TRIP", {"zone_rates": {"North": "300"}}, base={"zone_rates": {"North": "300"}})
    table = RuleTable(form, ("zone_rates",), columns_of(KEY_BY_NAME["zone_rates"]))
    row = table.add_row()
    assert not put(table, row, 0, "North")
    assert table.index(row, 0).data(ERROR_ROLE) == "this name is there already"
    assert put(table, row, 0, "South")
    assert put(table, row, 1, "350")
    assert form.get(("zone_rates",)) == {"North": "300", "South": "350"}
    put(table, 0, 0, "North-East")
    assert list(form.get(("zone_rates",))) == ["North-East", "South"]
    table.remove_row(0)
    assert form.get(("zone_rates",)) == {"South": "350"}
    qtmodeltester.check(table)


def test_vehicle_types_have_several_figures():
    form = RuleForm("PER_TRIP", {"vehicle_rates": {"SUV": {"base_fare": "200"}}})
    columns = columns_of(KEY_BY_NAME["vehicle_rates"], only=("base_fare", "per_km_rate"))
    table = RuleTable(form, ("vehicle_rates",), columns)
    put(table, 0, 2, "18.5")
    assert form.get(("vehicle_rates", "SUV")) == {"base_fare": "200", "per_km_rate": "18.5"}
    row = table.add_row()
    put(table, row, 0, "Sedan")
    put(table, row, 1, "150")
    assert form.get(("vehicle_rates", "Sedan", "base_fare")) == "150"


def test_dates_are_typed_in_any_short_form():
    form = RuleForm("HYBRID", {"tax_rates_by_date": [{}]})
    table = RuleTable(form, ("tax_rates_by_date",), columns_of(KEY_BY_NAME["tax_rates_by_date"]))
    put(table, 0, 0, "22/9/2025")
    assert form.get(("tax_rates_by_date", 0, "from")) == "2025-09-22"
    assert table.index(0, 0).data() == "22-09-2025"
