"""Lint over the versions of a contract: gaps, overlaps, versions that begin inside a day."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, time
from itertools import pairwise
from zoneinfo import ZoneInfo

from billing.rules.lint import Finding
from billing.schemas.rating import ContractVersion


def lint_versions(versions: Sequence[ContractVersion], zone: ZoneInfo) -> tuple[Finding, ...]:
    """All findings about how the versions of one contract follow each other; `where` is versions[place]."""
    places = {id(version): place for place, version in enumerate(versions)}
    ordered = sorted(versions, key=lambda version: version.valid_from)
    findings: list[Finding] = []
    for version in ordered:
        findings += _inside_day(version, f"versions[{places[id(version)]}]", zone)
    for earlier, later in pairwise(ordered):
        findings += _between(earlier, later, f"versions[{places[id(later)]}]", zone)
    return tuple(findings)


def _inside_day(version: ContractVersion, where: str, zone: ZoneInfo) -> Iterator[Finding]:
    begin = version.valid_from.astimezone(zone)
    if begin.time() != time():
        message = f"Version {version.number} begins at {begin:%H:%M} on {begin:%d %b %Y}; it owns days from the next on"
        yield Finding("BEGINS_INSIDE_DAY", message, f"{where}.valid_from")


def _between(earlier: ContractVersion, later: ContractVersion, where: str, zone: ZoneInfo) -> Iterator[Finding]:
    end = earlier.valid_until
    if end is None or end > later.valid_from:
        message = f"Versions {earlier.number} and {later.number} hold at the same time"
        yield Finding("OVERLAPPING_VERSIONS", message, f"{where}.valid_from")
    elif end < later.valid_from:
        message = f"No version holds from {_told(end, zone)} until {_told(later.valid_from, zone)}"
        yield Finding("GAP_BETWEEN_VERSIONS", message, f"{where}.valid_from")


def _told(moment: datetime, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%d %b %Y %H:%M}"
