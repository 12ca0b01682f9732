"""What is known of one trip beyond its figures: who rode, and what happened to it since it came."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class TripRider:
    """A rider in the order of boarding; `name` is empty for who may not see names."""

    code: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class TripEvent:
    """One thing that happened. `what`: IMPORTED, ENTERED, HOLD, RELEASE, ACCEPT, REJECT, ASSIGN, CORRECT, BILLED."""

    at: datetime
    what: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class TripStory:
    """Riders and events (newest first) of a trip."""

    riders: tuple[TripRider, ...]
    events: tuple[TripEvent, ...]
