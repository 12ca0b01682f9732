"""`moveinsync bench rating` measures the same work twice; here on few trips, whatever the ratio."""

from __future__ import annotations

import json

import pytest

from moveinsync_desktop.cli import main
from moveinsync_desktop.commands.bench_bars import Bar, table
from moveinsync_desktop.commands.bench_engines import duckdb_engine, polars_engine
from moveinsync_desktop.commands.bench_rating import bars, make_trips, measure


def test_the_loop_and_the_engine_do_the_same_work() -> None:
    found = measure(3_000, sample=3_000, repeat=1, sizes=())
    rivals = sum(engine(make_trips(1)) is not None for engine in (duckdb_engine, polars_engine))
    assert [row["trips"] for row in found["rows"]] == [3_000] * (3 + rivals)
    assert found["rows"][0]["ratio"] > 0
    assert len(bars(found)) == 1 + rivals


def test_bench_prints_its_figures(capsys: pytest.CaptureFixture[str]) -> None:
    main(["bench", "rating", "--trips", "2000", "--sample", "500", "--repeat", "1", "--sizes", "100,4000", "--json"])
    found = json.loads(capsys.readouterr().out)
    assert found["sample"] == 500
    assert found["bars"][-1]["what"] == "growth to 4,000 trips"
    main(["bench", "rating", "--trips", "2000", "--sample", "500", "--repeat", "1", "--sizes", ""])
    shown = capsys.readouterr().out
    assert "agrees with the engine on all 500 trips" in shown
    assert "a loop of Decimals" in shown


def test_a_what_if_prints_its_bar(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", "whatif", "--trips", "500", "--repeat", "1"]) == 0
    assert "what-if of 500 trips" in capsys.readouterr().out


def test_a_bar_says_whether_it_is_reached() -> None:
    most = Bar("close", "a", "b", "1 s", "1 s", 1.21, 1.2)
    least = Bar("rating", "c", "d", "", "", 20.0, 20, at_least=True)
    assert (most.reached, least.reached) == (False, True)
    lines = table([most, least])
    assert lines[1].endswith("MISSED")
    assert lines[2].endswith("reached")
    assert "at least 20.00 x" in lines[2]
