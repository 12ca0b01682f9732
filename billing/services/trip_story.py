"""Who rode in a trip and what happened to it: read for the panel beside the list of trips."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

from billing.schemas.trip_story import TripStory

if TYPE_CHECKING:
    from billing.store.session import Session


def read_trip_story(session: Session, *, client_id: UUID, trip_id: UUID) -> TripStory:
    """Riders in the order of boarding, events newest first; a vendor's staff gets no names and nothing of bills."""
    with session.unit_of_work(name="trips.story") as uow:
        return uow.trip_stories.read(client_id, trip_id, for_vendor=not session.may("employees.view"))
