"""`moveinsync bench rating` measures the same work twice; here on few trips, whatever the ratio."""

from __future__ import annotations

import json

import pytest

from moveinsync_desktop.cli import main
from moveinsync_desktop.commands.bench_rating import measure


def test_the_loop_and_the_engine_do_the_same_work() -> None:
    found = measure(3_000, sample=3_000, repeat=1, sizes=())
    assert [row["trips"] for row in found["rows"]] == [3_000] * 3
    assert found["rows"][0]["ratio"] > 0


def test_bench_prints_its_figures(capsys: pytest.CaptureFixture[str]) -> None:
    main(["bench", "rating", "--trips", "2000", "--sample", "500", "--repeat", "1", "--sizes", "100", "--json"])
    assert json.loads(capsys.readouterr().out)["sample"] == 500
    main(["bench", "rating", "--trips", "2000", "--sample", "500", "--repeat", "1", "--sizes", ""])
    assert "agrees with the engine on all 500 trips" in capsys.readouterr().out
