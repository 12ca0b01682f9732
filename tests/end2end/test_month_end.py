"""From a real trip sheet to an invoice workbook by the command line, checked by code that shares nothing with it."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook

from billing.store.profiles import Profile
from tests.end2end.real_trips import busiest_month, largest_pair, oracle_answer, read_real_trips
from tests.support.folders import short_folder
from tests.support.people import ADMIN, PASSWORD
from tests.support.pg import FAST
from tests.support.sheets import shared_file

RULES = {
    "base_monthly_fee": "125000",
    "free_km_included": "4000",
    "per_km_rate_after_limit": "18.35",
    "night_shift_surcharge": "150",
    "tax_percentage": "18",
}


@dataclass(frozen=True, slots=True)
class Program:
    """The `moveinsync` command in a workspace of its own."""

    home: Path
    folder: Path

    def run(self, *words: str, status: int = 0) -> Any:
        """Run a command with --json; its answer."""
        env = {
            **os.environ,
            "MOVEINSYNC_HOME": str(self.home),
            "MOVEINSYNC_USER": ADMIN,
            "MOVEINSYNC_PASSWORD": PASSWORD,
        }
        done = subprocess.run(
            [sys.executable, "-m", "moveinsync_desktop", *words, "--json"],
            env=env,
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=240,
            check=False,
        )
        assert done.returncode == status, f"{words}: {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        return json.loads(done.stdout)


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """A fresh workspace whose server stays up between the commands."""
    from billing.services.workspace import create_workspace, release_server

    with short_folder() as folder:
        made: Profile = create_workspace(folder, ADMIN, PASSWORD, name="End to end", server_settings=FAST)
        assert made.home is not None
        yield Program(folder, tmp_path)
        release_server(folder)


def column(sheet: Any, heading: str) -> list[Any]:
    """A column of the annexure under its heading."""
    header = next(row for row in sheet.iter_rows() if any(cell.value == "Trip" for cell in row))
    place = next(cell.column for cell in header if cell.value == heading)
    cells = sheet.iter_rows(min_row=header[0].row + 1, min_col=place, max_col=place, values_only=True)
    return [row[0] for row in cells]


def money(value: Any) -> Decimal:
    return Decimal(str(value or 0)).quantize(Decimal("0.01"))


def test_a_real_sheet_becomes_an_invoice_that_the_oracle_agrees_with(program: Program) -> None:
    source = shared_file("india_client_vendor_trips.xlsx")
    trips = read_real_trips(source)
    client, vendor = largest_pair(trips)
    mine = [trip for trip in trips if (trip.client, trip.vendor) == (client, vendor)]
    month = busiest_month(mine)
    billed = [trip for trip in mine if trip.month == month]
    expected = oracle_answer(billed, month, RULES)

    imported = program.run("trips", "import", str(source), "--lenient", "--create-parties")
    assert imported["totals"]["accepted"] == len(trips) == 2597
    rules = program.folder / "rules.json"
    rules.write_text(json.dumps(RULES))
    program.run(
        "contract", "add", "--client", client, "--vendor", vendor, "--name", "Road freight", "--model", "HYBRID",
        "--rules", str(rules), "--from", "2019-01-01",
    )  # fmt: skip
    words = ("bill", "--client", client, "--vendor", vendor, "--month", month)
    preview = program.run(*words, "--preview")
    (run,) = program.run(*words)["runs"]
    assert run["state"] == "created"
    assert run["trips"] == len(billed)
    for name in ("taxable_subtotal", "tax", "total"):
        assert run[name] == preview["runs"][0][name] == expected[name]
    assert program.run(*words)["runs"][0]["state"] == "unchanged"

    (issued,) = program.run("invoice", "issue", run["invoice"]["id"])
    assert program.run("invoice", "issue", issued["number"])[0]["number"] == issued["number"]
    (path,) = program.run("invoice", "export", issued["number"], "--out", str(program.folder))["files"]
    check_workbook(Path(path), issued["number"], expected)
    (report,) = program.run("invoice", "export", issued["number"], "--format", "csv", "--out", str(program.folder))[
        "files"
    ]
    check_csv(Path(report), expected)
    program.run(*words, status=0)
    late = program.run("invoice", "void", issued["number"], "--reason", "test of the story")
    assert late["state"] == "void"
    assert program.run(*words)["runs"][0]["state"] == "created"


def check_workbook(path: Path, number: str, expected: dict[str, Any]) -> None:
    """Every total of the workbook, and every trip's own amounts, as the oracle has them."""
    book = load_workbook(path, data_only=True)
    figures = {cell.value for row in book["Invoice"] for cell in row if isinstance(cell.value, int | float)}
    shown = {money(value) for value in figures}
    for name in ("taxable_subtotal", "total"):
        assert Decimal(expected[name]) in shown
    assert number in {cell.value for row in book["Invoice"] for cell in row}
    sheet = book["Trips"]
    ids, distances, taxable = (column(sheet, heading) for heading in ("Trip", "Distance", "Taxable ₹"))
    per_trip = {trip["trip_id"]: trip for trip in expected["trips"]}
    for trip_id, distance, amount in zip(ids, distances, taxable, strict=True):
        if trip_id in per_trip:
            trip = per_trip.pop(trip_id)
            assert money(distance) == Decimal(trip["lines"]["DISTANCE"])
            assert money(amount) == Decimal(trip["base_cost"])
    assert not per_trip
    assert sum(map(money, column(sheet, "Taxable ₹"))) == Decimal(expected["taxable_subtotal"])
    assert sum(map(money, column(sheet, "Tax ₹"))) == Decimal(expected["tax"])
    assert sum(map(money, column(sheet, "Total ₹"))) == Decimal(expected["total"])
    words = [row[4].value for row in book["How computed"].iter_rows() if row[4].value]
    assert "DIFFERS" not in words
    assert words.count("agrees") >= 6


def check_csv(path: Path, expected: dict[str, Any]) -> None:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.DictReader(stream))
    assert sum(Decimal(line["tax_amount"]) for line in lines) == Decimal(expected["tax"])
    assert sum(Decimal(line["total_cost"]) for line in lines) == Decimal(expected["total"])
    trips = [line for line in lines if line["start_time"]]
    assert [line["trip_id"] for line in trips] == [trip["trip_id"] for trip in expected["trips"]]
    assert all(line["billing_model"] == "HYBRID" for line in lines)


def test_month_end_in_one_go(program: Program) -> None:
    source = shared_file("india_client_vendor_trips.xlsx")
    trips = read_real_trips(source)
    client, vendor = largest_pair(trips)
    month = busiest_month(trip for trip in trips if (trip.client, trip.vendor) == (client, vendor))
    program.run("trips", "import", str(source), "--lenient", "--create-parties")
    rules = program.folder / "rules.json"
    rules.write_text(json.dumps(RULES))
    program.run(
        "contract", "add", "--client", client, "--vendor", vendor, "--name", "Road freight", "--model", "HYBRID",
        "--rules", str(rules), "--from", "2019-01-01",
    )  # fmt: skip
    words = ("month-end", "--client", client, "--vendor", vendor, "--month", month, "--out", "out")
    first = program.run(*words)
    again = program.run(*words)
    assert [run["state"] for run in (first["runs"][0], again["runs"][0])] == ["created", "unchanged"]
    assert first["runs"][0]["invoice"] == again["runs"][0]["invoice"]
    assert first["files"] == again["files"]
    assert sorted(path.suffix for path in (program.folder / "out").iterdir()) == [".csv", ".pdf", ".xlsx"]
