"""From nothing to a contract in force by commands alone, with JSON out and the exit statuses of DESIGN.md section 8."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from billing.store.profiles import Profile
from moveinsync_desktop.cli import main
from tests.integration.parties.test_parties import gstin_of, new_pan
from tests.support.people import ADMIN, PASSWORD, Pair, People

Run = Callable[..., Any]


@pytest.fixture
def run(workspace: Profile, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command as the SUPER_ADMIN; gives the JSON it printed. `status` is the exit status that is expected."""
    monkeypatch.setenv("MOVEINSYNC_HOME", str(workspace.home))
    monkeypatch.setenv("MOVEINSYNC_USER", ADMIN)
    monkeypatch.setenv("MOVEINSYNC_PASSWORD", PASSWORD)

    def call(*words: str, status: int = 0) -> Any:
        assert main([*words, "--json"]) == status
        return json.loads(capsys.readouterr().out)

    return call


def test_client_vendor_and_contract_by_commands(run: Run, tmp_path: Path) -> None:
    code, pan = f"C{uuid4().hex[:8]}", new_pan()
    client = run("client", "add", "--code", code, "--name", "Command Works", "--gstin", gstin_of(pan), "--city", "Pune")
    assert client["code"] == code
    (site,) = run("client", "sites", "--client", code)
    assert (site["code"], site["state_code"], site["is_default"]) == ("MAIN", "29", True)
    run("client", "add-site", "--client", code, "--code", "NORTH", "--name", "North", "--state", "27")
    vendor = run("vendor", "add", "--client", code, "--code", "V1", "--name", "Command Cabs", "--alias", "CC")
    assert vendor["aliases"] == ["CC"]
    run("vendor", "add-branch", "--client", code, "--vendor", "V1", "--code", "PUN", "--name", "Pune")
    (listed,) = run("vendor", "list", "--client", code)
    assert {branch["code"] for branch in listed["branches"]} == {"MAIN", "PUN"}
    rules = tmp_path / "rules.json"
    rules.write_text('{"base_amount": 120, "cost_per_km": "16.50"}', encoding="utf-8")
    words = ("--client", code, "--rules", str(rules))
    made = run("contract", "add", *words, "--vendor", "cc", "--name", "K", "--model", "PER_TRIP", "--from",
               "2026-04-01", "--site", "north", "--branch", "PUN")  # fmt: skip
    assert (made["state"], made["site"], made["branch"]) == ("ACTIVE", "NORTH", "PUN")
    assert made["versions"][0]["rules"] == {"base_fare": "120", "per_km_rate": "16.50"}
    assert made["versions"][0]["valid_from"] == "2026-04-01T00:00:00+05:30"
    renewed = run("contract", "renew", "k", *words, "--from", "2026-09-16")
    assert [version["valid_until"] for version in renewed["versions"]] == ["2026-09-16T00:00:00+05:30", None]
    ended = run("contract", "end", made["id"], "--client", client["id"], "--on", "2027-04-01")
    assert ended["versions"][1]["valid_until"] == "2027-04-01T00:00:00+05:30"
    assert [one["name"] for one in run("contract", "list", "--client", code, "--vendor", "Command Cabs")] == ["K"]


def test_draft_is_activated_corrected_and_renewed_with_an_escalation(run: Run, pair: Pair, tmp_path: Path) -> None:
    rules = tmp_path / "rules.json"
    rules.write_text('{"base_fare": "100", "per_km_rate": "16"}', encoding="utf-8")
    words = ("K", "--client", pair.client.code)
    run("contract", "add", "--client", pair.client.code, "--vendor", pair.link.code, "--name", "K", "--model",
        "PER_TRIP", "--rules", str(rules), "--from", "2026-04-01", "--draft")  # fmt: skip
    active = run("contract", "activate", *words, "--from", "2026-05-01")
    assert (active["state"], active["valid_from"]) == ("ACTIVE", "2026-05-01T00:00:00+05:30")
    rules.write_text('{"base_fare": "110", "per_km_rate": "16"}', encoding="utf-8")
    corrected = run("contract", "correct", *words, "--rules", str(rules), "--reason", "Typing slip")
    assert [version["rules"]["base_fare"] for version in corrected["versions"]] == ["110"]
    renewed = run("contract", "renew", *words, "--from", "2027-04-01", "--escalation", "10")
    assert Decimal(renewed["versions"][1]["rules"]["base_fare"]) == 121
    assert run("contract", "renew", *words, "--from", "2027-06-01", status=2)["error"]["code"] == "BAD_INPUT"
    assert run("contract", "activate", *words, "--from", "2028-04-01", status=1)["error"]["code"] == "NOT_A_DRAFT"
    assert run("contract", "propose", "--client", pair.client.code) == []


def test_employee_is_added_and_listed(run: Run, pair: Pair) -> None:
    added = run("employee", "add", "--client", pair.client.code, "--code", "E1", "--name", "Anita", "--site", "MAIN")
    assert (added["code"], added["site"]) == ("E1", "MAIN")
    assert run("employee", "list", "--client", str(pair.client_id)) == [added]


@pytest.mark.parametrize(
    ("words", "status", "code"),
    [
        (("client", "add", "--code", "X", "--name", "X", "--pin", "1"), 2, "BAD_INPUT"),
        (("vendor", "list", "--client", "nobody"), 1, "UNKNOWN_CLIENT"),
        (("contract", "list"), 0, None),
        (("contract", "show", "nothing", "--client", "{client}"), 1, "UNKNOWN_CONTRACT"),
        (("contract", "add", "--client", "{client}", "--vendor", "{vendor}", "--name", "K", "--model", "PER_TRIP",
          "--rules", "{missing}", "--from", "2026-04-01"), 2, "BAD_INPUT"),
    ],
)  # fmt: skip
def test_refusals_have_their_exit_status(
    run: Run, pair: Pair, tmp_path: Path, words: tuple[str, ...], status: int, code: str | None
) -> None:
    names = {"client": pair.client.code, "vendor": pair.link.code, "missing": str(tmp_path / "none.json")}
    answer = run(*(word.format(**names) for word in words), status=status)
    assert code is None or answer["error"]["code"] == code


def test_viewer_may_list_and_not_add(
    run: Run, people: People, pair: Pair, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    viewer = people.sign_in("VIEWER", pair)
    monkeypatch.setenv("MOVEINSYNC_USER", viewer.email)
    assert [one["code"] for one in run("client", "list")] == [pair.client.code]
    answer = run("employee", "add", "--code", "E1", status=3)
    assert answer["error"]["code"] == "NOT_ALLOWED"


def test_table_for_people_is_aligned(run: Run, pair: Pair, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["vendor", "list", "--client", pair.client.code]) == 0
    head, line = capsys.readouterr().out.splitlines()
    assert head.index("NAME") == line.index(pair.vendor.name)


def test_tax_data_by_commands(run: Run, tmp_path: Path) -> None:
    """What documents need, edited field by field; each wrong value names its option or field."""
    from tests.integration.billing.test_papers import PNG

    code = f"C{uuid4().hex[:8]}"
    run("client", "add", "--code", code, "--name", "Tax Works", "--gstin", gstin_of(new_pan()), "--city", "Bengaluru")
    run("vendor", "add", "--client", code, "--code", "V1", "--name", "Tax Cabs")
    site = run(
        "client",
        "edit-site",
        "--client",
        code,
        "--site",
        "main",
        "--sez",
        "yes",
        "--lut",
        "AD29",
        "--lut-until",
        "2027-03-31",
        "--portal-status",
        "ACTIVE",
        "--looked-up",
        "2026-11-20",
    )
    assert (site["is_sez"], site["lut_no"], site["lut_until"], site["gstin_status"]) == (
        True,
        "AD29",
        "2027-03-31",
        "ACTIVE",
    )
    assert run("client", "edit-site", "--client", code, "--site", "main", "--lut-until", "", status=2)["error"]
    assert (
        run("client", "edit-site", "--client", code, "--site", "main", status=2)["error"]["code"] == "NOTHING_TO_CHANGE"
    )
    vendor = run(
        "vendor", "edit", "--client", code, "--vendor", "V1", "--turnover", "12,00,00,000", "--tds", "INDIVIDUAL"
    )
    assert (vendor["turnover"], vendor["tds_status"]) == ("120000000.00", "INDIVIDUAL")
    words = ("--client", code, "--vendor", "V1")
    branch = run("vendor", "edit-branch", *words, "--einvoice", "yes", "--bank", "Canara 4471")
    assert (branch["einvoice_liable"], branch["bank"]) == (True, "Canara 4471")
    assert run("vendor", "edit-branch", *words, "--einvoice", "perhaps", status=2)["error"]["where"] == "--einvoice"
    logo = tmp_path / "logo.png"
    logo.write_bytes(PNG)
    assert run("vendor", "letterhead", *words, "--logo", str(logo), "--headline", "24 hours")["code"] == "MAIN"
    rules = tmp_path / "rules.json"
    rules.write_text('{"base_amount": 120}', encoding="utf-8")
    run("contract", "add", *words, "--name", "K", "--model", "PER_TRIP", "--from", "2026-04-01", "--rules", str(rules))
    made = run(
        "contract",
        "edit",
        "K",
        "--client",
        code,
        "--po",
        "PO 7",
        "--itc",
        "FULL",
        "--seats",
        "26",
        "--obliged-by-law",
        "yes",
        "--fuel-included",
        "no",
    )
    assert (made["po_number"], made["itc_option"], made["seating_capacity"]) == ("PO 7", "FULL", 26)
    assert (made["statutory_obligation"], made["fuel_included"]) == (True, False)
    kinds = {one["status"] for one in run("tax-rate", "list", "--kind", "tds")}
    assert kinds == {"INDIVIDUAL", "OTHER", "NO_PAN"}
    added = run(
        "tax-rate", "add-gst", "--sac", "996419", "--percent", "5", "--from", "2050-04-01", "--source", "N 1/2050"
    )
    ended = run("tax-rate", "end", added[0]["id"], "--until", "2051-04-01")
    assert ended[0]["valid_until"] == "2051-04-01"


def test_a_vendor_comes_with_everything_that_its_documents_need(run: Run) -> None:
    """Turnover, authority and its dates, TDS status, e-invoice duty, whole rupees; the client's kind, SEZ and LUT."""
    code, pan = f"C{uuid4().hex[:8]}", new_pan()
    client = run("client", "add", "--code", code, "--name", "Whole Works", "--company", "no", "--sez", "--gstin",
                 gstin_of(new_pan()), "--lut", "AD29", "--lut-until", "2027-03-31")  # fmt: skip
    assert client["is_body_corporate"] is False
    (site,) = run("client", "sites", "--client", code)
    assert (site["is_sez"], site["lut_no"], site["lut_until"]) == (True, "AD29", "2027-03-31")
    assert run("client", "edit", code, "--company", "yes")["is_body_corporate"] is True
    made = run(
        "vendor", "add", "--client", code, "--code", "V1", "--name", "Whole Cabs", "--pan", pan, "--turnover",
        "6,00,00,000", "--tds", "INDIVIDUAL", "--body-corporate", "--einvoice", "yes", "--whole-rupees", "yes",
        "--bank", "Canara 4471", "--authority", "Letter 7", "--authority-from", "2026-04-01",
        "--authority-until", "2027-03-31",
    )  # fmt: skip
    assert (made["turnover"], made["tds_status"], made["is_body_corporate"]) == ("60000000.00", "INDIVIDUAL", True)
    assert made["authority"] == {"ref": "Letter 7", "from": "2026-04-01", "until": "2027-03-31"}
    (branch,) = made["branches"]
    assert (branch["einvoice_liable"], branch["round_tax_to_rupee"], branch["bank"]) == (True, True, "Canara 4471")
    words = ("--client", code, "--vendor", "V1")
    edited = run("vendor", "edit-link", *words, "--authority", "", "--billing-mode", "STATEMENT")
    assert (edited["authority"]["ref"], edited["billing_mode"]) == (None, "STATEMENT")
    assert run("vendor", "edit-link", *words, "--billing-mode", "MINE", status=2)["error"]["where"] == "billing_mode"
    swapped = run("vendor", "edit-link", *words, "--authority-until", "2020-01-01", status=2)
    assert swapped["error"]["where"] == "authority_until"
    told = run("vendor", "edit", *words, "--pan", "AAPF10939F", status=2)["error"]
    assert "begins with five letters" in told["message"]
