"""Each subject of `moveinsync bench` runs on a tiny size and prints what it measured; no figure is judged here."""

from __future__ import annotations

import json
from typing import Any

import pytest

from moveinsync_desktop.cli import main
from moveinsync_desktop.commands import bench, bench_all
from moveinsync_desktop.commands.bench_bars import Bar


def measured(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, Any]:
    status = main(["bench", *words, "--json"])
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert status == (0 if all(bar["reached"] for bar in found["bars"]) else 1)
    assert all(bar["subject"] == words[0] for bar in found["bars"])
    return found


def test_close_writes_what_the_statements_write(capsys: pytest.CaptureFixture[str]) -> None:
    found = measured(capsys, "close", "--trips", "3000", "--repeat", "2")
    assert min(found[name] for name in ("seconds", "rival_seconds", "guarded_seconds")) > 0
    assert len(found["bars"]) == 2


def test_import_stores_a_sheet_and_a_csv_file(capsys: pytest.CaptureFixture[str]) -> None:
    found = measured(capsys, "import", "--rows", "300", "--csv-rows", "500", "--repeat", "1")
    assert found["import_seconds"] > found["read_seconds"] > 0
    assert found["csv_seconds"] > 0
    assert found["peak_mb"] > 0


def test_export_writes_the_same_rows_as_the_writers(capsys: pytest.CaptureFixture[str]) -> None:
    found = measured(capsys, "export", "--trips", "300", "--long", "400", "--repeat", "1")
    assert "openpyxl" in found["writers"]
    assert found["long_seconds"] > 0


def test_pages_are_read_at_every_depth(capsys: pytest.CaptureFixture[str]) -> None:
    found = measured(capsys, "pages", "--rows", "3000", "--repeat", "2")
    assert list(found["page_ms"]) == ["first", "tenth", "middle", "nine tenths", "last"]


def test_row_level_security_is_measured_for_many_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    found = measured(capsys, "rls", "--trips", "2000", "--repeat", "1", "--users", "1,3")
    assert [crowd["users"] for crowd in found["crowds"]] == [3]


def test_all_bars_are_one_table(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    asked: list[tuple[str, list[str]]] = []

    def one(name: str, options: list[str]) -> list[Bar]:
        asked.append((name, options))
        return [Bar(name, f"what {name} is", "", "", "", 1.0, 2.0)]

    monkeypatch.setattr(bench_all, "measure_subject", one)
    assert main(["bench", "--share", "0.01"]) == 0
    shown = capsys.readouterr().out
    assert [name for name, _ in asked] == list(bench.SUBJECTS)
    assert dict(asked)["close"] == ["--trips=10000"]
    assert dict(asked)["rating"] == ["--trips=10000", "--sample=200", "--sizes=100,1000,50000"]
    assert f"{len(asked)} of {len(asked)} reached" in shown


def test_a_subject_runs_in_a_process_of_its_own() -> None:
    (bar,) = bench_all.measure_subject("whatif", ["--trips=200", "--repeat=1"])
    assert bar.what == "what-if of 200 trips"
