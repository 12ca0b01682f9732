"""Long months are rated in parts that fit the cache; no figure may depend on where they are cut."""

from __future__ import annotations

import pytest

from billing.errors import BadInputError
from billing.rating import rate_bundle
from billing.strategies import base, exact
from tests.oracle.generator import BundleMaker


@pytest.mark.parametrize("rows", [1, 3])
def test_rating_in_parts_changes_nothing(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(8000, 8060):
        given = BundleMaker(seed, trips=25).make()
        with monkeypatch.context() as whole:
            try:
                expected = rate_bundle(given)
            except BadInputError as error:
                expected = {"error": error.as_dict()}
            whole.setattr(exact, "CHUNK_ROWS", rows)
            whole.setattr(base, "CHUNK_ROWS", rows)
            try:
                found = rate_bundle(given)
            except BadInputError as error:
                found = {"error": error.as_dict()}
        assert found == expected, f"seed {seed}"
