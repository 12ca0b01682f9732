"""`moveinsync rate`: what it prints and how it ends."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from typing import Any

import pytest

from moveinsync_desktop.cli import main
from tests.unit.rating.bundles import bundle, trip

BUNDLE = bundle("PER_TRIP", {"per_km_rate": 18.50}, [trip("a", "03T09:00", km="25.5")])


def test_rate_prints_the_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = tmp_path / "bundle.json"
    source.write_text(json.dumps(BUNDLE))
    assert main(["rate", str(source)]) == 0
    assert json.loads(capsys.readouterr().out)["total"] == "556.67"
    assert main(["rate", str(source), "--explain"]) == 0
    assert json.loads(capsys.readouterr().out)["trips"][0]["explain"]["DISTANCE"][0]["rate"] == "18.5"


def test_rate_reads_standard_input(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    _give(monkeypatch, json.dumps(BUNDLE))
    assert main(["rate", "-"]) == 0
    assert json.loads(capsys.readouterr().out)["tax"] == "84.92"


@pytest.mark.parametrize(
    ("text", "code"),
    [("", "BAD_INPUT"), ("[]", "BAD_INPUT"), ('{"versions": [], "trips": []}', "BAD_INPUT")],
)
def test_an_error_is_one_object_and_exit_2(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], text: str, code: str
) -> None:
    _give(monkeypatch, text)
    assert main(["rate", "-"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error.keys() == {"code", "message", "where"}
    assert error["code"] == code


def test_a_missing_file_is_an_error_object(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rate", "no/such/bundle.json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["code"] == "BAD_INPUT"


def test_lines_answers_every_line_and_ends_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    _give(monkeypatch, "\n".join([json.dumps(BUNDLE), "nonsense", json.dumps(BUNDLE)]) + "\n")
    assert main(["rate", "--lines", "-"]) == 0
    answers: list[dict[str, Any]] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [answer.get("total") for answer in answers] == ["556.67", None, "556.67"]
    assert answers[1]["error"]["code"] == "BAD_INPUT"


def test_a_json_number_is_read_by_its_text(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    text = json.dumps(BUNDLE).replace("18.5", "0.1")
    for number, expected in (("0.1000000000000000055", None), ("1e1", None), ("18.500000", "471.75")):
        _give(monkeypatch, text.replace("0.1", number))
        status = main(["rate", "-"])
        answer = json.loads(capsys.readouterr().out)
        if expected is None:
            assert (status, answer["error"]["where"]) == (2, "versions[0].rules_config.per_km_rate")
        else:
            assert (status, answer["taxable_subtotal"]) == (0, expected)


def _give(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
