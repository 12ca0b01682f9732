"""The engine and the independent oracle answer every random bundle alike, to the paisa and to the error code.

`MIS_HYPOTHESIS=nightly` tries 20,000 bundles instead of 1,000.
"""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.errors import BadInputError
from billing.rating import rate_bundle
from billing.schemas.rating import PERIOD_LINE_CODES, TRIP_LINE_CODES
from tests.oracle.generator import BundleMaker
from tests.oracle.money_oracle import Refused, rate

EXAMPLES = 20_000 if os.environ.get("MIS_HYPOTHESIS") == "nightly" else 1_000
ORACLE = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    derandomize=EXAMPLES == 1_000,
    database=None,
)


def engine_answer(bundle: dict[str, Any]) -> dict[str, Any] | str:
    try:
        return rate_bundle(bundle)
    except BadInputError as error:
        return error.code


def oracle_answer(bundle: dict[str, Any]) -> dict[str, Any] | str:
    try:
        return rate(bundle)
    except Refused as refused:
        return str(refused)


@ORACLE
@given(st.integers(0, 2**48))
def test_every_bundle_is_rated_as_the_oracle_rates_it(seed: int) -> None:
    bundle = BundleMaker(seed).make()
    assert engine_answer(bundle) == oracle_answer(bundle), f"seed {seed}"


def test_the_bundles_reach_every_line_code_and_most_are_rated() -> None:
    codes: set[str] = set()
    rated = 0
    for seed in range(400):
        answer = engine_answer(BundleMaker(seed).make())
        if isinstance(answer, dict):
            rated += 1
            codes |= set(answer["period_lines"]) | {code for trip in answer["trips"] for code in trip["lines"]}
    assert rated > 350
    assert not {*TRIP_LINE_CODES, *PERIOD_LINE_CODES} - codes
