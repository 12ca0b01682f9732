"""Which contract version holds when: for trips by their start, for days by their local midnight."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from itertools import pairwise

from billing.errors import BadInputError
from billing.money import INT64_MAX
from billing.schemas.rating import ContractVersion
from billing.schemas.trip_columns import micros
from billing.strategies.clock import LocalClock
from billing.strategies.proration import active_share


@dataclass(frozen=True, slots=True)
class Validity:
    """A version's instants [begin, end) in epoch microseconds, and the days of the period that it owns."""

    version: int
    begin: int
    end: int
    owned_days: int
    owns_last_day: bool
    share: Fraction


def validities(
    versions: Sequence[ContractVersion], days: Sequence[date], clock: LocalClock, join_date: date | None
) -> list[Validity]:
    """All versions that hold at any time, in the order of time.

    Raises BadInputError OVERLAPPING_VERSIONS, NO_CONTRACT_VERSION (no version at all), BAD_INPUT.
    """
    if not versions:
        raise BadInputError("NO_CONTRACT_VERSION", "There is no contract version", where="versions")
    spans = sorted((_span(version, place), place) for place, version in enumerate(versions))
    _refuse_overlaps([span for span, _ in spans if span[0] < span[1]])
    joined = clock.midnight(join_date) if join_date is not None else None
    midnights = [clock.midnight(day) for day in days if join_date is None or day >= join_date]
    result = []
    for (begin, end), place in spans:
        owned = [midnight for midnight in midnights if begin <= midnight < end]
        share = active_share(versions[place].rules, Fraction(len(owned)), len(days))
        start = begin if joined is None else max(begin, joined)
        result.append((place, start, end, owned, share))
    last = max((owned[-1] for _, _, _, owned, _ in result if owned), default=None)
    return [
        Validity(place, begin, end, len(owned), bool(owned) and owned[-1] == last, share)
        for place, begin, end, owned, share in result
        if begin < end
    ]


def days_of(first: date, last: date) -> list[date]:
    """All dates from first to last, both included. Raises BadInputError where the last is before the first."""
    if last < first:
        raise BadInputError("BAD_INPUT", f"The period ends ({last}) before it begins ({first})", where="period")
    return [first + timedelta(days=day) for day in range((last - first).days + 1)]


def _span(version: ContractVersion, place: int) -> tuple[int, int]:
    begin = micros(version.valid_from)
    end = INT64_MAX if version.valid_until is None else micros(version.valid_until)
    if end < begin:
        where = f"versions[{place}].valid_until"
        raise BadInputError("BAD_INPUT", f"Version {version.number} ends before it begins", where=where)
    return begin, end


def _refuse_overlaps(spans: Sequence[tuple[int, int]]) -> None:
    for (_, end), (begin, _) in pairwise(spans):
        if begin < end:
            raise BadInputError("OVERLAPPING_VERSIONS", "Two contract versions hold at the same time", where="versions")
