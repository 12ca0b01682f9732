"""The staged rules of a contract version: marks, undo, errors, constructs, ways of pricing."""

from __future__ import annotations

from decimal import Decimal

import pytest

from billing.rules.canonical import tidied
from billing.rules.diff import same
from billing.rules.schema import keys_of
from billing.schemas.rating import BillingModelType
from moveinsync_desktop.models.rule_form import RuleForm
from moveinsync_desktop.models.rule_layout import HIDDEN, PRICINGS, places_of
from moveinsync_desktop.models.rule_values import carried
from moveinsync_desktop.models.rule_words import path_of, path_text, path_words, unit_words

HYBRID_RULES = {
    "base_monthly_fee": "450000.00",
    "free_km_included": "25000",
    "slabs": {
        "mode": "graduated",
        "bands": [
            {"upto": "15", "rate": "26.00"},
            {"upto": "30", "rate": "24.50"},
            {"rate": "20.00"},
        ],
    },
    "night_shift_surcharge": "90.00",
    "night_window": {"start": "22:00", "end": "06:00"},
    "carpool_discount": "0.05",
    "tax_percentage": "5",
}


@pytest.fixture
def form() -> RuleForm:
    return RuleForm("HYBRID", HYBRID_RULES, base=HYBRID_RULES)


def section(form: RuleForm, place: str):
    return next(made for made in form.sections() if made.place.id == place)


@pytest.mark.parametrize("model", list(BillingModelType))
def test_layout_every_key_of_a_model_has_exactly_one_place(model):
    placed = [key for place in places_of(model) for key in (*place.usual, *place.optional)]
    priced = [key for way in PRICINGS[model] for key in way.keys]
    assert sorted([*placed, *priced]) == sorted({key.key for key in keys_of(model)} - HIDDEN)


def test_form_fresh_has_no_marks_and_no_errors(form):
    assert form.changes() == []
    assert form.problems == {}
    assert not form.is_dirty
    assert form.rules() == HYBRID_RULES


def test_set_marks_the_field_with_the_value_in_force(form):
    form.set_value(("free_km_included",), Decimal("26000"))
    assert form.was(("free_km_included",)) == "25,000"
    assert form.rules()["free_km_included"] == "26000"
    assert section(form, "package").changed == 1
    assert [(c.label, c.old, c.new) for c in form.changes()] == [("Included km", "25,000", "26,000")]


def test_set_back_to_the_same_figure_takes_the_mark_away(form):
    form.set_value(("base_monthly_fee",), Decimal("450001"))
    form.set_value(("base_monthly_fee",), Decimal("450000"))
    assert form.rules()["base_monthly_fee"] == "450000.00"
    assert form.was(("base_monthly_fee",)) == ""


def test_typing_in_one_field_is_one_step_of_undo(form):
    for figure in ("2", "26", "260", "26000"):
        form.set_value(("free_km_included",), Decimal(figure))
    form.seal()
    form.set_value(("free_km_included",), Decimal("27000"))
    assert form.undo() is not None
    assert form.get(("free_km_included",)) == "26000"
    form.undo()
    assert form.get(("free_km_included",)) == "25000"
    assert not form.can_undo
    form.redo()
    form.redo()
    assert form.get(("free_km_included",)) == "27000"


def test_a_new_edit_ends_redo(form):
    form.set_value(("free_km_included",), Decimal("26000"))
    form.undo()
    form.set_value(("carpool_discount",), Decimal("0.06"))
    assert not form.can_redo


def test_revert_one_and_all(form):
    form.set_value(("free_km_included",), Decimal("26000"))
    form.set_value(("night_window", "start"), "21:00")
    form.revert(("free_km_included",))
    assert [change.path for change in form.changes()] == [("night_window", "start")]
    form.revert_all()
    assert form.changes() == []
    form.undo()
    assert len(form.changes()) == 1


def test_band_change_is_told_by_row_and_field(form):
    bands = form.get(("slabs", "bands"))
    form.set_value(("slabs", "bands", 1, "rate"), Decimal("25.25"))
    (change,) = form.changes()
    assert change.label == "Km slabs, row 2, rate"
    assert (change.old, change.new) == ("24.50", "25.25")
    assert bands is not None
    assert section(form, "distance").changed == 1


def test_errors_come_all_at_once_with_their_places(form):
    form.set_value(("tax_percentage",), "x")
    form.set_value(("carpool_discount",), Decimal("1.5"))
    form.set_value(("slabs", "bands", 0, "rate"), "-1")
    assert set(form.problems) == {"tax_percentage", "carpool_discount", "slabs.bands[0].rate"}
    assert section(form, "carpool").wrong == 1
    assert not form.is_valid


def test_what_cannot_be_read_is_an_error_until_it_is_a_value(form):
    form.set_unreadable(("free_km_included",), "not a number")
    assert form.problems == {"free_km_included": "not a number"}
    assert form.rules()["free_km_included"] == "25000"
    assert form.is_dirty
    form.set_value(("free_km_included",), Decimal("25000"))
    assert form.is_valid
    assert not form.is_dirty


def test_price_by_another_way_keeps_the_old_figures_aside(form):
    slabs = form.rules()["slabs"]
    assert form.pricing.id == "slabs"
    form.price_by("rate")
    assert "slabs" not in form.rules()
    assert form.problems == {"": "km beyond the free km have no rate and no slabs"}
    form.set_value(("per_km_rate_after_limit",), Decimal("25"))
    assert form.is_valid
    form.price_by("slabs")
    assert form.rules()["slabs"] == slabs
    assert "per_km_rate_after_limit" not in form.rules()


def test_add_and_remove_a_construct(form):
    assert "waiting" in [key.key for key in section(form, "time").can_add]
    form.add("waiting")
    assert "waiting" in [key.key for key in section(form, "time").keys]
    assert set(form.problems) == {"waiting.block_minutes", "waiting.rate_per_block"}
    form.set_value(("waiting", "block_minutes"), Decimal("15"))
    form.set_value(("waiting", "rate_per_block"), Decimal("60"))
    assert form.is_valid
    form.remove("waiting")
    assert form.rules() == HYBRID_RULES


def test_remove_what_is_in_force_stays_visible(form):
    form.remove("night_window")
    assert form.was(("night_window",)) == "22:00 to 06:00"
    assert "night_window" in [key.key for key in section(form, "time").keys]


def test_night_is_an_amount_or_a_percentage_never_both(form):
    form.add("night_surcharge_percent")
    form.set_value(("night_surcharge_percent",), Decimal("12"))
    assert "night_shift_surcharge" not in form.rules()
    assert form.is_valid


def test_set_model_takes_foreign_keys_away_and_undo_brings_them_back(form):
    form.set_model("FIXED_PACKAGE")
    assert "slabs" not in form.rules()
    assert form.changes()[0].label == "Billing model"
    form.undo()
    assert form.rules() == HYBRID_RULES


def test_unknown_keys_are_kept_and_shown():
    form = RuleForm("HYBRID", HYBRID_RULES | {"loyalty": "3", "base_fare": "10"})
    assert form.strangers() == {"loyalty": "3", "base_fare": "10"}
    assert form.rules()["loyalty"] == "3"


def test_canonical_resolves_aliases():
    rules = {"monthly_fee": "1", "included_km": "10", "base_rate_km": "5", "tax_rate": "0.18", "max_fare": None}
    assert tidied(rules) == {
        "base_monthly_fee": "1",
        "free_km_included": "10",
        "per_km_rate_after_limit": "5",
        "tax_percentage": "18",
    }
    assert tidied({"tax_rate": "18"}) == {"tax_rate": "18"}


def test_discard_returns_to_what_is_stored():
    form = RuleForm("HYBRID", HYBRID_RULES | {"tax_percentage": "12"}, base=HYBRID_RULES)
    assert form.was(("tax_percentage",)) == "5\u2009%"
    form.set_value(("tax_percentage",), Decimal("18"))
    assert form.is_dirty
    form.discard()
    assert form.get(("tax_percentage",)) == "12"
    assert not form.is_dirty


def test_same_compares_figures_not_their_writing():
    assert same({"a": ["1.50"]}, {"a": ["1.5"]})
    assert not same({"a": "1"}, {"a": "1", "b": None})
    assert not same(True, "1")


def test_paths_as_text_and_back():
    path = ("slabs", "bands", 1, "rate")
    assert path_text(path) == "slabs.bands[1].rate"
    assert path_of("slabs.bands[1].rate") == path
    assert path_of("") == ()
    assert path_words(("vehicle_rates", "SUV", "base_fare")) == "Rates by vehicle type, SUV, base fare"


def test_units_are_words():
    units = {key.key: unit_words(key) for key in keys_of(BillingModelType.HYBRID)}
    assert units["base_monthly_fee"] == "a month"
    assert units["free_km_included"] == "km a month"
    assert units["carpool_discount"] == "%"
    assert units["night_surcharge_percent"] == "% of the fare"


def test_doubts_stand_at_their_fields_and_stop_nothing():
    form = RuleForm("HYBRID", {**HYBRID_RULES, "tax_percentage": "0.18"})
    assert form.is_valid
    assert form.doubts == {"tax_percentage": "Tax is 0.18 %: was 18 % meant?"}
    form.set_value(("tax_percentage",), Decimal(18))
    assert form.doubts == {}


def test_a_type_that_trips_use_without_a_rate_is_a_doubt():
    form = RuleForm("HYBRID", {"vehicle_rates": {"SUV": {"per_km_rate_after_limit": "30"}}})
    form.set_vehicle_types(["SEDAN", "SUV"])
    assert list(form.doubts) == ["vehicle_rates.SEDAN"]


def test_a_value_that_was_given_is_no_longer_shared(form):
    bands = form.get(("slabs", "bands"))
    form.set_value(("vehicle_rates", "SUV", "slabs"), {"mode": "graduated", "bands": bands})
    form.set_value(("vehicle_rates", "SUV", "slabs", "bands", 0, "rate"), Decimal(30))
    assert form.get(("slabs", "bands", 0, "rate")) == "26.00"


def test_typed_changes_are_carried_to_another_base(form):
    form.set_value(("free_km_included",), Decimal(26000))
    form.set_value(("slabs", "bands", 0, "rate"), Decimal(27))
    form.remove("carpool_discount")
    newer = {**HYBRID_RULES, "night_shift_surcharge": "95", "base_monthly_fee": "500000"}
    made = carried(form.changes(), form.rules(), newer)
    assert made["free_km_included"] == "26000"
    assert made["slabs"]["bands"][0] == {"upto": "15", "rate": "27"}
    assert (made["night_shift_surcharge"], made["base_monthly_fee"]) == ("95", "500000")
    assert "carpool_discount" not in made
