"""`moveinsync bench close`: the close of a month against one server-side INSERT..SELECT of the same rows.

The statement is measured twice: with the ledger's own guard, which every writer of the ledger must pass (a trip of the
run's month, unchanged, kept from deletion), and, for comparison, into a table with the ledger's columns, checks and
indexes alone. Ours and theirs take turns, and the fastest of each counts.
"""

from __future__ import annotations

import time
from typing import Any

from moveinsync_desktop.commands.bench_bars import Bar
from moveinsync_desktop.commands.bench_workspace import CODE, OCTOBER, Bench, bench_workspace, peak_mb

REQUIRED, REQUIRED_MB = 1.2, 600
SIZE_OF_THE_BAR = 1_000_000


def measure(trips: int, *, repeat: int) -> dict[str, Any]:
    """Read, rate, write and draft a month of so many trips, and the rivals.

    Raises AssertionError when the two do not write the same figures: then their times say nothing.
    """
    from billing.store.measure import close_on_the_server, fill_month, ledger_sums
    from moveinsync_desktop.commands.bench_rating import HYBRID

    bare, guarded, own = [], [], []
    with bench_workspace(HYBRID) as bench:
        fill = fill_month(bench.owner, bench.database, bench.ids, trips)
        for turn in range(repeat):
            seconds, sums = close_on_the_server(bench.owner, bench.database, bench.ids, guarded=False)
            bare.append(seconds)
            seconds, sums = close_on_the_server(bench.owner, bench.database, bench.ids, guarded=True)
            guarded.append(seconds)
            seconds, errors = _close(bench, again=turn > 0)
            own.append(seconds)
            written = ledger_sums(bench.owner, bench.database, bench.ids)
            if written != sums:
                raise AssertionError(f"the engine wrote {written}, the statement {sums}; {errors[:3]}")
    return {
        "trips": trips,
        "seconds": round(min(own), 3),
        "rival_seconds": round(min(bare), 3),
        "guarded_seconds": round(min(guarded), 3),
        "ratio": round(min(own) / min(bare), 2),
        "guarded_ratio": round(min(own) / min(guarded), 2),
        "required_ratio": REQUIRED,
        "peak_mb": peak_mb(),
        "required_mb": REQUIRED_MB,
        "fill_seconds": round(fill, 1),
    }


def _close(bench: Bench, *, again: bool) -> tuple[float, list[str]]:
    """Seconds of one close; an earlier draft is given up before, so that both write into an empty table."""
    from billing.services.billing import discard_run, list_runs, run_bill
    from billing.store.measure import clean_ledger, tidy

    if again:
        for run in list_runs(bench.session, client_id=bench.ids["client"], month=OCTOBER):
            discard_run(bench.session, client_id=run.client_id, run_id=run.run_id)
        clean_ledger(bench.owner, bench.database)
    tidy(bench.owner, bench.database)
    begin = time.perf_counter()
    outcome = run_bill(bench.session, month=OCTOBER, client=CODE)
    seconds = time.perf_counter() - begin
    return seconds, [str(problem) for run in outcome.runs for problem in run.errors]


def bars(found: dict[str, Any]) -> list[Bar]:
    """The close's bars."""
    what, ours = f"close {found['trips']:,} trips", f"{found['seconds']:.2f} s"
    rival = f"{found['guarded_seconds']:.2f} s"
    rows = [Bar("close", what, "INSERT..SELECT of the same rows", ours, rival, found["guarded_ratio"], REQUIRED)]
    return [*rows, Bar("close", f"memory of {what}", "", "", "", found["peak_mb"], REQUIRED_MB, "MB")]


def lines(found: dict[str, Any]) -> list[str]:
    """The statement without the ledger's guard, for comparison: nobody can write the ledger like that."""
    words = f"The same statement into a table without the ledger's guard: {found['rival_seconds']:.2f} s"
    return [f"{words}, ours {found['ratio']:.2f} x its time."]
