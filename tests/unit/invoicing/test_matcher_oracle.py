"""The matcher of vendors' bills against a small one of its own making: quadratic, no indexes, no shared code."""

from __future__ import annotations

import os
from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from billing.invoicing.reconciliation import bucket_of, pair_up
from billing.schemas.ids import new_id
from billing.schemas.vendor_bills import BUCKETS, OurLine, Pair, TheirRow

MINUTE = 60_000_000
DAY = 24 * 60 * MINUTE
WINDOW_S = 30 * 60
IDS = [new_id() for _ in range(12)]
EXAMPLES = 3000 if os.environ.get("MIS_HYPOTHESIS") == "nightly" else 150

rows_of = st.lists(
    st.tuples(
        st.sampled_from(["", "", "T1", "t1", "T2", "T3", "X"]),
        st.sampled_from(["", "KA1", "KA2"]),
        st.none() | st.integers(0, 2 * 24 * 12).map(lambda at: at * 5 * MINUTE),
        st.booleans(),
        st.integers(-500, 900),
        st.integers(0, 90),
    ),
    max_size=8,
)
lines_of = st.lists(
    st.tuples(
        st.sampled_from(["KA1", "KA2", "KA3"]), st.integers(0, 2 * 24 * 12).map(lambda at: at * 5 * MINUTE),
        st.integers(0, 900), st.integers(0, 90), st.booleans(),
    ),
    max_size=8,
)  # fmt: skip


def their(content: Sequence[tuple[str, str, int | None, bool, int, int]]) -> list[TheirRow]:
    return [
        TheirRow(at, ref, vehicle, start, timed and start is not None, None, amount, tax, "", at + 1)
        for at, (ref, vehicle, start, timed, amount, tax) in enumerate(content, start=1)
    ]


def ours(content: Sequence[tuple[str, int, int, int, bool]]) -> list[OurLine]:
    return [
        OurLine(
            f"T{at}", amount, tax, 0, 5000, "BILLED", None, IDS[at], vehicle_no=vehicle, start=start, in_period=inside
        )
        for at, (vehicle, start, amount, tax, inside) in enumerate(content, start=1)
    ]


def slow(rows: Sequence[TheirRow], lines: Sequence[OurLine]) -> dict[int, str]:
    """Row -> trip: the rules in prose, one after the other, trying everything each time."""
    met: dict[int, str] = {}
    for row in rows:
        same = [line.ref for line in lines if line.ref == row.ref]
        alike = [line.ref for line in lines if line.ref.lower() == row.ref.lower()]
        for ref in same or (alike if len(alike) == 1 else []):
            if ref not in met.values():
                met[row.row_no] = ref
    known = {line.ref.lower() for line in lines}
    left = [row for row in rows if row.row_no not in met and row.ref.lower() not in known]
    while True:
        free = [line for line in lines if line.ref not in met.values()]
        near = [
            (abs(line.start - row.start), row.row_no, line.start, line.ref)
            for row in left for line in free
            if row.row_no not in met and row.has_time and row.start is not None and row.vehicle_no == line.vehicle_no
            and abs(line.start - row.start) <= WINDOW_S * 1_000_000
        ]  # fmt: skip
        if not near:
            break
        _, row_no, _, ref = min(near)
        met[row_no] = ref
    untimed = [row for row in left if row.row_no not in met and not row.has_time and row.vehicle_no]
    days = [(row, (row.vehicle_no, row.start // DAY)) for row in untimed if row.start is not None]
    free = [line for line in lines if line.ref not in met.values()]
    for row, day in days:
        there = [line.ref for line in free if (line.vehicle_no, line.start // DAY) == day]
        if len(there) == 1 and sum(other == day for _, other in days) == 1:
            met[row.row_no] = there[0]
    return met


def fast(rows: Sequence[TheirRow], lines: Sequence[OurLine]) -> list[Pair]:
    return pair_up(rows, lines, window_s=WINDOW_S, day_of=lambda at: at // DAY)


def is_by_day(rows: Sequence[TheirRow]) -> bool:
    """A bill with packages of days is another rule, tried below."""
    located = [(row.vehicle_no, row.start // DAY) for row in rows if row.vehicle_no and row.start is not None]
    plain = all(not row.ref and not row.has_time for row in rows if row.vehicle_no and row.start is not None)
    return bool(located) and plain and len(set(located)) == len(located)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows_of, lines_of)
def test_the_same_pairs_as_the_slow_one(
    theirs: list[tuple[str, str, int | None, bool, int, int]], trips: list[tuple[str, int, int, int, bool]]
) -> None:
    rows, lines = their(theirs), ours(trips)
    if is_by_day(rows):
        return
    pairs = fast(rows, lines)
    assert {pair.their.row_no: pair.our.ref for pair in pairs if pair.their and pair.our} == slow(rows, lines)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows_of, lines_of, st.booleans(), st.integers(0, 200))
def test_buckets_add_up_to_both_sides_and_nothing_is_used_twice(
    theirs: list[tuple[str, str, int | None, bool, int, int]], trips: list[tuple[str, int, int, int, bool]],
    with_tax: bool, tolerance: int,
) -> None:  # fmt: skip
    rows, lines = their(theirs), ours(trips)
    pairs = fast(rows, lines)
    assert [pair.their.row_no for pair in pairs if pair.their] == [row.row_no for row in rows]
    used = [trip for pair in pairs if pair.our for trip in (pair.our.members or (pair.our.trip_id,))]
    assert len(used) == len(set(used))
    sums = dict.fromkeys(BUCKETS, 0)
    for pair in pairs:
        sums[bucket_of(pair, with_tax=with_tax, tolerance=tolerance)] += pair.their.amount if pair.their else 0
    assert sum(sums.values()) == sum(row.amount for row in rows)
    shown = {trip for pair in pairs if pair.our for trip in (pair.our.members or (pair.our.trip_id,))}
    hidden = [line for line in lines if line.trip_id not in shown]
    assert all(not line.in_period or not (line.amount or line.tax) for line in hidden)
    mine = sum(pair.our.amount for pair in pairs if pair.our)
    assert mine == sum(line.amount for line in lines) - sum(line.amount for line in hidden)


def test_the_nearest_trip_is_taken_even_if_a_row_above_would_take_it() -> None:
    rows = their([("", "KA1", 20 * MINUTE, True, 1, 0), ("", "KA1", 5 * MINUTE, True, 1, 0)])
    lines = ours([("KA1", 0, 1, 0, True)])
    assert slow(rows, lines) == {2: "T1"} == {p.their.row_no: p.our.ref for p in fast(rows, lines) if p.their and p.our}


def test_packages_of_days_stand_beside_all_trips_of_the_vehicle() -> None:
    rows = their([("", "KA1", 0, False, 900, 45), ("", "KA2", DAY, False, 500, 0), ("", "KA3", 0, False, 1, 0)])
    trips = [("KA1", MINUTE, 300, 15, True), ("KA1", 540 * MINUTE, 600, 30, True), ("KA2", DAY + 5, 500, 25, True)]
    lines = ours(trips)
    pairs = fast(rows, lines)
    assert [(p.our.amount, p.our.tax, p.how) if p.our else None for p in pairs] == [
        (900, 45, "VEHICLE_DAY"), (500, 25, "VEHICLE_DAY"), None,
    ]  # fmt: skip
    assert pairs[0].our is not None
    assert pairs[0].our.members == (IDS[1], IDS[2])
    timed = their([("", "KA1", 0, False, 900, 45), ("", "KA2", DAY, True, 500, 0)])
    assert all(not pair.our or not pair.our.members for pair in fast(timed, lines))


def test_rows_of_another_client_find_nothing() -> None:
    [row] = their([("T1", "KA1", 0, True, 900, 45)])
    from dataclasses import replace

    pairs = fast([replace(row, other_client="Acme")], ours([("KA1", 0, 900, 45, True)]))
    assert [(pair.cause, pair.our is None) for pair in pairs] == [("OTHER_CLIENT", True), ("", False)]


def test_a_hundred_thousand_rows_by_vehicle_and_time_are_paired_at_once() -> None:
    """No time is judged here; 500 vehicles with 200 trips each would take minutes if every row tried every trip."""
    trips = [(f"KA{at % 500}", at // 500 * 60 * MINUTE, 100, 5, True) for at in range(20_000)]
    lines = [
        OurLine(f"T{at}", amount, tax, 0, 5000, "BILLED", trip_id=new_id(), vehicle_no=vehicle, start=start)
        for at, (vehicle, start, amount, tax, _) in enumerate(trips)
    ]
    rows = their([("", vehicle, start + 3 * MINUTE, True, amount, tax) for vehicle, start, amount, tax, _ in trips])
    assert sum(pair.how == "VEHICLE_TIME" for pair in fast(rows, lines)) == len(rows)
