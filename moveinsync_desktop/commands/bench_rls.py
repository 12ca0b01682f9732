"""`moveinsync bench rls` and `bench pages`: what row-level security costs, and pages of a long list."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from moveinsync_desktop.commands.bench_bars import Bar
from moveinsync_desktop.commands.bench_workspace import OCTOBER, Bench, bench_workspace

REQUIRED_RLS, REQUIRED_PAGE_MS, FLAT = 1.2, 20, 2.0
USERS = (1, 4, 16, 64)
_A_LOGIN = 4  # of the 8 connections that a login may have


def measure_rls(trips: int, *, repeat: int, users: Sequence[int] = USERS) -> dict[str, Any]:
    """An aggregate over a million rows with and without row-level security and token, by one user and by many."""
    from billing.store.measure import fill_month, time_as_owner, time_as_user
    from moveinsync_desktop.commands.bench_rating import HYBRID

    with bench_workspace(HYBRID) as bench:
        fill_month(bench.owner, bench.database, bench.ids, trips)
        owner, user = [], []
        for _ in range(repeat):
            owner.append(time_as_owner(bench.owner, bench.database, "aggregate", bench.ids, 1))
            with bench.session.unit_of_work(timeout_s=300, name="bench") as uow:
                user.append(time_as_user(uow.connection, "aggregate", bench.ids, 1))
        crowds = [_crowd(bench, count) for count in users if count > 1]
    return {
        "trips": trips,
        "owner_ms": round(min(owner) * 1000, 1),
        "user_ms": round(min(user) * 1000, 1),
        "ratio": round(min(user) / min(owner), 2),
        "required_ratio": REQUIRED_RLS,
        "crowds": crowds,
    }


def _crowd(bench: Bench, users: int) -> dict[str, Any]:
    """So many sign-ins at once, each counting a page and the month's trips by contract: with security and without."""
    from billing.services.workspace import open_session
    from billing.store.measure import owner_work, user_work

    # in turns, never both at once: together they would be more connections than the server takes
    owners = [partial(owner_work, bench.owner, bench.database, bench.ids) for _ in range(users)]
    before = _all_at_once(owners)
    emails = [_staff(bench, number) for number in range(-(-users // _A_LOGIN))]
    sessions = [
        open_session(profile=bench.profile, email=emails[place // _A_LOGIN], password=bench.password)
        for place in range(users)
    ]
    try:
        ours = min(_all_at_once([partial(user_work, session, bench.ids) for session in sessions]) for _ in range(2))
    finally:
        for session in sessions:
            session.close()
    without = min(before, _all_at_once(owners))
    return {
        "users": users,
        "owner_ms": round(without * 1000, 1),
        "user_ms": round(ours * 1000, 1),
        "ratio": round(ours / without, 2),
    }


def _staff(bench: Bench, number: int) -> str:
    """A client admin of the bench's client, made when first asked for; a login has a limit of connections."""
    from billing.services.users import add_user, find_user

    email = f"staff{number}@example.com"
    if find_user(bench.session, email) is None:
        role, client = "CLIENT_ADMIN", bench.ids["client"]
        add_user(bench.session, email=email, password=bench.password, role=role, client_id=client)
    return email


def _all_at_once(works: Sequence[Callable[[Callable[[], object]], None]]) -> float:
    """Seconds until all are done; each connects first and begins when every other one has."""
    gate = threading.Barrier(len(works) + 1)
    threads = [threading.Thread(target=work, args=(partial(gate.wait, 120),)) for work in works]
    for thread in threads:
        thread.start()
    gate.wait(120)
    begin = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - begin


def measure_pages(rows: int, *, repeat: int) -> dict[str, Any]:
    """Pages of the trips list at depths from the first to the last, against 100 rows by primary key."""
    from billing.schemas.lists import Listing
    from billing.store.measure import fill_month, time_as_owner
    from billing.store.queries_trips import TripList
    from moveinsync_desktop.commands.bench_rating import HYBRID

    with bench_workspace(HYBRID) as bench:
        fill = fill_month(bench.owner, bench.database, bench.ids, rows)
        by_key = time_as_owner(bench.owner, bench.database, "by_key", bench.ids, max(repeat, 5))
        found = TripList(bench.session, Listing(descending=True), month=OCTOBER, client_id=bench.ids["client"])
        begin = time.perf_counter()
        opened = found.open()
        opening = time.perf_counter() - begin
        last = len(opened.anchors) - 1
        depths = {name: opened.anchors[int(last * share)] for name, share in _DEPTHS.items()}
        found.page(depths["first"])
        pages = {name: _fastest_ms(partial(found.page, anchor), max(repeat, 5)) for name, anchor in depths.items()}
    return {
        "rows": rows,
        "fill_seconds": round(fill, 1),
        "open_ms": round(opening * 1000),
        "hundred_by_key_ms": round(by_key * 1000, 2),
        "page_ms": pages,
        "required_page_ms": REQUIRED_PAGE_MS,
    }


_DEPTHS = {"first": 0.0, "tenth": 0.1, "middle": 0.5, "nine tenths": 0.9, "last": 1.0}


def _fastest_ms(work: Callable[[], object], repeat: int) -> float:
    seconds = []
    for _ in range(repeat):
        begin = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begin)
    return round(min(seconds) * 1000, 1)


def rls_bars(found: dict[str, Any]) -> list[Bar]:
    """The bar of row-level security, for one user and for each crowd."""
    what = f"aggregate over {found['trips']:,} rows with row-level security and token"
    rows = [("one user", found), *((f"{crowd['users']} users at once", crowd) for crowd in found["crowds"])]
    return [
        Bar("rls", what if not place else f"the same, {who}", "the same without", f"{one['user_ms']:.0f} ms",
            f"{one['owner_ms']:.0f} ms", one["ratio"], REQUIRED_RLS)
        for place, (who, one) in enumerate(rows)
    ]  # fmt: skip


def pages_bars(found: dict[str, Any]) -> list[Bar]:
    """The slowest page, and how much slower it is than the first."""
    pages = found["page_ms"]
    slowest = max(pages.values())
    ours = ", ".join(f"{name} {ms} ms" for name, ms in pages.items())
    by_key = f"{found['hundred_by_key_ms']} ms"
    what = f"any page of 256 of {found['rows']:,} trips"
    return [
        Bar("pages", what, "100 rows by primary key", ours, by_key, slowest, REQUIRED_PAGE_MS, "ms"),
        Bar("pages", "the slowest page, flat in depth", "the first page", f"{slowest} ms", f"{pages['first']} ms",
            round(slowest / max(pages["first"], 0.1), 2), FLAT),
    ]  # fmt: skip
