"""Odd trips before billing: found, held, or let pass with a reason (issue of trip sheets, data quality)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from billing.errors import BadInputError
from billing.schemas.changes import Changes
from billing.schemas.quality import KINDS, REVIEWABLE, Oddity
from billing.services.lookup import find_client, find_link
from billing.services.month_inputs import month_bounds
from billing.services.trip_decisions import trips_named

if TYPE_CHECKING:
    from billing.store.session import Session

MOST = 1_000


@dataclass(frozen=True, slots=True)
class OddGroup:
    """Trips that are odd in one way: how many there are, and the first of them."""

    kind: str
    title: str
    count: int
    trips: tuple[Oddity, ...]


@dataclass(frozen=True, slots=True)
class Reviewed:
    """How many oddities were let pass, and how many had been before."""

    changed: int
    unchanged: int
    changes: Changes


def find_oddities(
    session: Session, *, month: date, client: str | None = None, vendor: str | None = None, limit: int = MOST
) -> list[OddGroup]:
    """What is odd about the completed trips of a month in the client's zone, by kind; at most `limit` trips a kind.

    Raises:
        NotAllowedError: A vendor's staff see neither employees nor reviews.
    """
    session.require("trips.odd")
    with session.unit_of_work(timeout_s=120, name="trips.quality") as uow:
        owner = find_client(uow, client)
        vendor_id = find_link(uow, owner, vendor).vendor_id if vendor else None
        start, until = month_bounds(month, ZoneInfo(owner.time_zone))
        groups = []
        for kind, title in KINDS.items():
            count, trips = uow.trip_quality.find(kind, owner.id, start, until, owner.time_zone, vendor_id, limit)
            groups.append(OddGroup(kind, title, count, tuple(trips)))
    return groups


def review_trips(
    session: Session, kind: str, references: Sequence[str], *, reason: str, client: str | None = None
) -> Reviewed:
    """Let trips pass in one respect, with the reason; they are not listed for it again.

    Raises:
        BadInputError: The kind cannot be let pass, no trip is named, or the reason is missing.
        RefusedError: A trip is not there.
    """
    if kind not in REVIEWABLE:
        raise BadInputError("BAD_KIND", f"Only {', '.join(REVIEWABLE)} can be let pass.", where="--kind")
    words = reason.strip()
    if not 1 <= len(words) <= 500:
        raise BadInputError("REASON_REQUIRED", "Say why it may pass, in at most 500 characters.", where="--reason")
    with session.unit_of_work(name="trips.review") as uow:
        owner = find_client(uow, client)
        ids = trips_named(uow, owner.id, references)
        changed = uow.trip_quality.review(owner.id, ids, kind, words)
        uow.rows = changed
        uow.commit()
    return Reviewed(changed, len(ids) - changed, Changes(frozenset({"trip_reviews"}), frozenset(ids[:1000])))
