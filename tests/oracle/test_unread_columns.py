"""What a run does not load because no rule reads it makes no difference to any figure."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from billing.errors import BadInputError
from billing.rating import RatingInput, rate_period
from billing.rating.bundle import rating_input, result_of
from billing.services.usage_rules import unread_columns
from tests.oracle.generator import BundleMaker


def answer(given: RatingInput) -> dict[str, Any] | str:
    try:
        return result_of(rate_period(given))
    except BadInputError as error:
        return error.code


def test_a_column_that_no_rule_reads_changes_nothing() -> None:
    left_out, kept = 0, 0
    for seed in range(600):
        given = rating_input(BundleMaker(seed).make())
        unread = unread_columns(version.rules for version in given.versions)
        there = [name for name in ("seats", "vehicle_type", "zone", "site") if getattr(given.trips, name) is not None]
        nothing: dict[str, Any] = dict.fromkeys(unread)
        lean = replace(given, trips=replace(given.trips, **nothing))
        assert answer(lean) == answer(given), f"seed {seed}"
        left_out += len(unread & set(there))
        kept += len(set(there) - unread)
    assert left_out > 300
    assert kept > 100
