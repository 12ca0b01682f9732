"""A month under other rules: the difference in total, by code, by trip, and the km of each slab."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from billing.errors import BadInputError
from billing.rating.columns import TripColumns
from billing.rating.period import RatingInput
from billing.rating.simulate import SimulatedMonth, compare, metres_by_band
from billing.rules.parse import parse_rules
from billing.schemas.rating import TripData

INDIA = ZoneInfo("Asia/Kolkata")
RULES = {"base_monthly_fee": "30000", "free_km_included": "100", "per_km_rate_after_limit": "25"}
SLABS = {
    "free_km_included": "100",
    "slabs": {
        "mode": "graduated",
        "bands": [{"upto": "10", "rate": "30"}, {"upto": "20", "rate": "20"}, {"rate": "10"}],
    },
}


def trip(number: int, km: int, **more) -> TripData:
    start = datetime(2026, 10, number, 9, tzinfo=INDIA)
    return TripData(f"T{number}", start, start + timedelta(hours=1), km * 1000, **more)


@pytest.fixture
def given():
    trips = TripColumns.from_records([trip(1, 60), trip(2, 50), trip(3, 20), trip(4, 40, status="NO_SHOW")])
    return RatingInput(date(2026, 10, 1), date(2026, 10, 31), (), trips)


def test_difference_is_told_in_total_by_code_and_by_trip(given):
    month = SimulatedMonth(given, parse_rules("HYBRID", RULES))
    effect = month.under(parse_rules("HYBRID", RULES | {"per_km_rate_after_limit": "27", "base_monthly_fee": "29000"}))
    assert effect.difference == -100_000 + 30 * 200
    assert [(line.code, line.change) for line in effect.lines] == [("MONTHLY_FEE", -100_000), ("DISTANCE", 6_000)]
    assert effect.change.tolist() == [0, 2_000, 4_000, 0]
    assert (effect.cheaper, effect.dearer) == (0, 2)
    assert [(moved.trip_id, moved.before, moved.after) for moved in effect.most_changed(5)] == [
        ("T3", 50_000, 54_000),
        ("T2", 25_000, 27_000),
    ]


def test_the_same_rules_change_nothing(given):
    rules = parse_rules("HYBRID", RULES)
    effect = SimulatedMonth(given, rules).under(rules)
    assert effect.difference == 0
    assert [(group.sign, group.count) for group in effect.groups] == [(0, 4)]
    assert effect.most_changed(3) == []


def test_the_figures_are_those_of_rating_the_month(given):
    month = SimulatedMonth(given, parse_rules("HYBRID", RULES))
    effect = month.under(parse_rules("HYBRID", SLABS))
    assert effect.after.taxable_subtotal - effect.before.taxable_subtotal == effect.difference
    assert sum(line.change for line in effect.lines) == effect.difference
    assert compare(effect.before, effect.after).difference == effect.difference


def test_untaxed_tolls_are_no_part_of_the_bill_before_tax(given):
    trips = TripColumns.from_records([trip(1, 60, toll=4_000)])
    month = SimulatedMonth(RatingInput(given.first_day, given.last_day, (), trips), parse_rules("HYBRID", RULES))
    effect = month.under(parse_rules("HYBRID", RULES | {"toll_taxable": False}))
    assert effect.difference == -4_000
    assert [(line.code, line.change) for line in effect.lines if line.change] == [("TOLL", -4_000)]


def test_groups_part_at_a_round_amount(given):
    month = SimulatedMonth(given, parse_rules("HYBRID", RULES))
    effect = month.under(parse_rules("HYBRID", RULES | {"per_km_rate_after_limit": "27"}))
    assert [(group.sign, group.above, group.upto, group.count) for group in effect.groups] == [
        (0, 0, 0, 2),
        (1, 0, 2_000, 1),
        (1, 2_000, None, 1),
    ]


def test_another_model_may_be_tried(given):
    month = SimulatedMonth(given, parse_rules("HYBRID", RULES))
    effect = month.under(parse_rules("PER_TRIP", {"base_fare": "100"}))
    assert [line.code for line in effect.lines] == ["MONTHLY_FEE", "BASE_FARE", "DISTANCE"]


def test_km_by_band_of_what_is_chargeable(given):
    rules = parse_rules("HYBRID", SLABS)
    effect = SimulatedMonth(given, parse_rules("HYBRID", RULES)).under(rules)
    assert metres_by_band(effect.after, rules) == [20_000, 10_000, 0]
    volume = parse_rules("HYBRID", SLABS | {"slabs": SLABS["slabs"] | {"mode": "volume"}})
    assert metres_by_band(effect.after, volume) == [10_000, 20_000, 0]
    assert metres_by_band(effect.after, parse_rules("HYBRID", RULES)) is None


def test_rules_that_cannot_rate_the_month_say_why(given):
    month = SimulatedMonth(given, parse_rules("HYBRID", RULES))
    with pytest.raises(BadInputError) as raised:
        month.under(parse_rules("PER_TRIP", {"zone_rates": {"North": "300"}}))
    assert raised.value.code == "NO_RATE_FOR_ZONE"
