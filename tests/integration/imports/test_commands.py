"""`moveinsync trips ...` and `moveinsync gstin` as a user types them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from billing.errors import NotSignedInError
from billing.services.trips import import_file
from billing.store.session import Session
from moveinsync_desktop.cli import main
from tests.support.lent import lend
from tests.support.people import Pair, People
from tests.support.sheets import row, shared_file, write_csv, write_xlsx


@pytest.fixture
def typed(monkeypatch: pytest.MonkeyPatch, client_admin: Session, capsys: pytest.CaptureFixture[str]) -> Any:
    """Run a command as the client's admin; gives exit status, standard output and standard error."""

    lend(monkeypatch, client_admin)

    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main(list(words))
        out, err = capsys.readouterr()
        return status, out, err

    return run


def test_check_needs_no_workspace(typed: Any, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", [row(1), row(2, km="-3")])
    status, out, err = typed("trips", "check", str(path), "--json", "--rejects", str(tmp_path / "back.xlsx"))
    found = json.loads(out)
    assert (status, found["totals"]["accepted"], found["checked_against"]) == (1, 1, None)
    assert "1 rows" in err
    assert (tmp_path / "back.xlsx").exists()
    assert typed("trips", "check", str(write_csv(tmp_path / "ok.csv", [row(1)])))[0] == 0


def test_a_file_refused_as_a_whole_is_one_object(typed: Any, tmp_path: Path) -> None:
    (tmp_path / "t.xlsx").write_bytes(b"%PDF-1.7")
    good = write_xlsx(tmp_path / "good.xlsx", [row(1)])
    status, out, _err = typed("trips", "check", str(tmp_path / "t.xlsx"), str(good), "--json")
    first, second = map(json.loads, out.splitlines())
    assert status == 1
    assert first["error"].keys() == {"code", "message", "where"}
    assert second["totals"]["accepted"] == 1


def test_a_user_has_files_checked_against_the_workspace(typed: Any, pair: Pair, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", [row(1, client=pair.client.code, vendor=pair.link.code), row(2)])
    status, out, _err = typed("--as", "somebody@example.com", "trips", "check", str(path), "--json")
    found = json.loads(out)
    assert (status, found["totals"]["accepted"]) == (1, 1)
    assert [item["code"] for item in found["rejected"]] == ["UNKNOWN_CLIENT"]
    assert found["checked_against"]
    assert typed("--as", "somebody@example.com", "trips", "check", str(path), "--lenient")[0] == 0


def test_a_user_named_by_the_environment_alone_may_be_missing(
    typed: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_args: object) -> None:
        raise NotSignedInError("NOT_SIGNED_IN", "There is no workspace.")

    monkeypatch.setattr("billing.services.workspace.session_from_args", refuse)
    monkeypatch.setenv("MOVEINSYNC_USER", "somebody@example.com")
    path = write_csv(tmp_path / "t.csv", [row(1)])
    assert typed("trips", "check", str(path))[0] == 0
    assert typed("--as", "somebody@example.com", "trips", "check", str(path))[0] == 3


def test_options_are_checked(typed: Any, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "t.csv", [row(1)])
    assert typed("trips", "check", str(path), "--column", "nonsense")[0] == 2
    assert typed("trips", "check", str(path), "--column", "nothing=Total KMs")[0] == 2
    assert typed("trips", "check", str(path), "--timezone", "Mars/Olympus")[0] == 2
    assert typed("trips", "check", str(path), "--mapping", "Log")[0] == 2


def test_import_hold_undo(typed: Any, pair: Pair, tmp_path: Path) -> None:
    rows = [row(number, client=pair.client.code, vendor=pair.link.code) for number in (1, 2)]
    path = write_csv(tmp_path / "t.csv", rows)
    status, out, _err = typed("trips", "import", str(path), "--preview", "--json")
    assert (status, json.loads(out)["written"]) == (0, False)
    status, out, _err = typed("trips", "import", str(path), "--json")
    found = json.loads(out)
    assert (status, found["written"], found["batches"][0]["trips"]) == (0, True, 2)
    batch = found["batches"][0]["batch_id"]
    status, out, _err = typed("trips", "hold", "A1", "--reason", "odd km", "--json")
    assert (status, json.loads(out)) == (0, {"action": "HOLD", "changed": 1, "unchanged": 0})
    assert typed("trips", "release", "--batch", batch)[1] == "release: 1 trip changed, 1 were so already\n"
    assert typed("trips", "hold", "A1")[0] == 2
    assert typed("trips", "assign")[0] == 0
    assert json.loads(typed("trips", "imports", "--json")[1])[0]["batch_id"] == batch
    assert typed("trips", "bill", "A1")[0] == 1
    assert json.loads(typed("trips", "undo", batch, "--json")[1]) == {"undone": [batch], "trips": 2}


def test_a_strict_import_with_rejected_rows_fails(typed: Any, pair: Pair, tmp_path: Path) -> None:
    rows = [row(1, client=pair.client.code, vendor=pair.link.code), row(2)]
    path = write_csv(tmp_path / "t.csv", rows)
    status, out, _err = typed("trips", "import", str(path))
    assert status == 1
    assert "nothing was stored" in out
    status, out, _err = typed("trips", "import", str(path), "--lenient", "--save-mapping", "Log")
    assert (status, "1 trip stored" in out) == (0, True)


def test_gstin(typed: Any) -> None:
    status, out, _err = typed("gstin", "27AAPFU0939F1ZV", "27AAPFU0939F1ZW", "--json")
    assert status == 1
    assert [(item["value"], item["valid"], item["code"]) for item in json.loads(out)] == [
        ("27AAPFU0939F1ZV", True, None),
        ("27AAPFU0939F1ZW", False, "CHECK"),
    ]


def test_real_trips_are_checked(typed: Any) -> None:
    status, out, _err = typed("trips", "check", str(shared_file("india_client_vendor_trips.xlsx")), "--json")
    assert (status, json.loads(out)["totals"]["distance_m"]) == (1, 1_440_772_620)


def test_a_trip_is_added_corrected_and_cancelled(typed: Any, pair: Pair) -> None:
    fields = ["trip_id=H1", "start=02-10-2026 09:00", "end=02-10-2026 09:40", "distance=12.4"]
    assert typed("trips", "add", *fields, "--vendor", pair.link.code)[0] == 0
    status, out, _err = typed("trips", "correct", "H1", "distance=21", "--reason", "odometer", "--json")
    told = json.loads(out)
    assert (status, told["changed"], told["distance_m"], told["superseded"]) == (0, ["distance_m"], 21_000, False)
    assert typed("trips", "correct", "H1", "distance", "--reason", "x")[0] == 2
    assert typed("trips", "correct", "H1", "distance=-2", "--reason", "x")[0] == 2
    assert "so already" in typed("trips", "correct", "H1", "distance=21.0", "--reason", "x")[1]
    assert typed("trips", "cancel", "H1", "--reason", "never driven")[0] == 0


def test_trips_of_a_closed_month_are_said_to_be_late(
    typed: Any, pair: Pair, client_admin: Session, tmp_path: Path
) -> None:
    from datetime import date

    from billing.services.periods import close_month

    close_month(client_admin, month=date(2026, 10, 1))
    path = write_csv(tmp_path / "late.csv", [row(1, client=pair.client.code, vendor=pair.link.code)])
    status, out, _ = typed("trips", "import", str(path), "--json")
    assert status == 0
    assert json.loads(out)["batches"][0]["late"] == {"2026-10": 1}


def test_several_files_are_imports_of_their_own(typed: Any, pair: Pair, tmp_path: Path) -> None:
    whose = {"client": pair.client.code, "vendor": pair.link.code}
    files = [
        write_csv(tmp_path / f"{name}.csv", [row(number, **whose) for number in numbers])
        for name, numbers in (("first", (1, 2)), ("second", (2, 3)), ("third", (4,)))
    ]
    (tmp_path / "no sheet.csv").write_bytes(b"%PDF-1.7")
    status, out, _err = typed("trips", "import", *map(str, [*files[:2], tmp_path / "no sheet.csv", files[2]]), "--json")
    found = [json.loads(line) for line in out.splitlines()]
    assert status == 1
    assert [one["totals"]["accepted"] if "totals" in one else one["error"]["code"] for one in found] == [
        2, 1, "NOT_A_SHEET", 1,
    ]  # fmt: skip
    assert [one["written"] for one in found if "totals" in one] == [True] * 3
    assert len({one["file_id"] for one in found if "totals" in one}) == 3


def test_the_inbox_is_listed_for_people(typed: Any, people: People, pair: Pair, tmp_path: Path) -> None:
    """The import of a sheet has an id, a trip that was typed has none."""
    path = write_csv(tmp_path / "week.csv", [row(1, client=pair.client.code, vendor=pair.link.code)])
    import_file(people.sign_in("VENDOR_ADMIN", pair), path)
    status, out, _err = typed("trips", "inbox")
    assert (status, "week.csv" in out) == (0, True)
