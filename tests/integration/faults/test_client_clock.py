"""The client's clock is days off and its time zone another: what is stored and when it ends stay the same ((e) 7).

The command runs under libfaketime, where that is installed; the zone is changed everywhere.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.integration.faults.conftest import NIGHTLY_ONLY, World
from tests.support.fake_time import needs_fake_time, preloaded
from tests.support.people import ADMIN, PASSWORD
from tests.support.processes import ROOT
from tests.support.sheets import row, write_csv

SHIFTS = [
    pytest.param({"TZ": "Pacific/Kiritimati"}, "", id="Kiritimati", marks=NIGHTLY_ONLY),
    pytest.param({"FAKETIME": "+3d", "TZ": "Asia/Tokyo"}, "3 days ahead of", id="3 days ahead", marks=needs_fake_time),
    pytest.param({"FAKETIME": "-400d"}, "400 days behind", id="400 days behind", marks=[needs_fake_time, NIGHTLY_ONLY]),
]


def command(world: World, shift: dict[str, str], *words: str) -> tuple[Any, str]:
    """A command of a workstation with that clock: its JSON and what it said beside."""
    env = {**os.environ, "MOVEINSYNC_HOME": str(world.home), "MOVEINSYNC_PASSWORD": PASSWORD, **shift}
    if "FAKETIME" in shift:
        env |= preloaded()
    done = subprocess.run(
        [sys.executable, "-m", "moveinsync_desktop", "--as", ADMIN, *words, "--json"],
        cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout), done.stderr


@pytest.mark.parametrize(("shift", "warning"), SHIFTS)
def test_a_month_closed_under_a_wrong_clock(world: World, tmp_path: Path, shift: dict[str, str], warning: str) -> None:
    pair = world.people.new_pair()
    day = world.session.now().astimezone(ZoneInfo("Asia/Kolkata")).date()
    near_midnight = [
        row(n, trip_id=f"C{n}", client=pair.client.code, vendor=pair.link.code, start=start, end=end, km="0.5")
        for n, (start, end) in enumerate(
            [("2026-10-01 00:05", "2026-10-01 00:40"), ("2026-10-31 23:20", "2026-10-31 23:55"),
             (f"{day} 00:01", f"{day} 00:02")], start=1
        )
    ]  # fmt: skip
    sheet = write_csv(tmp_path / "trips.csv", near_midnight)
    imported, told = command(world, shift, "trips", "import", str(sheet), "--client", pair.client.code)
    assert imported["totals"]["accepted"] == 3, imported
    assert (warning in told) if warning else "clock" not in told
    stored = "SELECT count(*) FROM app.trips WHERE client_id = %s AND start_time = %s"
    first = datetime(2026, 10, 1, 0, 5, tzinfo=ZoneInfo("Asia/Kolkata")).astimezone(UTC)
    assert world.count(stored, str(pair.client_id), first) == 1

    agreed = world.contract()
    billed, _ = command(world, shift, "bill", "--client", agreed.view.client.code, "--month", "2026-09")
    run = billed["runs"][0]
    again, _ = command(world, {}, "bill", "--client", agreed.view.client.code, "--month", "2026-09")
    assert again["runs"][0]["state"] == "unchanged"
    assert again["runs"][0]["total"] == run["total"]
    issued, _ = command(world, shift, "invoice", "issue", run["invoice"]["id"])
    of_today = "SELECT count(*) FROM app.invoices WHERE id = %s AND invoice_date = %s"
    assert world.count(of_today, run["invoice"]["id"], day) == 1
    assert issued
