"""Prices raised for a renewal."""

from __future__ import annotations

from decimal import Decimal

from billing.rules.escalate import escalated

RULES = {
    "base_monthly_fee": "385000.00",
    "free_km_included": "18000",
    "slabs": {"mode": "graduated", "bands": [{"upto": "15", "rate": "18.50"}, {"rate": "14.25", "amount": "100"}]},
    "zone_rates": {"North": "300"},
    "vehicle_rates": {"SUV": {"base_fare": "210.10", "min_seats": "4"}},
    "night_shift_surcharge": "75",
    "night_surcharge_percent": "12",
    "waiting": {"free_minutes": "10", "block_minutes": "15", "rate_per_block": "60.00"},
    "carpool_discount": "0.05",
    "incentive_rules": {"carpool_bonus": "20.00"},
    "monthly_cap": "900000",
    "fuel": {"base_price": "90", "current_price": "94", "km_per_litre": "12"},
    "loyalty": "3",
    "toll_taxable": False,
}


def test_prices_rise_and_are_rounded_half_up_to_the_paisa():
    raised = escalated(RULES, Decimal("5.5"))
    assert raised["base_monthly_fee"] == "406175.00"
    assert raised["slabs"]["bands"] == [{"upto": "15", "rate": "19.52"}, {"rate": "15.03", "amount": "105.50"}]
    assert raised["zone_rates"] == {"North": "316.50"}
    assert raised["vehicle_rates"] == {"SUV": {"base_fare": "221.66", "min_seats": "4"}}
    assert raised["waiting"]["rate_per_block"] == "63.30"
    assert raised["night_shift_surcharge"] == "79.13"


def test_limits_percentages_and_what_others_get_stay():
    raised = escalated(RULES, Decimal(10))
    for key in ("free_km_included", "night_surcharge_percent", "carpool_discount", "incentive_rules", "monthly_cap",
                "fuel", "loyalty", "toll_taxable"):  # fmt: skip
        assert raised[key] == RULES[key]


def test_aliases_and_unreadable_values_are_left_in_place():
    assert escalated({"monthly_fee": "100", "max_fare": "x"}, Decimal(10)) == {"monthly_fee": "110.00", "max_fare": "x"}
