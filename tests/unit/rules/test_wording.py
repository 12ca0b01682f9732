"""Rules in words, as the workbook prints them."""

from __future__ import annotations

from typing import Any

import pytest

from billing.rules.wording import rules_in_words


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("base_monthly_fee", "412000.00", "₹ 4,12,000.00 a month"),
        ("per_km_rate_after_limit", "19.7525", "₹ 19.7525 a km"),
        ("free_km_included", "18000", "18,000 km a month"),
        ("carpool_discount", "0.05", "5 %"),
        ("carpool_discount", "0.125", "12.5 %"),
        ("tax_percentage", "18.0", "18 %"),
        ("tax_split", "CGST_SGST", "CGST + SGST"),
        ("round_off", "rupee", "to the rupee"),
        ("night_window", {"start": "22:00", "end": "06:00"}, "22:00 to 06:00"),
        ("reverse_charge", True, "yes"),
        ("monthly_fee", 50000, "₹ 50,000.00 a month"),
        ("our_own_key", {"a": [1, None]}, "a 1; open"),
    ],
)
def test_values_have_units_and_grouping(key: str, value: Any, words: str) -> None:
    ((label, shown),) = rules_in_words({key: value})
    assert shown == words
    assert key in label


def test_slabs_are_told_band_by_band() -> None:
    slabs = {"mode": "graduated", "bands": [{"upto": "15", "rate": "26"}, {"upto": None, "rate": "24.5"}]}
    ((_, words),) = rules_in_words({"slabs": slabs})
    assert "Up to 15 km, Rate ₹ 26.00 a km; Up to open, Rate ₹ 24.50 a km" in words


def test_the_order_is_that_of_the_form() -> None:
    labels = [label for label, _ in rules_in_words({"x": 1, "tax_percentage": "5", "base_monthly_fee": "1"})]
    assert [label.rpartition("(")[2] for label in labels] == ["base_monthly_fee)", "tax_percentage)", "x"]
