"""`moveinsync invoice approve|credit|debit|settle`, `month` and `opening` as a user types them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from billing.exchange.opening_sheet import HEADER
from billing.store.session import Session
from moveinsync_desktop.cli import main
from tests.integration.billing.conftest import HYBRID, Month
from tests.integration.billing.test_invoices import draft
from tests.integration.billing.test_notes import issued
from tests.integration.billing.test_openings import sheet
from tests.support.lent import lend


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, client_admin: Session, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command as the client's admin; gives exit status, the JSON that it printed or its text."""

    lend(monkeypatch, client_admin)

    def run(*words: str) -> tuple[int, Any]:
        capsys.readouterr()
        status = main(list(words))
        out = capsys.readouterr().out
        return status, json.loads(out) if "--json" in words else out

    return run


def test_a_credit_is_previewed_drafted_and_issued(october: Month, typed: Any) -> None:
    number = issued(october)
    status, seen = typed("invoice", "credit", number, "--line", "1=1,000.00", "--preview", "--json")
    assert (status, seen["doc_type"], seen["total"], seen["credit_until"]) == (
        0,
        "CREDIT_NOTE",
        "1180.00",
        "2027-11-30",
    )
    assert seen["lines"][0]["before"] == "30000.00"
    assert typed("invoice", "credit", number, "--line", "1=1000", "--json")[0] != 0, "no reason was given"
    words = ("invoice", "credit", number, "--line", "1=1000", "--reason", "late cabs", "--issue", "--json")
    status, made = typed(*words)
    assert (status, made["status"]) == (0, "ISSUED")
    status, text = typed("invoice", "debit", number, "--line", "1=10", "--reason", "x")
    assert "Debit note" in text
    status, rows = typed("invoice", "list", "--json")
    found = {row["number"]: row for row in rows}
    assert (found[made["number"]]["owed"], found[number]["notes_total"]) == ("-1180.00", "-1180.00")
    assert typed("invoice", "verify", made["number"], "--json")[1]["same"] is True
    for wrong in ("1", "x=5", "1=abc"):
        assert typed("invoice", "credit", number, "--line", wrong, "--preview")[0] == 2
    assert typed("invoice", "credit", number, "--line", "1=50000", "--preview")[0] == 1


def test_settling_prints_why(october: Month, typed: Any) -> None:
    number = issued(october)
    assert typed("invoice", "settle", "--json")[1] == {"settlements": []}
    october.add(october.trip(1, "80"))
    status, seen = typed("invoice", "settle", "--preview", "--json")
    (one,) = seen["settlements"]
    assert (status, one["original"], one["state"], one["note"]["total"]) == (0, number, "preview", "2360.00")
    assert one["counts"] == {"late": 1, "shifted": 2}
    assert [trip["why"] for trip in one["trips"]] == ["late", "shifted", "shifted"]
    status, late = typed("month", "late", "--month", "2026-10", "--json")
    assert [row["trip_id"] for row in late] == ["T00004"]
    status, text = typed("invoice", "settle", "--month", "2026-10", "--issue")
    assert status == 0
    assert "drafted" in text
    assert typed("invoice", "settle", "--json")[1] == {"settlements": []}


def test_a_month_is_closed_and_listed(october: Month, typed: Any) -> None:
    invoice = draft(october)
    assert typed("month", "close", "--month", "2026-10")[0] == 1
    assert typed("invoice", "approve", invoice, "--json")[1][0]["state"] == "approved"
    assert "draft again" in typed("invoice", "send-back", invoice, "--reason", "look again")[1]
    assert typed("invoice", "issue", invoice)[0] == 0
    assert typed("month", "close", "--month", "2026-10", "--json")[1]["state"] == "closed"
    assert typed("month", "list", "--json")[1][0]["month"] == "2026-10"
    assert typed("month", "reopen", "--month", "2026-10", "--reason", "x")[0] == 3
    assert typed("month", "controls", "--json")[1]["approval"] is False
    assert typed("month", "controls", "--set", "approval=on")[0] == 3
    assert typed("month", "controls", "--set", "approval=maybe")[0] == 2
    assert typed("month", "terms", "--json")[1] == {
        "due_days": 30, "bill_tolerance": "1.00", "bill_window": 30, "tds_rounding": "NEAREST_RUPEE",
    }  # fmt: skip
    status, terms = typed("month", "terms", "--set", "due_days=45", "--set", "bill_tolerance=2.50", "--json")
    assert (status, terms["due_days"], terms["bill_tolerance"]) == (0, 45, "2.50")
    for wrong in ("due_days=-1", "due_days=366", "due_days", "bill_tolerance=much", "tds_rounding=DOWN", "other=1"):
        assert typed("month", "terms", "--set", wrong)[0] == 2


def test_opening_values_come_by_sheet(october: Month, typed: Any, tmp_path: Path) -> None:
    assert typed("opening", "template", str(tmp_path / "t.xlsx"), "--json")[1]["files"]
    usage = ("Usage", october.pair.link.code, "Night shift", "2026-10", 40, 0)
    path = sheet(tmp_path / "o.xlsx", usage)
    assert len(HEADER) == 16
    assert typed("opening", "import", str(path), "--json")[1]["usage"] == 1
    (row,) = typed("opening", "list", "--json")[1]
    assert (row["what"], row["km"]) == ("Usage", "40")
    assert typed("opening", "remove", row["id"], "--reason", "wrong month")[0] == 0
    assert typed("opening", "list", "--json")[1] == []


def test_a_withdrawn_trip_and_rules_from_a_past_day_are_settled(october: Month, typed: Any, tmp_path: Path) -> None:
    number = issued(october)
    status, out = typed("trips", "withdraw", "T00003", "--reason", "never ran", "--json")
    assert (status, out["state"]) == (0, "withdrawn")
    assert typed("trips", "withdraw", "T00003", "--reason", "again")[0] == 1
    rules = tmp_path / "rules.json"
    rules.write_text(json.dumps({**HYBRID, "per_km_rate_after_limit": "30"}), encoding="utf-8")
    words = ("contract", "correct", october.view.contract.name, "--rules", str(rules), "--reason", "agreed late")
    status, _ = typed(*words, "--from", "2026-10-10", "--json")
    assert status == 0
    (one,) = typed("invoice", "settle", number, "--json")[1]["settlements"]
    assert (one["state"], one["versions"]) == ("drafted", [1, 2])
    assert "withdrawn" in one["counts"]
