"""A vendor's bill against ours, line by line: who stands beside whom, and in which bucket. Nothing is guessed.

A row finds its trip by its id; else by vehicle and start within a window; a row without time of day by vehicle and day
where both sides have exactly one; a monthly charge by its name. A bill with one row for each vehicle's day, and no ids
or times, has packages of days: each stands beside all trips of its vehicle and day. Never by similar amounts, distances
or spellings. Each row and each trip is used once, and the same input always gives the same pairs.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from billing.invoicing.lines import describe
from billing.schemas.invoices import ChargeLevel
from billing.schemas.vendor_bills import OurLine, Pair, TheirRow

CHARGE_NAMES = {
    "MONTHLY_FEE": ("monthly fee", "monthly package", "monthly charges", "monthly rental", "package", "package fee",
                    "fixed monthly charges", "fixed charges", "monthly fixed charges", "base monthly fee"),
    "EXTRA_KM": ("extra km", "extra kms", "extra kilometres", "excess km", "excess kms", "extra km charges"),
    "EXTRA_HOUR": ("extra hours", "extra hour", "excess hours", "overtime", "extra hour charges"),
    "EXTRA_VEHICLES": ("extra vehicles", "additional vehicles", "extra vehicle"),
    "EMPLOYEE_FEES": ("employee fees", "per employee fee"),
    "ABSENCE": ("absence", "absence deduction", "deduction for absence"),
    "SLA_PENALTY": ("sla penalty", "penalty"),
    "MIN_GUARANTEE": ("minimum guarantee", "minimum guarantee top-up"),
}  # fmt: skip
REPEATED, NO_KEY, OTHER_CLIENT, DAY_PACKAGE = "REPEATED", "NO_KEY", "OTHER_CLIENT", "DAY_PACKAGE"


def pair_up(
    rows: Sequence[TheirRow], lines: Sequence[OurLine], *, window_s: int, day_of: Callable[[int], int]
) -> list[Pair]:
    """Every row of theirs once, then our lines of the period that no row took and that cost something.

    Args:
        window_s: how far two starts of one trip may lie apart, in seconds.
        day_of: the local day (any number) of an instant in epoch microseconds.
    """
    found: dict[int, tuple[OurLine, str]] = {}
    repeated: dict[int, int] = {}
    free = _Free(lines)
    mine = [row for row in rows if not row.other_client]
    _by_id(mine, free, found, repeated)
    left = [row for row in mine if row.row_no not in found and row.row_no not in repeated]
    _by_vehicle_and_time(left, free, found, window_s)
    left = [row for row in left if row.row_no not in found]
    _by_vehicle_and_day(left, free, found, day_of)
    _by_day_package(mine, free, found, day_of)
    _by_name([row for row in left if row.row_no not in found], free, found)
    return [_paired(row, found, repeated) for row in rows] + [
        Pair(None, line, None) for line in free.lines() if line.in_period and (line.amount or line.tax)
    ]


def _paired(row: TheirRow, found: dict[int, tuple[OurLine, str]], repeated: dict[int, int]) -> Pair:
    if row.row_no in found:
        line, how = found[row.row_no]
        if line.code == DAY_PACKAGE:
            return Pair(row, line, how, DAY_PACKAGE, f"Their package of the day beside our {line.ref}")
        return Pair(row, line, how)
    if row.other_client:
        return Pair(row, None, None, OTHER_CLIENT, f"The row names {row.other_client}, not us", row.amount)
    if row.row_no in repeated:
        words = f"The trip stands in row {repeated[row.row_no]} of the bill already"
        return Pair(row, None, None, REPEATED, words, row.amount)
    if not row.ref and not (row.vehicle_no and row.start):
        return Pair(row, None, None, NO_KEY, "The row names neither a trip nor a vehicle and a time")
    return Pair(row, None, None)


class _Free:
    """Our lines that no row has taken yet, in their own order."""

    def __init__(self, lines: Sequence[OurLine]) -> None:
        self._lines = list(lines)
        self._taken: set[int] = set()

    def take(self, place: int) -> OurLine:
        self._taken.add(place)
        return self._lines[place]

    def line(self, place: int) -> OurLine:
        return self._lines[place]

    def places(self) -> Iterable[tuple[int, OurLine]]:
        return ((at, line) for at, line in enumerate(self._lines) if at not in self._taken)

    def lines(self) -> list[OurLine]:
        return [line for _, line in self.places()]


def _by_id(
    rows: Sequence[TheirRow], free: _Free, found: dict[int, tuple[OurLine, str]], repeated: dict[int, int]
) -> None:
    """The very id; then, where that finds none, the same letters in another case, if only one trip has them."""
    exact = {line.ref: place for place, line in free.places() if line.code is None}
    folded: dict[str, list[int]] = defaultdict(list)
    for ref, place in exact.items():
        folded[ref.casefold()].append(place)
    taken: dict[int, int] = {}
    for row in rows:
        alike = folded.get(row.ref.casefold(), []) if row.ref else []
        chosen = exact[row.ref] if row.ref in exact else alike[0] if len(alike) == 1 else None
        if chosen is None:
            continue
        if chosen in taken:
            repeated[row.row_no] = taken[chosen]
            continue
        taken[chosen] = row.sheet_row
        found[row.row_no] = (free.take(chosen), "ID")


def _by_vehicle_and_time(
    rows: Sequence[TheirRow], free: _Free, found: dict[int, tuple[OurLine, str]], window_s: int
) -> None:
    """The nearest starts first; of equally near ones the earlier row, then the earlier trip."""
    trips: dict[str, list[tuple[int, str, int]]] = defaultdict(list)
    for place, line in free.places():
        if line.vehicle_no and line.code is None:
            trips[line.vehicle_no].append((line.start, line.ref, place))
    for starts in trips.values():
        starts.sort()
    near, window = [], window_s * 1_000_000
    for row in rows:
        if row.has_time and row.start is not None and row.vehicle_no:
            starts = trips.get(row.vehicle_no, [])
            for start, ref, place in starts[bisect_left(starts, (row.start - window,)) :]:
                if start > row.start + window:
                    break
                near.append((abs(start - row.start), row.row_no, start, ref, place))
    used: set[int] = set()
    for _, row_no, _, _, place in sorted(near):
        if row_no not in found and place not in used:
            used.add(place)
            found[row_no] = (free.take(place), "VEHICLE_TIME")


def _by_vehicle_and_day(
    rows: Sequence[TheirRow], free: _Free, found: dict[int, tuple[OurLine, str]], day_of: Callable[[int], int]
) -> None:
    """Rows without a time of day: only where a vehicle has one row and one trip of that day."""
    theirs: dict[tuple[str, int], list[TheirRow]] = defaultdict(list)
    for row in rows:
        if not row.has_time and row.start is not None and row.vehicle_no:
            theirs[row.vehicle_no, day_of(row.start)].append(row)
    ours: dict[tuple[str, int], list[int]] = defaultdict(list)
    for place, line in list(free.places()):
        if line.vehicle_no and line.code is None:
            ours[line.vehicle_no, day_of(line.start)].append(place)
    for key, mine in theirs.items():
        if len(mine) == 1 and len(ours.get(key, ())) == 1:
            found[mine[0].row_no] = (free.take(ours[key][0]), "VEHICLE_DAY")


def _by_day_package(
    rows: Sequence[TheirRow], free: _Free, found: dict[int, tuple[OurLine, str]], day_of: Callable[[int], int]
) -> None:
    """One row for all that a vehicle drove on a day, if the whole bill is made so: no ids, no times, no second row."""
    days: dict[tuple[str, int], TheirRow] = {}
    for row in rows:
        if not row.vehicle_no or row.start is None:
            continue  # a charge of the month
        key = (row.vehicle_no, day_of(row.start))
        if row.ref or row.has_time or key in days:
            return
        days[key] = row
    trips: dict[tuple[str, int], list[int]] = defaultdict(list)
    for place, line in free.places():
        if line.code is None and line.vehicle_no and line.state in ("BILLED", "PREVIEW"):
            trips[line.vehicle_no, day_of(line.start)].append(place)
    for key, row in days.items():
        places = trips.get(key, [])
        lines = [free.line(place) for place in places]
        if row.row_no not in found and len({(line.state, line.tax_milli) for line in lines}) == 1:
            found[row.row_no] = (_package([free.take(place) for place in places]), "VEHICLE_DAY")


def _package(lines: Sequence[OurLine]) -> OurLine:
    """Trips of one vehicle and day as one line."""
    first, contracts = lines[0], {line.contract_id for line in lines}
    names = ", ".join(line.ref for line in lines[:3]) + (f" and {len(lines) - 3} more" if len(lines) > 3 else "")
    return OurLine(
        ref=f"{len(lines)} trips {names}", amount=sum(line.amount for line in lines),
        tax=sum(line.tax for line in lines), untaxed=sum(line.untaxed for line in lines), tax_milli=first.tax_milli,
        state=first.state, contract_id=contracts.pop() if len(contracts) == 1 else None, code=DAY_PACKAGE,
        vehicle_no=first.vehicle_no, start=first.start, distance_m=sum(line.distance_m for line in lines),
        members=tuple(line.trip_id for line in lines if line.trip_id is not None),
    )  # fmt: skip


def _by_name(rows: Sequence[TheirRow], free: _Free, found: dict[int, tuple[OurLine, str]]) -> None:
    """Charges of the month: where a name means one charge of ours, and one row has that name."""
    charges: dict[str, list[int]] = defaultdict(list)
    for place, line in free.places():
        if line.code is not None:
            charges[line.code].append(place)
    names = {
        _key(name): code
        for code in charges
        for name in (*CHARGE_NAMES.get(code, ()), describe(code, ChargeLevel.PERIOD), code.replace("_", " "))
    }
    theirs: dict[str, list[TheirRow]] = defaultdict(list)
    for row in rows:
        code = names.get(_key(row.description or row.ref))
        if code is not None and not row.vehicle_no:
            theirs[code].append(row)
    for code, mine in theirs.items():
        if len(mine) == 1 and len(charges[code]) == 1:
            found[mine[0].row_no] = (free.take(charges[code][0]), "CHARGE")


def _key(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def difference(pair: Pair, *, with_tax: bool) -> int:
    """Theirs less ours, as the bill can be compared."""
    their, our = pair.their, pair.our
    before = (their.amount if their else 0) - (our.amount if our else 0)
    return before + ((their.tax if their else 0) - (our.tax if our else 0) if with_tax else 0)


def bucket_of(pair: Pair, *, with_tax: bool, tolerance: int) -> str:
    """EXACT only where every compared figure is the same, not where differences happen to cancel out."""
    their, our = pair.their, pair.our
    if their is None:
        return "ONLY_US"
    if our is None:
        return "ONLY_VENDOR"
    if their.amount == our.amount and (their.tax == our.tax or not with_tax):
        return "EXACT"
    apart = difference(pair, with_tax=with_tax)
    if abs(apart) <= tolerance:
        return "TOLERANCE"
    return "OVER" if apart > 0 else "UNDER"
