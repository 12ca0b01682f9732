"""Measure the close of a month, the pages of a list and the price of row-level security, on a database of its own."""

from __future__ import annotations

import secrets
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

if TYPE_CHECKING:
    from billing.schemas.workspace import Administrator
    from billing.store.session import Session

REQUIRED_CLOSE, REQUIRED_MB, REQUIRED_RLS, REQUIRED_PAGE_MS = 1.2, 600, 1.2, 20
OCTOBER = date(2026, 10, 1)
_EMAIL, _CODE = "bench@example.com", "BENCH"


@dataclass(frozen=True, slots=True)
class Bench:
    """A throwaway workspace with one contract and a month of trips."""

    session: Session
    owner: Administrator
    database: str
    ids: dict[str, UUID]
    fill_seconds: float


@contextmanager
def bench_workspace(trips: int) -> Iterator[Bench]:
    """An embedded workspace in a temporary folder, with the server settings that users have."""
    from billing.services.workspace import create_workspace, open_session, owner_of, release_server
    from billing.store.measure import fill_month

    with tempfile.TemporaryDirectory(prefix="mis-bench-", ignore_cleanup_errors=True) as folder:
        home, password = Path(folder), secrets.token_urlsafe(18)
        home.chmod(0o711)  # where the server runs as a system user, it passes through
        profile = create_workspace(home, _EMAIL, password, name="Bench")
        try:
            with open_session(profile=profile, email=_EMAIL, password=password) as session:
                ids = _make_contract(session)
                owner = owner_of(profile)
                seconds = fill_month(owner, profile.database, ids, trips)
                yield Bench(session, owner, profile.database, ids, seconds)
        finally:
            release_server(home)


def _make_contract(session: Session) -> dict[str, UUID]:
    from billing.schemas.contracts import Contract
    from billing.schemas.ids import new_id
    from billing.schemas.parties import Client, ClientSite, ClientVendor, Vendor, VendorBranch
    from billing.services.contracts import create_contract
    from billing.services.parties import add_vendor, create_client
    from moveinsync_desktop.commands.bench_rating import HYBRID

    client, vendor = Client(id=new_id(), code=_CODE, name="Bench"), Vendor(id=new_id(), name="Bench Cabs")
    site = ClientSite(id=new_id(), client_id=client.id, code="MAIN", name="Main", is_default=True)
    branch = VendorBranch(id=new_id(), vendor_id=vendor.id, code="MAIN", name="Main", is_default=True)
    create_client(session, client=client, site=site)
    link = ClientVendor(client_id=client.id, vendor_id=vendor.id, code="CABS")
    add_vendor(session, link=link, vendor=vendor, branch=branch)
    with session.unit_of_work() as uow:
        (stored_site,) = uow.client_sites.find(client_id=client.id)
        (stored_branch,) = uow.vendor_branches.find(vendor_id=vendor.id)
    contract = Contract(new_id(), client.id, vendor.id, "Bench", stored_site.id, stored_branch.id)
    create_contract(session, contract=contract, model="HYBRID", rules=HYBRID, valid_from=date(2026, 4, 1))
    return {"client": client.id, "vendor": vendor.id, "contract": contract.id}


def measure_close(trips: int) -> dict[str, Any]:
    """Read, rate, write and draft a month, against one server-side INSERT..SELECT of the same rows.

    Raises AssertionError when the two do not write the same figures: then their times say nothing.
    """
    from billing.services.billing import run_bill
    from billing.store.measure import checkpoint, close_on_the_server, ledger_sums

    with bench_workspace(trips) as bench:
        rival, rival_sums = close_on_the_server(bench.owner, bench.database, bench.ids)
        checkpoint(bench.owner, bench.database)
        begin = time.perf_counter()
        outcome = run_bill(bench.session, month=OCTOBER, client=_CODE)
        seconds = time.perf_counter() - begin
        errors = [str(problem) for run in outcome.runs for problem in run.errors]
        own_sums = ledger_sums(bench.owner, bench.database, bench.ids)
    if own_sums != rival_sums:
        raise AssertionError(f"the engine wrote {own_sums}, the statement {rival_sums}; {errors[:3]}")
    return {
        "trips": trips,
        "seconds": round(seconds, 3),
        "rival_seconds": round(rival, 3),
        "ratio": round(seconds / rival, 2),
        "required_ratio": REQUIRED_CLOSE,
        "peak_mb": peak_mb(),
        "required_mb": REQUIRED_MB,
        "fill_seconds": round(bench.fill_seconds, 1),
    }


def measure_rls(trips: int, repeat: int) -> dict[str, Any]:
    """An aggregate over the month with and without row-level security and token; pages at three depths."""
    from billing.schemas.lists import Listing
    from billing.store.measure import time_as_owner, time_as_user
    from billing.store.queries_trips import TripList

    with bench_workspace(trips) as bench:
        owner = time_as_owner(bench.owner, bench.database, "aggregate", bench.ids, repeat)
        by_key = time_as_owner(bench.owner, bench.database, "by_key", bench.ids, repeat)
        with bench.session.unit_of_work(timeout_s=300, name="bench") as uow:
            user = time_as_user(uow.connection, "aggregate", bench.ids, repeat)
        found = TripList(bench.session, Listing(descending=True), month=OCTOBER, client_id=bench.ids["client"])
        begin = time.perf_counter()
        opened = found.open()
        opening = time.perf_counter() - begin
        anchors = (opened.anchors[0], opened.anchors[len(opened.anchors) // 2], opened.anchors[-1])
        pages = [_median_ms(partial(found.page, anchor), max(repeat, 5)) for anchor in anchors]
    return {
        "trips": trips,
        "owner_ms": round(owner * 1000, 1),
        "user_ms": round(user * 1000, 1),
        "ratio": round(user / owner, 2),
        "required_ratio": REQUIRED_RLS,
        "hundred_by_key_ms": round(by_key * 1000, 2),
        "open_ms": round(opening * 1000),
        "page_ms": {"first": pages[0], "middle": pages[1], "last": pages[2]},
        "required_page_ms": REQUIRED_PAGE_MS,
    }


def _median_ms(work: Callable[[], object], repeat: int) -> float:
    seconds = []
    for _ in range(repeat):
        begin = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begin)
    return round(statistics.median(seconds) * 1000, 1)


def peak_mb() -> int:
    """The most memory this process has held, in MB."""
    import sys

    if sys.platform == "win32":
        import psutil

        return int(psutil.Process().memory_info().peak_wset) >> 20
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak >> 20 if sys.platform == "darwin" else peak >> 10
